"""Who paints: orders go in, and come out with what was made of them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Protocol, TypeVar

from studio_app.core.engine import Engine, EngineFactory
from studio_app.core.errors import StudioError
from studio_app.farm.orders import Order
from studio_app.farm.painting import Made, Task, paint

log = logging.getLogger(__name__)

Key = TypeVar("Key")

TUNED_AFTER, TUNED_FOR, TUNINGS = 4, 48, 16
"""An engine is made quicker once it has drawn so many, if so many are still to come; at most so often, since jobs of
ever new sizes would be tuned for one by one."""


class Pool(Protocol):
    """writers: how many threads may be busy with what it makes."""

    writers: int

    def paint(
        self, orders: Iterator[tuple[Key, Order]], count: int
    ) -> Iterator[tuple[Key, Order, Made | StudioError]]:
        """What was made of each, in any order; a StudioError where nothing could be.

        orders: asked for as they are needed; when they end, what was begun is still brought out. count: how many there
        are at most.
        """
        ...

    def close(self) -> None:
        """Lets go of everything. May be called twice."""
        ...


class LocalPool:
    """One engine in this thread, made when it is first needed; one picture after another."""

    writers = 1

    def __init__(self, make_engine: EngineFactory) -> None:
        self._make_engine = make_engine
        self._engine: Engine | None = None

    def paint(
        self, orders: Iterator[tuple[Key, Order]], count: int
    ) -> Iterator[tuple[Key, Order, Made | StudioError]]:
        """See `Pool`."""
        tunings = 0
        for number, (key, order) in enumerate(orders, 1):
            if self._engine is None:
                self._engine = self._make_engine()
            yield key, order, painted(self._engine, order.task)
            worth = number >= TUNED_AFTER and count - number >= TUNED_FOR
            while worth and tunings < TUNINGS and self._engine.tune():
                tunings += 1

    def close(self) -> None:
        """See `Pool`."""
        self._engine = None


def painted(engine: Engine, task: Task) -> Made | StudioError:
    """As `paint`; what went wrong is a value, so that the rest is painted all the same. A fault of ours is logged with
    its traceback."""
    try:
        return paint(engine, task)
    except StudioError as error:
        return error
    except Exception as error:
        log.exception("a fault of Underpaint")
        return fault(error)


def fault(error: BaseException) -> StudioError:
    """What an error that nobody foresaw says to a user."""
    said = " ".join(str(error).split())
    return StudioError("It could not be made", f"{type(error).__name__}: {said:.300}")
