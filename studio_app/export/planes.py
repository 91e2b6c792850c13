"""Small filters on planes: what grows, what shrinks, and colours that run on into where nothing is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]


def largest(plane: Plane, reach: int) -> Plane:
    """The largest value [H, W] within `reach` pixels on either axis."""
    height, width = plane.shape
    tall = np.pad(plane, ((reach, reach), (0, 0)), mode="edge")
    out = tall[:height].copy()
    for i in range(1, 2 * reach + 1):
        np.maximum(out, tall[i : i + height], out=out)
    wide = np.pad(out, ((0, 0), (reach, reach)), mode="edge")
    out = wide[:, :width].copy()
    for i in range(1, 2 * reach + 1):
        np.maximum(out, wide[:, i : i + width], out=out)
    return out


def smallest(plane: Plane, reach: int) -> Plane:
    """The smallest value [H, W] within `reach` pixels on either axis."""
    return -largest(-plane, reach)


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


def _pulled(values: Plane) -> Plane:
    """Sums of 2x2 pixels; an odd last row or column has zeros beside it."""
    high, wide = values.shape[:2]
    even = np.pad(values, ((0, high % 2), (0, wide % 2), (0, 0)))
    high, wide = even.shape[:2]
    return even.reshape(high // 2, 2, wide // 2, 2, -1).sum((1, 3), dtype=np.float32)
