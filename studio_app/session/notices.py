"""What the studio has to say that is not an error."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication


@dataclass(frozen=True)
class Notice:
    """A line for the message bar. It asks for nothing; an error is a StudioError.

    key: what it is about ("recovered", "saved", "resized", "settings"), so that a window may offer an
    action with it and a newer notice replace an older one. stays: until it is closed.
    """

    title: str
    detail: str = ""
    key: str = ""
    stays: bool = False


def recovered_notice(unclean: bool, others: int) -> Notice | None:
    """What a start says of work that a studio left which did not come to its end. unclean: of this window's own;
    others: in how many more folders there is some."""
    parts: list[str] = []
    if unclean:
        parts.append(_tr("Underpaint ended unexpectedly last time; this is what was saved."))
    if others == 1:
        parts.append(_tr("The work of another window waits in File > Earlier work."))
    elif others:
        said = _tr("The work of {count} other windows waits in File > Earlier work.")
        parts.append(said.format(count=others))
    title = _tr("Your work is back") if unclean else _tr("There is more work")
    return Notice(title, " ".join(parts), "recovered", stays=others > 0) if parts else None


def settings_notice(aside: Path) -> Notice:
    """Of settings that were broken when something was to be changed in them."""
    said = _tr("Your settings were broken; they are written anew")
    detail = _tr("What could be read of them is kept. The old file is {file}.")
    return Notice(said, detail.format(file=aside), "settings")


def unsaved_notice(path: Path) -> Notice:
    said = _tr("Changes that were not saved are back")
    detail = _tr("{name} on the disk is without them.").format(name=path.name)
    return Notice(said, detail, "unsaved", stays=True)


def read_only_notice(path: Path) -> Notice:
    said = _tr("{name} is open in another window").format(name=path.name)
    detail = _tr("Here it can be looked at and drawn on; save it under another name.")
    return Notice(said, detail, "read only", stays=True)


def stand_in_notice(name: str, folder: Path) -> Notice:
    """A model of the user's own goes before the one that came with the program: nobody should miss that."""
    title = _tr("Your own {name} draws").format(name=name)
    said = _tr("It lies in {folder}, and goes before the one that came with Underpaint.")
    return Notice(title, said.format(folder=folder), "stand-in")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Notices", text)
