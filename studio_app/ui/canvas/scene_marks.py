"""What a scene shows of itself while it is in hand: handles, joints, and frames around what is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from studio_app.document.contents.scene import Scene
from studio_app.scene.openpose import LIMBS, PALETTE
from studio_app.scene.stage import picking
from studio_app.scene.stage.gizmos import Change, Handle, Mode
from studio_app.scene.stage.stage import Item
from studio_app.scene.stage.things import Mannequin, outline_of
from studio_app.ui.transform import DocumentToView

if TYPE_CHECKING:
    from studio_app.ui.canvas.scene_tool import SceneTool

AXES = {"x": QColor(226, 84, 84), "y": QColor(112, 190, 74), "z": QColor(80, 140, 232)}
"""As in every 3D program."""
_PLANES = {"yz": "x", "zx": "y", "xy": "z"}
_FRAME = QColor(255, 255, 255, 210)
_MARGIN = 26.0


def paint(tool: SceneTool, painter: QPainter, transform: DocumentToView) -> None:
    content = tool.content
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for item in tool.items:
        _frame(painter, transform, content, item)
    figure = tool.figure
    if figure is not None and figure.visible:
        _joints(tool, painter, transform, content, figure)
    shown = tool.gizmo(transform.scale)
    if shown is not None:
        over = tool.hovered
        held = over.part if over is not None and over.kind == "handle" else None
        for handle in shown.handles:
            line = _in_view(handle.line, transform, content)
            _handle(painter, tool.mode, handle, line, lit=handle.what == held)
    painter.restore()


def amount(mode: Mode, change: Change) -> str:
    """How far a drag has got, while it lasts: a shift along the axes, an angle, or factors."""
    if mode == "turn":
        return f"{change.degrees:+.0f}°"
    if mode == "scale":
        x, y, z = change.factors
        if x == y == z:
            return f"× {x:.2f}"
        return "  ".join(
            f"{axis} × {by:.2f}" for axis, by in zip("xyz", (x, y, z), strict=True) if by != 1
        )
    return "  ".join(
        f"{axis} {by:+.2f}" for axis, by in zip("xyz", change.by, strict=True) if abs(by) >= 0.005
    )


def bounds(tool: SceneTool, transform: DocumentToView) -> QRectF:
    """Where `paint` paints."""
    content = tool.content
    area = QRectF()
    for item in tool.items:
        area = area.united(_box(transform, content, item))
    shown = tool.gizmo(transform.scale)
    for handle in () if shown is None else shown.handles:
        area = area.united(QPolygonF(_in_view(handle.line, transform, content)).boundingRect())
    return area.adjusted(-_MARGIN, -_MARGIN, _MARGIN, _MARGIN)


def _box(transform: DocumentToView, content: Scene, item: Item) -> QRectF:
    """Around what is seen of an item, in view pixels; the whole of a wall and of what reaches behind the camera."""
    points = outline_of(item.thing, item.placement)
    camera = content.stage.camera
    x, y, width, height = content.frame
    whole = transform.view_rect(QRectF(x, y, width, height))
    if not len(points):
        return whole
    pixels, z = camera.project(points, *content.extent)
    if camera.fov is not None and z.min() < 1e-3:
        return whole
    low, high = pixels.min(0), pixels.max(0)
    (left, top), (right, bottom) = np.clip(np.array([low, high]), -1e4, 1e5)
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    return QPolygonF(_in_view(corners, transform, content)).boundingRect()


def _frame(painter: QPainter, transform: DocumentToView, content: Scene, item: Item) -> None:
    box = _box(transform, content, item).adjusted(-4, -4, 4, 4)
    style = Qt.PenStyle.DashLine if item.locked else Qt.PenStyle.SolidLine
    for colour, width in ((QColor(0, 0, 0, 130), 3.0), (_FRAME, 1.0)):
        painter.setPen(QPen(colour, width, style))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        corner = min(box.width(), box.height(), 40.0) / 3
        for x, dx in ((box.left(), corner), (box.right(), -corner)):
            for y, dy in ((box.top(), corner), (box.bottom(), -corner)):
                painter.drawPolyline(
                    [QPointF(x + dx, y), QPointF(x, y), QPointF(x, y + dy)]
                )  # fmt: skip


def _joints(
    tool: SceneTool, painter: QPainter, transform: DocumentToView, content: Scene, item: Item
) -> None:
    assert isinstance(item.thing, Mannequin)
    places = picking.handles(item, content.stage.camera, content.extent)
    points = _in_view(places[:, :2], transform, content)
    there = [bool(z > 1e-6) for z in places[:, 2]]
    for (a, b), rgb in zip(LIMBS, PALETTE, strict=False):
        if there[a] and there[b]:
            painter.setPen(QPen(QColor(*rgb, 150), 1.6))
            painter.drawLine(points[a], points[b])
    over = tool.hovered
    held = over.part if over is not None and over.kind == "joint" else None
    for joint, point in enumerate(points):
        if not there[joint]:
            continue
        hidden = joint in item.thing.hidden
        colour = QColor(*PALETTE[joint])
        painter.setPen(QPen(QColor(0, 0, 0, 200), 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush if hidden else colour)
        if hidden:
            painter.setPen(QPen(colour, 1.4, Qt.PenStyle.DotLine))
        radius = 5.0 if joint < 14 else 3.5
        painter.drawEllipse(point, radius, radius)
        for lit, width in ((joint == held, 1.5), (joint == tool.joint, 2.5)):
            if lit:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(_FRAME, width))
                painter.drawEllipse(point, radius + 3, radius + 3)


def _handle(
    painter: QPainter, mode: str, handle: Handle, line: list[QPointF], *, lit: bool
) -> None:
    name = _PLANES.get(handle.what, handle.what)
    colour = QColor(AXES.get(name, QColor(240, 240, 240)))
    if lit:
        colour = QColor(255, 214, 84)
    if handle.area:
        fill = QColor(colour)
        fill.setAlpha(190 if lit else 110)
        painter.setPen(QPen(colour, 1.2))
        painter.setBrush(fill)
        painter.drawPolygon(QPolygonF(line))
        return
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen, width in ((QColor(0, 0, 0, 110), 4.5), (colour, 3.0 if lit else 2.2)):
        painter.setPen(
            QPen(pen, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        )  # fmt: skip
        painter.drawPolyline(line)
    if mode == "turn":
        return
    painter.setPen(QPen(QColor(0, 0, 0, 140), 1.0))
    painter.setBrush(colour)
    end = line[-1]
    if mode == "scale":
        painter.drawRect(QRectF(end.x() - 4.5, end.y() - 4.5, 9, 9))
        return
    along = end - line[0]
    length = max((along.x() ** 2 + along.y() ** 2) ** 0.5, 1e-6)
    ahead, side = along / length * 11, QPointF(-along.y(), along.x()) / length * 5.5
    painter.drawPolygon(QPolygonF([end + ahead, end + side, end - side]))


def _in_view(line: np.ndarray, transform: DocumentToView, content: Scene) -> list[QPointF]:
    """Pixels of the look as points of the view."""
    return [transform.to_view(*content.on_canvas(float(x), float(y))) for x, y in line]
