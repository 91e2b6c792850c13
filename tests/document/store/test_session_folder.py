"""A folder of work: what is saved comes back, and nothing goes that was not let go of."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio_app.core.errors import StudioError
from studio_app.document.people import standing_person
from studio_app.document.store import journal
from studio_app.document.store.documents import document_dict
from studio_app.document.store.folder_reading import read_folder, read_results
from studio_app.document.store.session_folder import SessionWriter, write_copy
from studio_app.document.store.sessions import SAVED_RUNS
from tests.document.store.conftest import Make, files, pngs
from tests.nodes import colour_of, with_contents
from tests.old_folder import write_old_folder


def test_what_is_saved_comes_back(session: Make, tmp_path: Path):
    people = (standing_person(64, 64),)
    saved = session()
    run = saved.runs[1]
    picture = replace(saved.pictures[1], starred=True, people=people, run=run.id)
    saved = replace(saved, pictures=(saved.pictures[0], picture))
    SessionWriter(tmp_path).write(saved, clean=True)
    found = read_folder(tmp_path)
    assert found.document is not None
    assert document_dict(found.document) == document_dict(saved.document)
    assert (found.live, found.model, found.unclean, found.fault) == (False, "tiny", False, None)
    results = read_results(found.unread)
    assert results.broken == []
    again = results.pictures[1]
    assert (again.id, again.starred, again.run) == (picture.id, True, run.id)
    assert again.request == picture.request
    assert np.array_equal(again.pixels, picture.pixels)
    assert np.array_equal(again.people[0].joints, people[0].joints)
    back = results.runs[1]
    assert (back.id, back.request) == (run.id, run.request)
    assert np.array_equal(back.steps[2].x_t, run.steps[2].x_t)
    assert np.array_equal(back.steps[2].denoised, run.steps[2].denoised)


def test_a_folder_where_nothing_is(tmp_path: Path):
    found = read_folder(tmp_path)
    assert found.empty and found.document is None and found.fault is None


def test_each_save_writes_what_changed_and_no_more(
    session: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_picture: Callable[..., Any]
):
    written: list[str] = []
    replace_file = os.replace
    insert = journal._insert

    def count(source: Any, target: Any) -> None:
        written.append(Path(target).name)
        replace_file(source, target)

    def count_row(connection: Any, table: str, row: Any) -> None:
        written.append(table)
        insert(connection, table, row)

    monkeypatch.setattr(os, "replace", count)
    monkeypatch.setattr(journal, "_insert", count_row)
    writer, saved = SessionWriter(tmp_path), session()
    writer.write(saved, clean=False)
    written.clear()
    writer.write(saved, clean=False)
    assert written == []
    painted = replace(saved, document=session(at=40).document)
    painted = replace(painted, document=with_contents(painted.document, colour_of(saved.document)))
    writer.write(painted, clean=False)
    assert written == ["tiles", "tiles", "document"]  # value, known
    written.clear()
    more = replace(painted, pictures=(*painted.pictures, make_picture(9)))
    writer.write(more, clean=False)
    assert written == ["state", f"{more.pictures[-1].id}.png"]
    written.clear()
    starred = replace(more.pictures[0], starred=True)
    writer.write(replace(more, pictures=(starred, *more.pictures[1:])), clean=False)
    assert written == ["state"]
    written.clear()
    writer.write(saved, clean=False)  # undone: its tiles are still there
    assert written == ["document", "state"]


def test_what_was_let_go_of_goes_and_strangers_stay(
    session: Make, tmp_path: Path, make_run: Callable[..., Any]
):
    SessionWriter(tmp_path).write(session(), clean=True)
    before = files(tmp_path)
    (tmp_path / "pictures" / "mine.png").write_bytes(b"a stranger's")
    (tmp_path / "notes.txt").write_text("a stranger's")
    writer = SessionWriter(tmp_path)  # another run: it has read none of the pictures
    saved = session(pictures=3, runs=SAVED_RUNS)
    writer.write(saved, clean=False)
    assert before < files(tmp_path)
    assert {"pictures/mine.png", "notes.txt"} < files(tmp_path)
    let_go = saved.pictures[0]
    writer.write(
        replace(saved, pictures=saved.pictures[1:], runs=(*saved.runs, make_run(99))), clean=False
    )
    assert f"pictures/{let_go.id}.png" not in files(tmp_path)
    assert f"runs/{saved.runs[0].id}.json" not in files(tmp_path)
    assert before < files(tmp_path)
    assert {"pictures/mine.png", "notes.txt"} < files(tmp_path)


def test_what_was_read_back_and_removed_does_not_come_again(session: Make, tmp_path: Path):
    SessionWriter(tmp_path).write(session(), clean=True)
    found = read_folder(tmp_path)
    results = read_results(found.unread)
    writer = SessionWriter(tmp_path, found.superseded)
    writer.hold(results)
    kept = replace(session(0, 0), pictures=(results.pictures[1],), runs=(results.runs[1],))
    writer.write(kept, clean=True)
    again = read_results(read_folder(tmp_path).unread)
    assert [picture.id for picture in again.pictures] == [results.pictures[1].id]
    assert [run.id for run in again.runs] == [results.runs[1].id]


def test_results_that_are_still_to_be_read_stay_named(
    session: Make, tmp_path: Path, make_picture: Callable[..., Any]
):
    """A window that is closed before its pictures were read has not lost them."""
    SessionWriter(tmp_path).write(session(), clean=True)
    found = read_folder(tmp_path)
    new = make_picture(7)
    writer = SessionWriter(tmp_path, found.superseded)
    writer.write(replace(session(0, 0), pictures=(new,), unread=found.unread), clean=True)
    again = read_folder(tmp_path)
    assert again.unread.pictures[:2] == found.unread.pictures
    assert again.unread.runs == found.unread.runs
    assert [picture.id for picture in read_results(again.unread).pictures][-1] == new.id


def test_a_picture_that_was_written_just_before_a_kill_comes_back(
    session: Make, tmp_path: Path, make_picture: Callable[..., Any]
):
    saved = session()
    writer = SessionWriter(tmp_path)
    writer.write(saved, clean=False)
    later = make_picture(5)
    writer.store(replace(saved, pictures=(*saved.pictures, later)))  # and then the power goes
    found = read_results(read_folder(tmp_path).unread)
    assert [picture.id for picture in found.pictures] == [*(p.id for p in saved.pictures), later.id]


def test_a_long_run_is_saved_so_that_it_can_be_read(
    session: Make, tmp_path: Path, make_run: Callable[..., Any]
):
    saved = replace(session(), runs=(make_run(1, steps=1000),))
    SessionWriter(tmp_path).write(saved, clean=True)
    back = read_results(read_folder(tmp_path).unread).runs[0]
    assert (back.steps[0].i, back.steps[-1].i) == (0, 999)
    assert 100 < len(back.steps) < 200


def test_a_folder_of_an_earlier_release_becomes_a_journal(
    session: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    saved = session()
    write_old_folder(saved, tmp_path, clean=False)
    (tmp_path / "tiles" / "mine.tile").write_bytes(b"a stranger's")
    old = files(tmp_path)
    found = read_folder(tmp_path)
    assert found.document is not None and found.unclean and found.model == "tiny"
    assert len(read_results(found.unread).pictures) == len(read_results(found.unread).runs) == 2
    writer = SessionWriter(tmp_path, found.superseded)
    with monkeypatch.context() as patch:  # not before the new one is on the disk
        patch.setattr(journal, "commit", fail)
        with pytest.raises(StudioError):
            writer.write(replace(saved, document=found.document), clean=False)
    assert old <= files(tmp_path)
    assert read_folder(tmp_path).document is not None
    writer.write(replace(saved, document=found.document), clean=False)
    again = read_folder(tmp_path)
    assert again.document is not None and again.superseded == ()
    assert document_dict(again.document) == document_dict(saved.document)
    assert [entry["file"] for entry in again.unread.pictures] == [
        f"{picture.id}.png" for picture in saved.pictures
    ]
    gone = {name for name in old if name.startswith("tiles/") or name == "document.json"}
    assert old - files(tmp_path) == gone - {"tiles/mine.tile"}


def fail(*_: Any) -> None:
    raise sqlite3.OperationalError("disk I/O error")


def test_a_copy_has_everything_and_each_is_its_own(session: Make, tmp_path: Path):
    SessionWriter(tmp_path / "home").write(session(), clean=False)
    found = read_folder(tmp_path / "home")
    saved = replace(session(1, 1), unread=found.unread)
    first = write_copy(saved, tmp_path / "elsewhere", "Underpaint")
    second = write_copy(saved, tmp_path / "elsewhere", "Underpaint")
    assert first.name == "Underpaint" and second.name == "Underpaint-2"
    copy = read_folder(second)
    assert copy.document is not None and not copy.unclean
    assert len(read_results(copy.unread).pictures) == 3
    assert len(read_results(copy.unread).runs) == 3
    with contextlib.suppress(OSError):
        (tmp_path / "file").write_text("in the way")
    with pytest.raises(StudioError):
        write_copy(saved, tmp_path / "file", "Underpaint")


def test_a_picture_that_is_removed_while_it_is_written_does_not_come_again(
    session: Make, tmp_path: Path, make_picture: Callable[..., Any]
):
    saved = session()
    writer = SessionWriter(tmp_path)
    writer.write(saved, clean=False)
    with_more = replace(saved, pictures=(*saved.pictures, make_picture(5)))
    writer.commit(with_more, clean=False, durable=False)
    writer.commit(saved, clean=False, durable=False)  # the artist has taken it out
    writer.store(with_more)  # that had begun before
    writer.commit(saved, clean=False, durable=False)
    assert pngs(tmp_path) == sorted(f"{picture.id}.png" for picture in saved.pictures)


def test_a_star_of_a_picture_that_has_no_file_yet_is_kept(
    session: Make, tmp_path: Path, make_picture: Callable[..., Any]
):
    saved = session()
    writer = SessionWriter(tmp_path)
    writer.write(saved, clean=False)
    starred = replace(saved, pictures=(*saved.pictures, make_picture(5, starred=True)))
    writer.commit(starred, clean=False, durable=False)
    assert len(read_results(read_folder(tmp_path).unread).pictures) == 2  # killed here
    writer.store(starred)
    assert read_results(read_folder(tmp_path).unread).pictures[2].starred  # or here


def test_what_was_typed_last_does_not_wait_for_the_files_of_pictures(
    session: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """They may take seconds, and a kill comes when it likes."""
    saved = session()

    def killed(folder: Path, picture: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("studio_app.document.store.session_folder.save_picture", killed)
    with pytest.raises(KeyboardInterrupt):
        SessionWriter(tmp_path).write(saved, clean=True)
    found = read_folder(tmp_path)
    assert found.document is not None and found.unclean
    assert document_dict(found.document) == document_dict(saved.document)
