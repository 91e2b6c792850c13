"""The drawing surface: turns pen, mouse and keys into edits of what it shows."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QEvent, QMimeData, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QEnterEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPointingDevice,
    QResizeEvent,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from studio_app.session.studio import Studio
from studio_app.ui.canvas import picker
from studio_app.ui.canvas.canvas_view import CanvasView
from studio_app.ui.canvas.gestures import (
    POINTER_LOST,
    ProximityWatch,
    as_drawn,
    drawable,
    pointer_step,
    take_copy,
)
from studio_app.ui.canvas.hint_strip import Advice, HintStrip
from studio_app.ui.canvas.tool_state import ToolState

PEN_ECHO_MS = 500
"""After a pen's event, mouse events that the system made up itself are that event again."""


class Canvas(CanvasView):
    """Paints on the layer that `tools` names. One path for pen and mouse; a mouse presses with 1.0.

    `dropped(mime)`: something was dropped, for somebody to ask what it is.
    """

    dropped = Signal(QMimeData)
    menu_asked = Signal(QPoint)
    """The menu of the layer in hand is wanted at this point of the screen."""
    brushes_asked = Signal(QPoint)
    """Brushes and colours are, around it."""

    def __init__(
        self,
        studio: Studio,
        tools: ToolState,
        parent: QWidget | None = None,
        *,
        like: Canvas | None = None,
    ) -> None:
        super().__init__(studio, tools, parent, like=like)
        # X11 would give a stroke only the newest of several places, and says so while the application is made.
        QApplication.setAttribute(Qt.ApplicationAttribute.AA_CompressHighFrequencyEvents, False)
        self._proximity = ProximityWatch(self.hand.let_go, self)
        self._pen_seen = QElapsedTimer()
        self.hint = HintStrip(self, self.chip)
        self._advice = Advice(studio, tools, self.hint)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_TabletTracking)
        self.setAcceptDrops(True)
        self.setAccessibleName(self.tr("Canvas"))
        self.hand.picked.connect(self._pick)

    def _move(self, view: QPointF, pressure: float, modifiers: Qt.KeyboardModifier) -> None:
        self.hand.move(view, pressure, modifiers)
        if self.hand.doing == "stroke":
            return  # what is shown of the pointer comes with what is drawn: one painting a move, not two
        grips = self.grips
        point = self.transform.to_document(view)
        if self.hand.doing == "nothing" and self.axes.hover(point, self.transform.scale):
            self.update()
        if grips is not None and self.hand.doing == "nothing":
            if grips.hover(point, self.transform.scale):
                self._show_cursor()
                self._update_marks()
                self.selection_changed.emit()
        elif grips is not None:
            self._update_marks()
        self._show_cursor()
        self._follow()

    def _pick(self, view: QPointF) -> None:
        point = self.transform.to_document(view)
        document = self._studio.document
        picker.pick(self._tools, document, point, self._shown.pixels, self._overlay)

    # inside CanvasView

    def _turned(self) -> None:
        super()._turned()
        self.hint.place()

    # Qt

    def event(self, event: QEvent) -> bool:
        """A button that is released elsewhere is never told: whatever takes the pointer away ends the gesture."""
        if event.type() in POINTER_LOST:
            self.hand.let_go()
            self.hand.shift = False
        elif isinstance(event, QHelpEvent):
            self._tell(event)
            return True
        return super().event(event)

    def _tell(self, event: QHelpEvent) -> None:
        """Names what is under the pointer, and what one can do with it."""
        text = "" if self.grips is None else self.grips.help()
        QToolTip.showText(event.globalPos(), text, self)  # no text hides it

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.isAccepted() or self._echoes(event):
            return
        if event.button() == Qt.MouseButton.LeftButton:
            self.hand.press(event.position(), 1.0, event.modifiers())
            self._follow()
            event.accept()
        else:
            self.hand.let_go()  # a menu may come

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if self._echoes(event) or (event.isAccepted() and self.is_panning()):
            return
        if not event.buttons() & Qt.MouseButton.LeftButton:
            self.hand.let_go()
        self._move(event.position(), 1.0, event.modifiers())
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and not self._echoes(event):
            self.hand.release()
            self._follow()
            event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        grips = self.grips
        if grips is not None and event.button() == Qt.MouseButton.LeftButton:
            self.hand.let_go()
            if grips.twice():
                return
        self.mousePressEvent(event)  # a quick second dab is a dab

    def tabletEvent(self, event: QTabletEvent) -> None:
        """Accepted, or Qt would send the same as mouse events; hovering comes here too."""
        kind = event.type()
        if self.is_panning():
            event.ignore()
            return
        self._pen_seen.restart()
        if kind == QEvent.Type.TabletPress:
            if event.button() != Qt.MouseButton.LeftButton:
                event.ignore()
                return
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._proximity.watch()
            eraser = event.pointerType() == QPointingDevice.PointerType.Eraser
            self.hand.press(
                event.position(), event.pressure(), event.modifiers(), pen=True, eraser=eraser
            )
            self._follow()
        elif kind == QEvent.Type.TabletMove:
            if event.buttons() == Qt.MouseButton.NoButton:
                self.hand.let_go()
            self._move(event.position(), event.pressure(), event.modifiers())
        elif kind == QEvent.Type.TabletRelease:
            self._proximity.stop()
            self.hand.release()
            self._follow()
        event.accept()

    def _echoes(self, event: QMouseEvent) -> bool:
        """Whether the system only repeats as a mouse what the pen has said already."""
        made_up = event.source() != Qt.MouseEventSource.MouseEventNotSynthesized
        return self.hand.pen_down or (made_up and not self._pen_seen.hasExpired(PEN_ECHO_MS))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.chip.place()
        self.hint.place()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """With Alt it is for what is in hand; Qt turns the wheel on its side then."""
        delta = event.angleDelta()
        steps = (delta.y() or delta.x()) / 120
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if alt and self.grips is not None and self.grips.wheel(steps):
            self._update_marks()
            event.accept()
        else:
            super().wheelEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.hand.let_go()
        grips = self.grips
        if grips is not None and event.reason() == QContextMenuEvent.Reason.Mouse:
            point = self.transform.to_document(event.pos().toPointF())
            grips.select(point, self.transform.scale)
            self.grips_changed()
        mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if mouse and not shift and self._tools.leaves_paint:
            self.brushes_asked.emit(event.globalPos())
        else:
            self.menu_asked.emit(event.globalPos())

    def enterEvent(self, event: QEnterEvent) -> None:
        self.hand.pointer, self.hand.steered = event.position(), False
        self._follow()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.hand.pointer = None
        self._follow()
        for grips in self._all_grips:
            grips.leave()
        if self.grips is not None:
            self._update_marks()
            self.selection_changed.emit()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Shift:
            self.hand.shift = True
            self._follow()
        if event.key() == Qt.Key.Key_Escape and self.hand.cancel():
            self._follow()
            return
        if self.grips is not None and self.grips.key(as_drawn(event, self.transform)):
            self.grips_changed()
            return
        if self._tools.paints and self._brush_key(event):
            return
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Shift:
            self.hand.shift = False
            self._follow()
        super().keyReleaseEvent(event)

    def _brush_key(self, event: QKeyEvent) -> bool:
        """Arrows move the brush (Shift: by a pixel), Enter then dabs: painting without a pointer. An Enter too many,
        after a dialog or a transformation, leaves no paint."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return False
        step = pointer_step(event)
        if step is not None:
            start = self.hand.pointer or QPointF(self.rect().center())
            self.hand.pointer, self.hand.steered = start + step * self.transform.scale, True
            self._follow()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.hand.steered:
            self.hand.dab()
        else:
            return False
        return True

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if drawable(event.mimeData()):
            take_copy(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        take_copy(event)

    def dropEvent(self, event: QDropEvent) -> None:
        if drawable(event.mimeData()):
            take_copy(event)
            self.dropped.emit(event.mimeData())
