"""Other work in the place of this, which is saved first: nothing that was on the canvas is ever lost by that."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from studio_app.core.errors import StudioError
from studio_app.document.store.sessions import Contents, SavedSession
from studio_app.document.store.slots import Slot
from studio_app.session.autosave import Autosaver
from studio_app.session.io_worker import IoWorker


class WorkChanger(QObject):
    """Window's thread. What comes is read first, beside the work; then the work of now is saved and let go of, which
    takes a moment."""

    message = Signal(object)

    def __init__(
        self, autosaver: Autosaver, scribe: IoWorker, reader: IoWorker, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._autosaver = autosaver
        self._scribe = scribe
        self._reader = reader
        self.busy = False

    def change(
        self,
        claim: Callable[[], Slot],
        then: Callable[[Contents], object],
        failed: Callable[[StudioError], object] | None = None,
    ) -> None:
        """claim: in the reader's thread, the folder of the other work, which becomes ours; `then` gets what was read
        there. failed: instead of a message."""
        self.busy = True

        def broken(error: StudioError) -> None:
            self.busy = False
            (failed or self.message.emit)(error)

        self._reader.submit(claim, lambda found: self._leave(found, then, broken), broken)

    def _leave(
        self,
        found: Slot,
        then: Callable[[Contents], object],
        broken: Callable[[StudioError], object],
    ) -> None:
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
            if not _same(keeper.taken(), saved):  # something was made meanwhile
                self._leave(found, then, broken)
                return
            self.busy = False
            keeper.go_on_with(found)
            then(found.contents)
            keeper.touch()

        def failed(error: StudioError) -> None:
            found.release()
            keeper.go_on_with(None)
            broken(error)
            keeper.touch()

        self._scribe.submit(job, done, failed)


def _same(one: SavedSession, other: SavedSession) -> bool:
    return (one.document, one.pictures, one.runs) == (other.document, other.pictures, other.runs)
