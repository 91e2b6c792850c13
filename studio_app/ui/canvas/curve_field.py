"""A curve that is bent by its points: what the pen presses, from left to right, and what becomes of it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from studio_app.document.pressure import STRAIGHT, Curve, moved, table_of, with_point, without
from studio_app.ui import theme

SIDE = 120
_MARGIN = 6.0
_REACH = 10.0
_STEP = 0.02


class CurveField(QWidget):
    """A click on the curve adds a point, dragging moves it, a double click takes it away. Keys: Page Up and Page Down
    choose a point, arrows move it, Delete takes it away, Home straightens the curve."""

    curve_changed = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._curve: Curve = STRAIGHT
        self._point: int | None = None
        self._dragging = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        said = self.tr(
            "Click: one more point. Drag: bends the curve. Double click, or Delete: takes the point away.\n"
            "Page Up and Page Down choose a point, arrows move it, Home straightens the curve."
        )
        self.setAccessibleDescription(said)
        self.setToolTip(said)
        self.setFixedSize(SIDE, SIDE)

    @property
    def curve(self) -> Curve:
        return self._curve

    def show_curve(self, curve: Curve) -> None:
        if curve != self._curve:
            self._curve = curve
            self._point = None
            self.update()

    def place(self, pressure: float, effect: float) -> QPointF:
        """Of a point, in the widget."""
        box = self._box()
        return QPointF(box.left() + pressure * box.width(), box.bottom() - effect * box.height())

    # ---- inside ----

    def _box(self) -> QRectF:
        return QRectF(self.rect()).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)

    def _at(self, place: QPointF) -> tuple[float, float]:
        box = self._box()
        return (
            min(max((place.x() - box.left()) / box.width(), 0.0), 1.0),
            min(max((box.bottom() - place.y()) / box.height(), 0.0), 1.0),
        )

    def _near(self, place: QPointF) -> int | None:
        """The point under the pointer."""
        ways = [(self.place(*point) - place).manhattanLength() for point in self._curve]
        nearest = min(range(len(ways)), key=ways.__getitem__)
        return nearest if ways[nearest] <= _REACH else None

    def _set(self, curve: Curve, point: int | None) -> None:
        self._curve, self._point = curve, point
        self.update()
        self.curve_changed.emit(curve)

    # Qt

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        near = self._near(event.position())
        self._dragging = True
        if near is None:
            self._set(*with_point(self._curve, *self._at(event.position())))
        else:
            self._point = near
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging and self._point is not None:
            curve = moved(self._curve, self._point, *self._at(event.position()))
            self._set(curve, self._point)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragging = False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        near = self._near(event.position())
        if near is not None:
            self._set(without(self._curve, near), None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        ways = {
            Qt.Key.Key_Left.value: (-_STEP, 0.0),
            Qt.Key.Key_Right.value: (_STEP, 0.0),
            Qt.Key.Key_Up.value: (0.0, _STEP),
            Qt.Key.Key_Down.value: (0.0, -_STEP),
        }
        key, point = event.key(), self._point
        if key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            step = 1 if key == Qt.Key.Key_PageDown else -1
            self._point = 0 if point is None else (point + step) % len(self._curve)
            self.update()
        elif key in ways and point is not None:
            x, y = self._curve[point]
            across, up = ways[key]
            self._set(moved(self._curve, point, x + across, y + up), point)
        elif key == Qt.Key.Key_Delete and point is not None:
            self._set(without(self._curve, point), None)
        elif key == Qt.Key.Key_Home:
            self._set(STRAIGHT, None)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        box = self._box()
        table = table_of(self._curve)
        line = [self.place(i / (len(table) - 1), float(y)) for i, y in enumerate(table)]
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillRect(box, theme.colour("field"))
            painter.setPen(QPen(theme.colour("line"), 1))
            for share in (0.25, 0.5, 0.75):
                painter.drawLine(self.place(share, 0), self.place(share, 1))
                painter.drawLine(self.place(0, share), self.place(1, share))
            painter.drawRect(box)
            lit = self.isEnabled()
            strong = theme.colour("text" if lit else "text_disabled")
            painter.setPen(QPen(strong, 1.75))
            painter.drawPolyline(QPolygonF(line))
            for number, point in enumerate(self._curve):
                held = number == self._point and lit
                painter.setPen(QPen(strong, 1.25))
                painter.setBrush(theme.colour("accent") if held else theme.colour("panel"))
                painter.drawEllipse(self.place(*point), 3.5, 3.5)
            if self.hasFocus():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(theme.colour("accent"), 1))
                painter.drawRect(box)

    def sizeHint(self) -> QSize:
        return QSize(SIDE, SIDE)
