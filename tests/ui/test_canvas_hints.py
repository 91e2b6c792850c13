"""The strip that says what an empty layer is for, and what the tools remember between starts."""

from __future__ import annotations

import json
import math

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio_app.session.studio import Studio
from studio_app.ui import theme
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.main_window import MainWindow
from tests.nodes import depth_of
from tests.ui.conftest import LEFT, PLAIN, at, drag


def test_it_says_what_an_empty_layer_is_for_and_goes_with_the_first_dab(
    panel: CanvasPanel, qtbot: QtBot
):
    hint = panel.canvas.hint
    assert "near" in hint.text
    drag(panel.canvas, (60, 80), (90, 80))
    assert hint.text == ""
    qtbot.waitUntil(hint.isHidden)
    QTest.keyClick(panel.canvas, Qt.Key.Key_Delete, Qt.KeyboardModifier.ShiftModifier)
    assert hint.text == ""  # who has drawn knows it
    QTest.keyClick(panel.canvas, Qt.Key.Key_4)
    assert "anew" in hint.text


def test_a_drawing_that_was_there_is_explained_until_somebody_draws_on_it(
    panel: CanvasPanel, studio: Studio, qtbot: QtBot
):
    drag(panel.canvas, (60, 80), (90, 80))
    studio.undo_stack.clear()  # as the first start leaves its sample
    first = CanvasPanel(studio)
    qtbot.addWidget(first)
    first.resize(600, 700)
    first.show()
    first.canvas.fit()
    hint = first.canvas.hint
    assert "near" in hint.text and "follows" in hint.text
    assert not hint._stay.isActive()
    QTest.mouseClick(first.canvas, LEFT, PLAIN, at(first.canvas, 60, 120))
    assert hint.text == "" and "depth" in first.tools.learned


def test_work_that_comes_is_explained_and_one_solid_is_enough_to_know_a_scene(
    panel: CanvasPanel, studio: Studio
):
    hint = panel.canvas.hint
    drag(panel.canvas, (60, 80), (90, 80))
    drawn = studio.document
    panel.tools.learned.clear()
    studio._parts.editor.reset(drawn)  # as the first start brings its sample
    assert "follows" in hint.text
    panel.tools.set_layer("scene")
    assert "Add a figure" in hint.text and "follows" not in hint.text
    panel.scene_actions.figure.trigger()
    assert hint.text == "" and panel.tools.learned == {"scene"}
    panel.tools.set_layer("depth")
    assert "follows" in hint.text


def test_it_covers_the_head_only_and_takes_no_click(panel: CanvasPanel, studio: Studio):
    canvas = panel.canvas
    strip = canvas.hint.geometry()
    assert strip.height() < canvas.height() / 8
    assert strip.top() > 0
    canvas.set_zoom(4.0)
    handle = canvas.window().windowHandle()
    QTest.mouseClick(handle, LEFT, PLAIN, canvas.mapTo(canvas.window(), strip.center()))
    assert not depth_of(studio.document).untouched


def test_it_fits_into_a_narrow_canvas(panel: CanvasPanel):
    panel.resize(380, 500)
    strip = panel.canvas.hint.geometry()
    assert panel.canvas.rect().contains(strip)


def test_its_last_line_is_no_single_word(panel: CanvasPanel):
    hint = panel.canvas.hint
    hint.say(
        "Paint light where things are near. What stays black is background. The picture follows."
    )
    whole = hint.fontMetrics().horizontalAdvance(hint._text)
    for width in (380, 520, 700):
        panel.resize(width, 500)
        lines = (hint.height() - theme.UNIT) // hint.fontMetrics().lineSpacing()
        assert hint.width() < whole / lines + 120, width


def test_without_motion_it_does_not_fade(panel: CanvasPanel):
    panel.canvas.hint.setStyleSheet("* { widget-animation-duration: 0; }")
    drag(panel.canvas, (60, 80), (90, 80))
    assert panel.canvas.hint.isHidden()


def test_a_first_start_begins_with_words_and_a_later_one_at_the_canvas(
    studio: Studio, qtbot: QtBot
):
    window = MainWindow(studio)
    qtbot.addWidget(window)
    assert window.focusWidget() is window.settings_panel.prompts.prompt
    window.canvas.tools.learned.add("depth")
    window.save_state()
    again = MainWindow(studio)
    qtbot.addWidget(again)
    assert again.focusWidget() is again.canvas.canvas


def test_brush_and_layer_are_there_again_after_a_start(studio: Studio, qtbot: QtBot):
    window = MainWindow(studio)
    qtbot.addWidget(window)
    tools = window.canvas.tools
    tools.set_layer("colour")
    tools.set_size(91)
    tools.set_colour((1, 20, 200))
    tools.set_pressure(opacity=True)
    tools.set_tool("eraser")
    tools.set_size(17)
    tools.set_second(colour=(9, 8, 7))
    tools.set_tolerance(0.3)
    tools.set_feather(5)
    tools.set_outlines(True)
    window.canvas.canvas_actions.set_feather(12)
    window.save_state()
    again = MainWindow(studio)
    qtbot.addWidget(again)
    assert again.canvas.tools.layer == "colour"
    assert again.canvas.tools.tool == "brush"
    assert again.canvas.tools.brush.size == 91
    assert again.canvas.tools.brush.pressure_opacity
    assert again.canvas.tools.colour == (1, 20, 200)
    again.canvas.tools.set_tool("eraser")
    assert again.canvas.tools.brush.size == 17
    assert again.canvas.tools.second.colour == (9, 8, 7)
    assert again.canvas.tools.tolerance == 0.3
    assert (again.canvas.tools.feather, again.canvas.tools.outlines) == (5, True)
    assert again.canvas.canvas_actions.feather == 12


@pytest.mark.parametrize(
    "value",
    [
        {"layer": "cellar", "brushes": 7, "erasers": [], "learned": "depth"},
        {"layer": ["depth"], "brushes": {"depth": {"size": 1e9, "hardness": None, "colour": [1]}}},
        {"feather": -1, "tolerance": "much", "outlines": 1, "seconds": [], "put_feather": 1e9},
        {"brushes": {"depth": {"size": math.nan, "value": True}, "pose": []}, "learned": [1, {}]},
        {},
    ],
)
def test_what_makes_no_sense_changes_nothing(qtbot: QtBot, value: dict[str, object]):
    tools, usual = ToolState(), ToolState()
    tools.restore(value)
    assert tools.saved() == usual.saved()
    tools.restore(json.loads(json.dumps(usual.saved())))
    assert tools.saved() == usual.saved()


@pytest.mark.parametrize("width", [280, 460, 700, 1100])
def test_it_lies_beside_what_says_that_the_view_is_turned(panel: CanvasPanel, width: int):
    canvas, hint = panel.canvas, panel.canvas.hint
    panel.resize(width, 700)
    QApplication.processEvents()
    for number in range(1, 9):
        canvas.upright()
        panel.tools.learned.clear()
        QTest.keyClick(canvas, Qt.Key(Qt.Key.Key_0 + number))
        hint.say(hint._text, stays=True)
        middle = hint.geometry().center().x()
        assert abs(middle - canvas.rect().center().x()) <= 1
        for turn in (lambda: QTest.keyClick(canvas, Qt.Key.Key_M), lambda: canvas.turn_to(-105.0)):
            turn()
            assert canvas.chip.isVisible()
            assert not hint.geometry().intersects(canvas.chip.geometry())
            assert canvas.rect().contains(hint.geometry())
            hint.say(hint._text, stays=True)
            assert not hint.geometry().intersects(canvas.chip.geometry())
    panel.resize(width + 60, 700)
    QApplication.processEvents()
    assert not hint.geometry().intersects(canvas.chip.geometry())
