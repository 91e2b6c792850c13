"""The drawing surface: shows the layers and the result over them, and turns pen and mouse into edits."""

from __future__ import annotations

from PySide6.QtCore import (
    QElapsedTimer,
    QEvent,
    QMimeData,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDropEvent,
    QEnterEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QPointingDevice,
    QResizeEvent,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from studio_app.session.studio import Studio
from studio_app.ui import theme
from studio_app.ui.canvas import hints, picker
from studio_app.ui.canvas.cursor import (
    BrushOutline,
    brush_bounds,
    cursor_shape,
    line_bounds,
    paint_frame,
    paint_line,
)
from studio_app.ui.canvas.frame_tool import FrameTool
from studio_app.ui.canvas.gestures import POINTER_LOST, ProximityWatch, drawable, pointer_step
from studio_app.ui.canvas.grips import Grips
from studio_app.ui.canvas.hand import Hand
from studio_app.ui.canvas.hint_strip import Advice, HintStrip
from studio_app.ui.canvas.pose_tool import PoseTool
from studio_app.ui.canvas.scene_tool import SceneTool
from studio_app.ui.canvas.sheet import Sheet
from studio_app.ui.canvas.tool_kit import ToolKit
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.faces.registry import FACES
from studio_app.ui.feed import feed_of
from studio_app.ui.images import to_qimage
from studio_app.ui.shown import shown_of
from studio_app.ui.zoom_view import ZoomView

PEN_ECHO_MS = 500
"""After a pen's event, mouse events that the system made up itself are that event again."""


class Canvas(ZoomView):
    """Paints on the layer that `tools` names. One path for pen and mouse; a mouse presses with 1.0.

    `dropped(mime)`: something was dropped, for somebody to ask what it is.
    """

    dropped = Signal(QMimeData)
    menu_asked = Signal(QPoint)
    """The menu of the layer in hand is wanted at this point of the screen."""
    selection_changed = Signal()

    def __init__(self, studio: Studio, tools: ToolState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # X11 would give a stroke only the newest of several places, and says so while the application is made.
        QApplication.setAttribute(Qt.ApplicationAttribute.AA_CompressHighFrequencyEvents, False)
        self._studio = studio
        self._tools = tools
        self.pose = PoseTool(studio, tools)
        self.scene = SceneTool(studio, tools)
        self.frame = FrameTool(studio)
        self.kit = ToolKit(studio, tools, self)
        self._feed = feed_of(studio)
        self._shown = shown_of(studio)
        self._sheet = Sheet()
        self._brush_outline = BrushOutline()
        self.hand = Hand(studio, tools, lambda: self.grips, lambda: self.transform, self)
        self._proximity = ProximityWatch(self.hand.let_go, self)
        self._pen_seen = QElapsedTimer()
        self._marked = QRectF()
        self._traces: list[QRect] = []
        self.hint = HintStrip(self)
        self._advice = Advice(studio, tools, self.hint)
        self._framed = studio.document.frame
        self._overlay = False
        self._overlay_opacity = 0.6
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_TabletTracking)
        self.setAcceptDrops(True)
        self.setAccessibleName(self.tr("Canvas"))
        studio.layers_changed.connect(self._on_layers)
        studio.document_changed.connect(self._on_document)
        self._feed.arrived.connect(self._on_frame)
        self._shown.changed.connect(self._on_frame)
        tools.changed.connect(self._on_tools)
        self.kit.edge_moved.connect(self.update_document)
        self.hand.gripped.connect(self.grips_changed)
        self.hand.picked.connect(self._pick)
        self._compose_all()
        self._on_tools()

    # ---- the result over the drawing ----

    @property
    def overlay(self) -> bool:
        return self._overlay

    def set_overlay(self, on: bool) -> None:
        """Lays the shown picture over the drawing."""
        self._overlay = on
        self.update()

    def set_overlay_opacity(self, opacity: float) -> None:
        """0: the drawing alone; 1: the result alone."""
        self._overlay_opacity = min(max(opacity, 0.0), 1.0)
        if self._overlay:
            self.update()

    # ---- painting ----

    def paint_content(self, painter: QPainter, exposed: QRect) -> None:
        page = self.transform.view_rect(QRect(QPoint(0, 0), self.extent))
        frame = self.transform.view_rect(QRect(*self._studio.document.frame))
        painter.fillRect(page, hints.unknown_brush())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.smooth())
        painter.drawImage(page, self._sheet.image)
        shown = self._shown.pixels if self._overlay else None
        if shown is not None:
            painter.setOpacity(self._overlay_opacity)
            painter.drawImage(frame, to_qimage(shown))
            painter.setOpacity(1.0)
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(page.adjusted(-0.5, -0.5, 0.5, 0.5))
        if frame != page:
            paint_frame(painter, page, frame)
        for grips in self._all_grips:
            grips.paint(painter, self.transform, active=grips is self.grips)
        self.kit.paint(painter, self.transform)
        line, centre = self.hand.line(), self.hand.centre()
        if line is not None:
            paint_line(painter, line)
        if centre is not None and self._shows_brush():
            self._brush_outline.paint(painter, centre, self._radius(), self._tools)

    def _compose_all(self) -> None:
        width, height = self._studio.document.canvas
        if self.extent != QSize(width, height):
            self.hand.forget_lines()
        self.set_extent(QSize(width, height))
        self._sheet.refresh(self._studio.document, self._tools.layer)
        self.update()

    # ---- what the studio says ----

    def _on_layers(self, dirty: QRect, layer: str) -> None:
        width, height = self._studio.document.canvas
        if self.extent != QSize(width, height):
            self._compose_all()
            return
        node = self._studio.document.stack.node(layer)
        if node is None or FACES[node.kind].sheet is not None:
            dirty = self._sheet.refresh(self._studio.document, self._tools.layer, dirty)
        if dirty.size() == self.extent:
            self.update()
        else:
            self.update_document(dirty)

    def _on_document(self) -> None:
        width, height = self._studio.document.canvas
        if self.extent != QSize(width, height):
            self._compose_all()
        elif self._framed != self._studio.document.frame:
            self._framed = self._studio.document.frame
            self.update()
            self.selection_changed.emit()

    def _on_frame(self) -> None:
        if self._overlay:
            self.update_document(QRect(QPoint(0, 0), self.extent))

    def _on_tools(self) -> None:
        self._sheet.refresh(self._studio.document, self._tools.layer)
        self.setAccessibleDescription(hints.spoken(self._tools.layer, self._tools.tool))
        self._show_cursor()
        self._follow()
        self.update()

    def _update_marks(self) -> None:
        """Repaints where figures and handles were and where they are."""
        grips = self.grips
        area = QRectF() if grips is None else grips.bounds(self.transform)
        self.update(area.united(self._marked).toAlignedRect().adjusted(-2, -2, 2, 2))
        self._marked = area

    # ---- the pointer ----

    @property
    def _all_grips(self) -> tuple[Grips, ...]:
        return self.scene, self.pose, self.frame

    @property
    def grips(self) -> Grips | None:
        """The frame where that is in hand, else what is dragged on the layer; None where a brush paints."""
        if self._tools.frames:
            return self.frame
        if self._tools.masked:
            return None
        return {"pose": self.pose, "scene": self.scene}.get(self._tools.layer) or self.kit.in_hand

    def _shows_brush(self) -> bool:
        return self._tools.tool in ("brush", "eraser") and self._tools.paints and not self._space

    def _radius(self) -> float:
        """Of the brush, in view pixels."""
        return self._tools.brush.size / 2 * self.transform.scale

    def _follow(self) -> None:
        """Repaints where outline and line of the brush were and where they are."""
        old, centre = self._traces, self.hand.centre()
        self._traces = []
        if centre is not None and self._shows_brush():
            self._traces.append(brush_bounds(centre, self._radius()))
        line = self.hand.line()
        if line is not None:
            self._traces.append(line_bounds(line))
        for rect in (*old, *self._traces):
            self.update(rect)

    def _move(self, view: QPointF, pressure: float, modifiers: Qt.KeyboardModifier) -> None:
        self.hand.move(view, pressure, modifiers)
        grips = self.grips
        if grips is not None and self.hand.doing == "nothing":
            point = self.transform.to_document(view)
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

    def grips_changed(self) -> None:
        """What is selected, or how it is shown, may be another."""
        self._update_marks()
        said = "" if self.grips is None else self.grips.description()
        if said:
            self.setAccessibleDescription(said)
        self.selection_changed.emit()

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
        self.menu_asked.emit(event.globalPos())

    def enterEvent(self, event: QEnterEvent) -> None:
        self.hand.pointer = event.position()
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
        if self.grips is not None and self.grips.key(event):
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
        """Arrows move the brush (Shift: by a pixel), Enter dabs: painting without a pointer."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return False
        step = pointer_step(event)
        if step is not None:
            start = self.hand.pointer or QPointF(self.rect().center())
            self.hand.pointer = start + step * self.transform.scale
            self._follow()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.hand.pointer is not None:
            self.hand.dab()
        else:
            return False
        return True

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if drawable(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if drawable(event.mimeData()):
            event.acceptProposedAction()
            self.dropped.emit(event.mimeData())

    def _show_cursor(self) -> None:
        if self._space:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        elif self._tools.frames:
            self.setCursor(self.frame.cursor())
        elif self.kit.in_hand is not None:
            self.setCursor(self.kit.in_hand.cursor_at(self.hand.pointer, self.transform))
        else:
            self.setCursor(cursor_shape(self._tools, self._radius()))
