"""The live loop: which edit asks for what, and when.

The ladder: while the pen is down, one step per edit; when it lifts, the chosen steps (a slow sampler first
shows what the few-step one makes of it); when nothing happens any more, the finish, if the preset asks for
one. Typing waits for a pause, painting does not. A newer order ends the one before at its next step.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from studio_app.core.capabilities import Capabilities, is_slow
from studio_app.core.errors import StudioError
from studio_app.document.document import Document, request_of
from studio_app.session.latency import LatencyMeter
from studio_app.session.mailbox import Delivery
from studio_app.session.orders import Order, Rung
from studio_app.session.worker import EngineWorker, RunEnd

TYPING_MS = 200
IDLE_MS = 800
LATENCY_MS = 250
REPEAT_S = 5.0
"""The same message is not said twice within this time: a broken state would say it at every stroke."""


def chosen_rungs(document: Document, can: Capabilities | None) -> tuple[Rung, ...]:
    """The chosen steps; before a slow sampler, what the few-step one makes of it."""
    if can is not None and is_slow(document.settings.sampler) and document.start is None:
        quick = can.quick_sampler
        if quick is not None:
            return Rung(quick, int(can.steps_of(quick).default), keep=False), Rung()
    return (Rung(),)


def pen_down_rungs(document: Document, can: Capabilities | None) -> tuple[Rung, ...]:
    """One step. A branch keeps its own steps: its start means nothing on another grid."""
    if document.start is not None:
        return (Rung(keep=False),)
    quick = document.settings.sampler
    if is_slow(quick) and can is not None:
        quick = can.quick_sampler or quick
    return (Rung(quick, 1, keep=False, draft=True),)


class LiveLoop(QObject):
    """Posts orders to the worker and tells what came of them. Lives in the window's thread."""

    run_started = Signal(str)
    run_done = Signal(object)
    model_changed = Signal()
    load_failed = Signal(str)
    message = Signal(object)
    live_changed = Signal(bool)
    busy_changed = Signal(bool)
    latency_changed = Signal(object)

    def __init__(
        self, worker: EngineWorker, document: Callable[[], Document], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.capabilities: Capabilities | None = None
        self.model = ""
        self.live = True
        self.busy = False
        self.meter = LatencyMeter()
        self.variation_seeds: tuple[int, ...] = ()
        self._worker = worker
        self._document = document
        self._number = 0
        self._waiting = 0
        self._varying = 0
        self._pen_down = False
        self._stopped = False
        self._edited_at = 0.0
        self._said: tuple[str, float] = ("", 0.0)
        self._typing = self._timer(TYPING_MS, self._post_chosen)
        self._idle = self._timer(IDLE_MS, self._post_finish)
        self._report = self._timer(LATENCY_MS, self._report_latency)
        worker.run_started.connect(self._on_started)
        worker.run_ended.connect(self._on_ended)
        worker.order_done.connect(self._on_order_done)
        worker.failed.connect(self._on_failed)
        worker.model_loaded.connect(self._on_loaded)
        worker.model_failed.connect(self._on_load_failed)
        worker.timed.connect(self._on_timed)
        worker.frames.on_take = self._on_taken

    # ---- commands ----

    def open_model(self, name: str) -> None:
        self.model = self.model or name
        self._worker.box.load(name)

    def set_live(self, live: bool) -> None:
        if live == self.live:
            return
        self.live = live
        self.live_changed.emit(live)
        if live:
            self.edited("knob")
        else:
            self.cancel()

    def set_pen_down(self, down: bool) -> None:
        """Lifting it asks for the chosen steps, if anything was drawn."""
        was, self._pen_down = self._pen_down, down
        if was and not down and self.live:
            self._edited_at = time.perf_counter()
            self._post_chosen()

    def edited(self, what: str) -> None:
        """what: "text" (waits for a pause), "view" (changes no request), else at once."""
        self._idle.stop()
        if what == "view" or not self.live:
            return
        now = time.perf_counter()
        self._edited_at = self._edited_at if self._typing.isActive() else now
        if what == "text":
            self._typing.start()
        elif self._pen_down:
            self._post(pen_down_rungs(self._document(), self.capabilities))
        elif not self._typing.isActive():
            self._post_chosen()

    def generate(self) -> None:
        """The chosen steps now, whatever was made before."""
        self._typing.stop()
        self._edited_at = time.perf_counter()
        try:
            request_of(self._document(), self.capabilities)
        except StudioError as error:
            self._say(error)
            return
        self._post(chosen_rungs(self._document(), self.capabilities), force=True)

    def cancel(self) -> None:
        self._typing.stop()
        self._idle.stop()
        self._worker.box.cancel(self._number)
        self._worker.frames.refuse_below(self._number + 1)
        self._set_busy(False)

    def variations(self) -> None:
        seed = self._document().settings.seed
        least = max(seed - 4, 0)
        self.variation_seeds = tuple(range(least, least + 9))
        rungs = pen_down_rungs(self._document(), self.capabilities)
        self._post(rungs, force=True, seeds=self.variation_seeds)
        self._varying = self._number

    def stop(self) -> None:
        """No more orders, and the worker ends at its next step."""
        self._stopped = True
        for timer in (self._typing, self._idle, self._report):
            timer.stop()
        self._worker.stop()

    def is_done(self, document: Document) -> bool:
        """Whether the picture that the document asks for is the last that was finished."""
        try:
            request = request_of(document, self.capabilities, model=self.model)
        except StudioError:
            return False
        return request.digest == self._worker.done_digest

    def random_seed(self) -> int:
        return random.randrange(1, 2**31)

    # ---- posting ----

    def _post_chosen(self) -> None:
        if self.live:
            self._post(chosen_rungs(self._document(), self.capabilities))

    def _post_finish(self) -> None:
        settings = self._document().settings
        can = self.capabilities
        if self._pen_down or not self.live or can is None or settings.finish not in can.samplers:
            return
        self._post((Rung(settings.finish, settings.finish_steps),))

    def _post(
        self, rungs: tuple[Rung, ...], *, force: bool = False, seeds: tuple[int, ...] = ()
    ) -> None:
        document = self._document()
        if self._stopped or not self.model or not document.settings.prompt.strip():
            return  # an empty prompt asks for nothing; before a model is named there is nobody to ask
        self._typing.stop()
        self._idle.stop()
        self._number += 1
        order = Order(self._number, document, rungs, self._edited_at, force=force, seeds=seeds)
        self._worker.box.put(order)
        if any(rung.keep for rung in rungs) and not seeds and self.capabilities is not None:
            self._waiting = self._number
            self._set_busy(True)

    # ---- what came of it ----

    def _on_taken(self, delivery: Delivery) -> None:
        if delivery.denoised is not None:
            self.meter.shown(
                delivery.request.digest,
                delivery.edited_at,
                final=delivery.final,
                preview=delivery.preview,
            )
        if not self._report.isActive():
            self._report.start()

    def _on_started(self, order: int, digest: str) -> None:
        if not self._worker.box.stopped:
            self.run_started.emit(digest)

    def _on_ended(self, end: RunEnd) -> None:
        if end.record is not None:
            self.run_done.emit(end.record)
        finish = self._document().settings.finish
        if end.complete and end.rung.keep and finish and end.rung.sampler != finish:
            self._idle.start()

    def _on_order_done(self, order: int) -> None:
        if order >= self._waiting:
            self._set_busy(False)
        if order == self._varying == self._number:
            self._post_chosen()  # the variations may have overtaken it; already made, it is skipped

    def _on_failed(self, order: int, error: StudioError) -> None:
        self._say(error)

    def _on_loaded(self, name: str, capabilities: Capabilities, device: str) -> None:
        self.model = name
        self.capabilities = capabilities
        self.meter.set_device(device)
        self.model_changed.emit()

    def _on_load_failed(self, name: str, error: StudioError) -> None:
        self._said = ("", 0.0)
        self._say(error)
        self.load_failed.emit(name)

    def _on_timed(self, times: dict[str, float]) -> None:
        self.meter.set_stages(**times)

    def _report_latency(self) -> None:
        self.latency_changed.emit(self.meter.latency)

    def _say(self, error: StudioError) -> None:
        text, said_at = self._said
        now = time.monotonic()
        if str(error) != text or now - said_at > REPEAT_S:
            self._said = (str(error), now)
            self.message.emit(error)

    def _set_busy(self, busy: bool) -> None:
        if busy != self.busy:
            self.busy = busy
            self.busy_changed.emit(busy)

    def _timer(self, milliseconds: int, then: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(then)
        return timer
