"""The column of tools beside the canvas: a button for each family."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QFrame, QMenu, QToolButton, QVBoxLayout, QWidget

from studio_app.ui import icons, theme
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.canvas.tools.names import ENTRIES, family_of

SIDE = 31
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
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.setSpacing(0)
        for entry in ENTRIES.values():
            if entry.family in self.buttons or entry.family == "frame":
                continue  # the frame is in reach whatever the layer is: its button is above
            if entry.family in BREAKS:
                column.addSpacing(3)
            button = FamilyButton([actions[name] for name in family_of(entry.name)])
            self.buttons[entry.family] = button
            column.addWidget(button)
        column.addStretch(1)
        self.setFixedWidth(SIDE + 8)
        tools.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Shows which one is in hand, and which suit the layer."""
        entry = ENTRIES[self._tools.tool]
        if entry.family in self.buttons:
            self.buttons[entry.family].show_tool(self._actions[entry.name])


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
