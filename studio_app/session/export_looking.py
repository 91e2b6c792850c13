"""Looking at what an export would be: the maps it needs from the model, then asset and plan, in the reader's thread."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

from studio_app.core.errors import StudioError
from studio_app.core.maps import Maps
from studio_app.document.results import Picture
from studio_app.session.cutting import Cutting
from studio_app.session.export_jobs import Looked, Turn, Wanted, looked
from studio_app.session.io_worker import IoWorker
from studio_app.session.map_desk import MapDesk
from studio_app.session.runs import RunStore

Looks = Literal["", "maps", "looking"]


class Looking(QObject):
    """Window's thread. `look_soon` is answered by `found` or `failed`, unless another or `stop` comes before that.

    found: what is known, of the last look. What was made is not made again for another place.
    """

    changed = Signal()
    """Of `stage`."""
    found = Signal(object)
    """Looked"""
    failed = Signal(object)
    """StudioError"""

    def __init__(
        self, runs: RunStore, maps: MapDesk, reader: IoWorker, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._runs, self._desk, self._reader = runs, maps, reader
        self.stage: Looks = ""
        self.looked: Looked | None = None
        self._wanted: Wanted | None = None
        self._maps: dict[str, Maps | StudioError] = {}
        """By the id of a picture."""
        self._asked: dict[str, str] = {}
        """And the key under which they were asked for."""
        self.cutting = Cutting(runs, maps, reader, self)
        self._turn = Turn()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._look)
        maps.made.connect(self._on_maps)
        maps.failed.connect(self._on_maps)
        maps.readable.connect(self._on_readable)
        self.cutting.changed.connect(self._on_cut)

    def look_soon(self, wanted: Wanted, milliseconds: int) -> None:
        """After that time, in which another look may take its place."""
        self._turn.over = True
        self._wanted = wanted
        self._stand("looking")
        self._timer.start(milliseconds)

    def stop(self) -> None:
        """Nothing comes of what is under way."""
        self._turn.over = True
        self._timer.stop()
        self._wanted = None
        self._stand("")

    def forget(self) -> None:
        """What was looked at is no longer what would be written, and nothing comes of what is under way."""
        self.looked = None
        self.stop()

    def why_no_maps(self, picture: Picture) -> StudioError | None:
        """Why a picture has none, as far as they were asked for."""
        known = self.cutting.blind.get(picture.id) or self._maps.get(picture.id)
        return known if isinstance(known, StudioError) else None

    # ---- inside ----

    def _stand(self, stage: Looks) -> None:
        if stage != self.stage:
            self.stage = stage
            self.changed.emit()

    def _look(self) -> None:
        wanted = self._wanted
        if wanted is None:
            return
        pictures = [take.picture for take in wanted.takes]
        is_sheet = wanted.settings.kind == "sheet"
        if not self.cutting.want(pictures if is_sheet else ()):
            self._stand("maps")
            return
        needy = (
            [] if is_sheet else [take.picture for take in wanted.takes if wanted.needs_maps(take)]
        )
        kept = {picture.id for picture in needy}
        self._maps = {id: maps for id, maps in self._maps.items() if id in kept}
        self._asked = {id: key for id, key in self._asked.items() if id in kept}
        for picture in needy:
            if picture.id not in self._maps and picture.id not in self._asked:
                self._ask(picture)
        if len(self._maps) < len(kept):
            self._stand("maps")
            return
        for maps in self._maps.values():
            if isinstance(maps, StudioError) and wanted.settings.kind == "texture":
                self.looked = None
                self._fail(maps)
                return
        self._stand("looking")
        self._turn = turn = Turn()
        maps = {id: maps for id, maps in self._maps.items() if isinstance(maps, Maps)}
        known, cuts = self.looked, dict(self.cutting.cuts)
        self._reader.submit(
            lambda: looked(wanted, maps, cuts, known, turn.is_over),
            lambda found: self._on_looked(turn, found),
            lambda error: None if turn.over else self._fail(error),
        )

    def _ask(self, picture: Picture) -> None:
        run, shows = self._runs.get(picture.run), picture.shows
        if run is None or (run.final is None and shows is None):
            self._maps[picture.id] = StudioError(
                self.tr("The steps of this picture are forgotten"),
                self.tr("its maps are made from them"),
                self.tr("Restore its settings (Ctrl+Shift+R) and draw it again."),
            )
        else:
            self._asked[picture.id] = self._desk.ask(
                run.request, run.steps[-1] if shows is None else run.step(shows.step - 1)
            )

    def _on_maps(self, key: str, found: Maps | StudioError) -> None:
        for picture, asked in self._asked.items():
            if asked == key:
                self._maps.setdefault(picture, found)
        if self.stage == "maps":
            self._look()

    def _on_readable(self) -> None:
        """What another model could not read, this one may."""
        failed = [id for id, maps in self._maps.items() if isinstance(maps, StudioError)]
        for id in failed:
            del self._maps[id]
            self._asked.pop(id, None)
        again = self.cutting.forget_blind() or bool(failed)
        if again and self._wanted is not None:
            self._turn.over = True
            self._look()

    def _on_cut(self) -> None:
        if self.stage == "maps":
            self.changed.emit()  # it has got further
            self._look()

    def _on_looked(self, turn: Turn, found: Looked | None) -> None:
        if turn.over or found is None:
            return
        self.looked = found
        self.stage = ""
        self.found.emit(found)

    def _fail(self, error: StudioError) -> None:
        self.stage = ""
        self.failed.emit(error)
