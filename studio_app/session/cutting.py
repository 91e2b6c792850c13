"""The pictures of a sheet, cut out one by one as their mattes come, and kept: to pack them anew is quick then."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QObject, Signal

from studio_app.core.errors import StudioError
from studio_app.core.maps import Maps
from studio_app.document.results import Picture
from studio_app.export.mattes import cut_out
from studio_app.session.export_jobs import Cut
from studio_app.session.io_worker import IoWorker
from studio_app.session.map_desk import MapDesk
from studio_app.session.runs import RunStore


class Cutting(QObject):
    """Window's thread; the cutting itself is done in the reader's. Of a picture whose matte can't be had, colours have
    to do: `blind` says why."""

    changed = Signal()
    """One more is cut out."""

    def __init__(
        self, runs: RunStore, maps: MapDesk, reader: IoWorker, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._runs, self._desk, self._reader = runs, maps, reader
        self.cuts: dict[str, Cut] = {}
        """By the id of a picture."""
        self.blind: dict[str, StudioError] = {}
        self._wanted: dict[str, Picture] = {}
        self._asked: dict[str, str] = {}
        maps.made.connect(self._on_maps)
        maps.failed.connect(self._on_maps)

    @property
    def missing(self) -> int:
        """How many of the wanted are not cut out yet."""
        return len(self._wanted.keys() - self.cuts.keys())

    def want(self, pictures: Sequence[Picture]) -> bool:
        """These, and no others: whether all of them are there."""
        self._wanted = {picture.id: picture for picture in pictures}
        for kept in (self.cuts, self.blind, self._asked):
            for id in kept.keys() - self._wanted.keys():
                del kept[id]
        for id, picture in self._wanted.items():
            if id not in self.cuts and id not in self._asked:
                self._ask(picture)
        return self.missing == 0

    def forget_blind(self) -> bool:
        """Whether there were any: their mattes are asked for again when they are wanted next."""
        blind = list(self.blind)
        for id in blind:
            for kept in (self.blind, self.cuts, self._asked):
                kept.pop(id, None)
        return bool(blind)

    def _ask(self, picture: Picture) -> None:
        run = self._runs.get(picture.run)
        if run is None or run.final is None:
            self._asked[picture.id] = ""
            why = StudioError(
                self.tr("The steps of a picture are forgotten"),
                self.tr("its matte is made from them"),
                self.tr("Restore its settings (Ctrl+Shift+R) and draw it again."),
            )
            self._cut(picture, why)
        else:
            self._asked[picture.id] = self._desk.ask(run.request, run.steps[-1])

    def _on_maps(self, key: str, found: Maps | StudioError) -> None:
        for id in [id for id, asked in self._asked.items() if asked == key]:
            self._asked[id] = ""  # it is on its way
            self._cut(self._wanted[id], found)

    def _cut(self, picture: Picture, maps: Maps | StudioError) -> None:
        why = maps if isinstance(maps, StudioError) else None
        alpha = None if isinstance(maps, StudioError) else maps.alpha
        if why is not None:
            self.blind[picture.id] = why

        def cut() -> Cut:
            try:
                rgb = np.ascontiguousarray(picture.pixels[..., 2::-1])
                return cut_out(rgb, alpha).rgba()
            except StudioError as error:
                return error

        def done(made: Cut) -> None:
            if picture.id in self._wanted and self.blind.get(picture.id) is why:
                self.cuts[picture.id] = made
                self.changed.emit()

        self._reader.submit(cut, done, done)
