"""The threads that wait for disks. Jobs of one run one after the other, in order.

There are four: that of the journal, which does nothing else, and the saver, which have to come to their ends before
the studio may; the flusher, which waits for the disk so that the journal need not, and the reader, which may hang on a
dead disk or network for ever and hold nothing up.
"""

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
        self.shut = False
        self.done.connect(self._call)

    def _call(self, then: Then | None, result: Any) -> None:
        if then is not None and not self.shut:
            then(result)


class IoWorker(QThread):
    """`submit` from the window's thread; results come back to it. name: what debuggers show of the thread."""

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._jobs: queue.SimpleQueue[tuple[Job, Then | None, Then | None] | None] = (
            queue.SimpleQueue()
        )
        self._dropping = False
        self._door = _Door()

    def submit(self, job: Job, then: Then | None = None, failed: Then | None = None) -> None:
        """Runs `job` in the thread, then `then(result)` or `failed(StudioError)` in the window's."""
        self._jobs.put((job, then, failed))

    def finish(self, *, drop: bool = False) -> None:
        """Ends the thread after the jobs that are waiting, or, with `drop`, after the one that runs: nothing
        comes of the others, nor of that one."""
        self._dropping |= drop
        self._door.shut |= drop
        self._jobs.put(None)

    def silence(self) -> None:
        """Nothing is told any more: those who would hear it go."""
        self._door.shut = True

    def run(self) -> None:
        while (entry := self._jobs.get()) is not None:
            job, then, failed = entry
            if self._dropping:
                continue
            try:
                result = job()
            except StudioError as error:
                self._tell(failed, error)
            except Exception as error:  # a bug of ours: said, and the next job runs
                log.exception("a background job failed")
                said = StudioError("Something went wrong in the background", repr(error)[:300])
                self._tell(failed, said)
            else:
                self._tell(then, result)

    def _tell(self, then: Then | None, result: Any) -> None:
        if then is not None and not self._dropping:
            self._door.done.emit(then, result)
