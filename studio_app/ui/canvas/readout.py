"""What lies under the pointer on the layer in hand, or what is being dragged there, in words."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QTimer, Signal
from PySide6.QtGui import QHoverEvent, QMouseEvent, QTabletEvent

from studio_app.session.studio import Studio
from studio_app.ui.canvas.canvas import Canvas
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.faces.registry import FACES

STROKE_MS = 50


class Readout(QObject):
    """Follows pen and mouse over a canvas. `changed()`: `text` is another one."""

    changed = Signal()

    def __init__(self, canvas: Canvas, studio: Studio, tools: ToolState) -> None:
        super().__init__(canvas)
        self._canvas, self._studio, self._tools = canvas, studio, tools
        self._point: QPointF | None = None
        self.text = ""
        self._soon = QTimer(self)
        """The canvas itself hears of an event after this."""
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._tell)
        canvas.installEventFilter(self)
        studio.layers_changed.connect(self.refresh)
        tools.changed.connect(self.refresh)

    def refresh(self) -> None:
        """The drawing or the layer in hand may be another one. While somebody paints, everything says so at every dab:
        then it is looked up now and again."""
        if self._canvas.hand.doing != "stroke":
            self._tell()
        elif not self._soon.isActive():
            self._soon.start(STROKE_MS)

    def _tell(self) -> None:
        text = self._told()
        if text != self.text:
            self.text = text
            self.changed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent | QTabletEvent | QHoverEvent):
            self._point = event.position()
            self._follow()
        elif event.type() == QEvent.Type.Leave:
            self._point = None
            self._follow()
        return super().eventFilter(watched, event)

    def _follow(self) -> None:
        self.refresh()
        if self._canvas.hand.doing != "stroke":
            self._soon.start(0)

    def _told(self) -> str:
        grips = self._canvas.grips
        held = "" if grips is None else grips.under_pointer() or grips.description()
        return held or self._drawn_there()

    def _drawn_there(self) -> str:
        told = FACES[self._tools.layer].told
        if self._point is None or told is None or not self._tools.paints or self._tools.masked:
            return ""
        document = self._studio.document
        point = self._canvas.transform.to_document(self._point)
        x, y = int(point.x() // 1), int(point.y() // 1)
        width, height = document.canvas
        inside = 0 <= x < width and 0 <= y < height
        return told(self._tools.held(document), (x, y)) if inside else ""
