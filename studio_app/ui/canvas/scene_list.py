"""The things of a scene as a list: chosen, renamed, hidden and removed by name, also what nothing shows."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from studio_app.scene.stage import edits
from studio_app.scene.stage.stage import MOST_NAME
from studio_app.ui import theme
from studio_app.ui.canvas.scene_in_hand import SceneInHand

_ID = Qt.ItemDataRole.UserRole
WIDTH, HEIGHT = 240, 260


class ThingsList(QFrame):
    """A popup over the scene in hand; `done` after every change of it. A tick shows a thing, F2 or a double click names
    it, Delete removes what is selected; a click outside or Escape closes it."""

    done = Signal()

    def __init__(self, scene: SceneInHand, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._scene = scene
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        theme.set_role(self, "popup")
        self.list = _List()
        self.list.setAccessibleName(self.tr("Things of the scene"))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setMinimumSize(WIDTH, HEIGHT)
        told = self.told = QLabel(self.tr("The tick shows it, F2 names it, Delete removes it."))
        theme.set_role(told, "caption")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(*(theme.UNIT // 2,) * 4)
        rows.addWidget(self.list)
        rows.addWidget(told)
        self.setFocusProxy(self.list)
        self._fill()
        self.list.itemSelectionChanged.connect(self._choose)
        self.list.itemChanged.connect(self._change)
        self.list.removed.connect(self._remove)

    def _fill(self) -> None:
        chosen = set(self._scene.selected)
        with QSignalBlocker(self.list):
            self.list.clear()
            for thing in self._scene.stage.items:
                item = QListWidgetItem(thing.name)
                item.setData(_ID, thing.id)
                item.setFlags(
                    item.flags() | Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsUserCheckable
                )
                item.setCheckState(
                    Qt.CheckState.Checked if thing.visible else Qt.CheckState.Unchecked
                )
                item.setToolTip(self.tr("Locked") if thing.locked else "")
                self.list.addItem(item)
                item.setSelected(thing.id in chosen)

    @property
    def _selected(self) -> tuple[int, ...]:
        return tuple(int(item.data(_ID)) for item in self.list.selectedItems())

    def _choose(self) -> None:
        self._scene.choose(*self._selected)
        self.done.emit()

    def _change(self, item: QListWidgetItem) -> None:
        number, stage = int(item.data(_ID)), self._scene.stage
        thing = stage[number]
        visible = item.checkState() == Qt.CheckState.Checked
        name = item.text().strip()[:MOST_NAME]
        if visible != thing.visible:
            text = self.tr("Show {thing}") if visible else self.tr("Hide {thing}")
            changed = edits.shown(stage, [number], visible)
            self._scene.set_stage(changed, text.format(thing=thing.name.lower()))
        elif name and name != thing.name:
            changed = edits.renamed(stage, number, name)
            self._scene.set_stage(
                changed, self.tr("Rename {thing}").format(thing=thing.name.lower())
            )
        self._fill()
        self.done.emit()

    def _remove(self) -> None:
        self._scene.choose(*self._selected)
        self._scene.remove()
        self._fill()
        self.done.emit()


class _List(QListWidget):
    removed = Signal()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.count():
            with QPainter(self.viewport()) as painter:
                painter.setPen(theme.colour("text_muted"))
                room = self.viewport().rect().adjusted(theme.UNIT, 0, -theme.UNIT, 0)
                flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
                said = self.tr("The scene is empty. “Add” puts a figure or a solid into it.")
                painter.drawText(room, flags, said)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        else:
            super().keyPressEvent(event)
