"""A finished picture is in the journal before anybody sees it: no kill takes what was on the screen."""

from __future__ import annotations

import logging
import threading

from studio_app.core.errors import StudioError
from studio_app.document.store.finished import Finished
from studio_app.session.autosave import Autosaver
from studio_app.session.io_worker import IoWorker

log = logging.getLogger(__name__)

WAIT_S = 0.25
"""A picture is shown after this time in any case: a disk that does not answer is told of elsewhere."""


class Keepsakes:
    """`keep` is the engine's thread's to call; the journal's writes, between two strokes."""

    def __init__(self, autosaver: Autosaver, scribe: IoWorker) -> None:
        self._autosaver = autosaver
        self._scribe = scribe

    def keep(self, finished: Finished) -> None:
        """Returns when it is there, or can't be."""
        slot = self._autosaver.slot
        if slot is None or not self._scribe.isRunning():
            return
        row = finished.row()
        there = threading.Event()

        def job() -> None:
            try:
                slot.writer.keep(row)
            except StudioError as error:  # the next commit says why nothing can be written
                log.info("a picture is not in the journal: %s", error)
            finally:
                there.set()

        self._scribe.submit(job)
        there.wait(WAIT_S)
