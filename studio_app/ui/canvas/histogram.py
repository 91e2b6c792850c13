"""How often each depth is drawn, with two handles for the levels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPolygonF,
)
from PySide6.QtWidgets import (
    QWidget,
)

from studio_app.document.depths import (
    Levels,
)
from studio_app.ui import theme

_HANDLE = 6.0


class Histogram(QWidget):
    """Bars from far (black, at the left) to near (white), with two handles to drag. `moved(end, value)`: 0 the far one,
    1 the near one, to 0..1."""

    moved = Signal(int, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: NDArray[np.float64] = np.zeros(1)
        self._levels = Levels()
        self._held: int | None = None
        self.setCursor(Qt.CursorShape.SizeHorCursor)

    def show_counts(self, counts: NDArray[np.float64]) -> None:
        self._counts = counts
        self.update()

    def show_levels(self, levels: Levels) -> None:
        self._levels = levels
        self.update()

    def place_of(self, value: float) -> float:
        """x of a depth 0..1."""
        return _HANDLE + value * (self.width() - 2 * _HANDLE)

    # Qt

    def sizeHint(self) -> QSize:
        return QSize(364, 132)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 132)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        ends = [abs(self.place_of(value) - x) for value in (self._levels.low, self._levels.high)]
        middle = (self.place_of(self._levels.low) + self.place_of(self._levels.high)) / 2
        self._held = int(x > middle) if ends[0] == ends[1] else int(ends[1] < ends[0])
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is not None:
            share = (event.position().x() - _HANDLE) / max(self.width() - 2 * _HANDLE, 1)
            self.moved.emit(self._held, min(max(share, 0.0), 1.0))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = None

    def paintEvent(self, event: QPaintEvent) -> None:
        left, wide = _HANDLE, self.width() - 2 * _HANDLE
        bars = QRectF(left, 0, wide, self.height() - 30)
        strip = QRectF(left, bars.bottom() + 2, wide, 10)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillRect(bars, theme.colour("field"))
            self._paint_bars(painter, bars)
            ramp = QLinearGradient(strip.topLeft(), strip.topRight())
            ramp.setColorAt(0, QColor(0, 0, 0))
            ramp.setColorAt(1, QColor(255, 255, 255))
            painter.fillRect(strip, ramp)
            for value in (self._levels.low, self._levels.high):
                self._paint_handle(painter, self.place_of(value), bars, strip)

    def _paint_bars(self, painter: QPainter, bars: QRectF) -> None:
        """Roots: a background that is most of a picture leaves the rest something to see."""
        heights = np.sqrt(self._counts / max(float(self._counts.max()), 1e-9))
        step = bars.width() / len(heights)
        colour = theme.colour("text_muted")
        for place, height in enumerate(heights):
            if height > 0:
                tall = max(height * (bars.height() - 4), 1.0)
                painter.fillRect(
                    QRectF(bars.left() + place * step, bars.bottom() - tall, step + 0.5, tall),
                    colour,
                )

    def _paint_handle(self, painter: QPainter, x: float, bars: QRectF, strip: QRectF) -> None:
        accent = theme.colour("accent")
        painter.setPen(accent)
        painter.drawLine(QPointF(x, bars.top()), QPointF(x, strip.bottom()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(accent)
        top = strip.bottom() + 2
        painter.drawPolygon(
            QPolygonF(
                [QPointF(x, top), QPointF(x - _HANDLE, top + 10), QPointF(x + _HANDLE, top + 10)]
            )
        )
