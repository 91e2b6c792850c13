"""What is done a while after the last time it was asked for."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


def single_shot(parent: QObject, milliseconds: int, then: Callable[[], None]) -> QTimer:
    """A timer that is not running yet: each start puts `then` off by so much."""
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    timer.timeout.connect(then)
    return timer


def start_since(timer: QTimer, milliseconds: int, moment: float) -> None:
    """As if it had been started at a moment of `time.monotonic`."""
    timer.start(max(milliseconds - round(1000 * (time.monotonic() - moment)), 0))
