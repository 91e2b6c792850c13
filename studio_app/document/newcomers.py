"""New people in the picture: in poses of the library, or as a copy, where there is room for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.core.capabilities import Capabilities
from studio_app.core.errors import StudioError
from studio_app.document.document import Document, request_of
from studio_app.document.people import Person
from studio_app.scene.figure import LEFT_HIP, NECK, RIGHT_HIP
from studio_app.scene.openpose import LIMBS
from studio_app.scene.stances import stance_of

FILLS = 0.8
"""The share of the picture's height that the first figure takes."""
MARGIN = 0.03
"""Of the picture's smaller side, around every newcomer."""
_SIZES = (1.0, 0.85, 0.72, 0.6, 0.5, 0.42)
_PLACES = 25
_NEAR = 0.06
"""Of the picture's smaller side: nearer than this, a joint is in another's way."""
_ENOUGH = 0.02
"""The share of a newcomer that may be in others' way before it is made smaller."""


def pose_names() -> tuple[str, ...]:
    """Names of the library's poses, in its order."""
    from studio_app.scene.poses import POSES

    return tuple(POSES)


def new_person(pose: str, width: int, height: int, people: Sequence[Person] = ()) -> Person:
    """A figure in a pose of the library, all joints shown, inside a picture of that size.

    The first one stands in the middle. Later ones are as large as those that are there, and stand where they
    stand in nobody's way; where there is no such room, they are smaller. Raises KeyError for an unknown pose.
    """
    from studio_app.scene.mannequin import BODIES, POSES, solve  # costs 50 ms: not at the start

    joints = solve(next(iter(BODIES.values())), POSES[pose]).joints
    flat = np.column_stack([joints[:, 0], -joints[:, 1]])
    return _settled(flat, np.ones(18, bool), width, height, people, None)


def person_like(pose: Person, width: int, height: int, people: Sequence[Person] = ()) -> Person:
    """A figure that stands as another does, as `new_person`; joints that are not there stay so."""
    there = pose.joints[:, 2] > 0
    flat = pose.placed.joints[:, :2].astype(np.float64)
    return _settled(flat, there, width, height, people, None)


def stance(document: Document, can: Capabilities | None) -> Person | None:
    """Who stands in the document's picture though nobody is drawn, in pixels of the model; None where nobody does."""
    if can is None or not can.forms:
        return None
    try:
        joints = stance_of(request_of(document, can))
    except StudioError:
        return None
    return None if joints is None else Person(joints)


def in_poses(poses: Sequence[str], width: int, height: int) -> tuple[Person, ...]:
    """One figure in each of these poses of the library, each alone in a picture of that size.

    All are of one scale, stand on one ground, and have their hips on one line, so that they follow each other as the
    frames of an animation do. Raises KeyError for an unknown pose.
    """
    from studio_app.scene.mannequin import BODIES, POSES, solve

    body = next(iter(BODIES.values()))
    flats: list[NDArray[np.float64]] = []
    for pose in poses:
        joints = solve(body, POSES[pose]).joints
        flat = np.column_stack([joints[:, 0], -joints[:, 1]])
        hips = float(flat[[RIGHT_HIP, LEFT_HIP], 0].mean())
        flats.append(flat - (hips, flat[:, 1].max()))
    if not flats:
        return ()
    margin = MARGIN * min(width, height)
    reach = max(max(float(np.abs(flat[:, 0]).max()) for flat in flats), 1e-6)
    tall = max(max(float(-flat[:, 1].min()) for flat in flats), 1e-6)
    scale = min(FILLS * height / tall, (width / 2 - margin) / reach)
    ground = (height + scale * tall) / 2
    there = np.ones(18)
    return tuple(
        Person(np.column_stack([flat * scale + (width / 2, ground), there]).astype(np.float32))
        for flat in flats
    )


def copy_of(person: Person, width: int, height: int, people: Sequence[Person]) -> Person:
    """The same figure once more, where there is room for it."""
    there = person.joints[:, 2] > 0
    flat = person.placed.joints[:, :2].astype(np.float64)
    return _settled(flat, there, width, height, people, 1.0)


def _settled(
    flat: NDArray[np.float64],
    there: NDArray[np.bool_],
    width: int,
    height: int,
    people: Sequence[Person],
    scale: float | None,
) -> Person:
    """A figure [18, 2] of any scale at its place. scale: wanted, None for that of the others."""
    shown = flat[there] if there.any() else flat
    low, high = shown.min(0), shown.max(0)
    size = np.maximum(high - low, 1e-6)
    margin = MARGIN * min(width, height)
    most = float(min((height - 2 * margin) / size[1], (width - 2 * margin) / size[0]))
    fills = FILLS * float(min(height / size[1], width / size[0]))
    largest = min(scale or _scale_of(people, flat) or fills, most)
    others = [_points(person.joints) for person in people if (person.joints[:, 2] > 0).any()]
    taken = np.concatenate(others) if others else None
    ground = float(np.median([points[:, 1].max() for points in others])) if others else None
    own = _points(np.column_stack([flat - low, there]))
    near = _NEAR * min(width, height)
    best: tuple[float, float, tuple[float, float, float]] | None = None
    for share in _SIZES:
        s = largest * share
        w, h = size * s
        tops = (
            [(height - h) / 2] if ground is None else [ground - h, *_between(height - h, margin, 5)]
        )
        for row, wanted in enumerate(tops):
            top = min(max(wanted, margin), height - margin - h)
            for left in _between(width - w, margin, _PLACES):
                covered = _covered(own * s + (left, top), taken, near)
                off = abs(left + w / 2 - width / 2) + row * height  # beside goes before above
                if best is None or (covered, off) < best[:2]:
                    best = covered, off, (s, left, top)
        if best is not None and best[0] <= _ENOUGH:
            break
    assert best is not None
    s, left, top = best[2]
    xy = (flat - low) * s + np.array([left, top])
    return Person(np.column_stack([xy, there]).astype(np.float32))


def _scale_of(people: Sequence[Person], flat: NDArray[np.float64]) -> float | None:
    """What makes a figure as large as those that are there, by their trunks; None where there are none."""
    trunks = [_trunk(person.placed.joints[:, :2]) for person in people]
    known = [trunk for trunk in trunks if trunk > 1.0]
    own = _trunk(flat)
    return float(np.median(known)) / own if known and own > 1e-6 else None


def _trunk(places: NDArray[np.floating]) -> float:
    return float(np.hypot(*((places[RIGHT_HIP] + places[LEFT_HIP]) / 2 - places[NECK])))


def _between(room: float, margin: float, count: int) -> list[float]:
    return [float(place) for place in np.linspace(margin, max(room - margin, margin), count)]


def _points(joints: NDArray[Any]) -> NDArray[np.float64]:
    """[N, 2]: the joints that are there, and the middles of their limbs."""
    there = joints[:, 2] > 0
    limbs = [(joints[a, :2] + joints[b, :2]) / 2 for a, b in LIMBS if there[a] and there[b]]
    return np.array([*joints[there, :2], *limbs], np.float64).reshape(-1, 2)


def _covered(own: NDArray[Any], taken: NDArray[Any] | None, near: float) -> float:
    """The share of a figure's points that come near to others'."""
    if taken is None or not len(own):
        return 0.0
    distance = np.hypot(own[:, None, 0] - taken[None, :, 0], own[:, None, 1] - taken[None, :, 1])
    return float((distance.min(1) < near).mean())
