"""What every tool has: a hold on the studio, a way from press to release, marks over the canvas."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from math import atan2, cos, hypot, pi, sin

from PySide6.QtCore import QCoreApplication, QObject, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPen

from studio_app.document.brushes import Brush
from studio_app.document.document import Document
from studio_app.document.edits import MarkEdit, OpenEdit
from studio_app.document.marks import Mark, Point
from studio_app.document.symmetry import reflected
from studio_app.session.studio import Studio
from studio_app.ui.abstract import AbstractQt
from studio_app.ui.canvas.cursor import turned_shape
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.transform import DocumentToView

SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
_EDGE = 4.0
LIVE = 1 << 20
"""Pixels of a canvas up to which what covers all of it is drawn anew at each move."""


class DragTool(QObject):
    """Two corners, from press to release: a subclass says what becomes of them. Points are the document's.

    Shift keeps it square (a line at 45 degrees), Alt begins it in the middle.
    """

    def __init__(self, studio: Studio, tools: ToolState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.studio = studio
        self.tools = tools
        self.dragging = False
        self.one: Point = (0.0, 0.0)
        self.other: Point = (0.0, 0.0)
        self._anchor: Point = (0.0, 0.0)
        self.moved = False
        self._scale = 1.0

    # ---- for subclasses ----

    def begin(self, modifiers: Qt.KeyboardModifier) -> bool:
        """Something was pressed at `one`; whether a drag begins."""
        return True

    def drag(self) -> None:
        """`one` and `other` are new."""

    def finish(self) -> None:
        """Released at `other`; `moved`: after a way that an eye can see."""

    def give_up(self) -> None:
        """As if it had never begun."""

    def outline(self) -> QPainterPath:
        """Of what is dragged, in pixels of the document."""
        return QPainterPath()

    @property
    def straight(self) -> bool:
        """Whether Shift turns it to the next 45 degrees, instead of making it square."""
        return False

    # ---- as grips ----

    def press(self, point: QPointF, scale: float, modifiers: Qt.KeyboardModifier) -> bool:
        self.one = self.other = self._anchor = (point.x(), point.y())
        self._scale, self.moved = scale, False
        self.dragging = self.begin(modifiers)
        return self.dragging

    def move(self, point: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        if not self.dragging:
            return
        across, down = point.x() - self._anchor[0], point.y() - self._anchor[1]
        self.moved = self.moved or hypot(across, down) * self._scale >= _EDGE
        if modifiers & SHIFT:
            across, down = _turned(across, down) if self.straight else _squared(across, down)
        x, y = self._anchor
        self.other = x + across, y + down
        self.one = (x - across, y - down) if modifiers & ALT else self._anchor
        self.drag()

    def release(self) -> None:
        if self.dragging:
            self.dragging = False
            self.finish()

    def cancel(self) -> None:
        if self.dragging:
            self.dragging = False
            self.give_up()

    def select(self, point: QPointF, scale: float) -> None:
        """Nothing is selected by the other button."""

    def hover(self, point: QPointF, scale: float) -> bool:
        return False

    def leave(self) -> None:
        """Nothing follows the pointer."""

    def twice(self) -> bool:
        return False

    def wheel(self, steps: float) -> bool:
        return False

    def key(self, event: QKeyEvent) -> bool:
        """Escape goes back to the brush."""
        if event.key() == Qt.Key.Key_Escape:
            self.tools.set_tool("brush")
            return True
        return False

    def put_down(self) -> None:
        """Another tool or layer is taken in hand."""

    def description(self) -> str:
        return ""

    def under_pointer(self) -> str:
        """What is being dragged, in numbers."""
        if not self.dragging or not self.moved:
            return ""
        width, height = (
            abs(self.other[0] - self.one[0]),
            abs(self.other[1] - self.one[1]),
        )
        return f"{width:.0f} × {height:.0f}"

    def help(self) -> str:
        return ""

    def cursor(self, point: QPointF | None, scale: float) -> Qt.CursorShape:
        return Qt.CursorShape.CrossCursor

    def cursor_at(self, view: QPointF | None, transform: DocumentToView) -> Qt.CursorShape:
        """The same at a point of the view; None: it is elsewhere."""
        point = None if view is None else transform.to_document(view)
        return turned_shape(self.cursor(point, transform.scale), transform)

    def bounds(self, transform: DocumentToView) -> QRectF:
        if not self.dragging:  # what it would draw is not begun
            return QRectF()
        return transform.view_rect(self.outline().boundingRect()).adjusted(-12, -12, 12, 12)

    def paint(self, painter: QPainter, transform: DocumentToView, *, active: bool) -> None:
        if active and self.dragging:
            two_toned(painter, transform.painter_transform().map(self.outline()))

    # ---- inside ----

    def target(self) -> tuple[str, bool]:
        """What is drawn on: an id or a kind, and whether it is the mask of it."""
        document = self.studio.document
        masked = self.tools.mask_in_hand(document)
        if masked is not None:
            return masked.id, True
        return self.tools.target(document), False


class PaintTool(DragTool):
    """One that leaves the brush's paint, as one step of undo."""

    text = ""

    def __init__(self, studio: Studio, tools: ToolState, parent: QObject | None = None) -> None:
        super().__init__(studio, tools, parent)
        self._edit: OpenEdit | None = None

    @property
    def drawing(self) -> bool:
        """Whether its edit is open: no other takes its marks."""
        return self._edit is not None and self.studio.holds(self._edit)

    def open(
        self,
        brush: Brush | None = None,
        target: tuple[str, bool] | None = None,
        *,
        held: bool = True,
    ) -> bool:
        """Opens the edit, by the brush and on what is in hand if nobody says otherwise; whether it is open. held: as
        of `Studio.begin_edit`."""
        (id, mask), paint = target or self.target(), brush or self.tools.brush
        made: list[OpenEdit] = []

        def make(document: Document, id: str) -> OpenEdit:
            made.append(MarkEdit(document, id, paint, mask=mask))
            return made[0]

        self.tools.note_colour()
        opened = self.studio.begin_edit(id, make, tr(self.text), held=held)
        self._edit = made[0] if opened else None
        return opened

    @property
    def extent(self) -> tuple[int, int]:
        """Of the canvas."""
        return self.studio.document.canvas


class MarkTool(AbstractQt, PaintTool):
    """One that leaves a mark: it is drawn while one drags."""

    covers_all = False

    def __init__(self, studio: Studio, tools: ToolState, parent: QObject | None = None) -> None:
        super().__init__(studio, tools, parent)
        self._next: Mark | None = None
        self._on = ("", False)
        """What is drawn on; paint of another kind of layer would be none here."""
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._draw)

    @abstractmethod
    def mark(self) -> Mark | None:
        """What is drawn between `one` and `other`; None: nothing yet."""

    def begin(self, modifiers: Qt.KeyboardModifier) -> bool:
        opened = self.open()
        self._on = self.target()
        return opened

    def drag(self) -> None:
        width, height = self.extent
        if not self.covers_all or width * height <= LIVE:
            self._next = self.mark()
            self._soon.start()

    def finish(self) -> None:
        """Where another layer was taken in hand meanwhile, or a command has ended its edit, it stays as far as it was
        drawn."""
        if self.target() == self._on:
            self._next = self.mark()
        self._draw()
        if self.drawing:
            self.studio.end_stroke()
        else:
            self.studio.set_pen_down(False)

    def give_up(self) -> None:
        self._soon.stop()
        self._next = None
        if self.drawing:
            self.studio.cancel_stroke()
        else:
            self.studio.set_pen_down(False)

    def _draw(self) -> None:
        self._soon.stop()
        mark, self._next = self._next, None
        if mark is not None and self.drawing:
            self.studio.stroke_to(reflected(mark, self.tools.symmetry(self.studio.document)))


Make = Callable[[Studio, ToolState, QObject], DragTool]


def two_toned(painter: QPainter, path: QPainterPath, *, dotted: bool = False) -> None:
    """A line that is readable on anything."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    light = QPen(QColor(255, 255, 255, 230), 1.0)
    if dotted:
        light.setDashPattern([4, 4])
    for pen in (QPen(QColor(0, 0, 0, 150), 1.0 if dotted else 2.5), light):
        painter.strokePath(path, pen)
    painter.restore()


def _squared(across: float, down: float) -> Point:
    side = max(abs(across), abs(down))
    return (side if across >= 0 else -side), (side if down >= 0 else -side)


def _turned(across: float, down: float) -> Point:
    angle = round(atan2(down, across) / (pi / 4)) * (pi / 4)
    length = hypot(across, down)
    return length * cos(angle), length * sin(angle)


def tr(text: str) -> str:
    return QCoreApplication.translate("CanvasTools", text)
