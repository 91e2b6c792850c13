"""The area around a pixel that is alike: what a bucket fills."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.document.contents.content import Content
from studio_app.document.planes import COVER, Plane
from studio_app.document.selections import grown

Values = NDArray[Any]


def flooded(
    content: Content, at: tuple[int, int], size: tuple[int, int], tolerance: float
) -> Plane:
    """A plane of cover of the pixels that are connected with that one (x, y) and differ from it by at most `tolerance`
    (0..1) in every channel and in coverage; with a pixel around, under soft edges. What covers nothing is alike,
    whatever its values."""
    values, alpha = content.sheet((0, 0, *size))
    x, y = at
    seed, cover = values[y, x], alpha[y, x]
    if cover < tolerance:
        alike = alpha <= tolerance
    else:
        alike = (np.abs(values - seed) <= tolerance).all(2) & (np.abs(alpha - cover) <= tolerance)
    inside = connected(alike, x, y)
    plane = Plane(COVER, *size).write(0, 0, np.where(inside, np.uint8(255), np.uint8(0)))
    return grown(plane, 1)


def connected(alike: NDArray[np.bool_], x: int, y: int) -> NDArray[np.bool_]:
    """The part of `alike` that hangs together with a pixel of it, by its sides: run by run of the rows."""
    height = alike.shape[0]
    padded = np.pad(alike, ((0, 0), (1, 1))).astype(np.int8)
    steps = np.diff(padded, axis=1)
    starts = [np.flatnonzero(row == 1) for row in steps]
    ends = [np.flatnonzero(row == -1) for row in steps]
    made = np.zeros_like(alike)
    seen = [np.zeros(len(row), bool) for row in starts]
    first = int(np.searchsorted(starts[y], x, side="right")) - 1
    waiting = [(y, first)]
    seen[y][first] = True
    while waiting:
        row, run = waiting.pop()
        left, right = int(starts[row][run]), int(ends[row][run])
        made[row, left:right] = True
        for near in (row - 1, row + 1):
            if 0 <= near < height:
                low = int(np.searchsorted(ends[near], left, side="right"))
                high = int(np.searchsorted(starts[near], right, side="left"))
                for other in range(low, high):
                    if not seen[near][other]:
                        seen[near][other] = True
                        waiting.append((near, other))
    return made
