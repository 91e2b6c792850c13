"""What one can see of a studio: its signals, and what is true now. What one can do is in `studio.py`."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QRect, Signal

from studio_app.core.capabilities import Capabilities
from studio_app.core.engine import EngineFactory
from studio_app.document.document import Document, new_document
from studio_app.document.results import RunRecord
from studio_app.document.settings import Settings
from studio_app.session.autosave import Autosaver, SavedSession
from studio_app.session.editor import Editor
from studio_app.session.gallery import Gallery
from studio_app.session.io_worker import IoWorker
from studio_app.session.latency import Latency
from studio_app.session.live import LiveLoop
from studio_app.session.mailbox import FrameMailbox
from studio_app.session.map_desk import MapDesk
from studio_app.session.runs import RunStore
from studio_app.session.shelf import Shelf
from studio_app.session.undo import EditStack
from studio_app.session.worker import EngineWorker


class StudioState(QObject):
    """Owns the parts (editor, live loop, worker threads, shelf, autosave) and joins their signals."""

    document_changed = Signal()
    """The document is another one; after this, one of the finer signals below may follow."""
    settings_changed = Signal()
    """`document.settings` differs from before (a knob, undo, a preset)."""
    layers_changed = Signal(QRect, str)
    """(dirty pixels of the picture, layer name): pixels, people, visibility or opacity of that layer."""
    frame_arrived = Signal()
    """`mailbox.take()` has something new. May be taken later, or never: the newest wins."""
    run_started = Signal(str)
    """Digest of the request of a run that the timeline will keep; previews while the pen is down don't."""
    run_finished = Signal(object)
    """RunRecord, also in `runs` now; its `final` is None where it was cancelled half way."""
    model_changed = Signal()
    """`capabilities`, `model` or `device` are others."""
    model_progress = Signal(str, float)
    """What loading does now, and how far it is, 0..1; 1 also ends a failed one."""
    message = Signal(object)
    """StudioError (something failed) or Notice (something worth knowing)."""
    reading_changed = Signal(str)
    """Name of the file that is being read, "" when it is."""
    settled = Signal(str)
    """What has succeeded ("run", "model", "read", "save", "edit"): a StudioError about it is over."""
    latency_changed = Signal(object)
    """Latency, a few times a second while something happens."""
    gallery_changed = Signal()
    runs_changed = Signal()
    live_changed = Signal(bool)
    busy_changed = Signal(bool)
    """Whether a run that will be kept, or variations, are under way or waiting."""
    variation_arrived = Signal(int, object)
    """(0..8, Frame): a one-step picture of the seed `variation_seeds[i]`."""
    step_decoded = Signal(object)
    """Frame: what `decode_step` asked for."""
    maps_made = Signal(str, object)
    """(key, Maps): what `request_maps` asked for."""
    maps_failed = Signal(str, object)
    """(key, StudioError): why there are none."""
    engine_idle = Signal()
    """The engine has nothing left to do, nor to make quicker; for who measures."""
    closed = Signal()
    """After `close`: everything is saved and both threads have ended (see `stuck`)."""

    def __init__(
        self,
        home: Path | None,
        model: str,
        make_engine: EngineFactory,
        autosave_s: float,
        parent: QObject | None,
    ) -> None:
        super().__init__(parent)
        self._start_model = model
        self._editor = Editor(new_document(), self)
        self._editor.changed.connect(self._on_edit)
        self._editor.layer_changed.connect(self.layers_changed)
        self._io = IoWorker()
        self._shelf = Shelf(self._io, self)
        self._editor.pack_later = lambda pack: self._io.submit(pack)
        self._worker = EngineWorker(make_engine)
        self._live = LiveLoop(self._worker, lambda: self._editor.document, self)
        self._maps = MapDesk(self._worker, self)
        self._connect()
        self._saver = Autosaver(home, self._io, autosave_s, self._snapshot, self)
        self._saver.message.connect(self.message)

    @property
    def document(self) -> Document:
        return self._editor.document

    @property
    def settings(self) -> Settings:
        return self._editor.document.settings

    @property
    def undo_stack(self) -> EditStack:
        return self._editor.stack

    @property
    def mailbox(self) -> FrameMailbox:
        """The newest frames; see Delivery."""
        return self._worker.frames

    @property
    def capabilities(self) -> Capabilities | None:
        """Of the open model; None while none is open."""
        return self._live.capabilities

    @property
    def model(self) -> str:
        """Name or path of the open model, or of the one that is being opened."""
        return self._live.model

    @property
    def model_ready(self) -> bool:
        return self._live.capabilities is not None

    @property
    def runs(self) -> RunStore:
        return self._shelf.runs

    @property
    def gallery(self) -> Gallery:
        return self._shelf.gallery

    @property
    def latency(self) -> Latency:
        return self._live.meter.latency

    @property
    def live(self) -> bool:
        return self._live.live

    @property
    def busy(self) -> bool:
        return self._live.busy

    @property
    def variation_seeds(self) -> tuple[int, ...]:
        """The nine seeds of the last `variations()`; the one in the middle is the current seed."""
        return self._live.variation_seeds

    @property
    def stuck(self) -> bool:
        """After `closed`: the engine did not end in time (it was importing), so leave without it."""
        return self._worker.isRunning()

    @property
    def stroking(self) -> bool:
        return self._editor.stroking

    def _connect(self) -> None:
        loop = self._live
        self._shelf.gallery_changed.connect(self.gallery_changed)
        self._shelf.runs_changed.connect(self.runs_changed)
        self._shelf.message.connect(self.message)
        self._shelf.settled.connect(self.settled)
        self._worker.frame_ready.connect(self.frame_arrived)
        self._worker.variation.connect(self.variation_arrived)
        self._worker.looked.connect(self.step_decoded)
        self._worker.idle.connect(self.engine_idle)
        self._maps.made.connect(self.maps_made)
        self._maps.failed.connect(self.maps_failed)
        self._worker.model_progress.connect(self.model_progress)
        loop.run_started.connect(self.run_started)
        loop.run_done.connect(self._on_run)
        loop.model_changed.connect(self._on_model)
        loop.load_failed.connect(self._on_load_failed)
        loop.message.connect(self.message)
        loop.settled.connect(self.settled)
        loop.live_changed.connect(self.live_changed)
        loop.busy_changed.connect(self.busy_changed)
        loop.latency_changed.connect(self.latency_changed)

    def _on_edit(self, what: str) -> None:
        """what: "text", "knob", "view" or "paint"."""
        self.document_changed.emit()
        if what in ("text", "knob"):
            self.settings_changed.emit()
        self._live.edited(what)

    def _on_model(self) -> None:
        if self.capabilities is not None:
            self._editor.fit(self.capabilities)
        self.model_changed.emit()
        self._live.edited("knob")

    def _on_load_failed(self, name: str) -> None:
        if self.capabilities is None and name != self._start_model:
            self._live.open_model(self._start_model)  # the last session's model is gone

    def _on_run(self, record: RunRecord) -> None:
        self.run_finished.emit(self._shelf.add(record))

    def _snapshot(self) -> SavedSession:
        results = tuple(self.gallery), tuple(self.runs)
        return SavedSession(self.document, self.live, self.model, *results)
