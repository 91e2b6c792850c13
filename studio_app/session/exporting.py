"""Exporting a picture into a game project: what is chosen, what would be written, and the writing."""

from __future__ import annotations

from typing import Any, Literal

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from studio_app.core.errors import StudioError
from studio_app.core.maps import Maps
from studio_app.core.reading import expanded
from studio_app.document.results import Picture
from studio_app.export.making import Shot, needs_maps
from studio_app.export.plan import Plan
from studio_app.export.questions import Question
from studio_app.export.settings import ExportSettings, Remembered, settings_from
from studio_app.export.targets.target import Project
from studio_app.session.export_jobs import (
    Looked,
    Made,
    Opened,
    Written,
    looked,
    name_for,
    opened,
    written,
)
from studio_app.session.io_worker import IoWorker
from studio_app.session.map_desk import MapDesk
from studio_app.session.notices import Notice
from studio_app.session.runs import RunStore

PAUSE_MS = 120
"""Of somebody who types, before it is looked at again what would be written."""

Stage = Literal["", "opening", "maps", "looking", "writing"]


class _Turn:
    """A job's own sign that nobody wants it any more; read in another thread."""

    def __init__(self) -> None:
        self.over = False

    def is_over(self) -> bool:
        return self.over


class Exporting(QObject):
    """Window's thread. `picture` with `settings` into `project`: every change is looked at in the reader's thread and
    becomes a `plan`, or an `error`; `export` carries the plan out in the saver's. `changed` tells of all of it.
    """

    changed = Signal()
    progressed = Signal(int, int, str)
    """(files written, of how many, the name of the next)"""
    finished = Signal(object)
    """Done: everything is written, or was there already."""
    refused = Signal()
    """An export that was asked for can't be without somebody looking at it: see `error` and `questions`."""
    message = Signal(object)
    settled = Signal(str)

    def __init__(
        self,
        runs: RunStore,
        maps: MapDesk,
        saver: IoWorker,
        reader: IoWorker,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._runs, self._desk = runs, maps
        self._saver, self._reader = saver, reader
        self.picture: Picture | None = None
        self.project: Project | None = None
        self.settings = ExportSettings()
        self.stage: Stage = ""
        self._error: StudioError | None = None
        self._unopened: StudioError | None = None
        self._remembered = Remembered()
        self._words: str = ""  # those that the name was given for
        self._last_words: str = ""  # and those of the project's last export
        self._looked: Looked | None = None
        self._maps: Maps | StudioError | None = None
        self._maps_key = ""
        self._wanted = False
        self._again: Picture | None = None
        self._answers: dict[str, str] = {}
        self._turn = _Turn()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._look)
        maps.made.connect(self._on_maps)
        maps.failed.connect(self._on_maps)

    # ---- what is true ----

    @property
    def error(self) -> StudioError | None:
        """Why nothing can be written."""
        return self._error or self._unopened

    @property
    def made(self) -> Made | None:
        """What would be written, to look at; None while it is made, or can't be."""
        return self._looked.made if self._looked is not None else None

    @property
    def plan(self) -> Plan | None:
        """None while it is looked at, or nothing could be written."""
        return self._looked.plan if self._looked is not None else None

    @property
    def records(self) -> tuple[str, ...]:
        """What the export writes of itself, as paths inside the project."""
        return self._looked.records if self._looked is not None else ()

    @property
    def ready(self) -> bool:
        """Whether `export` would write something, or say why not."""
        there = self.picture is not None and self.project is not None
        return there and self.stage != "writing" and self.error is None and not self.questions

    @property
    def under_way(self) -> bool:
        """Whether an export that was asked for is not done yet."""
        return self._wanted or self._again is not None or self.stage == "writing"

    @property
    def questions(self) -> tuple[Question, ...]:
        """Those of the plan that are not answered yet."""
        asked = self.plan.questions if self.plan is not None else ()
        return tuple(question for question in asked if question.id not in self._answers)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth knowing of it, as sentences without a full stop."""
        said: list[str] = list(self.plan.notes) if self.plan is not None else []
        if isinstance(self._maps, StudioError) and self._needs_maps():
            said.append(self.tr("It is cut out by its colours alone: {why}").format(why=self._maps))
        if self.settings.stripped:
            said.append(self.tr("The recipe stays in the project's .underpaint; the mark stays in"))
        return tuple(said)

    @property
    def own_name(self) -> str:
        """The name that the picture gets by itself."""
        words = self.picture.request.prompt if self.picture is not None else ""
        return name_for(words or "picture", self.project)

    @property
    def own_folder(self) -> str:
        """The project's custom for this kind."""
        return self.project.target.folders[self.settings.kind] if self.project is not None else ""

    @property
    def is_again(self) -> bool:
        """Whether something was exported into this project with settings that are known."""
        return self._remembered.last is not None

    # ---- commands ----

    def open_project(self, path: str) -> None:
        """The project that a path lies in, with what was chosen there last; `changed` follows."""
        try:
            whole = expanded(path.strip())
        except StudioError as error:
            self._fail(error)
            return
        self.stage = "opening"
        self._error = self._unopened = None
        self.changed.emit()
        self._reader.submit(lambda: opened(whole), self._on_opened, self._on_unopened)

    def show(self, picture: Picture | None) -> None:
        """Another picture. A name holds for the words it was given for."""
        if picture is self.picture:
            return
        same = picture is not None and self.picture is not None and picture.id == self.picture.id
        self.picture = picture
        if same:
            return
        self._check_name()
        self._maps, self._maps_key = None, ""
        self._forget()
        self._look_soon(0)

    def choose(self, **values: Any) -> None:
        """Other settings, by name. StudioError (as `message`) for a value that is none."""
        try:
            settings = settings_from(
                self.settings.model_dump(mode="json") | values, self.tr("this choice")
            )
        except StudioError as error:
            self.message.emit(error.regarding("export"))
            return
        if settings == self.settings:
            return
        if "name" in values and self.picture is not None:
            self._words = self.picture.request.prompt
        self.settings = settings
        self._look_soon(PAUSE_MS)

    def answer(self, question: str, choice: str) -> None:
        self._answers[question] = choice
        self.changed.emit()

    def look_again(self) -> None:
        """After something changed in the project."""
        self._look_soon(0)

    def export(self) -> None:
        """Writes what the plan says, as soon as there is one: `finished`, `refused`, or a `message`."""
        if self.picture is None or self.project is None or self.stage == "writing":
            return
        self._wanted = True
        self.changed.emit()
        if self.stage == "" and not self._timer.isActive():
            self._go_on()

    def export_again(self, picture: Picture, root: str = "") -> None:
        """A picture as the project's last one was exported. root: the project, where none is open yet."""
        if self.project is None and root:
            self._again = picture
            self.open_project(root)
            return
        last = _of_one(self._remembered.last)
        if last is None or self.stage == "writing":
            self.refused.emit()
            return
        self.settings, self._words = last, self._last_words
        self.show(picture)
        self._check_name()
        self._look_soon(0)
        self.export()

    def cancel(self) -> None:
        """What is under way ends; nothing was changed unless all is."""
        self._wanted = False
        self._turn.over = True
        if self.stage == "looking":
            self._look_soon(0)

    # ---- inside ----

    def _needs_maps(self) -> bool:
        picture = self.picture
        return picture is not None and needs_maps(self.settings, Shot(picture.pixels[..., :3]))

    def _check_name(self) -> None:
        """A name that was given for other words is not this picture's."""
        words = self.picture.request.prompt if self.picture is not None else self._words
        if words != self._words:
            self._words = words
            self.settings = self.settings.model_copy(update={"name": ""})

    def _on_opened(self, found: Opened) -> None:
        self.project, self._remembered = found.project, found.remembered
        self._words = self._last_words = found.words
        self.settings = _of_one(found.remembered.last) or self.settings.model_copy(
            update={"name": "", "folder": None, "template": ""}
        )
        self._check_name()
        if found.recovered:
            self.message.emit(Notice(self.tr("An export that was cut off was undone")))
        self._answers.clear()
        again, self._again = self._again, None
        if again is not None:
            self.export_again(again)
        else:
            self._look_soon(0)

    def _on_unopened(self, error: StudioError) -> None:
        self.project, self._remembered = None, Remembered()
        self._wanted = self._wanted or self._again is not None
        self._again = None
        self._forget()
        self._unopened = error
        self._fail(error)

    def _forget(self) -> None:
        """What was looked at is no longer what would be written."""
        self._turn.over = True
        self._looked = None
        self._error = None

    def _look_soon(self, milliseconds: int) -> None:
        if self.stage == "writing":
            return
        self._turn.over = True
        self._error = None
        self.stage = "looking"
        self._timer.start(milliseconds)
        self.changed.emit()

    def _look(self) -> None:
        picture = self.picture
        if picture is None:
            self._looked, self.stage = None, ""
            self.changed.emit()
            return
        maps: Maps | None = None
        if self._needs_maps():
            if self._maps is None:
                self._ask_maps(picture)
            if self._maps is None:
                self.stage = "maps"
                self.changed.emit()
                return
            if isinstance(self._maps, StudioError):
                if self.settings.kind == "texture":
                    self._looked = None
                    self._fail(self._maps)
                    return
            else:
                maps = self._maps
        self._turn = turn = _Turn()
        settings, project, known = self.settings, self.project, self._looked
        self._reader.submit(
            lambda: looked(settings, picture, maps, project, known, turn.is_over),
            lambda found: self._on_looked(turn, found),
            lambda error: None if turn.over else self._fail(error),
        )

    def _ask_maps(self, picture: Picture) -> None:
        run = self._runs.get(picture.run)
        if run is None or run.final is None:
            self._maps = StudioError(
                self.tr("The steps of this picture are forgotten"),
                self.tr("its maps are made from them"),
                self.tr("Restore its settings (Ctrl+Shift+R) and draw it again."),
            )
            return
        if not self._maps_key:
            self._maps_key = self._desk.ask(run.request, run.steps[-1])

    def _on_maps(self, key: str, found: Maps | StudioError) -> None:
        if key == self._maps_key and self._maps is None:
            self._maps = found
            if self.stage == "maps":
                self.stage = "looking"
                self._look()

    def _on_looked(self, turn: _Turn, found: Looked | None) -> None:
        if turn.over or found is None:
            return
        self._looked, self._error, self.stage = found, found.error, ""
        self.changed.emit()
        if self._wanted:
            self._go_on()

    def _go_on(self) -> None:
        plan = self.plan
        if plan is None or self.questions:
            self._wanted = False
            self.refused.emit()
            return
        self._wanted = False
        self.stage = "writing"
        self._turn = turn = _Turn()
        self.changed.emit()
        settings, remembered, answers = self.settings, self._remembered, dict(self._answers)
        self._saver.submit(
            lambda: written(
                plan, settings, remembered, answers, self.progressed.emit, turn.is_over
            ),
            lambda result: self._on_written(plan, settings, result),
            self._on_unwritten,
        )

    def _on_written(self, plan: Plan, settings: ExportSettings, result: Written | None) -> None:
        self.stage = ""
        if result is None:
            said = self.tr("The export was cancelled")
            self.message.emit(Notice(said, self.tr("Nothing was changed."), "cancelled"))
            self._look_soon(0)
            return
        self._remembered = Remembered(self._remembered.presets, settings)
        self._last_words = self._words
        self.settled.emit("export")
        self.message.emit(_told(plan, result))
        if result.unremembered is not None:
            self.message.emit(result.unremembered.regarding("export"))
        self.finished.emit(result.done)
        self._look_soon(0)

    def _on_unwritten(self, error: StudioError) -> None:
        self.stage = ""
        self.message.emit(error.regarding("export"))
        self._fail(error)
        self.refused.emit()

    def _fail(self, error: StudioError) -> None:
        self._error, self.stage = error, ""
        wanted, self._wanted = self._wanted, False
        self.changed.emit()
        if wanted:
            self.refused.emit()


def _of_one(settings: ExportSettings | None) -> ExportSettings | None:
    """A sheet has many pictures; of one it is a sprite."""
    if settings is None or settings.kind != "sheet":
        return settings
    return settings.model_copy(update={"kind": "sprite"})


def _told(plan: Plan, result: Written) -> Notice:
    """Where it lies: the detail is the path of the first file, for whoever shows it."""
    name = plan.main_file()
    said = "{name} is there already" if result.done.entry is None else "Exported {name}"
    said = QCoreApplication.translate("Exporting", said)
    return Notice(said.format(name=name.name), str(name), "exported")
