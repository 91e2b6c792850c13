"""The options of the tool in hand: those of the brush, or what to do with people or a scene."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QStackedWidget,
    QWidget,
)

from studio_app.ui import theme
from studio_app.ui.action_buttons import action_button
from studio_app.ui.canvas.brush_bar import BrushOptions
from studio_app.ui.canvas.canvas import Canvas
from studio_app.ui.canvas.canvas_actions import CanvasActions
from studio_app.ui.canvas.frame_options import FrameOptions
from studio_app.ui.canvas.pose_actions import PoseActions
from studio_app.ui.canvas.pose_bar import PoseOptions
from studio_app.ui.canvas.pose_shelf import PoseShelf
from studio_app.ui.canvas.scene_actions import SceneActions
from studio_app.ui.canvas.scene_bar import SceneOptions
from studio_app.ui.canvas.select_actions import SelectActions
from studio_app.ui.canvas.select_bar import MoveOptions, SelectOptions
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.canvas.tools.names import ENTRIES

HEIGHT = 48


class ToolBar(QFrame):
    """Brush options on the layers that are painted, own ones on those of people and scenes, and for the
    frame where that is in hand; one height."""

    def __init__(
        self,
        canvas: Canvas,
        tools: ToolState,
        selecting: SelectActions,
        pose_actions: PoseActions,
        pose_shelf: PoseShelf,
        scene_actions: SceneActions,
        frame: QAction,
        canvas_actions: CanvasActions,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        theme.set_role(self, "panel")
        self._tools = tools
        self.brush = BrushOptions(tools)
        self.select = SelectOptions(tools, selecting.selecting)
        self.move_options = MoveOptions(tools, canvas.kit, selecting.transforming)
        self.pose = PoseOptions(canvas, pose_actions, pose_shelf)
        self.frame = FrameOptions(canvas_actions)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.brush)
        self._stack.addWidget(self.pose)
        self.scene = SceneOptions(canvas.scene, scene_actions)
        self._stack.addWidget(self.scene)
        self._stack.addWidget(self.frame)
        self._stack.addWidget(self.select)
        self._stack.addWidget(self.move_options)
        self._stack.setFixedHeight(HEIGHT)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.UNIT, 0, theme.UNIT, 4)
        row.setSpacing(2)
        row.addWidget(self._stack, 1)
        row.addWidget(action_button(frame))  # whatever the layer is
        tools.changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        kinds: dict[str, QWidget] = {"pose": self.pose, "scene": self.scene}
        wanted = kinds.get(self._tools.layer, self.brush)
        if self._tools.paints or self._tools.moves:
            own: dict[str, QWidget] = {"select": self.select, "move": self.move_options}
            wanted = own.get(ENTRIES[self._tools.tool].bar, self.brush)
        if self._tools.frames:
            wanted = self.frame
        if self._stack.currentWidget() is not wanted:
            self._stack.setCurrentWidget(wanted)
