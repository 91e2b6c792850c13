"""The files that were opened or saved last, for all windows of one user."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

from studio_app.core.errors import StudioError
from studio_app.core.files import write_text_atomic
from studio_app.core.jsons import read_json
from studio_app.core.locks import FileLock

NAME = "recent.json"
MOST = 12
_LOCK_S = 0.5


def read_recent(home: Path) -> tuple[Path, ...]:
    """The newest first; nothing where there is no such list."""
    try:
        value: Any = read_json(home / NAME)
    except StudioError:
        return ()
    names = cast("list[Any]", value) if isinstance(value, list) else []
    return tuple(Path(n) for n in names if isinstance(n, str) and n and "\0" not in n)[:MOST]


def add_recent(home: Path, path: Path) -> tuple[Path, ...]:
    """The list with this one first. StudioError where it can't be written."""
    lock = FileLock(home / f"{NAME}.lock")
    lock.acquire(_LOCK_S)
    try:
        return _write(home, (path, *(one for one in read_recent(home) if one != path)))
    finally:
        lock.release()


def clear_recent(home: Path) -> tuple[Path, ...]:
    """An empty list. StudioError where it can't be written."""
    return _write(home, ())


def _write(home: Path, paths: tuple[Path, ...]) -> tuple[Path, ...]:
    kept = paths[:MOST]
    write_text_atomic(home / NAME, json.dumps([str(path) for path in kept]))
    return kept
