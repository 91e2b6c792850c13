"""A folder of work: what is saved comes back, and nothing goes that was not let go of."""

from __future__ import annotations

import contextlib
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
from studio_app.document.people import standing_person
from studio_app.document.store import journal
from studio_app.document.store.documents import Newer, document_dict
from studio_app.document.store.folder_reading import keep_aside, read_folder, read_results
from studio_app.document.store.session_folder import SessionWriter, write_copy
from studio_app.document.store.sessions import NAME, SAVED_RUNS, SavedSession
from tests.nodes import colour_of, with_contents
from tests.old_folder import change_state, in_journal, write_old_folder

Make = Callable[..., SavedSession]


def files(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


def pngs(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*.png"))


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
    assert written == [f"{more.pictures[-1].id}.png", "state"]
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


def test_a_long_run_is_saved_so_that_it_can_be_read(
    session: Make, tmp_path: Path, make_run: Callable[..., Any]
):
    saved = replace(session(), runs=(make_run(1, steps=1000),))
    SessionWriter(tmp_path).write(saved, clean=True)
    back = read_results(read_folder(tmp_path).unread).runs[0]
    assert (back.steps[0].i, back.steps[-1].i) == (0, 999)
    assert 100 < len(back.steps) < 200


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
    """Files and commits fail from the nth on, one after the other."""
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
    assert failed == (at < 7)
    found = read_folder(tmp_path)
    assert found.document is not None and found.fault is None
    expected = document_dict((old if failed else new).document)
    assert document_dict(found.document) == expected
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
