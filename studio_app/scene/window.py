"""Where in a picture a solid can be seen: exact bounds of round solids, batched over a scene."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from studio_app.scene.camera import Camera
from studio_app.scene.primitives import Primitive, hull

Window = tuple[int, int, int, int]
Array = NDArray[np.float64]

_MARGIN = 0.02
"""Pixels that rounding may move an outline by."""


def overlap(a: Window, b: Window) -> Window:
    """What two windows share; an empty one where they share nothing."""
    x0, y0, x1, y1 = max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else (0, 0, 0, 0)


def around(parts: Sequence[Window]) -> Window:
    """The window around some; empty ones don't count."""
    some = [part for part in parts if part[0] < part[2] and part[1] < part[3]]
    if not some:
        return (0, 0, 0, 0)
    x0, y0 = min(p[0] for p in some), min(p[1] for p in some)
    return x0, y0, max(p[2] for p in some), max(p[3] for p in some)


def windows(solids: Sequence[Primitive], camera: Camera, width: int, height: int) -> list[Window]:
    """For each solid, pixels (x0, y0, x1, y1) outside which it covers no pixel centre.

    Empty (x0 >= x1) where nothing can be seen; the whole picture for planes and for what reaches
    behind the eye of a perspective.
    """
    whole: Window = (0, 0, width, height)
    bounded = [i for i, s in enumerate(solids) if s.kind != "plane"]
    found: list[Window] = [whole] * len(solids)
    if not bounded:
        return found
    pieces = [hull(solids[i].kind, solids[i].params) for i in bounded]
    counts = np.array([len(p) for p in pieces])
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    owner = np.repeat(np.arange(len(bounded)), counts)
    local = np.concatenate(pieces)
    matrices = np.stack([solids[i].transform.matrix for i in bounded])[owner]
    basis = camera.basis()
    view = basis @ matrices[:, :3, :3]
    centres = np.einsum("nij,nj->ni", view, local[:, :3])
    centres += (matrices[:, :3, 3] - np.asarray(camera.eye)) @ basis.T
    axes = view * local[:, None, 3:]
    low, high, behind = _outline(centres, axes, camera.fov is not None)
    low, high = np.minimum.reduceat(low, first), np.maximum.reduceat(high, first)
    reaching = np.logical_or.reduceat(behind, first)
    farthest = np.maximum.reduceat(centres[:, 2] + np.linalg.norm(axes[:, 2], axis=1), first)
    scale = height / (2 * camera.plane_half_height())
    left, right = width / 2 + low[:, 0] * scale, width / 2 + high[:, 0] * scale
    top, bottom = height / 2 - high[:, 1] * scale, height / 2 - low[:, 1] * scale
    # Pixel i is covered where its centre i + 0.5 lies between the bounds.
    x0, y0 = (np.clip(np.ceil(e - 0.5 - _MARGIN), 0, 1 << 30) for e in (left, top))
    x1 = np.minimum(np.floor(right + 0.5 + _MARGIN), width)
    y1 = np.minimum(np.floor(bottom + 0.5 + _MARGIN), height)
    for k, i in enumerate(bounded):
        if farthest[k] <= 0:
            found[i] = (0, 0, 0, 0)
        elif not reaching[k]:
            found[i] = (int(x0[k]), int(y0[k]), int(x1[k]), int(y1[k]))
    return found


def _outline(
    centres: Array, axes: Array, perspective: bool
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Bounds [N, 2] of ellipsoids on the image plane (x right, y up), and which reach behind the eye.

    centres: [N, 3] in camera axes (x right, y up, z forward). axes: [N, 3, 3], column k the k-th half
    axis. A plane through the eye, x = s z, touches an ellipsoid where
    (cx - s cz)^2 = |ax - s az|^2 with ax, az the rows of `axes`: a quadratic in s.
    """
    reach = np.einsum("nij,nij->ni", axes, axes)
    if not perspective:
        spread = np.sqrt(reach[:, :2])
        return centres[:, :2] - spread, centres[:, :2] + spread, np.zeros(len(centres), bool)
    cz, az = centres[:, 2:], axes[:, 2]
    behind = cz[:, 0] - np.sqrt(reach[:, 2]) < 1e-3
    a = np.where(behind, 1.0, cz[:, 0] ** 2 - reach[:, 2])[:, None]
    b = centres[:, :2] * cz - np.einsum("nij,nj->ni", axes[:, :2], az)
    c = centres[:, :2] ** 2 - reach[:, :2]
    root = np.sqrt(np.maximum(b * b - a * c, 0.0))
    return (b - root) / a, (b + root) / a, behind
