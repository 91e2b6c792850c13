"""What the running Python itself needs before a long session."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Generator
from contextlib import contextmanager

_PLENTY = 1 << 40
_MANY = 100_000
"""Objects that are worth being kept out of the collector's sight."""

_resting = False


def keep_singletons() -> None:
    """Makes None, True and False as good as immortal, as they are from Python 3.12 on. Once is enough.

    WORKAROUND: PySide6 6.12.0 is built as if they were immortal in Python 3.10 and 3.11 too: every call that
    returns None and every `emit` drops a reference that was never taken, and after some minutes the process
    dies of "none_dealloc: deallocating None". Until a PySide6 that counts again is required (6.11.2 does).
    """
    if sys.version_info >= (3, 12) or sys.implementation.name != "cpython":
        return
    for value in (None, True, False, NotImplemented, Ellipsis):
        if sys.getrefcount(value) < _PLENTY // 2:
            ctypes.c_ssize_t.from_address(id(value)).value += _PLENTY


@contextmanager
def collector_at_rest() -> Generator[None, None, None]:
    """For a block that makes very many objects which stay: imports, networks.

    The collector would look through them again and again meanwhile (a quarter of the time that an import of
    such libraries takes), and once more a while later: a quarter of a second in which neither window nor
    engine gets a turn. So it rests, and if there were very many, it never looks again at what exists at the
    end. That is freed as ever when nobody holds it; only a ring of objects would stay, so whatever is large
    must not be in one.
    """
    global _resting
    if _resting:  # a block within a block
        yield
        return
    own = gc.isenabled()  # else somebody has taken it over: see `collect`
    if own:
        gc.collect(1)
        gc.disable()
    _resting = True
    try:
        yield
    finally:
        _resting = False
        if gc.get_count()[0] > _MANY:
            gc.freeze()
        if own:
            gc.enable()


def collect(*, everything: bool) -> int | None:
    """For who has taken the collector over with `gc.disable()`: collects the oldest generation that is due, as it would
    by itself. everything: whether there is time for the oldest of all. Which one was collected; None where none is due
    or the collector rests."""
    if _resting:
        return None
    counts, thresholds = gc.get_count(), gc.get_threshold()
    for generation in (2, 1, 0) if everything else (1, 0):
        if counts[generation] > thresholds[generation]:
            gc.collect(generation)
            return generation
    return None
