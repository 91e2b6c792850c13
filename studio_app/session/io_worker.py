"""The thread that saves and reads files. Jobs run one after the other, in order, and none is lost."""

from __future__ import annotations

import logging
import queue
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal

from studio_app.core.errors import StudioError

log = logging.getLogger(__name__)

Job = Callable[[], Any]
Then = Callable[[Any], object]


class _Door(QObject):
    """Lives in the window's thread, where the callbacks of a job have to run."""

    done = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self.done.connect(self._call)

    def _call(self, then: Then | None, result: Any) -> None:
        if then is not None:
            then(result)


class IoWorker(QThread):
    """`submit` from the window's thread; results come back to it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("underpaint-io")
        self._jobs: queue.SimpleQueue[tuple[Job, Then | None, Then | None] | None] = (
            queue.SimpleQueue()
        )
        self._door = _Door()

    def submit(self, job: Job, then: Then | None = None, failed: Then | None = None) -> None:
        """Runs `job` in the thread, then `then(result)` or `failed(StudioError)` in the window's."""
        self._jobs.put((job, then, failed))

    def finish(self) -> None:
        """Ends the thread after the jobs that are waiting."""
        self._jobs.put(None)

    def run(self) -> None:
        while (entry := self._jobs.get()) is not None:
            job, then, failed = entry
            try:
                result = job()
            except StudioError as error:
                self._door.done.emit(failed, error)
            except Exception as error:  # a bug of ours: said, and the next job runs
                log.exception("a background job failed")
                said = StudioError("Something went wrong in the background", repr(error))
                self._door.done.emit(failed, said)
            else:
                if then is not None:
                    self._door.done.emit(then, result)
