"""The edge of the selection, marching."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, QRect, QTimer
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPainterPath, QPen, QPixmap

from studio_app.document.planes import Plane
from studio_app.document.selections import bounds_of
from studio_app.ui.transform import DocumentToView

_PERIOD = 8
_INTERVAL_MS = 160


class Ants(QObject):
    """Draws the edge of a plane of cover, where it is half selected. `clock` says when to repaint; it stands where
    there is no edge."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._selection: Plane | None = None
        self._path = QPainterPath()
        self._phase = 0
        self.clock = QTimer(self)
        self.clock.setInterval(_INTERVAL_MS)
        self.clock.timeout.connect(self._march)

    def show(self, selection: Plane | None) -> bool:
        """Takes another selection; whether it is one."""
        if selection is self._selection:
            return False
        self._selection = selection
        self._path = QPainterPath() if selection is None else edge_of(selection)
        if selection is None:
            self.clock.stop()
        else:
            self.clock.start()
        return True

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

    def _march(self) -> None:
        self._phase = (self._phase + 1) % _PERIOD


def edge_of(selection: Plane) -> QPainterPath:
    """The lines between pixels that are selected by half or more and those that are not."""
    x, y, width, height = bounds_of(selection)
    path = QPainterPath()
    if width <= 0:
        return path
    inside = np.pad(selection.read(x, y, width, height) >= 128, 1)
    for row, start, end in _runs(inside[1:] != inside[:-1]):
        path.moveTo(x + start - 1, y + row)
        path.lineTo(x + end - 1, y + row)
    for column, start, end in _runs((inside[:, 1:] != inside[:, :-1]).T):
        path.moveTo(x + column, y + start - 1)
        path.lineTo(x + column, y + end - 1)
    return path


def _runs(edges: NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    """(row, start, end) of what is set in each row."""
    steps = np.diff(np.pad(edges, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    starts: Any = np.argwhere(steps == 1)
    ends: Any = np.argwhere(steps == -1)
    return [
        (int(row), int(start), int(end))
        for (row, start), (_, end) in zip(starts, ends, strict=True)
    ]


def _stripes() -> QPixmap:
    """Diagonal, black and white: they march along any line."""
    image = QImage(_PERIOD, _PERIOD, QImage.Format.Format_RGB32)
    for row in range(_PERIOD):
        for column in range(_PERIOD):
            light = (row + column) % _PERIOD < _PERIOD // 2
            image.setPixelColor(column, row, QColor(255, 255, 255) if light else QColor(0, 0, 0))
    return QPixmap.fromImage(image)
