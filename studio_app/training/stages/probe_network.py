"""The judge's network, what it says of pictures, and how it is read from its folder.

Pictures are read at 64x64; what is where, at 16x16.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from studio_app.core.errors import StudioError
from studio_app.training.checkpoints import load_weights
from studio_app.training.controls import MIRRORED
from studio_app.training.networks import placed

SIDE, GRID = 64, 16
JOINTS = 18


@dataclass(frozen=True)
class Reading:
    """What the probe says of B pictures.

    slots: logits [B, words] by slot. depth [B,16,16] in 0..1 (near = 1). heat: logits [B,18,16,16] of
    where each joint is; subject: logits [B,16,16], of where the thing is.
    """

    slots: dict[str, Tensor]
    depth: Tensor
    heat: Tensor
    subject: Tensor

    def joints(self) -> Tensor:
        """[B,18,2]: x and y as shares of the picture, at the centre of the strongest neighbourhood."""
        b, count, height, width = self.heat.shape
        flat = self.heat.flatten(2)
        peak = flat.argmax(2)
        ys, xs = peak // width, peak % width
        rows = torch.arange(height, device=flat.device).view(1, 1, -1, 1)
        columns = torch.arange(width, device=flat.device).view(1, 1, 1, -1)
        near = ((rows - ys[..., None, None]).abs() <= 1) & (
            (columns - xs[..., None, None]).abs() <= 1
        )
        weight = self.heat.masked_fill(~near, -torch.inf).flatten(2).softmax(2)
        weight = weight.view(b, count, height, width)
        x = (weight * (columns + 0.5)).sum((2, 3)) / width
        y = (weight * (rows + 0.5)).sum((2, 3)) / height
        return torch.stack([x, y], 2)


class Probe(nn.Module):
    """Three levels of residual blocks, 16x16 to 4x4, for words; up again to 16x16, for depth, joints and the subject.

    A word sees the means of the levels (colour and light are there early), the strongest answers of the last, the
    last once more where its own slot looks, and the finest on the subject, where a material shows.
    """

    def __init__(
        self, words: Mapping[str, int], channels: Sequence[int] = (32, 64, 96, 160)
    ) -> None:
        super().__init__()
        # Blocks at half size are the dearest and have the least to say: there are none.
        self.stem = nn.Sequential(nn.Conv2d(3, channels[0], 5, 2, 2), nn.SiLU())
        self.levels = nn.ModuleList(_Level(a, b) for a, b in pairwise(channels))
        wide = channels[1]
        seen = sum(channels[1:]) + 2 * channels[-1] + 2 * wide
        self.look = nn.Conv2d(channels[-1], len(words), 1)
        self.heads = nn.ModuleDict({slot: nn.Linear(seen, count) for slot, count in words.items()})
        self.lateral = nn.ModuleList(nn.Conv2d(c, wide, 1) for c in channels[1:])
        # The way up: what is where is settled coarse to fine, a residual block a level.
        self.rise = nn.ModuleList(_block(wide) for _ in self.lateral)
        self.maps = nn.Sequential(
            _block(wide),
            nn.GroupNorm(8, wide),
            nn.SiLU(),
            nn.Conv2d(wide, 2 + JOINTS, 1),
        )

    def forward(self, pictures: Tensor) -> Reading:
        """[B,3,64,64] in -1..1."""
        x = self.stem(pictures)
        features: list[Tensor] = []
        for level in self.levels:
            x = level(x)
            features.append(x)
        gaze = self.look(x).flatten(2).float().softmax(2).to(x.dtype)
        looked = torch.einsum("bsn,bcn->bsc", gaze, x.flatten(2))
        risen: Tensor | None = None
        ways = zip(self.lateral, self.rise, features, strict=True)
        for lateral, rise, feature in reversed(list(ways)):
            here = lateral(feature)
            if risen is not None:
                here = here + F.interpolate(risen, scale_factor=2.0)
            risen = here + rise(here)
        assert risen is not None
        maps = self.maps(risen).float()
        subject = maps[:, -1].sigmoid()
        # What is read of the subject doesn't say where it is: that is learnt from masks.
        share = (subject / (subject.sum((1, 2), keepdim=True) + 1e-3)).detach().to(x.dtype)
        fine = torch.einsum("bhw,bchw->bc", share, torch.cat([features[0], risen.to(x.dtype)], 1))
        pooled = torch.cat([*(f.mean((2, 3)) for f in features), x.amax((2, 3)), fine], 1)
        slots = {
            slot: head(torch.cat([pooled, looked[:, k].to(pooled.dtype)], 1)).float()
            for k, (slot, head) in enumerate(self.heads.items())
        }
        return Reading(slots, maps[:, 0].sigmoid(), maps[:, 1:-1], maps[:, -1])


class _Level(nn.Module):
    def __init__(self, before: int, channels: int) -> None:
        super().__init__()
        self.into = nn.Conv2d(before, channels, 3, 2, 1)
        self.blocks = nn.ModuleList(_block(channels) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        x = self.into(x)
        for block in self.blocks:
            x = x + block(x)
        return x


def _block(channels: int) -> nn.Sequential:
    return nn.Sequential(
        nn.GroupNorm(8, channels),
        nn.SiLU(),
        nn.Conv2d(channels, channels, 3, padding=1),
        nn.GroupNorm(8, channels),
        nn.SiLU(),
        nn.Conv2d(channels, channels, 3, padding=1),
    )


def load_probe(folder: Path, device: torch.device) -> tuple[Probe, dict[str, list[str]]]:
    """The probe of a folder with probe.json and probe.safetensors, and its words by slot.

    Raises StudioError.
    """
    try:
        table: dict[str, Any] = json.loads((folder / "probe.json").read_text(encoding="utf-8"))
        words: dict[str, list[str]] = table["words"]
        probe = Probe({slot: len(names) for slot, names in words.items()}, table["channels"])
        probe.load_state_dict(load_weights(folder / "probe.safetensors"))
    except (OSError, ValueError, KeyError, RuntimeError, StudioError) as error:
        raise StudioError(
            "There is no probe to judge with",
            f"{folder}: {error}",
            "Train one: underpaint train data --split probe, then underpaint train probe",
        ) from error
    return placed(probe, device).eval(), words


def digest(folder: Path) -> str:
    """The first 16 hex digits of the SHA-256 of the probe's weights."""
    return hashlib.sha256((folder / "probe.safetensors").read_bytes()).hexdigest()[:16]


def both_ways(probe: Probe, pictures: Tensor) -> Reading:
    """What the probe says of pictures [B,3,64,64] and of their mirror images, in the mean: less of it is chance.

    Which side a thing is on ("left of") is asked of the pictures alone.
    """
    one, two = probe(pictures), probe(pictures.flip(3))
    words = {
        slot: found if slot == "relation" else (found + two.slots[slot]) / 2
        for slot, found in one.slots.items()
    }
    return Reading(
        words,
        (one.depth + two.depth.flip(2)) / 2,
        (one.heat + two.heat.flip(3)[:, list(MIRRORED)]) / 2,
        (one.subject + two.subject.flip(2)) / 2,
    )
