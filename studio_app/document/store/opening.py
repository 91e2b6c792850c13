"""A file becomes the work of a studio: in a folder of its own, with all that the file holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from studio_app.core.errors import StudioError
from studio_app.core.files import write_bytes_atomic
from studio_app.document.store import slots
from studio_app.document.store.ora_reading import OraFile, read_ora
from studio_app.document.store.session_folder import SessionWriter
from studio_app.document.store.sessions import Contents, Unread
from studio_app.document.store.slots import Slot
from studio_app.document.store.stamps import is_still
from studio_app.document.store.ties import Tie, digest_of


def claim_new(home: Path, live: bool) -> Slot:
    """An empty folder, and nothing drawn."""
    slot = slots.claim_empty(home)
    return replace(slot, contents=Contents(None, {"live": live}, Unread(slot.folder)))


def claim_file(home: Path, path: Path, live: bool) -> Slot:
    """The folder in which work on that file was left, as it was left there; else an empty one, with what the file
    holds. StudioError where it can't be read."""
    left = slots.with_file(home, path)
    if left is not None:
        if _goes_on(left):
            return left
        left.release()
    return claim_saved(home, path, live)


def claim_saved(home: Path, path: Path, live: bool, of: Path | None = None) -> Slot:
    """An empty folder, with what the file holds. of: the file that it is an earlier version of. StudioError where it
    can't be read."""
    found = read_ora(path)
    slot = slots.claim_empty(home)
    try:
        for entry, picture in found.history:
            write_bytes_atomic(slot.folder / "pictures" / str(entry["file"]), picture)
        unread = Unread(slot.folder, tuple(entry for entry, _ in found.history))
        contents = replace(contents_of(found, path, live, of), unread=unread)
        return replace(slot, writer=SessionWriter(slot.folder), contents=contents)
    except BaseException:
        slot.release()
        raise


def nothing(live: bool) -> Contents:
    """As of `claim_new`, where nothing is kept."""
    return Contents(None, {"live": live}, Unread(Path()))


def read_contents(path: Path, live: bool, of: Path | None = None) -> Contents:
    """As of `claim_saved`, where nothing is kept; without its pictures."""
    return contents_of(read_ora(path), path, live, of)


def contents_of(found: OraFile, path: Path, live: bool, of: Path | None = None) -> Contents:
    """What a studio makes of a file, but for its pictures."""
    tie = _tied(found, path) if of is None else _version_of(of)
    state: dict[str, Any] = {"live": live, "model": found.model, "clean": True}
    if tie is not None:
        state["file"] = tie.to_dict()
    return Contents(found.document, state, Unread(path.parent), notes=found.notes)


def _tied(found: OraFile, path: Path) -> Tie:
    return Tie(path, found.stamp, digest_of(found.document))


def _version_of(path: Path) -> Tie | None:
    """To the file as it is now: what is drawn was in it once, and is not."""
    try:
        return Tie(path, read_ora(path).stamp, "")
    except StudioError:
        return None


def _goes_on(slot: Slot) -> bool:
    tie, document = slot.contents.tie, slot.contents.document
    if tie is None or document is None or slot.contents.fault is not None:
        return False
    return still_tied(tie)


def still_tied(tie: Tie) -> bool:
    """Whether the file is still the one that work was made of, or written to."""
    try:
        return is_still(tie.path, tie.stamp)
    except StudioError:
        return False
