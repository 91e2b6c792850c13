"""Drawings whose outline is known, and how much of it a picture has: what obedience is measured with.

A render's depth and subject are rolled, shrunk or stretched, so that the words alone do not say where the thing is, and
drawn in the ways an artist draws. What the picture shows is read off its latents by the model's own maps decoder.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio_app.training.covering import BRUSHED, DABS, draw_covering
from studio_app.training.warps import Warp, warped_plane

Mask = NDArray[np.bool_]

_SEED = 4242
_RISE, _GROUND = 0.1, 0.1
"""How much nearer than its row's ground a pixel of the subject is, and the share of a row that surely is ground.

The renders' own depth would do with 0.02; 0.1 is what finds the subject best in that of a maps decoder, which is coarse
(0.813 of 64 renders that nothing else is measured with, by intersection over union; 0.04 finds 0.623 of them).
"""


def upright(rng: np.random.Generator) -> Warp:
    """As it was rendered."""
    del rng
    return Warp()


def rolled(rng: np.random.Generator) -> Warp:
    """By 40 to 140 degrees either way, a little smaller so that the corners stay inside."""
    return Warp(float(rng.uniform(40, 140) * rng.choice([-1, 1])), 0.85, 0.85)


def shrunk(rng: np.random.Generator) -> Warp:
    """0.45 to 0.68 of the size, and off the middle."""
    size = float(rng.uniform(0.45, 0.68))
    return Warp(0.0, size, size, float(rng.uniform(-0.3, 0.3)), float(rng.uniform(-0.25, 0.25)))


def thinned(rng: np.random.Generator) -> Warp:
    """Half as wide or half as high."""
    return Warp(wide=0.5) if rng.random() < 0.5 else Warp(high=0.5)


def tilted(rng: np.random.Generator) -> Warp:
    """0.55 to 0.9 of the size, turned by up to 40 degrees, off the middle: what stands in a scene."""
    size = float(rng.uniform(0.55, 0.9))
    return Warp(
        float(rng.uniform(-40, 40)),
        size,
        size,
        float(rng.uniform(-0.25, 0.25)),
        float(rng.uniform(-0.15, 0.2)),
    )


Placing = Callable[[np.random.Generator], Warp]


def placed(depth: Tensor, subject: Tensor, placing: Placing) -> tuple[Tensor, Tensor, list[Warp]]:
    """uint8 planes [n,H,W] of the pictures 0 to n - 1, moved: a picture's number decides how, under each placing."""
    warps = [placing(_chance(i)) for i in range(len(depth))]
    return warped_plane(depth, warps), warped_plane(subject, warps), warps


def exact(depth: Tensor, subject: Tensor) -> Tensor:
    """[n,2,H,W] (value x known, known): the render's depth of the subject, known everywhere."""
    value = depth.float() / 255 * (subject > 0)
    return torch.stack([value, torch.ones_like(value)], 1)


def by_hand(depth: Tensor, subject: Tensor, background: bool, dabs: bool = False) -> Tensor:
    """[n,2,H,W]: brushed, or in dabs that cover the subject; what lies around them background, or unknown."""
    drawn = [
        draw_covering(
            depth[i : i + 1],
            subject[i : i + 1],
            torch.Generator().manual_seed(_SEED + i),
            _chance(i),
            np.array([DABS if dabs else BRUSHED]),
            np.array([background]),
        )
        for i in range(len(depth))
    ]
    return torch.cat(drawn)


def paint(drawn: Tensor) -> Tensor:
    """Of drawings [n,2,H,W] where something is painted that is no background: float32 [n,H,W], 0 or 1."""
    return ((drawn[:, 0] > 0) & (drawn[:, 1] > 0.5)).float()


def overlap(found: NDArray[Any], subject: Tensor) -> NDArray[np.float64]:
    """Intersection over union [n] of mattes in 0..1 (or masks) and the subjects that were drawn, uint8 [n,H,W]."""
    mine, wanted = np.asarray(found) > 0.5, subject.numpy() > 127
    both, either = (mine & wanted).sum((1, 2)), (mine | wanted).sum((1, 2))
    return both / np.maximum(either, 1)


def standing(depth: NDArray[np.floating]) -> Mask:
    """What stands out of its row's ground, of depths [n,H,W] of scenes, where a matte covers ground and subject alike.

    0.90 of the renders' subjects by intersection over union, read off their own depth (64 scenes and characters).
    """
    ground = np.quantile(depth, _GROUND, axis=2, keepdims=True)
    return depth - ground > _RISE


def _chance(number: int) -> np.random.Generator:
    return np.random.default_rng([_SEED, number])
