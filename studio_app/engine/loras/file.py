"""A file of a LoRA, and what it adds to each layer: kohya's, PEFT's and diffusers' layouts, and LyCORIS' LoCon, LoHa
and LoKr, by which delta W is a product of small matrices.

LoRA (Hu et al. 2106.09685): delta W = (alpha / r) B A. LoHa (2108.06098): the product, entry by entry, of two such.
LoKr (LyCORIS, 2309.14859): a Kronecker product. DoRA (2402.09353) of any of them: W + delta W is scaled, row by row or
column by column, to lengths that were trained too. As everywhere only a checked safetensors file is read.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from studio_app.catalogue.headers import MAX_HEADER
from studio_app.core.errors import StudioError
from studio_app.core.folders import PICKLES
from studio_app.core.jsons import parse_json
from studio_app.core.reading import expanded, is_file, open_binary
from studio_app.core.resources import user_dir
from studio_app.engine.loading.checkpoint import TensorInfo, read_header
from studio_app.engine.loras.names import WHOLE, Share

_PARTS = (
    (re.compile(r"(.+)\.(?:lora_down|lora_A|lora\.down)(?:\.[\w-]+)?\.weight"), "down"),
    (re.compile(r"(.+)\.(?:lora_up|lora_B|lora\.up)(?:\.[\w-]+)?\.weight"), "up"),
    (re.compile(r"(.+)\.lora_mid\.weight"), "mid"),
    (re.compile(r"(.+)_lora\.down\.weight"), "down"),  # as diffusers' processors had it
    (re.compile(r"(.+)_lora\.up\.weight"), "up"),
    (re.compile(r"(.+)\.(alpha|dora_scale|lokr_\w+|hada_\w+)"), ""),
    (re.compile(r"(.+)\.(lora_magnitude_vector)(?:\.[\w-]+){0,2}"), "magnitude"),
)
_DESCRIBED = "lora_adapter_metadata"
"""Where diffusers says what PEFT's config was."""

Parts = Mapping[str, str]
"""What a tensor is to its layer -> its name in the file."""


@dataclass(frozen=True)
class LoraFile:
    """layers: by what the file calls them, their parts. strange: how many of its tensors are of no known layout.
    metadata: texts, as its writer left them."""

    path: Path
    header: Mapping[str, TensorInfo]
    layers: Mapping[str, Parts]
    strange: int
    metadata: Mapping[str, str]


def find_lora(name: str) -> Path:
    """Where a LoRA lies: a path to it, or the name of one in `models/loras` of the user's folder. StudioError."""
    path = expanded(name)
    places = [path]
    if path.name == name and not path.is_absolute():
        folder = user_dir() / "models" / "loras"
        places = [folder / name, folder / f"{name}.safetensors", path]
    for place in places:
        if is_file(place):
            if place.suffix.lower() in PICKLES:
                raise _refused(place, "it is a pickle, which can run code", "Ask for .safetensors.")
            return place
    raise StudioError(
        f"No LoRA {name}", "there is no such file", "Check the path, or put it into models/loras."
    )


def read_lora(path: Path) -> LoraFile:
    """By its header alone. StudioError where it is broken, or no LoRA."""
    header = read_header(path, path)
    layers: dict[str, dict[str, str]] = {}
    strange = 0
    for name in header:
        found = _part(name)
        if found is None:
            strange += 1
        else:
            layers.setdefault(found[0], {})[found[1]] = name
    if not layers:
        raise _refused(path, "none of its tensors is a LoRA's", "Choose a file of a LoRA.")
    return LoraFile(path, header, layers, strange, _metadata(path))


def described_scale(file: LoraFile, name: str) -> float | None:
    """alpha / r of a layer as PEFT's config in the file has it; None where there is none."""
    try:
        text = file.metadata.get(_DESCRIBED, "{}").encode()
        config: Any = parse_json(text, _DESCRIBED, MAX_HEADER)
    except StudioError:
        return None
    if not isinstance(config, dict):
        return None
    for component in ("unet", "transformer", "text_encoder_2", "text_encoder"):
        if name.startswith(f"{component}."):
            rest = name.removeprefix(f"{component}.")
            rank, alpha = (
                _pattern(config.get(f"{component}.{key}_pattern"), rest)
                or config.get(f"{component}.{full}")
                for key, full in (("rank", "r"), ("alpha", "lora_alpha"))
            )
            if isinstance(rank, int | float) and isinstance(alpha, int | float) and rank:
                return alpha / rank
            return None
    return None


def _pattern(table: Any, name: str) -> Any:
    if not isinstance(table, dict):
        return None
    return next((v for k, v in table.items() if name == k or name.endswith(f".{k}")), None)


def _part(name: str) -> tuple[str, str] | None:
    for pattern, part in _PARTS:
        match = pattern.fullmatch(name)
        if match:
            layer = match[1].replace(".processor.", ".") if name.find("_lora.") > 0 else match[1]
            return layer, part or match[2]
    return None


def _metadata(path: Path) -> dict[str, str]:
    with open_binary(path) as (file, _):  # its header was found good
        (length,) = struct.unpack("<Q", file.read(8))
        header: Any = parse_json(file.read(length), path.name, MAX_HEADER)
    found = header.get("__metadata__")
    return {k: v for k, v in found.items() if isinstance(v, str)} if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Lengths:
    """Of DoRA: each [O], [O, 1, ...] of a weight's rows, or [1, I, ...] of its columns. of_rows: whether they are rows'
    in any case: PEFT's, which are [1, O, 1, 1] of a convolution."""

    each: Tensor
    of_rows: bool

    def brought(self, weight: Tensor, share: Share) -> Tensor:
        """A weight [O, I, ...] whose rows or columns have these lengths; of rows the share's. ValueError where they are
        as many as neither."""
        each, rows = self.each.to(weight.device).float(), weight.shape[0]
        ones = [1] * (weight.ndim - 2)
        if each.numel() == share.of * rows and (self.of_rows or len(each) == each.numel()):
            mine = each.flatten()[share.number * rows : (share.number + 1) * rows]
            lengths = weight.flatten(1).norm(dim=1)
            return weight * (mine / (lengths + _TINY)).view(rows, 1, *ones)
        if share.of > 1 or tuple(each.shape[:2]) != (1, weight.shape[1]):
            raise ValueError("the lengths of its rows or columns (DoRA) do not fit")
        lengths = weight.transpose(0, 1).flatten(1).norm(dim=1)
        return weight * (each.flatten() / (lengths + _TINY)).view(1, -1, *ones)


_TINY = torch.finfo(torch.float32).eps


@dataclass(frozen=True)
class Delta:
    """What one layer is changed by. tensors: by part. scale: of alpha / r. share: what of their product is meant.
    lengths: that its rows or columns are brought to (DoRA)."""

    tensors: Mapping[str, Tensor]
    scale: float
    share: Share = WHOLE
    lengths: Lengths | None = None

    @property
    def nbytes(self) -> int:
        return sum(tensor.nbytes for tensor in self.tensors.values())

    def at(self, place: torch.device) -> Delta:
        """The same, there."""
        lengths = self.lengths
        return replace(
            self,
            tensors={name: tensor.to(place) for name, tensor in self.tensors.items()},
            lengths=None if lengths is None else replace(lengths, each=lengths.each.to(place)),
        )

    def of(self, weight: Tensor) -> Tensor:
        """What is added to a weight, float32 of its shape. RuntimeError or ValueError where it has another."""
        added = self._product(tuple(weight.shape), weight.device)
        if self.lengths is None:
            return added
        base = weight.float()
        return self.lengths.brought(base + added, self.share) - base

    def _product(self, shape: tuple[int, ...], place: torch.device) -> Tensor:
        t = {name: tensor.to(place).float() for name, tensor in self.tensors.items()}
        if "down" in t:
            made = _product(t["up"], t["down"], t.get("mid"))
        elif "hada_w1_a" in t:
            made = _side(t, "hada_w1", "hada_t1") * _side(t, "hada_w2", "hada_t2")
        else:
            first, second = _lokr(t, "lokr_w1"), _lokr(t, "lokr_w2")
            made = torch.kron(first.view(*first.shape, *[1] * (second.ndim - first.ndim)), second)
        number, parts = self.share
        whole = (made * self.scale).reshape(parts * shape[0], *shape[1:])
        return whole[number * shape[0] : (number + 1) * shape[0]] if parts > 1 else whole


def delta_of(file: LoraFile, name: str, tensors: Mapping[str, Tensor]) -> Delta:
    """ValueError where the parts of a layer make no delta that is known here."""
    lengths = next((Lengths(tensors[n], n == "magnitude") for n in _LENGTHS if n in tensors), None)
    tensors = {name: tensor for name, tensor in tensors.items() if name not in _LENGTHS}
    rank = _rank(tensors)
    scale = 1.0
    if rank:
        alpha = float(tensors["alpha"].float().reshape(-1)[0]) if "alpha" in tensors else None
        described = described_scale(file, name)
        scale = alpha / rank if alpha is not None else described if described is not None else 1.0
    if not abs(scale) < 1e4:
        raise ValueError("its alpha is out of range")
    return Delta({k: v for k, v in tensors.items() if k != "alpha"}, scale, lengths=lengths)


_LENGTHS = ("dora_scale", "magnitude")
"""As LyCORIS and kohya's scripts call them, and PEFT."""


def _rank(t: Mapping[str, Tensor]) -> int:
    """0 of what is a whole matrix: its alpha means nothing. ValueError where a part is missing or has no sense."""
    names = set(t) - {"alpha"}
    if names in ({"down", "up"}, {"down", "up", "mid"}):
        return t["down"].shape[0]
    hada = {"hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b"}
    if hada <= names <= hada | {"hada_t1", "hada_t2"}:
        return t["hada_w1_b"].shape[0]
    for side in ("lokr_w1", "lokr_w2"):
        if not (side in names or {f"{side}_a", f"{side}_b"} <= names):
            raise ValueError("some of its parts are missing")
    return next((t[f"{side}_b"].shape[0] for side in ("lokr_w2", "lokr_w1") if f"{side}_b" in t), 0)


def _product(up: Tensor, down: Tensor, mid: Tensor | None) -> Tensor:
    if mid is not None:
        return torch.einsum("or,rsxy,si->oixy", up.flatten(1), mid, down.flatten(1))
    return up.flatten(1) @ down.flatten(1)


def _side(t: Mapping[str, Tensor], name: str, tucker: str) -> Tensor:
    a, b = t[f"{name}_a"], t[f"{name}_b"]
    if tucker in t:
        return torch.einsum("ij...,jr,ip->pr...", t[tucker], b, a)
    return a @ b


def _lokr(t: Mapping[str, Tensor], name: str) -> Tensor:
    if name in t:
        return t[name]
    if name == "lokr_w2" and "lokr_t2" in t:
        return torch.einsum("ij...,jr,ip->pr...", t["lokr_t2"], t["lokr_w2_b"], t["lokr_w2_a"])
    a, b = t[f"{name}_a"], t[f"{name}_b"]
    return (a.flatten(1) @ b.flatten(1)).reshape(a.shape[0], *b.shape[1:])


def _refused(path: Path, why: str, hint: str) -> StudioError:
    return StudioError(f"Can't use the LoRA {path.name}", why, hint)
