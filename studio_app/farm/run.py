"""A batch, from its first line to its contact sheet: lines are read ahead of the engine, files written behind it."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import TypeVar

from studio_app.core.errors import StudioError
from studio_app.core.locks import locked
from studio_app.export.transaction import recover
from studio_app.farm.contact_sheet import Cell, ContactSheet, picture_in, small
from studio_app.farm.finishing import finish
from studio_app.farm.lines import Batch, Lines, outcome_of
from studio_app.farm.log import Log, Outcome, Status
from studio_app.farm.orders import Order
from studio_app.farm.painting import Made
from studio_app.farm.pools import Pool, fault

log = logging.getLogger(__name__)

T = TypeVar("T")

AHEAD, BEHIND = 8, 8
"""Orders that are read before they are needed; results that may wait for their files, each writer."""
BAD_AT_ONCE = 500


@dataclass
class Course:
    """How far a batch is. count: of its lines. counts: by what became of them. left_s: seconds to its end, None where
    nobody knows yet.
    """

    count: int = 0
    counts: dict[Status, int] = field(default_factory=dict[Status, int])
    begun: float = 0.0
    stopped: bool = False
    sheets: list[Path] = field(default_factory=list[Path])

    @property
    def settled(self) -> int:
        return sum(self.counts.values())

    @property
    def left_s(self) -> float | None:
        made = self.counts.get("done", 0)
        if not made:
            return None
        return (self.count - self.settled) * (time.perf_counter() - self.begun) / made

    @property
    def sound(self) -> bool:
        """Whether nothing was bad, nothing failed and nothing is left."""
        return not self.stopped and not self.counts.get("bad") and not self.counts.get("failed")

    def saw(self, outcome: Outcome) -> None:
        self.counts[outcome.status] = self.counts.get(outcome.status, 0) + 1


@dataclass(frozen=True)
class Listener:
    """Told, in the thread that runs the batch, of every line's outcome, and of notes, once each."""

    outcome: Callable[[Outcome, Course], None] = lambda outcome, course: None
    note: Callable[[str], None] = lambda text: None


def run(
    batch: Batch,
    pool: Pool,
    listener: Listener | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Course:
    """Makes whatever of `batch` is not there yet. Once `stopped` says so, no new picture is begun.

    What a line does wrong is told, and logged, and the next one is made. StudioError where nothing can be done at all:
    the file can't be read, the log can't be written, somebody else is running this batch.
    """
    listener = listener or Listener()
    with locked(batch.log_file, "running this batch"):
        return _Run(batch, pool, listener, stopped).run()


def look(batch: Batch, listener: Listener) -> Iterator[Order | Outcome]:
    """What `run` would do with every line, and write nothing: its order, or the outcome that is known already."""
    course = Course()

    def said(outcome: Outcome) -> None:
        course.saw(outcome)
        listener.outcome(outcome, course)

    lines = Lines(batch, said)
    for _, item in lines.orders(Log(batch.log_file), listener.note):
        if item is not None:
            yield item


class _Run:
    """The state of one run. What writes is held by one lock: the log, the sheet."""

    def __init__(
        self, batch: Batch, pool: Pool, listener: Listener, stopped: Callable[[], bool]
    ) -> None:
        self._batch, self._pool, self._listener, self._stopped = batch, pool, listener, stopped
        self._course = Course()
        self._lock = Lock()
        self._notes: set[str] = set()
        self._roots: set[Path] = set()
        self._waiting: deque[Future[Outcome]] = deque()
        self._log = Log(batch.log_file)
        self._bad: list[Outcome] = []
        self._lines = Lines(batch, self._saw_bad)
        self._course.count = self._lines.count
        self._write_bad()
        self._sheet = None if batch.sheet is None else ContactSheet(batch.sheet, self._lines.count)

    def run(self) -> Course:
        course = self._course
        reader = ThreadPoolExecutor(1, "underpaint-batch-reader")
        writers = ThreadPoolExecutor(self._pool.writers, "underpaint-batch-writer")
        notes: deque[str] = deque()
        items = ahead(self._lines.orders(self._log, notes.append), reader, AHEAD)
        course.begun = time.perf_counter()
        try:
            for index, order, made in self._pool.paint(self._orders(items, writers), course.count):
                self._waiting.append(writers.submit(self._finish, index, order, made))
                for text in made.notes if isinstance(made, Made) else ():
                    self._note(text)
                while notes:
                    self._note(notes.popleft())
                self._settle(BEHIND * self._pool.writers)
            self._settle(0)
            if self._sheet is not None:
                self._sheet.close()
                course.sheets = self._sheet.written
        finally:
            # What is being written is written whole, also where somebody wants out at once.
            writers.shutdown(wait=True, cancel_futures=True)
            reader.shutdown(wait=True, cancel_futures=True)
            self._log.flush()
        course.stopped = self._stopped() and course.settled < course.count
        return course

    def _orders(
        self, items: Iterator[tuple[int, Order | Outcome | None]], writers: ThreadPoolExecutor
    ) -> Iterator[tuple[int, Order]]:
        """Those that are to be painted; what is known of the others is put down on the way."""
        while not self._stopped():
            item = next(items, None)
            if item is None:
                return
            index, what = item
            if what is None:
                with self._lock:
                    self._show(index, None)
            elif isinstance(what, Order):
                if what.export is not None and what.export.project.root not in self._roots:
                    self._roots.add(what.export.project.root)
                    if recover(what.export.project.root):
                        self._note("an export that was cut off was undone")
                yield index, what
            else:
                self._waiting.append(writers.submit(self._known, index, what))
                self._settle(BEHIND * self._pool.writers)

    def _settle(self, most: int) -> None:
        """Tells of what is put down, in its order, until no more than `most` wait."""
        while self._waiting and (len(self._waiting) > most or self._waiting[0].done()):
            outcome = self._waiting.popleft().result()
            self._course.saw(outcome)
            self._listener.outcome(outcome, self._course)

    def _note(self, text: str) -> None:
        if text not in self._notes and len(self._notes) < 1000:
            self._notes.add(text)
            self._listener.note(text)

    def _saw_bad(self, outcome: Outcome) -> None:
        self._course.saw(outcome)
        self._listener.outcome(outcome, self._course)
        self._bad.append(outcome)
        if len(self._bad) >= BAD_AT_ONCE:
            self._write_bad()

    def _write_bad(self) -> None:
        bad, self._bad = self._bad, []
        self._log.write(*bad)

    # In a writer's thread:

    def _finish(self, index: int, order: Order, made: Made | StudioError) -> Outcome:
        if isinstance(made, StudioError):
            outcome = outcome_of(order, "failed", reason=str(made))
        else:
            try:
                files = finish(
                    order, made, lambda places: self._lines.taken.take(places, order.line)
                )
                outcome = outcome_of(order, "done", seconds=made.seconds, files=files)
            except StudioError as error:
                outcome = outcome_of(order, "failed", reason=str(error))
            except Exception as error:
                log.exception("a fault of Underpaint")
                outcome = outcome_of(order, "failed", reason=str(fault(error)))
        cell = None
        if self._sheet is not None and not isinstance(made, StudioError):
            thumb = small(made.rgb)
            name = Path(order.name).name if order.output is not None else order.name
            cell = Cell(name, order.request.seed, order.digest, lambda: thumb)
        with self._lock:
            self._log.write(outcome)
            self._show(index, cell if outcome.status == "done" else None)
        return outcome

    def _known(self, index: int, outcome: Outcome) -> Outcome:
        cell = None
        path = outcome.path
        if path is not None:
            name = Path(outcome.name).name if outcome.name.endswith(".png") else outcome.name
            cell = Cell(name, outcome.seed, outcome.digest, partial(picture_in, path))
        with self._lock:
            if outcome.status != "there":
                self._log.write(outcome)
            self._show(index, cell)
        return outcome

    def _show(self, index: int, cell: Cell | None) -> None:
        if self._sheet is not None:
            self._sheet.add(index, cell)


def ahead(items: Iterator[T], reader: ThreadPoolExecutor, count: int) -> Iterator[T]:
    """`items`, of which `count` are made in the reader's thread before they are asked for."""
    waiting: deque[Future[list[T]]] = deque()
    while True:
        while len(waiting) < 2:
            waiting.append(reader.submit(lambda: list(islice(items, count // 2))))
        some = waiting.popleft().result()
        if not some:
            return
        yield from some
