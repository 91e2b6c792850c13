"""What the artist keeps under names in one file of the user's folder: brushes, poses."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from PySide6.QtCore import QObject, Signal

from studio_app.core.errors import StudioError
from studio_app.core.files import set_aside
from studio_app.core.locks import FileLock
from studio_app.core.resources import user_dir
from studio_app.session.studio import Studio
from studio_app.ui.abstract import AbstractQt

LOCK_S = 0.5
"""So long another window may be writing."""


class Named(Protocol):
    """Whatever is kept here."""

    @property
    def name(self) -> str: ...


Thing = TypeVar("Thing", bound=Named)
Things = tuple[Thing, ...]


class OwnShelf(AbstractQt, QObject, Generic[Thing]):
    """`own` is read when it is first asked for. Every change is made in the background again, on what the file holds by
    then: what other windows have kept stays. A file that can't be read is kept aside before another takes its place."""

    changed = Signal()
    gone = Signal(str, object)
    """(what a message says, what puts back what went): something was removed, or replaced under its name."""
    file = ""
    about = ""
    """What its messages are about."""

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._own: Things[Thing] | None = None
        self._writing = 0

    @abstractmethod
    def read(self, path: Path) -> Things[Thing]:
        """What a file holds; nothing where there is none. StudioError for one that is broken. In any thread."""

    @abstractmethod
    def write(self, path: Path, own: Things[Thing]) -> None:
        """StudioError where it can't be written. In any thread."""

    @abstractmethod
    def said_of_gone(self, one: Thing, replaced: bool) -> str:
        """What a message says of one that was removed, or replaced under its name."""

    @property
    def path(self) -> Path:
        return user_dir() / self.file

    @property
    def own(self) -> Things[Thing]:
        if self._own is None:
            try:
                self._own = self.read(self.path)
            except StudioError as error:
                self._own = ()
                self._say(error)
        return self._own

    def alter(self, change: Callable[[Things[Thing]], Things[Thing]]) -> None:
        """What `change` makes of them, here at once and then in the file; it may be called in another thread. What it
        raises as StudioError is told."""
        before = self.own
        try:
            own = self._own = change(before)
        except StudioError as error:
            self._say(error)
            return
        self._writing += 1
        path = self.path
        self._studio.write_later(lambda: self._rewritten(path, change), self._done, self._failed)
        self.changed.emit()
        gone = [one for one in before if one not in own]
        for one in gone:
            replaced = any(other.name == one.name for other in own)
            self.gone.emit(self.said_of_gone(one, replaced), lambda one=one: self._put_back(one))

    # ---- inside ----

    def _put_back(self, one: Thing) -> None:
        self.alter(lambda own: (*(other for other in own if other.name != one.name), one))

    def _rewritten(
        self, path: Path, change: Callable[[Things[Thing]], Things[Thing]]
    ) -> Things[Thing]:
        """In the writer's thread."""
        lock = FileLock(path.with_name(f"{path.name}.lock"))
        lock.acquire(LOCK_S)
        try:
            own = change(self._there(path))
            self.write(path, own)
            return own
        finally:
            lock.release()

    def _there(self, path: Path) -> Things[Thing]:
        try:
            return self.read(path)
        except StudioError as error:
            if not path.is_file():
                raise
            try:
                set_aside(path)
            except OSError:
                raise error from None
            return ()

    def _done(self, own: Any) -> None:
        self._writing -= 1
        if not self._writing:
            before, self._own = self.own, own
            if len(own) != len(before):  # other windows have kept some, too
                self.changed.emit()

    def _failed(self, error: StudioError) -> None:
        self._writing -= 1
        self._say(error)

    def _say(self, error: StudioError) -> None:
        self._studio.message.emit(error.regarding(self.about))
