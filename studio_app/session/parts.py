"""The parts of a studio, and what each of them does when another has changed. Nothing outside the session sees them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio_app.core.engine import EngineFactory, ModelReader
from studio_app.core.errors import StudioError
from studio_app.document.document import new_document
from studio_app.document.results import RunRecord
from studio_app.document.store.documents import load_document
from studio_app.document.store.sessions import Contents, SavedSession
from studio_app.export.frame_asks import Present
from studio_app.session.autosave import Autosaver
from studio_app.session.changing import WorkChanger
from studio_app.session.depth_desk import DepthDesk
from studio_app.session.drag_files import DragFiles
from studio_app.session.editor import Editor
from studio_app.session.export_looking import Looking
from studio_app.session.exporting import Exporting
from studio_app.session.files import Files
from studio_app.session.guide_desk import GuideDesk
from studio_app.session.io_worker import IoWorker
from studio_app.session.keepsakes import Keepsakes
from studio_app.session.layer_desk import LayerDesk
from studio_app.session.live import LiveLoop
from studio_app.session.making import Making
from studio_app.session.map_desk import MapDesk
from studio_app.session.model_desk import ModelDesk, is_model
from studio_app.session.notices import Notice, recovered_notice
from studio_app.session.saves import Saves
from studio_app.session.scene_desk import SceneDesk
from studio_app.session.series import Series
from studio_app.session.sheet_frames import SheetFrames
from studio_app.session.shelf import Shelf
from studio_app.session.succession import Predecessor
from studio_app.session.watching import Watching
from studio_app.session.worker import EngineWorker
from studio_app.session.works import Works


class Parts(QObject):
    """Editor, live loop, the threads, shelf, desks and autosave. Window's thread."""

    document_changed = Signal()
    edited = Signal()
    changing = Signal(str)
    work_changed = Signal()
    settings_changed = Signal()
    model_changed = Signal()
    run_finished = Signal(object)
    message = Signal(object)
    copied = Signal(object)

    def __init__(
        self,
        home: Path | None,
        model: str,
        make_engine: EngineFactory,
        autosave_s: float,
        read_model: ModelReader,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._start_model = model
        self.editor = Editor(new_document(), self)
        self.scribe = IoWorker("underpaint-journal")
        self.flusher = IoWorker("underpaint-flusher")
        self.saver = IoWorker("underpaint-saver")
        self.reader = IoWorker("underpaint-reader")
        self.shelf = Shelf(self.saver, self)
        self.works = Works(self.reader, self)
        self.editor.settle = self.works.settle
        self.making = Making(self.editor, self.works, self)
        self.layers = LayerDesk(self.editor, self.saver, self.reader, self.making, self)
        self.worker = EngineWorker(make_engine)
        self.live = LiveLoop(self.worker, lambda: self.editor.document, self)
        self.models = ModelDesk(self.reader, self.saver, read_model, self)
        self.maps = MapDesk(self.worker, self)
        self.depths = DepthDesk(
            self.editor,
            self.maps,
            self.shelf.runs.get,
            lambda: (self.live.model, self.live.capabilities),
            self.making,
            self,
        )
        self.scenes = SceneDesk(self.editor, self.reader, self)
        self.guides = GuideDesk(self.editor, self.layers, self.making, self)
        self.series = Series(self.worker, self.shelf, self)
        frames = SheetFrames(self.shelf.gallery, self._present, self.reader, self.series)
        self.exporting = Exporting(
            self.shelf.runs, self.maps, self.saver, self.reader, frames, self
        )
        self.drags = DragFiles(home, self._looking(), self.reader, self)
        self.watching = Watching(
            self.exporting, self._looking(), self.saver, lambda: self.live.at_rest, self
        )
        self.autosaver = Autosaver(
            home, self.scribe, self.flusher, self.saver, self.reader, autosave_s, self._snapshot, self
        )  # fmt: skip
        self.worker.keep = Keepsakes(self.autosaver, self.scribe).keep
        self.saves = Saves(self.saver, self)
        self.changer = WorkChanger(self.autosaver, self.saves, self.scribe, self.reader, self)
        self.changer.changing.connect(self.changing)
        self.changer.arrived.connect(self.work_changed)
        self.files = Files(
            self.autosaver, self.changer, self.saves, self.saver, self.reader, lambda: self.editor.document, self,
            self,
        )  # fmt: skip
        self.shelf.gallery_changed.connect(frames.match)
        self._connect()

    def start(self, sample: Path | None, file: Path | None = None) -> None:
        """The threads, the last session's work or else the sample, the model; then a file that is to be opened."""
        for thread in (self.scribe, self.flusher, self.saver, self.reader, self.worker):
            thread.start()
        self.models.begin()
        self.files.start()
        before = Predecessor(self.autosaver.home, self)
        if before.stays:
            said = self.tr("The window before this one is saving your work")
            self.changer.wait(said, before, lambda: self._begin(sample, file))
        else:
            self._begin(sample, file)

    def _begin(self, sample: Path | None, file: Path | None) -> None:
        typed = self._typed()
        found = self.autosaver.open()
        if found is not None:
            self._restore(found)
        elif sample is not None:
            try:
                self.editor.reset(load_document(sample))
            except StudioError as error:
                self.message.emit(error.regarding("edit"))
        for name, text in typed.items():  # undone, there are the words of before
            self.editor.set_settings({name: text}, merge=True)
        self.live.open_model(
            found.model if found is not None and found.model else self._start_model
        )
        self.autosaver.start()
        if file is not None:
            self.files.open(file)

    def close(self, then: Callable[[], None], refused: Callable[[StudioError], None]) -> None:
        """Stops whatever runs, saves, ends the threads; then calls `then`. Where the work can't be saved, `refused`
        instead, and everything goes on."""
        self.changer.give_up()
        self.autosaver.begin_to_leave()
        self.settle_down()

        def finish() -> None:
            self.autosaver.finish(lambda: self.end_threads(then), refused)

        self.saves.when_idle(finish)  # the journal has the last word of a file

    def leave(self, then: Callable[[], None]) -> None:
        """As `close`, without saving."""
        self.autosaver.leave()
        self.files.cancel()
        self.scribe.finish(drop=True)
        self.saver.finish(drop=True)
        self.end_threads(then)

    def end_threads(self, then: Callable[[], None]) -> None:
        def ended() -> None:
            # The writers have nothing left to do; the others may hang on a dead disk or network.
            for thread in (self.scribe, self.saver, self.flusher, self.reader):
                thread.wait(100)
                thread.silence()
            self.files.leave()
            then()

        self._forget_asked()
        self.live.stop()
        self.reader.finish(drop=True)
        self.flusher.finish(drop=True)
        self.scribe.finish()
        self.saver.finish()
        self.worker.wait_in_background(ended)

    def save_copy(self, parent: Path) -> None:
        """All of the work into a new folder in `parent`; then `copied`."""

        def done(folder: Path) -> None:
            said = self.tr("Saved as {name}").format(name=folder.name)
            self.message.emit(Notice(said, str(folder), "saved"))
            self.copied.emit(folder)

        self.autosaver.save_copy(parent, time.strftime("Underpaint %Y-%m-%d %H.%M"), done)

    def settle_down(self) -> None:
        """Ends what is half done: a stroke, a run. Whatever else was asked for goes on: nobody knows yet whether the
        other work comes, or the end."""
        self.editor.stack.settle()
        self.live.cancel()

    def _forget_asked(self) -> None:
        """Whatever was asked of the work before does not land in what comes."""
        self.works.forget()
        self.making.forget()
        self.layers.forget()
        self.scenes.forget()
        self.depths.cancel()

    def _typed(self) -> dict[str, str]:
        """Words that were quicker than the work that comes, by their names."""
        settings = self.editor.document.settings
        words = {name: getattr(settings, name) for name in ("prompt", "negative_prompt")}
        return {name: text for name, text in words.items() if text}

    def _looking(self) -> Looking:
        """One for each who looks: it answers to the last question alone."""
        return Looking(self.shelf.runs, self.maps, self.reader)

    def _connect(self) -> None:
        self.editor.pack_later = lambda pack: self.saver.submit(pack)
        self.editor.changed.connect(self._on_edit)
        self.editor.stroke_ended.connect(self.edited)
        self.live.run_done.connect(self._on_run)
        self.live.model_changed.connect(self._on_model)
        self.live.load_failed.connect(self._on_load_failed)
        self.worker.noticed.connect(self.message)
        self.models.fitted.connect(self._on_fitted)
        speakers = (self.autosaver, self.shelf, self.layers, self.live, self.exporting)
        own = (
            self.depths,
            self.guides,
            self.scenes,
            self.works,
            self.making,
            self.models,
            self.files,
        )
        for part in (*speakers, self.watching, *own):
            part.message.connect(self.message)
        for changed in (
            self.document_changed,
            self.shelf.gallery_changed,
            self.shelf.runs_changed,
            self.live.live_changed,
            self.model_changed,
        ):
            changed.connect(self.autosaver.touch)

    def _present(self) -> Present:
        return Present(self.editor.document, self.live.capabilities, self.live.model)

    def _on_edit(self, what: str) -> None:
        """what: "text", "knob", "view", "paint" or "dab"."""
        self.document_changed.emit()
        if what != "dab":
            self.edited.emit()
        if what in ("text", "knob"):
            self.settings_changed.emit()
        self.live.edited(what)

    def _on_model(self) -> None:
        if self.live.capabilities is not None:
            self.editor.fit(self.live.capabilities)
        self.model_changed.emit()
        self.live.edited("knob")

    def _on_fitted(self, path: Path) -> None:
        """The model that is open, or on its way, follows what was chosen for it; what it holds already is not read
        again."""
        wanted = self.live.wanted
        if is_model(path, wanted):
            self.live.open_model(wanted)

    def _on_load_failed(self, name: str) -> None:
        if self.live.capabilities is None and name != self._start_model:
            self.live.open_model(self._start_model)  # the last session's model is gone

    def _on_run(self, record: RunRecord) -> None:
        self.run_finished.emit(self.shelf.add(record))
        newest = self.shelf.gallery.newest
        if record.final is not None and newest is not None:
            self.watching.offer(newest)

    def _restore(self, found: Contents) -> None:
        try:
            if found.document is not None:
                self.editor.reset(found.document)
        except Exception as error:  # a fault of ours: what could not be shown is not saved over
            self.autosaver.leave_alone(error)
            return
        self.live.set_live(found.live)
        others = sum(work.unclean for work in self.autosaver.waiting())
        said = recovered_notice(found.unclean and found.document is not None, others)
        if said is not None:
            self.message.emit(said)
        self.files.adopt(found)
        self.autosaver.load_results(self.shelf.restore)

    def show(self, found: Contents) -> None:
        """Other work is on the desk now."""
        self.series.cancel()
        self.watching.stop_all()  # what it kept was of the work before
        self.live.leave()
        self.shelf.clear()
        self.work_changed.emit()
        self._forget_asked()
        knobs = replace(self.editor.document.settings, prompt="", negative_prompt="", preset=None)
        self.editor.reset(found.document if found.document is not None else new_document(knobs))
        self.live.set_live(found.live)
        if found.model and found.model != self.live.model:
            self.live.open_model(found.model)
        self.autosaver.load_results(self.shelf.restore)

    def _snapshot(self) -> SavedSession:
        results = tuple(self.shelf.gallery), tuple(self.shelf.runs)
        document, live = self.editor.document, self.live
        return SavedSession(document, live.live, live.model, *results, tie=self.files.tie)
