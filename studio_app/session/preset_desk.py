"""The export presets of a project: settings under a name, for everybody who works on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio_app.core.errors import StudioError
from studio_app.export.settings import ExportSettings, Remembered, change_presets
from studio_app.session.export_choice import Choice
from studio_app.session.io_worker import IoWorker


class PresetDesk(QObject):
    """Window's thread. Saving and removing are done in the saver's, on what the project holds by then: somebody else's
    presets stay."""

    changed = Signal()
    """Of `names`, or of `current`."""
    used = Signal()
    """Other settings are chosen."""
    message = Signal(object)
    gone = Signal(str, object)
    """What is said of a preset that was removed or replaced, and what puts it back, into the project that it was of."""

    def __init__(self, choice: Choice, saver: IoWorker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._choice, self._saver = choice, saver

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._choice.remembered.presets, key=str.casefold))

    @property
    def current(self) -> str:
        """The preset whose settings are chosen; "" where they are none's."""
        chosen = _nameless(self._choice.settings)
        presets = self._choice.remembered.presets
        return next((name for name in self.names if _nameless(presets[name]) == chosen), "")

    def use(self, name: str) -> None:
        """Chooses its settings; the name of the asset stays."""
        preset = self._choice.remembered.presets.get(name)
        if preset is not None and self._choice.use(preset):
            self.used.emit()

    def save(self, name: str) -> None:
        """What is chosen now, under that name; whatever had it before is replaced."""
        chosen = _nameless(self._choice.settings)
        said = self.tr("Replaced the export preset {name}")
        self._change(lambda known: known.with_preset(name, chosen), said)

    def remove(self, name: str) -> None:
        self._change(
            lambda known: known.without_preset(name), self.tr("Removed the export preset {name}")
        )

    def _change(self, change: Callable[[Remembered], Remembered], said: str) -> None:
        """said: of each preset that goes by it."""
        project = self._choice.project
        if project is not None:
            self._write(project.root, change, said)
            return
        error = StudioError(
            self.tr("There is no project yet"), "", self.tr("A preset is kept in one.")
        )
        self.message.emit(error.regarding("export"))

    def _write(
        self, root: Path, change: Callable[[Remembered], Remembered], said: str = ""
    ) -> None:
        def done(both: tuple[Remembered, Remembered]) -> None:
            before, known = both
            project = self._choice.project
            if project is not None and project.root == root:
                last = self._choice.remembered.last
                self._choice.remembered = replace(known, last=last)
                self.changed.emit()
            for name, preset in before.presets.items() if said else ():
                if known.presets.get(name) != preset:
                    back = partial(self._put_back, root, name, preset)
                    self.gone.emit(said.format(name=name), back)

        self._saver.submit(
            lambda: change_presets(root, change),
            done,
            lambda error: self.message.emit(error.regarding("export")),
        )

    def _put_back(self, root: Path, name: str, preset: ExportSettings) -> None:
        self._write(root, lambda known: known.with_preset(name, preset))


def _nameless(settings: ExportSettings) -> ExportSettings:
    return settings.model_copy(update={"name": ""})
