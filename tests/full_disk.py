"""A disk on which nothing more finds room."""

from __future__ import annotations

import errno
import os
import sqlite3
from typing import Any

from studio_app.document.store import journal


def fill_the_disk(patch: Any) -> list[int]:
    """For files and for the journal; every try is in the list that it returns."""
    tried: list[int] = []

    def full(*names: Any) -> None:
        tried.append(1)
        raise OSError(errno.ENOSPC, "No space left on device", str(names[1]))

    def full_journal(_: sqlite3.Connection) -> None:
        tried.append(1)
        raise sqlite3.OperationalError("database or disk is full")

    patch.setattr(os, "replace", full)
    patch.setattr(journal, "commit", full_journal)
    return tried
