"""How a row of the layers panel is drawn: thumbnails, name, what is special about it, and its switches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QImage, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from studio_app.core.capabilities import Capabilities
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.stack import Group, Item, Node, Stack
from studio_app.ui import icons, theme
from studio_app.ui.faces.registry import deaf_to, face_of, unread, words_of
from studio_app.ui.layers.stack_item_model import ALPHA, EYE, ITEM, LOCK, NAME
from studio_app.ui.layers.thumbnails import Thumbnails
from studio_app.ui.layers.words import blend_name

HEIGHT = 44
SWITCH_WIDTH = 24
THUMB = 32
_GAP = theme.UNIT
_FAINT = 0.45

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class InHand:
    """id: of the layer that is painted on, or of what has the mask that is. mask: whether it is that mask."""

    id: str = ""
    mask: bool = False


class Shown(Protocol):
    """What a row has to know of the whole."""

    @property
    def in_hand(self) -> InHand: ...
    @property
    def stack(self) -> Stack: ...
    @property
    def canvas_size(self) -> tuple[int, int]: ...
    @property
    def capabilities(self) -> Capabilities | None: ...


class RowDelegate(QStyledItemDelegate):
    """Draws all columns; a name is edited where it stands."""

    def __init__(self, shown: Shown, thumbnails: Thumbnails, parent: QWidget) -> None:
        super().__init__(parent)
        self._shown = shown
        self._thumbnails = thumbnails

    @staticmethod
    def thumb_rect(cell: QRect, item: Item) -> QRect:
        """Of the picture of an item whose name has this cell."""
        left = cell.left() + 4 + (icons.SIZE if item.clip else 0)
        return QRect(left, cell.top() + (cell.height() - THUMB) // 2, THUMB, THUMB)

    @classmethod
    def mask_rect(cls, cell: QRect, item: Item) -> QRect:
        """Of the picture of its mask; empty where it has none."""
        if item.mask is None:
            return QRect()
        return cls.thumb_rect(cell, item).translated(THUMB + 4, 0)

    # Qt

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(SWITCH_WIDTH, HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item = index.data(ITEM)
        if item is None:
            return
        cell: QRect = option.rect
        state: QStyle.StateFlag = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        lit = chosen or bool(state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        if chosen:
            painter.fillRect(cell, theme.colour("hover"))
        if index.column() == NAME:
            self._paint_name(painter, cell, item)
        else:
            self._paint_switch(painter, cell, item, index.column(), lit=lit)
        view = option.widget
        if index.column() != EYE and isinstance(view, QAbstractItemView):
            named = index.sibling(index.row(), NAME)
            name, title = view.visualRect(named), str(named.data(Qt.ItemDataRole.DisplayRole))
            painter.setClipRect(cell, Qt.ClipOperation.IntersectClip)
            self._paint_words(painter, self._room(name, item, lit=lit), item, title)
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setAccessibleName(self.tr("Name of the layer"))
        return editor

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        assert isinstance(editor, QLineEdit)
        model.setData(index, editor.text())

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        item = index.data(ITEM)
        cell: QRect = option.rect
        left = self._text_left(cell, item) - 6
        height = editor.sizeHint().height()
        top = cell.top() + (cell.height() - height) // 2
        editor.setGeometry(left, top, max(cell.right() - left, 48), height)

    # ---- inside ----

    def _text_left(self, cell: QRect, item: Item) -> int:
        last = self.mask_rect(cell, item) if item.mask is not None else self.thumb_rect(cell, item)
        return last.right() + 1 + _GAP

    def _room(self, cell: QRect, item: Item, *, lit: bool) -> QRect:
        """The cell of the name, and what the switches beside it leave free as long as nothing stands there. Each cell
        paints its part of the words: one is painted without the others where only that is to be seen anew."""
        free = 0
        for column in () if lit else (ALPHA, LOCK):
            if self._switch(item, column, lit=lit) is not None:
                break
            free += SWITCH_WIDTH
        return cell.adjusted(0, 0, free, 0)

    def _paint_name(self, painter: QPainter, cell: QRect, item: Item) -> None:
        stack, hand = self._shown.stack, self._shown.in_hand
        faint = stack.hidden(item.id)
        ratio = painter.device().devicePixelRatioF()
        if item.clip:
            painter.drawPixmap(
                cell.left() + 3,
                cell.top() + (cell.height() - 12) // 2,
                icons.pixmap("corner-left-down", 12, "text_muted", ratio),
            )
        painter.setOpacity(_FAINT if faint else 1.0)
        thumb = self.thumb_rect(cell, item)
        if isinstance(item, Group):
            side = 20
            at = thumb.center().x() - side // 2 + 1, thumb.center().y() - side // 2 + 1
            painter.drawPixmap(*at, icons.pixmap("folder", side, "text_muted", ratio))
        else:
            picture = self._thumbnails.picture(item, self._shown.canvas_size)
            self._paint_thumb(painter, thumb, None if item.untouched else picture)
            if item.untouched:
                at = thumb.center().x() - 7, thumb.center().y() - 7
                sign = icons.pixmap(face_of(item.kind).icon, 16, "text_disabled", ratio)
                painter.drawPixmap(*at, sign)
        if item.mask is not None:
            picture = self._thumbnails.mask(item, self._shown.canvas_size)
            self._paint_thumb(painter, self.mask_rect(cell, item), picture)
        painter.setOpacity(1.0)
        if hand.id == item.id:
            frame = self.mask_rect(cell, item) if hand.mask else thumb
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.drawRect(frame)

    def _paint_thumb(self, painter: QPainter, frame: QRect, picture: QImage | None) -> None:
        painter.fillRect(frame, theme.colour("pasteboard"))
        if picture is not None:
            size = picture.size().scaled(frame.size(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRect(frame.topLeft(), size)
            place.moveCenter(frame.center())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(place, picture)

    def _paint_words(self, painter: QPainter, cell: QRect, item: Item, title: str) -> None:
        faint = self._shown.stack.hidden(item.id)
        left = self._text_left(cell, item)
        room = cell.right() - left
        font = QFont(painter.font())
        font.setPixelSize(theme.NORMAL)
        small = QFont(font)
        small.setPixelSize(theme.SMALL)
        note = self._noted(item)
        painter.setFont(font)
        painter.setPen(theme.colour("text_disabled" if faint else "text"))
        elided = QFontMetrics(font).elidedText(title, Qt.TextElideMode.ElideRight, room)
        middle = cell.top() + cell.height() // 2
        up, flat = Qt.AlignmentFlag.AlignLeft, Qt.TextFlag.TextSingleLine
        top = middle - 17 if note else middle - 8
        painter.drawText(QRect(left, top, room, 17), up | flat, elided)
        painter.setFont(small)
        painter.setPen(theme.colour("text_disabled" if faint else "text_muted"))
        elided = QFontMetrics(small).elidedText(note, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRect(left, middle + 2, room, 15), up | flat, elided)

    def _paint_switch(
        self, painter: QPainter, cell: QRect, item: Item, column: int, *, lit: bool
    ) -> None:
        """lit: the row is chosen or under the pointer, where what is off shows itself too."""
        sign = self._switch(item, column, lit=lit)
        if sign is None:
            return
        name, tint = sign
        ratio = painter.device().devicePixelRatioF()
        side = icons.SIZE - 2
        left = cell.left() + (cell.width() - side) // 2
        top = cell.top() + (cell.height() - side) // 2
        painter.drawPixmap(left, top, icons.pixmap(name, side, tint, ratio))

    def _switch(self, item: Item, column: int, *, lit: bool) -> tuple[str, str] | None:
        stack = self._shown.stack
        if column == EYE:
            if stack.solo == item.id:
                return "eye", "accent"
            faint = stack.hidden(item.id)
            return "eye" if item.visible else "eye-off", "text_disabled" if faint else "text_muted"
        if column == LOCK:
            if item.locked:
                return "lock", "text"
            if stack.locked(item.id):
                return "lock", "text_disabled"
            return ("lock-open", "text_disabled") if lit else None
        if column == ALPHA and isinstance(item, Node) and item.content.paintable:
            if item.alpha_lock:
                return "alpha-lock", "text"
            return ("alpha-lock", "text_disabled") if lit else None
        return None

    def _noted(self, item: Item) -> str:
        """What is special about it; else what it is."""
        said: list[str] = []
        can = self._shown.capabilities
        if isinstance(item, Node) and item.content.said_words:
            said.append(
                f"\N{LEFT DOUBLE QUOTATION MARK}{item.content.said_words}\N{RIGHT DOUBLE QUOTATION MARK}"
            )
        if isinstance(item, Node) and (unread(item.kind, can) or deaf_to(item, can)):
            said.append(self.tr("not read by this model"))
        if item.opacity < 1:
            said.append(f"{item.opacity * 100:.0f} %")
        if item.blend != "normal":
            said.append(blend_name(item.blend))
        if isinstance(item, Node) and CONTENTS[item.kind].controls:
            strength, start, end = item.acting
            felt = strength if can is None else can.felt(strength)
            if felt != 1:
                said.append(f"\N{MULTIPLICATION SIGN}{felt:.2f}")
            if (start, end) != (0, 1):
                said.append(f"{start * 100:.0f}\N{EN DASH}{end * 100:.0f} %")
        if isinstance(item, Group):
            said = said or [self.tr("{n} inside").format(n=len(item.children))]
        elif not said:
            said.append(words_of(item.kind).title if item.name else "")
        if isinstance(item, Node) and item.untouched and not any(said):
            said = [self.tr("empty")]
        return " \N{MIDDLE DOT} ".join(part for part in said if part)
