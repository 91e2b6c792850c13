"""Where the keys go once a field is done with: back to whatever one worked on, so that its shortcuts live."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from PySide6.QtWidgets import QDialog, QWidget


@runtime_checkable
class GivesBack(Protocol):
    """A window that knows what was worked on."""

    def give_focus_back(self) -> None: ...


def in_dialog(field: QWidget) -> bool:
    """Whether it is in a window that one fills in field by field: Enter and Escape are for that, then."""
    window = field.window()
    return isinstance(window, QDialog) and not isinstance(window, GivesBack)


def hand_back(field: QWidget) -> None:
    """Takes the focus from a field whose value is entered; it goes where the field's window says. In a dialog it stays:
    there one goes on with the next field."""
    if in_dialog(field):
        return
    window = field.window()
    while not isinstance(window, GivesBack):
        parent: QWidget | None = window.parentWidget()  # a popup is a window of its own
        if parent is None:
            field.clearFocus()
            return
        window = parent.window()
    window.give_focus_back()
