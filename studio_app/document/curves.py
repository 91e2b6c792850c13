"""The way of a pen between the places where it was seen.

Events come as often as they like: a fast hand leaves a few places far apart, and straight lines between them
look like a polygon. The way goes through every place as a centripetal Catmull-Rom spline (Yuksel et al. 2011),
which neither overshoots nor loops between them.
"""

from __future__ import annotations

from math import ceil, cos, hypot, radians, sqrt

Place = tuple[float, float, float]
"""x, y in picture pixels and pressure."""
Way = list[Place]
"""From where it begins to where it ends. Of so few numbers a call of numpy's would take longer than all of them."""

_PIECE = 3.0
"""Pixels of a straight piece of a curve."""
_MOST_PIECES = 200
_SHARP = cos(radians(60))
"""Beyond this turn a corner is meant: nothing is guessed from it."""
_Point = tuple[float, float]


def way_between(before: Place | None, start: Place, end: Place, after: Place | None) -> Way:
    """From start to end. before, after: the places beside them, None where there are none (yet).

    Without one, the way bends on as it does at the other end, so that a circle stays one.
    """
    length = hypot(end[0] - start[0], end[1] - start[1])
    if length < 1e-6 or (before is None and after is None):
        return [start, end]
    first = _mirrored(after, start, end) if before is None else before[:2]
    last = _mirrored(before, end, start) if after is None else after[:2]
    pieces = min(max(ceil(length / _PIECE), 2), _MOST_PIECES)
    between = _catmull_rom(first, start[:2], end[:2], last, pieces)
    risen = (end[2] - start[2]) / pieces
    inner = [(x, y, start[2] + k * risen) for k, (x, y) in enumerate(between, 1)]
    return [start, *inner, end]


def _mirrored(known: Place | None, near: Place, far: Place) -> _Point:
    """Where the place beyond `near` would be if the way bent there as it does beyond `far`."""
    assert known is not None
    x, y = near[0] - far[0], near[1] - far[1]
    turn_x, turn_y = far[0] - known[0], far[1] - known[1]
    along = hypot(x, y)
    size = along * hypot(turn_x, turn_y)
    if size < 1e-9 or (x * turn_x + y * turn_y) / size < _SHARP:
        return near[0] + x, near[1] + y
    # The mirror stands in the middle between near and far, across the way.
    off_x, off_y = known[0] - (near[0] + far[0]) / 2, known[1] - (near[1] + far[1]) / 2
    twice = 2 * (off_x * x + off_y * y) / (along * along)
    return known[0] - twice * x, known[1] - twice * y


def _catmull_rom(p0: _Point, p1: _Point, p2: _Point, p3: _Point, pieces: int) -> list[_Point]:
    """Even points between p1 and p2, without these, by the pyramid of Barry and Goldman; knots by the root of the
    distance."""
    t1 = _knot(p0, p1)
    t2 = t1 + _knot(p1, p2)
    t3 = t2 + _knot(p2, p3)
    step = (t2 - t1) / pieces
    points: list[_Point] = []
    for k in range(1, pieces):
        t = t1 + k * step
        a1, a2, a3 = t / t1, (t - t1) / (t2 - t1), (t - t2) / (t3 - t2)
        b1, b2, c = t / t2, (t - t1) / (t3 - t1), (t - t1) / (t2 - t1)
        x, y = (
            _mixed(
                _mixed(_mixed(one, two, a1), _mixed(two, three, a2), b1),
                _mixed(_mixed(two, three, a2), _mixed(three, four, a3), b2),
                c,
            )
            for one, two, three, four in zip(p0, p1, p2, p3, strict=True)
        )
        points.append((x, y))
    return points


def _mixed(one: float, other: float, share: float) -> float:
    return one + share * (other - one)


def _knot(one: _Point, other: _Point) -> float:
    return max(sqrt(hypot(other[0] - one[0], other[1] - one[1])), 1e-4)
