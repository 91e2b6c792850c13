"""Another model while one paints: the window stays awake, and the drawing stays whole."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QTimer

from studio_app.core.capabilities import Capabilities
from studio_app.core.engine import Progress, quiet
from studio_app.document.store.documents import document_dict
from studio_app.engine.engine import DiffusionEngine
from tests.nodes import depth_of


class SlowEngine(DiffusionEngine):
    """The real one, on a disk that gives nothing until `go` is set."""

    go = threading.Event()
    waiting = threading.Event()

    def load(self, model: str, progress: Progress = quiet) -> Capabilities:
        self.waiting.set()
        assert self.go.wait(120)
        return super().load(model, progress)


@pytest.fixture
def slow() -> type[SlowEngine]:
    SlowEngine.go.set()
    SlowEngine.waiting.clear()
    return SlowEngine


def test_painting_goes_on_while_a_model_of_another_family_is_read(
    open_desk: Callable[..., Any],
    slow: type[SlowEngine],
    make_sd15: Callable[..., Path],
    tiny_model: Path,
):
    desk = open_desk(engine=slow)
    studio = desk.studio
    desk.finished(lambda: desk.type("a red owl"))
    for model in (str(make_sd15()), str(tiny_model)):
        slow.go.clear()
        slow.waiting.clear()
        turns = [0]
        beat = QTimer()
        beat.timeout.connect(lambda turns=turns: turns.__setitem__(0, turns[0] + 1))
        studio.open_model(model)
        desk.qtbot.waitUntil(slow.waiting.is_set)  # the engine's thread hangs in it from here on
        beat.start(0)
        before = depth_of(studio.document)
        desk.draw([(0.3, 0.3), (0.5, 0.6), (0.7, 0.3)])
        assert depth_of(studio.document) is not before
        desk.qtbot.waitUntil(lambda turns=turns: turns[0] > 200)  # the window's loop goes round
        beat.stop()
        painted = drawing(studio)
        assert studio.model != model
        slow.go.set()
        desk.qtbot.waitUntil(lambda model=model: studio.model == model and studio.model_ready)
        desk.calm()
        assert drawing(studio) == painted
        record = desk.finished(lambda: desk.draw([(0.2, 0.8), (0.8, 0.8)]))
        assert record.request.model == model and record.request.controls
        undo = desk.window.command["undo"]
        undo.trigger()
        assert drawing(studio) == painted


def drawing(studio: Any) -> dict[str, Any]:
    """All of the document but its knobs."""
    whole = document_dict(studio.document)
    return {name: value for name, value in whole.items() if name not in ("settings", "revision")}


def test_a_model_that_cannot_be_read_leaves_the_one_that_draws(desk: Any, tmp_path: Path):
    studio, last = desk.studio, desk.studio.model
    path = tmp_path / "cut.safetensors"
    path.write_bytes(b"\xff\0\0\0\0\0\0\0{}")
    desk.finished(lambda: desk.type("a red owl"))
    with desk.qtbot.waitSignal(
        studio.message, check_params_cb=lambda said: "cut.safetensors" in str(said)
    ):
        studio.open_model(str(path))
    assert (studio.model, studio.model_ready) == (last, True)
    record = desk.finished(lambda: desk.draw([(0.3, 0.3), (0.6, 0.6)]))
    assert record.request.model == last


def test_a_folder_that_bears_the_embedded_models_name_does_not_replace_it_unseen(
    open_desk: Callable[..., Any],
    own_home: Path,
    tiny_model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    for folder in (tmp_path / "embedded", own_home / "models"):
        shutil.copytree(tiny_model, folder / "underpaint-256")
    monkeypatch.setenv("UNDERPAINT_MODELS", str(tmp_path / "embedded"))
    desk, said = open_desk("underpaint-256", wait=False), list[Any]()
    desk.studio.message.connect(said.append)
    desk.qtbot.waitUntil(lambda: any("Your own underpaint-256 draws" in str(item) for item in said))
    assert any(str(own_home / "models") in str(item) for item in said)
    desk.qtbot.waitUntil(lambda: desk.studio.model_ready)
