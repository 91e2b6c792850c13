"""What lies under the item that a hand paints on: it is the same from dab to dab, and remembered in small cells.

As floats, before anything is rounded: what is laid on it comes out to the bit as if all had been laid anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.document.contents.remembered import Remembered, Sheets
from studio_app.document.planes import Rect, overlap, shares

CELL = 64
"""Pixels of a side. A tile is a multiple of it."""
MAX_BYTES = 24 << 20


class Grounds:
    """Of any trees."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._cells = Remembered[object](max_bytes)

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
                known = self._cells.take((how, cell))
                parts = known[1] if known is not None and known[0] == made_of else lay(cell)
                self._cells.put((how, cell), made_of, parts)
                if not whole:
                    whole = [np.empty((height, width, *p.shape[2:]), p.dtype) for p in parts]
                here, there = shares(rect, cell)
                for out, part in zip(whole, parts, strict=True):
                    out[here] = part[there]
        return tuple(whole)

    def clear(self) -> None:
        self._cells.clear()
