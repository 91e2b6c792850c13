"""Editing OpenPose figures: finding a joint under the pointer, dragging limbs, adding people. No Qt.

A hidden joint (third number 0) keeps its place, so that it can be shown again. Every function returns new people.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio_app.document.layers import Person
from studio_app.scene.openpose import LIMBS

NECK = 1
LEFT_RIGHT = ((2, 5), (3, 6), (4, 7), (8, 11), (9, 12), (10, 13), (14, 15), (16, 17))
FILLS = 0.8
"""The share of the picture's height that a new figure takes."""


@dataclass(frozen=True)
class Grip:
    """What the pointer holds: a joint of a person; joint None = the person as a whole."""

    person: int
    joint: int | None


def pose_names() -> tuple[str, ...]:
    """Names of the library's poses, in its order."""
    from studio_app.scene.poses import POSES

    return tuple(POSES)


def new_person(pose: str, width: int, height: int, people: Sequence[Person] = ()) -> Person:
    """A figure in a pose of the library, all joints shown, standing in a picture of that size.

    The first one stands in the middle, later ones beside it, where the fewest joints are in the way.
    Raises KeyError for an unknown pose.
    """
    from studio_app.scene.mannequin import BODIES, POSES, solve  # costs 50 ms: not at the start

    joints = solve(next(iter(BODIES.values())), POSES[pose]).joints
    flat = np.column_stack([joints[:, 0], -joints[:, 1]])
    low, high = flat.min(0), flat.max(0)
    size = np.maximum(high - low, 1e-6)
    scale = FILLS * min(height / max(size[1], 1e-6), width / max(size[0], 1e-6))
    centred = (flat - (low + high) / 2) * scale
    places = (0.5, 0.27, 0.73, 0.15, 0.85, 0.38, 0.62)
    middle = max(places, key=lambda x: (_clearance(people, x * width), -abs(x - 0.5)))
    xy = centred + np.array([middle * width, height * 0.5])
    return Person(np.column_stack([xy, np.ones(18)]).astype(np.float32))


def grip_at(
    people: Sequence[Person], x: float, y: float, reach: float, *, hidden: bool = True
) -> Grip | None:
    """The joint nearest to a point within `reach` pixels, else the person whose limb is; the last
    drawn wins a tie. hidden: whether hidden joints count.
    """
    best: tuple[float, Grip] | None = None
    for number, person in enumerate(people):
        joints = person.joints
        distance = np.hypot(joints[:, 0] - x, joints[:, 1] - y)
        if not hidden:
            distance = np.where(joints[:, 2] > 0, distance, np.inf)
        joint = int(distance.argmin())
        if distance[joint] <= reach and (best is None or distance[joint] <= best[0]):
            best = (float(distance[joint]), Grip(number, joint))
    if best is not None:
        return best[1]
    for number, person in enumerate(people):
        joints = person.joints
        nearest = min(
            (
                _to_segment(x, y, joints[a], joints[b])
                for a, b in LIMBS
                if joints[a, 2] > 0 and joints[b, 2] > 0
            ),
            default=math.inf,
        )
        if nearest <= reach and (best is None or nearest <= best[0]):
            best = (nearest, Grip(number, None))
    return None if best is None else best[1]


def dragged(
    people: Sequence[Person], grip: Grip, dx: float, dy: float, *, alone: bool = False
) -> tuple[Person, ...]:
    """The people with what `grip` holds moved: a joint takes along what hangs from it (the elbow takes
    the wrist, the neck everything), unless `alone`; without a joint the whole person moves.
    """
    moved = people[grip.person].joints.copy()
    if grip.joint is None:
        chosen = list(range(18))
    else:
        chosen = [grip.joint] if alone else branch(grip.joint)
    moved[chosen, 0] += dx
    moved[chosen, 1] += dy
    return replaced(people, grip.person, Person(moved))


def scaled(people: Sequence[Person], number: int, factor: float) -> tuple[Person, ...]:
    """One person larger about the middle of its joints; never smaller than 8 or larger than 8192 pixels."""
    joints = people[number].joints.copy()
    low, high = joints[:, :2].min(0), joints[:, :2].max(0)
    size = float((high - low).max())
    factor = min(max(factor, 8.0 / max(size, 1e-6)), 8192.0 / max(size, 1e-6))
    middle = (low + high) / 2
    joints[:, :2] = middle + (joints[:, :2] - middle) * factor
    return replaced(people, number, Person(joints))


def mirrored(people: Sequence[Person], number: int) -> tuple[Person, ...]:
    """One person as its mirror image: flipped about its middle, with left and right exchanged."""
    joints = people[number].joints.copy()
    joints[:, 0] = joints[:, 0].min() + joints[:, 0].max() - joints[:, 0]
    for a, b in LEFT_RIGHT:
        joints[[a, b]] = joints[[b, a]]
    return replaced(people, number, Person(joints))


def toggled(people: Sequence[Person], grip: Grip) -> tuple[Person, ...]:
    """The held joint hidden, or shown again."""
    joints = people[grip.person].joints.copy()
    if grip.joint is not None:
        joints[grip.joint, 2] = 0.0 if joints[grip.joint, 2] > 0 else 1.0
    return replaced(people, grip.person, Person(joints))


def replaced(people: Sequence[Person], number: int, person: Person) -> tuple[Person, ...]:
    return (*people[:number], person, *people[number + 1 :])


def without(people: Sequence[Person], number: int) -> tuple[Person, ...]:
    return (*people[:number], *people[number + 1 :])


def bounds(person: Person) -> tuple[float, float, float, float]:
    """left, top, right, bottom of all joints, hidden ones too."""
    low, high = person.joints[:, :2].min(0), person.joints[:, :2].max(0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def branch(joint: int) -> list[int]:
    """A joint and all that hang from it; the neck is the root."""
    found, waiting = [], [joint]
    while waiting:
        current = waiting.pop()
        found.append(current)
        waiting.extend(b for a, b in LIMBS if a == current)
    return found


def _clearance(people: Sequence[Person], x: float) -> float:
    """How far the nearest person's middle is from x, in pixels."""
    return min((abs(float(p.joints[:, 0].mean()) - x) for p in people), default=0.0)


def _to_segment(x: float, y: float, a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    ax, ay, bx, by = float(a[0]), float(a[1]), float(b[0]), float(b[1])
    length = (bx - ax) ** 2 + (by - ay) ** 2
    share = 0.0 if length < 1e-9 else ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length
    share = min(max(share, 0.0), 1.0)
    return math.hypot(x - ax - share * (bx - ax), y - ay - share * (by - ay))
