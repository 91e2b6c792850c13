"""What a session has made: its runs and its finished pictures, and how they get into files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio_app.core.errors import StudioError
from studio_app.document.layer_files import write_picture
from studio_app.document.results import Picture, RunRecord
from studio_app.session.gallery import Gallery
from studio_app.session.io_worker import IoWorker
from studio_app.session.notices import Notice
from studio_app.session.runs import RunStore


class Shelf(QObject):
    """Owns the run store and the gallery. Window's thread."""

    gallery_changed = Signal()
    runs_changed = Signal()
    message = Signal(object)
    settled = Signal(str)

    def __init__(self, saver: IoWorker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.runs = RunStore()
        self.gallery = Gallery()
        self._saver = saver
        self._removed: list[tuple[tuple[int, Picture] | None, RunRecord | None]] = []

    def add(self, record: RunRecord) -> RunRecord:
        """Takes a run in, and its picture if it has one; returns it with its number."""
        record = replace(record, number=self.runs.next_number)
        self.runs.add(record)
        if record.final is not None:
            self.gallery.add(record.final, record.request, record.id, record.people, record.place)
            self.gallery_changed.emit()
        self.runs_changed.emit()
        return record

    def add_behind(self, record: RunRecord, siblings: Collection[str]) -> Picture | None:
        """As `add`, of what was drawn beside the work: behind the newest. siblings: the runs of the same series, behind
        which it does not go. The picture, if it has one."""
        self.runs.add_behind(replace(record, number=self.runs.next_number), siblings)
        picture = None
        if record.final is not None:
            picture = self.gallery.add(
                record.final,
                record.request,
                record.id,
                record.people,
                record.place,
                siblings=siblings,
            )
            self.gallery_changed.emit()
        self.runs_changed.emit()
        return picture

    def restore(self, pictures: list[Picture], runs: list[RunRecord]) -> None:
        """Puts what the last session made before what this one has made meanwhile."""
        self.gallery.restore([*pictures, *self.gallery])
        newer = list(self.runs)
        self.runs.clear()
        for number, record in enumerate([*runs, *newer], start=1):
            self.runs.add(replace(record, number=number))
        self.gallery_changed.emit()
        self.runs_changed.emit()

    def clear(self) -> None:
        """Of other work, into which nothing comes that was removed from that before."""
        self._removed = []
        self.gallery.restore([])
        self.runs.clear()
        self.gallery_changed.emit()
        self.runs_changed.emit()

    def star(self, pictures: Iterable[str], starred: bool) -> Picture | None:
        """The newest of those that have got their star by that; None where none has."""
        meant = set(pictures)
        loose = [p.id for p in self.gallery if p.id in meant and p.starred != starred]
        for picture in loose:
            self.gallery.star(picture, starred)
        if loose:
            self.gallery_changed.emit()
        return self.gallery.get(loose[-1]) if loose and starred else None

    def label(self, pictures: Iterable[str], label: str) -> None:
        known = [self.gallery.label(picture, label) for picture in pictures]
        if any(known):
            self.gallery_changed.emit()

    def remove(self, items: Iterable[tuple[str, str]]) -> None:
        """Takes pictures and their runs out of the history; `put_back` undoes the last time."""
        gone = [(self.gallery.remove(picture), self.runs.remove(run)) for picture, run in items]
        removed = [item for item in gone if item != (None, None)]
        if removed:
            self._removed = removed
            self._told_of(removed)
            said = self.tr("Removed from the history")
            if len(removed) > 1:
                said = self.tr("{count} pictures removed from the history")
            self.message.emit(Notice(said.format(count=len(removed)), "", "removed"))

    def put_back(self) -> None:
        """What was removed last, where it was."""
        removed, self._removed = self._removed, []
        for picture, run in reversed(removed):  # each where it was as it went
            if picture is not None:
                self.gallery.put_back(*picture)
            if run is not None:
                self.runs.put_back(run)
        self._told_of(removed)

    def _told_of(self, items: Sequence[tuple[object, object]]) -> None:
        if any(picture is not None for picture, _ in items):
            self.gallery_changed.emit()
        if any(run is not None for _, run in items):
            self.runs_changed.emit()

    def save_picture(self, picture: Picture, path: Path) -> None:
        """A picture, or a step as one."""
        said = Notice(self.tr("Saved {name}").format(name=path.name), str(path), "saved")

        def saved(_: object) -> None:
            self.settled.emit("save")
            self.message.emit(said)

        def failed(error: StudioError) -> None:
            self.message.emit(error.regarding("save"))

        self._saver.submit(
            lambda: write_picture(
                path, picture.pixels, picture.request, picture.people, picture.shows
            ),
            saved,
            failed,
        )
