"""What the window's thread asks of the engine's: orders, through a slot where the newest wins."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studio_app.core.engine import Engine
from studio_app.core.maps import Maps
from studio_app.core.request import GenerationRequest
from studio_app.document.people import Person
from studio_app.document.results import StepRecord


@dataclass(frozen=True)
class Rung:
    """One run of an order.

    keep: the timeline and the gallery keep it; else it is a preview that a better one follows. draft: of its last
    step a draft will do: the next edit replaces it, and once the pen is up another rung does.
    """

    request: GenerationRequest
    keep: bool = True
    draft: bool = False


@dataclass(frozen=True)
class Order:
    """Runs to be made, rung by rung, until a newer order comes.

    number: rises with every order. edited_at: time.perf_counter() of the oldest edit in it that no order
    before it had when the engine took it. force: also if this very picture was just made. revision: of the
    document that it was made from. variations: its rungs are single pictures to choose from, told one by one. people:
    that its pose was drawn from.
    """

    number: int
    rungs: tuple[Rung, ...]
    edited_at: float
    force: bool = False
    revision: int = 0
    variations: bool = False
    people: tuple[Person, ...] = ()


@dataclass(frozen=True)
class Look:
    """A step of an old run that somebody looks at: its x_0 is to be decoded again, when nothing else is to be
    done."""

    request: GenerationRequest
    step: StepRecord


@dataclass(frozen=True, eq=False)
class MapsOrder:
    """The maps of a latent x_0 [C, h, w] of one of a request's steps; whoever asks names it by `key`."""

    key: str
    request: GenerationRequest
    latent: NDArray[np.floating]

    @property
    def model(self) -> str:
        return self.request.model

    def by(self, engine: Engine) -> Maps:
        return engine.decode_maps(self.request, self.latent)


@dataclass(frozen=True, eq=False)
class SeenOrder:
    """The maps that a model sees in a picture from anywhere, uint8 [H, W, 3]; otherwise as a MapsOrder."""

    key: str
    model: str
    pixels: NDArray[np.uint8]

    def by(self, engine: Engine) -> Maps:
        return engine.read_maps(self.model, self.pixels)


@dataclass(frozen=True, eq=False)
class SpareOrder:
    """A picture to be drawn while nothing else is, for whoever names it by `key`; what is drawn live goes before it,
    and ends a run of it, which begins again afterwards. number: rises with every one. last: that of the last of its
    series, which fails as a whole."""

    number: int
    last: int
    key: str
    request: GenerationRequest


Task = (
    tuple[Literal["load"], str]
    | tuple[Literal["draw"], Order]
    | tuple[Literal["look"], Look]
    | tuple[Literal["maps"], MapsOrder | SeenOrder]
    | tuple[Literal["spare"], SpareOrder]
    | tuple[Literal["idle", "stop"], None]
)


class OrderBox:
    """The slot. `put`, `load`, `cancel` and `stop` never wait; only the engine's thread does, in `take`."""

    def __init__(self) -> None:
        self._ready = threading.Condition()
        self._order: Order | None = None
        self._look: Look | None = None
        self._maps: deque[MapsOrder | SeenOrder] = deque()
        self._spare: deque[SpareOrder] = deque()
        self._spare_cancelled = 0
        self._model: str | None = None
        self._load_stopped = False
        self._stopped = False
        self._held = False
        self._cancelled = 0

    def put(self, order: Order) -> None:
        """Replaces an order that was not taken yet, and inherits how long its edits have waited."""
        with self._ready:
            waiting = self._order
            if waiting is not None:
                order = replace(
                    order,
                    edited_at=min(order.edited_at, waiting.edited_at),
                    force=order.force or (waiting.force and not waiting.variations),
                )
            self._order = order
            self._ready.notify()

    def look(self, look: Look) -> None:
        """After any order and any model; the newest wins."""
        with self._ready:
            self._look = look
            self._ready.notify()

    def maps(self, order: MapsOrder | SeenOrder) -> None:
        """After all of these; none is left out."""
        with self._ready:
            self._maps.append(order)
            self._ready.notify()

    def forget_maps(self, key: str) -> bool:
        """Drops those of that key that were not taken yet; whether there were any."""
        with self._ready:
            left = deque(order for order in self._maps if order.key != key)
            found, self._maps = len(left) < len(self._maps), left
            return found

    def spare(self, order: SpareOrder, *, first: bool = False) -> None:
        """After all of these. first: before the others of its kind, one that was begun."""
        with self._ready:
            if order.number > self._spare_cancelled:
                self._spare.insert(0 if first else len(self._spare), order)
                self._ready.notify()

    def cancel_spare(self, number: int) -> None:
        """Ends those up to this number: none is begun any more, a running one stops."""
        with self._ready:
            self._spare_cancelled = max(self._spare_cancelled, number)
            self._spare = deque(order for order in self._spare if order.number > number)

    def load(self, model: str) -> None:
        """A model to open, before any order; "" closes the one that is open."""
        with self._ready:
            self._model = model
            self._ready.notify()

    def stop_loading(self) -> None:
        """What waits to be opened is not, and what is being opened ends at its next tensor."""
        with self._ready:
            self._model = None
            self._load_stopped = True

    @property
    def load_overtaken(self) -> bool:
        """Whether a load that is under way should end: nobody wants it, or another model is wanted."""
        return self._stopped or self._load_stopped or self._model is not None

    def cancel(self, number: int) -> None:
        """Ends the orders up to this number: the waiting one is dropped, a running one stops."""
        with self._ready:
            self._cancelled = max(self._cancelled, number)
            if self._order is not None and self._order.number <= number:
                self._order = None

    def hold(self, held: bool) -> None:
        """Idle work waits while somebody draws: the cores are the hand's then. What has begun ends at its next step."""
        with self._ready:
            self._held = held
            self._ready.notify()

    def stop(self) -> None:
        with self._ready:
            self._stopped = True
            self._ready.notify()

    def take(self, patience: float | None = None) -> Task:
        """The next thing to do; waits for it. "idle" after `patience` seconds with nothing to do, unless it
        is held."""
        with self._ready:
            while True:
                if self._stopped:
                    return "stop", None
                if self._model is not None:
                    model, self._model = self._model, None
                    self._load_stopped = False
                    return "load", model
                if self._order is not None:
                    order, self._order = self._order, None
                    return "draw", order
                if self._look is not None:
                    look, self._look = self._look, None
                    return "look", look
                if self._maps:
                    return "maps", self._maps.popleft()
                if self._spare:
                    return "spare", self._spare.popleft()
                if not self._ready.wait(None if self._held else patience):
                    return "idle", None

    def overtaken(self, order: Order) -> bool:
        """Whether a run of this order should end: something newer waits, or it was cancelled."""
        return (
            self._stopped
            or self._order is not None
            or self._model is not None
            or order.number <= self._cancelled
        )

    def pressing(self) -> bool:
        """Whether anything waits that is more than idle work, or somebody draws."""
        waiting = (self._order, self._look, self._maps, self._spare)
        return self._stopped or self._held or self._model is not None or any(waiting)

    def spare_overtaken(self, order: SpareOrder) -> bool:
        """Whether a run of it should end, for now or for ever."""
        waiting = self._order is not None or self._model is not None
        return self._stopped or waiting or order.number <= self._spare_cancelled

    def cancelled(self, order: Order) -> bool:
        return order.number <= self._cancelled

    @property
    def stopped(self) -> bool:
        return self._stopped
