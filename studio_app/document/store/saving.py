"""A document into its file: nothing is lost that lay there, neither by a fault nor by somebody else's hand.

Five versions of before lie beside it, as Krita keeps them: `knight.ora.1~` is the youngest.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, replace
from pathlib import Path

from studio_app.core.errors import StudioError
from studio_app.core.files import keep_version, remove_leftovers_of
from studio_app.document.store.ora_layers import OraCache
from studio_app.document.store.ora_reading import document_digest_in
from studio_app.document.store.ora_writing import Manner, write_ora
from studio_app.document.store.sessions import SavedSession
from studio_app.document.store.stamps import is_still, stamp_of
from studio_app.document.store.ties import Tie, digest_of

SUFFIX = ".ora"
VERSIONS = 5


class ChangedOnDisk(StudioError):
    """Somebody else has written the file since it was read: whether to replace that is the artist's to say."""


@dataclass(frozen=True)
class Version:
    """An earlier one. written: seconds since the epoch."""

    path: Path
    written: float


def save_file(
    path: Path,
    saved: SavedSession,
    cache: OraCache,
    how: Manner | None = None,
    *,
    tie: Tie | None = None,
    anyway: bool = False,
) -> Tie:
    """By whoever holds its lock. tie: what the file was, as far as this work knows. anyway: whatever lies there by
    now.

    ChangedOnDisk; any other StudioError where it can't be written. The file is then as it was.
    """
    if tie is not None and not anyway and path.exists() and not is_still(path, tie.stamp):
        raise ChangedOnDisk(
            f"{path.name} was changed by another program",
            "Saving would put this drawing in the place of what lies there now",
            "Save it under another name, or replace it: what is there is kept as an earlier version.",
        )
    remove_leftovers_of(path)
    how = replace(how or Manner(), before=lambda: keep_version(path, VERSIONS))
    stamp = write_ora(path, saved, cache, how)
    return Tie(path, stamp, digest_of(saved.document))


def caught_up(tie: Tie, drawn: str) -> Tie:
    """Where a kill came between a save and the word of it: the file holds the very drawing of now, of that digest."""
    try:
        if is_still(tie.path, tie.stamp) or document_digest_in(tie.path) != drawn:
            return tie
        return Tie(tie.path, stamp_of(tie.path), drawn)
    except (StudioError, OSError):
        return tie


def versions_of(path: Path) -> tuple[Version, ...]:
    """Earlier versions of a file, the youngest first."""
    found: list[tuple[int, Version]] = []
    name = re.compile(re.escape(path.name) + r"\.([1-9])~")
    with contextlib.suppress(OSError):
        for entry in path.parent.iterdir():
            match = name.fullmatch(entry.name)
            if match and entry.is_file():
                found.append((int(match[1]), Version(entry, entry.stat().st_mtime)))
    return tuple(version for _, version in sorted(found, key=lambda one: one[0]))
