"""The tools of a canvas, made when they are first taken in hand, and the edge of the selection over it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRect, Signal
from PySide6.QtGui import QPainter

from studio_app.session.studio import Studio
from studio_app.ui.canvas.ants import Ants
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.canvas.tools.floating_tool import FloatingTool
from studio_app.ui.canvas.tools.moving import MoveTool
from studio_app.ui.canvas.tools.registry import TOOLS
from studio_app.ui.canvas.tools.tool import DragTool
from studio_app.ui.canvas.tools.warping import WarpTool
from studio_app.ui.transform import DocumentToView


class ToolKit(QObject):
    """`edge_moved(rect)`: the edge of the selection looks different there, in pixels of the document."""

    edge_moved = Signal(QRect)

    def __init__(self, studio: Studio, tools: ToolState, parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio
        self._tools = tools
        self._made: dict[str, DragTool] = {}
        self.ants = Ants(studio.work_out, self)
        self._held = self._now()
        self.ants.clock.timeout.connect(lambda: self.edge_moved.emit(self.ants.rect))
        self.ants.moved.connect(self.edge_moved)
        tools.changed.connect(self._on_tools)
        studio.edited.connect(self._on_document)
        studio.layers_changed.connect(self._on_document)  # what floats takes its selection along

    @property
    def in_hand(self) -> DragTool | None:
        """The tool that drags on the layer in hand; None for the brush and its kin, and where it suits nothing."""
        name = self._tools.tool
        usable = self._tools.paints or self._tools.moves
        if name in TOOLS and usable and self._tools.suits(name):
            return self._tool(name)
        return None

    def paint(self, painter: QPainter, transform: DocumentToView) -> None:
        """The edge of the selection, and the marks of the tool in hand; in view coordinates."""
        self.ants.paint(painter, transform)
        tool = self.in_hand
        if tool is not None:
            tool.paint(painter, transform, active=True)

    @property
    def mover(self) -> MoveTool:
        tool = self._tool("move")
        assert isinstance(tool, MoveTool)
        return tool

    @property
    def warper(self) -> WarpTool:
        tool = self._tool("warp")
        assert isinstance(tool, WarpTool)
        return tool

    @property
    def floater(self) -> FloatingTool:
        """The tool that holds what floats: the one in hand, or the one that moves."""
        held = self.in_hand
        return held if isinstance(held, FloatingTool) else self.mover

    def _on_document(self, *_: object) -> None:
        self.ants.show(self._studio.document.selection)

    def _tool(self, name: str) -> DragTool:
        if name not in self._made:
            self._made[name] = TOOLS[name](self._studio, self._tools, self)
        return self._made[name]

    def _now(self) -> tuple[str, str, str]:
        return self._tools.tool, self._tools.masked, self._tools.target(self._studio.document)

    def _on_tools(self) -> None:
        now = self._now()
        if now != self._held:
            before, self._held = self._held, now
            if before[0] in self._made:
                self._made[before[0]].put_down()
