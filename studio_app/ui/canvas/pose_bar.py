"""What to do with people: more of them, in poses of the library, and the selected one."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QToolButton,
    QWidget,
)

from studio_app.ui import icons
from studio_app.ui.canvas.canvas import Canvas
from studio_app.ui.canvas.pose_actions import PoseActions
from studio_app.ui.canvas.pose_picker import OWN, PosePicker
from studio_app.ui.canvas.pose_shelf import PoseShelf
from studio_app.ui.folding_bar import FoldingBar
from studio_app.ui.popups import show_below


class PoseOptions(QWidget):
    """Adding people in poses of the library, and what to do with the selected one."""

    def __init__(
        self, canvas: Canvas, actions: PoseActions, shelf: PoseShelf, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._shelf = shelf
        self.picker: PosePicker | None = None
        self.add = QToolButton()
        icons.set_icon(self.add, "user-round-plus")
        self.add.setText(" " + self.tr("Add a person"))
        self.add.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.add.setToolTip(self.tr("Adds a person in one of many poses."))
        self.add.setAccessibleName(self.tr("Add a person"))
        self.add.clicked.connect(self.open)
        bar = FoldingBar()
        bar.set_margins(0)
        bar.add(self.add)
        bar.add_action(actions.take, 2)
        bar.add_action(actions.from_picture, 2)
        ranks = {actions.keep: 3, actions.larger: 4, actions.smaller: 5}
        for action in actions.one:
            if not action.icon().isNull():
                bar.add_action(action, ranks.get(action, 1))
        bar.stretch()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(bar)

    def open(self) -> None:
        """All poses, under the button."""
        self.picker = PosePicker(self, shelf=self._shelf)
        self.picker.chosen.connect(self._add)
        show_below(self.picker, self.add)

    def _add(self, pose: str) -> None:
        if pose.startswith(OWN):
            name = pose.removeprefix(OWN)
            self._canvas.pose.add_like(
                next(one.person for one in self._shelf.own if one.name == name)
            )
        else:
            self._canvas.pose.add(pose)
        self._canvas.setFocus()
        self._canvas.selection_changed.emit()
        self._canvas.update()
