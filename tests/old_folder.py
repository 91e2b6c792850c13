"""Folders of work as releases before the journal left them, and what is in a journal, to be damaged."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio_app.document.document import Document
from studio_app.document.store import journal
from studio_app.document.store.documents import NAME, text_of
from studio_app.document.store.results_files import (
    picture_entry,
    run_name,
    save_picture,
    save_run,
)
from studio_app.document.store.sessions import SavedSession
from studio_app.document.tiles import Tile


def write_old_document(document: Document, folder: Path) -> None:
    """`document.json` and its tiles."""
    room = folder / "tiles"
    room.mkdir(parents=True, exist_ok=True)

    def store(tile: Tile) -> str:
        (room / f"{tile.digest}.tile").write_bytes(tile.deflated())
        return tile.digest

    (folder / NAME).write_text(text_of(document, store))


def write_old_folder(saved: SavedSession, folder: Path, *, clean: bool) -> None:
    """All of it."""
    write_old_document(saved.document, folder)
    for picture in saved.pictures:
        save_picture(folder / "pictures", picture)
    for run in saved.runs:
        save_run(folder / "runs", run)
    state = {
        "format": 1,
        "clean": clean,
        "live": saved.live,
        "model": saved.model,
        "pictures": [picture_entry(picture) for picture in saved.pictures],
        "runs": [run_name(run.id) for run in saved.runs],
    }
    (folder / "session.json").write_text(json.dumps(state))


def in_journal(folder: Path, order: str, *values: Any) -> list[Any]:
    """What an SQL statement does to the journal of a folder that nobody has open, as one file after it."""
    connection = sqlite3.connect(folder / journal.NAME)
    with connection:
        found = connection.execute(order, values).fetchall()
    connection.close()
    return found


def state_of(folder: Path) -> dict[str, Any]:
    """What a journal says of the session, also while it is open elsewhere."""
    ((text,),) = in_journal(folder, "SELECT value FROM state WHERE name = 'session'")
    ((clean,),) = in_journal(folder, "SELECT value FROM state WHERE name = 'clean'")
    return {**json.loads(text), "clean": json.loads(clean)}


def change_state(folder: Path, **values: Any) -> None:
    """Other values in it."""
    if "clean" in values:
        order = "UPDATE state SET value = ? WHERE name = 'clean'"
        in_journal(folder, order, json.dumps(values.pop("clean")))
    if values:
        text = json.dumps({**state_of(folder), **values})
        in_journal(folder, "UPDATE state SET value = ? WHERE name = 'session'", text)


def change_document(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """The document in a journal, edited as JSON."""
    ((text,),) = in_journal(folder, "SELECT text FROM document")
    value = json.loads(text)
    edit(value)
    in_journal(folder, "UPDATE document SET text = ?", json.dumps(value))
