"""Every tool of the canvas, by real mouse and pen, on every kind of layer that it suits."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from studio_app.session.studio import Studio
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from studio_app.ui.canvas.tools.names import ENTRIES
from studio_app.ui.canvas.tools.registry import TOOLS
from tests.nodes import colour_of, depth_of
from tests.ui.conftest import LEFT, PLAIN, SHIFT, at, drag
from tests.ui.hands import PAINTED, cover, pen, take

ALT = Qt.KeyboardModifier.AltModifier
MARKS = [name for name in TOOLS if not ENTRIES[name].bar and name != "text"]


def tiles(studio: Studio, kind: str) -> int:
    content = studio.document.held(kind).content
    return max(len(plane.tiles) for plane in content.planes.values())


def test_every_tool_has_a_button_a_name_and_a_tooltip_with_its_key(panel: CanvasPanel):
    assert {"brush", "eraser", "picker", "frame"} | set(TOOLS) == set(ENTRIES)
    for name, entry in ENTRIES.items():
        action = panel._tools_actions[name]
        assert entry.key in action.shortcut().toString()
        assert entry.key in action.toolTip()
        assert not action.icon().isNull()
        if entry.family == "frame":
            continue  # has its own place
        button = panel.box.buttons[entry.family]
        assert button.accessibleName()
        assert action in (button.menu().actions() if button.menu() else [button.defaultAction()])
    keys = [entry.key for entry in ENTRIES.values() if entry.key]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("kind", PAINTED)
def test_a_drag_paints_and_one_undo_takes_it_back(panel: CanvasPanel, studio: Studio, kind: str):
    panel.tools.set_layer(kind)
    for name in MARKS:
        action = panel._tools_actions[name]
        assert action.isEnabled() == ENTRIES[name].suits(kind)
        if not action.isEnabled():
            continue
        take(panel, name, kind)
        drag(panel.canvas, (40, 40), (90, 60), (120, 150), (60, 120))
        assert not studio.stroking
        assert studio.undo_stack.count() == 1, name
        assert cover(studio, kind).any(), name
        assert tiles(studio, kind) == 1, name
        studio.undo_stack.undo()
        assert studio.document.held(kind).content.untouched, name
        studio.undo_stack.redo()
        assert cover(studio, kind).any(), name
        studio.undo_stack.undo()


def test_escape_gives_a_drag_up(panel: CanvasPanel, studio: Studio):
    for name in MARKS:
        if name == "fill":
            continue  # it is done at the press
        take(panel, name)
        QTest.mousePress(panel.canvas, LEFT, PLAIN, at(panel.canvas, 40, 40))
        QTest.mouseMove(panel.canvas, at(panel.canvas, 150, 150))
        QTest.mouseMove(panel.canvas, at(panel.canvas, 160, 110))
        QTest.keyClick(panel.canvas, Qt.Key.Key_Escape)
        QTest.mouseRelease(panel.canvas, LEFT, PLAIN, at(panel.canvas, 150, 150))
        assert studio.document.held("depth").content.untouched, name
        assert studio.undo_stack.count() == 0, name


@pytest.mark.parametrize("refused", [{"locked": True}, {"visible": False}])
def test_a_press_that_is_refused_holds_nothing(
    panel: CanvasPanel, studio: Studio, refused: dict[str, bool]
):
    take(panel, "rectangle")
    drag(panel.canvas, (40, 40), (90, 90))
    before, said = studio.document.held("depth").content, list[object]()
    studio.set_layer("depth-1", **refused)
    studio.message.connect(said.append)
    for name in ("brush", "eraser", *MARKS, "move", "warp", "text"):
        take(panel, name)
        said.clear()
        drag(panel.canvas, (60, 60), (80, 80))
        assert said and studio.at_rest, name
    assert studio.document.held("depth").content is before


@pytest.mark.parametrize("name", ["move", "warp", "brush", "rectangle"])
def test_a_drag_that_a_command_has_ended_is_let_go_by_escape(
    panel: CanvasPanel, studio: Studio, name: str
):
    take(panel, "rectangle")
    drag(panel.canvas, (40, 40), (90, 90))
    take(panel, name)
    QTest.mousePress(panel.canvas, LEFT, PLAIN, at(panel.canvas, 60, 60))
    QTest.mouseMove(panel.canvas, at(panel.canvas, 70, 70))
    assert not studio.at_rest
    studio.set_setting("prompt", "a knight")
    QTest.keyClick(panel.canvas, Qt.Key.Key_Escape)
    QTest.mouseRelease(panel.canvas, LEFT, PLAIN, at(panel.canvas, 70, 70))
    assert studio.at_rest


def test_it_is_drawn_while_one_drags(panel: CanvasPanel, studio: Studio, qtbot: QtBot):
    take(panel, "ellipse")
    QTest.mousePress(panel.canvas, LEFT, PLAIN, at(panel.canvas, 40, 40))
    QTest.mouseMove(panel.canvas, at(panel.canvas, 150, 150))
    qtbot.waitUntil(lambda: cover(studio)[95, 95] == 1)
    QTest.mouseMove(panel.canvas, at(panel.canvas, 60, 60))
    qtbot.waitUntil(lambda: cover(studio)[95, 95] == 0)
    QTest.mouseRelease(panel.canvas, LEFT, PLAIN, at(panel.canvas, 60, 60))


def test_the_pen_does_the_same(panel: CanvasPanel, studio: Studio):
    take(panel, "rectangle")
    types = QEvent.Type
    pen(panel.canvas, types.TabletPress, at(panel.canvas, 40, 40), 0.5)
    pen(panel.canvas, types.TabletMove, at(panel.canvas, 120, 100), 0.9)
    pen(panel.canvas, types.TabletRelease, at(panel.canvas, 120, 100), 0.0)
    assert cover(studio)[70, 80] == 1
    assert cover(studio)[120, 80] == 0
    assert studio.undo_stack.count() == 1


def test_shift_makes_it_square_and_alt_begins_in_the_middle(panel: CanvasPanel, studio: Studio):
    take(panel, "rectangle")
    canvas = panel.canvas
    QTest.mousePress(canvas, LEFT, PLAIN, at(canvas, 100, 100))
    panel.canvas.hand.move(at(canvas, 130, 110).toPointF(), 1.0, SHIFT | ALT)
    QTest.mouseRelease(canvas, LEFT, PLAIN, at(canvas, 130, 110))
    rows, columns = np.nonzero(cover(studio) > 0.5)
    assert columns.max() - columns.min() == pytest.approx(rows.max() - rows.min(), abs=1)
    assert columns.mean() == pytest.approx(100, abs=1.5)


def test_a_bucket_stops_at_an_edge(panel: CanvasPanel, studio: Studio):
    take(panel, "ellipse", "colour")
    panel.tools.set_outlines(True)
    panel.tools.set_size(6)
    drag(panel.canvas, (60, 60), (180, 180))
    take(panel, "fill", "colour")
    panel.tools.set_colour((10, 200, 30))
    QTest.mouseClick(panel.canvas, LEFT, PLAIN, at(panel.canvas, 120, 120))
    rgba = colour_of(studio.document).rgba.whole
    assert tuple(rgba[120, 120]) == (10, 200, 30, 255)
    assert rgba[10, 10, 3] == 0
    around = cover(studio, "colour")[64:176, 120]
    assert around.min() > 0.9, "no gap under the soft edge"
    QTest.mouseClick(panel.canvas, LEFT, SHIFT, at(panel.canvas, 120, 120))
    assert cover(studio, "colour").min() == 1


def test_a_ramp_of_depth_goes_from_the_one_to_the_other(panel: CanvasPanel, studio: Studio):
    take(panel, "gradient")
    panel.tools.set_value(0.9)
    panel.tools.set_second(value=0.1)
    drag(panel.canvas, (40, 128), (120, 128), (216, 128))
    row = depth_of(studio.document).value.whole[128]
    assert row[10] == pytest.approx(0.9, abs=0.01)
    assert row[240] == pytest.approx(0.1, abs=0.01)
    assert row[128] == pytest.approx(0.5, abs=0.02)
    assert panel.options.brush.second.isVisible()


def test_a_sphere_bulges(panel: CanvasPanel, studio: Studio):
    take(panel, "sphere")
    panel.tools.set_value(0.8)
    drag(panel.canvas, (60, 60), (120, 120), (180, 180))
    value = depth_of(studio.document).value.whole
    assert value[120, 120] == pytest.approx(0.8, abs=0.01)
    assert value[120, 65] < 0.77


def test_nearer_adds_to_what_is_there(panel: CanvasPanel, studio: Studio):
    take(panel, "rectangle")
    panel.tools.set_value(0.4)
    drag(panel.canvas, (20, 20), (200, 200))
    take(panel, "brush")
    box = panel.options.brush.mode
    box.setCurrentIndex(box.findData("nearer"))
    box.activated.emit(box.currentIndex())
    panel.tools.set_amount(0.3)
    drag(panel.canvas, (60, 100), (140, 100))
    assert depth_of(studio.document).value.whole[100, 100] == pytest.approx(0.7, abs=0.01)
    assert panel.options.brush.amount.isVisible()
    assert not panel.options.brush.value.isVisible()


def test_the_size_of_a_drag_is_said_while_it_lasts(panel: CanvasPanel, studio: Studio):
    take(panel, "select_box", "colour")
    canvas = panel.canvas
    QTest.mousePress(canvas, LEFT, PLAIN, at(canvas, 40, 40))
    for place in ((80, 60), (140, 100)):
        QTest.mouseMove(canvas, at(canvas, *place))
        QTest.qWait(0)
    assert panel._said.text() == "100 × 60"
    QTest.mouseRelease(canvas, LEFT, PLAIN, at(canvas, 140, 100))
    assert studio.document.selection is not None and "×" not in panel._said.text()


@pytest.mark.parametrize("other", ["pose", "scene", "colour"])
def test_a_mark_stays_on_its_layer_when_another_is_taken_in_hand_meanwhile(
    panel: CanvasPanel, studio: Studio, other: str
):
    take(panel, "gradient", "mask")
    canvas = panel.canvas
    QTest.mousePress(canvas, LEFT, PLAIN, at(canvas, 40, 40))
    for x in (80, 120, 160):
        QTest.mouseMove(canvas, at(canvas, x, 40))
    panel.tools.set_layer(other)
    assert not studio.stroking and cover(studio, "mask").any()
    QTest.mouseRelease(canvas, LEFT, PLAIN, at(canvas, 200, 40))
    assert studio.document.held(other).untouched and studio.undo_stack.count() == 1


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_that_was_never_used_has_no_marks_yet(panel: CanvasPanel, studio: Studio, tool: str):
    take(panel, tool, "depth")
    studio.set_frame((10, 10, 40, 40))
    studio.set_canvas((-20, 0, 150, 90))
    grips = panel.canvas.grips
    assert grips is not None and grips.bounds(panel.canvas.transform).isNull()
