"""The file that work belongs to: which it is, what was in it, and whose it is now."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from studio_app.core.locks import FileLock
from studio_app.document.document import Document
from studio_app.document.store import documents
from studio_app.document.store.stamps import Stamp, stamp_from


@dataclass(frozen=True)
class Tie:
    """stamp: the file as it was read or written last. drawn: `digest_of` the document that was in it; "" where the
    document of now never was."""

    path: Path
    stamp: Stamp
    drawn: str

    def to_dict(self) -> dict[str, Any]:
        return {"path": str(self.path), "stamp": self.stamp.to_dict(), "drawn": self.drawn}


def tie_from(value: Any) -> Tie | None:
    """None for what is none."""
    try:
        given = cast("Mapping[str, Any]", value)
        path = str(given["path"])
        if not path or "\0" in path:
            return None
        return Tie(Path(path), stamp_from(given["stamp"]), str(given["drawn"]))
    except (KeyError, TypeError, ValueError):
        return None


def digest_of(document: Document) -> str:
    """Of all that a file keeps of a document."""
    text = documents.text_of(document, lambda tile: tile.digest)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def alike(one: Document, other: Document) -> bool:
    """Whether a file keeps the same of both, told by their parts being the same objects: quick, and never wrongly
    true."""
    return one is other or (
        one.stack is other.stack
        and one.settings == other.settings
        and (one.canvas, one.frame, one.bearings) == (other.canvas, other.frame, other.bearings)
        and one.start is other.start
    )


def same_file(one: Path, other: Path | None) -> bool:
    """Whether two paths lead to one file, however they are spelt: by way of a link, or in other letters on a disk that
    takes them for the same. Of a file with several names each is one of its own, since a save parts them. None is no
    file."""
    if one == other or other is None:
        return one == other
    with contextlib.suppress(OSError, ValueError):
        here, there = one.stat(), other.stat()
        if here.st_nlink == 1:
            return os.path.samestat(here, there)
    return os.path.normcase(_resolved(one)) == os.path.normcase(_resolved(other))


def lock_of(path: Path) -> FileLock:
    """Whoever holds it may write the file. It lies in the system's temporary folder: nothing is left beside the
    artist's files."""
    name = hashlib.sha256(os.fsencode(_resolved(path))).hexdigest()[:20]
    return FileLock(Path(tempfile.gettempdir()) / f"underpaint-{name}.lock")


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # a loop of links
        return path.absolute()
