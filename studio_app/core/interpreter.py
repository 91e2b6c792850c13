"""What the running Python itself needs before a long session."""

from __future__ import annotations

import ctypes
import sys

_PLENTY = 1 << 40


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
