"""Normals of drawn depth: which way the surface faces at every pixel, as the lens of a new scene sees it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.document.lens import distance_of, focal_of
from studio_app.document.marks import grid

Values = NDArray[Any]
_STEP = 2.0
"""A difference to one side that is so many times that to the other lies across the edge of a thing."""
FACING = np.array((0.0, 0.0, 1.0), np.float32)


def normals_of(
    depth: Values, known: NDArray[np.uint8] | None = None, high: float | None = None
) -> NDArray[np.float32]:
    """float32 [h, w, 3] unit vectors, x right, y up, z towards the viewer (the OpenGL convention), of a depth [h, w]
    (0..1, near = 1, linear in 1/z). The background and what is unknown faces the viewer. high: pixels of the picture's
    height, which the lens sees; None: all of it.

    A pixel is z / focal wide at distance z, so a surface has the same normal at every size it is drawn in. Slopes are
    means of the differences to both sides (central); at the edge of a thing, of the side that goes on.
    """
    said = depth > 0 if known is None else (depth > 0) & (known > 0)
    z: Values = np.asarray(distance_of(np.asarray(depth, np.float64)))
    focal = focal_of(high or depth.shape[0])
    height, width = depth.shape
    across, down = _slope(z, said, 1), _slope(z, said, 0)
    u, v = grid((0, 0, width, height), width / 2, height / 2)
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


def _slope(z: Values, said: NDArray[np.bool_], axis: int) -> Values:
    """dz by pixels along an axis; 0 where neither neighbour is of the same thing."""
    ahead, before = np.zeros_like(z), np.zeros_like(z)
    there = [slice(None), slice(None)]
    here = [slice(None), slice(None)]
    there[axis], here[axis] = slice(1, None), slice(None, -1)
    first, last = tuple(here), tuple(there)
    step = z[last] - z[first]
    both = said[last] & said[first]
    forward, backward = np.zeros(z.shape, bool), np.zeros(z.shape, bool)
    ahead[first], forward[first] = step, both
    before[last], backward[last] = step, both
    far, near = np.abs(ahead), np.abs(before)
    least = np.minimum(far, near)
    calm = 1e-9 + _STEP * least
    one = forward & (~backward | (far <= calm))
    other = backward & (~forward | (near <= calm))
    count = one.astype(np.int8) + other
    total = np.where(one, ahead, 0) + np.where(other, before, 0)
    return np.divide(total, count, out=np.zeros_like(z), where=count > 0)
