"""First starts, bad starts, closing in the middle, and coming back after a kill."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio_app.app import sample_path
from studio_app.core.errors import StudioError
from studio_app.document.store.sessions import SavedSession
from studio_app.engine.factory import make_engine
from studio_app.session.notices import Notice
from studio_app.session.studio import Studio
from tests.nodes import depth_of


def test_a_first_start_shows_a_picture_without_touching_anything(open_desk: Callable[..., Any]):
    desk = open_desk(sample=sample_path())
    desk.qtbot.waitUntil(lambda: len(desk.studio.gallery) > 0)
    assert desk.studio.settings.prompt
    assert not depth_of(desk.studio.document).untouched
    assert desk.window.viewer.model.image("x0") is not None
    assert desk.window.message_bar.shown is None


def test_the_window_works_while_the_model_loads(open_desk: Callable[..., Any]):
    desk = open_desk(wait=False)
    desk.type("a red owl")
    desk.draw([(0.4, 0.4), (0.6, 0.6)])
    assert desk.studio.settings.prompt == "a red owl"
    assert not depth_of(desk.studio.document).untouched
    desk.qtbot.waitUntil(lambda: len(desk.studio.gallery) > 0)
    assert desk.studio.gallery[-1].request.controls


def test_start_with_no_model(open_desk: Callable[..., Any], tmp_path: Path, tiny_model: Path):
    desk = open_desk(model=str(tmp_path / "nowhere"), wait=False)
    desk.qtbot.waitUntil(lambda: isinstance(desk.window.message_bar.shown, StudioError))
    assert desk.window.message_bar.action.isVisible()
    desk.type("a red owl")
    assert desk.studio.settings.prompt == "a red owl"
    record = desk.finished(lambda: desk.studio.open_model(str(tiny_model)))
    assert record.request.prompt == "a red owl"


def test_close_in_the_middle_of_a_run(open_desk: Callable[..., Any]):
    desk = open_desk()
    desk.studio.set_settings({"prompt": "a red owl", "sampler": "ddim", "steps": 100})
    desk.qtbot.waitUntil(lambda: desk.studio.busy)
    with desk.qtbot.waitSignal(desk.studio.closed):
        desk.window.close()
    assert not [run for run in desk.studio.runs if run.final is not None]  # nobody waited for it
    assert not desk.window.isVisible()
    desk.qtbot.waitUntil(lambda: not desk.studio.stuck)


def test_kill_and_come_back(open_desk: Callable[..., Any], own_home: Path):
    desk = open_desk()
    kept: list[SavedSession] = []
    desk.studio.saved.connect(kept.append)
    desk.finished(lambda: desk.type("a red owl"))
    desk.draw([(0.4, 0.4), (0.6, 0.6)])
    desk.calm()
    desk.studio.star(desk.studio.gallery[0].id, True)
    keeper = desk.studio._autosaver

    def is_kept() -> bool:
        """The star is, and nothing is being written."""
        writes = keeper._dirty or keeper._busy or keeper._storing._busy
        return bool(kept) and any(p.starred for p in kept[-1].pictures) and not writes

    desk.qtbot.waitUntil(is_kept)
    # A killed process leaves its files as they are now: a second studio reads them meanwhile.
    copy = own_home.parent / f"{own_home.name}-copy"
    shutil.copytree(own_home, copy)
    for lock in copy.rglob("lock"):
        lock.unlink()  # a dead process holds none
    said: list[object] = []
    back = Studio(copy, "nowhere", make_engine=make_engine)
    back.message.connect(said.append)
    back.start()
    desk.qtbot.waitUntil(lambda: len(back.gallery) > 0)
    assert back.settings.prompt == "a red owl"
    assert not depth_of(back.document).untouched
    assert back.gallery[0].starred
    assert any(isinstance(notice, Notice) and notice.key == "recovered" for notice in said)
    with desk.qtbot.waitSignal(back.closed):
        back.close()
    desk.qtbot.waitUntil(lambda: not back.stuck)


def test_broken_settings_are_kept_aside_and_said(own_home: Path, open_desk: Callable[..., Any]):
    (own_home / "window.json").write_text("{broken", encoding="utf-8")
    desk = open_desk(wait=False)
    shown = desk.window.message_bar.shown
    assert isinstance(shown, Notice)
    assert shown.key == "settings"
    assert (own_home / "window.broken-1.json").read_text(encoding="utf-8") == "{broken"
