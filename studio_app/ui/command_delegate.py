"""How a command looks in the list of them all: its text, why it can't be had now, and its keys."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from studio_app.ui import theme

REASON, KEYS = Qt.ItemDataRole.UserRole + 1, Qt.ItemDataRole.UserRole + 2
"""Of an item, beside its text."""
HEIGHT = 24
_GAP = 2 * theme.UNIT
_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


class CommandDelegate(QStyledItemDelegate):
    """Painted, since a widget for each of 250 rows took a third of a second at every letter that one types."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(160, HEIGHT)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        state: QStyle.StateFlag = option.state
        over = QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver
        text, reason, keys = (
            str(index.data(role) or "") for role in (Qt.ItemDataRole.DisplayRole, REASON, KEYS)
        )
        painter.save()
        command = bool(index.flags() & Qt.ItemFlag.ItemIsEnabled)  # or it says that there is none
        if state & over and command:
            painter.fillRect(option.rect, theme.colour("hover"))
        room = option.rect.adjusted(theme.UNIT, 0, -theme.UNIT, 0)
        font = QFont(option.font)
        painter.setFont(font)
        painter.setPen(theme.colour("text_disabled" if reason or not command else "text"))
        painter.drawText(room, int(_LEFT), text)
        room.setLeft(room.left() + painter.fontMetrics().horizontalAdvance(text) + _GAP)
        font.setPixelSize(theme.SMALL)
        painter.setFont(font)
        painter.setPen(theme.colour("text_muted"))
        painter.drawText(room, int(_RIGHT), keys)
        if keys:
            room.setRight(room.right() - painter.fontMetrics().horizontalAdvance(keys) - _GAP)
        cut = painter.fontMetrics().elidedText(reason, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(_LEFT), cut)
        painter.restore()
