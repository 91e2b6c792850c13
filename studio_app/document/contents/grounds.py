"""What lies under the item that a hand paints on: it is the same from dab to dab, and remembered in small cells.

As floats, before anything is rounded: what is laid on it comes out to the bit as if all had been laid anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.document.planes import Rect, overlap, shares

CELL = 64
"""Pixels of a side. A tile is a multiple of it."""
MAX_BYTES = 24 << 20
Sheets = tuple[NDArray[Any], ...]
_Known = tuple[object, Sheets]


class Grounds:
    """Bounded in bytes, the longest unused go first. Two threads at once may do the same work twice."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self.max_bytes = max_bytes
        self._known: dict[object, _Known] = {}
        self._bytes = 0

    def read(
        self, how: object, made_of: object, rect: Rect, box: Rect, lay: Callable[[Rect], Sheets]
    ) -> Sheets:
        """A rectangle of the ground that `lay` makes. box: of the tile that it lies in. how: which ground that is;
        made_of: equal as long as it looks the same in this tile."""
        whole: list[NDArray[Any]] = []
        x, y, width, height = rect
        for top in range(y // CELL * CELL, y + height, CELL):
            for left in range(x // CELL * CELL, x + width, CELL):
                cell = overlap((left, top, CELL, CELL), box)
                parts = self._cell((how, cell), made_of, cell, lay)
                if not whole:
                    whole = [np.empty((height, width, *p.shape[2:]), p.dtype) for p in parts]
                here, there = shares(rect, cell)
                for out, part in zip(whole, parts, strict=True):
                    out[here] = part[there]
        return tuple(whole)

    def clear(self) -> None:
        self._known.clear()
        self._bytes = 0

    def _cell(
        self, key: object, made_of: object, cell: Rect, lay: Callable[[Rect], Sheets]
    ) -> Sheets:
        known = self._known.pop(key, None)
        if known is not None and known[0] == made_of:
            self._known[key] = known
            return known[1]
        self._bytes -= 0 if known is None else _weight(known[1])
        parts = lay(cell)
        self._known[key] = made_of, parts
        self._bytes += _weight(parts)
        while self._bytes > self.max_bytes and len(self._known) > 1:
            try:
                oldest = next(iter(self._known))
            except RuntimeError:  # another thread has put something in: the next one clears up
                break
            gone = self._known.pop(oldest, None)
            self._bytes -= 0 if gone is None else _weight(gone[1])
        return parts


def _weight(parts: Sheets) -> int:
    return sum(part.nbytes for part in parts)
