"""Figures read off a picture as OpenPose draws them: by their colours alone.

Joints are discs of the palette's colours, limbs lines of 0.6 of them, on black. A photograph has none of that, and
nobody is found in it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio_app.scene.openpose import LIMB_SHADE, LIMBS, PALETTE

NEAR = 40.0
"""RGB distance within which a pixel has a colour of the palette: neighbours in it are 85 apart."""
LEAST_PIXELS = 3
LEAST_JOINTS = 6
ON_LIMB = 0.5
"""The share of the way between two joints that has to have the limb's colour."""

Pixels = NDArray[np.uint8]
Point = tuple[float, float]


def figures_in(rgb: Pixels) -> tuple[NDArray[np.float32], ...]:
    """The joints [18, 3] of the figures of uint8 [H, W, 3], each with at least six of them; joints that something hides
    are missing (0, 0, 0). An empty tuple where there are none.
    """
    seen = np.stack(np.nonzero(rgb.max(axis=2) > 100), axis=1)
    if not 0 < len(seen) < 0.5 * rgb.shape[0] * rgb.shape[1]:
        return ()  # nothing at all, or no picture on black
    colours = rgb[seen[:, 0], seen[:, 1]].astype(np.float32)
    distance = np.linalg.norm(colours[:, None] - np.array(PALETTE, np.float32)[None], axis=2)
    nearest = np.where(distance.min(1) < NEAR, distance.argmin(1), -1)
    found = [_discs(seen[nearest == joint]) for joint in range(18)]
    people: list[dict[int, Point]] = []
    for limb, (a, b) in enumerate(LIMBS):
        shade = np.array(PALETTE[limb], np.float32) * LIMB_SHADE
        for first, second in _pairs(rgb, found[a], found[b], shade):
            _join(people, a, first, b, second)
    whole = [person for person in people if len(person) >= LEAST_JOINTS]
    return tuple(_joints(person) for person in whole)


def _discs(places: NDArray[np.int64]) -> list[Point]:
    """Middles (x, y) of the groups of touching pixels [N, 2] of row and column."""
    left = {(int(row), int(column)) for row, column in places}
    middles: list[Point] = []
    while left:
        waiting = [left.pop()]
        group: list[tuple[int, int]] = []
        while waiting:
            row, column = waiting.pop()
            group.append((row, column))
            for near in ((row + i, column + j) for i in (-1, 0, 1) for j in (-1, 0, 1)):
                if near in left:
                    left.remove(near)
                    waiting.append(near)
        if len(group) >= LEAST_PIXELS:
            row, column = np.mean(group, axis=0)
            middles.append((float(column) + 0.5, float(row) + 0.5))
    return middles


def _pairs(
    rgb: Pixels, firsts: list[Point], seconds: list[Point], shade: NDArray[np.float32]
) -> list[tuple[Point, Point]]:
    """Which of the joints at the two ends of a limb belong together; the clearest limbs first."""
    scores = [(_limb(rgb, a, b, shade), a, b) for a in firsts for b in seconds]
    taken: set[Point] = set()
    pairs: list[tuple[Point, Point]] = []
    for score, a, b in sorted(scores, reverse=True):
        if score >= ON_LIMB and a not in taken and b not in taken:
            taken |= {a, b}
            pairs.append((a, b))
    return pairs


def _limb(rgb: Pixels, a: Point, b: Point, shade: NDArray[np.float32]) -> float:
    """The share of the way from a to b, its ends left out, that has the limb's colour."""
    along = np.linspace(0.2, 0.8, 13)
    x = np.clip(a[0] + along * (b[0] - a[0]), 0, rgb.shape[1] - 1).astype(int)
    y = np.clip(a[1] + along * (b[1] - a[1]), 0, rgb.shape[0] - 1).astype(int)
    return float((np.linalg.norm(rgb[y, x] - shade, axis=1) < NEAR).mean())


def _join(people: list[dict[int, Point]], a: int, first: Point, b: int, second: Point) -> None:
    """Adds a limb to the person that has one of its ends; the two that have one each become one."""
    owners = [p for p in people if p.get(a) == first or p.get(b) == second]
    person = owners[0] if owners else {}
    if not owners:
        people.append(person)
    for other in owners[1:]:
        person.update(other)
        people.remove(other)
    person[a], person[b] = first, second


def _joints(points: dict[int, Point]) -> NDArray[np.float32]:
    joints = np.zeros((18, 3), np.float32)
    for joint, (x, y) in points.items():
        joints[joint] = (x, y, 1.0)
    return joints
