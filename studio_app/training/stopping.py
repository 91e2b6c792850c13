"""How a run is told to stop: by a signal, which it takes after its step, not in the middle of it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def stopping(stop: Callable[[int], None]) -> Iterator[None]:
    """Inside, SIGTERM and SIGINT call `stop` with their number. In another thread than the main one none is caught."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def caught(number: int, frame: Any) -> None:
        del frame
        stop(number)

    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, caught) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
