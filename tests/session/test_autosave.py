"""The work comes back: after a close, after a kill, after a broken file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio_app.core.errors import StudioError
from studio_app.document.pictures import write_png
from studio_app.document.results import RunRecord
from studio_app.document.store import journal
from studio_app.document.store.documents import document_dict
from studio_app.session.studio import Studio
from tests.nodes import colour_of, depth_of, pose_of
from tests.old_folder import change_document, change_state, in_journal, state_of

ROOT = Path(__file__).resolve().parents[2]
Close = Callable[[Studio], None]
Work = Callable[[Studio], RunRecord]
IsSaved = Callable[[Studio], bool]
Dab = Callable[[Studio, float], None]

# A studio that draws, waits until it was saved, says so, and then goes on for ever.
PAINTER = """
import sys, time
from pathlib import Path
from PySide6.QtGui import QGuiApplication
from studio_app.document.brushes import Brush
from studio_app.document.strokes import Sample
from studio_app.engine.factory import make_engine
from studio_app.session.studio import Studio
app = QGuiApplication([])
home, model = Path(sys.argv[1]), sys.argv[2]
studio = Studio(home, model, make_engine=make_engine, autosave_s=0.1)
studio.set_live(False)
studio.start()
def until(done):
    while not done():
        app.processEvents()
        time.sleep(0.005)
until(lambda: studio.model_ready)
studio.set_setting("prompt", "a red potion")
studio.begin_stroke("depth", Brush(size=12), Sample(10, 10))
studio.stroke_to(Sample(40, 40))
studio.end_stroke()
studio.generate_once()
until(lambda: len(studio.gallery) == 1)
studio.star(studio.gallery[0].id, True)
found = []
studio.saved.connect(lambda saved: found.extend(p for p in saved.pictures if p.starred))
until(lambda: found and len(studio._autosaver._slot.writer._stored) == 2)  # a picture and its run
until(lambda: not studio._autosaver._dirty and not studio._autosaver._busy)
print("saved", flush=True)
until(lambda: False)
"""


def session_of(studio: Studio) -> Path:
    folder = studio._autosaver.folder
    assert folder is not None
    return folder


def test_a_closed_studio_s_work_is_there_at_the_next_start(
    qtbot: Any, make_studio: Callable[..., Studio], tmp_path: Path, close: Close, work: Work
):
    first = make_studio(tmp_path, live=False)
    record = work(first)
    first.star(first.gallery[0].id, True)
    close(first)
    said: list[Any] = []
    second = make_studio(tmp_path, start=False)
    second.message.connect(said.append)
    with qtbot.waitSignal(second.runs_changed):
        second.start()
    assert second.settings == first.settings
    assert not second.live
    assert np.array_equal(
        colour_of(second.document).rgba.whole, colour_of(first.document).rgba.whole
    )
    assert np.array_equal(
        pose_of(second.document).people[0].joints, pose_of(first.document).people[0].joints
    )
    assert second.gallery[0].starred
    assert second.gallery[0].request == record.request
    assert record.final is not None
    assert np.array_equal(second.gallery[0].pixels, record.final)
    again = second.runs[0]
    assert [step.i for step in again.steps] == [0, 1, 2, 3]
    assert np.array_equal(again.steps[2].x_t, record.steps[2].x_t)
    assert np.array_equal(again.steps[2].denoised, record.steps[2].denoised)
    assert said == []
    # What is saved again keeps its files; nothing is written twice.
    names = sorted(path.name for path in (tmp_path / "sessions/1").rglob("*.png"))
    close(second)
    assert sorted(path.name for path in (tmp_path / "sessions/1").rglob("*.png")) == names
    assert state_of(tmp_path / "sessions/1")["clean"]


def test_after_a_kill_the_work_is_there_and_it_is_said(
    qtbot: Any, make_studio: Callable[..., Studio], tmp_path: Path, tiny_model: Path, close: Close
):
    command = [sys.executable, "-c", PAINTER, str(tmp_path), str(tiny_model)]
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    painter = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT
    )
    assert painter.stdout is not None
    assert painter.stdout.readline() == "saved\n"
    painter.send_signal(signal.SIGKILL)
    painter.wait()
    painter.stdout.close()
    said: list[Any] = []
    studio = make_studio(tmp_path, start=False)
    studio.message.connect(said.append)
    with qtbot.waitSignal(studio.runs_changed):
        studio.start()
    assert studio.settings.prompt == "a red potion"
    assert depth_of(studio.document).known.whole[25, 25] > 0
    assert studio.gallery[0].starred
    assert len(studio.runs) == 1
    assert [notice.key for notice in said] == ["recovered"]


def test_words_that_were_typed_before_the_work_was_there_stay(
    make_studio: Callable[..., Studio], tmp_path: Path, close: Close
):
    first = make_studio(tmp_path, live=False)
    first.set_settings({"prompt": "a red potion", "negative_prompt": "smoke", "seed": 5})
    close(first)
    studio = make_studio(tmp_path, start=False)
    studio.set_setting("prompt", "a kn", merge=True)
    studio.set_live(False)
    studio.start()
    assert (studio.settings.prompt, studio.settings.negative_prompt) == ("a kn", "smoke")
    assert studio.settings.seed == 5
    studio.undo_stack.undo()
    assert studio.settings.prompt == "a red potion"
    assert not studio.undo_stack.canUndo()


def put_far_away(value: dict[str, Any]) -> None:
    pose = next(item for item in value["stack"] if item["kind"] == "pose")
    pose["content"]["people"][0][0][0] = 10**400


@pytest.mark.parametrize("damage", ["cut", "10**400", "newer", "session"])
def test_what_can_t_be_read_is_never_saved_over(
    qtbot: Any,
    make_studio: Callable[..., Studio],
    tmp_path: Path,
    damage: str,
    close: Close,
    work: Work,
    is_saved: IsSaved,
    dab: Dab,
):
    first = make_studio(tmp_path, live=False)
    work(first)
    close(first)
    folder = tmp_path / "sessions" / "1"
    path = folder / journal.NAME
    if damage == "cut":
        in_journal(folder, "UPDATE document SET text = substr(text, 1, 99)")
    elif damage == "session":
        in_journal(folder, "UPDATE state SET value = '{' WHERE name = 'session'")
    elif damage == "newer":
        change_document(folder, lambda value: value.update(format=99))
    else:
        change_document(folder, put_far_away)
    original = path.read_bytes()
    said: list[Any] = []
    studio = make_studio(tmp_path, start=False)
    studio.message.connect(said.append)
    studio.start()
    assert isinstance(said[0], StudioError)
    if damage != "newer":
        qtbot.waitUntil(lambda: len(studio.gallery) == 1)  # the picture is not lost with it
    dab(studio, 20)
    qtbot.waitUntil(lambda: is_saved(studio))
    close(studio)
    kept = [other for other in tmp_path.rglob(path.name) if other.read_bytes() == original]
    assert len(kept) == 1
    assert len(list(kept[0].parent.rglob("*.png"))) == 1
    assert str(kept[0].parent) in said[0].hint


def test_one_unreadable_picture_is_kept_and_said(
    qtbot: Any, make_studio: Callable[..., Studio], tmp_path: Path, close: Close, work: Work
):
    first = make_studio(tmp_path, live=False)
    work(first)
    first.set_setting("seed", 99)
    with qtbot.waitSignal(first.run_finished):
        first.generate_once()
    close(first)
    png = tmp_path / "sessions" / "1" / "pictures" / f"{first.gallery[0].id}.png"
    broken = png.read_bytes()[:500]
    png.write_bytes(broken)
    studio = make_studio(tmp_path, start=False)
    with qtbot.waitSignal(
        studio.message, check_params_cb=lambda m: isinstance(m, StudioError)
    ) as said:
        studio.start()
    aside = Path(said.args[0].hint.removeprefix("Kept in "))
    assert (aside / png.name).read_bytes() == broken
    assert [picture.id for picture in studio.gallery] == [first.gallery[1].id]
    close(studio)
    assert (aside / png.name).read_bytes() == broken


def test_two_studios_at_once_keep_their_own_work(
    qtbot: Any, make_studio: Callable[..., Studio], tmp_path: Path
):
    one = make_studio(tmp_path, live=False)
    two = make_studio(tmp_path, live=False)
    assert session_of(one) == tmp_path / "sessions" / "1"
    assert session_of(two) == tmp_path / "sessions" / "2"


def test_the_work_of_every_studio_that_was_killed_is_offered(
    qtbot: Any,
    make_studio: Callable[..., Studio],
    tmp_path: Path,
    close: Close,
    work: Work,
    is_saved: IsSaved,
    dab: Dab,
):
    studio, other = (make_studio(tmp_path, live=False) for _ in range(2))
    studio.set_setting("prompt", "owl 1")
    dab(studio, 20)
    work(other)
    other.set_setting("prompt", "owl 2")
    close(other)
    close(studio)
    for path in tmp_path.rglob(journal.NAME):  # as a kill leaves them
        change_state(path.parent, clean=False)
    said: list[Any] = []
    back = make_studio(tmp_path, start=False, live=False)
    back.message.connect(said.append)
    back.start()
    assert back.settings.prompt == "owl 1"
    assert [notice.key for notice in said] == ["recovered"]
    assert "another window" in said[0].detail
    (waiting,) = back.waiting_work()
    assert (waiting.prompt, waiting.pictures, waiting.unclean) == ("owl 2", 1, True)
    back.set_setting("prompt", "owl 1, better")
    back.open_work(waiting.folder)
    qtbot.waitUntil(lambda: back.settings.prompt == "owl 2")
    qtbot.waitUntil(lambda: len(back.gallery) == 1)
    assert not back.undo_stack.canUndo()
    (waiting,) = back.waiting_work()  # what was open before is not lost
    assert (waiting.prompt, waiting.unclean) == ("owl 1, better", False)
    qtbot.waitUntil(lambda: is_saved(back))
    assert session_of(back).name == "2"


def test_a_copy_that_was_saved_elsewhere_can_be_opened(
    qtbot: Any, make_studio: Callable[..., Studio], tmp_path: Path, work: Work, is_saved: IsSaved
):
    studio = make_studio(tmp_path / "home", live=False)
    work(studio)
    with qtbot.waitSignal(studio.copied) as copied:
        studio.save_copy(tmp_path)
    before = document_dict(studio.document)
    studio.clear_document()
    studio.set_setting("prompt", "another")
    studio.open_work(copied.args[0])
    qtbot.waitUntil(lambda: document_dict(studio.document) == before)
    qtbot.waitUntil(lambda: len(studio.gallery) == 1 and len(studio.runs) == 1)
    qtbot.waitUntil(lambda: is_saved(studio))
    assert session_of(studio).parent == tmp_path / "home" / "sessions"
    with qtbot.waitSignal(studio.message) as said:
        studio.open_work(tmp_path / "nowhere")
    assert isinstance(said.args[0], StudioError)
    assert document_dict(studio.document) == before


def test_closing_before_the_pictures_were_read_loses_none(
    qtbot: Any,
    make_studio: Callable[..., Studio],
    tmp_path: Path,
    close: Close,
    work: Work,
    dab: Dab,
):
    first = make_studio(tmp_path, live=False)
    work(first)
    close(first)
    answer = threading.Event()
    second = make_studio(tmp_path, start=False)
    second._reader.submit(answer.wait)  # before its turn comes
    second.start()
    assert len(second.gallery) == 0
    dab(second, 20)
    close(second)
    answer.set()
    third = make_studio(tmp_path, start=False)
    with qtbot.waitSignal(third.gallery_changed):
        third.start()
    assert [picture.id for picture in third.gallery] == [first.gallery[0].id]
    assert len(third.runs) == 1


def test_a_layer_that_was_read_for_another_size_is_read_again(
    qtbot: Any, make_studio: Callable[..., Studio], tmp_path: Path, is_saved: IsSaved
):
    studio = make_studio(tmp_path, live=False)
    picture = tmp_path / "picture.png"
    write_png(picture, np.full((64, 64, 3), 200, np.uint8))
    answer = threading.Event()
    studio._reader.submit(answer.wait)
    studio.load_layer("colour", picture)
    studio.set_size(128, 64)
    answer.set()
    qtbot.waitUntil(lambda: not colour_of(studio.document).untouched)
    assert colour_of(studio.document).rgba.whole.shape == (64, 128, 4)
    qtbot.waitUntil(lambda: is_saved(studio))


def test_where_the_last_model_is_gone_the_usual_one_opens(
    qtbot: Any, make_studio: Callable[..., Studio], tmp_path: Path, engine: Any, close: Close
):
    close(make_studio(tmp_path, live=False))
    change_state(tmp_path / "sessions" / "1", model="gone")
    studio = make_studio(tmp_path)
    assert engine.loads[-2:] == ["gone", studio.model]
