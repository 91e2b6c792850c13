"""Ambient occlusion of a height field: how much of the sky each of its points sees.

The integral over horizons of Jimenez et al. 2016 ("Practical Real-Time Strategies for Accurate Indirect Occlusion",
GTAO), taken over a height field seen from above: for each of a few slices through the vertical the two horizons are
found, and what lies between them is weighted by the cosine to the surface's normal.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
Tiles = tuple[bool, bool]

REACH = 1 / 16
"""How far a point looks for its horizon, in widths of the picture."""
MIN_RELIEF, MAX_RELIEF, USUAL_RELIEF = 0.005, 0.25, 0.04
"""Height of white over black, in widths of the picture."""
_SLICES = ((1, 0), (1, 1), (0, 1), (-1, 1))
"""Directions in steps of pixels along x and y."""
_STEPS = 6


def relief_of(height: Plane, normal: Plane, tiles: Tiles = (True, True)) -> float:
    """How high a height 0..1 [H, W] stands, in widths, so that its slopes are those of the normals [H, W, 3], +Y.

    By the root mean squares of both (least squares would find it flatter the less they agree), within MIN_RELIEF and
    MAX_RELIEF; USUAL_RELIEF where height or normals are flat.
    """
    right, up = slopes(height, tiles)
    steep = np.maximum(normal[..., 2], 0.2)
    asked = float((np.square(normal[..., 0] / steep) + np.square(normal[..., 1] / steep)).mean())
    known = float((np.square(right) + np.square(up)).mean())
    if known < 1e-6 or asked < 1e-6:
        return USUAL_RELIEF
    return float(np.clip(np.sqrt(asked / known), MIN_RELIEF, MAX_RELIEF))


def slopes(height: Plane, tiles: Tiles = (True, True)) -> tuple[Plane, Plane]:
    """d height / dx and / dy (y up) [H, W] in heights per width of the picture."""
    width = height.shape[1]
    around = _padded(height, 1, tiles)
    right = (around[1:-1, 2:] - around[1:-1, :-2]) * (width / 2)
    up = (around[:-2, 1:-1] - around[2:, 1:-1]) * (width / 2)
    return right.astype(np.float32), up.astype(np.float32)


def occlusion(
    height: Plane, relief: float, tiles: Tiles = (True, True), reach: float = REACH
) -> Plane:
    """Share of the sky that is seen, 0..1 [H, W], 1 where nothing stands in the way.

    height: 0..1. relief: of white over black, in widths. On the axes of `tiles` (x, y) the field goes on at its
    other side, elsewhere as it ends.
    """
    width = height.shape[1]
    field = (height * (relief * width)).astype(np.float32)  # in pixels
    furthest = max(2, round(reach * width))
    radii = np.unique(np.rint(np.geomspace(1, furthest, _STEPS)).astype(np.int64))
    around = _padded(field, int(radii[-1]), tiles)
    right, up = (slope * relief for slope in slopes(height, tiles))
    total = np.zeros_like(field)
    for dx, dy in _SLICES:
        long = float(np.hypot(dx, dy))
        before, after = (
            _elevation(around, field, radii, (side * dx, side * dy), long) for side in (-1, 1)
        )
        # The normal (-dh/dx, -dh/dy, 1) within the slice; the picture's y points down.
        along = -(right * dx - up * dy) / long
        size = np.sqrt(1 + along * along)
        tilt = np.arctan(along)
        low = np.maximum(before - np.float32(np.pi / 2), tilt - np.float32(np.pi / 2))
        high = np.minimum(np.float32(np.pi / 2) - after, tilt + np.float32(np.pi / 2))
        sine, cosine = along / size, 1 / size
        arcs = 2 * cosine - np.cos(2 * low - tilt) - np.cos(2 * high - tilt)
        total += size * (arcs + 2 * (low + high) * sine) / 4
    # A slice through a steep slope counts by how much of the normal lies in it.
    steep = np.sqrt(1 + right * right + up * up)
    return np.clip(total / (len(_SLICES) * steep), 0, 1).astype(np.float32)


def _elevation(
    around: Plane, field: Plane, radii: NDArray[np.int64], way: tuple[int, int], long: float
) -> Plane:
    """Angle of the horizon over the level [H, W], radians, the way of (dx, dy) pixels a step; 0 at least."""
    margin = int(radii[-1])
    height, width = field.shape
    steepest = np.zeros_like(field)
    for radius in radii:
        # Diagonal steps are longer: as far as the straight ones.
        step = max(1, round(int(radius) / long))
        top, left = margin + step * way[1], margin + step * way[0]
        there = around[top : top + height, left : left + width]
        np.maximum(steepest, (there - field) / np.float32(step * long), out=steepest)
    return np.arctan(steepest)


def _padded(plane: Plane, margin: int, tiles: Tiles) -> Plane:
    wide: Plane = _ends(plane, ((0, 0), (margin, margin)), tiles[0])
    return _ends(wide, ((margin, margin), (0, 0)), tiles[1])


def _ends(plane: Plane, margins: tuple[tuple[int, int], tuple[int, int]], wraps: bool) -> Plane:
    return np.pad(plane, margins, mode="wrap") if wraps else np.pad(plane, margins, mode="edge")
