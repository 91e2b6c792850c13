"""The live loop: which edit asks for what, and when.

The ladder (`rungs.py`): while the pen is down, one step per edit; when it lifts, the chosen steps (a slow sampler first
shows what the few-step one makes of it); when nothing happens any more, the finish, if the preset asks for
one. Typing waits for a pause, painting does not. A newer order ends the one before at its next step.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from studio_app.core.capabilities import Capabilities
from studio_app.core.engine import LoadStopped
from studio_app.core.errors import StudioError
from studio_app.core.request import MAX_SEED
from studio_app.document.bearings import Place
from studio_app.document.document import Document, people_drawn, request_of
from studio_app.document.people import Person
from studio_app.session.drawing import RunEnd
from studio_app.session.latency import LatencyMeter
from studio_app.session.mailbox import Delivery
from studio_app.session.orders import Order, Rung
from studio_app.session.rungs import (
    Plan,
    chosen_rungs,
    finish_rungs,
    pen_down_rungs,
    variation_rungs,
)
from studio_app.session.timers import single_shot
from studio_app.session.worker import EngineWorker

TYPING_MS = 200
IDLE_MS = 800
LATENCY_MS = 250
REPEAT_S = 5.0
"""The same message is not said twice within this time: a broken state would say it at every stroke."""


class LiveLoop(QObject):
    """Posts orders to the worker and tells what came of them. Lives in the window's thread."""

    run_started = Signal(str)
    run_done = Signal(object)
    model_changed = Signal()
    load_failed = Signal(str)
    message = Signal(object)
    settled = Signal(str)
    """What has succeeded now, "run" or "model": errors about it are over."""
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
        self._left = 0
        """The last order that the work of before has made."""
        self._varying = 0
        self._opening = ""
        """The model that is on its way, if one is: nothing can be drawn meanwhile."""
        self._owed: Callable[[], None] | None = None
        """What was asked for by hand meanwhile."""
        self._made_of: dict[int, tuple[tuple[Person, ...], Place]] = {}
        """By order: the pose it was made with."""
        self._pen_down = False
        self._stopped = False
        self._edited_at = 0.0
        self._said: tuple[str, float] = ("", 0.0)
        self._typing = single_shot(self, TYPING_MS, self._post_chosen)
        self._idle = single_shot(self, IDLE_MS, self._post_finish)
        self._report = single_shot(self, LATENCY_MS, self._report_latency)
        worker.run_started.connect(self._on_started)
        worker.run_ended.connect(self._on_ended)
        worker.order_done.connect(self._on_order_done)
        worker.failed.connect(self._on_failed)
        worker.model_loaded.connect(self._on_loaded)
        worker.model_failed.connect(self._on_load_failed)
        worker.model_closed.connect(self._on_closed)
        worker.timed.connect(self._on_timed)
        worker.frames.on_take = self._on_taken

    # ---- commands ----

    @property
    def wanted(self) -> str:
        """The model that is on its way, else the open one; "" where there is neither."""
        return self._opening or (self.model if self.capabilities is not None else "")

    def open_model(self, name: str) -> None:
        self.model = self.model or name
        if self.busy and not self.live:
            varying = self._varying == self._number
            self._owed = self.variations if varying else self.generate
        self._opening = name
        self._worker.box.load(name)

    def close_model(self) -> None:
        """Gives the memory of the open model back; nothing can be drawn until one is opened."""
        self.cancel()
        self._opening = ""
        self._worker.box.load("")

    def stop_loading(self) -> None:
        """The model that was open before stays so."""
        self._worker.box.stop_loading()
        self._opening = ""

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
        self._worker.box.hold(down)
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
            self._post(pen_down_rungs)
        elif not self._typing.isActive():
            self._post_chosen()

    def generate(self) -> None:
        """The chosen steps now, whatever was made before."""
        self._typing.stop()
        self._edited_at = time.perf_counter()
        if not self._postponed(self.generate):
            self._post(chosen_rungs, force=True)

    def cancel(self) -> None:
        """What is drawn, and what was asked for by hand and waits for a model."""
        self._owed = None
        self._typing.stop()
        self._idle.stop()
        self._worker.box.cancel(self._number)
        self._worker.frames.refuse_below(self._number + 1)
        self._set_busy(False)

    def leave(self) -> None:
        """Other work comes: of what was asked for until now nothing is shown or kept any more."""
        self.cancel()
        self._left = self._number
        self._worker.frames.forget()

    def variations(self) -> None:
        if self._postponed(self.variations):
            return
        seed = self._document().settings.seed
        least = min(max(seed - 4, 0), MAX_SEED - 8)
        seeds = self.variation_seeds = tuple(range(least, least + 9))

        def plan(document: Document, can: Capabilities, model: str) -> tuple[Rung, ...]:
            return variation_rungs(document, can, model, seeds)

        if self._post(plan, force=True, variations=True):
            self._varying = self._number

    def end_variations(self) -> None:
        """Those that are not drawn yet are not asked for any more."""
        if self._owed == self.variations:
            self._owed = None
        if self.busy and self._varying == self._number:
            self.cancel()

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

    @property
    def at_rest(self) -> bool:
        """Whether nothing that will be kept is asked for, nor will be by itself: by the pen, words, or a finish."""
        waiting = self._typing.isActive() or self._idle.isActive()
        return not (self.busy or waiting or self._pen_down)

    def random_seed(self) -> int:
        return random.randrange(1, 2**31)

    # ---- posting ----

    def _postponed(self, command: Callable[[], None]) -> bool:
        """Whether there is nobody to ask: then it is done as soon as a model is open, or that is said."""
        if self._opening:
            self._owed = command
            return True
        if self.capabilities is None:
            self._say(StudioError("No model is open", "", "Choose a model first."), "model")
            return True
        return False

    def _post_chosen(self) -> None:
        if self.live:
            self._post(chosen_rungs)

    def _post_finish(self) -> None:
        settings = self._document().settings
        can = self.capabilities
        if self._pen_down or not self.live or can is None or settings.finish not in can.samplers:
            return
        self._post(finish_rungs)

    def _post(self, plan: Plan, *, force: bool = False, variations: bool = False) -> bool:
        """Whether something was asked for. An empty prompt asks for nothing; while a model is on its way nothing can
        be asked, and once it is there the newest document is."""
        document, can = self._document(), self.capabilities
        if self._stopped or not (force or document.settings.prompt.strip()):
            return False
        self._typing.stop()
        self._idle.stop()
        if can is None or self._opening or not self.model:
            return False
        try:
            rungs = plan(document, can, self.model)
        except StudioError as error:
            self._say(error)
            return False
        self._number += 1
        place = document.bearings.place(document.frame)
        people = people_drawn(document)
        self._made_of[self._number] = people, place
        # The picture may have been the last of other work, and is gone.
        first = self._number == self._left + 1
        order = Order(
            self._number, rungs, self._edited_at, force or first, document.revision,
            variations=variations, people=people,
        )  # fmt: skip
        self._worker.box.put(order)
        if variations or any(rung.keep for rung in rungs):
            self._waiting = self._number
            self._set_busy(True)
        return True

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
        if order > self._left and not self._worker.box.stopped:
            self.run_started.emit(digest)

    def _on_ended(self, end: RunEnd) -> None:
        if end.complete:
            self._said = ("", 0.0)
            self.settled.emit("run")
        if end.record is not None and end.order.number > self._left:
            people, place = self._made_of.get(end.order.number, ((), None))
            self.run_done.emit(replace(end.record, people=people, place=place))
        finish = self._document().settings.finish
        if end.complete and end.rung.keep and finish and end.rung.request.sampler != finish:
            self._idle.start()

    def _on_order_done(self, order: int) -> None:
        self._made_of = {number: made for number, made in self._made_of.items() if number > order}
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
        self._arrived(name)
        self.settled.emit("model")
        self.model_changed.emit()
        self._pay()

    def _on_load_failed(self, name: str, error: StudioError) -> None:
        self._said = ("", 0.0)
        if not isinstance(error, LoadStopped):  # that was let go of, or another is on its way
            self._say(error, "model")
            self._arrived(name)
            self.load_failed.emit(name)
        if self.capabilities is not None:  # the model of before stays, and may have been overtaken
            self._post_chosen()
            self._pay()

    def _on_closed(self) -> None:
        self.capabilities = None
        self.model = ""
        self.model_changed.emit()

    def _arrived(self, name: str) -> None:
        if name == self._opening:
            self._opening = ""

    def _pay(self) -> None:
        """Does what was asked for by hand while a model was on its way."""
        if self._owed is not None and not self._opening:
            owed, self._owed = self._owed, None
            owed()

    def _on_timed(self, times: dict[str, float]) -> None:
        self.meter.set_stages(**times)

    def _report_latency(self) -> None:
        self.latency_changed.emit(self.meter.latency)

    def _say(self, error: StudioError, about: str = "run") -> None:
        text, said_at = self._said
        now = time.monotonic()
        if str(error) != text or now - said_at > REPEAT_S:
            self._said = (str(error), now)
            self.message.emit(error.regarding(about))

    def _set_busy(self, busy: bool) -> None:
        if busy != self.busy:
            self.busy = busy
            self.busy_changed.emit(busy)
