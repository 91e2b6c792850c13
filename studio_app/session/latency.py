"""How long an artist waits: from an edit to its picture, and where the time goes."""

from __future__ import annotations

import statistics
import sys
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path


@dataclass(frozen=True)
class Latency:
    """What was not measured is None (or missing in `stages`), never zero.

    edit_first_ms, edit_final_ms: medians of the last 30, from an edit to the first picture that has it in
    it and to the whole one at the chosen steps. pictures_per_s: decoded pictures shown in the last
    2 seconds, of different requests. device: as the engine says. memory_mb: of this process.
    stages: milliseconds by stage, the newest run's: text, control (0 where they were known), step (the
    mean of one), decode, draw.
    """

    edit_first_ms: float | None = None
    edit_final_ms: float | None = None
    pictures_per_s: float = 0.0
    device: str = ""
    memory_mb: float | None = None
    stages: Mapping[str, float] = field(default_factory=dict[str, float])


class LatencyMeter:
    """Collects what the mailbox saw shown. Window's thread only."""

    def __init__(self) -> None:
        self._latency = Latency()
        self._first: deque[float] = deque(maxlen=30)
        self._final: deque[float] = deque(maxlen=30)
        self._shown: deque[float] = deque()
        self._last_first = -1.0
        self._last_final = -1.0
        self._last_picture = ""

    @property
    def latency(self) -> Latency:
        now = time.perf_counter()
        while self._shown and now - self._shown[0] > 2.0:
            self._shown.popleft()
        return replace(
            self._latency,
            edit_first_ms=statistics.median(self._first) if self._first else None,
            edit_final_ms=statistics.median(self._final) if self._final else None,
            pictures_per_s=len(self._shown) / 2.0,
            memory_mb=resident_mb(),
        )

    def shown(self, digest: str, edited_at: float, *, final: bool, preview: bool) -> None:
        """A decoded picture of this request is on its way to the screen, now."""
        now = time.perf_counter()
        if digest != self._last_picture:
            self._last_picture = digest
            self._shown.append(now)
        if edited_at <= 0:
            return
        if edited_at > self._last_first:
            self._last_first = edited_at
            self._first.append((now - edited_at) * 1000)
        if final and not preview and edited_at > self._last_final:
            self._last_final = edited_at
            self._final.append((now - edited_at) * 1000)

    def set_device(self, device: str) -> None:
        self._latency = replace(self._latency, device=device)

    def set_stages(self, **stages: float) -> None:
        self._latency = replace(self._latency, stages={**self._latency.stages, **stages})


def resident_mb() -> float | None:
    """Resident memory of this process in MB (10^6 bytes), where the system tells it cheaply."""
    if sys.platform != "linux":
        return None
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    import resource

    return pages * resource.getpagesize() / 1e6
