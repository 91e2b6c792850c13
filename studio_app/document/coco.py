"""The 17 joints of COCO, which networks of poses see, and the 18 of OpenPose, which a pose is here."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from studio_app.document.people import Person

OVERLAP = 0.45
"""Of two boxes, intersection over union, from which they are of one person."""
MOST_PEOPLE = 12
LEAST_JOINTS = 4

# The joints of OpenPose by their number in COCO; the neck is between the shoulders.
_NECK = -1
_SHOULDERS = [5, 6]
_COCO = (0, _NECK, 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3)

Pixels = NDArray[np.uint8]
Box = tuple[float, float, float, float]
"""left, top, right, bottom in pixels of the picture."""


def as_openpose(
    places: NDArray[np.float32], seen: NDArray[np.bool_], extent: tuple[int, int]
) -> NDArray[np.float32]:
    """[18, 3] of the 17 of COCO: places [17, 2] in pixels, and whether each is seen; what lies outside the picture,
    which is (height, width), is not, and a joint that is not seen is (0, 0, 0)."""
    inside = (places >= 0).all(1) & (places[:, 0] < extent[1]) & (places[:, 1] < extent[0])
    there = seen & inside
    joints = np.zeros((18, 3), np.float32)
    for joint, number in enumerate(_COCO):
        if number == _NECK:
            if there[_SHOULDERS].all():
                joints[joint] = (*places[_SHOULDERS].mean(0), 1.0)
        elif there[number]:
            joints[joint] = (*places[number], 1.0)
    return joints


def apart(boxes: NDArray[np.float32], scores: NDArray[np.float32]) -> list[int]:
    """Which boxes [N, 4] lie on no surer one: the surest first, at most twelve."""
    kept: list[int] = []
    area = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    for one in np.argsort(-scores):
        low = np.maximum(boxes[one, :2], boxes[kept, :2])
        high = np.minimum(boxes[one, 2:], boxes[kept, 2:])
        shared = np.prod(np.maximum(high - low, 0), axis=1)
        if not len(kept) or (shared / (area[one] + area[kept] - shared)).max() < OVERLAP:
            kept.append(int(one))
        if len(kept) == MOST_PEOPLE:
            break
    return kept


def people(found: Iterable[NDArray[np.float32]]) -> tuple[Person, ...]:
    """Those of whom enough is seen, from left to right, of joints [18, 3] each."""
    whole = [joints for joints in found if is_whole(joints)]
    whole.sort(key=lambda joints: float(joints[joints[:, 2] > 0, 0].mean()))
    return tuple(Person(joints) for joints in whole)


def is_whole(joints: NDArray[np.float32]) -> bool:
    """Whether enough of somebody is seen."""
    return bool((joints[:, 2] > 0).sum() >= LEAST_JOINTS)


def extent(joints: NDArray[np.float32]) -> NDArray[np.float32]:
    """left, top, right, bottom of the pixels of the joints [18, 3] that are seen."""
    seen = joints[joints[:, 2] > 0, :2]
    return np.concatenate([seen.min(0), seen.max(0) + 1])
