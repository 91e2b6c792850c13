"""The frames of a sheet, in their order: seen, moved, taken out."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListView,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from studio_app.export.frame_asks import is_of_library
from studio_app.session.exporting import Exporting
from studio_app.session.sheet_frames import Slot
from studio_app.ui import icons, theme
from studio_app.ui.canvas.pose_picker import pose_icon, pose_title
from studio_app.ui.images import to_qimage

ICON = 48


class _Strip(QListWidget):
    """Alt with an arrow moves the chosen frame, Delete takes it out."""

    moved = Signal(int)
    removed = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if alt and step:
            self.moved.emit(step)
        elif event.key() == Qt.Key.Key_Delete:
            self.removed.emit()
        else:
            super().keyPressEvent(event)


class FrameList(QWidget):
    """`row_changed(i)`: another frame is looked at."""

    row_changed = Signal(int)

    def __init__(self, exporting: Exporting) -> None:
        super().__init__()
        self._exporting = exporting
        self._shown: tuple[tuple[str, str], ...] = ()
        tr = self.tr
        self.heading = QLabel()
        theme.set_role(self.heading, "heading")
        self.earlier = icons.icon_button("chevron-left", tr("Earlier in the sheet (Alt+Left)"))
        self.later = icons.icon_button("chevron-right", tr("Later in the sheet (Alt+Right)"))
        self.out = icons.icon_button("x", tr("Not in the sheet (Del)"))
        head = QHBoxLayout()
        head.setSpacing(2)
        head.addWidget(self.heading, 1)
        for button in (self.earlier, self.later, self.out):
            head.addWidget(button)
        self.list = _Strip()
        self.list.setAccessibleName(tr("Frames of the sheet"))
        self.list.setViewMode(QListView.ViewMode.IconMode)
        self.list.setMovement(QListView.Movement.Static)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setIconSize(QSize(ICON, ICON))
        self.list.setGridSize(QSize(ICON + 10, ICON + 10))
        self.list.setSpacing(0)
        theme.set_role(self.list, "cells")
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.UNIT // 2)
        rows.addLayout(head)
        rows.addWidget(self.list, 1)
        self.earlier.clicked.connect(lambda: self._move(-1))
        self.later.clicked.connect(lambda: self._move(1))
        self.out.clicked.connect(self._take_out)
        self.list.moved.connect(self._move)
        self.list.removed.connect(self._take_out)
        self.list.currentRowChanged.connect(self._on_row)

    def show_frames(self) -> None:
        frames = self._exporting.frames
        shown = tuple(
            (slot.picture.id if slot.picture is not None else "", slot.row) for slot in frames.slots
        )
        if shown != self._shown:
            row = self.list.currentRow()
            self._shown = shown
            self.list.clear()
            for number, slot in enumerate(frames.slots):
                self.list.addItem(self._item(number, slot))
            self.list.setCurrentRow(min(row, len(shown) - 1))
        there = sum(bool(id) for id, _ in shown)
        said = (
            self.tr("{count} frames")
            if there == len(shown)
            else self.tr("{there} of {count} frames")
        )
        self.heading.setText(
            said.format(there=there, count=len(shown)) if shown else self.tr("Frames")
        )
        self._enable()

    def _item(self, number: int, slot: Slot) -> QListWidgetItem:
        request = slot.picture.request if slot.picture is not None else None
        if request is None and slot.ask is not None:
            request = slot.ask.request
        said = self.tr("Frame {number}").format(number=number)
        pose = slot.ask.pose if slot.ask is not None else ""
        seed = self.tr("seed {seed}").format(seed=request.seed) if request is not None else ""
        words = [said, pose_title(pose) if is_of_library(pose) else pose, seed]
        item = QListWidgetItem(self._icon(slot), "")
        item.setSizeHint(QSize(ICON + 8, ICON + 8))
        item.setToolTip("\n".join(word for word in words if word))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, ", ".join(word for word in words if word))
        return item

    def _icon(self, slot: Slot) -> QIcon:
        if slot.picture is not None:
            pixmap, icon = QPixmap.fromImage(to_qimage(slot.picture.thumbnail)), QIcon()
            for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):  # Qt would tint a selected one
                icon.addPixmap(pixmap, mode)
            return icon
        if slot.ask is not None and is_of_library(slot.ask.pose):
            return pose_icon(slot.ask.pose, self.devicePixelRatioF())
        return icons.icon("image", "text_disabled")

    # ---- what the artist does ----

    def _step(self) -> int:
        """How many frames belong together: those of a pose."""
        source = self._exporting.settings.source
        return {"chosen": 1, "poses": source.count}.get(source.of, 0)

    def _on_row(self, row: int) -> None:
        self._enable()
        if row >= 0:
            self.row_changed.emit(row)

    def _enable(self) -> None:
        step, row, count = self._step(), self.list.currentRow(), self.list.count()
        movable = step > 0 and row >= 0
        self.earlier.setEnabled(movable and row >= step)
        self.later.setEnabled(movable and row < count - step)
        self.out.setEnabled(movable)

    def _move(self, by: int) -> None:
        step, row = self._step(), self.list.currentRow()
        order = self._order()
        if not step or row < 0 or not 0 <= row // step + by < len(order):
            return
        order.insert(row // step + by, order.pop(row // step))
        self.list.setCurrentRow(row + by * step)
        self._reorder(order)

    def _take_out(self) -> None:
        step, row = self._step(), self.list.currentRow()
        if step and row >= 0:
            order = self._order()
            del order[row // step]
            self._reorder(order)

    def _order(self) -> list[str]:
        settings, frames = self._exporting.settings, self._exporting.frames
        return list(frames.chosen if settings.source.of == "chosen" else settings.source.poses)

    def _reorder(self, order: list[str]) -> None:
        exporting = self._exporting
        if exporting.settings.source.of == "chosen":
            exporting.frames.reorder(tuple(order))
        else:
            source = exporting.settings.source.model_dump(mode="json")
            exporting.choose(source={**source, "poses": order})
