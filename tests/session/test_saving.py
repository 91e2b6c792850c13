"""When work is saved, what is said where it can't be, and what waits for what."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studio_app.core.errors import StudioError
from studio_app.document.brushes import Brush
from studio_app.document.results import RunRecord
from studio_app.document.store import journal
from studio_app.document.store.documents import document_dict
from studio_app.document.store.folder_reading import read_folder, read_results
from studio_app.document.strokes import Sample
from studio_app.session import autosave
from studio_app.session.studio import Studio
from tests.full_disk import fill_the_disk

Close = Callable[[Studio], None]
Work = Callable[[Studio], RunRecord]
IsSaved = Callable[[Studio], bool]
Dab = Callable[[Studio, float], None]


def session_of(studio: Studio) -> Path:
    folder = studio._autosaver.folder
    assert folder is not None
    return folder


def saved_document(studio: Studio) -> dict[str, Any]:
    found = read_folder(session_of(studio)).document
    assert found is not None
    return document_dict(found)


def test_a_stroke_is_in_the_journal_while_it_is_drawn_and_soon_on_the_disk(
    qtbot: Any,
    make_studio: Callable[..., Studio],
    tmp_path: Path,
    monkeypatch: Any,
    is_saved: IsSaved,
):
    studio = make_studio(tmp_path, live=False)
    qtbot.waitUntil(lambda: is_saved(studio) and not studio._autosaver._busy)
    saver = studio._autosaver
    qtbot.waitUntil(lambda: (tmp_path / "sessions" / "1" / "session.json").exists())
    qtbot.waitUntil(lambda: not saver._busy)
    qtbot.waitUntil(lambda: not saver._durable.isActive() and not saver._flushing.isActive())
    qtbot.waitUntil(lambda: not saver._busy)
    written: list[str] = []
    told: list[int] = []
    flushed: list[bool] = []
    commit, insert, replace = journal.commit, journal._insert, os.replace
    flush = journal.Journal.flush

    def flushes(self: journal.Journal) -> bool:
        flushed.append(flush(self))
        return flushed[-1]

    def count(source: Any, target: Any) -> None:
        written.append(Path(target).name)
        replace(source, target)

    def count_row(connection: Any, table: str, row: Any) -> None:
        written.append(table)
        insert(connection, table, row)

    def ask(connection: sqlite3.Connection) -> None:
        told.append(connection.execute("PRAGMA synchronous").fetchone()[0])
        commit(connection)

    monkeypatch.setattr(os, "replace", count)
    monkeypatch.setattr(journal, "_insert", count_row)
    monkeypatch.setattr(journal, "commit", ask)
    monkeypatch.setattr(journal.Journal, "flush", flushes)
    studio.begin_stroke("depth", Brush(size=12), Sample(20, 10))
    studio.stroke_to(Sample(20, 40))
    assert studio._autosaver._soon.isActive() and studio._autosaver._soon.interval() <= 50
    qtbot.waitUntil(lambda: is_saved(studio))  # the pen is still down
    studio.end_stroke()
    qtbot.waitUntil(lambda: bool(flushed))  # another thread waits for the disk, once
    qtbot.waitUntil(lambda: not saver._durable.isActive() and not saver._flushing.isActive())
    assert studio._autosaver._durable.interval() <= 1000
    assert set(written) <= {"tiles", "document", "state"}
    assert written.count("tiles") == 2  # of what the depth is, and of what is known of it
    assert all(flushed) and set(told) == {1}


@pytest.mark.parametrize("answers", [True, False])
def test_what_is_drawn_while_the_disk_is_slow_is_in_the_journal(
    qtbot: Any,
    make_studio: Callable[..., Studio],
    tmp_path: Path,
    monkeypatch: Any,
    is_saved: IsSaved,
    dab: Dab,
    answers: bool,
):
    """The thread that waits for the disk is another. Where it waits for too long, the journal asks the disk itself."""
    monkeypatch.setattr(autosave, "FLUSH_S", autosave.FLUSH_S if answers else 0.3)
    asked, free = threading.Event(), threading.Event()
    flush, commit, told = journal.Journal.flush, journal.commit, list[int]()
    flushed: list[bool] = []

    def slow(self: journal.Journal) -> bool:
        asked.set()
        free.wait()
        flushed.append(flush(self))
        return flushed[-1]

    def ask(connection: sqlite3.Connection) -> None:
        told.append(connection.execute("PRAGMA synchronous").fetchone()[0])
        commit(connection)

    monkeypatch.setattr(journal.Journal, "flush", slow)
    monkeypatch.setattr(journal, "commit", ask)
    studio = make_studio(tmp_path, live=False)
    try:
        qtbot.waitUntil(asked.is_set)
        for stroke in range(3):
            dab(studio, stroke)
            qtbot.waitUntil(lambda: is_saved(studio))
        if answers:
            free.set()
            qtbot.waitUntil(lambda: bool(flushed) and not studio._autosaver._flushing.isActive())
            assert flushed[0] and 2 not in told
        else:
            qtbot.waitUntil(lambda: 2 in told)
    finally:
        free.set()


def test_who_never_rests_is_saved_too_and_not_at_every_stroke(
    qtbot: Any, make_studio: Callable[..., Studio], tmp_path: Path, dab: Dab
):
    studio = make_studio(tmp_path, live=False, autosave_s=0.3)
    saves: list[Any] = []
    studio.saved.connect(saves.append)
    strokes = 0

    def draw() -> bool:
        nonlocal strokes
        strokes += 1
        dab(studio, strokes % 50)
        return len(saves) >= 4

    qtbot.waitUntil(draw)
    assert strokes > len(saves)


def test_a_full_disk_is_said_as_long_as_it_is_full_and_nothing_is_lost(
    qtbot: Any,
    make_studio: Callable[..., Studio],
    tmp_path: Path,
    monkeypatch: Any,
    is_saved: IsSaved,
    dab: Dab,
):
    studio = make_studio(tmp_path, live=False, autosave_s=0.02)
    qtbot.waitUntil(lambda: is_saved(studio))
    before = saved_document(studio)
    states: list[Any] = []
    studio.saving_changed.connect(lambda saving: states.append(saving.problem))
    with monkeypatch.context() as patch:
        tried = fill_the_disk(patch)
        dab(studio, 20)
        qtbot.waitUntil(lambda: len(tried) > 3)
        assert saved_document(studio) == before
        assert [problem.title for problem in states] == ["The disk is full"]  # once
        assert studio.saving.problem is states[0]
    qtbot.waitUntil(lambda: is_saved(studio))
    qtbot.waitUntil(lambda: states[-1] is None)
    assert len(states) == 2


@pytest.mark.parametrize("obstacle", ["file", "full disk"])
def test_where_nothing_can_be_saved_it_is_said_and_a_copy_can_be(
    qtbot: Any,
    make_studio: Callable[..., Studio],
    tmp_path: Path,
    monkeypatch: Any,
    obstacle: str,
    work: Work,
    is_saved: IsSaved,
):
    home = tmp_path / "home"
    with monkeypatch.context() as patch:
        if obstacle == "file":
            home.write_text("in the way")
        else:
            fill_the_disk(patch)
        studio = make_studio(home, live=False, autosave_s=0.02)
        record = work(studio)
        qtbot.waitUntil(lambda: studio.saving.problem is not None)
    elsewhere = tmp_path / "elsewhere"
    with qtbot.waitSignal(studio.copied) as copied:
        studio.save_copy(elsewhere)
    copy = read_folder(copied.args[0])
    assert copy.document is not None
    assert document_dict(copy.document) == document_dict(studio.document)
    assert read_results(copy.unread).pictures[0].request == record.request
    if obstacle == "file":
        home.unlink()  # and where it can be used again, saving begins by itself
    qtbot.waitUntil(lambda: studio.saving.problem is None)
    qtbot.waitUntil(lambda: is_saved(studio))


def test_a_disk_that_is_full_at_the_end_is_asked_about(
    qtbot: Any,
    make_studio: Callable[..., Studio],
    tmp_path: Path,
    monkeypatch: Any,
    close: Close,
    work: Work,
    is_saved: IsSaved,
    dab: Dab,
):
    studio = make_studio(tmp_path, live=False)
    qtbot.waitUntil(lambda: is_saved(studio))
    closed: list[int] = []
    studio.closed.connect(lambda: closed.append(1))
    with monkeypatch.context() as patch:
        fill_the_disk(patch)
        dab(studio, 20)
        with qtbot.waitSignal(studio.close_refused) as refused:
            studio.close()
        assert refused.args[0].title == "The disk is full"
        assert not closed
        studio.stay()
        record = work(studio)  # it goes on as before
        assert record.final is not None
    close(studio)
    back = make_studio(tmp_path, live=False)
    assert document_dict(back.document) == document_dict(studio.document)


def test_one_can_leave_without_saving(
    qtbot: Any,
    make_studio: Callable[..., Studio],
    tmp_path: Path,
    monkeypatch: Any,
    close: Close,
    is_saved: IsSaved,
    dab: Dab,
):
    studio = make_studio(tmp_path, live=False)
    qtbot.waitUntil(lambda: is_saved(studio))
    before = saved_document(studio)
    with monkeypatch.context() as patch:
        fill_the_disk(patch)
        dab(studio, 20)
        with qtbot.waitSignal(studio.close_refused):
            studio.close()
        with qtbot.waitSignal(studio.closed):
            studio.leave()
    back = make_studio(tmp_path, live=False)
    assert document_dict(back.document) == before


def test_a_read_that_hangs_holds_up_neither_saving_nor_closing(
    qtbot: Any,
    make_studio: Callable[..., Studio],
    tmp_path: Path,
    close: Close,
    is_saved: IsSaved,
    dab: Dab,
):
    studio = make_studio(tmp_path, live=False)
    answer = threading.Event()
    done: list[Any] = []
    studio._reader.submit(answer.wait, done.append)  # a network that has gone
    dab(studio, 20)
    qtbot.waitUntil(lambda: is_saved(studio))
    close(studio)
    assert studio.stuck  # whoever started it leaves without the thread
    answer.set()
    qtbot.waitUntil(lambda: not studio.stuck)
    assert done == []


@pytest.mark.skipif(os.name == "nt", reason="no pipes in folders there")
def test_a_pipe_is_no_picture(qtbot: Any, make_studio: Callable[..., Studio], tmp_path: Path):
    studio = make_studio(tmp_path, live=False)
    os.mkfifo(tmp_path / "pipe.png")
    with qtbot.waitSignal(studio.message) as said:
        studio.load_layer("colour", tmp_path / "pipe.png")
    assert isinstance(said.args[0], StudioError)


def test_a_disk_that_does_not_answer_is_said_and_the_end_asked_about(
    qtbot: Any,
    make_studio: Callable[..., Studio],
    tmp_path: Path,
    close: Close,
    is_saved: IsSaved,
    dab: Dab,
):
    studio = make_studio(tmp_path, live=False)
    qtbot.waitUntil(lambda: is_saved(studio) and not studio._autosaver._busy)
    answer = threading.Event()
    studio._scribe.submit(answer.wait)
    studio._autosaver._slow.setInterval(10)
    dab(studio, 20)
    qtbot.waitUntil(lambda: studio.saving.problem is not None)
    assert "does not answer" in str(studio.saving.problem)
    with qtbot.waitSignal(studio.close_refused):
        studio.close()
    with qtbot.waitSignal(studio.closed):
        answer.set()  # it has come to its end after all, and so does the studio
    back = make_studio(tmp_path, live=False)
    assert document_dict(back.document) == document_dict(studio.document)


def test_half_a_character_stops_no_save(
    qtbot: Any, make_studio: Callable[..., Studio], tmp_path: Path, close: Close, is_saved: IsSaved
):
    studio = make_studio(tmp_path, live=False)
    studio.set_setting("prompt", "half \ud83e an owl")  # Backspace takes half an emoji away
    with qtbot.waitSignal(studio.run_finished):
        studio.generate_once()
    qtbot.waitUntil(lambda: is_saved(studio))
    close(studio)
    assert studio.saving.problem is None
    back = make_studio(tmp_path, start=False)
    with qtbot.waitSignal(back.gallery_changed):
        back.start()
    assert back.settings.prompt == "half \ufffd an owl"
    assert len(back.gallery) == 1
