"""The engine's thread: it alone loads models and runs them, and torch is first imported in it.

Nothing that the engine does may end it. What somebody waits for and fails is told; what nobody asked for (making
itself quicker, saying how the time was spent) is left alone for as long as that model is open once it has failed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, QThread, QTimer, Signal

from studio_app.core.capabilities import Capabilities
from studio_app.core.engine import LIVE_FRAMES, Engine, EngineFactory, Wanted
from studio_app.core.errors import StudioError
from studio_app.core.folders import stand_in
from studio_app.core.frame import Frame
from studio_app.core.interpreter import collector_at_rest
from studio_app.core.maps import Maps
from studio_app.session.courtesy import Courtesy
from studio_app.session.drawing import Drawing, Keep, keep_nothing
from studio_app.session.load_progress import READING, READING_FROM, load_progress
from studio_app.session.mailbox import FrameMailbox
from studio_app.session.notices import stand_in_notice
from studio_app.session.orders import (
    Look,
    MapsOrder,
    Order,
    OrderBox,
    Rung,
    SeenOrder,
    SpareOrder,
    Task,
)

log = logging.getLogger(__name__)

CLOSE_MS = 1500
IDLE_S, NEXT_S = 0.25, 0.02
"""Without an order for so long, the engine may make itself quicker; and the next thing after that."""

DRAFT: tuple[Wanted, ...] = ("noisy", "draft")
"""The frames of a rung that a draft will do for."""

FAULTS = (Exception, SystemExit)
"""What an engine may raise: a library that would leave the program leaves its thread, which never ends then."""

Value = TypeVar("Value")


def no_engine() -> Engine:
    """Of a studio that was given none: everything but drawing works. Raises StudioError."""
    raise StudioError("There is no engine here", "this studio was started without one")


def no_reader(path: Path) -> Capabilities:
    """Of a studio that was given no reader of models. Raises StudioError."""
    raise StudioError("Nobody here can tell", "this studio was started without a reader of models")


class EngineWorker(QThread):
    """Takes orders, gives frames. Signals come from its thread: connect methods of the window's objects."""

    frame_ready = Signal()
    run_started = Signal(int, str)
    """(order, digest), of runs that are kept."""
    run_ended = Signal(object)
    """RunEnd, of every run that began."""
    order_done = Signal(int)
    """The order is finished, failed, skipped or given up."""
    failed = Signal(int, object)
    """(order, StudioError)"""
    model_progress = Signal(str, float)
    model_loaded = Signal(str, object, str)
    """(name, Capabilities, device in words)"""
    model_failed = Signal(str, object)
    """(name, StudioError); a LoadStopped where somebody has stopped it."""
    noticed = Signal(object)
    """Notice about the model that was opened."""
    model_closed = Signal()
    """No model is open now, for somebody wanted it so."""
    variation = Signal(int, object)
    idle = Signal()
    """Nothing is left to do, nor to make quicker."""
    looked = Signal(object)
    """Frame: x_0 of an old step, decoded again."""
    maps_made = Signal(str, object)
    """(key of the MapsOrder, Maps)"""
    maps_failed = Signal(str, object)
    """(key of the MapsOrder, StudioError)"""
    spare_drawn = Signal(str, object)
    """(key of the SpareOrder, RunRecord)"""
    spare_failed = Signal(str, object)
    """(key of the SpareOrder, StudioError)"""
    timed = Signal(object)
    """dict of milliseconds by stage"""
    noted = Signal(object)
    """tuple of sentences: what of the LoRAs of the newest picture that is kept does nothing"""

    def __init__(
        self, make_engine: EngineFactory = no_engine, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("underpaint-engine")
        self.keep: Keep = keep_nothing
        """Gets finished pictures, in this thread, before they are shown."""
        self.box = OrderBox()
        self.frames = FrameMailbox(self.frame_ready.emit)
        self._make = make_engine
        self._engine: Engine | None = None
        self._courtesy: Courtesy | None = None
        self._model = ""
        self._done = ""
        self._abar: list[float] = []
        self._given_up: set[str] = set()
        """What failed with this model and nobody had asked for."""

    @property
    def done_digest(self) -> str:
        """Of the request whose picture was finished last."""
        return self._done

    def stop(self) -> None:
        """Ends the thread at the next step boundary."""
        self.box.stop()

    def wait_in_background(self, then: Callable[[], None]) -> None:
        """Calls `then` in the window's thread when this one has ended, or after 1.5 s if it hasn't."""
        self.stop()
        patience = QTimer(self)
        patience.setInterval(10)
        deadline = time.monotonic() + CLOSE_MS / 1000

        def look() -> None:
            if self.isFinished() or not self.isRunning() or time.monotonic() > deadline:
                patience.stop()
                then()

        patience.timeout.connect(look)
        patience.start()

    def run(self) -> None:
        self._courtesy = Courtesy()
        patience: float | None = None
        while True:
            task = self.box.take(patience)
            if task[0] == "stop":
                break
            patience = IDLE_S
            try:
                if task[0] == "idle":
                    patience = NEXT_S if self._tune() else None
                    if patience is None:
                        self.idle.emit()
                else:
                    self._attend(task)
            except FAULTS:  # a fault of ours
                log.exception("the engine's thread goes on after: %s", task[0])
        if self._engine is not None:
            self._unasked("unload", self._engine.unload, None)
            self._engine = None

    def _attend(self, task: Task) -> None:
        if task[0] == "load":
            self._load(task[1])
        elif task[0] == "draw":
            try:
                self._draw(task[1])
            finally:
                self.order_done.emit(task[1].number)
        elif task[0] == "look":
            self._look(task[1])
        elif task[0] == "maps":
            self._maps(task[1])
        elif task[0] == "spare":
            self._draw_spare(task[1])

    # ---- models ----

    def _load(self, name: str) -> None:
        if not name:
            self._close_model()
            return
        self._step_back(False)
        try:
            with collector_at_rest():
                if self._engine is None:
                    self.model_progress.emit("Starting the engine", 0.05)
                    self._engine = self._make()
                    if self.box.stopped:
                        return
                self.model_progress.emit(READING, READING_FROM)
                told = load_progress(self.model_progress.emit, lambda: self.box.load_overtaken)
                capabilities = self._engine.load(name, told)
            if not isinstance(capabilities, Capabilities):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise TypeError(f"load gave {type(capabilities).__name__}")
        except FAULTS as error:
            self.model_failed.emit(name, explained(error))
            self.model_progress.emit("", 1.0)
            return
        engine = self._engine
        self._model = name
        self._done = ""
        self._given_up.clear()
        self._abar = self._unasked("signal shares", lambda: list(engine.signal_shares()), [])
        device = self._unasked("device name", lambda: str(engine.device_name), "")
        self.model_progress.emit("Ready", 1.0)
        own = stand_in(name)
        if own is not None:
            self.noticed.emit(stand_in_notice(name, own))
        self.model_loaded.emit(name, capabilities, device)

    def _close_model(self) -> None:
        if self._engine is not None:
            self._unasked("unload", self._engine.unload, None)
        self._model = self._done = ""
        self._abar = []
        self.model_closed.emit()

    # ---- idle moments ----

    def _tune(self) -> bool:
        """Whether the engine found something to make quicker: there may be more of it."""
        engine = self._engine
        if engine is None:
            return False
        return self._unasked("tune", lambda: bool(engine.tune(self.box.pressing)), False)

    def _look(self, look: Look) -> None:
        """Of another model, or of none: then its thumbnail has to do."""
        step, request = look.step, look.request
        if self._engine is None or request.model != self._model:
            return
        try:
            pixels = self._engine.decode(request, step.x_0)
            frame = Frame(request.digest, step.i + 1, request.steps, step.t, "denoised", pixels)
        except FAULTS as error:
            log.info("step %s was not decoded again: %s", step.i, error)
            return
        self.looked.emit(frame)

    def _maps(self, order: MapsOrder | SeenOrder) -> None:
        try:
            if self._engine is None or order.model != self._model:
                raise StudioError(
                    "Another model made this picture",
                    f"its maps can only be read by {order.model}",
                    "Open that model first.",
                )
            maps = order.by(self._engine)
            if not isinstance(maps, Maps):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise TypeError(f"the maps are {type(maps).__name__}")
        except FAULTS as error:
            self.maps_failed.emit(order.key, explained(error))
            return
        self.maps_made.emit(order.key, maps)

    def _draw_spare(self, order: SpareOrder) -> None:
        """Nobody sees it come: its frames stay out of the mailbox, and what was drawn last stays so."""
        engine, request = self._engine, order.request
        self._step_back(False)
        try:
            if engine is None or request.model != self._model:
                raise StudioError(
                    "Another model is open",
                    f"the picture was asked of {request.model}",
                    "Open that model, or ask again.",
                )
            rung = Rung(request)
            unseen = FrameMailbox(lambda: None)
            drawing = Drawing(Order(0, (rung,), 0.0), rung, False, self._abar, unseen)
            frames = engine.run(request, lambda: self.box.spare_overtaken(order), LIVE_FRAMES)
            try:
                for frame in frames:
                    drawing.arrived(frame)
            finally:
                frames.close()
            record = drawing.end(cancelled=False).record
            if record is None and not self.box.spare_overtaken(order):
                raise StudioError("The engine ended before its picture was whole")
        except FAULTS as error:
            self.box.cancel_spare(order.last)
            self.spare_failed.emit(order.key, explained(error))
            return
        if record is not None:
            self.spare_drawn.emit(order.key, record)
        else:
            self.box.spare(order, first=True)

    # ---- orders ----

    def _draw(self, order: Order) -> None:
        """Nothing where another model is open by now: whoever ordered hears of that, and orders anew."""
        engine = self._engine
        if engine is None or any(rung.request.model != self._model for rung in order.rungs):
            return
        self._step_back(any(rung.draft for rung in order.rungs))
        try:
            if order.variations:
                self._draw_variations(engine, order)
                return
            for i, rung in enumerate(order.rungs):
                if self.box.overtaken(order) and i > 0:
                    return
                preview = not rung.keep or i + 1 < len(order.rungs)
                if not self._draw_rung(engine, order, rung, preview):
                    return
        except FAULTS as error:
            self._done = ""
            self.failed.emit(order.number, explained(error))

    def _draw_rung(self, engine: Engine, order: Order, rung: Rung, preview: bool) -> bool:
        """Whether it came to its end, so that the next rung may begin."""
        request = rung.request
        if request.digest == self._done and not order.force:
            if preview:
                self.frames.preview_is_there(order.number, request.digest)
            return True
        self._done = ""  # from its first frame on, another picture is on the screen
        if rung.keep:
            self.run_started.emit(order.number, request.digest)
        drawing = Drawing(order, rung, preview, self._abar, self.frames, self.keep)
        wanted = DRAFT if rung.draft else LIVE_FRAMES
        frames = engine.run(request, lambda: self.box.overtaken(order), wanted)
        try:
            for frame in frames:
                drawing.arrived(frame)
            if drawing.final and not rung.draft:
                self._done = request.digest
        finally:
            self.run_ended.emit(drawing.end(cancelled=self.box.cancelled(order)))
            frames.close()
        times = self._unasked("times", lambda: drawing.times(dict(engine.times)), {})
        if times:
            self.timed.emit(times)
        if rung.keep and request.loras:
            self.noted.emit(tuple(self._unasked("notes", lambda: engine.notes(request), [])))
        return drawing.final

    def _draw_variations(self, engine: Engine, order: Order) -> None:
        for i, rung in enumerate(order.rungs):
            if self.box.overtaken(order):
                return
            for frame in engine.run(rung.request, lambda: self.box.overtaken(order), ("final",)):
                if not self.box.cancelled(order):
                    self.variation.emit(i, frame)

    # ---- inside ----

    def _unasked(self, what: str, action: Callable[[], Value], instead: Value) -> Value:
        """`action()`, or `instead` where it fails, and from then on until another model is open."""
        if what in self._given_up:
            return instead
        try:
            return action()
        except FAULTS:
            log.warning("%s: not tried again with %s", what, self._model, exc_info=True)
            self._given_up.add(what)
            return instead

    def _step_back(self, nice: bool) -> None:
        if self._courtesy is not None:
            self._courtesy.step_back(nice)


def explained(error: BaseException) -> StudioError:
    """Whatever a run or a load raised, as something to be shown."""
    if isinstance(error, StudioError):
        return error
    try:
        text = str(error)
    except Exception:
        text = "it can't say why"
    if isinstance(error, MemoryError) or "out of memory" in text or "can't allocate" in text:
        return StudioError(
            "The memory is full", "", "Choose a smaller size, or close other programs."
        )
    log.error("the engine failed", exc_info=error)
    detail = f"{type(error).__name__}: {text}"[:300]
    return StudioError("The engine failed", detail, "Try again; if it repeats, report it.")
