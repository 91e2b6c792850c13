"""Normals of drawn depth: which way the surface faces at every pixel, as the lens of a new scene sees it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.document.lens import distance_of, distance_slope, focal_of
from studio_app.document.marks import grid

Values = NDArray[Any]
_COARSE = 1 / 255
"""The steps of depth that comes from a picture of 256 levels."""
REACH = 6
"""Pixels to both sides that a slope is fitted to where depth goes by such steps: of neighbours alone it is steps."""
_CLIFF = 0.04
"""Of such depth, between two pixels: more lies across the edge of a thing."""
FACING = np.array((0.0, 0.0, 1.0), np.float32)


def normals_of(
    depth: Values,
    known: NDArray[np.uint8] | None = None,
    high: float | None = None,
    middle: tuple[float, float] | None = None,
) -> NDArray[np.float32]:
    """float32 [h, w, 3] unit vectors, x right, y up, z towards the viewer (the OpenGL convention), of a depth [h, w]
    (0..1, near = 1, linear in 1/z). The background and what is unknown faces the viewer. high: pixels of the picture's
    height, which the lens sees, and middle: (x, y) where it looks; None: all of it.

    A pixel is z / focal wide at distance z, so a surface has the same normal at every size it is drawn in. Slopes are
    taken of the depth itself, in which planes are straight; at the edge of a thing, of the side that goes on.
    """
    said = depth > 0 if known is None else (depth > 0) & (known > 0)
    near = np.asarray(depth, np.float64)
    z: Values = np.asarray(distance_of(near))
    focal = focal_of(high or depth.shape[0])
    height, width = depth.shape
    steep = -z * z * distance_slope()
    grain = _grain(near, said)
    across = steep * _slope(near, said, 1, grain)
    down = steep * _slope(near, said, 0, grain)
    u, v = grid((0, 0, width, height), *(middle or (width / 2, height / 2)))
    # P = z (u, -v, -1): cross(dP/dy, dP/dx), divided by z, points at the viewer.
    x, y = across, -down
    towards: Values = (z + u * across + v * down) / focal
    normal = np.dstack([x, y, towards])
    length = np.linalg.norm(normal, axis=-1, keepdims=True)
    unit = np.divide(normal, length, out=np.zeros_like(normal), where=length > 0)
    seen = said[..., None] & (length > 0)
    return np.where(seen, unit, FACING).astype(np.float32)


def picture_of(normals: NDArray[np.float32]) -> NDArray[np.uint8]:
    """uint8 [h, w, 3] as normal maps are: -1..1 as 0..255."""
    return np.rint((normals * 0.5 + 0.5) * 255).clip(0, 255).astype(np.uint8)


def _grain(depth: Values, said: NDArray[np.bool_]) -> float:
    """The steps that depth goes by: those of 256 levels where most of it lies on them, else 0."""
    levels = depth[said] * 255
    on_level = np.abs(levels - np.rint(levels)) < 1e-3
    return _COARSE if levels.size and on_level.mean() > 0.5 else 0.0


def _slope(depth: Values, said: NDArray[np.bool_], axis: int, grain: float) -> Values:
    """Change of depth by pixels along an axis, fitted to both sides; 0 where no neighbour is of the same thing."""
    ahead, weight = _side(depth, said, axis, 1, grain)
    before, other = _side(depth, said, axis, -1, grain)
    least = np.minimum(np.abs(ahead), np.abs(before))
    bent = (weight > 0) & (other > 0) & (np.abs(ahead - before) > np.maximum(least, grain))
    calm = np.abs(ahead) <= np.abs(before)
    weight = np.where(bent & ~calm, 0, weight)
    other = np.where(bent & calm, 0, other)
    total = weight + other
    return np.divide(
        ahead * weight + before * other, total, out=np.zeros_like(depth), where=total > 0
    )


def _side(
    depth: Values, said: NDArray[np.bool_], axis: int, way: int, grain: float
) -> tuple[Values, Values]:
    """The slope (least squares through the pixel itself) to one side, and what it is worth."""
    alive, last = said, depth
    above, below = np.zeros_like(depth), np.zeros_like(depth)
    for step in range(1, (REACH if grain else 1) + 1):
        there = _shifted(depth, axis, way * step)
        alive = alive & _shifted(said, axis, way * step)
        if grain:
            alive = alive & (np.abs(there - last) <= _CLIFF)
        above += np.where(alive, way * step * (there - depth), 0)
        below += np.where(alive, step * step, 0)
        last = there
    return np.divide(above, below, out=np.zeros_like(depth), where=below > 0), below


def _shifted(values: Values, axis: int, by: int) -> Values:
    """What lies so many pixels further along an axis; nothing beyond the edge."""
    out = np.zeros_like(values)
    here, there = [slice(None), slice(None)], [slice(None), slice(None)]
    here[axis] = slice(None, -by) if by > 0 else slice(-by, None)
    there[axis] = slice(by, None) if by > 0 else slice(None, by)
    out[tuple(here)] = values[tuple(there)]
    return out
