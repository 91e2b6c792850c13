"""The models on the artist's disks: looked for in the reader's thread, a few files at a time, so that whoever else
wants something read comes between, and the window sees them come."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from studio_app.catalogue.places import Place, known_places
from studio_app.catalogue.remembered import Remembered
from studio_app.catalogue.scanning import Found, scan
from studio_app.core.capabilities import Capabilities
from studio_app.core.engine import ModelReader
from studio_app.core.errors import StudioError
from studio_app.core.fittings import NONE, Fitting, fitting_key
from studio_app.core.hardware import Room, room_for_models
from studio_app.core.resources import user_dir
from studio_app.core.settings import Change, Settings, change_settings, load_settings
from studio_app.session.io_worker import IoWorker
from studio_app.session.notices import settings_notice

BATCH_S = 0.05
"""Seconds that a batch of files takes at most, one slow file aside."""
MEMORY = "models.json"

Fate = Capabilities | StudioError
"""What a model can do, or why it can't be drawn with."""


Value = TypeVar("Value")


class ModelDesk(QObject):
    """Window's thread. found: in the order in which they were found. scanning: whether a search is under way."""

    changed = Signal()
    """Of `found`, `scanning` or `places`."""
    fate_known = Signal(str)
    """The path of a model: `fate` knows it now."""
    defaults_changed = Signal()
    fitted = Signal(object)
    """The path of a model for which something else was chosen; whoever reads its settings finds it."""
    message = Signal(object)

    def __init__(
        self,
        reader: IoWorker,
        saver: IoWorker,
        read_model: ModelReader,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._reader, self._saver, self._read_model = reader, saver, read_model
        self.found: tuple[Found, ...] = ()
        self.places: tuple[Place, ...] = ()
        self.scanning = False
        self.seen = 0
        """Files and folders that the search has come by."""
        self.room: Room | None = None
        """Memory of this machine, once it is known."""
        self._settings = Settings()
        self._unread: list[Change] | None = []
        """What was chosen before the settings were read; None once they are."""
        self._fates: dict[Path, Fate] = {}
        self._asked: set[Path] = set()
        self._round = 0
        """Rises with every search: what an older one still brings is let go of."""

    def begin(self) -> None:
        """Reads which folders were added, and which model goes with which preset."""
        self._reader.submit(load_settings, self._take_settings)

    @property
    def added(self) -> tuple[str, ...]:
        """Folders that the artist has added."""
        return self._settings.model_folders

    def scan(self) -> None:
        """Looks through all places anew; what is found is there as it is found."""
        self._round += 1
        self.scanning, self.seen = True, 0
        self._fates.clear()
        self._asked.clear()
        search = _Search(self.added)
        number = self._round
        self._reader.submit(
            search.begin, lambda _: self._next(search, number, ()), self._failed(number)
        )
        self.changed.emit()

    def stop(self) -> None:
        """No more is looked for; what was found stays."""
        self._round += 1
        if self.scanning:
            self.scanning = False
            self.changed.emit()

    def look_at(self, path: Path) -> Fate | None:
        """What is known of whether a model can be drawn with; None where that is being asked: `fate_known` follows."""
        if path not in self._fates and path not in self._asked:
            self._ask(path)
        return self._fates.get(path)

    # ---- folders and defaults ----

    def add_folder(self, folder: Path | str) -> None:
        """From now on it is looked through too, at once and at every start."""
        path = str(Path(folder).absolute())
        if path not in self.added:
            self._change("model_folders", lambda known: (*known, path))
        self.scan()

    def remove_folder(self, folder: Path | str) -> None:
        """It is not looked through any more. Nothing in it is touched."""
        left_out = str(folder)
        self._change("model_folders", lambda known: tuple(p for p in known if p != left_out))
        self.scan()

    def default_for(self, preset: str) -> str:
        """Name or path of the model that a preset brings; "" where it leaves the model as it is."""
        return self._settings.preset_models.get(preset, "")

    def set_default(self, preset: str, model: str) -> None:
        """model: "" takes it away."""
        self._change("preset_models", lambda known: _with(known, preset, model or None))
        self.defaults_changed.emit()

    # ---- what is chosen for one model ----

    def fitting_for(self, model: Path) -> Fitting:
        return self._settings.fittings.get(fitting_key(model), NONE)

    def fit(self, model: Path, fitting: Fitting) -> None:
        """It is remembered for this model; `fitted` follows once it is written."""
        key, chosen = fitting_key(model), None if fitting == NONE else fitting

        def written() -> None:
            # What it can do depends on it. What is known is shown until that is read, and what was asked for before
            # may have been read before this was written.
            self._ask(model)
            self.fitted.emit(model)

        self._change("fittings", lambda known: _with(known, key, chosen), written)

    def _change(
        self,
        name: str,
        new: Callable[[Any], object],
        then: Callable[[], None] | None = None,
    ) -> None:
        """new: of that setting as it is, wherever it is read."""

        def change(settings: Settings) -> Settings:
            return settings.model_copy(update={name: new(getattr(settings, name))})

        def written(aside: Path | None) -> None:
            if aside is not None:
                self.message.emit(settings_notice(aside))
            if then is not None:
                then()

        known = self._settings
        self._settings = change(known)
        if self._unread is not None:
            self._unread.append(change)
        # In what is in the file by now: another window, or a hand, may have written there.
        self._saver.submit(lambda: change_settings(change, known), written, self._say)

    # ---- inside ----

    def _next(self, search: _Search, number: int, batch: tuple[Found, ...] | None) -> None:
        """batch: what came now; None at the end."""
        if number != self._round:
            return
        self.places, self.room = search.places, search.room
        self.seen = search.seen
        self.found = search.found
        if batch is None:
            self.scanning = False
            self._saver.submit(search.memory.write, None, self._say)
        else:
            self._reader.submit(
                search.batch, lambda more: self._next(search, number, more), self._failed(number)
            )
        self.changed.emit()

    def _failed(self, number: int) -> Callable[[StudioError], None]:
        def failed(error: StudioError) -> None:
            if number == self._round:
                self.scanning = False
                self.changed.emit()
                self._say(error)

        return failed

    def _say(self, error: StudioError) -> None:
        self.message.emit(error.regarding("models"))

    def _take_settings(self, settings: Settings) -> None:
        for change in self._unread or ():
            settings = change(settings)
        self._settings, self._unread = settings, None
        self.defaults_changed.emit()

    def _ask(self, path: Path) -> None:
        """The newest answer is the one that stays: they come in the order of the questions."""
        self._asked.add(path)
        self._reader.submit(
            lambda: self._read_model(path),
            lambda can: self._take_fate(path, can),
            lambda error: self._take_fate(path, error),
        )

    def _take_fate(self, path: Path, fate: Fate) -> None:
        self._fates[path] = fate
        self._asked.discard(path)
        self.fate_known.emit(str(path))


class _Search:
    """One search, in the reader's thread, a batch at a time."""

    def __init__(self, added: tuple[str, ...]) -> None:
        self._added = added
        self.places: tuple[Place, ...] = ()
        self.room: Room | None = None
        self.found: tuple[Found, ...] = ()
        self.seen = 0
        self.memory = Remembered(_kept())
        self._coming: Iterator[Found | None] = iter(())

    def begin(self) -> None:
        self.places = tuple(known_places(self._added))
        self.room = room_for_models()
        self.memory.read()
        self._coming = (found for place in self.places for found in scan(place, self.memory))

    def batch(self) -> tuple[Found, ...] | None:
        """What a moment brings; None where there is no more."""
        until, came, ended = time.monotonic() + BATCH_S, list[Found](), True
        known = {found.path for found in self.found}
        for found in self._coming:
            self.seen += 1
            if found is not None and found.path not in known:
                came.append(found)
            if time.monotonic() > until:
                ended = False
                break
        self.found = (*self.found, *came)
        return None if ended else tuple(came)


def is_model(path: Path, name: str) -> bool:
    """Whether the model that is called `name` (a name or a path) lies here."""
    return bool(name) and (str(path) == name or (path.name == name and Path(name).name == name))


def _with(known: Mapping[str, Value], key: str, value: Value | None) -> dict[str, Value]:
    """None: without it."""
    others = {name: other for name, other in known.items() if name != key}
    return others if value is None else others | {key: value}


def _kept() -> Path | None:
    try:
        return user_dir() / MEMORY
    except StudioError:
        return None
