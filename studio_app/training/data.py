"""Reads the renderer's shards: memory-mapped, so that the page cache is the only copy.

Layout: `<data>/train` and `<data>/val` hold `world.json` and `shard-00000.safetensors`... with
`rgb` [N,H,W,3], `depth` [N,H,W] (inverse, x 255, 0 = background), `subject` [N,H,W] (all uint8),
`joints` float32 [N,18,3] (x, y in pixels, 1 = visible), `labels` int16 [N,6] (kind, thing, material,
colour, light, ground; -1 = none), `needed` uint8 [N] (1 = only a drawing says where and what the
subject is) and, in the metadata, `captions`: N lists of alternatives.
`<data>/maps` holds the columns of `world.samples.MAPS` too.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from studio_app.core.errors import StudioError

KINDS = ("scene", "character", "isolated", "texture")


@dataclass(frozen=True)
class Pictures:
    """All shards of one split; tensors stay per shard. `starts[i]` is shard i's first index."""

    folder: Path
    world: dict[str, Any]
    shards: tuple[dict[str, Tensor], ...]
    captions: tuple[tuple[str, ...], ...]
    starts: np.ndarray

    def __len__(self) -> int:
        return len(self.captions)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return tuple(self.shards[0]["rgb"].shape[1:3])  # type: ignore[return-value]

    def small(self, name: str) -> Tensor:
        """A whole column as one tensor: for `joints` and `labels`."""
        return torch.cat([shard[name] for shard in self.shards])

    def take(self, name: str, indices: Sequence[int] | np.ndarray) -> Tensor:
        """Rows of a column, [B, ...] on its device, in the order of `indices`."""
        flat = np.asarray(indices, dtype=np.int64)
        if len(self.shards) == 1:
            column = self.shards[0][name]
            return column[torch.from_numpy(flat).to(column.device)]
        where = np.searchsorted(self.starts, flat, side="right") - 1
        return torch.stack(
            [
                self.shards[s][name][i - self.starts[s]]
                for s, i in zip(where.tolist(), flat.tolist(), strict=True)
            ]
        )

    def crops(
        self,
        indices: np.ndarray,
        tops: np.ndarray,
        lefts: np.ndarray,
        size: int,
        names: Sequence[str] = ("rgb", "subject"),
    ) -> tuple[Tensor, ...]:
        """Square crops of the named columns, uint8: [B,s,s,3] or [B,s,s] each."""
        if len(self.shards) == 1:
            return self._gathered(indices, tops, lefts, size, names)
        where = np.searchsorted(self.starts, indices, side="right") - 1
        places = [
            (s, i - self.starts[s], slice(y, y + size), slice(x, x + size))
            for s, i, y, x in zip(where, indices, tops, lefts, strict=True)
        ]
        return tuple(
            torch.stack([self.shards[s][name][int(row), ys, xs] for s, row, ys, xs in places])
            for name in names
        )

    def on(self, device: torch.device, names: Sequence[str]) -> Pictures:
        """The named columns as one block on `device` (for a GPU: no transfer while training)."""
        block = {
            name: torch.cat([shard[name].to(device) for shard in self.shards]) for name in names
        }
        return Pictures(self.folder, self.world, (block,), self.captions, np.array([0]))

    def kinds(self) -> np.ndarray:
        """Index into KINDS of every picture."""
        labels = self.small("labels")[:, 0].numpy().astype(np.int64)
        names = self.world.get("words", {}).get("kind") or list(KINDS)
        table = np.array([KINDS.index(name) for name in names])
        return table[labels]

    def needed(self) -> np.ndarray:
        """Of every picture whether only a drawing says where and what its subject is; older shards have none."""
        none = torch.zeros(0, dtype=torch.uint8)
        columns = [s.get("needed", none.new_zeros(len(s["rgb"]))) for s in self.shards]
        return torch.cat([none, *columns]).numpy() > 0

    def _gathered(
        self, indices: Any, tops: Any, lefts: Any, size: int, names: Sequence[str]
    ) -> tuple[Tensor, ...]:
        device = self.shards[0][names[0]].device
        rows, ys, xs = (torch.from_numpy(a).to(device) for a in (indices, tops, lefts))
        span = torch.arange(size, device=device)
        key = (
            rows[:, None, None],
            (ys[:, None] + span)[:, :, None],
            (xs[:, None] + span)[:, None, :],
        )
        return tuple(self.shards[0][name][key] for name in names)


def open_pictures(data: Path, split: str = "train", limit: int | None = None) -> Pictures:
    """Maps the shards of `<data>/<split>` (or of `data` itself). Raises StudioError.

    limit: keep the first shards that together hold at least so many pictures.
    """
    folder = data / split if (data / split).is_dir() else data
    paths = sorted(folder.glob("shard-*.safetensors"))
    if not paths:
        raise StudioError(
            "No training pictures",
            f"{folder} holds no shard-*.safetensors.",
            f"Make them first: underpaint train data --recipe FILE --data {data}",
        )
    shards: list[dict[str, Tensor]] = []
    captions: list[tuple[str, ...]] = []
    starts: list[int] = []
    for path in paths:
        if limit is not None and len(captions) >= limit:
            break
        tensors, texts = _open_shard(path)
        if not shards:
            _check_layout(path, tensors["rgb"])
        starts.append(len(captions))
        shards.append(tensors)
        captions.extend(texts)
    return Pictures(folder, _world(folder), tuple(shards), tuple(captions), np.array(starts))


def _open_shard(path: Path) -> tuple[dict[str, Tensor], list[tuple[str, ...]]]:
    try:
        with safe_open(str(path), framework="pt") as file:
            texts = json.loads((file.metadata() or {})["captions"])
            names = file.keys()
            tensors = {name: file.get_tensor(name) for name in names}
    except (SafetensorError, OSError, KeyError, json.JSONDecodeError) as error:
        raise StudioError(
            "A shard of training pictures is broken",
            f"{path}: {error}",
            "Delete it and run `underpaint train data` again: it makes what is missing.",
        ) from error
    if len(texts) != len(tensors["rgb"]):
        raise StudioError("A shard of training pictures is broken", f"{path}: captions missing")
    return tensors, [tuple(t) if isinstance(t, list) else (str(t),) for t in texts]


def _check_layout(path: Path, rgb: Tensor) -> None:
    """Pictures of smooth things differ less from pixel to pixel than from colour to colour.

    safetensors writes an array's memory whatever its strides: a stack of views of [3,H,W] arrives with
    its colours torn apart, and everything trains on it without complaint.
    """
    few = rgb[:16].float()
    torn = few.reshape(len(few), 3, *few.shape[1:3]).permute(0, 2, 3, 1)
    steps = [(x[:, :, 1:] - x[:, :, :-1]).abs().mean() for x in (few, torn)]
    if steps[1] < 0.7 * steps[0]:
        raise StudioError(
            "Training pictures are torn",
            f"{path}: rgb was written as [N,3,H,W] under the name of [N,H,W,3]",
            "Write contiguous arrays (np.ascontiguousarray), and make the shards again.",
        )


def _world(folder: Path) -> dict[str, Any]:
    for path in (folder / "world.json", folder.parent / "world.json"):
        if path.exists():
            return json.loads(path.read_text(encoding="utf-8"))
    return {}
