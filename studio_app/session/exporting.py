"""Exporting a picture into a game project: what is chosen, what would be written, and the writing, as one face."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from PySide6.QtCore import QObject, Signal

from studio_app.core.errors import StudioError
from studio_app.core.reading import expanded
from studio_app.document.results import Picture
from studio_app.export.pieces import AssetKind
from studio_app.export.plan import Plan
from studio_app.export.questions import Question
from studio_app.export.settings import ExportSettings
from studio_app.export.targets.target import Project
from studio_app.session.export_choice import Choice
from studio_app.session.export_jobs import Looked, Made, Opened, Turn, Wanted, Written, opened
from studio_app.session.export_looking import Looking
from studio_app.session.export_notes import notes_of
from studio_app.session.export_writing import Writing, told
from studio_app.session.io_worker import IoWorker
from studio_app.session.map_desk import MapDesk
from studio_app.session.notices import Notice
from studio_app.session.preset_desk import PresetDesk
from studio_app.session.runs import RunStore
from studio_app.session.sheet_frames import SheetFrames

PAUSE_MS = 120
"""Of somebody who types, before it is looked at again what would be written."""

NOTHING = Looked(())
"""As long as nothing was looked at."""

Stage = Literal["", "opening", "drawing", "maps", "looking", "writing"]


class Exporting(QObject):
    """Window's thread. `picture` with `settings` into `project`: every change is looked at (`Looking`) and becomes a
    `plan`, or an `error`; `export` carries the plan out (`Writing`). `changed` tells of all of it.
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
        frames: SheetFrames,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._reader = reader
        self._choice = Choice(lambda: frames.document)
        self.frames = frames
        """Of a sheet."""
        self.presets = PresetDesk(self._choice, saver, self)
        self._looking = Looking(runs, maps, reader, self)
        self._writing = Writing(saver, self)
        self._opening = False
        self._opens = Turn()
        self._error: StudioError | None = None
        self._unopened: StudioError | None = None
        self._wanted = False
        self._again: tuple[Picture | None] | None = None
        frames.setParent(self)
        frames.changed.connect(self._on_frames)
        frames.series.changed.connect(self.changed)
        frames.series.ended.connect(self._on_drawn)
        frames.series.failed.connect(self._on_undrawn)
        self.presets.changed.connect(self.changed)
        self.presets.used.connect(lambda: self._look_soon(0))
        self.presets.message.connect(self.message)
        self._looking.changed.connect(self.changed)
        self._looking.found.connect(self._on_found)
        self._looking.failed.connect(self._fail)
        self._writing.progressed.connect(self.progressed)

    # ---- what is true ----

    @property
    def picture(self) -> Picture | None:
        return self._choice.picture

    @property
    def project(self) -> Project | None:
        return self._choice.project

    @property
    def settings(self) -> ExportSettings:
        return self._choice.settings

    @property
    def stage(self) -> Stage:
        """What is under way."""
        if self._writing.busy:
            return "writing"
        if self._opening:
            return "opening"
        if self.frames.series.busy:
            return "drawing"
        return "looking" if self.is_sheet and self.frames.reading else self._looking.stage

    @property
    def error(self) -> StudioError | None:
        """Why nothing can be written."""
        frames = self.frames.error if self._choice.is_sheet else None
        return self._error or self._unopened or frames

    @property
    def is_sheet(self) -> bool:
        """Whether it is made of `frames`, and not of the one picture."""
        return self._choice.is_sheet

    @property
    def cut(self) -> tuple[int, int]:
        """How many frames of a sheet are cut out, of how many."""
        of = len({take.picture.id for take in self._choice.takes})
        return of - self._looking.cutting.missing, of

    @property
    def made(self) -> Made | None:
        """What would be written, to look at; None while it is made, or can't be."""
        return (self._looking.looked or NOTHING).made

    @property
    def plan(self) -> Plan | None:
        """None while it is looked at, or nothing could be written."""
        return (self._looking.looked or NOTHING).plan

    @property
    def records(self) -> tuple[str, ...]:
        """What the export writes of itself, as paths inside the project."""
        return (self._looking.looked or NOTHING).records

    @property
    def ready(self) -> bool:
        """Whether `export` would write something, or say why not."""
        there = bool(self.frames.slots) if self.is_sheet else self.picture is not None
        free = self.stage not in ("writing", "drawing")
        return there and self.project is not None and free and not self.error and not self.questions

    @property
    def under_way(self) -> bool:
        """Whether an export that was asked for is not done yet."""
        return self._wanted or self._again is not None or self.stage in ("writing", "drawing")

    @property
    def questions(self) -> tuple[Question, ...]:
        """Those of the plan that are not answered yet."""
        asked = self.plan.questions if self.plan is not None else ()
        return tuple(question for question in asked if question.key not in self._choice.answers)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth knowing of it, as sentences without a full stop."""
        return notes_of(self._choice, self._looking, self.frames, self.plan)

    @property
    def own_name(self) -> str:
        """The name that the picture gets by itself."""
        return self._choice.own_name

    @property
    def own_folder(self) -> str:
        """The project's custom for this kind."""
        return self._choice.own_folder

    def wanted_as(self, picture: Picture, kind: AssetKind) -> Wanted:
        """What an export of that picture as this kind would be, with the settings of now."""
        return self._choice.wanted_as(picture, kind)

    # ---- commands ----

    def open_project(self, path: str) -> None:
        """The project that a path lies in, with what was chosen there last; `changed` follows."""
        try:
            whole = expanded(path.strip())
        except StudioError as error:
            self._fail(error)
            return
        self._opening = True
        self._error = self._unopened = None
        self.changed.emit()
        self._opens = turn = Turn()

        def newest(then: Callable[[Any], None]) -> Callable[[Any], None]:
            """Somebody may have chosen another meanwhile."""
            return lambda found: then(found) if self._opens is turn else None

        self._reader.submit(
            lambda: opened(whole), newest(self._on_opened), newest(self._on_unopened)
        )

    def show(self, picture: Picture | None) -> None:
        """Another picture."""
        if self._choice.show(picture) and not self.is_sheet:
            self._forget()
            self._look_soon(0)

    def follow_desk(self) -> None:
        """After the drawing, the history or the model has changed: which frames a sheet has may be others."""
        if self.is_sheet:
            self.frames.follow(self.settings.source)

    def sign_with(self, certificate: str, key: str) -> None:
        """Paths of PEM files, for settings that ask for a signature; they lie in no project."""
        if self._choice.signer != (certificate, key):
            self._choice.signer = (certificate, key)
            if self.settings.sign:
                self._look_soon(PAUSE_MS)

    def choose(self, **values: Any) -> None:
        """Other settings, by name. StudioError (as `message`) for a value that is none."""
        try:
            other = self._choice.choose(values, self.tr("this choice"))
        except StudioError as error:
            self.message.emit(error.regarding("export"))
            return
        if other:
            self._look_soon(PAUSE_MS)

    def answer(self, question: Question, choice: str) -> None:
        """choice: its id."""
        self._choice.answers[question.key] = choice
        self.changed.emit()

    def look_again(self) -> None:
        """After something changed in the project."""
        self._look_soon(0)

    def export(self) -> None:
        """Writes what the plan says, as soon as there is one: `finished`, `refused`, or a `message`. Frames of a sheet
        that are missing are drawn first."""
        if self.project is None or self.stage in ("writing", "drawing"):
            return
        if self.picture is None and not self.is_sheet:
            return
        self._wanted = True
        self.changed.emit()
        if self.stage == "":
            self._go_on()

    def export_again(self, picture: Picture | None, root: str = "") -> None:
        """A picture, or the sheet, as the project's last one was exported. root: the project, where none is
        open yet."""
        if self.project is None and root:
            self._again = (picture,)
            self.open_project(root)
            return
        busy = self.stage in ("writing", "drawing")
        if busy or not self._choice.as_last(picture) or (picture is None and not self.is_sheet):
            self.refused.emit()
            return
        self._forget()
        self._look_soon(0)
        self.export()

    def cancel(self) -> None:
        """What is under way ends; nothing was changed unless all is."""
        self._wanted, self._again = False, None
        self._writing.cancel()
        self.frames.series.cancel()
        if self.stage == "looking":
            self._look_soon(0)
        else:
            self.changed.emit()

    # ---- inside ----

    def _on_opened(self, found: Opened) -> None:
        self._opening = False
        self._choice.open(found)
        if found.recovered:
            self.message.emit(Notice(self.tr("An export that was cut off was undone")))
        again, self._again = self._again, None
        if again is not None:
            self.export_again(*again)
        else:
            self._look_soon(0)

    def _on_unopened(self, error: StudioError) -> None:
        self._opening = False
        self._choice.close()
        self._wanted = self._wanted or self._again is not None
        self._again = None
        self._forget()
        self._unopened = error
        self._fail(error)

    def _forget(self) -> None:
        """What was looked at is no longer what would be written."""
        self._looking.forget()
        self._error = None

    def _look_soon(self, milliseconds: int) -> None:
        if self.stage == "writing":
            return
        self._error = None
        if self.is_sheet:
            self.frames.follow(self.settings.source)
            self._choice.take_frames(self.frames.takes, self.frames.words)
        wanted, reading = self._choice.wanted, self.is_sheet and self.frames.reading
        if wanted is None or reading:
            self._looking.forget()
        else:
            self._looking.look_soon(wanted, milliseconds)
        self.changed.emit()
        if wanted is None and not reading and self._wanted:
            self._go_on()

    def _on_frames(self) -> None:
        if self.is_sheet and self.stage != "writing":
            self._look_soon(0)

    def _on_drawn(self) -> None:
        """All that was missing; the frames have told of each."""
        self.frames.match()
        self.changed.emit()
        if self._wanted and self.stage == "":
            self._go_on()

    def _on_undrawn(self, error: StudioError) -> None:
        self.message.emit(error.regarding("export"))
        self._fail(error)

    def _on_found(self, looked: Looked) -> None:
        self._error = looked.error
        self.changed.emit()
        if self._wanted and self.stage == "":
            self._go_on()

    def _go_on(self) -> None:
        if self.is_sheet and self.frames.missing and self.frames.error is None:
            self.frames.draw()
            return
        self._wanted = False
        plan = self.plan
        if plan is None or self.questions:
            self.refused.emit()
            return
        choice, settings = self._choice, self.settings
        self._writing.write(
            plan,
            settings,
            choice.answers,
            lambda result: self._on_written(plan, settings, result),
            self._on_unwritten,
        )
        self.changed.emit()

    def _on_written(self, plan: Plan, settings: ExportSettings, result: Written | None) -> None:
        self.changed.emit()  # whoever says that it is under way stops before it is said what came of it
        if result is None:
            said = self.tr("The export was cancelled")
            self.message.emit(Notice(said, self.tr("Nothing was changed."), "cancelled"))
            self._look_soon(0)
            return
        self._choice.was_written(settings)
        self.settled.emit("export")
        self.message.emit(told(plan, result))
        if result.unremembered is not None:
            self.message.emit(result.unremembered.regarding("export"))
        self.finished.emit(result.done)
        self._look_soon(0)

    def _on_unwritten(self, error: StudioError) -> None:
        self.changed.emit()
        self.message.emit(error.regarding("export"))
        self._fail(error)
        self.refused.emit()

    def _fail(self, error: StudioError) -> None:
        self._error = error
        wanted, self._wanted = self._wanted, False
        self.changed.emit()
        if wanted:
            self.refused.emit()
