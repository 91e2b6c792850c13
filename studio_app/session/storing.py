"""Pictures and runs get their files, beside the journal: they take longer than a stroke may wait."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from studio_app.core.errors import StudioError
from studio_app.document.store.sessions import SavedSession
from studio_app.document.store.slots import Slot
from studio_app.session.io_worker import IoWorker


class Storing(QObject):
    """Window's thread. What can't be written is tried again after `retry_ms`."""

    stored = Signal()
    """There are more files; what has been let go of meanwhile may be among them."""
    problem = Signal(object)
    """StudioError, or None when all is well again."""

    def __init__(self, saver: IoWorker, retry_ms: int, parent: QObject) -> None:
        super().__init__(parent)
        self._saver = saver
        self._slot: Slot | None = None
        self._made: tuple[object, object] = ((), ())
        """Pictures and runs that have their files in that folder."""
        self._busy = False
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(retry_ms)
        self._again.timeout.connect(self.stored)

    def store(self, slot: Slot, saved: SavedSession) -> None:
        """Those of `saved` that have none yet, in the background, one lot after the other."""
        made = (saved.pictures, saved.runs)
        if slot is not self._slot:
            self._slot, self._made = slot, ((), ())
        if self._busy or self._again.isActive() or made == self._made:
            return
        self._busy = True

        def done(_: object) -> None:
            self._busy = False
            self.problem.emit(None)
            if slot is self._slot:
                self._made = made
                self.stored.emit()

        def failed(error: StudioError) -> None:
            self._busy = False
            self.problem.emit(error)
            self._again.start()

        self._saver.submit(lambda: slot.writer.store(saved), done, failed)

    def stop(self) -> None:
        """Nothing is tried again."""
        self._again.stop()
