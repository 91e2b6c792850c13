"""Sheets that were made once, with what they were made of. Bounded in bytes: the longest unused go first."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from numpy.typing import NDArray

Sheets = tuple[NDArray[Any], ...]
"""[h, w] or [h, w, C] each, of one rectangle."""
Source = TypeVar("Source")


class Remembered(Generic[Source]):
    """Two threads at once may do the same work twice."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._known: dict[object, tuple[Source, Sheets]] = {}
        self.nbytes = 0

    def take(self, key: object) -> tuple[Source, Sheets] | None:
        """What is known by that key; it has to be put back."""
        known = self._known.pop(key, None)
        if known is not None:
            self.nbytes -= _weight(known[1])
        return known

    def put(self, key: object, source: Source, sheets: Sheets) -> None:
        """source: what they were made of. The newest stays whatever it weighs."""
        self._known[key] = source, sheets
        self.nbytes += _weight(sheets)
        while self.nbytes > self._max_bytes and len(self._known) > 1:
            try:
                oldest = next(iter(self._known))
            except RuntimeError:  # another thread has put something in: the next one clears up
                break
            self.take(oldest)

    def clear(self) -> None:
        self._known.clear()
        self.nbytes = 0


def _weight(sheets: Sheets) -> int:
    return sum(sheet.nbytes for sheet in sheets)
