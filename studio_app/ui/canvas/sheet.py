"""The drawing as an image that is kept up to date by its dirty parts."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage, QPainter

from studio_app.document.document import Document
from studio_app.document.tiles import TILE
from studio_app.ui.canvas.composite import compose, paper
from studio_app.ui.images import to_qimage


class Sheet:
    """`image` is what `compose` makes of a document; only what is dirty is made anew, tile by tile."""

    def __init__(self) -> None:
        self.image = QImage()
        self._paper = 0

    def refresh(self, document: Document, active: str, dirty: QRect | None = None) -> QRect:
        """Returns what is new. dirty: pixels of the document that changed; None: all. All is new with another
        size, and where the paper turns black or back (with the first dab)."""
        width, height = document.canvas
        page = QRect(0, 0, width, height)
        before, self._paper = self._paper, paper(document)
        if self.image.size() != page.size():
            self.image = QImage(page.size(), QImage.Format.Format_ARGB32_Premultiplied)
            dirty = None
        dirty = page if dirty is None or before != self._paper else dirty.intersected(page)
        if dirty.isEmpty():
            return dirty
        with QPainter(self.image) as painter:
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
            for part in _parts(dirty):
                left, top = part.left(), part.top()
                pixels = compose(document, active, (left, top, part.width(), part.height()))
                pixels.flags.writeable = False
                painter.drawImage(QPoint(left, top), to_qimage(pixels))
        return dirty


def _parts(rect: QRect) -> list[QRect]:
    """A rectangle in pieces that each lie in one tile."""
    rows = range(rect.top() // TILE, rect.bottom() // TILE + 1)
    columns = range(rect.left() // TILE, rect.right() // TILE + 1)
    return [
        rect.intersected(QRect(column * TILE, row * TILE, TILE, TILE))
        for row in rows
        for column in columns
    ]
