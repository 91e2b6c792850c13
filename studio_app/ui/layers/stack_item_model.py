"""The stack of a document as Qt's views see it: a tree, the topmost first, with a column for each switch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from studio_app.document.document import Document
from studio_app.document.naming import numbers_of
from studio_app.document.stack import Group, Item, Node, Stack
from studio_app.session.studio import Studio
from studio_app.ui.faces.registry import deaf_to, unread, words_of

NAME, EYE, ALPHA, LOCK = range(4)
"""The columns."""
SWITCHES = {EYE: "visible", ALPHA: "alpha_lock", LOCK: "locked"}
ITEM = Qt.ItemDataRole.UserRole
MIME = "application/x-underpaint-layers"
Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class StackItemModel(QAbstractItemModel):
    """Shows the studio's document. Names are edited, items are dragged: the studio is told. A stack of another shape
    resets it; anything else only changes data."""

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._numbers: dict[str, int] = {}
        self._ids: list[str] = []
        self._document = studio.document
        self._places: dict[str, tuple[str, int]] = {}
        self._items: dict[str, Item] = {}
        self._take(studio.document)
        studio.edited.connect(self.refresh)

    @property
    def stack(self) -> Stack:
        return self._document.stack

    @property
    def size(self) -> tuple[int, int]:
        """Of the canvas: (width, height)."""
        return self._document.canvas

    def refresh(self) -> None:
        """Shows what the studio says."""
        old, new = self._document, self._studio.document
        if old.stack is new.stack and old.canvas == new.canvas:
            return
        if _shape(old.stack.items) != _shape(new.stack.items):
            self.beginResetModel()
            self._take(new)
            self.endResetModel()
            return
        before, marks = self._items, self._marks
        self._take(new)
        if old.stack.solo != new.stack.solo or old.canvas != new.canvas:
            changed = set(self._items)
        else:
            changed = {id for id, item in self._items.items() if item is not before[id]}
            changed |= {id for id, _ in marks.items() ^ self._marks.items()}
            for id in tuple(changed):  # what is in a group looks hidden and locked with it
                item = self._items[id]
                if isinstance(item, Group) and _spread(item) != _spread(before[id]):
                    changed |= {one.id for one in Stack((item,)).walk()}
        for id in changed:
            self.touch(id)

    def touch(self, id: str) -> None:
        """Its row looks different."""
        if id in self._items:
            self.dataChanged.emit(self.index_of(id), self.index_of(id, LOCK))

    def item(self, index: Index) -> Item | None:
        return self._items.get(self._ids[index.internalId()]) if index.isValid() else None

    def index_of(self, id: str, column: int = NAME) -> QModelIndex:
        """No valid one, where there is no such item."""
        place = self._places.get(id)
        if place is None:
            return QModelIndex()
        return self.createIndex(place[1], column, self._number(id))

    # Qt

    def index(self, row: int, column: int, parent: Index = _NOWHERE) -> QModelIndex:
        children = self._children(parent)
        if not (0 <= row < len(children) and 0 <= column < self.columnCount()):
            return QModelIndex()
        if parent.isValid() and parent.column() != NAME:
            return QModelIndex()
        return self.createIndex(row, column, self._number(children[row].id))

    def parent(self, child: Index = _NOWHERE) -> QModelIndex:  # pyright: ignore[reportIncompatibleMethodOverride]
        item = self.item(child)
        return QModelIndex() if item is None else self.index_of(self._places[item.id][0])

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.column() > NAME else len(self._children(parent))

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 4

    def flags(self, index: Index) -> Qt.ItemFlag:
        flag = Qt.ItemFlag
        item = self.item(index)
        if item is None:
            return flag.ItemIsDropEnabled
        flags = flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemIsDragEnabled
        if index.column() == NAME:
            flags |= flag.ItemIsEditable
        return flags | flag.ItemIsDropEnabled if isinstance(item, Group) else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        item = self.item(index)
        roles = Qt.ItemDataRole
        if item is None:
            return None
        if role == ITEM:
            return item
        if role in (roles.DisplayRole, roles.EditRole):
            return self.called(item) if index.column() == NAME else None
        if role == roles.AccessibleTextRole:
            return self._spoken(item) if index.column() == NAME else self._tip(item, index.column())
        if role == roles.ToolTipRole:
            return self._tip(item, index.column())
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        item = self.item(index)
        if item is None or role != Qt.ItemDataRole.EditRole or index.column() != NAME:
            return False
        name = str(value).strip()
        if name != self.called(item):
            self._studio.set_layer(item.id, name=name)
        return True

    def mimeTypes(self) -> list[str]:
        return [MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        ids = dict.fromkeys(item.id for item in map(self.item, indexes) if item is not None)
        mime = QMimeData()
        mime.setData(MIME, "\n".join(ids).encode())
        return mime

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def canDropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        item = self.item(parent)
        ids = _ids(data)
        inside = () if item is None else self.stack.path(item.id)
        return bool(ids) and not set(ids) & set(inside)

    def dropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        if not self.canDropMimeData(data, action, row, column, parent):
            return False
        item = self.item(parent)
        if isinstance(item, Node):  # on a layer: above it
            group, row = self._places[item.id]
        elif item is not None:
            group, row = item.id, max(row, 0)
        else:
            group, row = "", len(self.stack.items) if row < 0 else row
        self._studio.move_layers(_ids(data), group, row)
        return True

    # ---- inside ----

    def called(self, item: Item) -> str:
        """What an item is called."""
        if item.name:
            return item.name
        title = words_of(item.kind).title if isinstance(item, Node) else self.tr("Group")
        return f"{title} {self._marks.get(item.id, '')}".strip()

    def _take(self, document: Document) -> None:
        self._document = document
        self._items = {item.id: item for item in document.stack.walk()}
        self._marks = numbers_of(document.stack)
        self._places = {}

        def place(group: str, items: tuple[Item, ...]) -> None:
            for row, item in enumerate(items):
                self._places[item.id] = group, row
                if isinstance(item, Group):
                    place(item.id, item.children)

        place("", document.stack.items)

    def _children(self, parent: Index) -> tuple[Item, ...]:
        if not parent.isValid():
            return self.stack.items
        item = self.item(parent)
        return item.children if isinstance(item, Group) else ()

    def _number(self, id: str) -> int:
        """An index holds a number: one for each id that there ever was."""
        if id not in self._numbers:
            self._numbers[id] = len(self._ids)
            self._ids.append(id)
        return self._numbers[id]

    def _tip(self, item: Item, column: int) -> str:
        if column == EYE:
            if self.stack.solo == item.id:
                return self.tr("Shown alone. Alt+click shows all again.")
            said = self.tr("Hide it") if item.visible else self.tr("Show it")
            return said + "\n" + self.tr("Alt+click shows it alone. What is hidden says nothing.")
        if column == LOCK:
            return self.tr("Unlock it") if item.locked else self.tr("Lock it against changes")
        if column == ALPHA:
            if not isinstance(item, Node) or not item.content.paintable:
                return ""
            if item.alpha_lock:
                return self.tr("Let paint go anywhere again")
            return self.tr("Lock its alpha: paint stays where there is paint")
        purpose = words_of(item.kind).purpose if isinstance(item, Node) else ""
        note = unread(item.kind, self._studio.capabilities) if isinstance(item, Node) else ""
        return "\n".join(part for part in (self.called(item), purpose, note) if part)

    def _spoken(self, item: Item) -> str:
        kind = words_of(item.kind).title if isinstance(item, Node) else self.tr("group")
        said = [self.called(item), kind]
        can = self._studio.capabilities
        if isinstance(item, Node) and (unread(item.kind, can) or deaf_to(item, can)):
            said.append(self.tr("not read by this model"))
        said += [
            text
            for on, text in (
                (self.stack.hidden(item.id), self.tr("hidden")),
                (self.stack.locked(item.id), self.tr("locked")),
                (item.clip, self.tr("clipped")),
                (item.mask is not None, self.tr("masked")),
            )
            if on
        ]
        return ", ".join(said)


def _ids(data: QMimeData) -> list[str]:
    """Of a drag from here; none of any other."""
    if not data.hasFormat(MIME):
        return []
    return bytes(data.data(MIME).data()).decode(errors="replace").split("\n")


def _shape(items: tuple[Item, ...]) -> tuple[object, ...]:
    """Which items lie where."""
    return tuple(
        (item.id, _shape(item.children)) if isinstance(item, Group) else item.id for item in items
    )


def _spread(item: Item) -> tuple[bool, bool]:
    return item.visible, item.locked
