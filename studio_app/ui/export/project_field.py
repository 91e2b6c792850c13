"""Where one says which project it is."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit


class ProjectField(QLineEdit):
    """A path that is entered with Enter, or by leaving the field. known: the one that is open."""

    entered = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.known = ""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._say():
            event.accept()  # it is not yet the Enter that exports
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.ActiveWindowFocusReason:
            self._say()

    def _say(self) -> bool:
        path = self.text().strip()
        if not path or path == self.known:
            return False
        self.known = path
        self.entered.emit(path)
        return True
