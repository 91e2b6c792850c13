"""How the people of a pose are drawn over the canvas: their joints and limbs, and what of them is held."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPainterPathStroker, QPen

from studio_app.document.people import Person
from studio_app.scene.openpose import LIMBS, PALETTE, stroke_radius
from studio_app.ui.canvas.figures import Grip
from studio_app.ui.transform import DocumentToView


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
