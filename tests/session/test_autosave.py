"""The work comes back: after a close, after a kill, after a broken file."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from studio_app.core.errors import StudioError
from studio_app.document.layers import standing_person
from studio_app.document.strokes import Brush, Sample
from studio_app.session.studio import Studio

ROOT = Path(__file__).resolve().parents[2]

# A studio that draws, waits until it was saved, says so, and then goes on for ever.
PAINTER = """
import sys, time
from pathlib import Path
from PySide6.QtGui import QGuiApplication
from studio_app.document.strokes import Brush, Sample
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
state = home / "sessions" / "1" / "session.json"
until(lambda: state.exists() and '"starred": true' in state.read_text())
print("saved", flush=True)
until(lambda: False)
"""


def close(qtbot: Any, studio: Studio) -> None:
    with qtbot.waitSignal(studio.closed, timeout=20_000):
        studio.close()


def work(qtbot: Any, studio: Studio) -> Any:
    studio.set_setting("prompt", "a red potion")
    studio.set_people((standing_person(64, 64),), "Add a person")
    studio.begin_stroke("colour", Brush(size=12, colour=(200, 0, 0)), Sample(10, 10))
    studio.stroke_to(Sample(40, 40))
    studio.end_stroke()
    with qtbot.waitSignal(studio.run_finished, timeout=20_000) as blocker:
        studio.generate_once()
    return blocker.args[0]


def test_a_closed_studio_s_work_is_there_at_the_next_start(
    qtbot: Any, make_studio: Callable[..., Studio], tmp_path: Path
):
    first = make_studio(tmp_path, live=False)
    record = work(qtbot, first)
    first.star(first.gallery[0].id, True)
    close(qtbot, first)
    said: list[Any] = []
    second = make_studio(tmp_path, start=False)
    second.message.connect(said.append)
    with qtbot.waitSignal(second.runs_changed, timeout=20_000):
        second.start()
    assert second.settings == first.settings
    assert not second.live
    assert np.array_equal(second.document.colour.rgba, first.document.colour.rgba)
    assert np.array_equal(
        second.document.pose.people[0].joints, first.document.pose.people[0].joints
    )
    assert second.gallery[0].starred
    assert second.gallery[0].request == record.request
    assert np.array_equal(second.gallery[0].pixels, record.final)
    again = second.runs[0]
    assert [step.i for step in again.steps] == [0, 1, 2, 3]
    assert np.array_equal(again.steps[2].x_t, record.steps[2].x_t)
    assert np.array_equal(again.steps[2].denoised, record.steps[2].denoised)
    assert said == []
    # What is saved again keeps its files; nothing is written twice.
    names = sorted(path.name for path in (tmp_path / "sessions/1").rglob("*.png"))
    close(qtbot, second)
    assert sorted(path.name for path in (tmp_path / "sessions/1").rglob("*.png")) == names
    assert json.loads((tmp_path / "sessions/1/session.json").read_text())["clean"]


def test_after_a_kill_the_work_is_there_and_it_is_said(
    qtbot: Any, make_studio: Callable[..., Studio], tmp_path: Path, tiny_model: Path
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
    with qtbot.waitSignal(studio.runs_changed, timeout=20_000):
        studio.start()
    assert studio.settings.prompt == "a red potion"
    assert studio.document.depth.known[25, 25] > 0
    assert studio.gallery[0].starred
    assert len(studio.runs) == 1
    assert [notice.key for notice in said] == ["recovered"]


def test_a_broken_document_is_kept_aside(
    qtbot: Any, make_studio: Callable[..., Studio], tmp_path: Path
):
    folder = tmp_path / "sessions" / "1"
    folder.mkdir(parents=True)
    (folder / "document.json").write_text('{"format": 1, "settings":')
    said: list[Any] = []
    studio = make_studio(tmp_path, start=False)
    studio.message.connect(said.append)
    studio.start()
    assert isinstance(said[0], StudioError)
    assert "document.broken-1.json" in said[0].hint
    assert (folder / "document.broken-1.json").exists()
    assert studio.document.depth.untouched


def test_two_studios_at_once_keep_their_own_work(
    qtbot: Any, make_studio: Callable[..., Studio], tmp_path: Path
):
    one = make_studio(tmp_path, start=False)
    two = make_studio(tmp_path, start=False)
    assert one._saver.folder == tmp_path / "sessions" / "1"
    assert two._saver.folder == tmp_path / "sessions" / "2"


def test_a_full_disk_is_said_once_and_nothing_is_lost(
    qtbot: Any, make_studio: Callable[..., Studio], tmp_path: Path, monkeypatch: Any
):
    studio = make_studio(tmp_path, live=False, autosave_s=0.05)
    path = tmp_path / "sessions" / "1" / "document.json"
    qtbot.waitUntil(path.exists)
    before = path.read_bytes()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device", str(path))

    said: list[Any] = []
    studio.message.connect(said.append)
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        studio.set_setting("prompt", "a red potion")
        qtbot.waitUntil(lambda: bool(said))
        qtbot.wait(200)
    assert [error.title for error in said] == ["The disk is full"]
    qtbot.waitUntil(lambda: path.read_bytes() != before)


def test_where_the_last_model_is_gone_the_usual_one_opens(
    qtbot: Any, make_studio: Callable[..., Studio], tmp_path: Path, engine: Any
):
    close(qtbot, make_studio(tmp_path, live=False))
    state = tmp_path / "sessions" / "1" / "session.json"
    value = json.loads(state.read_text())
    state.write_text(json.dumps(value | {"model": "gone"}))
    studio = make_studio(tmp_path)
    assert engine.loads[-2:] == ["gone", studio.model]
