"""Poses: people, as OpenPose draws them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from studio_app.core.controls import Control
from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.document.contents.content import (
    NOTHING,
    Content,
    Contribution,
    Pixels,
    Size,
    View,
)
from studio_app.document.framings import Framing
from studio_app.document.people import Person, people_from, people_list
from studio_app.document.pictures import DecodedPicture
from studio_app.document.planes import Plane, PlaneKind
from studio_app.document.pose_files import Pose as PoseFile
from studio_app.document.pose_files import format_pose, read_pose
from studio_app.document.pose_networks import networks_folder, open_networks
from studio_app.document.pose_pictures import people_in, people_of
from studio_app.document.stack import Item, flat
from studio_app.scene.figure import LEFT_RIGHT
from studio_app.scene.openpose import draw_pose

HALF = 128


@dataclass(frozen=True, eq=False)
class Pose(Content):
    """The people of a node, the last drawn over the others. Several nodes are one set of people."""

    kind: ClassVar[str] = "pose"
    title: ClassVar[str] = "Pose"
    plane_kinds: ClassVar[Mapping[str, PlaneKind]] = {}
    controls: ClassVar[tuple[str, ...]] = ("pose",)
    peopled: ClassVar[bool] = True
    paintable: ClassVar[bool] = False
    suffix: ClassVar[str] = ".json"

    people: tuple[Person, ...] = ()

    @cached_property
    def untouched(self) -> bool:
        return not any(person.joints[:, 2].any() for person in self.people)

    def resized(self, size: Size, width: int, height: int, *, later: bool = False) -> Self:
        scale = width / size[0], height / size[1]
        return replace(self, people=tuple(person.scaled(*scale) for person in self.people))

    def onto(self, old: Content, x: int, y: int, size: Size) -> Content:
        around = View((x, y, *size), size)
        kept = (person for person in _people(old) if not _reaches(person, around))
        return replace(self, people=(*kept, *(one.scaled(1, 1, x, y) for one in self.people)))

    def cut(self, x: int, y: int, width: int, height: int, *, later: bool = False) -> Self:
        return replace(self, people=tuple(person.scaled(1, 1, -x, -y) for person in self.people))

    def flipped(self, size: Size, *, across: bool) -> Self:
        """Across, the left hand becomes the right one: people stay people."""
        return replace(
            self, people=tuple(_flipped(person, size, across=across) for person in self.people)
        )

    @classmethod
    def contribution(cls, items: tuple[Item, ...], view: View) -> Contribution:
        people = tuple(
            _in_view(_through(person, masks), view)
            for node, opacity, masks in reversed(list(flat(items)))
            for person in _people(node.content)
            if opacity > 0 and _reaches(person, view)
        )
        if not any(person.joints[:, 2].any() for person in people):
            return Contribution(people=people) if people else NOTHING
        joints = np.stack([person.joints for person in people])
        return Contribution((Control("pose", draw_pose(joints, *view.size)),), people=people)

    @classmethod
    def restored(cls, request: GenerationRequest, people: tuple[Person, ...] | None) -> Self | None:
        if people is None:  # who only has the drawing of a pose can still read it
            people = people_of(request) or None
        if people is not None:
            return cls(people)
        return None if any(control.kind == "pose" for control in request.controls) else cls()

    @classmethod
    def read(cls, path: Path, width: int, height: int) -> tuple[Self, str]:
        pose = read_pose(path)
        return cls(tuple(Person(joints) for joints in pose.fitted(width, height))), ""

    def stored(self) -> dict[str, Any]:
        """A joint that is at no number is absent."""
        return {"people": people_list(self.people)}

    @classmethod
    def of_stored(cls, planes: Mapping[str, Plane], given: Mapping[str, Any]) -> Self:
        return cls(people_from(given["people"]))

    @classmethod
    def of_picture(cls, picture: DecodedPicture, frame: Framing, width: int, height: int) -> Self:
        """Of OpenPose figures on black; of anything else, what the artist's own networks see."""
        rgb = picture.rgb()
        found = people_in(rgb) or open_networks(networks_folder()).people_in(rgb)
        if not found:
            raise StudioError(
                f"Nobody was found in {picture.name}",
                "neither OpenPose figures on black, nor people that a network sees",
                "Load an OpenPose JSON, or add a person and drag the joints.",
            )
        size = rgb.shape[1], rgb.shape[0]
        people: list[Person] = []
        for person in found:
            joints = person.joints.copy()
            for joint in np.flatnonzero(joints[:, 2] > 0):
                x, y = float(joints[joint, 0]), float(joints[joint, 1])
                joints[joint, :2] = frame.point(x, y, size)
            people.append(Person(joints))
        return cls(tuple(people))

    @classmethod
    def of_rgba(cls, rgba: Pixels, width: int, height: int) -> Self:
        raise StudioError("A picture is no pose", "", "Load an OpenPose JSON file.")

    def encoded(self, width: int, height: int) -> bytes:
        people = [person.joints for person in self.people]
        joints = np.stack(people) if people else np.zeros((0, 18, 3), np.float32)
        return format_pose(PoseFile(joints, (width, height))).encode()

    def picture(self, width: int, height: int) -> Pixels:
        people = [person.joints for person in self.people]
        if not people:
            return np.zeros((height, width, 4), np.uint8)
        figures = draw_pose(np.stack(people), width, height)
        return np.dstack([figures, figures.any(2).astype(np.uint8) * np.uint8(255)])


def _people(content: Content) -> tuple[Person, ...]:
    assert isinstance(content, Pose)
    return content.people


def _in_view(person: Person, view: View) -> Person:
    x, y, width, height = view.rect
    if (x, y) == (0, 0) and (width, height) == view.size:
        return person
    across, down = view.scale
    return person.scaled(across, down, -x * across, -y * down)


def _reaches(person: Person, view: View) -> bool:
    """Whether anything of a person may lie in view; of one without joints nobody can tell."""
    there = person.joints[person.joints[:, 2] > 0]
    if not len(there):
        return True
    x, y, width, height = view.rect
    (left, top), (right, bottom) = there[:, :2].min(0), there[:, :2].max(0)
    return bool(left <= x + width and right >= x and top <= y + height and bottom >= y)


def _flipped(person: Person, size: Size, *, across: bool) -> Person:
    joints = person.joints.copy()
    axis = 0 if across else 1
    placed = joints.any(axis=1)
    joints[placed, axis] = size[axis] - joints[placed, axis]
    if across:
        for right, left in LEFT_RIGHT:
            joints[[right, left]] = joints[[left, right]]
    return Person(joints)


def _through(person: Person, masks: tuple[Plane, ...]) -> Person:
    """Without the joints that a mask hides, at least by half."""
    hidden = np.zeros(len(person.joints), bool)
    for mask in masks:
        for number, (x, y, _) in enumerate(person.joints):
            inside = 0 <= x < mask.width and 0 <= y < mask.height
            hidden[number] |= inside and mask.read(int(x), int(y), 1, 1)[0, 0] < HALF
    if not hidden.any():
        return person
    joints = person.joints.copy()
    joints[hidden, 2] = 0
    return replace(person, joints=joints)
