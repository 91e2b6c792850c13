"""Editing OpenPose figures: finding a joint under the pointer, dragging and changing people. No Qt.

A hidden joint (third number 0) keeps its place, so that it can be shown again. Every function returns new people.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio_app.document.people import Person
from studio_app.scene import figure
from studio_app.scene.openpose import LIMBS


@dataclass(frozen=True)
class Grip:
    """What the pointer holds: a joint of a person, or a limb (its number in LIMBS); neither: the person as a whole."""

    person: int
    joint: int | None
    limb: int | None = None


def grip_at(
    people: Sequence[Person], x: float, y: float, reach: float, *, hidden: bool = True
) -> Grip | None:
    """The joint nearest to a point within `reach` pixels, else the arm or leg that is, or the person whose trunk or
    head is; the last drawn wins a tie. hidden: whether hidden joints count.
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
        ways = [
            _to_segment(x, y, joints[a], joints[b])
            if joints[a, 2] > 0 and joints[b, 2] > 0
            else math.inf
            for a, b in LIMBS
        ]
        limb = min(range(len(ways)), key=ways.__getitem__)
        if ways[limb] <= reach and (best is None or ways[limb] <= best[0]):
            own = limb if limb in figure.SWINGING else None
            best = (ways[limb], Grip(number, None, own))
    return None if best is None else best[1]


def dragged(
    people: Sequence[Person],
    grip: Grip,
    dx: float,
    dy: float,
    *,
    alone: bool = False,
    start: tuple[float, float] | None = None,
) -> tuple[Person, ...]:
    """The people with what `grip` holds moved: a joint keeps its bones' lengths (`figure.pulled`), and a limb is swung
    about the joint that it hangs from, unless it is moved `alone`; else the whole person moves. start: where it was
    grabbed; None: a limb in its middle.
    """
    joints = people[grip.person].joints
    if grip.limb is not None and not alone:
        ends = joints[list(LIMBS[grip.limb]), :2]
        x, y = start or (float(ends[:, 0].mean()), float(ends[:, 1].mean()))
        moved = figure.swung(joints, grip.limb, (x, y), (x + dx, y + dy))
    elif grip.joint is None or alone:
        moved = joints.copy()
        chosen = list(range(18)) if grip.joint is None else [grip.joint]
        if grip.limb is not None:
            chosen = list(LIMBS[grip.limb])
        moved[chosen, :2] += np.array([dx, dy], np.float32)
    else:
        x, y = float(joints[grip.joint, 0]) + dx, float(joints[grip.joint, 1]) + dy
        moved = figure.pulled(joints, grip.joint, x, y)
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
    """One person as its mirror image about its own axis, with left and right exchanged."""
    return replaced(people, number, Person(figure.mirrored(people[number].joints)))


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


def _to_segment(x: float, y: float, a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    ax, ay, bx, by = float(a[0]), float(a[1]), float(b[0]), float(b[1])
    length = (bx - ax) ** 2 + (by - ay) ** 2
    share = 0.0 if length < 1e-9 else ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length
    share = min(max(share, 0.0), 1.0)
    return math.hypot(x - ax - share * (bx - ax), y - ay - share * (by - ay))
