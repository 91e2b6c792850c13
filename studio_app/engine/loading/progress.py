"""What a load tells of itself while it goes on, and where it can be stopped: at every tensor that is read.

Networks are read deep inside a family, which need not know who listens.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

from studio_app.core.engine import Progress


class _Loading:
    def __init__(self, total: int, progress: Progress) -> None:
        self._total, self._progress, self._read = max(total, 1), progress, 0

    def read(self, what: str, count: int) -> None:
        self._read += count
        self._progress(what, min(self._read / self._total, 1.0))


_now: ContextVar[_Loading | None] = ContextVar("loading", default=None)


@contextlib.contextmanager
def telling(total: int, progress: Progress) -> Iterator[None]:
    """Whatever is read inside is told to `progress`, as a share of `total` bytes. What that raises ends the load."""
    before = _now.set(_Loading(total, progress))
    try:
        yield
    finally:
        _now.reset(before)


def was_read(what: str, count: int) -> None:
    """Bytes of a network, by whoever reads them. Raises what the listener raises."""
    loading = _now.get()
    if loading is not None:
        loading.read(what, count)
