"""What a bucket fills, and that it can be stopped."""

from __future__ import annotations

from collections import deque

import numpy as np
import pytest

from studio_app.document.contents.colour import Colour
from studio_app.document.filling import connected, flooded
from studio_app.document.telling import GivenUp


def by_steps(alike: np.ndarray, x: int, y: int) -> np.ndarray:
    made = np.zeros_like(alike)
    waiting = deque([(y, x)])
    made[y, x] = True
    while waiting:
        row, column = waiting.popleft()
        for v, u in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            inside = 0 <= v < alike.shape[0] and 0 <= u < alike.shape[1]
            if inside and alike[v, u] and not made[v, u]:
                made[v, u] = True
                waiting.append((v, u))
    return made


@pytest.mark.parametrize("seed", range(6))
def test_it_is_what_one_reaches_by_steps(seed: int):
    rng = np.random.default_rng(seed)
    alike = rng.random((60, 70)) < 0.5 + 0.05 * seed
    y, x = (int(k[0]) for k in np.nonzero(alike))
    assert np.array_equal(connected(alike, x, y), by_steps(alike, x, y))


def test_a_spiral_is_followed_to_its_end():
    alike = np.zeros((81, 81), bool)
    row, column, across, down, length = 40, 40, 1, 0, 2
    for turn in range(38):
        for _ in range(length):
            alike[row, column] = True
            row, column = row + down, column + across
        across, down = -down, across
        length += 2 * (turn % 2)
    assert np.array_equal(connected(alike, 40, 40), by_steps(alike, 40, 40))
    assert connected(alike, 40, 40).sum() == alike.sum()


def test_it_says_how_far_it_is_and_stops_when_it_is_told_to():
    pixels = np.zeros((300, 600, 4), np.uint8)
    pixels[:, :300] = (200, 30, 30, 255)
    content = Colour.of(pixels)
    told: list[float] = []
    plane = flooded(content, (10, 10), (600, 300), 0.06, told.append)
    assert told == sorted(told) and 0 < told[-1] < 1
    assert plane.whole[:, :300].all() and not plane.whole[:, 302:].any()
    told.clear()

    def tell(share: float) -> None:
        told.append(share)
        if len(told) > 2:
            raise GivenUp

    with pytest.raises(GivenUp):
        flooded(content, (10, 10), (600, 300), 0.06, tell)
