"""Sprites: a picture that lies over mid grey, and its matte, as one picture with straight alpha."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]

MID_GREY = 0.5
"""What isolated assets lie over, as a screen shows it (0..1)."""

FAINT = 0.04
"""Alpha that is nothing yet: what a network takes for empty is never quite 0, and would lie about as dust."""

SURE = 0.75
"""Alpha from which a pixel's own colour is trusted: below, dividing by it multiplies every error."""


def matte(alpha: Plane) -> Plane:
    """Alpha 0..1 [H, W] of a network, with its ends at 0 and 1, which it never quite reaches."""
    return np.clip((alpha - FAINT) / (1 - 2 * FAINT), 0, 1).astype(np.float32)


def sprite(rgb: Pixels, alpha: Plane) -> Pixels:
    """uint8 [H, W, 4], straight alpha, of a picture [H, W, 3] over mid grey and its alpha [H, W] 0..1.

    The grey is taken out of the edges, and their colour runs on into what is transparent: bilinear filtering
    and mipmaps look there, and would find a halo.
    """
    cover = matte(alpha)
    shown = rgb.astype(np.float32) / 255
    straight = (shown - (1 - cover[..., None]) * MID_GREY) / np.maximum(cover, 0.05)[..., None]
    colour = bled(np.clip(straight, 0, 1).astype(np.float32), certainty(cover))
    return np.dstack([as_bytes(colour), as_bytes(cover)])


def certainty(cover: Plane) -> Plane:
    """How far a pixel's own colour is trusted, 0..1 [H, W], by how much of it is covered."""
    return np.clip((cover - 0.25) / (SURE - 0.25), 0, 1).astype(np.float32)


def bled(values: Plane, weight: Plane) -> Plane:
    """The values [H, W, C] where the weight [H, W] is 1; where it is 0, those of the nearest that has some.

    From a pyramid of weighted means (pull-push, Gortler et al. 1996). All 0 where nothing has weight.
    """
    total: Plane = (values * weight[..., None]).astype(np.float32)
    mass: Plane = weight.astype(np.float32)
    levels = [(total, mass)]
    while max(mass.shape) > 1:
        total, mass = _pulled(total), _pulled(mass[..., None])[..., 0]
        # A pixel that is known is known, by however many below.
        share = (1 / np.maximum(mass, 1)).astype(np.float32)
        total, mass = total * share[..., None], mass * share
        levels.append((total, mass))
    total, mass = levels.pop()
    filled: Any = total / np.maximum(mass, 1e-6)[..., None]
    for total, mass in reversed(levels):
        height, width = mass.shape
        coarse = filled.repeat(2, 0).repeat(2, 1)[:height, :width]
        filled = total + (1 - mass)[..., None] * coarse
    return np.clip(filled, values.min(), values.max()).astype(np.float32)


def as_bytes(values: Plane) -> Pixels:
    """0..1 to 0..255."""
    return np.clip(np.rint(values * 255), 0, 255).astype(np.uint8)


def _pulled(values: Plane) -> Plane:
    """Sums of 2x2 pixels; an odd last row or column has zeros beside it."""
    high, wide = values.shape[:2]
    even = np.pad(values, ((0, high % 2), (0, wide % 2), (0, 0)))
    high, wide = even.shape[:2]
    return even.reshape(high // 2, 2, wide // 2, 2, -1).sum((1, 3), dtype=np.float32)
