"""The tree of the layers panel: what is chosen in it, its switches, and how it stays where it was."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeView, QWidget

from studio_app.core.capabilities import Capabilities
from studio_app.document.stack import Group, Item, Node, Stack
from studio_app.session.studio import Studio
from studio_app.ui import icons, theme
from studio_app.ui.layers.row_delegate import SWITCH_WIDTH, InHand, RowDelegate
from studio_app.ui.layers.stack_item_model import (
    ALPHA,
    EYE,
    ITEM,
    NAME,
    SWITCHES,
    StackItemModel,
)
from studio_app.ui.layers.thumbnails import Thumbnails


class StackView(QTreeView):
    """Groups are open until they are closed. After a change of the tree what was chosen is chosen still, and
    nothing scrolls."""

    chosen = Signal()
    """Another item is current, or others are selected."""
    taken = Signal(str, bool)
    """(id of a node or group, whether its mask): that is to be painted on."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._closed: set[str] = set()
        self._kept: tuple[str, tuple[str, ...], int] = ("", (), 0)
        self._in_hand = InHand()
        self._quiet = False
        self.thumbnails = Thumbnails(self)
        self.stack_model = StackItemModel(studio, self)
        self.setModel(self.stack_model)
        self.setItemDelegate(RowDelegate(self, self.thumbnails, self))
        self.setAccessibleName(self.tr("Layers"))
        theme.set_role(self, "stack")
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setMouseTracking(True)
        self.setIndentation(theme.UNIT * 2)
        self.setExpandsOnDoubleClick(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setDropIndicatorShown(True)
        self._lay_out_columns()
        self.thumbnails.made.connect(self.stack_model.touch)
        studio.model_changed.connect(self.viewport().update)  # what it reads may be other layers
        self.stack_model.modelAboutToBeReset.connect(self._keep)
        self.stack_model.modelReset.connect(self._bring_back)
        self.collapsed.connect(self._note_closed)
        self.expanded.connect(self._note_open)
        self.expandAll()
        self.selectionModel().selectionChanged.connect(self._on_selection)
        self.selectionModel().currentChanged.connect(self._on_selection)

    # ---- what is chosen ----

    @property
    def in_hand(self) -> InHand:
        return self._in_hand

    @property
    def stack(self) -> Stack:
        return self.stack_model.stack

    @property
    def canvas_size(self) -> tuple[int, int]:
        return self.stack_model.size

    @property
    def capabilities(self) -> Capabilities | None:
        return self._studio.capabilities

    def set_in_hand(self, hand: InHand) -> None:
        """Marks what is painted on."""
        if hand != self._in_hand:
            old, self._in_hand = self._in_hand, hand
            self.stack_model.touch(old.id)
            self.stack_model.touch(hand.id)

    @property
    def current(self) -> Item | None:
        return self.stack_model.item(self.currentIndex())

    @property
    def selected(self) -> tuple[str, ...]:
        """Ids, the topmost first."""
        ids = {
            item.id
            for item in map(self.stack_model.item, self.selectionModel().selectedRows(NAME))
            if item is not None
        }
        return tuple(item.id for item in self.stack.walk() if item.id in ids)

    def choose(self, *ids: str) -> None:
        """Selects these, makes the first the current one, and shows it."""
        self._select(ids)
        if ids:
            self.scrollTo(self.stack_model.index_of(ids[0]))
        self.chosen.emit()

    def edit_name(self) -> None:
        self.edit(self.currentIndex().siblingAtColumn(NAME))

    # ---- inside ----

    def _lay_out_columns(self) -> None:
        header = self.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(SWITCH_WIDTH)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        for column in SWITCHES:
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, SWITCH_WIDTH)
        header.moveSection(header.visualIndex(EYE), 0)
        self.setTreePosition(NAME)

    def _select(self, ids: Iterable[str]) -> None:
        model, flags = self.selectionModel(), QItemSelectionModel.SelectionFlag
        indexes = [self.stack_model.index_of(id) for id in ids]
        self._quiet = True
        model.clear()
        for index in reversed([index for index in indexes if index.isValid()]):
            model.setCurrentIndex(index, flags.Select | flags.Rows)
        self._quiet = False

    def _on_selection(self) -> None:
        if not self._quiet:
            self.chosen.emit()

    def _keep(self) -> None:
        current = self.current
        place = self.verticalScrollBar().value()
        self._kept = "" if current is None else current.id, self.selected, place

    def _bring_back(self) -> None:
        current, selected, place = self._kept
        for item in self.stack.walk():
            if isinstance(item, Group):
                self.setExpanded(self.stack_model.index_of(item.id), item.id not in self._closed)
        there = [id for id in (current, *selected) if self.stack.find(id) is not None]
        self._select(dict.fromkeys(there))
        self.executeDelayedItemsLayout()
        self.verticalScrollBar().setValue(place)
        ids = {item.id for item in self.stack.walk()}
        self.thumbnails.forget(ids)
        self.chosen.emit()

    def _note_closed(self, index: QModelIndex) -> None:
        item = self.stack_model.item(index)
        if item is not None:
            self._closed.add(item.id)

    def _note_open(self, index: QModelIndex) -> None:
        item = self.stack_model.item(index)
        if item is not None:
            self._closed.discard(item.id)

    def _switch(self, item: Item, column: int, *, alone: bool) -> None:
        """alone: of an eye, solo. A switch of one that is selected switches all that are."""
        if column == EYE and alone:
            self._studio.set_solo("" if self.stack.solo == item.id else item.id)
            return
        if column == ALPHA and not (isinstance(item, Node) and item.content.paintable):
            return
        name = SWITCHES[column]
        ids = self.selected if item.id in self.selected else (item.id,)
        self._studio.set_layer(*ids, **{name: not getattr(item, name)})

    # Qt

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        item: Item | None = self.stack_model.item(index)
        if item is None or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        if index.column() in SWITCHES:
            alone = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            self._switch(item, index.column(), alone=alone)
            event.accept()
            return
        super().mousePressEvent(event)
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        cell, point = self.visualRect(index), event.position().toPoint()
        if plain and self._branch_rect(index).contains(point):
            return
        if plain and RowDelegate.mask_rect(cell, item).contains(point):
            self.taken.emit(item.id, True)
        elif plain and isinstance(item, Node):
            self.taken.emit(item.id, False)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        item = self.stack_model.item(index)
        if item is None or index.column() in SWITCHES:
            self.mousePressEvent(event)  # a quick second click switches again
        elif isinstance(item, Group) and RowDelegate.thumb_rect(
            self.visualRect(index), item
        ).contains(event.position().toPoint()):
            self.setExpanded(index, not self.isExpanded(index))
        else:
            self.edit_name()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.current
        if item is not None and event.key() == Qt.Key.Key_Space:
            self._switch(item, EYE, alone=bool(event.modifiers() & Qt.KeyboardModifier.AltModifier))
            event.accept()
            return
        super().keyPressEvent(event)
        now = self.current
        if isinstance(now, Node) and now is not item:
            self.taken.emit(now.id, False)

    def drawBranches(self, painter: QPainter, rect: QRect, index: QModelIndex) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        item = index.data(ITEM)
        if self.selectionModel().isSelected(index):
            painter.fillRect(rect, theme.colour("hover"))
        if isinstance(item, Group):
            name = "chevron-down" if self.isExpanded(index) else "chevron-right"
            place = self._branch_rect(index)
            ratio = self.devicePixelRatioF()
            top = place.top() + (place.height() - 12) // 2
            painter.drawPixmap(place.left() + 3, top, icons.pixmap(name, 12, "text_muted", ratio))

    def _branch_rect(self, index: QModelIndex) -> QRect:
        """Where a group is opened and closed."""
        cell = self.visualRect(index.siblingAtColumn(NAME))
        return QRect(
            cell.left() - self.indentation(), cell.top(), self.indentation(), cell.height()
        )
