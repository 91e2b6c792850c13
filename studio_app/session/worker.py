"""The engine's thread: it alone loads models and runs them, and torch is first imported in it."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

from PySide6.QtCore import QObject, QThread, QTimer, Signal

from studio_app.core.capabilities import Capabilities
from studio_app.core.errors import StudioError
from studio_app.core.frame import Frame, FrameKind
from studio_app.core.hardware import cores
from studio_app.core.interpreter import collector_at_rest
from studio_app.core.request import GenerationRequest
from studio_app.document.document import request_of
from studio_app.document.results import RunRecord, StepRecord, step_record
from studio_app.session.mailbox import Delivery, FrameMailbox
from studio_app.session.orders import Look, Order, OrderBox, Rung

log = logging.getLogger(__name__)

NICENESS = 10
"""Of the engine's thread on Linux: the window's goes first (bench_live.py has the measurements)."""
CLOSE_MS = 1500
IDLE_S, NEXT_S = 0.25, 0.02
"""Without an order for so long, the engine may make itself quicker; and the next thing after that."""


WHOLE: tuple[FrameKind, ...] = ("noisy", "denoised", "final")
DRAFT: tuple[FrameKind, ...] = ("noisy", "draft")
"""Which frames a rung shows."""


class EngineLike(Protocol):
    """What the worker needs of an engine; the real one is `DiffusionEngine`."""

    def load(self, model: str) -> Capabilities: ...
    def run(
        self,
        request: GenerationRequest,
        cancelled: Callable[[], bool],
        wanted: Collection[FrameKind],
    ) -> Iterator[Frame]: ...
    def unload(self) -> None: ...


EngineFactory = Callable[[], EngineLike]


def no_engine() -> EngineLike:
    """Of a studio that was given none: everything but drawing works. Raises StudioError."""
    raise StudioError("There is no engine here", "this studio was started without one")


@dataclass(frozen=True)
class RunEnd:
    """How a rung ended. record: of a run to be kept, or None. complete: whether it came to its end."""

    order: Order
    rung: Rung
    request: GenerationRequest
    record: RunRecord | None
    complete: bool


@dataclass
class _Run:
    """A run under way: what it made so far, and when."""

    order: Order
    rung: Rung
    request: GenerationRequest
    preview: bool
    began: float
    steps: list[StepRecord] = field(default_factory=list[StepRecord])
    noisy: Frame | None = None
    denoised: Frame | None = None
    step_ms: list[float] = field(default_factory=list[float])
    decode_ms: list[float] = field(default_factory=list[float])
    final: bool = False


class EngineWorker(QThread):
    """Takes orders, gives frames. Signals come from its thread: connect methods of the window's objects."""

    frame_ready = Signal()
    run_started = Signal(int, str)
    """(order, digest), of runs that are kept."""
    run_ended = Signal(object)
    """RunEnd, of every run that ended without an error."""
    order_done = Signal(int)
    """The order is finished, failed, skipped or given up."""
    failed = Signal(int, object)
    """(order, StudioError)"""
    model_progress = Signal(str, float)
    model_loaded = Signal(str, object, str)
    """(name, Capabilities, device in words)"""
    model_failed = Signal(str, object)
    """(name, StudioError)"""
    variation = Signal(int, object)
    idle = Signal()
    """Nothing is left to do, nor to make quicker."""
    looked = Signal(object)
    """Frame: x_0 of an old step, decoded again."""
    timed = Signal(object)
    """dict of milliseconds by stage"""

    def __init__(
        self, make_engine: EngineFactory = no_engine, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("underpaint-engine")
        self.box = OrderBox()
        self.frames = FrameMailbox(self.frame_ready.emit)
        self._make = make_engine
        self._engine: EngineLike | None = None
        self._capabilities: Capabilities | None = None
        self._model = ""
        self._done = ""
        self._abar: list[float] = []

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
        _be_nice()
        patience: float | None = None
        while True:
            task = self.box.take(patience)
            if task[0] == "stop":
                break
            patience = IDLE_S
            if task[0] == "load":
                self._load(task[1])
            elif task[0] == "draw":
                self._draw(task[1])
                self.order_done.emit(task[1].number)
            elif task[0] == "look":
                self._look(task[1])
            else:
                patience = NEXT_S if self._tune() else None
                if patience is None:
                    self.idle.emit()
        if self._engine is not None:
            self._engine.unload()
            self._engine = None

    # ---- models ----

    def _load(self, name: str) -> None:
        try:
            with collector_at_rest():
                if self._engine is None:
                    self.model_progress.emit("Starting the engine", 0.05)
                    self._engine = self._make()
                    if self.box.stopped:
                        return
                self.model_progress.emit("Reading the model", 0.6)
                capabilities = self._engine.load(name)
        except Exception as error:
            self.model_failed.emit(name, _explained(error))
            self.model_progress.emit("", 1.0)
            return
        self._capabilities = capabilities
        self._model = name
        self._done = ""
        self._abar = _signal_shares(self._engine)
        self.model_progress.emit("Ready", 1.0)
        self.model_loaded.emit(name, capabilities, str(getattr(self._engine, "device_name", "")))

    # ---- idle moments ----

    def _tune(self) -> bool:
        """Whether the engine found something to make quicker: there may be more of it."""
        tune: Callable[[Callable[[], bool]], bool] | None = getattr(self._engine, "tune", None)
        return tune is not None and tune(self.box.pressing)

    def _look(self, look: Look) -> None:
        """Of another model, or of none: then its thumbnail has to do."""
        decode = getattr(self._engine, "decode", None)
        if decode is None or look.request.model != self._model:
            return
        step, request = look.step, look.request
        try:
            pixels = decode(request, step.x_0)
        except Exception as error:
            log.info("step %s was not decoded again: %s", step.i, error)
            return
        self.looked.emit(
            Frame(request.digest, step.i + 1, request.steps, step.t, "denoised", pixels)
        )

    # ---- orders ----

    def _draw(self, order: Order) -> None:
        if self._engine is None or self._capabilities is None:
            if order.force:
                said = StudioError("No model is open", "", "Choose a model first.")
                self.failed.emit(order.number, said)
            return
        try:
            if order.seeds:
                self._draw_variations(order)
                return
            for i, rung in enumerate(order.rungs):
                preview = not rung.keep or i + 1 < len(order.rungs)
                if self.box.overtaken(order) and i > 0:
                    return
                if not self._draw_rung(order, rung, preview):
                    return
        except Exception as error:
            self._done = ""
            self.failed.emit(order.number, _explained(error))

    def _draw_rung(self, order: Order, rung: Rung, preview: bool) -> bool:
        """Whether it came to its end, so that the next rung may begin."""
        assert self._engine is not None
        request = self._request(order, rung)
        if request.digest == self._done and not order.force:
            return True
        self._done = ""  # from its first frame on, another picture is on the screen
        run = _Run(order, rung, request, preview, time.perf_counter())
        if rung.keep:
            self.run_started.emit(order.number, request.digest)
        resumed = run.began
        frames = self._engine.run(
            request, lambda: self.box.overtaken(order), DRAFT if rung.draft else WHOLE
        )
        try:
            for frame in frames:
                now = time.perf_counter()
                self._arrived(run, frame, (now - resumed) * 1000)
                resumed = time.perf_counter()
        finally:
            close = getattr(frames, "close", None)
            if close is not None:
                close()
            record = self._record(run) if rung.keep else None
            if run.final and not rung.draft:
                self._done = request.digest
            self.run_ended.emit(RunEnd(order, rung, request, record, run.final))
            self._report_times(run)
        return run.final

    def _request(self, order: Order, rung: Rung) -> GenerationRequest:
        return request_of(
            order.document,
            self._capabilities,
            model=self._model,
            sampler=rung.sampler,
            steps=rung.steps,
        )

    def _arrived(self, run: _Run, frame: Frame, milliseconds: float) -> None:
        if frame.kind == "noisy":
            run.noisy = frame
            run.step_ms.append(milliseconds)
            return
        run.denoised = frame
        if frame.kind != "final":
            run.decode_ms.append(milliseconds)
            if run.rung.keep and run.noisy is not None:
                abar = self._abar[frame.timestep] if self._abar else 0.0
                run.steps.append(step_record(run.noisy, frame, abar))
            if frame.kind == "denoised" and frame.step == frame.steps:
                return  # the final frame follows at once, with the same pixels
        run.final = frame.kind != "denoised"
        self.frames.put(
            Delivery(
                run.order.number,
                run.request,
                run.noisy,
                frame,
                run.final,
                run.preview,
                run.order.edited_at,
                run.order.document.revision,
            )
        )

    def _record(self, run: _Run) -> RunRecord | None:
        """Of a run that ended, or that was cancelled by hand; one that was overtaken is not kept."""
        if not run.steps or not (run.final or self.box.cancelled(run.order)):
            return None
        pixels = run.denoised.pixels if run.final and run.denoised is not None else None
        seconds = time.perf_counter() - run.began
        people = run.order.document.pose.people if run.order.document.pose.visible else ()
        return RunRecord(0, run.request, tuple(run.steps), pixels, seconds, people)

    def _report_times(self, run: _Run) -> None:
        """The first step's time has that of the text and the control features in it: taken out."""
        if not run.step_ms or not run.decode_ms:
            return
        known: dict[str, float] = dict(getattr(self._engine, "times", {}))
        steps = [max(run.step_ms[0] - sum(known.values()), 0.0), *run.step_ms[1:]]
        decode = sum(run.decode_ms) / len(run.decode_ms)
        self.timed.emit(known | {"step": sum(steps) / len(steps), "decode": decode})

    def _draw_variations(self, order: Order) -> None:
        assert self._engine is not None
        base = self._request(order, order.rungs[0])
        for i, seed in enumerate(order.seeds):
            if self.box.overtaken(order):
                return
            request = replace(base, seed=seed)
            for frame in self._engine.run(request, lambda: self.box.overtaken(order), ("final",)):
                if not self.box.cancelled(order):
                    self.variation.emit(i, frame)


def _be_nice() -> None:
    if sys.platform == "linux" and cores() <= 4:
        thread = threading.get_native_id()
        try:
            # Beside the window's own, which whoever started it may have chosen.
            nice = os.getpriority(os.PRIO_PROCESS, thread) + NICENESS
            os.setpriority(os.PRIO_PROCESS, thread, min(nice, 19))
        except OSError:
            log.info("the engine's thread keeps its priority")


def _signal_shares(engine: EngineLike) -> list[float]:
    """abar by timestep of the open model, where the engine tells it."""
    shares: Callable[[], list[float]] = getattr(engine, "signal_shares", list[float])
    return shares()


def _explained(error: Exception) -> StudioError:
    """Whatever a run or a load raised, as something to be shown."""
    if isinstance(error, StudioError):
        return error
    text = str(error)
    if isinstance(error, MemoryError) or "out of memory" in text or "can't allocate" in text:
        return StudioError(
            "The memory is full", "", "Choose a smaller size, or close other programs."
        )
    log.error("the engine failed", exc_info=error)
    detail = f"{type(error).__name__}: {text}"[:300]
    return StudioError("The engine failed", detail, "Try again; if it repeats, report it.")
