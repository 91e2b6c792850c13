"""The commands on a layer of depth, by their actions and dialogs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtTest import QTest

from studio_app.core.request import GenerationRequest
from studio_app.document.contents.depth import Depth
from studio_app.document.marks import Box
from studio_app.document.painting import Mode
from studio_app.document.results import Picture
from studio_app.document.selections import combined
from studio_app.session.depth_desk import DepthDesk
from studio_app.session.notices import Notice
from studio_app.session.studio import Studio
from studio_app.ui.canvas.depth_actions import ENTRIES
from studio_app.ui.canvas.depth_dialogs import LevelsDialog, SmoothDialog
from studio_app.ui.shown import Shown
from tests.nodes import depth_of
from tests.ui.altering import OK, Panel, dialog_of, paint, state
from tests.ui.conftest import LEFT, drag


def levels(panel: Panel) -> None:
    panel.depth_actions.commands["levels"].trigger()
    dialog = dialog_of(panel, LevelsDialog)
    assert isinstance(dialog, LevelsDialog)
    dialog.far.spin.setValue(10)
    dialog.near.spin.setValue(20)
    QTest.mouseClick(dialog.buttons.button(OK), LEFT)


def smooth(panel: Panel) -> None:
    panel.depth_actions.commands["smooth"].trigger()
    QTest.mouseClick(dialog_of(panel, SmoothDialog).buttons.button(OK), LEFT)


COMMANDS: dict[str, Callable[[Panel], None]] = {
    "levels": levels,
    "smooth": smooth,
    "normalise": lambda panel: panel.depth_actions.commands["normalise"].trigger(),
    "invert": lambda panel: panel.layer_actions.invert.trigger(),
    "fill": lambda panel: panel.layer_actions.fill.trigger(),
}


def select(studio: Studio, left: int, top: int, right: int, bottom: int) -> None:
    shape = Box((left, top), (right, bottom))
    made = combined(None, shape.cover, shape.bounds, studio.document.canvas, "replace")
    studio.set_selection(made, "Select")


def test_the_table_of_commands_is_all_there_is(panel: Panel):
    assert set(COMMANDS) - {"invert", "fill"} == set(panel.depth_actions.commands) == set(ENTRIES)
    for action in panel.depth_actions.commands.values():
        assert not action.isEnabled()  # nothing is drawn
        assert action.text() and action.toolTip() and not action.icon().isNull()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_acts_is_one_step_and_undoes_to_the_bit(panel: Panel, studio: Studio, name: str):
    paint(panel)
    before, count = state(studio), studio.undo_stack.count()
    COMMANDS[name](panel)
    after = state(studio)
    assert after != before
    assert studio.undo_stack.count() == count + 1
    assert studio.undo_stack.undoText()
    studio.undo_stack.undo()
    assert state(studio) == before
    studio.undo_stack.redo()
    assert state(studio) == after


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_stays_inside_the_selection(panel: Panel, studio: Studio, name: str):
    paint(panel)
    select(studio, 90, 30, 160, 150)
    before = depth_of(studio.document)
    old = [before.value.whole.copy(), before.known.whole.copy()]
    COMMANDS[name](panel)
    after = depth_of(studio.document)
    outside = np.ones(old[0].shape, bool)
    outside[30:150, 90:160] = False
    assert np.array_equal(after.value.whole[outside], old[0][outside])
    assert np.array_equal(after.known.whole[outside], old[1][outside])
    assert state(studio) != (before.value.digest, before.known.digest)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_layer_that_is_locked_says_so_and_stays(panel: Panel, studio: Studio, name: str):
    paint(panel)
    studio.set_layer("depth", locked=True)
    before, said = state(studio), list[object]()
    studio.message.connect(said.append)
    if name in ("levels", "smooth"):
        panel.depth_actions.commands[name].trigger()
        assert panel.depth_actions.dialog is None
    else:
        COMMANDS[name](panel)
    assert state(studio) == before
    assert "locked" in str(said[-1])


@pytest.mark.parametrize("name", COMMANDS)
def test_alpha_that_is_locked_stays(panel: Panel, studio: Studio, name: str):
    paint(panel)
    studio.set_layer("depth", alpha_lock=True)
    before, said = depth_of(studio.document), list[object]()
    studio.message.connect(said.append)
    count = studio.undo_stack.count()
    COMMANDS[name](panel)
    after = depth_of(studio.document)
    assert after.known.digest == before.known.digest
    if name == "fill":
        assert studio.undo_stack.count() == count
        assert isinstance(said[-1], Notice) and "alpha" in said[-1].detail
    else:
        assert after.value.digest != before.value.digest


@pytest.mark.parametrize("around", ["background", "unknown"])
@pytest.mark.parametrize("name", COMMANDS)
def test_the_ground_stays_what_it_was(panel: Panel, studio: Studio, name: str, around: str):
    paint(panel)
    if around == "unknown":
        panel.layer_actions.ground.trigger()
    COMMANDS[name](panel)
    assert depth_of(studio.document).around == around


def test_a_layer_of_many_tiles_is_changed_in_the_background_and_not_over_a_newer_one(
    panel: Panel, studio: Studio
):
    studio.set_canvas((0, 0, 1280, 1280))
    size = studio.document.canvas
    full = Depth.of(np.full(size[::-1], 0.25, np.float32), np.full(size[::-1], 255, np.uint8))
    studio.change_content("depth", full, "Fill")
    jobs: list[tuple[Callable[[], object], Callable[[object], object]]] = []
    reader = studio._reader
    reader.submit = lambda job, done, failed: jobs.append((job, done))  # type: ignore[method-assign]
    panel.layer_actions.invert.trigger()
    assert depth_of(studio.document).value.whole[0, 0] == 0.25
    job, done = jobs.pop()
    done(job())
    assert depth_of(studio.document).value.whole[0, 0] == 0.75
    panel.layer_actions.invert.trigger()
    job, done = jobs.pop()
    drag(panel.canvas, (100, 100), (300, 100))
    drawn, said = state(studio), list[object]()
    studio.message.connect(said.append)
    done(job())
    assert state(studio) == drawn
    assert isinstance(said[-1], Notice) and "given up" in said[-1].title


def test_the_menu_under_the_pointer_has_them(panel: Panel):
    more = {"depth": list(panel.depth_actions.commands.values())}
    names = {action.objectName() for action in panel.layer_actions.menu(more, panel).actions()}
    assert {f"canvas_depth_{name}" for name in ENTRIES} <= names


def test_the_shown_picture_is_asked_for_its_depth_by_one_key_and_given_up_by_it(
    panel: Panel, studio: Studio, monkeypatch: pytest.MonkeyPatch
):
    action = panel.depth_actions.from_picture
    assert not action.isEnabled() and "Ctrl+Shift+D" in action.toolTip()
    pixels = np.zeros((64, 64, 4), np.uint8)
    picture = Picture(pixels, pixels, GenerationRequest("a fox", model="m"), "")
    monkeypatch.setattr(Shown, "exportable", property(lambda _: picture))
    asked = list[object]()
    monkeypatch.setattr(studio.depths, "of_picture", asked.append)
    panel.depth_actions.refresh()
    action.trigger()
    assert asked == [picture]
    desk = studio.depths
    monkeypatch.setattr(DepthDesk, "seeing", property(lambda _: True))
    desk.seeing_changed.emit(True)
    assert action.text() == "Stop looking for depth"
    stopped = list[bool]()
    monkeypatch.setattr(desk, "cancel", lambda: stopped.append(True))
    action.trigger()
    assert stopped == [True] and asked == [picture]


def test_the_layer_of_depth_that_was_seen_is_taken_in_hand(panel: Panel, studio: Studio):
    paint(panel)
    panel.tools.set_layer("colour")
    id = studio.add_layer("depth")
    studio.depths.seen.emit(id)
    assert panel.tools.layer == "depth"
    assert panel.tools.target(studio.document) == id


@pytest.mark.parametrize("tool", ["gradient", "radial", "plane"])
def test_a_gradient_does_what_the_mode_of_the_brush_says(panel: Panel, studio: Studio, tool: str):
    tools, options = panel.tools, panel.options.brush
    tools.set_layer("depth")
    tools.set_tool(tool)
    tools.set_value(0.8)
    assert options.mode.isVisible() and options.second.isVisible()
    drag(panel.canvas, (40, 120), (200, 120))
    ramp = depth_of(studio.document).value.whole.copy()
    assert ramp[120, 40] > 0.7 and ramp[120, 198] < 0.1
    tools.set_mode("farther")
    assert not options.second.isVisible() and options.amount.isVisible()
    drag(panel.canvas, (40, 120), (200, 120))
    less = ramp - depth_of(studio.document).value.whole
    assert less[120, 41] == pytest.approx(tools.brush.amount, abs=0.02)
    assert abs(less[120, 230]) < 0.01
    studio.undo_stack.undo()
    assert np.array_equal(depth_of(studio.document).value.whole, ramp)


@pytest.mark.parametrize("around", ["background", "unknown"])
@pytest.mark.parametrize("mode", ["paint", "behind", "nearer", "farther", "smooth"])
def test_every_mode_of_the_brush_knows_background_from_unknown(
    panel: Panel, studio: Studio, mode: Mode, around: str
):
    paint(panel)
    if around == "unknown":
        panel.layer_actions.ground.trigger()
    before = depth_of(studio.document)
    panel.tools.set_mode(mode)
    panel.tools.set_value(0.9)
    drag(panel.canvas, (40, 62), (220, 62))  # over paint
    drag(panel.canvas, (40, 200), (90, 200))  # where nobody has painted
    after = depth_of(studio.document)
    assert after.around == around
    assert not np.array_equal(after.value.whole[40:90], before.value.whole[40:90])
    known, value = after.known.whole[200, 60], after.value.whole[200, 60]
    says = mode in ("paint", "behind") or (mode == "nearer" and around == "background")
    assert (known > 0) == says
    if mode == "nearer" and says:
        assert value == pytest.approx(panel.tools.brush.amount, abs=0.02)
    for _ in range(studio.undo_stack.count()):
        studio.undo_stack.undo()
    assert depth_of(studio.document).untouched


def test_normals_and_edges_have_their_actions(
    panel: Panel, studio: Studio, monkeypatch: pytest.MonkeyPatch
):
    acts = panel.guide_actions
    assert not acts.edges.isEnabled() and not acts.edges.icon().isNull()
    pixels = np.zeros((64, 64, 4), np.uint8)
    picture = Picture(pixels, pixels, GenerationRequest("a fox", model="m"), "")
    monkeypatch.setattr(Shown, "exportable", property(lambda _: picture))
    asked = list[object]()
    monkeypatch.setattr(studio.guides, "edges", asked.append)
    acts.refresh()
    acts.edges.trigger()
    assert asked == [picture]
    said = list[object]()
    studio.message.connect(said.append)
    acts.normals.trigger()
    assert isinstance(said[-1], Notice) and "no depth" in said[-1].title
    id = studio.add_layer("normal")
    studio.guides.made.emit(id)
    assert panel.tools.layer == "normal"
