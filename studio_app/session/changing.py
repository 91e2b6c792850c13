"""Other work in the place of this, which is saved first: nothing that was on the canvas is ever lost by that, and
nothing that is drawn or typed for the one lands in the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from studio_app.core.errors import StudioError
from studio_app.document.store.sessions import Contents, SavedSession
from studio_app.document.store.slots import Slot
from studio_app.session.autosave import Autosaver
from studio_app.session.io_worker import IoWorker
from studio_app.session.saves import Saves
from studio_app.session.succession import Predecessor

Failed = Callable[[StudioError], object]


@dataclass(eq=False)
class _Change:
    """One that is under way."""

    then: Callable[[Contents], object]
    failed: Failed
    given_up: bool = False


class WorkChanger(QObject):
    """Window's thread. What comes is read first, beside the work; then the work of now is saved and let go of, which
    takes a moment. All of that waits for a save into a file that is under way: that is of the work of now."""

    changing = Signal(str)
    """What is on its way, as a sentence begins: until "" nobody is to draw or type. It is there then, or does not
    come."""

    arrived = Signal()
    """What was waited for at the start comes onto the desk."""

    def __init__(
        self,
        autosaver: Autosaver,
        saves: Saves,
        scribe: IoWorker,
        reader: IoWorker,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._autosaver = autosaver
        self._saves = saves
        self._scribe = scribe
        self._reader = reader
        self._now: _Change | None = None
        self._before: Predecessor | None = None

    @property
    def busy(self) -> bool:
        """Whether one is under way, or on its way back."""
        return self._now is not None or self._before is not None

    def change(
        self,
        text: str,
        take: Callable[[], Slot | Contents],
        then: Callable[[Contents], object],
        failed: Failed,
    ) -> None:
        """text: what `changing` says. take: in the reader's thread, the folder of the other work, which becomes ours,
        or where nothing is kept what was read; `then` gets what was read there. Nothing happens while one is under
        way."""
        if self._now is not None:
            if self._now.given_up:  # and nobody is held up by it any more
                failed(StudioError("The work is still being saved", "", "Try again in a moment."))
            return
        change = self._now = _Change(then, failed)
        self.changing.emit(text)

        def begin() -> None:
            if not change.given_up:
                self._reader.submit(take, taken, lambda error: self._fail(change, error))

        def taken(found: Slot | Contents) -> None:  # a save may have begun since
            self._saves.when_idle(lambda: self._on_taken(change, found))

        self._saves.when_idle(begin)

    def wait(self, text: str, before: Predecessor, then: Callable[[], object]) -> None:
        """At the start: nobody is to draw or type until another studio has let go of the work that `then` shows. text:
        what `changing` says."""
        self._before = before
        self.changing.emit(text)

        def gone() -> None:
            self._before = None
            self.arrived.emit()
            then()
            self.changing.emit("")

        before.wait(gone)

    def give_up(self) -> None:
        """The work of now stays; at a start, nothing is waited for any more."""
        if self._before is not None:
            self._before.give_up()
        change = self._now
        if change is not None and not change.given_up:
            change.given_up = True
            if not self._autosaver.changing:
                self._now = None  # whenever it has been read, nothing comes of it
            self.changing.emit("")

    def _on_taken(self, change: _Change, found: Slot | Contents) -> None:
        if change.given_up:
            if isinstance(found, Slot):
                found.release()
        elif isinstance(found, Slot):
            self._leave(change, found)
        else:
            self._arrive(change, found)

    def _leave(self, change: _Change, found: Slot) -> None:
        keeper = self._autosaver
        saved, slot = keeper.taken(), keeper.slot
        keeper.hold_up()

        def job() -> None:
            if slot is None:
                raise StudioError(
                    "The work of now is not saved", "", "Save a copy of it elsewhere first."
                )
            slot.writer.write(saved, clean=True)
            slot.writer.close()

        def done(_: object) -> None:
            if change.given_up:
                stay()
                self._now = None
            elif not _same(keeper.taken(), saved):  # something was made meanwhile
                self._leave(change, found)
            else:
                keeper.go_on_with(found)
                self._arrive(change, found.contents)
                keeper.touch()

        def stay() -> None:
            found.release()
            keeper.go_on_with(None)
            keeper.touch()

        def failed(error: StudioError) -> None:
            stay()
            self._fail(change, error)

        self._scribe.submit(job, done, failed)

    def _arrive(self, change: _Change, contents: Contents) -> None:
        self._now = None
        change.then(contents)
        self.changing.emit("")

    def _fail(self, change: _Change, error: StudioError) -> None:
        if self._now is change:
            self._now = None
        if not change.given_up:
            change.failed(error)
            self.changing.emit("")


def _same(one: SavedSession, other: SavedSession) -> bool:
    return (one.document, one.pictures, one.runs) == (other.document, other.pictures, other.runs)
