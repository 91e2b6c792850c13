"""The axes of symmetry over the canvas: lines with a handle each, that is dragged."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen

from studio_app.document.symmetry import Symmetry, settled
from studio_app.session.studio import Studio
from studio_app.ui import theme
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.transform import DocumentToView

REACH = 9.0
"""View pixels around a handle that take it, and around the middle of the canvas within which an axis snaps to it."""
OUTSIDE = 12.0
"""View pixels between the canvas and a handle."""
_RADIUS = 6.0


class Axes:
    """Those of the tools' symmetry, while something is painted; a Grips that lies over all others."""

    def __init__(self, studio: Studio, tools: ToolState) -> None:
        self._studio = studio
        self._tools = tools
        self._hovered = ""
        self._held = ""
        self._before: tuple[float, float] = (0.0, 0.0)
        self._scale = 1.0

    @property
    def shown(self) -> Symmetry | None:
        return self._tools.symmetry(self._studio.document) if self._tools.paints else None

    @property
    def held(self) -> str:
        """The axis under the pointer or in the hand: "across", "down" or ""."""
        return self._held or self._hovered

    @property
    def dragging(self) -> bool:
        return bool(self._held)

    def press(self, point: QPointF, scale: float, modifiers: Qt.KeyboardModifier) -> bool:
        self._held, self._scale = self._at(point, scale), scale
        shown = self.shown
        if self._held and shown is not None:
            self._before = shown.x, shown.y
        return bool(self._held)

    def move(self, point: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        shown = self.shown
        if not self._held or shown is None:
            return
        width, height = self._studio.document.canvas
        x, y = shown.x, shown.y
        if self._held == "across":
            x = self._snapped(point.x(), width)
        else:
            y = self._snapped(point.y(), height)
        self._tools.set_axes((x, y))

    def release(self) -> None:
        self._held = ""

    def cancel(self) -> None:
        if self._held:
            self._held = ""
            self._tools.set_axes(self._before)

    def select(self, point: QPointF, scale: float) -> None:
        """Nothing is selected."""

    def hover(self, point: QPointF, scale: float) -> bool:
        before, self._hovered = self._hovered, self._at(point, scale)
        return before != self._hovered

    def leave(self) -> None:
        self._hovered = ""

    def twice(self) -> bool:
        return False

    def wheel(self, steps: float) -> bool:
        return False

    def key(self, event: QKeyEvent) -> bool:
        return False

    def description(self) -> str:
        shown = self.shown
        if shown is None:
            return ""
        return _tr("Symmetry about {x}, {y}").format(x=f"{shown.x:g}", y=f"{shown.y:g}")

    def under_pointer(self) -> str:
        return _tr("Axis of symmetry") if self.held else ""

    def help(self) -> str:
        return _tr("Axis of symmetry: drag it.") if self.held else ""

    def bounds(self, transform: DocumentToView) -> QRectF:
        width, height = self._studio.document.canvas
        page = transform.view_rect(QRectF(0, 0, width, height))
        out = OUTSIDE + 2 * _RADIUS
        return page.adjusted(-out, -out, out, out) if self.shown is not None else QRectF()

    def cursor(self) -> Qt.CursorShape:
        """As the document lies."""
        across = self.held == "across"
        return Qt.CursorShape.SizeHorCursor if across else Qt.CursorShape.SizeVerCursor

    def paint(self, painter: QPainter, transform: DocumentToView, *, active: bool) -> None:
        if not active or self.shown is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for name, (start, end) in self._lines(transform.scale).items():
            one, other = (transform.to_view(*place) for place in (start, end))
            lit = name == self.held
            line = QPen(theme.colour("accent"), 1.5 if lit else 1.0, Qt.PenStyle.DashLine)
            for pen in (QPen(QColor(0, 0, 0, 130), 2.5), line):
                painter.setPen(pen)
                painter.drawLine(one, other)
            painter.setPen(QPen(QColor(0, 0, 0, 200), 1.0))
            painter.setBrush(theme.colour("accent") if lit else QColor(255, 255, 255))
            painter.drawEllipse(one, _RADIUS, _RADIUS)
        painter.restore()

    # ---- inside ----

    def _lines(self, scale: float) -> dict[str, tuple[tuple[float, float], tuple[float, float]]]:
        """By name, from the handle to the other end, in pixels of the document."""
        shown = self.shown
        if shown is None:
            return {}
        width, height = self._studio.document.canvas
        out = OUTSIDE / scale
        lines: dict[str, tuple[tuple[float, float], tuple[float, float]]] = {}
        if shown.across:
            lines["across"] = (shown.x, -out), (shown.x, float(height))
        if shown.down:
            lines["down"] = (-out, shown.y), (float(width), shown.y)
        return lines

    def _at(self, point: QPointF, scale: float) -> str:
        for name, ((x, y), _) in self._lines(scale).items():
            if (point - QPointF(x, y)).manhattanLength() * scale <= REACH * 1.4:
                return name
        return ""

    def _snapped(self, place: float, length: int) -> float:
        place = min(max(settled(place), 0.0), float(length))
        return length / 2 if abs(place - length / 2) * self._scale <= REACH / 2 else place


def _tr(text: str) -> str:
    return QCoreApplication.translate("Axes", text)
