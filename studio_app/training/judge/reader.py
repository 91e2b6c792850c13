"""The probe as a reader of pictures, and whether it reads real renders well enough to be believed.

A figure needs only the parts of the probe that it uses to pass their bar (training/stages/probe.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from studio_app.engine.device import best_device
from studio_app.training.judge.questions import ATTRIBUTES, Question
from studio_app.training.judge.reals import Reals
from studio_app.training.stages.probe import DEPTH_BAR, JOINT_BAR, SLOT_BAR, pck_hits, small
from studio_app.training.stages.probe_network import GRID, both_ways, digest, load_probe

_BATCH = 32


@dataclass(frozen=True, eq=False)
class Readings:
    """What the probe says of n pictures.

    words [n]: index of the likeliest word by slot; sure [n]: its probability. depth [n,16,16] in 0..1. joints
    [n,18,2], shares of the picture.
    """

    words: dict[str, NDArray[np.int64]]
    sure: dict[str, NDArray[np.float32]]
    depth: Tensor
    joints: Tensor

    def some(self, rows: Sequence[int]) -> Readings:
        """Of these pictures only."""
        return Readings(
            {slot: found[list(rows)] for slot, found in self.words.items()},
            {slot: found[list(rows)] for slot, found in self.sure.items()},
            self.depth[list(rows)],
            self.joints[list(rows)],
        )


class Reader:
    """The probe of a folder. Raises StudioError where there is none."""

    def __init__(self, folder: Path) -> None:
        self.hash = digest_of(folder)
        self._device = best_device().place
        self._probe, self.words = load_probe(folder, self._device)

    @torch.inference_mode()
    def read(self, rgb: NDArray[np.uint8]) -> Readings:
        """uint8 [n,H,W,3]."""
        words: dict[str, list[Tensor]] = {slot: [] for slot in self.words}
        sure: dict[str, list[Tensor]] = {slot: [] for slot in self.words}
        depth: list[Tensor] = []
        joints: list[Tensor] = []
        for start in range(0, len(rgb), _BATCH):
            part = torch.from_numpy(np.array(rgb[start : start + _BATCH])).to(self._device)
            reading = both_ways(self._probe, small(part))
            for slot, logits in reading.slots.items():
                best = logits.softmax(1).max(1)
                words[slot].append(best.indices.cpu())
                sure[slot].append(best.values.cpu())
            depth.append(reading.depth.cpu())
            joints.append(reading.joints().cpu())
        return Readings(
            {slot: torch.cat(found).numpy() for slot, found in words.items()},
            {slot: torch.cat(found).numpy() for slot, found in sure.items()},
            torch.cat(depth),
            torch.cat(joints),
        )


@dataclass(frozen=True)
class Trust:
    """figures: how well the probe reads real renders (probe_thing, probe_depth_rmse, probe_pck ...).

    slots, depth, joints: which of its parts pass their bar.
    """

    figures: dict[str, float]
    slots: frozenset[str]
    depth: bool
    joints: bool

    @property
    def failing(self) -> str:
        """What does not pass, with its figure; empty where all does."""
        keys = [f"probe_{slot}" for slot in ATTRIBUTES if slot not in self.slots]
        keys += [] if self.depth else ["probe_depth_rmse"]
        keys += [] if self.joints else ["probe_pck"]
        return ", ".join(f"{k} {self.figures[k]:.3f}" for k in keys if k in self.figures)


def trust(reader: Reader, sets: Sequence[tuple[Readings, Reals, Sequence[Question]]]) -> Trust:
    """How far the probe may be believed, from what it says of real renders."""
    figures: dict[str, float] = {}
    passed: set[str] = set()
    for slot, names in reader.words.items():
        right: list[NDArray[np.bool_]] = []
        for readings, _, asked in sets:
            labels = np.array([question.labels.get(slot, -1) for question in asked])
            right.append((readings.words[slot] == labels)[labels >= 0])
        found = np.concatenate(right)
        if len(found) and len(names) > 1:
            figures[f"probe_{slot}"] = float(found.mean())
            if found.mean() >= SLOT_BAR:
                passed.add(slot)
    # Of a texture, depth is the height of its relief, which nobody draws and no figure asks for.
    errors = np.concatenate(
        [
            depth_errors(r.depth, grid_depth(real))[[q.kind != "texture" for q in asked]]
            for r, real, asked in sets
        ]
    )
    figures["probe_depth_rmse"] = float(np.sqrt(errors.mean()))
    hits, seen = (
        sum(part)
        for part in zip(*(_counts(joint_hits(r.joints, real)) for r, real, _ in sets), strict=True)
    )
    if seen:
        figures["probe_pck"] = hits / seen
    return Trust(
        figures,
        frozenset(passed),
        figures["probe_depth_rmse"] <= DEPTH_BAR,
        figures.get("probe_pck", 0.0) >= JOINT_BAR,
    )


def fitting(reader: Reader, slots: dict[str, list[str]]) -> bool:
    """Whether the probe was taught the words of this world, in their order."""
    return all(slots.get(slot) == names for slot, names in reader.words.items())


def grid_depth(reals: Reals) -> Tensor:
    """The true depth as the probe gives it: float32 [n,16,16] in 0..1."""
    depth = reals.column("depth")[:, None].float() / 255
    return F.interpolate(depth, (GRID, GRID), mode="area")[:, 0]


def depth_errors(
    found: Tensor, wanted: Tensor, weight: Tensor | None = None
) -> NDArray[np.float64]:
    """Mean squared error of each picture [n], over where `weight` [n,16,16] says."""
    squared = (found - wanted).square()
    if weight is None:
        return squared.mean((1, 2)).double().numpy()
    return ((squared * weight).sum((1, 2)) / weight.sum((1, 2)).clamp_min(1e-6)).double().numpy()


def joint_hits(found: Tensor, reals: Reals) -> list[NDArray[np.bool_]]:
    """Of each picture, whether its visible joints were found."""
    joints = reals.column("joints")
    return [
        pck_hits(found[i : i + 1], joints[i : i + 1], reals.size).numpy()
        for i in range(len(joints))
    ]


def digest_of(folder: Path) -> str:
    """The hash of the probe's weights; "" where there are none (`load_probe` says what is wrong)."""
    return digest(folder) if (folder / "probe.safetensors").is_file() else ""


def _counts(hits: Sequence[NDArray[np.bool_]]) -> tuple[int, int]:
    return sum(int(h.sum()) for h in hits), sum(len(h) for h in hits)
