"""The outline of the brush under the pointer: readable on black, on white and on anything between."""

from __future__ import annotations

from math import atan2, ceil, cos, pi, sin

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap

from studio_app.ui import theme
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.faces.registry import FACES
from studio_app.ui.transform import DocumentToView

_LEAST = 2.0


def brush_bounds(centre: QPointF, radius: float) -> QRect:
    """The view pixels that the outline may touch."""
    reach = max(radius, 8.0) + 3
    return QRectF(centre.x() - reach, centre.y() - reach, 2 * reach, 2 * reach).toAlignedRect()


def line_bounds(line: QLineF) -> QRect:
    """The view pixels that the line to be drawn may touch."""
    box = QRectF(line.p1(), line.p2()).normalized()
    return box.adjusted(-3, -3, 3, 3).toAlignedRect()


def paint_line(painter: QPainter, line: QLineF) -> None:
    """Where a click with Shift would draw, readable on anything."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for colour, width in ((QColor(0, 0, 0, 140), 2.5), (QColor(255, 255, 255, 220), 1.0)):
        painter.setPen(QPen(colour, width))
        painter.drawLine(line)


def inside(exposed: QRect, rect: QRect, transform: DocumentToView) -> bool:
    """Whether a part of the view lies so far inside a rectangle of the document that no line around that is seen."""
    if not transform.upright:
        return False
    return transform.view_rect(rect).adjusted(2, 2, -2, -2).contains(QRectF(exposed))


def paint_edge(painter: QPainter, page: QPainterPath) -> None:
    """The hair line around the canvas. View pixels."""
    painter.setPen(QPen(theme.colour("line"), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    box = page.boundingRect()
    if page.elementCount() == 5 and page.contains(box.adjusted(0.01, 0.01, -0.01, -0.01)):
        painter.drawRect(box.adjusted(-0.5, -0.5, 0.5, 0.5))
    else:
        painter.drawPath(page)


def paint_frame(
    painter: QPainter, transform: DocumentToView, page: QRect, frame: QRect, exposed: QRect
) -> None:
    """Darkens what of the canvas the model does not see, and draws a line around what it does. page, frame: in pixels
    of the document; exposed: what of the view is painted."""
    shade, edge = QColor(0, 0, 0, 110), transform.outline(frame)
    if transform.upright and not edge.boundingRect().adjusted(-3, -3, 3, 3).intersects(exposed):
        painter.fillRect(transform.view_rect(page), shade)  # the path of both is dear
        return
    painter.fillPath(transform.outline(page).subtracted(edge), shade)
    outline(painter, edge)


def outline(painter: QPainter, frame: QPainterPath) -> None:
    """The line around the frame, in view pixels."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((QColor(0, 0, 0, 160), 3.0), (theme.colour("accent"), 1.0)):
        painter.setPen(QPen(colour, width))
        painter.drawPath(frame)


_TURNING = (
    Qt.CursorShape.SizeHorCursor,
    Qt.CursorShape.SizeFDiagCursor,
    Qt.CursorShape.SizeVerCursor,
    Qt.CursorShape.SizeBDiagCursor,
)
"""By eighths of a turn, from the right and clockwise."""


def turned_shape(shape: Qt.CursorShape, transform: DocumentToView) -> Qt.CursorShape:
    """The arrow that points in the view as the given one does in the document; another shape as it is."""
    if shape not in _TURNING or transform.upright:
        return shape
    angle = _TURNING.index(shape) * pi / 4
    across, down = transform.direction(cos(angle), sin(angle))
    return _TURNING[round(atan2(down, across) / (pi / 4)) % 4]


class BrushOutline:
    """A ring of the brush's size, its full part dotted inside, and what it paints in the middle.

    Smooth rings are dear, and the pointer moves more often than the brush changes: they are drawn once.
    """

    def __init__(self) -> None:
        self._pixmap = QPixmap()
        self._look: tuple[object, ...] = ()

    def paint(self, painter: QPainter, centre: QPointF, radius: float, tools: ToolState) -> None:
        dpr = painter.device().devicePixelRatioF()
        brush = tools.brush
        look = (radius, brush.hardness, brush.eraser, paint_colour(tools).rgb(), dpr)
        if look != self._look:
            self._look = look
            self._pixmap = _outline(radius, tools, dpr)
        half = self._pixmap.deviceIndependentSize() / 2
        corner = centre - QPointF(half.width(), half.height())
        painter.drawPixmap(QPointF(round(corner.x()), round(corner.y())), self._pixmap)


def _outline(radius: float, tools: ToolState, dpr: float) -> QPixmap:
    side = 2 * ceil(max(radius, _LEAST, 8.0) + 3)
    pixmap = QPixmap(round(side * dpr), round(side * dpr))
    pixmap.setDevicePixelRatio(dpr)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        _draw_outline(painter, QPointF(side / 2, side / 2), radius, tools)
    return pixmap


def _draw_outline(painter: QPainter, centre: QPointF, radius: float, tools: ToolState) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
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


def cursor_shape(tools: ToolState, radius: float) -> Qt.CursorShape:
    """The pointer's over the canvas; radius: of the brush, in view pixels. Its outline is all one needs to see."""
    if not tools.paints:
        return Qt.CursorShape.ArrowCursor
    if tools.tool == "picker" or radius < 3:
        return Qt.CursorShape.CrossCursor
    return Qt.CursorShape.BlankCursor


def paint_colour(tools: ToolState) -> QColor:
    """What the brush leaves: its colour, its depth as grey, the red of the mask."""
    return FACES[tools.layer].paint(tools)
