"""The surface as one sees it: the layers, the result over them, and the marks of what is in hand."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from studio_app.session.studio import Studio
from studio_app.ui import theme
from studio_app.ui.canvas import hints
from studio_app.ui.canvas.contours import Contours
from studio_app.ui.canvas.cursor import (
    BrushOutline,
    brush_bounds,
    cursor_shape,
    line_bounds,
    paint_frame,
    paint_line,
)
from studio_app.ui.canvas.frame_tool import FrameTool
from studio_app.ui.canvas.grips import Grips
from studio_app.ui.canvas.hand import Hand
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


class CanvasView(ZoomView):
    """Shows the document and what is in hand, and nothing else: a subclass takes the events."""

    selection_changed = Signal()

    def __init__(self, studio: Studio, tools: ToolState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._tools = tools
        self.pose = PoseTool(studio, tools)
        self.scene = SceneTool(studio, tools)
        self.frame = FrameTool(studio)
        self.kit = ToolKit(studio, tools, self)
        self._feed = feed_of(studio)
        self._shown = shown_of(studio)
        self._sheet = Sheet()
        self.contours = Contours(studio, tools, self)
        self._brush_outline = BrushOutline()
        self.hand = Hand(studio, tools, lambda: self.grips, lambda: self.transform, self)
        self._marked = QRectF()
        self._traces: list[QRect] = []
        self._framed = studio.document.frame
        self._overlay = False
        self._overlay_opacity = 0.6
        studio.layers_changed.connect(self._on_layers)
        studio.document_changed.connect(self._on_document)
        self._feed.arrived.connect(self._on_frame)
        self._shown.changed.connect(self._on_frame)
        tools.changed.connect(self._on_tools)
        self.kit.edge_moved.connect(self.update_document)
        self.contours.moved.connect(self.update_document)
        self.hand.gripped.connect(self.grips_changed)
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
        self.contours.paint(painter, self.transform, exposed)
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

    def grips_changed(self) -> None:
        """What is selected, or how it is shown, may be another."""
        self._update_marks()
        said = "" if self.grips is None else self.grips.description()
        if said:
            self.setAccessibleDescription(said)
        self.selection_changed.emit()

    def _show_cursor(self) -> None:
        if self._space:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        elif self._tools.frames:
            self.setCursor(self.frame.cursor())
        elif self.kit.in_hand is not None:
            self.setCursor(self.kit.in_hand.cursor_at(self.hand.pointer, self.transform))
        else:
            self.setCursor(cursor_shape(self._tools, self._radius()))
