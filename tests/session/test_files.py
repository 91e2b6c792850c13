"""New, open, save: the work of a window and its file."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studio_app.core.errors import StudioError
from studio_app.document import deferring
from studio_app.document.results import Picture, RunRecord
from studio_app.document.store.documents import document_dict
from studio_app.document.store.ora_reading import read_ora
from studio_app.session.notices import Notice
from studio_app.session.studio import Studio
from tests.full_disk import fill_the_disk
from tests.session.filing import drawn, messages, open_file, save, save_and_draw_on, save_as

Close = Callable[[Studio], None]
Work = Callable[[Studio], RunRecord]
Dab = Callable[[Studio, float], None]
Make = Callable[..., Studio]


def kept(studio: Studio, work: Work) -> Picture:
    work(studio)
    picture = studio.gallery.newest
    assert picture is not None
    return picture


@pytest.fixture
def studio(make_studio: Make, tmp_path: Path) -> Studio:
    return make_studio(tmp_path / "home", live=False)


def test_a_drawing_is_saved_opened_and_the_same(
    qtbot: Any, studio: Studio, work: Work, dab: Dab, tmp_path: Path
):
    record = work(studio)
    before = drawn(studio)
    path = tmp_path / "knight.ora"
    assert studio.files.modified and studio.files.path is None
    save_as(qtbot, studio, path)
    assert not studio.files.modified
    dab(studio, 30)
    assert studio.files.modified
    studio.undo_stack.undo()
    assert not studio.files.modified  # back at what is in the file
    studio.files.new()
    qtbot.waitUntil(lambda: studio.files.path is None)
    assert not studio.files.modified and len(studio.gallery) == 0 and not studio.settings.prompt
    open_file(qtbot, studio, path)
    assert drawn(studio) == before and not studio.files.modified
    qtbot.waitUntil(lambda: len(studio.gallery) == 1)
    newest = studio.gallery.newest
    assert newest is not None and newest.request.digest == record.digest
    assert studio.files.recent == (path,)


def test_a_file_brings_its_pictures_to_whoever_opens_it_first(
    qtbot: Any, make_studio: Make, work: Work, tmp_path: Path
):
    one = make_studio(tmp_path / "one", live=False)
    work(one)
    one.star(one.gallery[0].id, True)
    save_as(qtbot, one, tmp_path / "knight.ora")
    one.files.leave()
    other = make_studio(tmp_path / "other", live=False)
    open_file(qtbot, other, tmp_path / "knight.ora")
    qtbot.waitUntil(lambda: len(other.gallery) == 1)
    assert other.gallery[0].starred and other.gallery[0].id == one.gallery[0].id
    assert (other.gallery[0].pixels == one.gallery[0].pixels).all()
    assert drawn(other) == drawn(one)


def test_what_was_not_saved_comes_back_with_its_file(
    qtbot: Any, studio: Studio, dab: Dab, tmp_path: Path
):
    path = tmp_path / "a.ora"
    dab(studio, 10)
    save_as(qtbot, studio, path)
    saved = drawn(studio)
    dab(studio, 40)
    left = drawn(studio)
    studio.files.new()
    qtbot.waitUntil(lambda: studio.files.path is None)
    said = messages(studio)
    open_file(qtbot, studio, path)
    assert drawn(studio) == left and studio.files.modified
    qtbot.waitUntil(  # once the file was compared
        lambda: any(isinstance(one, Notice) and one.key == "unsaved" for one in said)
    )
    studio.files.open_as_saved()
    qtbot.waitUntil(lambda: drawn(studio) == saved)
    assert not studio.files.modified


def test_a_start_with_the_file_of_the_last_work_goes_on_with_what_was_not_saved(
    qtbot: Any, make_studio: Make, close: Close, dab: Dab, tmp_path: Path
):
    home, path = tmp_path / "home", tmp_path / "a.ora"
    studio = make_studio(home, live=False)
    save_and_draw_on(qtbot, studio, dab, path)
    left = drawn(studio)
    close(studio)
    again = make_studio(home, live=False)
    came: list[bool] = []
    again.files.open(path, lambda: came.append(True))
    qtbot.waitUntil(lambda: bool(came))
    assert drawn(again) == left
    assert again.files.modified
    path.write_bytes(path.read_bytes() + b" ")  # by another program
    again.files.open(path, lambda: came.append(True))
    qtbot.waitUntil(lambda: len(came) == 2)
    assert drawn(again) != left
    assert not again.files.modified


def test_after_a_restart_the_work_still_belongs_to_its_file(
    qtbot: Any, make_studio: Make, close: Close, dab: Dab, tmp_path: Path
):
    home, path = tmp_path / "home", tmp_path / "a.ora"
    studio = make_studio(home, live=False)
    dab(studio, 10)
    save_as(qtbot, studio, path)
    close(studio)
    again = make_studio(home, live=False)
    assert again.files.path == path and not again.files.modified
    dab(again, 40)
    left = drawn(again)
    close(again)
    third = make_studio(home, live=False)
    assert third.files.path == path and third.files.modified and drawn(third) == left
    save(qtbot, third)
    assert document_dict(read_ora(path).document) == left


def test_a_second_window_reads_and_does_not_write(
    qtbot: Any, make_studio: Make, dab: Dab, tmp_path: Path
):
    one, other = (make_studio(tmp_path / name, live=False) for name in ("one", "other"))
    path = tmp_path / "a.ora"
    dab(one, 10)
    save_as(qtbot, one, path)
    said = messages(other)
    open_file(qtbot, other, path)
    assert other.files.read_only and not one.files.read_only
    assert any(isinstance(one, Notice) and one.key == "read only" for one in said)
    before = path.read_bytes()
    dab(other, 40)
    other.files.save()
    other.files.save_as(path)
    errors = [one for one in said if isinstance(one, StudioError)]
    assert [error.title for error in errors] == ["a.ora is open in another window"] * 2
    assert path.read_bytes() == before
    save_as(qtbot, other, tmp_path / "b.ora")
    assert not other.files.read_only
    save(qtbot, one)  # it still has its own
    assert document_dict(read_ora(path).document) == drawn(one)


def test_a_file_that_another_program_has_written_is_asked_about(
    qtbot: Any, studio: Studio, dab: Dab, tmp_path: Path
):
    path = tmp_path / "a.ora"
    dab(studio, 10)
    save_as(qtbot, studio, path)
    theirs = path.read_bytes() + b"of another program"
    path.write_bytes(theirs)
    asked: list[Any] = []
    studio.files.overwriting.connect(asked.append)
    save(qtbot, studio)
    assert len(asked) == 1 and "another program" in asked[0].title
    assert path.read_bytes() == theirs
    studio.files.save_anyway()
    qtbot.waitUntil(lambda: not studio.files.saving)
    assert document_dict(read_ora(path).document) == drawn(studio)
    assert (tmp_path / "a.ora.1~").read_bytes() == theirs
    os.utime(path)  # merely touched: it is still the file of before
    save(qtbot, studio)
    assert len(asked) == 1


def test_five_versions_are_kept_and_one_of_them_comes_back(
    qtbot: Any, studio: Studio, dab: Dab, tmp_path: Path
):
    path = tmp_path / "a.ora"
    saved: list[dict[str, Any]] = []
    for at in range(8):
        dab(studio, 7 * at)
        saved.append(drawn(studio))
        save_as(qtbot, studio, path) if at == 0 else save(qtbot, studio)
    names = [f"a.ora.{number}~" for number in range(1, 6)]
    assert sorted(one.name for one in tmp_path.glob("a.ora*")) == ["a.ora", *names]
    versions = studio.files.versions()
    assert [version.path.name for version in versions] == names
    assert [document_dict(read_ora(v.path).document) for v in versions] == saved[2:7][::-1]
    studio.files.open_version(versions[1].path)
    qtbot.waitUntil(lambda: drawn(studio) == saved[5])
    assert studio.files.path == path and studio.files.modified
    save(qtbot, studio)
    assert document_dict(read_ora(path).document) == saved[5]


def test_a_full_disk_is_said_and_the_next_try_succeeds(
    qtbot: Any, studio: Studio, dab: Dab, tmp_path: Path, monkeypatch: Any
):
    path = tmp_path / "a.ora"
    dab(studio, 10)
    save_as(qtbot, studio, path)
    before = path.read_bytes()
    said = messages(studio)
    dab(studio, 40)
    with monkeypatch.context() as patch:
        fill_the_disk(patch)
        save(qtbot, studio)
    errors = [one for one in said if isinstance(one, StudioError) and one.about == "file"]
    assert [error.title for error in errors] == ["The disk is full"]
    assert path.read_bytes() == before and studio.files.modified
    save(qtbot, studio)
    assert not studio.files.modified and document_dict(read_ora(path).document) == drawn(studio)


def test_a_save_is_cancelled_between_two_layers(
    qtbot: Any, studio: Studio, dab: Dab, tmp_path: Path
):
    path = tmp_path / "a.ora"
    dab(studio, 10)
    save_as(qtbot, studio, path)
    before, shares = path.read_bytes(), list[float]()
    studio.files.progressed.connect(shares.append)
    dab(studio, 40)
    studio.files.save()
    studio.files.cancel()
    qtbot.waitUntil(lambda: not studio.files.saving)
    assert path.read_bytes() == before and studio.files.modified and shares[-1] == 1
    save(qtbot, studio)
    assert path.read_bytes() != before


def test_a_file_that_is_none_changes_nothing(qtbot: Any, studio: Studio, dab: Dab, tmp_path: Path):
    dab(studio, 10)
    before, said = drawn(studio), messages(studio)
    broken = tmp_path / "broken.ora"
    broken.write_bytes(b"PK\x03\x04 nothing of the kind")
    for path in (broken, tmp_path / "missing.ora"):
        with qtbot.waitSignal(studio.message):
            studio.files.open(path)
    assert [type(one) for one in said] == [StudioError, type(said[1])]
    assert all(isinstance(one, StudioError) for one in said) and drawn(studio) == before
    assert studio.files.path is None and studio.files.recent == ()


def test_a_file_that_is_none_takes_nothing_from_what_is_being_made(
    qtbot: Any, studio: Studio, work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(deferring, "AT_ONCE", 0)  # as on a large canvas
    picture, broken, gate = kept(studio, work), tmp_path / "broken.ora", threading.Event()
    broken.write_bytes(b"PK\x03\x04 nothing of the kind")
    studio._reader.submit(gate.wait)
    put: list[str] = []
    studio.put_picture("colour", picture, 0, "Put on the canvas", put.append)
    studio.files.open(broken)
    with qtbot.waitSignal(studio.message, check_params_cb=lambda said: said.about == "open file"):
        gate.set()
    qtbot.waitUntil(lambda: not studio.works.busy)
    assert put and studio.document.stack.node(put[0]) is not None


def test_nor_does_an_end_that_does_not_come(
    qtbot: Any, studio: Studio, work: Work, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(deferring, "AT_ONCE", 0)
    picture, gate, put = kept(studio, work), threading.Event(), list[str]()
    studio._reader.submit(gate.wait)
    studio.put_picture("colour", picture, 0, "Put on the canvas", put.append)
    with monkeypatch.context() as patch:
        fill_the_disk(patch)
        with qtbot.waitSignal(studio.close_refused):
            studio.close()
        studio.stay()
    gate.set()
    qtbot.waitUntil(lambda: not studio.works.busy)
    assert put and studio.document.stack.node(put[0]) is not None


def test_a_kill_between_the_save_and_the_word_of_it_asks_nothing(
    qtbot: Any, make_studio: Make, close: Close, dab: Dab, tmp_path: Path, monkeypatch: Any
):
    """The file is the very drawing that the journal has: nobody else wrote it."""
    home, path = tmp_path / "home", tmp_path / "a.ora"
    studio = make_studio(home, live=False)
    dab(studio, 10)
    save_as(qtbot, studio, path)
    stale = studio.files.tie
    dab(studio, 40)
    save(qtbot, studio)
    studio.files.tie = stale
    close(studio)
    again = make_studio(home, live=False)
    qtbot.waitUntil(lambda: not again.files.modified)
    asked: list[Any] = []
    again.files.overwriting.connect(asked.append)
    save(qtbot, again)
    assert asked == []


def test_without_a_folder_for_work_files_are_saved_and_opened_all_the_same(
    qtbot: Any, make_studio: Make, dab: Dab, tmp_path: Path
):
    studio = make_studio(None, live=False)
    dab(studio, 10)
    before = drawn(studio)
    save_as(qtbot, studio, tmp_path / "a.ora")
    studio.files.new()
    qtbot.waitUntil(lambda: studio.files.path is None)
    assert drawn(studio) != before
    open_file(qtbot, studio, tmp_path / "a.ora")
    assert drawn(studio) == before


def test_a_stroke_that_is_drawn_while_a_file_is_read_is_not_lost(
    qtbot: Any, studio: Studio, dab: Dab, tmp_path: Path, monkeypatch: Any
):
    path = tmp_path / "a.ora"
    dab(studio, 10)
    save_as(qtbot, studio, path)
    studio.files.new()
    qtbot.waitUntil(lambda: studio.files.path is None)
    folder = studio._autosaver.folder
    there: list[int] = []
    studio.files.open(path, lambda: there.append(1))
    dab(studio, 50)
    left = drawn(studio)
    qtbot.waitUntil(lambda: bool(there))
    found = next(one for one in studio.waiting_work() if one.folder == folder)
    studio.open_work(found.folder)
    qtbot.waitUntil(lambda: studio.files.path is None)
    assert drawn(studio) == left
