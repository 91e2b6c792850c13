"""The ground and the sky of what the student draws: flat along a row, as the renderer's are, and not hazy.

A decoder of depth that has seen renders' latents only takes a drawn picture's blotches, shadows and soft rims for
things that stand out. So it also sees scenes that the student drew over what was left of a render, with that render's
depth as the answer: their layout is the render's, their paint the student's.

What it said of drawn assets on grey is held to meanwhile: of their soft rims a render's matte is no answer, and without
that a decoder that learns grounds loses whole parts of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from studio_app.engine.decoding.maps import LAYOUT
from studio_app.training.data import Pictures
from studio_app.training.loop import Draw
from studio_app.training.networks import LATENT_SCALE
from studio_app.training.stages.windows import Window

_RIM = 5
"""Pixels by which a drawn outline may lie beside the render's: there nobody knows what is right."""
_PATCHES = (8, 32)
"""Pixels to a side of the patches whose mean depth is held to that of their row."""
_FILLED = 0.2
"""The share of a patch that must be ground for it to count."""


@dataclass(frozen=True, eq=False)
class Redrawn:
    """Redrawn latents [N, 4, h, w] of pictures, and which of them are learnt from."""

    latents: Tensor
    pictures: Pictures
    rows: np.ndarray

    def draw(self, count: int, draw: Draw) -> tuple[Tensor, Window, np.ndarray]:
        """Latents [count, 4, h, w] of any of them; windows of half their height and all their width; which they are."""
        _, _, high, wide = self.latents.shape
        half = max(1, high // 2)
        indices = draw.choices.choice(self.rows, count)
        tops = draw.choices.integers(0, high - half + 1, count).tolist()
        z = self.latents[torch.from_numpy(indices).to(self.latents.device)].float()
        return z, (tops, [0] * count, (half, wide)), indices

    def plane(self, name: str, indices: np.ndarray, window: Window) -> Tensor:
        """A column of those pictures in those windows, 0..1, float [B, 1, 4h, 8w]."""
        tops, _, (half, _) = window
        whole = zip(self.pictures.take(name, indices), tops, strict=True)
        cut = [p[LATENT_SCALE * y : LATENT_SCALE * (y + half)] for p, y in whole]
        return torch.stack(cut)[:, None].to(self.latents.device).float() / 255


def ground_loss(found: Tensor, depth: Tensor, subject: Tensor, distant: float) -> Tensor:
    """How wrong a depth is, all [B, 1, H, W]: everywhere but along the subject's rim, and, of the ground, how unlike
    the rest of its row. distant: weight of the squares."""
    ground = (F.max_pool2d(subject, 2 * _RIM + 1, 1, _RIM) < 0.05).float()
    inside = (-F.max_pool2d(-subject, 2 * _RIM - 1, 1, _RIM - 1) > 0.95).float()
    error = found - depth
    total = _mean(error, ground + inside, distant)
    for side in (min(side, *error.shape[-2:]) for side in _PATCHES):
        share = F.avg_pool2d(ground, side)
        patches = F.avg_pool2d(error * ground, side) / share.clamp_min(1e-3)
        filled = (share > _FILLED).float()
        of_row = (patches * filled).sum(3, keepdim=True) / filled.sum(3, keepdim=True).clamp_min(1)
        total = total + _mean(patches - of_row, filled, distant)
    return total


def held_loss(raw: Tensor, before: Tensor) -> Tensor:
    """How far matte and depth of raw channels [B, 10, H, W] are from those before. A matte's edge counts most."""
    alpha = before[:, LAYOUT["alpha"]].sigmoid()
    wide = F.max_pool2d(alpha, 3, 1, 1) + F.max_pool2d(-alpha, 3, 1, 1)
    matte = F.binary_cross_entropy_with_logits(raw[:, LAYOUT["alpha"]], alpha, 1 + 4 * wide)
    return 2 * matte + (raw - before)[:, LAYOUT["depth"]].abs().mean()


def _mean(error: Tensor, weight: Tensor, distant: float) -> Tensor:
    cost = error.abs() + distant * error.square()
    return (cost * weight).sum() / weight.sum().clamp_min(1)
