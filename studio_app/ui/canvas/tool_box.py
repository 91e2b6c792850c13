"""The tools beside the canvas: a button for each family, in a column, or in two where the window is low."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QMenu, QToolButton, QWidget

from studio_app.ui import icons, theme
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.canvas.tools.names import ENTRIES, family_of

SIDE, MARGIN, GAP = 31, 4, 3
BREAKS = ("fill", "solid", "select")
"""Families with a line above them."""


class ToolBox(QFrame):
    """Shows the tool of each family that was used last; the others are in its menu, by holding the button down or by
    the right one."""

    def __init__(
        self, tools: ToolState, actions: Mapping[str, QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        theme.set_role(self, "panel")
        self._tools = tools
        self._actions = actions
        self.buttons: dict[str, FamilyButton] = {}
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(*(MARGIN,) * 4)
        self._grid.setSpacing(0)
        for entry in ENTRIES.values():
            if entry.family in self.buttons or entry.family == "frame":
                continue  # the frame is in reach whatever the layer is: its button is above
            button = FamilyButton([actions[name] for name in family_of(entry.name)])
            self.buttons[entry.family] = button
        self._grid.setRowStretch(2 * len(self.buttons), 1)
        self._arrange(1)
        tools.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Shows which one is in hand, and which suit the layer."""
        entry = ENTRIES[self._tools.tool]
        if entry.family in self.buttons:
            self.buttons[entry.family].show_tool(self._actions[entry.name])

    def _arrange(self, columns: int) -> None:
        """One below the other, in so many columns; above each is a row for its line, which one column has room for."""
        if columns == self._columns:
            return
        self._columns = columns
        rows = ceil(len(self.buttons) / columns)
        for number, (family, button) in enumerate(self.buttons.items()):
            column, row = divmod(number, rows)
            self._grid.addWidget(button, 2 * row + 1, column)
            gap = GAP if columns == 1 and family in BREAKS else 0
            self._grid.setRowMinimumHeight(2 * number, gap)
        self.setFixedWidth(columns * SIDE + 2 * MARGIN)

    def _height(self, columns: int) -> int:
        rows = ceil(len(self.buttons) / columns)
        gaps = GAP * len(BREAKS) if columns == 1 else 0
        return rows * SIDE + gaps + 2 * MARGIN

    # Qt

    def minimumSizeHint(self) -> QSize:
        return QSize(self.width(), self._height(2))

    def sizeHint(self) -> QSize:
        return QSize(self.width(), self._height(1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange(1 if self.height() >= self._height(1) else 2)


class FamilyButton(QToolButton):
    """Of a family of tools; a corner tells that there are several."""

    def __init__(self, actions: list[QAction]) -> None:
        super().__init__()
        self.setAutoRaise(True)
        self.setFixedSize(QSize(SIDE, SIDE))
        self.setIconSize(QSize(icons.SIZE, icons.SIZE))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.several = len(actions) > 1
        if self.several:
            menu = QMenu(self)
            menu.addActions(actions)
            menu.aboutToShow.connect(lambda: menu.setMinimumWidth(180))
            self.setMenu(menu)
            self.setPopupMode(QToolButton.ToolButtonPopupMode.DelayedPopup)
            self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            self.customContextMenuRequested.connect(lambda _: self.showMenu())
        self.show_tool(actions[0])

    def show_tool(self, action: QAction) -> None:
        if self.defaultAction() is not action:
            self.setDefaultAction(action)
            self.setAccessibleName(action.text())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.several:
            with QPainter(self) as painter:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.colour("text_muted"))
                x, y = self.width() - 3.0, self.height() - 3.0
                corner = [QPointF(x, y - 5), QPointF(x, y), QPointF(x - 5, y)]
                painter.drawPolygon(QPolygonF(corner))
