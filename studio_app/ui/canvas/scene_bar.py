"""The options of a scene: what to add, what is selected, where the camera looks from; and the ready scenes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QIcon, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListView,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio_app.scene.stage.look import look
from studio_app.scene.stage.ready import Ready, ready_scenes
from studio_app.scene.stage.shading import shaded
from studio_app.ui import icons, theme
from studio_app.ui.canvas.pose_picker import PosePicker
from studio_app.ui.canvas.scene_actions import SceneActions
from studio_app.ui.canvas.scene_list import ThingsList
from studio_app.ui.canvas.scene_tool import SceneTool
from studio_app.ui.drawn_in_turn import draw_in_turn
from studio_app.ui.folding_bar import FoldingBar
from studio_app.ui.images import to_qimage
from studio_app.ui.popups import show_below

ICON = 112


class SceneOptions(QWidget):
    def __init__(
        self, tool: SceneTool, actions: SceneActions, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._tool = tool
        self._actions = actions
        self.poses: PosePicker | None = None
        self.scenes: ReadyPicker | None = None
        self.add = _menu_button(
            self.tr("Add"), "plus", self.tr("Adds a figure, a solid or a mesh.")
        )
        menu = self.add.menu()
        assert menu is not None
        _fill(menu, [[actions.figure], actions.solids, [actions.mesh], [actions.ready]])
        self.view = _menu_button(
            self.tr("View"), "video",
            self.tr("Where the camera looks from. Dragging the empty ground turns it, with Shift it moves;\n"
                    "Alt and the wheel bring it nearer."),
        )  # fmt: skip
        menu = self.view.menu()
        assert menu is not None
        _fill(menu, [actions.views, actions.lenses, [actions.frame, actions.ground]])
        self.things: ThingsList | None = None
        actions.scenes_asked.connect(self.open_scenes)
        actions.things_asked.connect(self.open_things)
        actions.poses_asked.connect(self.open_poses)
        bar = FoldingBar()
        bar.set_margins(0)
        bar.add(self.add)
        bar.add(self.view)
        bar.add_action(actions.things, 0)
        bar.gap()
        for action in actions.modes.values():
            bar.add_action(action)
        bar.gap()
        ranked = (
            (actions.pose, 1), (actions.duplicate, 3), (actions.mirror, 4), (actions.drop, 2),
            (actions.joint, 8), (actions.lock, 9), (actions.remove, 5), (actions.mask, 6),
            (actions.select, 7), (actions.convert, 10),
        )  # fmt: skip
        for action, rank in ranked:
            bar.add_action(action, rank)
        bar.stretch()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(bar)

    def open_poses(self) -> None:
        """All poses, under the bar."""
        self.poses = PosePicker(self)
        self.poses.chosen.connect(self._pose)
        self._open(self.poses)

    def open_scenes(self) -> None:
        """The ready scenes, as pictures."""
        self.scenes = ReadyPicker(self)
        self.scenes.chosen.connect(self._begin)
        self._open(self.scenes)

    def open_things(self) -> None:
        """All that stands in the scene, by name."""
        self.things = ThingsList(self._tool, self)
        self.things.done.connect(self._actions.done)
        self._open(self.things)

    def _open(self, popup: QWidget) -> None:
        show_below(popup, self)

    def _pose(self, name: str) -> None:
        self._tool.pose_as(name)
        self._actions.done.emit()

    def _begin(self, ready: Ready) -> None:
        self._tool.choose()
        self._tool.set_stage(ready.stage, ready.title)
        self._actions.done.emit()


class ReadyPicker(QFrame):
    """A popup with a row of scenes. `chosen(Ready)`; a click outside or Escape closes it."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        theme.set_role(self, "popup")
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Ready scenes"))
        self.list.setViewMode(QListView.ViewMode.IconMode)
        self.list.setMovement(QListView.Movement.Static)
        self.list.setIconSize(QSize(ICON, ICON))
        self.list.setWordWrap(True)
        self.list.setWrapping(False)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        cell = QSize(ICON + 3 * theme.UNIT, ICON + 5 * theme.UNIT)
        self.list.setGridSize(cell)
        self._scenes = ready_scenes()
        for ready in self._scenes:
            item = QListWidgetItem(ready.title)
            item.setSizeHint(cell)
            self.list.addItem(item)
        ratio, items = self.devicePixelRatioF(), map(self.list.item, range(self.list.count()))
        draw_in_turn(
            self.list,
            [
                (item, partial(_picture, ready.name, ratio))
                for item, ready in zip(items, self._scenes, strict=True)
            ],
        )
        self.list.setCurrentRow(0)
        self.list.setFixedSize(len(self._scenes) * cell.width() + 16, cell.height() + 16)
        self.list.itemClicked.connect(self._choose)
        self.list.itemActivated.connect(self._choose)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(*(theme.UNIT // 2,) * 4)
        rows.addWidget(self.list)
        self.setFocusProxy(self.list)

    def _choose(self, item: QListWidgetItem) -> None:
        if self.isVisible():  # a double click would say it twice
            self.close()
            self.chosen.emit(self._scenes[self.list.row(item)])


def _picture(name: str, ratio: float) -> QIcon:
    pixmap = QPixmap.fromImage(to_qimage(_cast(name, round(ICON * ratio))))
    pixmap.setDevicePixelRatio(ratio)
    return QIcon(pixmap)


@lru_cache(maxsize=8)
def _cast(name: str, side: int) -> NDArray[np.uint8]:
    """When it is first shown: some 40 milliseconds each."""
    stage = next(ready.stage for ready in ready_scenes() if ready.name == name)
    rgb = shaded(look(stage, (side, side)))
    bgra = np.dstack([rgb[..., ::-1], np.full(rgb.shape[:2], 255, np.uint8)])
    bgra.flags.writeable = False
    return bgra


def _menu_button(text: str, icon: str, why: str) -> QToolButton:
    button = QToolButton()
    icons.set_icon(button, icon)
    button.setText(f" {text}")
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setToolTip(why)
    button.setAccessibleName(text)
    button.setMenu(QMenu(button))
    return button


def _fill(menu: QMenu, groups: Sequence[Sequence[QAction]]) -> None:
    for group in groups:
        menu.addActions(list(group))
        menu.addSeparator()
