"""Saves into files, one after the other, what has to wait until none is under way, and why one is refused."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio_app.core.errors import StudioError
from studio_app.document.store.ora_writing import Manner
from studio_app.document.store.ties import Tie
from studio_app.session.courtesy import Courtesy
from studio_app.session.io_worker import IoWorker

HANDS = 2


class Saves(QObject):
    """Window's thread; the saver writes, and hands pack with it."""

    progressed = Signal(float)
    """How far a save is, 0..1; 1 also ends a failed one."""

    def __init__(self, saver: IoWorker, parent: QObject) -> None:
        super().__init__(parent)
        self._saver = saver
        self._stopped = False
        self._waiting: list[Callable[[], object]] = []
        self.saving = False

    def when_idle(self, then: Callable[[], object]) -> None:
        """After the save that is under way, if one is, and after what waits for it already, with the saves that come of
        that."""
        if self.saving:
            self._waiting.append(then)
        else:
            then()

    def begin(
        self,
        save: Callable[[Manner], Tie],
        done: Callable[[Tie], object],
        failed: Callable[[StudioError], object],
    ) -> None:
        """While none is under way. save: in the saver's thread."""
        self.saving, self._stopped = True, False
        told = self.progressed.emit

        def job() -> Tie:
            # zlib lets go of Python's lock: two threads pack in half of the time, and end with the save.
            with ThreadPoolExecutor(HANDS, "underpaint-packing", _behind) as hands:
                return save(Manner(told=told, cancelled=lambda: self._stopped, each=hands.map))

        def saved(now: Tie) -> None:
            done(now)
            self._ended()

        def broken(error: StudioError) -> None:
            failed(error)
            self._ended()

        self._saver.submit(job, saved, broken)

    def cancel(self) -> None:
        """The save that is under way: the file stays as it was."""
        self._stopped = True

    def _ended(self) -> None:
        self.saving = False
        self.progressed.emit(1.0)
        while self._waiting and not self.saving:  # one of them may save in its turn
            self._waiting.pop(0)()


def elsewhere(path: Path) -> StudioError:
    return StudioError(
        f"{path.name} is open in another window",
        "Only the first window that opens a file writes it",
        "Save the drawing under another name, or close the other window.",
    )


def not_its_file(path: Path) -> StudioError:
    return StudioError(
        f"{path.name} was not replaced",
        "The drawing in this window is another by now, or has another file",
        "To put this drawing in its place, save it under that name.",
    )


def _behind() -> None:
    """Of a hand that packs: the window's thread comes before it. It ends with the save."""
    Courtesy().step_back(True)
