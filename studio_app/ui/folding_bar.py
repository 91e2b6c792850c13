"""A row of buttons and fields that fits into any width: what has no room goes behind one button at its end."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio_app.ui import icons, theme
from studio_app.ui.action_buttons import action_button
from studio_app.ui.popups import show_below

SPACING = 2
MOST_WIDTH = (1 << 24) - 1
"""Qt's own QWIDGETSIZE_MAX, which is not bound."""
_CHANGES = (QEvent.Type.LayoutRequest, QEvent.Type.ShowToParent, QEvent.Type.HideToParent)
"""What a slot or its widget tells when it needs another width, or none."""
QToolButtonStyle = Qt.ToolButtonStyle


@dataclass
class _Item:
    """slot: the place in the row, with the widget in it unless the popup has it, and air of so many pixels before it.
    rank: None stays for ever; of the others the largest goes first. action: whose button it is."""

    slot: QWidget
    widget: QWidget
    rank: int | None
    action: QAction | None
    air: int

    @property
    def wanted(self) -> bool:
        """Whether it is to be seen, here or in the popup: a widget may hide itself."""
        widget = self.widget
        chose = widget.testAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide)
        return not (chose and widget.isHidden())


class FoldingBar(QFrame):
    """Takes widgets in the order of `add`; `gap` is air before the next, and goes with it; `stretch` takes the rest.

    However narrow it is, it shows whatever has no rank; the rest waits in the popup of `more`: actions as
    buttons with their text, fields as they are. A widget may hide itself; then it takes no room.
    """

    def __init__(self, parent: QWidget | None = None, *, role: str = "panel") -> None:
        super().__init__(parent)
        theme.set_role(self, role)
        self._items: list[_Item] = []
        self._air = self._next_air = 0
        self._popup: QFrame | None = None
        self._named: list[tuple[QToolButton, str]] = []
        """Buttons that have their name in the popup, and their texts in the row."""
        half = theme.UNIT // 2
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(theme.UNIT, half, theme.UNIT, half)
        self._row.setSpacing(SPACING)
        self.more = icons.icon_button("ellipsis", self.tr("More"))
        self.more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.more.setToolTip(self.tr("Shows what has no room in this bar."))
        self.more.clicked.connect(self.open_more)
        self.more.hide()
        self._row.addWidget(self.more)

    def add(self, widget: QWidget, rank: int | None = None, *, room: int = 0) -> None:
        """At the end. room: its share of the width that is left over."""
        slot = QWidget()
        inside = QHBoxLayout(slot)
        air, self._next_air = self._next_air, 0
        inside.setContentsMargins(air, 0, 0, 0)
        inside.addWidget(widget)
        slot.setMaximumWidth(min(widget.maximumWidth() + air, MOST_WIDTH))
        self._items.append(_Item(slot, widget, rank, None, air))
        self._row.insertWidget(self._row.count() - 1, slot, room)
        slot.installEventFilter(self)
        widget.installEventFilter(self)

    def add_action(self, action: QAction, rank: int | None = None) -> QToolButton:
        """The button of an action, at the end."""
        button = action_button(action)
        self.add(button, rank)
        self._items[-1].action = action
        return button

    def gap(self, pixels: int = theme.UNIT) -> None:
        self._next_air += pixels

    def stretch(self) -> None:
        self._row.insertStretch(self._row.count() - 1, 1)
        self._air += SPACING

    def set_margins(self, pixels: int) -> None:
        """Around the row; as made, those of a bar of its own."""
        self._row.setContentsMargins(pixels, pixels, pixels, pixels)

    def folded(self) -> list[QWidget]:
        """What has no room now."""
        return [item.widget for item in self._items if item.wanted and item.slot.isHidden()]

    def open_more(self) -> None:
        """Shows what has no room, under the button."""
        popup = QFrame(self, Qt.WindowType.Popup)
        theme.set_role(popup, "popup")
        popup.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        column = QVBoxLayout(popup)
        column.setContentsMargins(theme.UNIT, theme.UNIT, theme.UNIT, theme.UNIT)
        column.setSpacing(theme.UNIT // 2)
        for item in self._items:
            if item.slot.isHidden() and item.wanted:
                column.addWidget(self._for_popup(item, popup))
        self._popup = popup
        popup.installEventFilter(self)
        show_below(popup, self.more, by_right=True)

    def _for_popup(self, item: _Item, popup: QFrame) -> QWidget:
        if item.action is None:
            self._name(item.widget)
            return item.widget
        button = action_button(item.action, beside=True)
        button.setText(f" {item.action.text()}")
        button.clicked.connect(popup.close)
        return button

    def _name(self, widget: QWidget) -> None:
        """An icon alone, which the row explains by its place, gets its name beside it."""
        bare = QToolButtonStyle.ToolButtonIconOnly
        if isinstance(widget, QToolButton) and widget.toolButtonStyle() == bare:
            self._named.append((widget, widget.text()))
            widget.setToolButtonStyle(QToolButtonStyle.ToolButtonTextBesideIcon)
            widget.setText(f" {widget.accessibleName()}")

    def _take_back(self) -> None:
        """The popup goes: its fields are in the row again, as they were, before they go with it."""
        self._popup = None
        for button, text in self._named:
            button.setToolButtonStyle(QToolButtonStyle.ToolButtonIconOnly)
            button.setText(text)
        self._named = []
        for item in self._items:
            if item.widget.parentWidget() is not item.slot:
                inside = item.slot.layout()
                assert inside is not None
                inside.addWidget(item.widget)

    def _fold(self) -> None:
        """Hides what has no room, from the highest rank down."""
        there = [item for item in self._items if item.wanted]
        left = list(there)
        room = self.width() if self.width() > 0 else self.sizeHint().width()
        for item in sorted(
            (item for item in there if item.rank is not None),
            key=lambda item: -(item.rank or 0),
        ):
            if self._width(left, more=len(left) < len(there)) <= room:
                break
            left.remove(item)
        for item in self._items:
            if item.slot.isHidden() == (item in left):
                item.slot.setVisible(item in left)
        self.more.setVisible(len(left) < len(there))

    def _width(self, items: list[_Item], *, more: bool) -> int:
        margins = self._row.contentsMargins()
        widths = [_least(item) for item in items]
        widths += [self.more.sizeHint().width()] if more else []
        used = [width for width in widths if width > 0]
        return margins.left() + margins.right() + self._air + sum(used) + SPACING * len(used)

    # Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._popup and event.type() == QEvent.Type.Close:
            self._take_back()
        elif event.type() in _CHANGES and self._popup is None:
            self._fold()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fold()

    def minimumSizeHint(self) -> QSize:
        there = [item for item in self._items if item.wanted]
        stays = [item for item in there if item.rank is None]
        width = self._width(stays, more=len(stays) < len(there))
        return QSize(width, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        return QSize(self._width(self._items, more=False), super().sizeHint().height())


def _least(item: _Item) -> int:
    """Pixels that it needs in the row; 0 of a widget that hides itself."""
    if not item.wanted:
        return 0
    widget = item.widget
    return item.air + max(widget.minimumSizeHint().width(), widget.minimumWidth())
