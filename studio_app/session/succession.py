"""From one studio to the next: who closes says so, and who starts waits for its work."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject

from studio_app.core.errors import StudioError
from studio_app.core.locks import FileLock
from studio_app.document.store import slots
from studio_app.session.timers import single_shot

OPEN_S = 0.24
"""So long a studio is waited for that stays: nobody who opens a second window is to see it."""
LEAVING_S = 30.0
"""So long one is waited for that closes, and that may have much to save."""
LOOK_MS = 40
PROBED_S = 0.1
"""So long another studio may have a lock that it only looks at."""


class Leaving:
    """Said by the studio that closes, until its work is on the disk or the artist stays."""

    def __init__(self) -> None:
        self._lock: FileLock | None = None

    def begin(self, folder: Path) -> None:
        if self._lock is None:
            self._lock = slots.leaving_lock(folder)
            with contextlib.suppress(StudioError):  # without it, nobody waits
                self._lock.acquire(PROBED_S)

    def end(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None


class Predecessor(QObject):
    """The studio that has the work that was saved last. One that closes is waited for: without its work one would
    begin with other work, or with nothing. One that stays is waited for a moment: it may be about to die."""

    def __init__(self, home: Path | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._last = None if home is None else slots.newest(home)
        self._begun = time.monotonic()
        self._then: Callable[[], object] | None = None
        self._timer = single_shot(self, LOOK_MS, self._look)

    @property
    def stays(self) -> bool:
        """Whether its work is still to be waited for."""
        if self._last is None:
            return False
        holder = slots.holder_of(self._last)
        longest = {"": 0.0, "open": OPEN_S, "leaving": LEAVING_S}[holder]
        return time.monotonic() - self._begun < longest

    def wait(self, then: Callable[[], object]) -> None:
        """`then` follows once nobody is to be waited for."""
        self._then = then
        self._timer.start()

    def give_up(self) -> None:
        """`then` follows at once."""
        self._timer.stop()
        then, self._then = self._then, None
        if then is not None:
            then()

    def _look(self) -> None:
        if self.stays:
            self._timer.start()
        else:
            self.give_up()
