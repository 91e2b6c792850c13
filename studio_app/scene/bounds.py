"""Points on solids' surfaces, for sizes and framing: close, cheap, and aware of clips."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from studio_app.scene.primitives import Primitive

Points = NDArray[np.float64]


def _rings(levels: Sequence[tuple[float, float]], n: int = 16) -> Points:
    """Circles (y, radius) of n points each."""
    a = np.arange(n) * (2 * math.pi / n)
    return np.concatenate(
        [np.stack([r * np.cos(a), np.full(n, y), r * np.sin(a)], -1) for y, r in levels]
    )


_ARC = [math.radians(d) for d in (-90, -60, -30, 0, 30, 60, 90)]


@cache
def _local_points(kind: str, params: tuple[float, ...]) -> Points:
    if kind == "sphere":
        return _rings([(math.sin(a), math.cos(a)) for a in _ARC])
    if kind in ("box", "rounded_box"):
        signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
        if kind == "box":
            return signs
        # The ball that rounds each corner.
        inner = 1.0 - params[0]
        ball = _rings([(math.sin(a), math.cos(a)) for a in _ARC], 8) * params[0]
        return (signs[:, None] * inner + ball[None]).reshape(-1, 3)
    if kind == "cylinder":
        return _rings([(-1.0, 1.0), (0.0, 1.0), (1.0, 1.0)])
    if kind == "cone":
        return _rings([(-1.0, 1.0), (0.0, (1 + params[0]) / 2), (1.0, params[0])])
    if kind == "capsule":
        h = params[0]
        return _rings([(math.sin(a) + math.copysign(h, a), math.cos(a)) for a in _ARC])
    if kind == "torus":
        r = params[0]
        a = np.arange(8) * (math.pi / 4)
        return _rings([(r * math.sin(b), 1 + r * math.cos(b)) for b in a])
    if kind == "prism":
        n = int(params[0])
        return _rings([(-1.0, 1.0), (0.0, (1 + params[1]) / 2), (1.0, params[1])], n)
    raise ValueError(f"a {kind} has no end")


def surface_points(primitive: Primitive) -> Points:
    """World points [N, 3] on a bounded solid's surface, what a clip removes left out."""
    p = _local_points(primitive.kind, primitive.params)
    if primitive.clip is not None:
        n, d = np.asarray(primitive.clip[:3]), primitive.clip[3]
        over = p @ n - d
        # Pull cut-off points towards the deepest kept one until they lie on the cut.
        deepest = p[int(np.argmin(over))]
        depth = float(over.min())
        if depth >= 0:
            return np.empty((0, 3))
        share = np.clip(over / np.maximum(over - depth, 1e-12), 0.0, 1.0)[:, None]
        p = p + share * (deepest - p)
    m = primitive.transform.matrix
    return p @ m[:3, :3].T + m[:3, 3]


def cloud(primitives: Sequence[Primitive]) -> Points:
    """Surface points of all bounded solids, [N, 3]."""
    return np.concatenate([surface_points(p) for p in primitives if p.kind != "plane"])


def extent(primitives: Sequence[Primitive]) -> tuple[Points, Points]:
    """Low and high corner [3] of the axis-aligned box around the solids."""
    points = cloud(primitives)
    return points.min(0), points.max(0)
