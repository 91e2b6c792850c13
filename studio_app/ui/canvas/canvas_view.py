"""The surface as one sees it: the layers, the result over them, and the marks of what is in hand."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from studio_app.session.studio import Studio
from studio_app.ui.canvas import hints
from studio_app.ui.canvas.axes import Axes
from studio_app.ui.canvas.contours import Contours, Relief
from studio_app.ui.canvas.cursor import (
    BrushOutline,
    brush_bounds,
    cursor_shape,
    inside,
    line_bounds,
    paint_edge,
    paint_frame,
    paint_line,
    turned_shape,
)
from studio_app.ui.canvas.frame_tool import FrameTool
from studio_app.ui.canvas.grips import Grips
from studio_app.ui.canvas.hand import Hand
from studio_app.ui.canvas.pose_tool import PoseTool
from studio_app.ui.canvas.scene_tool import SceneTool
from studio_app.ui.canvas.sheet import Sheet
from studio_app.ui.canvas.tool_kit import ToolKit
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.canvas.turn_chip import TurnChip
from studio_app.ui.faces.registry import FACES
from studio_app.ui.feed import feed_of
from studio_app.ui.images import to_qimage
from studio_app.ui.shown import shown_of
from studio_app.ui.zoom_view import ZoomView


class CanvasView(ZoomView):
    """Shows the document and what is in hand, and nothing else: a subclass takes the events."""

    selection_changed = Signal()
    redrawn = Signal(QRect)
    """The drawing looks different there, in pixels of the document."""
    turns = True

    def __init__(
        self,
        studio: Studio,
        tools: ToolState,
        parent: QWidget | None = None,
        *,
        like: CanvasView | None = None,
    ) -> None:
        """like: the view that this one is a second one of: what is in hand and selected is the same in both, and the
        drawing is composed once."""
        super().__init__(parent)
        self._studio = studio
        self._tools = tools
        self._like = like
        self.pose = PoseTool(studio, tools) if like is None else like.pose
        self.scene = SceneTool(studio, tools) if like is None else like.scene
        self.frame = FrameTool(studio) if like is None else like.frame
        self.kit = ToolKit(studio, tools, self) if like is None else like.kit
        self._feed = feed_of(studio)
        self._shown = shown_of(studio)
        self._sheet = Sheet() if like is None else like._sheet
        self.contours = Contours(studio, tools, self)
        self.relief = Relief(studio, tools, self)
        self.chip = TurnChip(self)
        self.chip.clicked.connect(self.upright)
        self._brush_outline = BrushOutline()
        self.axes = Axes(studio, tools)
        self.hand = Hand(studio, tools, lambda: self.grips, self.axes, lambda: self.transform, self)
        self._marked = QRectF()
        self._traces: list[QRect] = []
        self._framed = studio.document.frame
        self._overlay = False
        self._overlay_opacity = 0.6
        if like is None:
            studio.layers_changed.connect(self._on_layers)
        else:
            like.redrawn.connect(self._redraw)
            like.selection_changed.connect(self._update_marks)
            self.selection_changed.connect(like._update_marks)
            like.contours.moved.connect(self._follow_contours)
            self.contours.set_on(like.contours.on)
        studio.document_changed.connect(self._on_document)
        studio.work_changed.connect(self._on_work)
        self._feed.arrived.connect(self._on_frame)
        self._shown.changed.connect(self._on_frame)
        tools.changed.connect(self._on_tools)
        self.kit.edge_moved.connect(self.update_document)
        self.contours.moved.connect(self.update_document)
        self.relief.moved.connect(self.update_document)
        self.hand.gripped.connect(self.grips_changed)
        self.hand.drew.connect(self._follow)
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

    @property
    def composed(self) -> bool:
        """Whether all of the drawing was made anew where it changed: what is out of sight waits."""
        return self._sheet.clean

    def paint_content(self, painter: QPainter, exposed: QRect) -> None:
        whole, document = QRect(QPoint(0, 0), self.extent), self._studio.document
        painter.setClipRect(exposed)
        left = self._sheet.refresh(document, self.transform.seen_rect(exposed))
        if not left.isEmpty():  # the window lives between
            QTimer.singleShot(0, self, lambda: self.update_document(left))
        page = self.transform.outline(whole)
        if not self._sheet.opaque:
            painter.fillPath(page, hints.unknown_brush())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.smooth())
        self.transform.draw_image(painter, whole, self._sheet.image)
        shown = self._shown.pixels if self._overlay else None
        if shown is not None:
            painter.setOpacity(self._overlay_opacity)
            self.transform.draw_image(painter, QRect(*document.frame), to_qimage(shown))
            painter.setOpacity(1.0)
        self.relief.paint(painter, self.transform, exposed)
        self.contours.paint(painter, self.transform, exposed)
        if not inside(exposed, whole, self.transform):
            paint_edge(painter, page)
        framed = QRect(*document.frame)
        if framed != whole and not inside(exposed, framed, self.transform):
            paint_frame(painter, self.transform, whole, framed, exposed)
        for grips in self._all_grips:
            grips.paint(painter, self.transform, active=grips is self.grips)
        self.kit.paint(painter, self.transform)
        self.axes.paint(painter, self.transform, active=True)
        line, centre = self.hand.line(), self.hand.centre()
        if line is not None and not self.is_panning():
            paint_line(painter, line)
        if centre is not None and self._shows_brush():
            self._brush_outline.paint(painter, centre, self._radius(), self._tools)

    def _compose_all(self) -> None:
        width, height = self._studio.document.canvas
        if self.extent != QSize(width, height):
            self.hand.forget_lines()
        self.set_extent(QSize(width, height))
        if self._like is None:
            self._sheet.invalidate(self._studio.document, self._tools.layer)
        self.update()
        self.redrawn.emit(QRect(QPoint(0, 0), self.extent))

    # ---- what the studio says ----

    def _follow_contours(self) -> None:
        """Shows contour lines where the view that this is a second one of does."""
        assert self._like is not None
        if self.contours.on != self._like.contours.on:
            self.contours.set_on(self._like.contours.on)

    def _on_layers(self, dirty: QRect, layer: str) -> None:
        width, height = self._studio.document.canvas
        if self.extent != QSize(width, height):
            self._compose_all()
            return
        node = self._studio.document.stack.node(layer)
        if node is None or FACES[node.kind].sheet is not None:
            dirty = self._sheet.invalidate(
                self._studio.document,
                self._tools.layer,
                dirty,
                kind="" if node is None else node.kind,
            )
        self._redraw(dirty)
        self.redrawn.emit(dirty)

    def _redraw(self, dirty: QRect) -> None:
        """Shows what is new in the sheet."""
        if self._sheet.image.size() != self.extent:
            self._compose_all()
        elif dirty.size() == self.extent:
            self.update()
        else:
            self.update_document(dirty)

    def _on_work(self) -> None:
        """Layers and things of other work may have the names of those of this; how one looked at this is nothing to
        it."""
        self.hand.forget_lines()
        self.scene.choose()
        self.pose.selected = None
        self._end_pan()
        self.upright()
        self.fit()

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
        if self._like is None:
            self._sheet.invalidate(self._studio.document, self._tools.layer, QRect())
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
            return self.kit.in_hand
        own = {"pose": self.pose, "scene": self.scene}.get(self._tools.layer)
        return self.kit.in_hand if own is None or self._tools.moves else own

    def _shows_brush(self) -> bool:
        painting = self._tools.tool in ("brush", "eraser") and self._tools.paints
        return painting and not self._space and not self.axes.held

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

    def upright(self) -> None:
        """Neither turned nor mirrored any more."""
        if self.transform.mirrored:
            self.mirror()
        self.turn_to(0.0)

    # inside ZoomView

    def _turned(self) -> None:
        now = self.transform
        self.chip.show_turn(-now.angle if now.mirrored else now.angle, mirrored=now.mirrored)
        self._show_cursor()
        self._follow()

    def _show_cursor(self) -> None:
        shape = self._cursor_shape()
        if self.cursor().shape() != shape:  # every move comes by here
            self.setCursor(shape)

    def _cursor_shape(self) -> Qt.CursorShape:
        if self._space:
            return Qt.CursorShape.OpenHandCursor
        if self.axes.held:
            return turned_shape(self.axes.cursor(), self.transform)
        if self._tools.frames:
            return turned_shape(self.frame.cursor(), self.transform)
        if self.kit.in_hand is not None:
            return self.kit.in_hand.cursor_at(self.hand.pointer, self.transform)
        return cursor_shape(self._tools, self._radius())
