"""Warping: a net over what is selected, whose points follow the hand, and what lies between them bends along."""

from __future__ import annotations

from math import hypot

from PySide6.QtCore import QCoreApplication, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPen

from studio_app.document.marks import Point
from studio_app.document.warping import CELLS, MOST_CELLS, Mesh
from studio_app.session.studio import Studio
from studio_app.ui import theme
from studio_app.ui.canvas.gestures import pointer_step
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.canvas.tools.floating_tool import FloatingTool
from studio_app.ui.canvas.tools.tool import SHIFT, two_toned
from studio_app.ui.transform import DocumentToView

_REACH = 10.0
"""View pixels around a point that still take it."""
LEAST_POINTS, MOST_POINTS = 2, MOST_CELLS + 1
"""Of a side of the net."""
Knot = tuple[int, int]
"""Row and column of a point of the net."""


class WarpTool(FloatingTool):
    """Points of the net that are in hand follow it (Shift: only across or down), of which Shift takes one more or lets
    one go; between the points all of the net does. Home and End go from point to point, with Shift they keep those
    before; arrows move what is in hand, Page Up and Page Down make the net finer or coarser."""

    text = "Warp"

    def __init__(self, studio: Studio, tools: ToolState, parent: QObject | None = None) -> None:
        super().__init__(studio, tools, parent)
        self.points = CELLS + 1
        """Of a side of the net."""
        self._held: frozenset[Knot] = frozenset()
        self._last: Knot | None = None
        """Where Home and End go on from."""
        self._hovered: Knot | None = None
        self._start: Mesh | None = None

    def mesh(self) -> Mesh | None:
        """The net as it lies now; None where there is nothing to warp."""
        piece, way = self.piece(), self.way()
        if piece is None:
            return None
        cells = self.points - 1
        return way if isinstance(way, Mesh) else Mesh.over(piece.rect, cells, cells)

    def set_points(self, points: int) -> None:
        """So many a side; what is bent already stays so, as nearly as the net allows."""
        points = min(max(points, LEAST_POINTS), MOST_POINTS)
        if points == self.points or self.dragging:
            return
        way = self.way()
        self.points, self._held, self._last = points, frozenset(), None
        if isinstance(way, Mesh):
            self._apply(way.with_cells(points - 1, points - 1))
            self.studio.set_pen_down(False)
        self.tools.changed.emit()

    # ---- dragging ----

    def begin(self, modifiers: Qt.KeyboardModifier) -> bool:
        if self._there_is_nothing():
            return False
        mesh = self.mesh()
        assert mesh is not None
        knot = self._knot_at(self.one, self._scale)
        if knot is None and not self._outline(mesh).contains(QPointF(*self.one)):
            return False
        if not self._take():
            return False
        self._choose(knot, more=bool(modifiers & SHIFT))
        self._start = mesh
        self.studio.set_pen_down(True)
        return True

    def move(self, point: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        if not self.dragging or self.floating is None or self._start is None:
            return
        self.other = point.x(), point.y()
        self.moved = True
        across, down = self.other[0] - self.one[0], self.other[1] - self.one[1]
        if self._last is not None and self._last not in self._held:
            return  # it was let go of
        if modifiers & SHIFT:
            across, down = (across, 0.0) if abs(across) > abs(down) else (0.0, down)
        self._apply(self._bent(self._start, self._held, (across, down)))

    def key(self, event: QKeyEvent) -> bool:
        mesh = self.mesh()
        step = pointer_step(event)
        if mesh is not None and event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End):
            knot = self._next(mesh, -1 if event.key() == Qt.Key.Key_End else 1)
            kept = self._held if event.modifiers() & SHIFT else frozenset[Knot]()
            self._held, self._last = kept | {knot}, knot
            return True
        if event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.set_points(self.points + (1 if event.key() == Qt.Key.Key_PageUp else -1))
            return True
        if mesh is None or step is None or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return super().key(event)
        if self._take():
            self._apply(self._bent(self.mesh() or mesh, self._held, (step.x(), step.y())))
            self.studio.set_pen_down(False)
        return True

    def hover(self, point: QPointF, scale: float) -> bool:
        knot = self._knot_at((point.x(), point.y()), scale)
        changed, self._hovered = knot != self._hovered, knot
        return changed

    def under_pointer(self) -> str:
        if not self.dragging or not self.moved:
            return ""
        across, down = self.other[0] - self.one[0], self.other[1] - self.one[1]
        return f"{across:+.0f}, {down:+.0f}"

    def description(self) -> str:
        if self.floating is None:
            return _tr(
                "Drag a point of the net, Shift takes several. Home takes the next one, arrows move it, "
                "Page Up gives more points."
            )
        return super().description()

    def cursor(self, point: QPointF | None, scale: float) -> Qt.CursorShape:
        mesh = self.mesh()
        knot = self._hovered if point is None else self._knot_at((point.x(), point.y()), scale)
        if knot is not None:
            return Qt.CursorShape.PointingHandCursor
        inside = mesh is not None and point is not None and self._outline(mesh).contains(point)
        return Qt.CursorShape.SizeAllCursor if inside else Qt.CursorShape.ArrowCursor

    # ---- marks ----

    def outline(self) -> QPainterPath:
        mesh = self.mesh()
        return QPainterPath() if mesh is None else self._net(mesh)

    def bounds(self, transform: DocumentToView) -> QRectF:
        box = self.outline().boundingRect()
        return QRectF() if box.isEmpty() else transform.view_rect(box).adjusted(-16, -16, 16, 16)

    def paint(self, painter: QPainter, transform: DocumentToView, *, active: bool) -> None:
        super().paint(painter, transform, active=active)
        mesh = self.mesh() if active else None
        if mesh is None:
            return
        two_toned(painter, transform.painter_transform().map(self._net(mesh)))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(0, 0, 0, 200), 1.0))
        for knot in _knots(mesh):
            place = transform.to_view(*mesh.points[knot])
            held = knot in self._held or knot == self._hovered
            painter.setBrush(theme.colour("accent") if held else QColor(255, 255, 255))
            painter.drawEllipse(place, 4.5, 4.5)
        painter.restore()

    # ---- inside ----

    def _choose(self, knot: Knot | None, *, more: bool) -> None:
        """The point that was pressed; None: all of the net."""
        if knot is None:
            self._held = frozenset()
        elif more:
            self._held ^= {knot}
        elif knot not in self._held:
            self._held = frozenset({knot})
        self._last = knot

    def _bent(self, mesh: Mesh, knots: frozenset[Knot], by: Point) -> Mesh:
        if not knots:
            return mesh.shifted((round(by[0]), round(by[1])))
        for knot in knots:
            x, y = mesh.points[knot]
            mesh = mesh.moved(*knot, (float(x) + by[0], float(y) + by[1]))
        return mesh

    def _knot_at(self, point: Point, scale: float) -> Knot | None:
        mesh = self.mesh()
        if mesh is None:
            return None
        far = {knot: hypot(*(mesh.points[knot] - point)) * scale for knot in _knots(mesh)}
        nearest = min(far, key=lambda knot: far[knot])
        return nearest if far[nearest] <= _REACH else None

    def _next(self, mesh: Mesh, by: int) -> Knot:
        knots = _knots(mesh)
        at = knots.index(self._last) if self._last in knots else (-1 if by > 0 else 0)
        return knots[(at + by) % len(knots)]

    def _net(self, mesh: Mesh) -> QPainterPath:
        """Its lines, as the surface runs."""
        there = mesh.lattice
        columns, rows = mesh.cells
        path = QPainterPath()
        for line in (
            *there[:: (there.shape[0] - 1) // rows],
            *there.transpose(1, 0, 2)[:: (there.shape[1] - 1) // columns],
        ):
            path.moveTo(*line[0])
            for place in line[1:]:
                path.lineTo(*place)
        return path

    def _outline(self, mesh: Mesh) -> QPainterPath:
        there = mesh.lattice
        path = QPainterPath(QPointF(*there[0, 0]))
        for line in (there[0], there[:, -1], there[-1, ::-1], there[::-1, 0]):
            for place in line:
                path.lineTo(*place)
        path.closeSubpath()
        path.setFillRule(Qt.FillRule.WindingFill)
        return path


def _knots(mesh: Mesh) -> list[Knot]:
    rows, columns = mesh.points.shape[:2]
    return [(row, column) for row in range(rows) for column in range(columns)]


def _tr(text: str) -> str:
    return QCoreApplication.translate("CanvasTools", text)
