"""The drawing as an image that is kept up to date where it is dirty and seen."""

from __future__ import annotations

import time

from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter

from studio_app.document.document import Document
from studio_app.document.tiles import TILE
from studio_app.ui.canvas.composite import Composer, paper
from studio_app.ui.faces.registry import FACES
from studio_app.ui.images import clear_qimage

MOST_S = 0.016
"""How long one painting of the canvas may compose; what is left comes with the next ones."""

Place = tuple[int, int]
"""Column and row of a tile."""


class Sheet:
    """`image` is what a Composer makes of a document. Changes only say what is dirty; it is made anew, by the tile,
    when it is painted: a hundred changes between two paintings, or what lies out of sight, cost nothing."""

    def __init__(self) -> None:
        self.image = QImage()
        self.composer = Composer()
        self._paper = 0
        self._active = ""
        self._dirty: dict[Place, QRect] = {}
        self._all_dirty = False

    @property
    def opaque(self) -> bool:
        """Whether nothing is seen through it."""
        return self._paper == 255

    @property
    def clean(self) -> bool:
        """Whether all of it shows the document as it is."""
        return not self._dirty

    def invalidate(
        self, document: Document, active: str, dirty: QRect | None = None, *, kind: str = ""
    ) -> QRect:
        """Returns what will be new. dirty: pixels of the document that changed; None: all. kind: of the one node that
        changed, where it was one. All is new with another size or another kind in hand, and where the paper turns black
        or back (with the first dab)."""
        width, height = document.canvas
        page = QRect(0, 0, width, height)
        before = (self._paper, self._active)
        if not kind or FACES[kind].paper is not None:
            self._paper = paper(document)
        self._active = active
        if self.image.size() != page.size():
            self.image = clear_qimage(width, height)
            self._dirty.clear()
            self._all_dirty = False
            dirty = None
        if dirty is None or before != (self._paper, self._active):
            dirty = page
        dirty = dirty.intersected(page)
        if dirty.isEmpty():
            return dirty
        if self._all_dirty:  # of a change of many layers all of them say so
            return dirty
        for place, part in _parts(dirty):
            self._dirty[place] = part.united(self._dirty.get(place, part))
        self._all_dirty = dirty == page
        return dirty

    def refresh(self, document: Document, seen: QRect) -> QRect:
        """Makes anew what is dirty of what is seen, in pixels of the document, as far as the time allows: one tile at
        least. Returns what is left of it."""
        waiting = [place for place, part in self._dirty.items() if part.intersects(seen)]
        if not waiting:
            return QRect()
        self._all_dirty = False
        now, longest = time.perf_counter(), 0.0
        end = now + MOST_S
        parts = [self._dirty[place] for place in waiting]
        around = _around(parts)
        with QPainter(self.image) as painter:
            if around.width() * around.height() <= TILE * TILE:  # a dab where tiles meet
                self._make(painter, document, around)
                for place in waiting:
                    del self._dirty[place]
                return QRect()
            while waiting and now + longest < end:  # the next takes as long as those before
                self._make(painter, document, self._dirty.pop(waiting.pop(0)))
                before, now = now, time.perf_counter()
                longest = max(longest, now - before)
        return _around([self._dirty[place] for place in waiting])

    def _make(self, painter: QPainter, document: Document, part: QRect) -> None:
        rect = (part.left(), part.top(), part.width(), part.height())
        self.composer.paint(painter, document, self._active, rect, self._paper)


def _around(parts: list[QRect]) -> QRect:
    rect = QRect()
    for part in parts:
        rect = rect.united(part)
    return rect


def _parts(rect: QRect) -> list[tuple[Place, QRect]]:
    """A rectangle in pieces that each lie in one tile."""
    rows = range(rect.top() // TILE, rect.bottom() // TILE + 1)
    columns = range(rect.left() // TILE, rect.right() // TILE + 1)
    return [
        ((column, row), rect.intersected(QRect(column * TILE, row * TILE, TILE, TILE)))
        for row in rows
        for column in columns
    ]
