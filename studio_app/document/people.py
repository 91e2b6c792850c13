"""People as OpenPose sees them: 18 joints each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from studio_app.document.tiles import sealed
from studio_app.scene.figure import STANDING, placed


@dataclass(frozen=True, eq=False)
class Person:
    """joints: float32 [18, 3] in OpenPose order: x, y in picture pixels, third 1 = there, 0 = absent."""

    joints: NDArray[np.float32]

    def __post_init__(self) -> None:
        joints = np.array(self.joints, np.float32)
        if joints.shape != (18, 3):
            raise ValueError(f"joints must be [18, 3], got {joints.shape}")
        object.__setattr__(self, "joints", sealed(joints))

    @property
    def placed(self) -> Person:
        """With a place for every joint, so that what is missing can be seen, shown and dragged."""
        joints = placed(self.joints)
        return self if joints is self.joints else Person(joints)

    def moved(self, joint: int, x: float, y: float) -> Person:
        """With one joint put at (x, y), and there from now on."""
        joints = self.joints.copy()
        joints[joint] = (x, y, 1.0)
        return Person(joints)

    def scaled(self, across: float, down: float, x: float = 0.0, y: float = 0.0) -> Person:
        """Stretched from the corner of the picture, and moved by (x, y) then."""
        scale = np.array([across, down, 1.0], np.float32)
        return Person(self.joints * scale + np.array([x, y, 0.0], np.float32))


def standing_person(width: int, height: int, centre: float | None = None) -> Person:
    """A person to begin with, all 18 joints there; centre: x in pixels, the middle if not given."""
    x = width / 2 if centre is None else centre
    joints = np.ones((18, 3), np.float32)
    joints[:, :2] = STANDING * np.float32(height) + np.array([x, 0.0], np.float32)
    return Person(joints)


def people_list(people: tuple[Person, ...]) -> list[Any]:
    """JSON-able; a joint that is at no number is absent."""
    sound = [np.isfinite(person.joints).all(axis=1, keepdims=True) for person in people]
    return [np.where(s, p.joints, 0.0).tolist() for p, s in zip(people, sound, strict=True)]


def people_from(value: Any) -> tuple[Person, ...]:
    """ValueError or TypeError for what are no people."""
    return tuple(Person(_joints(person)) for person in cast("list[Any]", value))


def _joints(value: Any) -> NDArray[np.float32]:
    joints = np.array(value, np.float32)
    if joints.shape != (18, 3) or not np.isfinite(joints).all():
        raise ValueError("a person has 18 joints of three numbers")
    return joints
