"""The artist's own poses in the user's folder, for everybody in the window who offers poses."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio_app.core.errors import StudioError
from studio_app.core.resources import user_dir
from studio_app.document.people import Person
from studio_app.document.pose_shelf import (
    OwnPose,
    read_poses,
    with_pose,
    without_pose,
    write_poses,
)
from studio_app.session.studio import Studio


class PoseShelf(QObject):
    """`own` is read when it is first asked for; every change of it is written in the background."""

    changed = Signal()

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._own: tuple[OwnPose, ...] | None = None

    @property
    def path(self) -> Path:
        return user_dir() / "poses.json"

    @property
    def own(self) -> tuple[OwnPose, ...]:
        if self._own is None:
            try:
                self._own = read_poses(self.path)
            except StudioError as error:
                self._own = ()
                self._studio.message.emit(error.regarding("poses"))
        return self._own

    def keep(self, name: str, person: Person) -> None:
        """Under a name; whatever had it before is replaced."""
        try:
            self._set(with_pose(self.own, name, person))
        except StudioError as error:
            self._studio.message.emit(error.regarding("poses"))

    def remove(self, name: str) -> None:
        self._set(without_pose(self.own, name))

    def _set(self, own: tuple[OwnPose, ...]) -> None:
        self._own = own
        path = self.path
        self._studio.write_later(
            lambda: write_poses(path, own),
            lambda _: None,
            lambda error: self._studio.message.emit(error.regarding("poses")),
        )
        self.changed.emit()
