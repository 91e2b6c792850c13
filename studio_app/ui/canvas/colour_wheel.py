"""Choosing a colour by a wheel: the hue in a ring, saturation and brightness in the square within."""

from __future__ import annotations

from math import atan2, cos, hypot, pi, sin

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QConicalGradient,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from studio_app.ui import theme
from studio_app.ui.canvas.colour_field import ColourField

SIDE = 184
RING = 18.0


class ColourWheel(ColourField):
    """Keys as of the field."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Colour wheel"))
        self.setFixedSize(SIDE, SIDE)

    def place_of(self, hue: float) -> QPointF:
        """Of a hue in the ring, 0..1 from the right and counter-clockwise."""
        middle, radius = self._middle(), SIDE / 2 - RING / 2 - 1
        angle = 2 * pi * hue
        return QPointF(middle.x() + radius * cos(angle), middle.y() - radius * sin(angle))

    # inside ColourField

    def _middle(self) -> QPointF:
        return QRectF(self.rect()).center()

    def _square(self) -> QRectF:
        half = (SIDE / 2 - RING - 7) / 2**0.5
        middle = self._middle()
        return QRectF(middle.x() - half, middle.y() - half, 2 * half, 2 * half)

    def _on_strip(self, point: QPointF) -> bool:
        away = point - self._middle()
        return hypot(away.x(), away.y()) > SIDE / 2 - RING - 4

    def _point_at(self, point: QPointF) -> None:
        square = self._square()
        if self._in_strip:
            away = point - self._middle()
            self._set((atan2(-away.y(), away.x()) / (2 * pi)) % 1.0, self._saturation, self._value)
        else:
            across = (point.x() - square.left()) / square.width()
            self._set(self._hue, across, 1 - (point.y() - square.top()) / square.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        square = self._square()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_ring(painter)
            self._paint_square(painter, square)
            at = QPointF(
                square.left() + self._saturation * square.width(),
                square.bottom() - self._value * square.height(),
            )
            hue = self.place_of(self._hue)
            for colour, width in ((QColor(0, 0, 0), 3.0), (QColor(255, 255, 255), 1.5)):
                painter.setPen(QPen(colour, width))
                painter.setBrush(QColor(*self.colour))
                painter.drawEllipse(at, 6, 6)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(hue, RING / 2 - 2, RING / 2 - 2)
            if self.hasFocus():
                painter.setPen(QPen(theme.colour("accent"), 1))
                painter.drawRect(square.adjusted(-1.5, -1.5, 1.5, 1.5))

    def _paint_ring(self, painter: QPainter) -> None:
        middle = self._middle()
        hues = QConicalGradient(middle, 0)
        for i in range(13):
            hues.setColorAt(i / 12, QColor.fromHsvF(min(i / 12, 0.9999), 1, 1))
        ring = QPainterPath()
        ring.addEllipse(middle, SIDE / 2 - 1, SIDE / 2 - 1)
        hole = QPainterPath()
        hole.addEllipse(middle, SIDE / 2 - RING - 1, SIDE / 2 - RING - 1)
        painter.fillPath(ring.subtracted(hole), hues)
