"""The drawing surface: shows the layers and the result over them, and turns pen and mouse into edits."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QBrush,
    QDragEnterEvent,
    QDropEvent,
    QEnterEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QPointingDevice,
    QTabletEvent,
)
from PySide6.QtWidgets import QWidget

from studio_app.document.strokes import Sample
from studio_app.session.studio import Studio
from studio_app.ui import theme
from studio_app.ui.canvas import hints, picker
from studio_app.ui.canvas.cursor import BrushOutline, brush_bounds
from studio_app.ui.canvas.gestures import dropped_file, pointer_step
from studio_app.ui.canvas.pose_tool import PoseTool
from studio_app.ui.canvas.sheet import Sheet
from studio_app.ui.canvas.tool_state import Tool, ToolState
from studio_app.ui.feed import feed_of
from studio_app.ui.images import to_qimage
from studio_app.ui.zoom_view import ZoomView


class Canvas(ZoomView):
    """Paints on the layer that `tools` names. One path for pen and mouse; a mouse presses with 1.0.

    `dropped(path)`: a file was dropped, for somebody to ask what it is.
    """

    dropped = Signal(Path)
    selection_changed = Signal()

    def __init__(self, studio: Studio, tools: ToolState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._tools = tools
        self.pose = PoseTool(studio)
        self._feed = feed_of(studio)
        self._sheet = Sheet()
        self._brush_outline = BrushOutline()
        self._hatch: tuple[str, QBrush] | None = None
        self._pose_area = QRectF()
        self._pointer: QPointF | None = None
        self._outline = QRect()
        self._resizing: tuple[QPointF, float] | None = None
        self._painting = False
        self._tool_before: Tool | None = None
        self._hinting = False
        self._overlay = False
        self._overlay_opacity = 0.6
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_TabletTracking)
        self.setAcceptDrops(True)
        self.setAccessibleName(self.tr("Canvas"))
        studio.layers_changed.connect(self._on_layers)
        studio.document_changed.connect(self._on_document)
        self._feed.arrived.connect(self._on_frame)
        tools.changed.connect(self._on_tools)
        self._compose_all()
        self._on_tools()

    # ---- the result over the drawing ----

    @property
    def overlay(self) -> bool:
        return self._overlay

    def set_overlay(self, on: bool) -> None:
        """Shows the newest result over the drawing."""
        if on != self._overlay:
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
        painter.fillRect(page, self._unknown())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.smooth())
        painter.drawImage(page, self._sheet.image)
        result = self._feed.newest if self._overlay else None
        if result is not None:
            painter.setOpacity(self._overlay_opacity)
            painter.drawImage(page, to_qimage(result.pixels))
            painter.setOpacity(1.0)
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(page.adjusted(-0.5, -0.5, 0.5, 0.5))
        document = self._studio.document
        if document.pose.visible:
            active = self._tools.layer == "pose"
            self.pose.paint(painter, self.transform, document.size, active=active)
        self._hinting = self._hints()
        if self._hinting:
            hints.paint_hint(painter, page, self._tools.layer)
        if self._pointer is not None and self._shows_brush():
            self._brush_outline.paint(painter, self._outline_centre(), self._radius(), self._tools)

    def _unknown(self) -> QBrush:
        theme_name = theme.current().name
        if self._hatch is None or self._hatch[0] != theme_name:
            self._hatch = theme_name, hints.unknown_brush()
        return self._hatch[1]

    def _hints(self) -> bool:
        """Whether the empty layer says what to do with it."""
        return self._studio.document.layer(self._tools.layer).untouched and not self._overlay

    def _outline_centre(self) -> QPointF:
        assert self._pointer is not None
        return self._pointer if self._resizing is None else self._resizing[0]

    def _radius(self) -> float:
        """Of the brush, in view pixels."""
        return self._tools.brush.size / 2 * self.transform.scale

    def _compose_all(self) -> None:
        width, height = self._studio.document.size
        self.set_extent(QSize(width, height))
        self._sheet.refresh(self._studio.document, self._tools.layer)
        self.update()

    # ---- what the studio says ----

    def _on_layers(self, dirty: QRect, layer: str) -> None:
        width, height = self._studio.document.size
        if self.extent != QSize(width, height):
            self._compose_all()
            return
        if layer != "pose":
            dirty = self._sheet.refresh(self._studio.document, self._tools.layer, dirty)
        if self._hints() != self._hinting or dirty.size() == self.extent:
            self.update()  # the hint comes or goes with the first dab
        elif layer == "pose":
            self._update_pose()
        else:
            self.update_document(dirty)

    def _on_document(self) -> None:
        width, height = self._studio.document.size
        if self.extent != QSize(width, height):
            self._compose_all()

    def _on_frame(self) -> None:
        if self._overlay:
            self.update_document(QRect(QPoint(0, 0), self.extent))

    def _on_tools(self) -> None:
        self._sheet.refresh(self._studio.document, self._tools.layer)
        self.setAccessibleDescription(hints.spoken(self._tools.layer, self._tools.tool))
        self._show_cursor()
        self._move_outline()
        self.update()

    def _update_pose(self) -> None:
        """Repaints where the figures were and where they are."""
        area = self.pose.bounds(self.transform, self._studio.document.size)
        self.update(area.united(self._pose_area).toAlignedRect().adjusted(-2, -2, 2, 2))
        self._pose_area = area

    # ---- the pointer ----

    def _shows_brush(self) -> bool:
        return self._tools.layer != "pose" and self._tools.tool != "picker" and not self._space

    def _move_outline(self) -> None:
        """Repaints where the brush's outline was and where it is."""
        old = self._outline
        if self._pointer is None or not self._shows_brush():
            self._outline = QRect()
        else:
            self._outline = brush_bounds(self._outline_centre(), self._radius())
        for rect in (old, self._outline):
            if not rect.isEmpty():
                self.update(rect)

    def _point(self, view: QPointF) -> QPointF:
        return self.transform.to_document(view)

    def _sample(self, view: QPointF, pressure: float) -> Sample:
        point = self._point(view)
        return Sample(point.x(), point.y(), pressure)

    def _press(
        self,
        view: QPointF,
        pressure: float,
        modifiers: Qt.KeyboardModifier,
        *,
        eraser: bool = False,
    ) -> None:
        self._pointer = view
        if self._tools.layer == "pose":
            self.pose.press(self._point(view), self.transform.scale)
            self._pose_changed()
        elif modifiers & Qt.KeyboardModifier.ShiftModifier:
            self._resizing = (view, self._tools.brush.size)
        elif self._tools.tool == "picker" or modifiers & Qt.KeyboardModifier.ControlModifier:
            self._pick(view)
        else:
            self._begin(self._sample(view, pressure), eraser=eraser)

    def _begin(self, sample: Sample, *, eraser: bool = False) -> None:
        layer = self._tools.layer
        if not self._studio.document.layer(layer).visible:
            self._studio.set_layer_visible(layer, True)  # nobody paints on what he can't see
        if eraser and self._tools.tool != "eraser":
            self._tool_before = self._tools.tool
            self._tools.set_tool("eraser")
        self._painting = True
        self._studio.begin_stroke(layer, self._tools.brush, sample)

    def _move(self, view: QPointF, pressure: float, modifiers: Qt.KeyboardModifier) -> None:
        self._pointer = view
        if self._painting:
            self._studio.stroke_to(self._sample(view, pressure))
        elif self._resizing is not None:
            start, size = self._resizing
            self._tools.set_size(size + 2 * (view.x() - start.x()) / self.transform.scale)
        elif self.pose.dragging:
            alone = bool(modifiers & Qt.KeyboardModifier.AltModifier)
            self.pose.move(self._point(view), alone=alone)
        elif self._tools.layer == "pose":
            self._hover(view)
        self._move_outline()

    def _hover(self, view: QPointF) -> None:
        if self.pose.hover(self._point(view), self.transform.scale):
            self._update_pose()

    def _release(self) -> None:
        self._resizing = None
        if self._painting:
            self._painting = False
            self._studio.end_stroke()
        if self._tool_before is not None:  # the pen's other end was only a visit
            self._tools.set_tool(self._tool_before)
            self._tool_before = None
        self.pose.release()

    def _pick(self, view: QPointF) -> None:
        point = self._point(view)
        result = self._feed.newest
        if self._tools.layer == "depth":
            depth = picker.depth_at(self._studio.document, point)
            if depth is not None:
                self._tools.set_value(depth)
        else:
            shown = result if self._overlay else None
            colour = picker.colour_at(self._studio.document, point, shown, result)
            if colour is not None:
                self._tools.set_colour(colour)

    def _pose_changed(self) -> None:
        self._update_pose()
        said = self.pose.description()
        if said:
            self.setAccessibleDescription(said)
        self.selection_changed.emit()

    def cancel_gesture(self) -> bool:
        """Undoes what the pointer is doing, if it is doing something."""
        doing = self._painting or self.pose.dragging or self._resizing is not None
        if self._painting:
            self._painting = False
            self._studio.cancel_stroke()
        self.pose.cancel()
        self._resizing = None
        return doing

    # Qt

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if not event.isAccepted() and event.button() == Qt.MouseButton.LeftButton:
            self._press(event.position(), 1.0, event.modifiers())
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if not event.isAccepted() or not self.is_panning():
            self._move(event.position(), 1.0, event.modifiers())
            event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self._release()
            event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        grip = self.pose.selected
        if self._tools.layer == "pose" and grip is not None and grip.joint is not None:
            self.pose.release()
            self.pose.toggle(grip)
        else:
            self.mousePressEvent(event)  # a quick second dab is a dab

    def tabletEvent(self, event: QTabletEvent) -> None:
        """Accepted, or Qt would send the same as mouse events; hovering comes here too."""
        kind = event.type()
        if self.is_panning():
            event.ignore()
            return
        eraser = event.pointerType() == QPointingDevice.PointerType.Eraser
        if kind == QEvent.Type.TabletPress:
            if event.button() != Qt.MouseButton.LeftButton:
                event.ignore()
                return
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._press(event.position(), event.pressure(), event.modifiers(), eraser=eraser)
        elif kind == QEvent.Type.TabletMove:
            self._move(event.position(), event.pressure(), event.modifiers())
        elif kind == QEvent.Type.TabletRelease:
            self._release()
        event.accept()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._pointer = event.position()
        self._move_outline()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer = None
        self._move_outline()
        self.pose.leave()
        if self._tools.layer == "pose":
            self._update_pose()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.cancel_gesture():
            return
        if self._tools.layer == "pose" and self.pose.key(event):
            self._pose_changed()
            return
        if self._tools.layer != "pose" and self._brush_key(event):
            return
        super().keyPressEvent(event)

    def _brush_key(self, event: QKeyEvent) -> bool:
        """Arrows move the brush (Shift: by a pixel), Enter dabs: painting without a pointer."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return False
        step = pointer_step(event)
        if step is not None:
            start = self._pointer or QPointF(self.rect().center())
            self._pointer = start + step * self.transform.scale
            self._move_outline()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._pointer is not None:
            if self._tools.tool == "picker":
                self._pick(self._pointer)
            else:
                self._begin(self._sample(self._pointer, 1.0))
                self._release()
        else:
            return False
        return True

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_file(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = dropped_file(event)
        if path is not None:
            event.acceptProposedAction()
            # The drag is over for the program it came from before a question comes up.
            QTimer.singleShot(0, self, lambda: self.dropped.emit(path))

    def _show_cursor(self) -> None:
        if self._space:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        elif self._tools.layer == "pose":
            self.setCursor(Qt.CursorShape.ArrowCursor)
        elif self._tools.tool == "picker" or self._radius() < 3:
            self.setCursor(Qt.CursorShape.CrossCursor)
        else:
            self.setCursor(Qt.CursorShape.BlankCursor)
