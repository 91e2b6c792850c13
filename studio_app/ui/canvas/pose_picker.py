"""Choosing a pose of the library by looking at it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio_app.document import newcomers
from studio_app.document.people import Person
from studio_app.scene.openpose import draw_pose
from studio_app.ui import theme
from studio_app.ui.canvas.pose_shelf import PoseShelf
from studio_app.ui.drawn_in_turn import draw_in_turn
from studio_app.ui.images import to_qimage

ICON = 56
COLUMNS, ROWS = 6, 5
_POSE = Qt.ItemDataRole.UserRole
OWN = "own:"


class PosePicker(QFrame):
    """A popup with every pose as a small figure. `chosen(name)`; a click outside or Escape closes it.

    shelf: with the artist's own after them, whose names begin with `OWN`; Delete removes one. many: several are
    selected first, with Shift and Ctrl; `chosen` tells of each, in the library's order, and then `done` of all.
    """

    chosen = Signal(str)
    done = Signal()

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        many: bool = False,
        shelf: PoseShelf | None = None,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        theme.set_role(self, "popup")
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Poses"))
        self.list.setViewMode(QListView.ViewMode.IconMode)
        self.list.setMovement(QListView.Movement.Static)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setIconSize(QSize(ICON, ICON))
        self.list.setStyleSheet(f"font-size: {theme.SMALL}px;")
        self.list.setTextElideMode(Qt.TextElideMode.ElideNone)
        cell = self._cell()
        self.list.setGridSize(cell)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        ratio = self.devicePixelRatioF()
        pictures: list[tuple[QListWidgetItem, Callable[[], QIcon]]] = []
        for pose in newcomers.pose_names():
            item = QListWidgetItem(on_lines(pose))
            pictures.append((item, partial(pose_icon, pose, ratio)))
            item.setSizeHint(cell)
            item.setData(_POSE, pose)
            item.setToolTip(pose_title(pose))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, pose_title(pose))
            self.list.addItem(item)
        self._shelf = shelf
        for own in () if shelf is None else shelf.own:
            item = QListWidgetItem(own.name)
            pictures.append((item, partial(person_icon, own.person, ratio)))
            item.setSizeHint(cell)
            item.setData(_POSE, OWN + own.name)
            item.setToolTip(self.tr("{name}, of yours. Delete removes it.").format(name=own.name))
            self.list.addItem(item)
        draw_in_turn(self.list, pictures)
        self.list.installEventFilter(self)
        self.list.setCurrentRow(0)
        self.list.setFixedSize(COLUMNS * cell.width() + 24, ROWS * cell.height() + 8)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(*(theme.UNIT // 2,) * 4)
        rows.addWidget(self.list)
        self.add = QPushButton()
        if many:
            self.list.setSelectionMode(QListWidget.SelectionMode.ExtendedSelection)
            self.list.itemActivated.connect(lambda _: self._choose_all())
            self.list.itemSelectionChanged.connect(self._count)
            self.add.clicked.connect(self._choose_all)
            theme.set_role(self.add, "primary")
            rows.addWidget(self.add)
            theme.set_role(self.list, "cells")
            self.list.clearSelection()
            self._count()
        else:
            self.list.itemClicked.connect(self._choose)
            self.list.itemActivated.connect(self._choose)
        self.setFocusProxy(self.list)

    def _cell(self) -> QSize:
        """Large enough for the longest name, in the font that it is written in."""
        font = QFont(self.font())
        font.setPixelSize(theme.SMALL)
        metrics = QFontMetrics(font)
        lines = [line for pose in newcomers.pose_names() for line in on_lines(pose).split("\n")]
        width = max(ICON, *(metrics.horizontalAdvance(line) for line in lines)) + 2 * theme.UNIT
        return QSize(width, ICON + 2 * metrics.lineSpacing() + theme.UNIT)

    def _count(self) -> None:
        count = len(self.list.selectedItems())
        said = self.tr("Add {count} poses") if count > 1 else self.tr("Add the pose")
        self.add.setText(
            said.format(count=count) if count else self.tr("Shift and Ctrl select several")
        )
        self.add.setEnabled(count > 0)

    def _choose_all(self) -> None:
        if not self.isVisible():
            return
        rows = sorted(self.list.row(item) for item in self.list.selectedItems())
        self.close()
        for row in rows:
            self.chosen.emit(str(self.list.item(row).data(_POSE)))
        self.done.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            item = self.list.currentItem()
            pose = str(item.data(_POSE)) if item is not None else ""
            if (
                event.key() == Qt.Key.Key_Delete
                and pose.startswith(OWN)
                and self._shelf is not None
            ):
                self._shelf.remove(pose.removeprefix(OWN))
                self.list.takeItem(self.list.row(item))
                return True
        return super().eventFilter(watched, event)

    def _choose(self, item: QListWidgetItem) -> None:
        if self.isVisible():  # a double click would say it twice
            self.close()
            self.chosen.emit(str(item.data(_POSE)))


def pose_icon(pose: str, ratio: float = 1.0) -> QIcon:
    """A small figure in a pose of the library, on nothing."""
    side = round(ICON * ratio)
    return _icon(_figure(pose, side), ratio)


def person_icon(person: Person, ratio: float = 1.0) -> QIcon:
    """The same of a person of any size."""
    side = round(ICON * ratio)
    return _icon(_drawn(newcomers.person_like(person, side, side), side), ratio)


@lru_cache(maxsize=128)
def _figure(pose: str, side: int) -> NDArray[np.uint8]:
    """Kept, since a figure takes some milliseconds and the library is looked at again and again."""
    return _drawn(newcomers.new_person(pose, side, side), side)


def _drawn(person: Person, side: int) -> NDArray[np.uint8]:
    figure = draw_pose(person.joints, side, side)
    bgra = np.zeros((side, side, 4), np.uint8)
    bgra[..., :3] = figure[..., ::-1]
    bgra[..., 3] = np.where(figure.any(-1), 255, 0)
    bgra.flags.writeable = False
    return bgra


def _icon(bgra: NDArray[np.uint8], ratio: float) -> QIcon:
    pixmap = QPixmap.fromImage(to_qimage(bgra))
    pixmap.setDevicePixelRatio(ratio)
    return QIcon(pixmap)


def pose_title(pose: str) -> str:
    """The library's name of a pose, for people."""
    return pose.replace("_", " ").capitalize()


def on_lines(pose: str) -> str:
    """The name of a pose on one line, or on the two that are most alike in length."""
    words = pose_title(pose).split()
    if len(words) < 3 and len(" ".join(words)) <= 10:
        return " ".join(words)
    halves = [(" ".join(words[:i]), " ".join(words[i:])) for i in range(1, len(words))]
    return "\n".join(min(halves, key=lambda half: max(map(len, half)), default=(words[0],)))
