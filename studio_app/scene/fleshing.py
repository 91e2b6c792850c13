"""A body on the bones of an OpenPose figure: as much of its depth as a flat figure tells.

For who reads depth better than figures: limbs are round and taper, the trunk is as wide as the shoulders are apart,
the head sits where eyes and ears are. How near a limb is nobody knows of a flat figure: all are as far, arms a little
nearer. What is around the body is not said.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]
Point = NDArray[np.float32]

DEPTH, ROUND = 0.66, 0.12
"""Of a body's edge, and how much nearer its middle is: 0..1, 1 is nearest. A figure on the ground before the camera of
a scene has about so much."""
NOSE, NECK = 0, 1
SHOULDERS, HIPS, WRISTS, ANKLES = (2, 5), (8, 11), (4, 7), (10, 13)
FACE = (16, 17, 14, 15, NOSE)
"""The surest places of a head first: ears, eyes."""
LIMBS: tuple[tuple[int, int, float, float, float], ...] = (
    (8, 9, 0.2, 0.15, 0.0), (9, 10, 0.15, 0.11, 0.0), (11, 12, 0.2, 0.15, 0.0), (12, 13, 0.15, 0.11, 0.0),
    (2, 3, 0.15, 0.12, 0.02), (3, 4, 0.12, 0.1, 0.03), (5, 6, 0.15, 0.12, 0.02), (6, 7, 0.12, 0.1, 0.03),
)  # fmt: skip
"""Two joints, the radii there in lengths of the trunk, and how much nearer it is than the trunk."""


class Capsule(NamedTuple):
    """What lies within `ra` of a, `rb` of b, and what is between, in pixels."""

    a: Point
    b: Point
    ra: float
    rb: float
    nearer: float = 0.0


def fleshed(
    people: NDArray[np.floating], width: int, height: int
) -> tuple[Values, NDArray[np.uint8]]:
    """(depth float32 [H, W], 1 is nearest; known uint8, 255 where a body is) of figures [P, 18, 3] in pixels, of joints
    whose third number is above 0. Nothing of a figure whose trunk has no size."""
    depth = np.zeros((height, width), np.float32)
    for person in people:
        for part in body_of(np.asarray(person, np.float32)):
            _draw(depth, part)
    return depth, np.where(depth > 0, np.uint8(255), np.uint8(0))


def body_of(joints: Values) -> list[Capsule]:
    """Its parts, of joints [18, 3]."""
    there, places = joints[:, 2] > 0, joints[:, :2]
    trunk = _trunk_length(places, there)
    if trunk < 1:
        return []

    def between(*several: int) -> Point | None:
        return places[list(several)].mean(0) if all(there[list(several)]) else None

    parts = [
        Capsule(places[a], places[b], ra * trunk, rb * trunk, nearer)
        for a, b, ra, rb, nearer in LIMBS
        if there[a] and there[b]
    ]
    neck = places[NECK] if there[NECK] else between(*SHOULDERS)
    hips = between(*HIPS)
    for pair, radius in ((SHOULDERS, 0.16), (HIPS, 0.2)):
        if all(there[list(pair)]):
            parts.append(Capsule(places[pair[0]], places[pair[1]], radius * trunk, radius * trunk))
    if neck is not None and hips is not None:
        parts.append(Capsule(neck, hips, 0.3 * trunk, 0.24 * trunk))
    parts += _ends(places, there, trunk)
    return parts + _head(places, there, neck, trunk)


def _ends(places: Values, there: NDArray[np.bool_], trunk: float) -> list[Capsule]:
    """Hands, which go on where arms do, and feet, which go on a little and outwards."""
    parts: list[Capsule] = []
    for end in (*WRISTS, *ANKLES):
        if there[end] and there[end - 1]:
            way = places[end] - places[end - 1]
            way = way / max(float(np.hypot(*way)), 1e-6)
            if end in WRISTS:
                parts.append(_ball(places[end] + way * (0.09 * trunk), 0.13 * trunk, 0.04))
            else:
                outwards = np.array((-0.1 if end == ANKLES[0] else 0.1, 0.0), np.float32)
                toes = places[end] + (way * 0.1 + outwards) * trunk
                parts.append(Capsule(places[end], toes, 0.13 * trunk, 0.12 * trunk, 0.03))
    return parts


def _head(
    places: Values, there: NDArray[np.bool_], neck: Point | None, trunk: float
) -> list[Capsule]:
    seen = [joint for joint in FACE if there[joint]]
    if not seen:
        return []
    pairs = [pair for pair in ((16, 17), (14, 15)) if all(there[list(pair)])]
    middle = places[list(pairs[0])].mean(0) if pairs else places[seen].mean(0)
    up = middle - neck if neck is not None else np.array((0.0, -1.0), np.float32)
    up = up / max(float(np.hypot(*up)), 1e-6)
    parts = [
        Capsule(
            middle + up * (0.07 * trunk),
            middle - up * (0.06 * trunk),
            0.3 * trunk,
            0.26 * trunk,
            0.02,
        )
    ]
    if neck is not None:
        parts.append(Capsule(neck, middle, 0.12 * trunk, 0.12 * trunk, -0.02))
    return parts


def _trunk_length(places: Values, there: NDArray[np.bool_]) -> float:
    """From neck to hips, by whatever of the body tells it: seen from the side shoulders are no measure, seen from above
    the trunk is none, so the longest counts."""
    measures = [
        *((NECK, hip, 1.0) for hip in HIPS),
        (*SHOULDERS, 1.45),
        *((a, a + 1, 1.2) for a in (8, 9, 11, 12)),
        *((a, a + 1, 1.6) for a in (2, 5)),
    ]
    lengths = [
        float(np.hypot(*(places[a] - places[b]))) * share
        for a, b, share in measures
        if there[a] and there[b]
    ]
    return max(lengths, default=0.0)


def _ball(middle: Point, radius: float, nearer: float) -> Capsule:
    return Capsule(middle, middle, radius, radius, nearer)


def _draw(depth: Values, part: Capsule) -> None:
    """Over what is farther, in place."""
    reach = max(part.ra, part.rb) + 1
    low = np.floor(np.minimum(part.a, part.b) - reach).astype(int).clip(0)
    high = np.ceil(np.maximum(part.a, part.b) + reach).astype(int).clip(0)
    here = depth[low[1] : high[1], low[0] : high[0]]
    if not here.size:
        return
    y, x = np.indices(here.shape, np.float32)
    x, y = x + (low[0] + 0.5 - part.a[0]), y + (low[1] + 0.5 - part.a[1])
    across, down = (float(v) for v in part.b - part.a)
    along = ((x * across + y * down) / max(across * across + down * down, 1e-6)).clip(0, 1)
    radius = part.ra + (part.rb - part.ra) * along
    away = np.hypot(x - along * across, y - along * down) / radius
    bulge = np.sqrt((1 - away * away).clip(0))
    np.maximum(here, np.where(away < 1, DEPTH + part.nearer + ROUND * bulge, 0), out=here)
