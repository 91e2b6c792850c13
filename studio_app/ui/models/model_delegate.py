"""How a row of the list of models looks: a name, a line under it, and a dot on the one that draws."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from studio_app.ui import theme
from studio_app.ui.models.model_item_model import ROW, Row

MODEL_HEIGHT, GROUP_HEIGHT = 44, 28


class ModelDelegate(QStyledItemDelegate):
    """Paints `Row`s."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        row: Row = index.data(ROW)
        return QSize(160, GROUP_HEIGHT if row.found is None else MODEL_HEIGHT)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        row: Row = index.data(ROW)
        box: QRect = option.rect
        state: QStyle.StateFlag = option.state
        font = QFont(option.font)
        painter.save()
        inner = box.adjusted(theme.UNIT, 0, -theme.UNIT, 0)
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        if row.found is None:
            font.setPixelSize(theme.SMALL)
            font.setWeight(QFont.Weight.DemiBold)
            painter.setFont(font)
            painter.setPen(theme.colour("text_muted"))
            painter.drawText(
                inner.adjusted(0, 4, 0, 0), middle, _cut(painter, row.title, inner.width())
            )
            painter.restore()
            return
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.fillRect(box, theme.colour("accent"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, theme.colour("hover"))
        inner = inner.adjusted(theme.UNIT, 4, 0, -4)
        if row.open:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("accent_text" if chosen else "accent"))
            painter.drawEllipse(inner.right() - 8, inner.center().y() - 4, 8, 8)
            inner = inner.adjusted(0, 0, -2 * theme.UNIT, 0)
        upper, lower = QRect(inner), QRect(inner)
        upper.setHeight(inner.height() // 2 + 1)
        lower.setTop(upper.bottom())
        painter.setFont(font)
        broken = row.found.identity.role == "broken"
        painter.setPen(
            theme.colour("accent_text" if chosen else "text_muted" if broken else "text")
        )
        painter.drawText(upper, middle, _cut(painter, row.title, inner.width()))
        font.setPixelSize(theme.SMALL)
        painter.setFont(font)
        painter.setPen(theme.colour("accent_text" if chosen else "text_muted"))
        painter.drawText(lower, middle, _cut(painter, row.caption, inner.width()))
        painter.restore()


def _cut(painter: QPainter, text: str, width: int) -> str:
    """In one line, whatever a file is called."""
    line = " ".join(text.split())
    return painter.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, width)
