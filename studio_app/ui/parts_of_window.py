"""The parts of the window, from one to the next by a key: by Tab, every button of a part lies between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QWidget


@dataclass(frozen=True)
class Part:
    """panel: all of it. target: what gets the keys, in it."""

    panel: QWidget
    target: QWidget

    def has(self, widget: QWidget | None) -> bool:
        return widget is not None and (self.panel is widget or self.panel.isAncestorOf(widget))


def walk_between(parts: Sequence[Part], onward: QAction, back: QAction) -> None:
    """Lets two actions give the keys to the next part, and to the one before."""
    onward.triggered.connect(lambda: go_on(parts, 1))
    back.triggered.connect(lambda: go_on(parts, -1))


def go_on(parts: Sequence[Part], step: int) -> None:
    """Gives the keys to the next part that is seen (1), or the one before it (-1). A part may lie in another: the one
    that is named later has it then."""
    seen = [part for part in parts if part.target.isVisible()]
    now = QApplication.focusWidget()
    held = [number for number, part in enumerate(seen) if part.has(now)]
    if not seen:
        return
    at = held[-1] if held else -1 if step > 0 else 0
    target = seen[(at + step) % len(seen)].target
    target.window().activateWindow()  # the viewer may have its own
    target.setFocus(Qt.FocusReason.TabFocusReason)
