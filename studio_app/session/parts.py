"""The parts of a studio, and what each of them does when another has changed. Nothing outside the session sees them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio_app.core.engine import EngineFactory
from studio_app.core.errors import StudioError
from studio_app.document.document import new_document
from studio_app.document.project import load_document
from studio_app.document.results import RunRecord
from studio_app.session.autosave import Autosaver, SavedSession
from studio_app.session.editor import Editor
from studio_app.session.io_worker import IoWorker
from studio_app.session.layer_desk import LayerDesk
from studio_app.session.live import LiveLoop
from studio_app.session.map_desk import MapDesk
from studio_app.session.notices import Notice
from studio_app.session.shelf import Shelf
from studio_app.session.worker import EngineWorker


class Parts(QObject):
    """Editor, live loop, the two threads, shelf, desks and autosave. Window's thread."""

    document_changed = Signal()
    settings_changed = Signal()
    model_changed = Signal()
    run_finished = Signal(object)
    message = Signal(object)

    def __init__(
        self,
        home: Path | None,
        model: str,
        make_engine: EngineFactory,
        autosave_s: float,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._start_model = model
        self.editor = Editor(new_document(), self)
        self.io = IoWorker()
        self.shelf = Shelf(self.io, self)
        self.layers = LayerDesk(self.editor, self.io, self)
        self.worker = EngineWorker(make_engine)
        self.live = LiveLoop(self.worker, lambda: self.editor.document, self)
        self.maps = MapDesk(self.worker, self)
        self.saver = Autosaver(home, self.io, autosave_s, self._snapshot, self)
        self.editor.pack_later = lambda pack: self.io.submit(pack)
        self.editor.changed.connect(self._on_edit)
        self.live.run_done.connect(self._on_run)
        self.live.model_changed.connect(self._on_model)
        self.live.load_failed.connect(self._on_load_failed)
        for part in (self.saver, self.shelf, self.layers, self.live):
            part.message.connect(self.message)

    def start(self, sample: Path | None) -> None:
        """The threads, the last session's work or else the sample, the model."""
        self.io.start()
        self.worker.start()
        saved = self.saver.recover()
        if saved is not None:
            self._restore(saved)
        elif sample is not None:
            try:
                self.editor.reset(load_document(sample))
            except StudioError as error:
                self.message.emit(error.regarding("edit"))
        self.live.open_model(
            saved.model if saved is not None and saved.model else self._start_model
        )
        self.saver.start()

    def close(self, then: Callable[[], None]) -> None:
        """Stops whatever runs, saves, ends the threads; then calls `then`."""

        def saved() -> None:
            self.io.wait(200)  # it has said that it is finished
            self.worker.wait_in_background(then)

        self.editor.end_stroke()
        self.live.stop()
        self.saver.finish(saved)

    def _on_edit(self, what: str) -> None:
        """what: "text", "knob", "view" or "paint"."""
        self.document_changed.emit()
        if what in ("text", "knob"):
            self.settings_changed.emit()
        self.live.edited(what)

    def _on_model(self) -> None:
        if self.live.capabilities is not None:
            self.editor.fit(self.live.capabilities)
        self.model_changed.emit()
        self.live.edited("knob")

    def _on_load_failed(self, name: str) -> None:
        if self.live.capabilities is None and name != self._start_model:
            self.live.open_model(self._start_model)  # the last session's model is gone

    def _on_run(self, record: RunRecord) -> None:
        self.run_finished.emit(self.shelf.add(record))

    def _restore(self, saved: SavedSession) -> None:
        self.editor.reset(saved.document)
        self.live.set_live(saved.live)
        if saved.unclean:
            said = self.tr("Your work is back")
            detail = self.tr("Underpaint ended unexpectedly last time; this is what was saved.")
            self.message.emit(Notice(said, detail, "recovered"))
        self.saver.load_results(saved, self.shelf.restore)

    def _snapshot(self) -> SavedSession:
        results = tuple(self.shelf.gallery), tuple(self.shelf.runs)
        return SavedSession(self.editor.document, self.live.live, self.live.model, *results)
