"""The outline of the brush under the pointer: readable on black, on white and on anything between."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from studio_app.ui.canvas.tool_state import ToolState

_LEAST = 2.0


def brush_bounds(centre: QPointF, radius: float) -> QRect:
    """The view pixels that the outline may touch."""
    reach = max(radius, 8.0) + 3
    return QRectF(centre.x() - reach, centre.y() - reach, 2 * reach, 2 * reach).toAlignedRect()


def paint_brush(painter: QPainter, centre: QPointF, radius: float, tools: ToolState) -> None:
    """A ring of the brush's size, its full part dotted inside, and what it paints in the middle."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    ring = max(radius, _LEAST)
    for colour, width in ((QColor(0, 0, 0, 160), 2.5), (QColor(255, 255, 255, 230), 1.0)):
        painter.setPen(QPen(colour, width))
        painter.drawEllipse(centre, ring, ring)
    brush = tools.brush
    inner = radius * brush.hardness
    if 6 < inner < radius - 3:
        painter.setPen(QPen(QColor(255, 255, 255, 110), 1.0, Qt.PenStyle.DotLine))
        painter.drawEllipse(centre, inner, inner)
    if brush.eraser:
        for colour, width in ((QColor(0, 0, 0, 160), 2.5), (QColor(255, 255, 255, 230), 1.0)):
            painter.setPen(QPen(colour, width))
            for sign in (1, -1):
                painter.drawLine(centre + QPointF(-3, -3 * sign), centre + QPointF(3, 3 * sign))
    elif radius > 5:
        painter.setPen(QPen(QColor(0, 0, 0, 160), 1.0))
        painter.setBrush(paint_colour(tools))
        painter.drawEllipse(centre, 2.5, 2.5)
    painter.restore()


def paint_colour(tools: ToolState) -> QColor:
    """What the brush leaves: its colour, its depth as grey, the red of the mask."""
    if tools.layer == "colour":
        return QColor(*tools.colour)
    if tools.layer == "mask":
        return QColor(236, 74, 66)
    level = round(tools.brush.value * 255)
    return QColor(level, level, level)
