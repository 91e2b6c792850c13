"""Actions and their buttons: each with a name, a text that explains it, a key, and an icon."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from studio_app.ui import icons
from studio_app.ui.menu_text import unmarked

_WHY = "why"
"""Property of an action: what one would do it for."""


def add_action(
    owner: QWidget,
    name: str,
    text: str,
    run: Callable[..., object],
    *,
    key: str = "",
    icon: str = "",
    why: str = "",
    checkable: bool = False,
    repeats: bool = False,
) -> QAction:
    """A new action of `owner`, known by its object name; it acts while `owner` is shown in the active window.

    why: one sentence for the tooltip, after the text. checkable: `run` gets whether it is on.
    """
    action = QAction(text, owner)
    action.setObjectName(name)
    action.setCheckable(checkable)
    action.setAutoRepeat(repeats)
    if key:
        action.setShortcut(QKeySequence(key))
    explain(action, why)
    if icon:
        icons.set_icon(action, icon)
    if checkable:
        action.toggled.connect(run)
    else:
        action.triggered.connect(lambda _checked=False: run())
    owner.addAction(action)
    return action


def submenu(parent: QWidget, title: str, actions: Sequence[QAction]) -> QAction:
    """The entry of a menu behind which these are."""
    menu = QMenu(title, parent)
    menu.addActions(actions)
    return menu.menuAction()


def explain(action: QAction, why: str) -> None:
    """The tooltip of an action: its text with its key, and under it why one would. why: sentences, or ""."""
    action.setProperty(_WHY, why)
    _tell(action, why)


def why_of(action: QAction) -> str:
    """What one would do it for, whether it can be done now or not."""
    return str(action.property(_WHY) or "")


def allow(action: QAction, can: bool, reason: str) -> None:
    """Lets an action be chosen, or not. reason: why it can't be, a sentence that takes the place of the other one in
    its tooltip for as long."""
    action.setEnabled(can)
    _tell(action, why_of(action) if can else reason)


def tell_key(action: QAction) -> None:
    """After it was given another key: its tooltip names that one."""
    _tell(action, action.statusTip())


def _tell(action: QAction, sentence: str) -> None:
    key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    plain = unmarked(action.text()).rstrip("…")
    shown = f"{plain} ({key})" if key else plain
    action.setToolTip(f"{shown}\n{sentence}" if sentence else shown)
    action.setStatusTip(sentence)


def action_button(action: QAction, *, beside: bool = False) -> QToolButton:
    """A flat button for an action: its icon, or its text where it has none. beside: both."""
    button = QToolButton()
    button.setDefaultAction(action)
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    style = Qt.ToolButtonStyle.ToolButtonIconOnly
    if action.icon().isNull():
        style = Qt.ToolButtonStyle.ToolButtonTextOnly
    elif beside:
        style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
    button.setToolButtonStyle(style)
    button.setAccessibleName(action.text())
    return button
