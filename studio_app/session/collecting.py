"""Python's collector, in the window's thread and in no other.

It runs in whichever thread makes the object that is one too many, and takes whole rings apart there, also those that
hold widgets, timers and pixmaps. Qt's objects may go in their own thread alone: elsewhere the process dies now and
then.
"""

from __future__ import annotations

import gc
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from studio_app.core.interpreter import collect

EVERY_MS = 500


class Collector(QObject):
    """From now on until `end`. free: whether there is time for a look through everything (a tenth of a second)."""

    def __init__(self, free: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._free = free
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        collect(everything=self._free())

    def end(self) -> None:
        """The collector runs by itself again."""
        self._timer.stop()
        gc.enable()
