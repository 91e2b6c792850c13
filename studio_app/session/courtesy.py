"""Whether the engine's thread steps back for the window's: a little while the pen is down, never while it loads.

Measured on two cores with the window painting (ui/bench_live.py). Idle, a thread that is nicer by 10 lets the window
be late by 10 ms at most instead of 16, and costs nothing. Beside other programs it costs much: it gets a tenth of
what they get, and an edit's picture comes after 490 to 610 ms at the 95th percentile, where one that is nicer by 2
gives it after 155 to 180, with the window late by 9 ms at the 99th instead of 7 (not nicer at all: 150 to 210, and
14). While it holds Python's lock, as imports do nearly all the time, the window waits with it. So it is a little
nice, and only when there is a hand to follow. And it works as a batch does (SCHED_BATCH): when one of its threads
wakes, it does not push the window's off its core. That gives an edit's picture after 44 instead of 49 ms, 33 instead
of 30 pictures a second (two pairs), and a stroke's segment after 9.9 instead of 11.7 ms at the 95th percentile (the
middle of four, idle). Linux lets a thread take its courtesy back only where the user may (RLIMIT_NICE); elsewhere it
stays as it was when the pen first came down: the imports are done then.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
from pathlib import Path

from studio_app.core.hardware import cores

log = logging.getLogger(__name__)

NICENESS = 2
FEW_CORES = 4
"""With more there is room for both."""


class Courtesy:
    """Of the thread that makes it, and of those that libraries start from it: they carry its name."""

    def __init__(self) -> None:
        self._able = sys.platform == "linux" and cores() <= FEW_CORES
        self._thread = threading.get_native_id()
        self._usual = os.getpriority(os.PRIO_PROCESS, self._thread) if self._able else 0
        self._plain = self._able and os.sched_getscheduler(self._thread) == os.SCHED_OTHER
        """Whether its policy is the usual one, which it may leave and come back to."""
        self._nice: bool = False

    def step_back(self, nice: bool) -> None:
        """nice: behind the window's thread; else beside it again."""
        if not self._able or nice == self._nice:
            return
        wanted = min(self._usual + NICENESS, 19) if nice else self._usual
        threads = _namesakes(self._thread)
        if self._plain:
            policy = os.SCHED_BATCH if nice else os.SCHED_OTHER
            for thread in threads:
                with contextlib.suppress(OSError):  # it has just ended, or a sandbox forbids it
                    os.sched_setscheduler(thread, policy, os.sched_param(0))
        try:
            for thread in threads:
                with contextlib.suppress(ProcessLookupError):
                    os.setpriority(os.PRIO_PROCESS, thread, wanted)
        except OSError as error:
            log.info("the engine's thread keeps its priority: %s", error)
            self._able = False
            return
        self._nice = nice


def _namesakes(thread: int) -> list[int]:
    """This thread and those that carry its name: a thread of OpenMP has that of the thread it works for."""
    tasks = Path("/proc/self/task")
    names: dict[int, bytes] = {}
    for task in tasks.iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            names[int(task.name)] = (task / "comm").read_bytes()
    if names.get(thread) == names.get(os.getpid()):  # it has no name of its own
        return [thread]
    return [number for number, name in names.items() if name == names.get(thread)]
