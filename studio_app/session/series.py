"""Pictures of many requests, one after the other, while nothing is drawn by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from studio_app.core.errors import StudioError
from studio_app.document.people import Person
from studio_app.document.results import RunRecord
from studio_app.export.frame_asks import Ask
from studio_app.session.orders import SpareOrder
from studio_app.session.shelf import Shelf
from studio_app.session.worker import EngineWorker


class Series(QObject):
    """Window's thread. Every picture lies in the history as soon as it is there, behind the newest: what is shown stays
    what is shown.
    """

    changed = Signal()
    """Of `done` and `of`, and of `busy`."""
    drawn = Signal(object)
    """Picture"""
    ended = Signal()
    """All are drawn."""
    failed = Signal(object)
    """StudioError: the others are not drawn either."""

    def __init__(self, worker: EngineWorker, shelf: Shelf, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker, self._shelf = worker, shelf
        self._number = 0
        self._waiting: dict[str, tuple[Person, ...]] = {}
        self._runs: set[str] = set()
        """Of what it has drawn."""
        self.of = 0
        """How many were asked for."""
        worker.spare_drawn.connect(self._on_drawn)
        worker.spare_failed.connect(self._on_failed)

    @property
    def busy(self) -> bool:
        return bool(self._waiting)

    @property
    def done(self) -> int:
        return self.of - len(self._waiting)

    def draw(self, asks: Iterable[Ask]) -> None:
        """These, in the place of what is still to be drawn; those of one request once."""
        self.cancel()
        wanted = {ask.request.digest: ask for ask in asks}
        self.of = len(wanted)
        last = self._number + self.of
        for digest, ask in wanted.items():
            self._number += 1
            key = f"{self._number} {digest}"
            self._waiting[key] = ask.people
            self._worker.box.spare(SpareOrder(self._number, last, key, ask.request))
        self.changed.emit()

    def cancel(self) -> None:
        """What is drawn stays in the history; nothing more is."""
        if self._waiting:
            self._worker.box.cancel_spare(self._number)
            self._waiting.clear()
            self.of = 0
            self.changed.emit()

    def _on_drawn(self, key: str, record: RunRecord) -> None:
        people = self._waiting.pop(key, None)
        if people is None:
            return
        picture = self._shelf.add_behind(replace(record, people=people), self._runs)
        self._runs.add(record.id)
        if picture is not None:
            self.drawn.emit(picture)
        self.changed.emit()
        if not self._waiting:
            self.of = 0
            self.ended.emit()

    def _on_failed(self, key: str, error: StudioError) -> None:
        if key in self._waiting:
            self.cancel()
            self.failed.emit(error)
