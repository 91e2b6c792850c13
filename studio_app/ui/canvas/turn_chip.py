"""Says in a corner of the canvas that the view is turned or mirrored, and puts it upright again."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QWidget

from studio_app.ui import icons, theme


class TurnChip(QToolButton):
    """Lies in the upper right corner of its parent while there is something to say."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        theme.set_role(self, "chip")
        icons.set_icon(self, "rotate-ccw")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setToolTip(
            self.tr("The view is turned or mirrored; the drawing is not. A click puts it upright.")
        )
        self.setAccessibleName(self.tr("View upright"))
        self.hide()

    def show_turn(self, angle: float, *, mirrored: bool) -> None:
        """angle: in degrees, as it is seen."""
        said: list[str] = []
        if round(angle):
            said.append(f"{angle:.0f}°")
        if mirrored:
            said.append(self.tr("mirrored"))
        self.setText(" " + ", ".join(said))
        self.setVisible(bool(said))
        self.place()

    def place(self) -> None:
        self.adjustSize()
        self.move(self._over.width() - self.width() - theme.UNIT, theme.UNIT)
        self.raise_()
