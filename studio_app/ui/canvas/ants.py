"""The edge of the selection, marching."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QPointF, QRect, QTimer, Signal
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPainterPath, QPen, QPixmap

from studio_app.document.planes import Plane
from studio_app.document.selection_edges import edges_of
from studio_app.ui.transform import DocumentToView

AT_ONCE = 16
"""Tiles of a selection whose edge is looked for while one waits; of a larger one, in the background."""
_PERIOD = 8
_INTERVAL_MS = 160

Later = Callable[[Callable[[], Any], Callable[[Any], object]], object]
"""Has a job done in the background, and gives what comes of it to the other, here."""


class Ants(QObject):
    """Draws the edge of a plane of cover, where it is half selected. `clock` says when to repaint; it stands where
    there is no edge."""

    moved = Signal(QRect)
    """There is another edge: where that, or the one before it, looks different, in pixels of the document."""

    def __init__(self, later: Later, parent: QObject) -> None:
        super().__init__(parent)
        self._later = later
        self._selection: Plane | None = None
        self._path = QPainterPath()
        self._phase = 0
        self.clock = QTimer(self)
        self.clock.setInterval(_INTERVAL_MS)
        self.clock.timeout.connect(self._march)

    def show(self, selection: Plane | None) -> None:
        """Takes another selection. The edge of a large one comes later, and the one before stays until then."""
        if selection is self._selection:
            return
        self._selection = selection
        if selection is None:
            self._take(selection, QPainterPath())
        elif len(selection.tiles) <= AT_ONCE and all(t.made for t in selection.tiles.values()):
            self._take(selection, edge_of(selection))
        else:
            self._later(lambda: edge_of(selection), lambda path: self._take(selection, path))

    @property
    def rect(self) -> QRect:
        """Around it, in pixels of the document."""
        return self._path.boundingRect().toAlignedRect().adjusted(-1, -1, 1, 1)

    def paint(self, painter: QPainter, transform: DocumentToView) -> None:
        if self._path.isEmpty():
            return
        painter.save()
        painter.setBrushOrigin(QPointF(self._phase, 0))
        path = transform.painter_transform().map(self._path)
        painter.strokePath(path, QPen(QBrush(_stripes()), 1.0))
        painter.restore()

    def _take(self, selection: Plane | None, path: QPainterPath) -> None:
        if selection is not self._selection:
            return
        before, self._path = self.rect, path
        if selection is None:
            self.clock.stop()
        else:
            self.clock.start()
        self.moved.emit(before.united(self.rect))

    def _march(self) -> None:
        self._phase = (self._phase + 1) % _PERIOD


def edge_of(selection: Plane) -> QPainterPath:
    """The lines between pixels that are selected by half or more and those that are not."""
    path = QPainterPath()
    for x, y, u, v in zip(*edges_of(selection).T.tolist(), strict=True):
        path.moveTo(x, y)
        path.lineTo(u, v)
    return path


def _stripes() -> QPixmap:
    """Diagonal, black and white: they march along any line."""
    image = QImage(_PERIOD, _PERIOD, QImage.Format.Format_RGB32)
    for row in range(_PERIOD):
        for column in range(_PERIOD):
            light = (row + column) % _PERIOD < _PERIOD // 2
            image.setPixelColor(column, row, QColor(255, 255, 255) if light else QColor(0, 0, 0))
    return QPixmap.fromImage(image)
