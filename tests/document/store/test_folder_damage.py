"""A folder of work that is damaged, newer, or on a failing disk: what can be read is, and the rest is kept aside."""

from __future__ import annotations

import errno
import json
import os
import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio_app.core.errors import StudioError
from studio_app.document.store import journal
from studio_app.document.store.documents import Newer, document_dict
from studio_app.document.store.folder_reading import keep_aside, read_folder, read_results
from studio_app.document.store.session_folder import SessionWriter
from studio_app.document.store.sessions import NAME, SavedSession
from tests.document.store.conftest import Make, files, pngs
from tests.old_folder import change_state, in_journal


def write_closed(folder: Path, saved: SavedSession) -> None:
    writer = SessionWriter(folder)
    writer.write(saved, clean=True)
    writer.close()


@pytest.mark.parametrize("state", ["{", "[]", '"x"', "", '{"pictures": 7, "runs": {}}'])
def test_a_broken_list_loses_no_picture(session: Make, tmp_path: Path, state: str):
    write_closed(tmp_path, session())
    in_journal(tmp_path, "UPDATE state SET value = ? WHERE name = 'session'", state)
    found = read_folder(tmp_path)
    assert found.document is not None
    assert len(read_results(found.unread).pictures) == 2
    assert len(read_results(found.unread).runs) == 2


def test_a_newer_journal_is_not_touched(session: Make, tmp_path: Path):
    write_closed(tmp_path, session())
    in_journal(tmp_path, "PRAGMA user_version = 99")
    before = (tmp_path / journal.NAME).read_bytes()
    with pytest.raises(Newer):
        read_folder(tmp_path)
    assert (tmp_path / journal.NAME).read_bytes() == before


def test_an_earlier_release_leaves_the_folder_alone(session: Make, tmp_path: Path):
    """It reads a number that is larger than its own as that of a newer one."""
    write_closed(tmp_path, session())
    assert json.loads((tmp_path / NAME).read_text()) == {"format": 2}


def test_a_name_that_leads_elsewhere_is_not_followed(session: Make, tmp_path: Path):
    write_closed(tmp_path / "1", session())
    secret = tmp_path / "secret.png"
    secret.write_bytes(next((tmp_path / "1" / "pictures").iterdir()).read_bytes())
    names = ["../../secret.png", str(secret), "..\\..\\secret.png", "", ".", "a\0b", 7, None]
    change_state(tmp_path / "1", pictures=[{"file": name} for name in names], runs=names)
    found = read_folder(tmp_path / "1")
    assert len(read_results(found.unread).pictures) == 2  # those that lie there


def test_single_broken_files_are_kept_aside(session: Make, tmp_path: Path):
    saved = session()
    SessionWriter(tmp_path).write(saved, clean=True)
    picture = tmp_path / "pictures" / f"{saved.pictures[0].id}.png"
    run = tmp_path / "runs" / f"{saved.runs[0].id}.json"
    picture.write_bytes(picture.read_bytes()[:200])
    run.write_text('{"steps": [{"i": 1e999}]}')
    results = read_results(read_folder(tmp_path).unread)
    assert [p.id for p in results.pictures] == [saved.pictures[1].id]
    assert [r.id for r in results.runs] == [saved.runs[1].id]
    aside = keep_aside(results.broken)
    assert aside is not None
    assert {path.name for path in aside.iterdir()} == {picture.name, run.name}
    assert not picture.exists() and not run.exists()


def test_a_file_that_can_t_be_had_now_stays_where_it_is(
    session: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    saved = session()
    SessionWriter(tmp_path).write(saved, clean=True)
    known = os.open

    def refuse(path: Any, *more: Any) -> int:
        if Path(path).suffix == ".png":
            raise OSError(errno.EIO, "Input/output error")
        return known(path, *more)

    monkeypatch.setattr(os, "open", refuse)
    results = read_results(read_folder(tmp_path).unread)
    assert results.pictures == [] and results.broken == []
    assert len(pngs(tmp_path)) == 2


def test_one_picture_that_can_t_be_written_keeps_nothing_else_from_it(
    session: Make, tmp_path: Path, make_picture: Callable[..., Any]
):
    odd = replace(make_picture(3), pixels=np.zeros((4, 4), np.float64))
    saved = session()
    SessionWriter(tmp_path).write(replace(saved, pictures=(odd, *saved.pictures)), clean=False)
    assert len(pngs(tmp_path)) == 2
    assert not read_folder(tmp_path).empty


def test_half_a_character_is_no_reason_not_to_save(session: Make, tmp_path: Path):
    """A model's folder may have a name that is no text; Linux does not mind."""
    saved = session(1, 1, model="model \udcff")
    SessionWriter(tmp_path).write(saved, clean=True)
    found = read_folder(tmp_path)
    assert found.model == "model \ufffd"
    assert len(read_results(found.unread).pictures) == 1


@pytest.mark.parametrize(
    ("number", "of_sqlite", "title"),
    [(errno.ENOSPC, "database or disk is full", "The disk is full"),
     (errno.EIO, "disk I/O error", "can't be used|Could not write"),
     (errno.EACCES, "attempt to write a readonly database", "can't be used|Not allowed")],
)  # fmt: skip
@pytest.mark.parametrize("at", range(9))
def test_a_disk_that_fails_at_any_write_leaves_what_can_be_read(
    session: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int, number: int, of_sqlite: str, title: str
):  # fmt: skip
    """Files and commits fail from the nth on, one after the other. What is drawn is there first: before the files of
    three pictures and three runs, and a last commit."""
    old, new = session(at=10), session(pictures=3, runs=3, at=30)
    writer = SessionWriter(tmp_path)
    writer.write(old, clean=False)
    replace_file, commit, count = os.replace, journal.commit, 0

    def one_more() -> bool:
        nonlocal count
        count += 1
        return count > at

    def full(*names: Any) -> None:
        if one_more():
            raise OSError(number, os.strerror(number), str(names[1]))
        replace_file(*names)

    def full_journal(connection: sqlite3.Connection) -> None:
        if one_more():
            raise sqlite3.OperationalError(of_sqlite)
        commit(connection)

    failed = False
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        patch.setattr(journal, "commit", full_journal)
        try:
            writer.write(new, clean=False)
        except StudioError as error:
            failed = re.search(title, str(error)) is not None
    assert failed == (at < 8)
    found = read_folder(tmp_path)
    assert found.document is not None and found.fault is None
    assert document_dict(found.document) == document_dict((old if at == 0 else new).document)
    results = read_results(found.unread)
    assert results.broken == []
    ids = {picture.id for picture in results.pictures}
    assert ids >= {p.id for p in (old if failed else new).pictures}
    writer.write(new, clean=True)  # there is room again
    again = read_folder(tmp_path)
    assert again.document is not None
    assert document_dict(again.document) == document_dict(new.document)
    assert {p.id for p in new.pictures} <= {p.id for p in read_results(again.unread).pictures}
    assert not [name for name in files(tmp_path) if name.endswith(".tmp")]
