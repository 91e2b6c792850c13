"""What was found in files before: as long as size and time of a file stay, nobody looks into it again."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

from studio_app.catalogue.identity import Identity, from_json, to_json
from studio_app.core.errors import StudioError
from studio_app.core.files import write_text_atomic
from studio_app.core.jsons import read_object
from studio_app.core.reading import NoSuchFile

log = logging.getLogger(__name__)

VERSION = 2
"""Rises when the marks of families change: what was found by others is forgotten."""
MAX_FILES = 40_000
MAX_BYTES = 48 << 20

Stamp = list[int]


class Remembered:
    """By path: stamp of its files and what they are. Kept in a file; what can't be read there is looked at again.

    path: of that file; None to keep nothing.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._known: dict[str, tuple[Stamp, Identity]] = {}
        self._seen: set[str] = set()
        self.looked = 0
        """How many files were looked into, rather than known."""

    def read(self) -> None:
        """What an earlier start has kept. Never raises."""
        if self._path is None:
            return
        try:
            value = read_object(self._path, max_bytes=MAX_BYTES)
            if value.get("version") == VERSION:
                self._known = dict(_entries(value["files"]))
        except NoSuchFile:
            return
        except (StudioError, KeyError, TypeError, ValueError) as error:
            log.warning("what was known of models is looked at again: %s", error)

    def of(self, path: Path, files: Iterable[Path], look: Callable[[], Identity]) -> Identity:
        """What is known of a path whose content lies in these files, or what `look` finds."""
        stamp = _stamp(files)
        key = str(path)
        self._seen.add(key)
        known = self._known.get(key)
        if known is not None and known[0] == stamp:
            return known[1]
        identity = look()
        self.looked += 1
        self._known[key] = (stamp, identity)
        return identity

    def write(self) -> None:
        """Keeps what was seen now, and of the rest as much as there is room for. StudioError."""
        if self._path is None or not self.looked:
            return
        order = sorted(self._known, key=lambda key: key not in self._seen)
        files = {
            key: [self._known[key][0], to_json(self._known[key][1])] for key in order[:MAX_FILES]
        }
        text = json.dumps({"version": VERSION, "files": files}, ensure_ascii=True)
        write_text_atomic(self._path, text)
        self.looked = 0


def stamp_of(model: Path) -> Stamp:
    """Of a file, or of all files of a folder: another one where it is not what it was."""
    try:
        files = [path for path in model.rglob("*") if path.is_file()] or [model]
    except OSError:
        files = [model]
    return _stamp(files)


def _stamp(files: Iterable[Path]) -> Stamp:
    """Sizes and times of files, as one: [bytes, newest, how many]."""
    size = newest = count = 0
    for file in files:
        try:
            status = file.stat()
        except OSError:
            continue
        size, newest, count = size + status.st_size, max(newest, status.st_mtime_ns), count + 1
    return [size, newest, count]


def _entries(files: Any) -> Iterable[tuple[str, tuple[Stamp, Identity]]]:
    for key, (stamp, identity) in cast("dict[str, Any]", files).items():
        yield key, ([int(number) for number in stamp], from_json(identity))
