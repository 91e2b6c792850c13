"""Long work on pixels: done in the background, one after the other, with how far it is, and given up when nobody wants
it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from studio_app.core.errors import StudioError
from studio_app.document.telling import GivenUp, Tell
from studio_app.document.tiles import Tile
from studio_app.session.io_worker import IoWorker

Job = Callable[[Tell, Callable[[], bool]], Any]
"""Told how to tell, which ends what is given up, and asks the other whether it is; in another thread."""
MORE = object()
"""What a job returns that goes on when it is called again: others that the worker has get their turn."""
_TURN_S = 0.1
_TOLD = 64
"""Tiles are told of so many times at most."""


@dataclass
class _Work:
    text: str
    job: Job
    then: Callable[[Any], object] | None
    given_up: Callable[[], object] | None
    stopped: bool = False


class Works(QObject):
    """Window's thread; jobs run in the worker's."""

    message = Signal(object)
    changed = Signal()
    """`text` or `share` are others."""
    _told = Signal(object, float)

    def __init__(self, worker: IoWorker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = worker
        self._waiting: deque[_Work] = deque()
        self.share = 0.0
        self._told.connect(self._on_told)

    @property
    def text(self) -> str:
        """What is being done; "" for nothing."""
        return self._waiting[0].text if self._waiting else ""

    @property
    def busy(self) -> bool:
        return bool(self._waiting)

    def begin(
        self,
        text: str,
        job: Job,
        then: Callable[[Any], object] | None = None,
        given_up: Callable[[], object] | None = None,
    ) -> None:
        """Runs a job once those before it are done, then `then(result)` here. given_up: instead, where it is stopped by
        `cancel`."""
        work = _Work(text, job, then, given_up)
        self._waiting.append(work)
        if len(self._waiting) == 1:
            self._start(work)

    def settle(
        self,
        text: str,
        tiles: Sequence[Tile],
        undo: Callable[[], object],
        wanted: Callable[[Tile], bool],
    ) -> None:
        """Makes tiles that are made later, so that nobody waits for them: the last ones first, as screen and journal
        come from the other end. undo: where that is given up. wanted: in another thread, whether a tile is of any use
        still: what was undone meanwhile is not made."""
        left = enumerate(reversed(tiles))

        def job(tell: Tell, stopped: Callable[[], bool]) -> object:
            end = time.monotonic() + _TURN_S
            for number, tile in left:
                if stopped():
                    return None
                if wanted(tile):
                    _ = tile.pixels
                if number % max(len(tiles) // _TOLD, 1) == 0:
                    tell(number / len(tiles))
                if time.monotonic() > end:
                    return MORE
            return None

        self.begin(text, job, None, undo)

    def cancel(self) -> None:
        """Gives up what is being done, and what waits."""
        for work in reversed(tuple(self._waiting)):
            if not work.stopped:
                work.stopped = True
                if work.given_up is not None:
                    work.given_up()

    def forget(self) -> None:
        """Nothing comes of what is being done: other work is there, or the studio closes."""
        for work in self._waiting:
            work.stopped = True

    # ---- inside ----

    def _start(self, work: _Work) -> None:
        self.share = 0.0
        self.changed.emit()

        def done(result: Any) -> None:
            if result is MORE and not work.stopped:
                self._worker.submit(run, done, failed)
                return
            self._next()
            if work.then is not None and not work.stopped:
                work.then(result)

        def failed(error: StudioError) -> None:
            self._next()
            if not work.stopped:
                self.message.emit(error.regarding("work"))

        def tell(share: float) -> None:
            if work.stopped:
                raise GivenUp
            self._told.emit(work, share)

        def run() -> Any:
            try:
                return None if work.stopped else work.job(tell, lambda: work.stopped)
            except GivenUp:
                return None

        self._worker.submit(run, done, failed)

    def _next(self) -> None:
        self._waiting.popleft()
        if self._waiting:
            self._start(self._waiting[0])
        else:
            self.share = 1.0
            self.changed.emit()

    def _on_told(self, work: _Work, share: float) -> None:
        if self._waiting and self._waiting[0] is work:
            self.share = share
            self.changed.emit()
