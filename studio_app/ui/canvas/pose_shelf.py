"""The artist's own poses, for everybody in the window who offers poses."""

from __future__ import annotations

from pathlib import Path

from studio_app.document.people import Person
from studio_app.document.pose_shelf import (
    OwnPose,
    read_poses,
    with_pose,
    without_pose,
    write_poses,
)
from studio_app.ui.canvas.own_shelf import OwnShelf


class PoseShelf(OwnShelf[OwnPose]):
    """Poses by their names."""

    file = "poses.json"
    about = "poses"

    def read(self, path: Path) -> tuple[OwnPose, ...]:
        return read_poses(path)

    def write(self, path: Path, own: tuple[OwnPose, ...]) -> None:
        write_poses(path, own)

    def said_of_gone(self, one: OwnPose, replaced: bool) -> str:
        said = (
            self.tr("Replaced the pose {name}") if replaced else self.tr("Removed the pose {name}")
        )
        return said.format(name=one.name)

    def keep(self, name: str, person: Person) -> None:
        """Under a name; whatever had it before is replaced."""
        self.alter(lambda own: with_pose(own, name, person))

    def remove(self, name: str) -> None:
        self.alter(lambda own: without_pose(own, name))
