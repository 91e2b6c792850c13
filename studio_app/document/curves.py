"""The way of a pen between the places where it was seen.

Events come as often as they like: a fast hand leaves a few places far apart, and straight lines between them
look like a polygon. The way goes through every place as a centripetal Catmull-Rom spline (Yuksel et al. 2011),
which neither overshoots nor loops between them.
"""

from __future__ import annotations

from math import ceil, hypot, sqrt

import numpy as np
from numpy.typing import NDArray

Way = NDArray[np.float64]
"""[N, 3]: x, y in picture pixels and pressure, from where it begins to where it ends."""

_PIECE = 3.0
"""Pixels of a straight piece of a curve."""
_MOST_PIECES = 200
_SHARP = np.cos(np.radians(60))
"""Beyond this turn a corner is meant: nothing is guessed from it."""


def way_between(before: Way | None, start: Way, end: Way, after: Way | None) -> Way:
    """From start to end, each [3]. before, after: the places beside them, None where there are none (yet).

    Without one, the way bends on as it does at the other end, so that a circle stays one.
    """
    length = _length(end - start)
    if length < 1e-6 or (before is None and after is None):
        return np.stack([start, end])
    first = _mirrored(after, start, end) if before is None else before[:2]
    last = _mirrored(before, end, start) if after is None else after[:2]
    pieces = min(max(ceil(length / _PIECE), 2), _MOST_PIECES)
    share = np.linspace(0.0, 1.0, pieces + 1)
    way = np.empty((pieces + 1, 3))
    way[:, :2] = _catmull_rom(first, start[:2], end[:2], last, share)
    way[:, 2] = start[2] + share * (end[2] - start[2])
    way[0], way[-1] = start, end
    return way


def _mirrored(known: Way | None, near: Way, far: Way) -> Way:
    """Where the place beyond `near` would be if the way bent there as it does beyond `far`, [2]."""
    assert known is not None
    along = near[:2] - far[:2]
    turn = far[:2] - known[:2]
    size = _length(along) * _length(turn)
    if size < 1e-9 or float(along @ turn) / size < _SHARP:
        return near[:2] + along
    unit = along / _length(along)
    # The mirror stands in the middle between near and far, across the way.
    middle = (near[:2] + far[:2]) / 2
    offset = known[:2] - middle
    return known[:2] - 2 * unit * float(offset @ unit)


def _catmull_rom(p0: Way, p1: Way, p2: Way, p3: Way, share: Way) -> Way:
    """Points [N, 2] between p1 and p2, by the pyramid of Barry and Goldman; knots by the root of the distance."""
    t0 = 0.0
    t1 = t0 + max(sqrt(_length(p1 - p0)), 1e-4)
    t2 = t1 + max(sqrt(_length(p2 - p1)), 1e-4)
    t3 = t2 + max(sqrt(_length(p3 - p2)), 1e-4)
    t = (t1 + share * (t2 - t1))[:, None]

    def mixed(a: Way, b: Way, low: float, high: float) -> Way:
        return ((high - t) * a + (t - low) * b) / (high - low)

    a1, a2, a3 = mixed(p0, p1, t0, t1), mixed(p1, p2, t1, t2), mixed(p2, p3, t2, t3)
    b1, b2 = mixed(a1, a2, t0, t2), mixed(a2, a3, t1, t3)
    return mixed(b1, b2, t1, t2)


def _length(step: Way) -> float:
    """Of its x and y: of so few numbers a call of numpy's would take longer."""
    return hypot(float(step[0]), float(step[1]))
