"""Choosing a pose of the library by looking at it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QFrame, QListView, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from studio_app.scene.openpose import draw_pose
from studio_app.ui import theme
from studio_app.ui.canvas import figures
from studio_app.ui.images import to_qimage

ICON = 56
COLUMNS, ROWS = 6, 5
_POSE = Qt.ItemDataRole.UserRole


class PosePicker(QFrame):
    """A popup with every pose as a small figure. `chosen(name)`; a click outside or Escape closes it."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        theme.set_role(self, "popup")
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Poses"))
        self.list.setViewMode(QListView.ViewMode.IconMode)
        self.list.setMovement(QListView.Movement.Static)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setUniformItemSizes(True)
        self.list.setIconSize(QSize(ICON, ICON))
        cell = QSize(ICON + 40, ICON + 28)
        self.list.setGridSize(cell)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setStyleSheet(f"font-size: {theme.SMALL}px;")
        for pose in figures.pose_names():
            item = QListWidgetItem(pose_icon(pose, self.devicePixelRatioF()), pose_title(pose))
            item.setData(_POSE, pose)
            item.setToolTip(pose_title(pose))
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.list.setFixedSize(COLUMNS * cell.width() + 24, ROWS * cell.height() + 8)
        self.list.itemClicked.connect(self._choose)
        self.list.itemActivated.connect(self._choose)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(*(theme.UNIT // 2,) * 4)
        rows.addWidget(self.list)
        self.setFocusProxy(self.list)

    def _choose(self, item: QListWidgetItem) -> None:
        if self.isVisible():  # a double click would say it twice
            self.close()
            self.chosen.emit(str(item.data(_POSE)))


def pose_icon(pose: str, ratio: float = 1.0) -> QIcon:
    """A small figure in a pose of the library, on nothing."""
    side = round(ICON * ratio)
    figure = draw_pose(figures.new_person(pose, side, side).joints, side, side)
    bgra = np.zeros((side, side, 4), np.uint8)
    bgra[..., :3] = figure[..., ::-1]
    bgra[..., 3] = np.where(figure.any(-1), 255, 0)
    bgra.flags.writeable = False
    pixmap = QPixmap.fromImage(to_qimage(bgra))
    pixmap.setDevicePixelRatio(ratio)
    return QIcon(pixmap)


def pose_title(pose: str) -> str:
    """The library's name of a pose, for people."""
    return pose.replace("_", " ").capitalize()
