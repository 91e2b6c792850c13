"""The area around a pixel that is alike: what a bucket fills."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.document.contents.content import Content
from studio_app.document.planes import COVER, Plane
from studio_app.document.selections import grown
from studio_app.document.telling import Tell, part_of, untold

Values = NDArray[Any]
_LOOKED, _JOINED = 0.4, 0.6
"""Of the time that it takes, until what is alike is known, and what hangs together."""


def flooded(
    content: Content,
    at: tuple[int, int],
    size: tuple[int, int],
    tolerance: float,
    tell: Tell = untold,
    *,
    around: int = 1,
) -> Plane:
    """A plane of cover of the pixels that are connected with that one (x, y) and differ from it by at most `tolerance`
    (0..1) in every channel and in coverage; with so many pixels around, under soft edges. What covers nothing is alike,
    whatever its values. In any thread."""
    x, y = at
    (seed,), (cover,) = (part[0] for part in content.sheet((x, y, 1, 1)))
    grid = Plane(COVER, *size)
    alike = np.zeros((size[1], size[0]), bool)
    places = list(grid.places(grid.bounds))
    for number, place in enumerate(places):
        tell(_LOOKED * number / len(places))
        left, top, width, height = box = grid.box(place)
        values, alpha = content.sheet(box)
        if cover < tolerance:
            found = alpha <= tolerance
        else:
            found = (np.abs(values - seed) <= tolerance).all(2)
            found &= np.abs(alpha - cover) <= tolerance
        alike[top : top + height, left : left + width] = found
    inside = connected(alike, x, y, lambda: tell(_LOOKED))
    tell(_JOINED)
    plane = grid.write(0, 0, np.where(inside, np.uint8(255), np.uint8(0)))
    return grown(plane, around, part_of(tell, _JOINED, 1.0)) if around else plane


def connected(
    alike: NDArray[np.bool_], x: int, y: int, go_on: Callable[[], object] = lambda: None
) -> NDArray[np.bool_]:
    """The part of `alike` that hangs together with a pixel of it, by its sides: run by run of the rows, all runs that
    lie at one distance from it at once. go_on: called now and then; may raise GivenUp."""
    height, width = alike.shape
    steps = np.diff(np.pad(alike, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(steps == 1)
    ends = np.nonzero(steps == -1)[1]
    first, last = rows * (width + 1) + starts, rows * (width + 1) + ends  # both are sorted
    seen = np.zeros(len(rows), bool)
    here = int(first.searchsorted(y * (width + 1) + x, "right")) - 1
    front: NDArray[np.intp] = np.array([here], np.intp)
    while front.size:
        go_on()
        seen[front] = True
        beside: list[NDArray[np.intp]] = []
        for by in (-(width + 1), width + 1):
            low = last.searchsorted(first[front] + by, "right")
            high = first.searchsorted(last[front] + by, "left")
            beside.append(_ranges(low, np.maximum(high - low, 0)))
        near = np.concatenate(beside)
        front = np.unique(near[~seen[near]])
    marks = np.zeros((height, width + 1), np.int8)
    marks[rows[seen], starts[seen]] = 1
    marks[rows[seen], ends[seen]] = -1
    return np.cumsum(marks, axis=1, dtype=np.int8)[:, :width].astype(bool)


def _ranges(low: NDArray[np.intp], count: NDArray[np.intp]) -> NDArray[np.intp]:
    """low, low + 1 ... `count` of them each, one behind the other."""
    before = np.repeat(np.cumsum(count) - count, count)
    return np.arange(int(count.sum())) - before + np.repeat(low, count)
