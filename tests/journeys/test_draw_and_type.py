"""From an empty canvas to a saved PNG, as somebody who never read a manual."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from studio_app.core.request import GenerationRequest
from studio_app.document.recipes import read_recipe
from tests.nodes import depth_of

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def test_a_typed_word_and_a_few_strokes_become_a_saved_picture(desk: Any, tmp_path: Path):
    first = desk.finished(lambda: desk.type("a red owl"))
    assert first.request.prompt == "a red owl"
    assert first.request.controls == ()
    assert len(first.steps) == 4
    assert desk.window.viewer.model.picture_size().width() == 64

    drawn = desk.finished(lambda: desk.draw([(0.4, 0.4), (0.5, 0.5), (0.6, 0.6)]))
    assert [control.kind for control in drawn.request.controls] == ["depth"]
    assert not np.array_equal(drawn.final, first.final)

    path = tmp_path / "owl.png"
    with desk.qtbot.waitSignal(desk.studio.message):
        desk.studio.save_picture(desk.studio.gallery[-1], path)
    assert read_recipe(path) == drawn.request
    assert desk.window.message_bar.shown.key == "saved"
    assert desk.window.message_bar.action.isVisible()


def test_undo_goes_back_through_strokes_and_knobs(desk: Any):
    first = desk.finished(lambda: desk.type("a red owl"))
    drawn = desk.finished(lambda: desk.draw([(0.4, 0.4), (0.6, 0.6)]))
    steps = desk.window.settings_panel.steps.slider
    steps.setFocus()
    finer = desk.finished(lambda: desk.key(steps, Qt.Key.Key_Right))
    assert finer.request.steps == 5
    undo = desk.window.command["undo"]
    desk.calm()
    undo.trigger()
    assert desk.studio.settings.steps == 4
    undo.trigger()
    assert depth_of(desk.studio.document).untouched
    undo.trigger()
    assert desk.studio.settings.prompt == ""
    desk.drawn_last(first)
    redo = desk.window.command["redo"]
    redo.trigger()
    redo.trigger()
    assert not depth_of(desk.studio.document).untouched
    desk.drawn_last(drawn)
    assert np.array_equal(desk.studio.gallery[-1].pixels, drawn.final)


def test_pause_generate_once_and_another_seed(desk: Any):
    desk.finished(lambda: desk.type("a red owl"))
    desk.calm()
    window = desk.window
    desk.key(window, Qt.Key.Key_Space, CONTROL)
    assert not desk.studio.live
    runs = len(desk.studio.runs)
    desk.type(", blue")
    prompt = window.settings_panel.prompts.prompt
    one = desk.finished(lambda: desk.key(prompt, Qt.Key.Key_Return, SHIFT))
    assert one.request.prompt == "a red owl, blue"
    assert len(desk.studio.runs) == runs + 1  # what was typed asked for nothing
    other = desk.finished(lambda: desk.key(window, Qt.Key.Key_Return, CONTROL))
    assert other.request.seed != one.request.seed
    desk.qtbot.mouseClick(window.settings_panel.seed.lock, Qt.MouseButton.LeftButton)
    assert desk.studio.settings.seed_locked


def test_cancel_is_seen_at_once(desk: Any):
    desk.finished(lambda: desk.type("a red owl"))
    desk.calm()
    desk.studio.set_live(False)
    desk.studio.set_setting("sampler", "ddim")
    desk.studio.set_setting("steps", 100)
    desk.window.command["generate"].trigger()
    desk.qtbot.waitUntil(lambda: desk.studio.busy)
    assert desk.window.command["cancel"].isEnabled()
    assert desk.window.working.text()
    desk.window.command["cancel"].trigger()
    assert not desk.studio.busy
    assert not desk.window.command["cancel"].isEnabled()
    desk.studio.set_settings({"sampler": "consistency", "steps": 2})
    assert desk.finished(desk.window.command["generate"].trigger).request.steps == 2


@pytest.mark.parametrize("job", ["preview", "texture", "concept", "sprite"])
def test_every_preset_draws_what_it_says(desk: Any, job: str):
    desk.studio.set_live(False)
    desk.type("mossy stone")
    preset = next(p for p in desk.window.top_bar.presets if p.id.endswith(job))
    desk.window.use_preset(preset)
    request: GenerationRequest = desk.finished(desk.window.command["generate"].trigger).request
    assert request.kind == preset.settings["kind"]
    assert request.tile == tuple(preset.settings["tile"])
    assert desk.window.viewer.model.tiled == preset.view["tile"]
    assert desk.window.viewer.model.checkered == preset.view["checkerboard"]


def test_a_picture_of_the_strip_brings_its_settings_back(desk: Any, tmp_path: Path):
    first = desk.finished(lambda: desk.type("a red owl"))
    desk.finished(lambda: desk.studio.set_setting("seed", 99))
    desk.calm()
    strip = desk.window.filmstrip
    where = strip.visualRect(strip.model().index(0, 0)).center()
    desk.qtbot.mouseClick(strip.viewport(), Qt.MouseButton.LeftButton, pos=where)
    strip.setFocus()
    desk.key(strip, Qt.Key.Key_S)
    assert desk.studio.gallery[0].starred
    desk.key(strip, Qt.Key.Key_Return)
    assert desk.studio.settings.seed == first.request.seed


def test_the_result_can_be_looked_at_while_it_forms(desk: Any):
    arrived: list[str] = []
    desk.window.viewer.model.changed.connect(lambda: arrived.append(desk.window.viewer.model.look))
    desk.finished(lambda: desk.type("a red owl"))
    assert arrived
    view = desk.window.viewer.view
    view.setFocus()
    desk.key(desk.window.viewer, Qt.Key.Key_X)
    assert desk.window.viewer.model.look == "xt"
    assert desk.window.viewer.model.image("xt") is not None
    assert view.rect().contains(QPoint(4, 4))


def test_a_new_drawing_shows_nothing_of_the_one_before(desk: Any):
    first = desk.finished(lambda: desk.type("a red owl"))
    desk.calm()
    studio, viewer = desk.studio, desk.window.viewer
    with desk.qtbot.waitSignal(studio.run_started):
        studio.set_setting("steps", 8)
    desk.key(desk.window, Qt.Key.Key_N, CONTROL)
    desk.qtbot.waitUntil(lambda: studio.settings.prompt == "")
    with desk.qtbot.waitSignal(studio.step_decoded):
        studio.decode_step(first, first.steps[0])  # by then the engine has ended what it was at
    assert viewer.model.picture_size().isEmpty()
    assert len(studio.gallery) == 0
    assert list(studio.runs) == []

    studio.set_setting("steps", 4)
    again = desk.finished(lambda: desk.type("a red owl"))
    assert again.request == first.request
    assert viewer.model.picture_size().width() == 64
