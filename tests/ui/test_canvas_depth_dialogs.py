"""The dialogs of a layer of depth: tried on the drawing, kept or taken back."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from studio_app.document.contents.depth import Depth
from studio_app.session.studio import Studio
from studio_app.ui.canvas import depth_dialogs
from studio_app.ui.canvas.depth_dialogs import LevelsDialog, SmoothDialog
from tests.nodes import depth_of
from tests.ui.altering import CANCEL, OK, Panel, dialog_of, paint, state
from tests.ui.conftest import LEFT, PLAIN, drag


def test_levels_are_seen_while_one_turns_them_and_given_up_by_cancel(
    panel: Panel, studio: Studio, qtbot: QtBot
):
    paint(panel)
    before, count = state(studio), studio.undo_stack.count()
    panel.depth_actions.commands["levels"].trigger()
    dialog = dialog_of(panel, LevelsDialog)
    assert isinstance(dialog, LevelsDialog)
    assert state(studio) == before
    dialog.near.slider.setValue(60)
    qtbot.waitUntil(lambda: state(studio) != before)
    assert studio.undo_stack.count() == count
    depth = depth_of(studio.document)
    assert depth.value.whole[depth.known.whole > 0].max() == pytest.approx(0.3, abs=0.01)
    QTest.mouseClick(dialog.buttons.button(CANCEL), LEFT)
    assert state(studio) == before
    assert studio.undo_stack.count() == count
    assert not studio.stroking


def test_the_handles_of_the_histogram_are_dragged_and_never_cross(
    panel: Panel, studio: Studio, qtbot: QtBot
):
    paint(panel)
    panel.depth_actions.commands["levels"].trigger()
    dialog = dialog_of(panel, LevelsDialog)
    assert isinstance(dialog, LevelsDialog)
    bars = dialog.histogram
    assert dialog.levels.low == pytest.approx(0.3, abs=0.01)

    def place(value: float):
        return QPointF(bars.place_of(value), 20).toPoint()

    QTest.mousePress(bars, LEFT, PLAIN, place(0.3))
    QTest.mouseMove(bars, place(0.5))
    assert dialog.levels.low == pytest.approx(0.5, abs=0.01)
    QTest.mouseMove(bars, place(0.95))
    QTest.mouseRelease(bars, LEFT, PLAIN, place(0.95))
    assert dialog.levels.low == dialog.levels.high == pytest.approx(0.95, abs=0.01)
    dialog.auto.click()
    qtbot.waitUntil(lambda: depth_of(studio.document).value.whole.max() == pytest.approx(1))


def test_who_draws_while_the_dialog_is_open_keeps_what_it_shows(
    panel: Panel, studio: Studio, qtbot: QtBot
):
    paint(panel)
    count = studio.undo_stack.count()
    panel.depth_actions.commands["smooth"].trigger()
    dialog = dialog_of(panel, SmoothDialog)
    smoothed = state(studio)
    qtbot.waitUntil(lambda: state(studio) != smoothed)
    drag(panel.canvas, (30, 200), (60, 200))
    assert not dialog.isVisible()
    assert panel.depth_actions.dialog is None
    assert studio.undo_stack.count() == count + 2


def test_escape_takes_it_back(panel: Panel, studio: Studio, qtbot: QtBot):
    paint(panel)
    before = state(studio)
    panel.depth_actions.commands["smooth"].trigger()
    dialog = dialog_of(panel, SmoothDialog)
    qtbot.waitUntil(lambda: state(studio) != before)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert state(studio) == before


def test_a_field_that_says_what_it_said_before_ends_nothing(
    panel: Panel, studio: Studio, qtbot: QtBot
):
    paint(panel)
    panel.depth_actions.commands["levels"].trigger()
    dialog = dialog_of(panel, LevelsDialog)
    studio.set_setting("prompt", studio.settings.prompt)
    assert dialog.edit is not None and studio.holds(dialog.edit)
    studio.set_setting("prompt", "a fox")  # ends it before anything was tried
    assert isinstance(dialog, LevelsDialog) and dialog.isVisible()
    before = state(studio)
    dialog.near.slider.setValue(80)
    qtbot.waitUntil(lambda: state(studio) != before)
    QTest.mouseClick(dialog.buttons.button(CANCEL), LEFT)
    assert state(studio) == before


def test_a_large_canvas_is_smoothed_in_the_background_and_ok_waits_for_it(
    panel: Panel, studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(depth_dialogs, "LIVE", 0)  # any canvas is a large one
    size = studio.document.canvas
    steps = np.tile(np.arange(size[0]) % 64 < 32, (size[1], 1)).astype(np.float32)
    studio.change_content("depth", Depth.of(steps, np.full(size[::-1], 255, np.uint8)), "Fill")
    jobs: list[tuple[Callable[[], object], Callable[[object], object]]] = []
    reader = studio._reader
    reader.submit = lambda job, done, failed: jobs.append((job, done))  # type: ignore[method-assign]
    before, count = state(studio), studio.undo_stack.count()
    panel.depth_actions.commands["smooth"].trigger()
    dialog = dialog_of(panel, SmoothDialog)
    qtbot.waitUntil(lambda: len(jobs) == 1)
    assert isinstance(dialog, SmoothDialog)
    dialog.radius.spin.setValue(1)
    QTest.mouseClick(dialog.buttons.button(OK), LEFT)
    assert dialog.isVisible() and len(jobs) == 2
    for job, done in jobs:
        done(job())
    assert not dialog.isVisible()
    assert studio.undo_stack.count() == count + 1 and not studio.stroking
    value = depth_of(studio.document).value.whole
    assert (
        0.1 < value[128, 128] < 0.9 and value[128, 143] > 0.99
    )  # as far as the newest radius says
    studio.undo_stack.undo()
    assert state(studio) == before
