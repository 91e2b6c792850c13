"""What the benches of the window share: the window on a fresh folder, turns of its event loop, and how late they come.

Lateness is that of a 4 ms PreciseTimer beyond its due time: so long nothing that a hand does would have been seen.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio_app.core.interpreter import keep_singletons

LATE_MS = 4.0


class WatchedWindow:
    """A studio and its window, the application's turns, and a watch over them.

    late_ms: lateness of every tick between `start_watch` and `stop_watch`.
    """

    def __init__(self, home: Path, model: str, make_engine: Callable[[], Any]) -> None:
        from PySide6.QtCore import Qt, QTimer
        from PySide6.QtWidgets import QApplication

        from studio_app.session.collecting import Collector
        from studio_app.session.studio import Studio
        from studio_app.ui.main_window import MainWindow

        keep_singletons()
        sys.setswitchinterval(0.001)
        self.application = QApplication.instance() or QApplication([])
        self.studio = Studio(home, model, make_engine=make_engine)
        self.window = MainWindow(self.studio, remember=False)
        self._collector = Collector(lambda: self.studio.at_rest)
        self.late_ms: list[float] = []
        self._due = 0.0
        self._watching = False
        self._watch = QTimer()
        self._watch.setTimerType(Qt.TimerType.PreciseTimer)
        self._watch.setInterval(round(LATE_MS))
        self._watch.timeout.connect(self._tick)
        self._watch.start()

    def open(self) -> None:
        """Shown, with its model."""
        self.window.show()
        self.studio.start()
        self.until(lambda: self.studio.model_ready, 120)

    def draw(self, ask: Callable[[], object], seconds: float = 120) -> None:
        """Asks for a picture, and waits for it and for what the engine makes quicker in idle moments."""
        known = len(self.studio.gallery)
        idle: list[bool] = []
        begun = self.studio.run_started.connect(lambda _: idle.clear())
        rests = self.studio.engine_idle.connect(lambda: idle.append(True))
        ask()
        self.until(lambda: len(self.studio.gallery) > known and bool(idle), seconds)
        for connection in (begun, rests):
            self.studio.disconnect(connection)

    def close(self) -> None:
        from shiboken6 import Shiboken

        done: list[bool] = []
        self.studio.closed.connect(lambda: done.append(True))
        self.window.close()
        self.until(lambda: bool(done), 5)
        self._watch.stop()
        self._collector.end()
        Shiboken.delete(self.window)  # before what it shows: see app.tear_down
        Shiboken.delete(self.studio)

    def start_watch(self) -> None:
        self._due = time.perf_counter() * 1000 + LATE_MS
        self._watch.start()
        self._watching = True

    def stop_watch(self) -> None:
        self._watching = False

    def wait(self, seconds: float) -> None:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            self.breathe()

    def until(self, done: Callable[[], bool], seconds: float) -> None:
        """RuntimeError where it does not come about in that time."""
        end = time.perf_counter() + seconds
        while not done():
            if time.perf_counter() > end:
                raise RuntimeError("the window stands still")
            self.breathe()

    def breathe(self) -> None:
        """One turn of the event loop, which sleeps until something happens, as the real one does; the watch
        wakes it within 4 ms. A loop that polls instead takes a tenth of a core from what it measures."""
        from PySide6.QtCore import QEventLoop

        flags = QEventLoop.ProcessEventsFlag
        self.application.processEvents(flags.AllEvents | flags.WaitForMoreEvents)

    def _tick(self) -> None:
        if not self._watching:
            return
        late = time.perf_counter() * 1000 - self._due
        self.late_ms.append(max(late, 0.0))
        # Qt drops the ticks that were missed and keeps to its grid.
        self._due += LATE_MS * (1 + max(math.floor(late / LATE_MS), 0))
