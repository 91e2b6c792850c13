"""A preview in which one puts the pivot by hand."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen

from studio_app.export.pieces import Cell, Point
from studio_app.ui import theme
from studio_app.ui.export.preview import Preview

_STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class PivotPreview(Preview):
    """`draw_pivots` lets it be drawn: a click or drag puts it on the next whole pixel, arrows move it by one. The cross
    is where the hand is; what comes of it is told by whoever hears `pivot_drawn`.
    """

    pivot_drawn = Signal(float, float)
    """A place in the picture, 0..1 from its top left."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn: Point | None = None
        """The pivot as a place in the picture; None where it can't be drawn."""
        self._pictures: tuple[Cell, ...] = ()
        self._width = 1
        self._held: Cell | None = None

    def draw_pivots(self, cells: Sequence[Cell], width: int, drawn: Point | None) -> None:
        """cells: where pictures lie in what is shown, in its own pixels, of which it is `width` wide. drawn: as the
        property."""
        self._pictures, self._width = tuple(cells), width
        self.drawn = drawn if self._pictures else None
        can = self.drawn is not None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if can else Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.CrossCursor if can else Qt.CursorShape.ArrowCursor)
        said = self.tr("Click or drag to put the pivot; the arrows move it by a pixel.")
        self.setToolTip(said if can else "")
        self.setAccessibleDescription(said if can else "")
        if not can:
            self._held = None
        self.update()

    # ---- inside ----

    @property
    def _takes_hands(self) -> bool:
        """Whether it can be drawn in what is seen now."""
        return self.drawn is not None and not self.tiled

    def _to_asset(self, at: QPointF) -> QPointF:
        place = self._place()
        return (at - place.topLeft()) * (self._width / place.width())

    def _from_asset(self, at: QPointF) -> QPointF:
        place = self._place()
        return place.topLeft() + at * (place.width() / self._width)

    def _put(self, at: QPointF) -> None:
        """Where the pointer is, of the picture that is held."""
        cell = self._held
        if cell is None:
            return
        there = self._to_asset(at)
        x, y = round(there.x()) - cell.x, round(there.y()) - cell.y
        self._draw(cell.in_picture((x / cell.width, y / cell.height)))

    def _draw(self, place: Point) -> None:
        self.drawn = (min(max(place[0], 0.0), 1.0), min(max(place[1], 0.0), 1.0))
        self.update()
        self.pivot_drawn.emit(*self.drawn)

    def _nearest(self, at: QPointF) -> Cell:
        """The picture that a point is in, or else nearest to."""
        there = self._to_asset(at)

        def apart(cell: Cell) -> float:
            x = max(cell.x - there.x(), 0.0, there.x() - cell.x - cell.width)
            y = max(cell.y - there.y(), 0.0, there.y() - cell.y - cell.height)
            return x * x + y * y

        return min(self._pictures, key=apart)

    def _paint_drawn(self, painter: QPainter) -> None:
        """The pivot in each of the pictures, and whether the arrows move it."""
        if self.drawn is None or self.tiled:
            return
        for cell in self._pictures:
            x, y = cell.of_picture(self.drawn)
            there = QPointF(cell.x + x * cell.width, cell.y + y * cell.height)
            self._paint_cross(painter, self._from_asset(there))
        if self.hasFocus():
            painter.setPen(QPen(theme.colour("accent"), 1))
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    # Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        with QPainter(self) as painter:
            self._paint_drawn(painter)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._takes_hands:
            self._held = self._nearest(event.position())
            self._put(event.position())
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self._put(event.position())
        else:
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = None
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if step is None or not plain or not self._takes_hands or self.drawn is None:
            super().keyPressEvent(event)
            return
        cell = self._pictures[0]
        whole, high = (cell.source or (cell.width, cell.height))[:2]
        self._draw((self.drawn[0] + step[0] / whole, self.drawn[1] + step[1] / high))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()
