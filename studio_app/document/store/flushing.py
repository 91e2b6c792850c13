"""Waiting for the disk beside the one who writes a journal: what is drawn meanwhile is not held up by it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from studio_app.core.files import flush_folder

_BUSY_S = 5.0


class Flusher:
    """Of one journal. `flush` from any one thread, `close` when nothing of this process has the journal open.

    It has connections of its own: a passive checkpoint syncs the log first, and holds no writer up.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._root: int | None = None
        """Of the file itself, once that is on the disk. It stays open: any handle that closes takes SQLite's locks."""

    @property
    def rooted(self) -> bool:
        """Whether the file has its first pages on the disk, without which its log would be nobody's."""
        return self._root is not None

    def flush(self) -> bool:
        """Puts what is committed so far onto the disk. Whether it is there: else a durable commit has to see to it, and
        says what is wrong."""
        uri = f"{self._path.absolute().as_uri()}?mode=rw"  # of a file that is gone no other is made
        with contextlib.suppress(sqlite3.Error, OSError):
            with contextlib.closing(sqlite3.connect(uri, _BUSY_S, uri=True)) as connection:
                busy = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[0]
            if self._root is None:
                self._root = os.open(self._path, os.O_RDWR)
                os.fsync(self._root)
                flush_folder(self._path.parent)
            return not busy
        return False

    def close(self) -> None:
        root, self._root = self._root, None
        if root is not None:
            os.close(root)
