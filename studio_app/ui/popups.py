"""Where popups come up, at what they belong to and whole, however near the edge of the screen."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtWidgets import QWidget

BORDER = 32
"""What is seen at least of the window below, in logical pixels, both edges together."""


def placed(size: QSize, wanted: QPoint, room: QRect) -> QPoint:
    """The upper left corner of what is so large, as near to the wanted one as `room` allows; all in the same pixels."""
    return QPoint(
        max(min(wanted.x(), room.right() + 1 - size.width()), room.left()),
        max(min(wanted.y(), room.bottom() + 1 - size.height()), room.top()),
    )


def fit_beside(window: QWidget, wanted: tuple[int, int]) -> None:
    """Gives a window its size, or as much of it as the window that it belongs to has room for."""
    parent = window.parentWidget()
    size = QSize(*wanted)
    room = size if parent is None else parent.window().size() - QSize(BORDER, BORDER)
    window.resize(size.boundedTo(room))


def show_below(popup: QWidget, anchor: QWidget, *, by_right: bool = False) -> None:
    """Shows a popup under a widget, their left edges (`by_right`: their right ones) in line, or beside that where the
    screen ends; it gets the keyboard."""
    popup.adjustSize()
    size = popup.size()
    corner = anchor.rect().bottomRight() if by_right else anchor.rect().bottomLeft()
    wanted = anchor.mapToGlobal(corner + QPoint(1 - size.width() if by_right else 0, 1))
    popup.move(placed(size, wanted, anchor.screen().availableGeometry()))
    popup.show()
    popup.setFocus()
