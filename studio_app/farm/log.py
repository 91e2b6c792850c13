"""The log of a batch: a JSON object a line, one for each job that was made, failed or was no job. It only grows.

By it a batch goes on where it stopped: what the newest line of a digest says was written is not made again, as long as
it is there and whole. A killed batch loses no line. A power cut may cost what was made within the last second, lines
and files: it is missing then, or is not what its line says, and is made again.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, cast

from studio_app.core.errors import StudioError
from studio_app.core.files import append_line, flush_file, flush_folder
from studio_app.core.jsons import parse_object
from studio_app.core.reading import is_file, read_bytes, read_lines
from studio_app.core.text import clean_text
from studio_app.export.ledger import sha256

Status = Literal["done", "there", "failed", "bad"]
"""there: made by an earlier run, and still as it was. failed: a job that could not be made. bad: no job at all."""

_MAX_LINE = 1 << 20
FLUSH_S = 1.0
"""Between two flushes of a log that grows: one a picture would cost more than the picture's own."""


@dataclass(frozen=True)
class Outcome:
    """What became of a line. files: sha256 by path; the first is the one to show. reason: of a failure."""

    line: int
    status: Status
    digest: str = ""
    name: str = ""
    seed: int = 0
    steps: int = 0
    seconds: float = 0.0
    files: Mapping[Path, str] = field(default_factory=dict[Path, str])
    reason: str = ""

    @property
    def path(self) -> Path | None:
        return next(iter(self.files), None)

    def fields(self, folder: Path) -> dict[str, Any]:
        """JSON-able; paths from `folder` where they lie in it, else whole."""
        value: dict[str, Any] = {
            "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "line": self.line,
            "status": self.status,
        }
        if self.digest:
            value |= {"digest": self.digest, "name": self.name, "seed": self.seed}
        if self.path is not None:
            files = {_from(folder, path): sha for path, sha in self.files.items()}
            value |= {"path": next(iter(files)), "seconds": round(self.seconds, 3), "files": files}
        if self.reason:
            value["reason"] = self.reason
        return value


class Log:
    """One file. Belongs to one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Reads what is there; lines that can't be read say nothing. StudioError where the file can't be read."""
        self.path = path
        self._folder = path.absolute().parent
        self._done: dict[str, Mapping[str, str]] = {}
        self._folders: set[Path] = set()
        self._dirty = False
        self._flushed = time.monotonic()
        if not is_file(path):
            return
        for data in read_lines(path, _MAX_LINE):
            digest, files = _done(data)
            if digest and files:
                self._done[digest] = files

    def there(self, digest: str) -> dict[Path, str] | None:
        """sha256 by file of what was made of that job, if every file is there as it was; else None."""
        files = self._done.get(digest)
        if files is None:
            return None
        found = {self._shown(name): sha for name, sha in files.items()}
        try:
            whole = all(sha256(read_bytes(path)) == sha for path, sha in found.items())
        except StudioError:
            return None
        return found if whole else None

    def write(self, *outcomes: Outcome) -> None:
        """Adds a line for each; once a second all is brought to the disk, with the names of the files that the lines
        tell of. StudioError where the disk refuses.
        """
        values = [outcome.fields(self._folder) for outcome in outcomes]
        lines = [json.dumps(value, ensure_ascii=False, allow_nan=False) for value in values]
        if not lines:
            return
        self._dirty = True
        self._folders |= {path.absolute().parent for outcome in outcomes for path in outcome.files}
        append_line(self.path, clean_text("\n".join(lines)), flush=False)
        if time.monotonic() - self._flushed > FLUSH_S:
            self.flush()

    def flush(self) -> None:
        """Brings to the disk what a power cut would still take. StudioError where the disk refuses."""
        self._flushed = time.monotonic()
        if not self._dirty:
            return
        try:
            for folder in self._folders:
                if folder.is_dir():  # who deletes what was made wants none of it
                    flush_folder(folder)
            flush_file(self.path)
        except OSError as error:
            raise StudioError(
                "Could not write the log of the batch", f"{self.path}: {error}", "Check the disk."
            ) from error
        self._folders.clear()
        self._dirty = False

    def _shown(self, name: str) -> Path:
        """A path of the log, as short as from here."""
        whole = self._folder / name
        return Path(os.path.relpath(whole)) if whole.is_relative_to(Path.cwd()) else whole


def _from(folder: Path, path: Path) -> str:
    whole = path.absolute()  # links stay: their folder may be moved with them
    inside = whole.is_relative_to(folder)
    return whole.relative_to(folder).as_posix() if inside else str(whole)


def _done(data: bytes | None) -> tuple[str, Mapping[str, str]]:
    """The digest and the files of a line that says that a job was done; else nothing."""
    if not data:
        return "", {}
    try:
        value = parse_object(data, "the log", _MAX_LINE)
    except StudioError:
        return "", {}
    files = value.get("files")
    if value.get("status") != "done" or not isinstance(files, Mapping):
        return "", {}
    named = cast("Mapping[str, object]", files)
    texts = {name: sha for name, sha in named.items() if isinstance(sha, str) and "\0" not in name}
    return str(value.get("digest")), texts if len(texts) == len(named) else {}
