"""The OpenPose figure as a flat drawing: where missing joints would be, dragging by a joint, mirroring.

Joints are float [18, 3] in the order of `openpose.JOINTS`: x and y in pixels, y down, and 1 where the joint is
there, 0 where it is not. A joint that is not there may still have a place; one at (0, 0) has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.scene.ik import two_bone
from studio_app.scene.openpose import LIMBS

Joints = NDArray[np.float32]
Point = tuple[float, float]

NOSE, NECK, RIGHT_HIP, LEFT_HIP = 0, 1, 8, 11
LEFT_RIGHT = ((2, 5), (3, 6), (4, 7), (8, 11), (9, 12), (10, 13), (14, 15), (16, 17))
PARENT: Mapping[int, int] = {b: a for a, b in LIMBS}
"""The joint that each one hangs from; the neck hangs from none."""
SWINGING = (2, 3, 4, 5, 7, 8, 10, 11)
"""The limbs, by their numbers in LIMBS, that are swung by themselves: upper and lower arms and legs."""
ENDS = (4, 7, 10, 13)
"""Wrists and ankles: the ends of two bones that bend between them."""

STANDING: Joints = np.array(
    [
        (0.0, 0.20), (0.0, 0.29), (-0.075, 0.29), (-0.11, 0.42), (-0.125, 0.54), (0.075, 0.29),
        (0.11, 0.42), (0.125, 0.54), (-0.047, 0.54), (-0.055, 0.71), (-0.06, 0.88), (0.047, 0.54),
        (0.055, 0.71), (0.06, 0.88), (-0.018, 0.185), (0.018, 0.185), (-0.037, 0.195), (0.037, 0.195),
    ],
    np.float32,
)  # fmt: skip
"""A relaxed figure facing the viewer [18, 2], in shares of a picture's height, centred on x = 0."""


def placed(joints: Joints) -> Joints:
    """The same, with a place for every joint that has none: where it would be if the figure stood as its other
    joints say. It is still not there. The array itself where nothing is missing, or everything."""
    known = (joints[:, 2] > 0) | joints[:, :2].any(axis=1)
    if known.all() or not known.any():
        return joints
    turn, scale = _likeness(joints[:, :2], known)
    shape = STANDING @ (scale * turn).T
    whole = joints.copy()
    waiting = [joint for joint in range(18) if not known[joint]]
    known = known.copy()
    while waiting:
        near = [(joint, other) for joint in waiting for other in _beside(joint) if known[other]]
        if not near:  # the neck and all around it are missing: go from any joint
            near = [(waiting[0], int(np.flatnonzero(known)[0]))]
        joint, other = near[0]
        whole[joint, :2] = whole[other, :2] + shape[joint] - shape[other]
        known[joint] = True
        waiting.remove(joint)
    return whole


def pulled(joints: Joints, joint: int, x: float, y: float) -> Joints:
    """One joint dragged towards (x, y) with the length of every bone kept.

    A wrist or ankle bends its elbow or knee; any other joint swings about the one that it hangs from, and takes
    along what hangs from it; the neck takes everything. Out of reach, it goes as far as the bones allow.
    """
    moved = joints.copy()
    target = np.array([x, y], np.float64)
    if joint == NECK:
        moved[:, :2] += target - joints[NECK, :2]
        return moved
    parent = PARENT[joint]
    if joint in ENDS and _bend(moved, joint, parent, target):
        return moved
    root, old = joints[parent, :2].astype(np.float64), joints[joint, :2].astype(np.float64)
    length, distance = float(np.hypot(*(old - root))), float(np.hypot(*(target - root)))
    if length < 1e-6 or distance < 1e-6:
        return moved
    new = root + (target - root) * (length / distance)
    hanging = branch(joint)
    if joint == NOSE:  # a head is rigid
        before, after = old - root, new - root
        turn = complex(after[0], after[1]) / complex(before[0], before[1])
        around = (joints[hanging, 0] - root[0]) + 1j * (joints[hanging, 1] - root[1])
        turned = around * turn
        moved[hanging, 0], moved[hanging, 1] = root[0] + turned.real, root[1] + turned.imag
    else:
        moved[hanging, :2] += new - old
    return moved


def swung(joints: Joints, limb: int, grabbed: Point, there: Point) -> Joints:
    """A limb (its number in LIMBS) turned about the joint that it hangs from, until the place where it was grabbed
    points to `there`; what hangs from it is turned with it."""
    root, end = LIMBS[limb]
    pivot = joints[root, :2].astype(np.float64)
    before, after = complex(*(np.array(grabbed) - pivot)), complex(*(np.array(there) - pivot))
    moved = joints.copy()
    if abs(before) < 1e-6 or abs(after) < 1e-6:
        return moved
    turn = after / before
    turn /= abs(turn)
    hanging = branch(end)
    around = (joints[hanging, 0] - pivot[0]) + 1j * (joints[hanging, 1] - pivot[1])
    turned = around * turn
    moved[hanging, 0], moved[hanging, 1] = pivot[0] + turned.real, pivot[1] + turned.imag
    return moved


def mirrored(joints: Joints) -> Joints:
    """Left and right exchanged about the figure's own axis, from its neck to the middle of its hips."""
    places = placed(joints)[:, :2].astype(np.float64)
    neck = places[NECK]
    axis = (places[RIGHT_HIP] + places[LEFT_HIP]) / 2 - neck
    length = float(np.hypot(*axis))
    unit = axis / length if length > 1e-3 else np.array([0.0, 1.0])
    offset = places - neck
    flipped = joints.copy()
    flipped[:, :2] = neck + 2 * (offset @ unit)[:, None] * unit - offset
    for a, b in LEFT_RIGHT:
        flipped[[a, b]] = flipped[[b, a]]
    return flipped


def branch(joint: int) -> list[int]:
    """A joint and all that hang from it; the neck is the root."""
    found: list[int] = []
    waiting = [joint]
    while waiting:
        current = waiting.pop()
        found.append(current)
        waiting.extend(b for a, b in LIMBS if a == current)
    return found


def _beside(joint: int) -> list[int]:
    """The joints that a limb ties to this one, the one that it hangs from first."""
    return [a for a, b in LIMBS if b == joint] + [b for a, b in LIMBS if a == joint]


def _likeness(places: NDArray[np.float32], known: NDArray[np.bool_]) -> tuple[Joints, float]:
    """The turn [2, 2] and the scale that bring the standing figure nearest to the known joints."""
    if known.sum() < 2:
        return np.eye(2, dtype=np.float32), 200.0
    rest = STANDING[known] - STANDING[known].mean(0)
    seen = places[known] - places[known].mean(0)
    sizes = float(np.sqrt((rest**2).sum())), float(np.sqrt((seen**2).sum()))
    scale = sizes[1] / max(sizes[0], 1e-6)
    a = complex(float((rest * seen).sum()), float(_cross(rest.T, seen.T).sum()))
    a = a / abs(a) if abs(a) > 1e-9 else 1 + 0j
    return np.array([[a.real, -a.imag], [a.imag, a.real]], np.float32), scale


def _cross(a: NDArray[Any], b: NDArray[Any]) -> Any:
    """What lies out of the picture of the cross product of two vectors in it."""
    return a[0] * b[1] - a[1] * b[0]


def _bend(joints: Joints, end: int, middle: int, target: NDArray[np.float64]) -> bool:
    """Bends a limb in place so that its end comes to the target; False where it has no length."""
    start = PARENT[middle]
    a, b, c = (np.array([*joints[j, :2], 0.0], np.float64) for j in (start, middle, end))
    upper, lower = float(np.linalg.norm(b - a)), float(np.linalg.norm(c - b))
    line = np.array([*target, 0.0]) - a
    if upper < 1e-6 or lower < 1e-6 or float(np.linalg.norm(line)) < 1e-6:
        return False
    side = float(_cross(b - a, c - a))
    across = np.array([line[1], -line[0], 0.0])
    if abs(side) > 1e-3 * upper * lower:  # it goes on bending to where it bends
        across *= np.sign(side)
    elif (
        across[0] * (1 if end in (7, 13) else -1) < 0
    ):  # straight: outwards, as elbows and knees do
        across = -across
    elbow, wrist = two_bone(a, a + line, across, upper, lower)
    joints[middle, :2], joints[end, :2] = elbow[:2], wrist[:2]
    return True
