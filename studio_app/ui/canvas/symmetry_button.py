"""Whether what is painted is painted on the other side too."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from studio_app.ui import icons
from studio_app.ui.action_buttons import allow
from studio_app.ui.canvas.tool_state import ToolState


class SymmetryButton(QToolButton):
    """A menu of the axes; the button is down while there is one."""

    def __init__(self, tools: ToolState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tools = tools
        icons.set_icon(self, "flip-vertical-2")
        self.setAutoRaise(True)
        self.setCheckable(True)
        self.setAccessibleName(self.tr("Symmetry"))
        self.setToolTip(
            self.tr(
                "Paints on the other side of an axis too, with every tool that paints. "
                "The axis is dragged by its handle beside the canvas."
            )
        )
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        self.across = menu.addAction(self.tr("Left and right alike"))
        self.down = menu.addAction(self.tr("Up and down alike"))
        for name, action in (("across", self.across), ("down", self.down)):
            action.setObjectName(f"canvas_symmetry_{name}")
            action.setCheckable(True)
            action.toggled.connect(self._choose)
        menu.addSeparator()
        self.middle = menu.addAction(self.tr("Axes to the middle"))
        self.middle.setObjectName("canvas_symmetry_middle")
        self.middle.triggered.connect(lambda: tools.set_axes(None))
        self.setMenu(menu)
        tools.changed.connect(self.refresh)
        self.refresh()

    def entries(self) -> list[QAction]:
        """In the order of a menu."""
        return [self.across, self.down, self.middle]

    def refresh(self) -> None:
        across, down = self._tools.mirrors
        for action, on in ((self.across, across), (self.down, down)):
            with QSignalBlocker(action):
                action.setChecked(on)
        self.setChecked(across or down)
        allow(self.middle, across or down, self.tr("There is no axis yet."))

    def _choose(self) -> None:
        self._tools.set_mirrors(across=self.across.isChecked(), down=self.down.isChecked())
