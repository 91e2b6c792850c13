"""When work is saved, what is said where it can't be, and what waits for what."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studio_app.core.errors import StudioError
from studio_app.document.results import RunRecord
from studio_app.document.store.documents import document_dict
from studio_app.document.store.session_folder import read_folder, read_results
from studio_app.session.studio import Studio

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


def fill_the_disk(patch: Any) -> None:
    def full(*names: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(names[1]))

    patch.setattr(os, "replace", full)


def test_a_stroke_is_saved_soon_after_the_pen_lifts_and_nothing_else_is_written(
    qtbot: Any,
    make_studio: Callable[..., Studio],
    tmp_path: Path,
    monkeypatch: Any,
    is_saved: IsSaved,
    dab: Dab,
):
    studio = make_studio(tmp_path, live=False)
    qtbot.waitUntil(lambda: is_saved(studio) and not studio._autosaver._busy)
    written: list[str] = []
    replace = os.replace

    def count(source: Any, target: Any) -> None:
        written.append(Path(target).name)
        replace(source, target)

    monkeypatch.setattr(os, "replace", count)
    with qtbot.waitSignal(studio.saved, timeout=20_000):
        dab(studio, 20)
        # The hand rests: it need not even wait for the second that it may.
        for timer, most in ((studio._autosaver._pause, 300), (studio._autosaver._longest, 1000)):
            assert timer.isActive() and timer.interval() <= most
    assert is_saved(studio)
    tiles = [name for name in written if name.endswith(".tile")]
    assert len(tiles) == 2  # of what the depth is, and of what is known of it
    assert sorted(set(written) - set(tiles)) == ["document.json"]
    assert len(written) == 3


def test_who_never_rests_is_saved_too_and_not_at_every_stroke(
    qtbot: Any, make_studio: Callable[..., Studio], tmp_path: Path, dab: Dab
):
    studio = make_studio(tmp_path, live=False, autosave_s=0.3)
    saves: list[Any] = []
    studio.saved.connect(saves.append)
    strokes = 0
    # No pause as long as the shortest one that would bring a save by itself.
    studio._autosaver._pause.setInterval(3_600_000)

    def draw() -> bool:
        nonlocal strokes
        strokes += 1
        dab(studio, strokes % 50)
        return len(saves) >= 4

    qtbot.waitUntil(draw, timeout=60_000)
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
        fill_the_disk(patch)
        tried: list[int] = []
        replace = os.replace
        patch.setattr(os, "replace", lambda *names: (tried.append(1), replace(*names)))
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
    with qtbot.waitSignal(studio.copied, timeout=20_000) as copied:
        studio.save_copy(elsewhere)
    copy = read_folder(copied.args[0])
    assert copy.document is not None
    assert document_dict(copy.document) == document_dict(studio.document)
    assert read_results(copy.unread).pictures[0].request == record.request
    if obstacle == "file":
        home.unlink()  # and where it can be used again, saving begins by itself
    qtbot.waitUntil(lambda: studio.saving.problem is None, timeout=20_000)
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
        with qtbot.waitSignal(studio.close_refused, timeout=20_000) as refused:
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
        with qtbot.waitSignal(studio.close_refused, timeout=20_000):
            studio.close()
        with qtbot.waitSignal(studio.closed, timeout=20_000):
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
    qtbot.waitUntil(lambda: not studio.stuck, timeout=20_000)
    assert done == []


@pytest.mark.skipif(os.name == "nt", reason="no pipes in folders there")
def test_a_pipe_is_no_picture(qtbot: Any, make_studio: Callable[..., Studio], tmp_path: Path):
    studio = make_studio(tmp_path, live=False)
    os.mkfifo(tmp_path / "pipe.png")
    with qtbot.waitSignal(studio.message, timeout=20_000) as said:
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
    studio._saver.submit(answer.wait)
    studio._autosaver._slow.setInterval(10)
    dab(studio, 20)
    qtbot.waitUntil(lambda: studio.saving.problem is not None)
    assert "does not answer" in str(studio.saving.problem)
    with qtbot.waitSignal(studio.close_refused, timeout=20_000):
        studio.close()
    with qtbot.waitSignal(studio.closed, timeout=20_000):
        answer.set()  # it has come to its end after all, and so does the studio
    back = make_studio(tmp_path, live=False)
    assert document_dict(back.document) == document_dict(studio.document)


def test_half_a_character_stops_no_save(
    qtbot: Any, make_studio: Callable[..., Studio], tmp_path: Path, close: Close, is_saved: IsSaved
):
    studio = make_studio(tmp_path, live=False)
    studio.set_setting("prompt", "half \ud83e an owl")  # Backspace takes half an emoji away
    with qtbot.waitSignal(studio.run_finished, timeout=20_000):
        studio.generate_once()
    qtbot.waitUntil(lambda: is_saved(studio))
    close(studio)
    assert studio.saving.problem is None
    back = make_studio(tmp_path, start=False)
    with qtbot.waitSignal(back.gallery_changed, timeout=20_000):
        back.start()
    assert back.settings.prompt == "half \ufffd an owl"
    assert len(back.gallery) == 1
