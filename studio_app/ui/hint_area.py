"""The sentences at the foot of the settings: what one points at, or works in, and where there is help."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from studio_app.ui import theme

HEIGHT = 64
"""Three lines: nothing jumps when the sentence changes."""


class HintArea(QWidget):
    """Says the tooltip of the field under the pointer, else of the one that has the keys; else how help is found."""

    def __init__(self, fields: Iterable[QWidget]) -> None:
        super().__init__()
        self._pointed: QObject | None = None
        self._focused: QObject | None = None
        self.label = QLabel()
        theme.set_role(self.label, "caption")
        self.label.setWordWrap(True)
        self.label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.label.setFixedHeight(HEIGHT)
        self.label.setContentsMargins(12, theme.UNIT, 12, theme.UNIT)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(rule())
        layout.addWidget(self.label)
        for field in fields:
            field.installEventFilter(self)
        self._show()

    def _show(self) -> None:
        field = self._pointed or self._focused
        said = field.toolTip() if isinstance(field, QWidget) else ""
        self.label.setText(
            said
            or self.tr(
                "Point at anything to read what it does. F1 finds every command, Shift+F1 lists all keys."
            )
        )

    # Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.Enter:
            self._pointed = watched
        elif kind == QEvent.Type.Leave and watched is self._pointed:
            self._pointed = None
        elif kind == QEvent.Type.FocusIn:
            self._focused = watched
        elif kind == QEvent.Type.FocusOut and watched is self._focused:
            self._focused = None
        else:
            return super().eventFilter(watched, event)
        self._show()
        return super().eventFilter(watched, event)


def rule() -> QFrame:
    """A thin line between two parts of a panel."""
    line = QFrame()
    theme.set_role(line, "rule")
    return line
