"""Curves of a pen's pressure: what the hand presses, and what the brush makes of it."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

Curve = tuple[tuple[float, float], ...]
"""Points (pressure, effect), both 0..1, from left to right: two at least, the first at 0 and the last at 1."""

STRAIGHT: Curve = ((0.0, 0.0), (1.0, 1.0))
MOST_POINTS = 8
LEAST_GAP = 0.02
"""Between the pressures of two points."""
_STEPS = 256


def effect_of(curve: Curve, pressure: float) -> float:
    """What a pressure, 0..1, comes to."""
    pressure = min(max(pressure, 0.0), 1.0)
    if curve == STRAIGHT:
        return pressure
    table = table_of(curve)
    place = pressure * _STEPS
    left = min(int(place), _STEPS - 1)
    share = place - left
    return float(table[left] * (1 - share) + table[left + 1] * share)


@lru_cache(maxsize=64)
def table_of(curve: Curve) -> NDArray[np.float64]:
    """The effects of 257 even pressures. Between its points a curve is a monotone cubic (Fritsch and Carlson 1980):
    it goes through each of them and never beyond two neighbours."""
    x, y = np.array(curve, np.float64).T
    width = np.diff(x)
    slope = np.diff(y) / width
    inner = np.where(
        slope[:-1] * slope[1:] > 0,
        _harmonic(slope[:-1], slope[1:], width[:-1], width[1:]),
        0.0,
    )
    tangent = np.concatenate([slope[:1], inner, slope[-1:]])
    at = np.linspace(0.0, 1.0, _STEPS + 1)
    piece = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(width) - 1)
    t = (at - x[piece]) / width[piece]
    rise = (
        y[piece] * (1 + 2 * t) * (1 - t) ** 2
        + tangent[piece] * width[piece] * t * (1 - t) ** 2
        + y[piece + 1] * t * t * (3 - 2 * t)
        + tangent[piece + 1] * width[piece] * t * t * (t - 1)
    )
    table: NDArray[np.float64] = np.clip(rise, 0.0, 1.0)
    table.flags.writeable = False
    return table


def with_point(curve: Curve, pressure: float, effect: float) -> tuple[Curve, int]:
    """A curve with one more point, and which of its points that is; the nearest one moved where it would lie too close
    to it, or where there are enough."""
    near = min(range(len(curve)), key=lambda i: abs(curve[i][0] - pressure))
    if len(curve) >= MOST_POINTS or abs(curve[near][0] - pressure) < LEAST_GAP:
        return moved(curve, near, pressure, effect), near
    after = tuple(sorted((*curve, (pressure, min(max(effect, 0.0), 1.0)))))
    return after, next(i for i, point in enumerate(after) if point[0] == pressure)


def moved(curve: Curve, number: int, pressure: float, effect: float) -> Curve:
    """With a point elsewhere, between its neighbours; the first and the last keep their pressure."""
    if number == 0:
        pressure = 0.0
    elif number == len(curve) - 1:
        pressure = 1.0
    else:
        low, high = curve[number - 1][0] + LEAST_GAP, curve[number + 1][0] - LEAST_GAP
        pressure = min(max(pressure, low), high) if low <= high else curve[number][0]
    point = pressure, min(max(effect, 0.0), 1.0)
    return (*curve[:number], point, *curve[number + 1 :])


def without(curve: Curve, number: int) -> Curve:
    """Without one of its points; the ends stay."""
    if number in (0, len(curve) - 1):
        return curve
    return (*curve[:number], *curve[number + 1 :])


def curve_from(value: Any) -> Curve | None:
    """Of what was read from a file; None where it is no curve."""
    if not isinstance(value, list | tuple):
        return None
    given = cast("list[Any]", value)
    if not 2 <= len(given) <= MOST_POINTS:
        return None
    points: list[tuple[float, float]] = []
    for point in given:
        if not isinstance(point, list | tuple):
            return None
        numbers = cast("list[Any]", point)
        if len(numbers) != 2 or not all(_share(number) for number in numbers):
            return None
        points.append((float(numbers[0]), float(numbers[1])))
    ordered = all(b[0] - a[0] >= LEAST_GAP / 2 for a, b in pairwise(points))
    whole = points[0][0] == 0.0 and points[-1][0] == 1.0
    return tuple(points) if ordered and whole else None


def _share(number: Any) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool) and 0.0 <= number <= 1.0


def _harmonic(
    one: NDArray[np.float64],
    other: NDArray[np.float64],
    width: NDArray[np.float64],
    next_width: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The weighted harmonic mean of two slopes, 0 where one of them is."""
    a, b = 2 * next_width + width, next_width + 2 * width
    down = a * other + b * one
    safe = np.where(np.abs(down) > 1e-12, down, 1.0)
    mean: NDArray[np.float64] = (a + b) * one * other / safe
    return mean
