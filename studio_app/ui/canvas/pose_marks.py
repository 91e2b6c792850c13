"""How the people of a pose are drawn over the canvas: their joints and limbs, and what of them is held."""

from __future__ import annotations

from collections.abc import Callable
from math import floor

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPainterPathStroker, QPen, QPixmap

from studio_app.document.people import Person
from studio_app.scene.openpose import LIMBS, PALETTE, stroke_radius
from studio_app.ui.canvas.figures import Grip
from studio_app.ui.transform import DocumentToView

_VIEWS = 3
"""Whose looks are remembered at once."""
_GRID = 4
"""Of view pixels: whole device pixels too, whatever quarters a screen is scaled by."""


class Resting:
    """People who are not in hand: smooth limbs are dear, and a dab passes over them many times, so they are drawn once
    for each look."""

    def __init__(self) -> None:
        self._known: dict[object, tuple[QRect, QPixmap]] = {}

    def paint(
        self,
        painter: QPainter,
        look: object,
        area: Callable[[], QRectF],
        draw: Callable[[QPainter], None],
    ) -> None:
        """In view coordinates. look: equal where they look the same. area: what `draw` may touch."""
        dpr, view = painter.device().devicePixelRatioF(), painter.window()
        key = look, dpr, view.getRect()
        known = self._known.pop(key, None)
        if known is None:
            known = _drawn(area().intersected(QRectF(view)), dpr, draw)
            while len(self._known) >= _VIEWS:
                self._known.pop(next(iter(self._known)))
        self._known[key] = known
        box, pixmap = known
        if not box.isEmpty():
            painter.drawPixmap(box.topLeft(), pixmap)


def _drawn(area: QRectF, dpr: float, draw: Callable[[QPainter], None]) -> tuple[QRect, QPixmap]:
    if area.isEmpty():
        return QRect(), QPixmap()
    left, top = (floor(edge / _GRID) * _GRID for edge in (area.left(), area.top()))
    wide, high = (
        -floor((begin - end) / _GRID) * _GRID
        for begin, end in ((left, area.right()), (top, area.bottom()))
    )
    pixmap = QPixmap(round(wide * dpr), round(high * dpr))
    pixmap.setDevicePixelRatio(dpr)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        painter.translate(-left, -top)
        draw(painter)
    return QRect(left, top, wide, high), pixmap


def paint_person(
    painter: QPainter,
    transform: DocumentToView,
    person: Person,
    number: int,
    radius: float,
    *,
    active: bool,
    grips: tuple[tuple[Grip | None, float], ...] = (),
) -> None:
    """A figure in view coordinates. radius: of its joints. active: with its hidden joints, and marks of a width around
    those of `grips` that are on this person."""
    points = [transform.to_view(float(x), float(y)) for x, y, _ in person.joints]
    shown = [bool(there > 0) for there in person.joints[:, 2]]
    for under in (True, False):  # a dark rim keeps the colours readable on any picture
        for (a, b), rgb in zip(LIMBS, PALETTE, strict=False):
            if shown[a] and shown[b]:
                colour = QColor(0, 0, 0, 150) if under else QColor(*rgb).darker(125)
                pen = QPen(colour, radius * 1.1 + (2.5 if under else 0))
                pen.setCapStyle(Qt.PenCapStyle.RoundCap)
                painter.setPen(pen)
                painter.drawLine(points[a], points[b])
    for joint, point in enumerate(points):
        if shown[joint]:
            painter.setPen(QPen(QColor(0, 0, 0, 190), 1.25))
            painter.setBrush(QColor(*PALETTE[joint]))
            painter.drawEllipse(point, radius, radius)
        elif active:
            painter.setPen(QPen(QColor(*PALETTE[joint]), 1.25, Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(point, radius, radius)
    if active:
        for grip, width in grips:
            if grip is not None and grip.person == number:
                _paint_grip(painter, points, grip, radius, width)


def _paint_grip(
    painter: QPainter, points: list[QPointF], grip: Grip, radius: float, width: float
) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in (QPen(QColor(0, 0, 0, 200), width + 2), QPen(QColor(255, 255, 255), width)):
        painter.setPen(pen)
        if grip.joint is not None:
            painter.drawEllipse(points[grip.joint], radius + 3, radius + 3)
            continue
        if grip.limb is not None:
            one, other = (points[joint] for joint in LIMBS[grip.limb])
            painter.drawPath(_sleeve(one, other, radius + 3))
            continue
        pen.setWidthF(width / 2 if pen.color().red() else width)
        painter.setPen(pen)
        painter.drawRect(_around(points, radius + 6))


def _sleeve(one: QPointF, other: QPointF, radius: float) -> QPainterPath:
    """Around a limb, round at its ends."""
    line = QPainterPath(one)
    line.lineTo(other)
    stroker = QPainterPathStroker()
    stroker.setWidth(2 * radius)
    stroker.setCapStyle(Qt.PenCapStyle.RoundCap)
    return stroker.createStroke(line).simplified()


def _around(points: list[QPointF], margin: float) -> QRectF:
    xs, ys = [point.x() for point in points], [point.y() for point in points]
    box = QRectF(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
    return box.adjusted(-margin, -margin, margin, margin)


def radius_of(transform: DocumentToView, extent: tuple[int, int]) -> float:
    return min(max(stroke_radius(*extent) * transform.scale * 0.8, 3.0), 9.0)
