"""The disk is waited for beside whoever writes the journal."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from studio_app.document.store.journal import Journal
from studio_app.document.store.sessions import SavedSession

Make = Callable[..., SavedSession]


def test_a_flush_leaves_sqlite_its_locks_and_says_what_the_disk_refused(
    session: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Any handle of a file that is closed takes the locks that this process has on it (POSIX)."""
    made, document = Journal(tmp_path), session().document
    made.commit(document, {})
    with monkeypatch.context() as patch:

        def refuse(_: int) -> None:
            raise OSError(errno.EIO, "the disk is broken")

        patch.setattr(os, "fsync", refuse)
        assert not made.flush()
    assert made.flush() and made.flush()
    made.commit(replace(document, revision=document.revision + 1), {})
    other = (
        "import sqlite3, sys; sqlite3.connect(sys.argv[1], 0).execute('PRAGMA journal_mode=DELETE')"
    )
    command = [sys.executable, "-c", other, str(made.path)]
    found = subprocess.run(command, capture_output=True, check=False)
    assert b"database is locked" in found.stderr
    made.close()
