"""Moving and transforming: what is selected follows the hand until it is kept or given up."""

from __future__ import annotations

from collections.abc import Callable
from math import atan2, hypot

from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPen, QPolygonF

from studio_app.document.floating import Matrix, Piece, scaling, shifting, turning
from studio_app.document.marks import Point
from studio_app.session.studio import Studio
from studio_app.ui import theme
from studio_app.ui.canvas.gestures import pointer_step
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.canvas.tools.floating_tool import FloatingTool
from studio_app.ui.canvas.tools.tool import SHIFT, two_toned
from studio_app.ui.transform import DocumentToView

_REACH = 9.0
"""View pixels around a handle that still take it."""
_TURN = 28.0
"""View pixels beyond the box from which one turns it."""
_GRIPS = tuple((x, y) for y in (0.0, 0.5, 1.0) for x in (0.0, 0.5, 1.0) if (x, y) != (0.5, 0.5))
_STEP = 0.2617993877991494
"""15 degrees."""


class MoveTool(FloatingTool):
    """Inside the box it moves, at a handle it scales (Shift keeps the proportions), beside it it turns (Shift: by 15
    degrees)."""

    text = "Move"

    def __init__(self, studio: Studio, tools: ToolState, parent: QObject | None = None) -> None:
        super().__init__(studio, tools, parent)
        self._held: Point | str = ""
        self._start = Matrix()
        self._hovered: Point | str = ""

    # ---- what is in hand ----

    def place(self, piece: Piece, text: str) -> None:
        """Lays a piece from elsewhere over the layer, to be moved."""
        target, mask = self.target()
        self._open(target, piece, None, text, mask=mask)
        self._apply(Matrix())
        self.studio.set_pen_down(False)

    def apply(self, change: Callable[[Point], Matrix]) -> None:
        """One more change of what is selected, of its middle as it is: a flip, a turn."""
        if self._take():
            middle = self.middle()
            assert middle is not None
            self._apply(change(middle).after(self._matrix))
            self.studio.set_pen_down(False)

    # ---- dragging ----

    def begin(self, modifiers: Qt.KeyboardModifier) -> bool:
        held = self._grip_at(self.one, self._scale)
        if self._there_is_nothing() or held == "" or not self._take():
            return False
        self._held, self._start = held, self._matrix
        self.studio.set_pen_down(True)
        return True

    def move(self, point: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        if not self.dragging or self.floating is None:
            return
        self.other = point.x(), point.y()
        self.moved = True
        square = bool(modifiers & SHIFT)
        if self._held == "move":
            across, down = self.other[0] - self.one[0], self.other[1] - self.one[1]
            if square:
                across, down = (across, 0.0) if abs(across) > abs(down) else (0.0, down)
            self._apply(shifting(round(across), round(down)).after(self._start))
        elif self._held == "turn":
            self._apply(self._turned(square=square))
        else:
            assert not isinstance(self._held, str)
            self._apply(self._scaled(self._held, square=square))

    def key(self, event: QKeyEvent) -> bool:
        step = pointer_step(event)
        if step is not None and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.apply(lambda _: shifting(step.x(), step.y()))
            return True
        return super().key(event)

    def hover(self, point: QPointF, scale: float) -> bool:
        grip = self._grip_at((point.x(), point.y()), scale)
        changed, self._hovered = grip != self._hovered, grip
        return changed

    def under_pointer(self) -> str:
        edit = self.floating
        if not self.dragging or edit is None:
            return ""
        x, y = self._matrix.of(edit.piece.middle)
        across, down = x - edit.piece.middle[0], y - edit.piece.middle[1]
        return f"{across:+.0f}, {down:+.0f}" if self._held == "move" else ""

    def cursor(self, point: QPointF | None, scale: float) -> Qt.CursorShape:
        grip = self._hovered if point is None else self._grip_at((point.x(), point.y()), scale)
        if isinstance(grip, str):
            shapes = {
                "move": Qt.CursorShape.SizeAllCursor,
                "turn": Qt.CursorShape.PointingHandCursor,
            }
            return shapes.get(grip, Qt.CursorShape.ArrowCursor)
        shapes_at = {
            (0.5, 0.0): Qt.CursorShape.SizeVerCursor,
            (0.5, 1.0): Qt.CursorShape.SizeVerCursor,
            (0.0, 0.5): Qt.CursorShape.SizeHorCursor,
            (1.0, 0.5): Qt.CursorShape.SizeHorCursor,
            (0.0, 0.0): Qt.CursorShape.SizeFDiagCursor,
            (1.0, 1.0): Qt.CursorShape.SizeFDiagCursor,
        }
        return shapes_at.get(grip, Qt.CursorShape.SizeBDiagCursor)

    # ---- marks ----

    def outline(self) -> QPainterPath:
        path = QPainterPath()
        corners = self._corners()
        if corners:
            path.addPolygon(QPolygonF([QPointF(*corner) for corner in corners]))
            path.closeSubpath()
        return path

    def bounds(self, transform: DocumentToView) -> QRectF:
        box = self.outline().boundingRect()
        return QRectF() if box.isEmpty() else transform.view_rect(box).adjusted(-16, -16, 16, 16)

    def paint(self, painter: QPainter, transform: DocumentToView, *, active: bool) -> None:
        super().paint(painter, transform, active=active)
        piece = self.piece() if active else None
        if piece is None:
            return
        two_toned(painter, transform.painter_transform().map(self.outline()))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(0, 0, 0, 200), 1.0))
        for grip in _GRIPS:
            place = transform.to_view(*self._at(piece, grip))
            held = grip in (self._held if self.dragging else "", self._hovered)
            painter.setBrush(theme.colour("accent") if held else QColor(255, 255, 255))
            painter.drawRect(QRectF(place.x() - 4, place.y() - 4, 8, 8))
        painter.restore()

    # ---- inside ----

    @property
    def _matrix(self) -> Matrix:
        """Where it is."""
        way = self.way()
        return way if isinstance(way, Matrix) else Matrix()

    def _turned(self, *, square: bool) -> Matrix:
        assert self._edit is not None
        about = self._start.of(self._edit.piece.middle)
        angle = _angle(about, self.other) - _angle(about, self.one)
        if square:
            angle = round(angle / _STEP) * _STEP
        return turning(angle, about).after(self._start)

    def _scaled(self, grip: Point, *, square: bool) -> Matrix:
        """In the piece's own directions, away from the opposite handle."""
        assert self._edit is not None
        x, y, width, height = self._edit.piece.rect
        back = self._start.inverse()
        here, there = back.of(self.one), back.of(self.other)
        anchor = x + (1 - grip[0]) * width, y + (1 - grip[1]) * height
        across = _factor(here[0], there[0], anchor[0]) if grip[0] != 0.5 else 1.0
        down = _factor(here[1], there[1], anchor[1]) if grip[1] != 0.5 else 1.0
        if square:
            factor = (
                across if grip[1] == 0.5 or (grip[0] != 0.5 and abs(across) > abs(down)) else down
            )
            across = down = factor
        return self._start.after(scaling(across, down, anchor))

    def _at(self, piece: Piece, grip: Point) -> Point:
        x, y, width, height = piece.rect
        return self._matrix.of((x + grip[0] * width, y + grip[1] * height))

    def _corners(self) -> list[Point]:
        piece = self.piece()
        if piece is None:
            return []
        return [self._at(piece, grip) for grip in ((0, 0), (1, 0), (1, 1), (0, 1))]

    def _grip_at(self, point: Point, scale: float) -> Point | str:
        """A handle (its place in the box), "move", "turn", or "" where there is nothing."""
        piece = self.piece()
        if piece is None:
            return ""
        for grip in _GRIPS:
            x, y = self._at(piece, grip)
            if hypot(point[0] - x, point[1] - y) * scale <= _REACH:
                return grip
        path = self.outline()
        if path.contains(QPointF(*point)):
            return "move"
        reach = _TURN / scale
        near = path.boundingRect().adjusted(-reach, -reach, reach, reach)
        return "turn" if near.contains(QPointF(*point)) else ""


def _factor(here: float, there: float, anchor: float) -> float:
    """Of a drag away from an anchor; never nothing at all."""
    factor = (there - anchor) / (here - anchor) if abs(here - anchor) > 1e-6 else 1.0
    return factor if abs(factor) > 0.01 else 0.01


def _angle(about: Point, point: Point) -> float:
    return atan2(point[1] - about[1], point[0] - about[0])
