"""Keeping pictures exported: whenever the document's picture is finished anew, or one is starred, it goes into the same
files again.

Only finished pictures count, and of these the last, once nothing more is asked for: no preview, nothing while the pen
is down, not the few steps before a finish. Where only the starred ones count, a thing in the game changes when a star
says that its newer picture is good, however many were tried before. A watch ends with its window, since nobody wants a
program that writes into a project by itself once it is started.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from studio_app.core.errors import StudioError
from studio_app.document.results import Picture
from studio_app.export.pieces import AssetKind
from studio_app.export.plan import ExportCancelled, Plan
from studio_app.export.projects import ProjectGone, as_it_is
from studio_app.export.targets.target import Project
from studio_app.export.transaction import Done, carry_out
from studio_app.session.export_jobs import Looked, Turn, Wanted
from studio_app.session.export_looking import Looking
from studio_app.session.exporting import Exporting
from studio_app.session.io_worker import IoWorker
from studio_app.session.notices import Notice
from studio_app.session.timers import single_shot

PAUSE_MS = 400
"""Between a finished picture and its export, in which a newer one may be asked for."""
RETRY_MS = 5000
"""After an export that failed for the project's or the disk's sake."""

Which = Literal["finished", "starred"]
"""The pictures that an export is kept up to date with."""


@dataclass(frozen=True, eq=False)
class Kept:
    """What is kept exported. wanted: with its name, and the picture it began with. which: of the pictures, go into it.
    file: the first of its files, None before it is known.

    trouble: why the newest picture is not in it; None while all is well.
    """

    wanted: Wanted
    which: Which = "finished"
    file: Path | None = None
    trouble: StudioError | None = None

    @property
    def name(self) -> str:
        return self.file.name if self.file is not None else self.wanted.name

    def is_of(self, project: Project | None, kind: AssetKind) -> bool:
        own = self.wanted.project
        return (
            project is not None
            and own is not None
            and (own.root, self.wanted.settings.kind) == (project.root, kind)
        )


class Watching(QObject):
    """Window's thread. There is one watch for each kind of asset in a project.

    at_rest: whether nothing is asked of the engine, nor will be by itself.
    """

    changed = Signal()
    """`kept`."""
    exported = Signal(object)
    """Path of the first file that was written anew."""
    refused = Signal()
    """There is no project in which anything could be kept."""
    message = Signal(object)
    settled = Signal(str)

    def __init__(
        self,
        exporting: Exporting,
        looking: Looking,
        saver: IoWorker,
        at_rest: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._exporting, self._looking, self._saver = exporting, looking, saver
        self._at_rest = at_rest
        self._kept: list[Kept] = []
        self._newest: dict[Which, Picture] = {}
        self._due: set[Which] = set()
        """Of which there is a newer one, until the pause is over."""
        self._line: list[Kept] = []
        """Those that the newest picture of theirs has to go into."""
        self._now: Kept | None = None
        self._waiting: tuple[Picture, Which] | None = None
        """For a project to open."""
        self._again = False
        """Whether the one of now was tried once already with a plan that was old."""
        self._turn = Turn()
        self._said = ""
        self._pause = single_shot(self, PAUSE_MS, self._on_pause)
        self._retry = single_shot(self, RETRY_MS, self._on_retry)
        looking.setParent(self)
        looking.found.connect(self._on_looked)
        looking.failed.connect(self._on_failed)
        exporting.changed.connect(self._on_exporting)
        exporting.finished.connect(self._on_retry)

    # ---- what is true ----

    @property
    def kept(self) -> tuple[Kept, ...]:
        return tuple(self._kept)

    def keeps(self) -> Kept | None:
        """What is kept of the kind, and in the project, that are chosen for exports now."""
        project, kind = self._exporting.project, self._kind
        return next((kept for kept in self._kept if kept.is_of(project, kind)), None)

    # ---- commands ----

    def keep(self, picture: Picture, root: str = "", which: Which = "finished") -> None:
        """From now on what is chosen for exports is kept up to date, beginning with this picture if it is one of
        `which`. In the place of what was kept there already, whose files stay its own. root: the project, where none is
        open yet. `refused` where there is none."""
        project = self._exporting.project
        if project is None and root:
            self._waiting = picture, which
            self._exporting.open_project(root)
            return
        if project is None:
            self.refused.emit()
            return
        before = self.keeps()
        self.stop(before)
        wanted = self._exporting.wanted_as(picture, self._kind)
        # The same files each time, and none that somebody has changed by hand.
        name = before.wanted.settings.name if before is not None else wanted.name
        same = {"name": name, "collision": "replace"}
        kept = Kept(replace(wanted, settings=wanted.settings.model_copy(update=same)), which)
        self._kept.append(kept)
        if which == "finished" or picture.starred:
            self._newest[which] = picture
            self._line.append(kept)
        self.changed.emit()
        self._say_kept(kept)
        self._next()

    def _say_kept(self, kept: Kept) -> None:
        said = self.tr("{name} is kept exported").format(name=kept.name)
        how = self.tr("Each finished picture takes its place, until you click the words over it.")
        if kept.which == "starred":
            how = self.tr(
                "Each picture that you star (S) takes its place, until you click the words over it."
            )
        self.message.emit(Notice(said, how, "watch"))

    def stop(self, kept: Kept | None) -> None:
        """What is written of it just now is taken back."""
        if kept is None or kept not in self._kept:
            return
        self._kept.remove(kept)
        self._line = [other for other in self._line if other is not kept]
        if self._now is kept:
            self._turn.over = True
            self._looking.stop()
            self._now = None
        self.changed.emit()
        self._next()

    def stop_all(self) -> None:
        for kept in self.kept:
            self.stop(kept)

    def offer(self, picture: Picture, which: Which = "finished") -> None:
        """The document has a new finished picture, or one has got its star."""
        if any(kept.which == which for kept in self._kept):
            self._newest[which] = picture
            self._due.add(which)
            self._pause.start()

    # ---- inside ----

    @property
    def _kind(self) -> AssetKind:
        """A sheet has many pictures; of one it is a sprite."""
        kind = self._exporting.settings.kind
        return "sprite" if kind == "sheet" else kind

    def _on_exporting(self) -> None:
        if self._waiting is not None and self._exporting.stage != "opening":
            (picture, which), self._waiting = self._waiting, None
            self.keep(picture, which=which)
        self._next()

    def _on_pause(self) -> None:
        if self._at_rest():
            due, self._due = self._due, set[Which]()
            self._line = [k for k in self._kept if k.which in due or k in self._line]
            self._next()
        else:
            self._pause.start()

    def _on_retry(self, done: object = None) -> None:
        """Those that failed, after a time, or after an export by hand has succeeded."""
        self._line += [kept for kept in self._kept if kept.trouble and kept not in self._line]
        self._next()

    def _next(self) -> None:
        """One after the other, and none beside an export by hand."""
        if self._now is not None or not self._line or self._exporting.under_way:
            return
        self._now, self._again = self._line.pop(0), False
        self._look(self._now)

    def _look(self, kept: Kept) -> None:
        newest = self._exporting.wanted_as(self._newest[kept.which], kept.wanted.settings.kind)
        self._looking.look_soon(replace(kept.wanted, takes=newest.takes), 0)

    def _on_looked(self, looked: Looked) -> None:
        kept, plan = self._now, looked.plan
        if kept is None:
            return
        if plan is None:
            assert looked.error is not None
            self._on_failed(looked.error, lasting=looked.made is None)
        elif plan.questions:
            asked = plan.questions[0].title
            why = self.tr("it has to be answered first")
            hint = self.tr("Export it once by hand (Ctrl+E).")
            self._on_failed(StudioError(asked, why, hint), lasting=True)
        elif plan.nothing_new:
            self._done(kept, plan, None)
        else:
            self._write(kept, plan)

    def _write(self, kept: Kept, plan: Plan) -> None:
        self._turn = turn = Turn()

        def job() -> Done | None:
            as_it_is(plan.project)
            try:
                return carry_out(plan, cancelled=turn.is_over)
            except ExportCancelled:
                return None

        def done(result: Done | None) -> None:
            if self._now is kept:
                self._done(kept, plan, result)

        def failed(error: StudioError) -> None:
            if self._now is not kept:
                return
            if self._again:
                self._on_failed(error)
            else:  # somebody else has exported meanwhile: look once more
                self._again = True
                self._look(kept)

        self._saver.submit(job, done, failed)

    def _done(self, kept: Kept, plan: Plan, result: Done | None) -> None:
        self._now, self._said = None, ""
        self._put(kept, replace(kept, file=plan.main_file(), trouble=None))
        if kept.trouble is not None:
            self.settled.emit("watch")
        if result is not None and result.written:
            self.exported.emit(plan.main_file())
        self._next()

    def _on_failed(self, error: StudioError, *, lasting: bool = False) -> None:
        """lasting: another picture, or an answer, may help; time does not."""
        kept, self._now = self._now, None
        if kept is None:
            return
        if isinstance(error, ProjectGone):
            self.stop(kept)
            said = self.tr("{name} is no longer kept exported").format(name=kept.name)
            self.message.emit(Notice(said, str(error), "watch"))
            return
        self._put(kept, replace(kept, trouble=error))
        if str(error) != self._said:
            self._said = str(error)
            self.message.emit(error.regarding("watch"))
        if not lasting:
            self._retry.start()
        self._next()

    def _put(self, old: Kept, new: Kept) -> None:
        self._kept = [new if kept is old else kept for kept in self._kept]
        self._line = [new if kept is old else kept for kept in self._line]
        self.changed.emit()
