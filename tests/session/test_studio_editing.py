"""Edits through the Studio: strokes, knobs and layers from files, one undo stack for all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio_app.core.errors import StudioError
from studio_app.document import deferring
from studio_app.document.brushes import Brush
from studio_app.document.people import standing_person
from studio_app.document.pictures import write_png
from studio_app.document.presets import Preset
from studio_app.document.strokes import Sample
from studio_app.session import layer_desk
from studio_app.session.studio import Studio
from tests.nodes import colour_of, depth_of, pose_of, set_people
from tests.session.conftest import stroke


def test_one_stack_undoes_strokes_joints_and_knobs(studio: Studio):
    start = studio.document
    studio.set_setting("guidance_scale", 2.5)
    stroke(studio)
    painted = depth_of(studio.document).value.whole
    person = standing_person(*studio.document.canvas)
    set_people(studio, (person,), "Add a person")
    for i in range(5):
        set_people(studio, (person.moved(4, 10 + i, 12),), "Move the wrist", "drag-1")
    stroke(studio, "colour", Brush(size=9, colour=(255, 0, 0)))
    stroke(studio, "mask")
    studio.clear_layer("depth")
    assert studio.undo_stack.count() == 7
    end = studio.document
    while studio.undo_stack.canUndo():
        studio.undo_stack.undo()
    assert studio.document.settings == start.settings
    for node in start.stack.nodes():
        now = studio.document.stack.node(node.id)
        assert now is not None
        assert all(now.planes()[name].blank for name in node.planes())
    assert pose_of(studio.document).people == ()
    studio.undo_stack.redo()
    studio.undo_stack.redo()
    assert np.array_equal(depth_of(studio.document).value.whole, painted)
    while studio.undo_stack.canRedo():
        studio.undo_stack.redo()
    assert np.array_equal(colour_of(studio.document).rgba.whole, colour_of(end).rgba.whole)
    assert depth_of(studio.document).untouched
    assert pose_of(studio.document).people[0].joints[4, 0] == 14


def test_undo_is_bounded_by_bytes(studio: Studio):
    studio._editor.ledger.max_bytes = 4000
    for _ in range(30):
        stroke(studio)
        studio.clear_layer("depth")
    assert studio._editor.ledger.bytes <= 4000 + 64 * 64 * 5 * 2
    while studio.undo_stack.canUndo():
        studio.undo_stack.undo()  # what was dropped is passed over


def test_a_cancelled_stroke_never_was(studio: Studio):
    before = depth_of(studio.document).value.whole
    studio.begin_stroke("depth", Brush(), Sample(20, 20))
    studio.stroke_to(Sample(40, 40))
    assert not np.array_equal(depth_of(studio.document).value.whole, before)
    studio.cancel_stroke()
    assert np.array_equal(depth_of(studio.document).value.whole, before)
    assert studio.undo_stack.count() == 0


def test_a_preset_is_one_step_and_an_own_knob_leaves_it(studio: Studio):
    preset = Preset("sprite", "Sprite", settings={"kind": "isolated", "guidance_scale": 3.0})
    studio.apply_preset(preset)
    assert studio.settings.preset == "sprite"
    assert studio.settings.kind == "isolated"
    assert studio.undo_stack.count() == 1
    studio.set_setting("guidance_scale", 5)
    assert studio.settings.preset is None


def test_a_sampler_brings_steps_it_can_do(studio: Studio):
    studio.set_settings({"sampler": "ddim", "steps": 60})
    assert studio.settings.steps == 60
    studio.set_setting("sampler", "consistency")
    assert studio.settings.steps == 4
    with_message: list[Any] = []
    studio.message.connect(with_message.append)
    studio.set_setting("tile", "yes")
    assert isinstance(with_message[0], StudioError)


def test_layers_come_from_files_and_pictures(qtbot: Any, studio: Studio, tmp_path: Path):
    path = tmp_path / "depth.png"
    write_png(path, np.full((32, 32), 200, np.uint8))
    with qtbot.waitSignal(studio.message) as said:
        studio.load_layer("depth", path)
    assert said.args[0].key == "resized"
    assert depth_of(studio.document).value.whole[5, 5] == pytest.approx(200 / 255)
    assert depth_of(studio.document).known.whole.all()
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[...] = (0, 0, 255, 255)  # BGRA: red
    studio.put_pixels("colour", pixels, "Paint over")
    assert colour_of(studio.document).rgba.whole[0, 0].tolist() == [255, 0, 0, 255]
    studio.undo_stack.undo()
    assert colour_of(studio.document).untouched
    with qtbot.waitSignal(studio.message) as said:
        studio.load_layer("pose", path)
    assert isinstance(said.args[0], StudioError)


@pytest.mark.parametrize("size", [64, 128])
def test_what_is_read_for_a_layer_that_is_gone_is_given_up(
    qtbot: Any, studio: Studio, tmp_path: Path, size: int
):
    write_png(tmp_path / "red.png", np.full((64, 64, 4), 255, np.uint8))
    id, said = studio.add_layer("colour"), list[Any]()
    studio.message.connect(said.append)
    studio.load_layer(id, tmp_path / "red.png")
    studio.remove_layers([id])
    studio.set_size(size, size)  # of another size it is read once more
    qtbot.waitUntil(lambda: bool(said))
    assert said[0].title == "Load red.png was given up" and "removed" in said[0].detail


def test_so_it_is_with_a_change_and_with_what_is_put_on_a_large_canvas(
    qtbot: Any, studio: Studio, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(layer_desk, "AT_ONCE", 0)
    monkeypatch.setattr(deferring, "AT_ONCE", 0)
    id, said = studio.add_layer("colour"), list[Any]()
    stroke(studio, id, Brush(size=9, colour=(255, 0, 0)))
    studio.message.connect(said.append)
    studio.alter_content(id, lambda content, _: content.inverted() or content, "Invert")
    studio.put_pixels(id, np.full((64, 64, 4), 255, np.uint8), "Paste")
    studio.remove_layers([id])
    qtbot.waitUntil(lambda: len(said) == 2)
    titles = {one.title for one in said}
    assert titles == {"Invert was given up", "Paste was given up"}
