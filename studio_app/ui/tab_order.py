"""Tab goes through a window as one reads it: row by row, and what lies together stays together.

Qt's own order is that in which widgets were made and put into each other; it was another than the eye's, and a focus
proxy far down in its ring even cut the canvas and all its tools out of it.
"""

from __future__ import annotations

from functools import cmp_to_key

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QScrollArea, QWidget


def stops(window: QWidget, held: QWidget | None = None) -> list[QWidget]:
    """What Tab can give the keys to, in the order of reading. held: has the keys now, and has a place among them even
    where it can't get them by Tab, or is not seen any more."""
    controls = QGuiApplication.styleHints().tabFocusBehavior()
    all_of_them = controls == Qt.TabFocusBehavior.TabFocusAllControls
    wanted = Qt.FocusPolicy.TabFocus if all_of_them else Qt.FocusPolicy.StrongFocus
    found: list[QWidget] = []

    def walk(parent: QWidget) -> None:
        inner = [child for child in parent.children() if isinstance(child, QWidget)]
        there = [
            child
            for child in inner
            if not child.isWindow()
            and (not child.isHidden() or (held is not None and child.isAncestorOf(held)))
        ]
        if held is not None and held.parentWidget() is parent and held not in there:
            there.append(held)
        for child in sorted(there, key=cmp_to_key(_reading)):
            takes = (child.focusPolicy() & wanted) == wanted and child.isEnabled()
            if child is held or (takes and child.focusProxy() is None):
                found.append(child)
            walk(child)

    walk(window)
    return found


def step(window: QWidget, *, onward: bool) -> bool:
    """Gives the keys to the stop after the one that has them, or to the one before; whether there is one."""
    held = window.focusWidget()
    ring = stops(window, held)
    if held not in ring:
        ring = [window, *ring]
        held = window
    at = ring.index(held)
    others = ring[at + 1 :] + ring[:at]
    if not others:
        return False
    target = others[0 if onward else -1]
    reason = Qt.FocusReason.TabFocusReason if onward else Qt.FocusReason.BacktabFocusReason
    target.setFocus(reason)
    _bring_into_view(target)
    return True


class TabbedAsRead:
    """Of a window: mixed in before its class of Qt."""

    def focusNextPrevChild(self, onward: bool) -> bool:
        assert isinstance(self, QWidget)
        return step(self, onward=onward)


def _reading(one: QWidget, other: QWidget) -> int:
    """Below zero where one is read before the other: it stands above it, or left of it in the same row."""
    first, second = one.geometry(), other.geometry()
    return first.y() - second.y() if _apart(first, second) else first.x() - second.x()


def _apart(first: QRect, second: QRect) -> bool:
    """Whether they stand in two rows: they share less than half of the lower one's height."""
    shared = min(first.bottom(), second.bottom()) - max(first.top(), second.top()) + 1
    return 2 * shared < min(first.height(), second.height())


def _bring_into_view(widget: QWidget) -> None:
    """Scrolls to what got the keys; Qt itself does so only for those that come from inside."""
    above = widget.parentWidget()
    while above is not None:
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(widget)
        above = above.parentWidget()
