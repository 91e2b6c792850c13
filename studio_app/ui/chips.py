"""Small words over the picture that say that it is not what one might think, and that a click mends it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from studio_app.ui import theme


class ChipRow(QWidget):
    """Chips at the upper edge of `host`, in the order in which they were made; it never moves anything."""

    def __init__(self, host: QWidget) -> None:
        super().__init__(host)
        self._host = host
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(theme.UNIT)
        host.installEventFilter(self)
        self.hide()

    def add(self, name: str, why: str) -> QPushButton:
        """A chip, hidden until `show_chip`; its `clicked` is what mends it. why: its tooltip."""
        chip = QPushButton()
        chip.setObjectName(name)
        chip.setToolTip(why)
        chip.setAccessibleName(why)
        chip.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        chip.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.set_role(chip, "chip")
        self._row.addWidget(chip)
        chip.hide()
        return chip

    def show_chip(self, chip: QPushButton, text: str) -> None:
        """text: "" hides it."""
        if text:
            chip.setText(text)
            chip.setAccessibleName(text)
            chip.setAccessibleDescription(chip.toolTip())
        chip.setVisible(bool(text))
        self.setVisible(any(not other.isHidden() for other in self.findChildren(QPushButton)))
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        self.adjustSize()
        self.move((self._host.width() - self.width()) // 2, theme.UNIT)
        self.raise_()
