"""A button of a choice that holds at once."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QPushButton


class ChoiceButton(QPushButton):
    """Checkable, and never what Enter presses. Its letter acts before the next key, where Qt's own button waits for
    100 ms: Enter close behind it would mean the choice before.
    """

    def __init__(self, text: str, why: str) -> None:
        super().__init__(text)
        self.setCheckable(True)
        self.setAutoDefault(False)
        self.explain(why)

    def explain(self, why: str) -> None:
        """why: what it is for, or why it can't be chosen now, as a sentence."""
        self.setToolTip(why)
        self.setAccessibleDescription(why)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Shortcut:
            self.setFocus()
            self.click()
            return True
        return super().event(event)
