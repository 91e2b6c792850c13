"""The sentences at the foot of the settings: what one points at, or works in, and where there is help."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from studio_app.ui import theme

HEIGHT = 64
"""Three lines: nothing jumps when the sentence changes."""

_MEANS = {
    QEvent.Type.Enter: ("pointer", True),
    QEvent.Type.Leave: ("pointer", False),
    QEvent.Type.FocusIn: ("keys", True),
    QEvent.Type.FocusOut: ("keys", False),
}


class HintArea(QWidget):
    """Says the tooltip of the field under the pointer or of the one that has the keys, whichever came last; else how
    help is found."""

    def __init__(self, fields: Iterable[QWidget]) -> None:
        super().__init__()
        self._about: dict[str, QWidget] = {}
        """The field under the pointer and the one that has the keys, where there are such; the newest is the last."""
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
        said = next((field.toolTip() for field in reversed(self._about.values())), "")
        self.label.setText(
            said
            or self.tr(
                "Point at anything to read what it does. F1 finds every command, Shift+F1 lists all keys."
            )
        )

    # Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        why, begins = _MEANS.get(event.type(), ("", False))
        if why and isinstance(watched, QWidget):
            if begins or self._about.get(why) is watched:
                self._about.pop(why, None)
            if begins:
                self._about[why] = watched
            self._show()
        return super().eventFilter(watched, event)


def rule() -> QFrame:
    """A thin line between two parts of a panel."""
    line = QFrame()
    theme.set_role(line, "rule")
    return line
