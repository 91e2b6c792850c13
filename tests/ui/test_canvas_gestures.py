"""Gestures that don't end as they should, straight lines, and how many edits a stroke is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit
from pytestqt.qtbot import QtBot

from studio_app.session.studio import Studio
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from tests.nodes import colour_of, depth_of, mask_of, pose_of
from tests.ui.conftest import LEFT, PLAIN, SHIFT, at, drag
from tests.ui.hands import mouse, pen

NONE = Qt.MouseButton.NoButton
Lose = Callable[[CanvasPanel, QtBot], object]


def painted(studio: Studio) -> int:
    return int((depth_of(studio.document).known.whole > 0).sum())


def open_dialog(panel: CanvasPanel, qtbot: QtBot) -> None:
    dialog = QDialog(panel)
    dialog.setModal(True)
    dialog.open()
    qtbot.waitUntil(dialog.isVisible)
    dialog.reject()


def give_focus_away(panel: CanvasPanel, qtbot: QtBot) -> None:
    panel.canvas.setFocus()
    field = QLineEdit(panel)
    field.show()
    field.setFocus()


LOSES: dict[str, Lose] = {
    "a release that was never told": lambda panel, _: mouse(
        panel.canvas, QEvent.Type.MouseMove, at(panel.canvas, 70, 60), down=False
    ),
    "a dialog": open_dialog,
    "another window": lambda panel, _: QApplication.sendEvent(
        panel.canvas, QEvent(QEvent.Type.WindowDeactivate)
    ),
    "the focus elsewhere": give_focus_away,
    "a hidden canvas": lambda panel, _: panel.hide(),
}


@pytest.mark.parametrize("how", LOSES)
def test_a_lost_pointer_ends_the_stroke_and_keeps_it(
    panel: CanvasPanel, studio: Studio, qtbot: QtBot, how: str
):
    canvas = panel.canvas
    QTest.mousePress(canvas, LEFT, PLAIN, at(canvas, 60, 60))
    QTest.mouseMove(canvas, at(canvas, 70, 60))
    LOSES[how](panel, qtbot)
    qtbot.waitUntil(lambda: not studio.stroking)
    kept = painted(studio)
    assert kept > 0
    for i in range(10):
        mouse(canvas, QEvent.Type.MouseMove, at(canvas, 80 + 9 * i, 160), down=False)
    QTest.qWait(1)
    assert painted(studio) == kept
    assert studio.undo_stack.count() == 1
    mouse(canvas, QEvent.Type.MouseButtonRelease, at(canvas, 80, 160), down=False)


def test_a_dialog_over_the_window_ends_a_drag_of_a_joint(
    panel: CanvasPanel, studio: Studio, qtbot: QtBot
):
    canvas = panel.canvas
    panel.tools.set_layer("pose")
    canvas.pose.add("standing")
    x, y, _ = pose_of(studio.document).people[0].joints[4]
    QTest.mousePress(canvas, LEFT, PLAIN, at(canvas, x, y))
    QTest.mouseMove(canvas, at(canvas, x + 9, y))
    open_dialog(panel, qtbot)
    kept = pose_of(studio.document).people
    mouse(canvas, QEvent.Type.MouseMove, at(canvas, 20, 20), down=False)
    assert pose_of(studio.document).people is kept
    assert not canvas.pose.dragging


def test_a_pan_whose_release_went_elsewhere_ends(panel: CanvasPanel):
    canvas = panel.canvas
    middle = Qt.MouseButton.MiddleButton
    QTest.mousePress(canvas, middle, PLAIN, QPoint(100, 100))
    before = canvas.transform
    mouse(canvas, QEvent.Type.MouseMove, QPoint(150, 100), down=False)
    assert canvas.transform == before
    QTest.mouseRelease(canvas, middle, PLAIN, QPoint(150, 100))


def test_a_pen_carried_away_ends_its_stroke(panel: CanvasPanel, studio: Studio):
    canvas = panel.canvas
    pen(canvas, QEvent.Type.TabletPress, at(canvas, 60, 60), 0.8)
    pen(canvas, QEvent.Type.TabletMove, at(canvas, 80, 60), 0.8)
    assert studio.stroking
    application = QApplication.instance()
    assert application is not None
    QApplication.sendEvent(application, QEvent(QEvent.Type.TabletLeaveProximity))
    assert not studio.stroking
    assert painted(studio) > 0


def test_a_hovering_pen_paints_nothing(panel: CanvasPanel, studio: Studio):
    canvas = panel.canvas
    pen(canvas, QEvent.Type.TabletPress, at(canvas, 60, 60), 0.8)
    hover = QEvent.Type.TabletMove
    pen(canvas, hover, at(canvas, 80, 160), 0.0, buttons=NONE)
    kept = painted(studio)
    pen(canvas, hover, at(canvas, 120, 160), 0.0, buttons=NONE)
    assert not studio.stroking
    assert painted(studio) == kept


def test_the_mouse_that_echoes_a_pen_is_not_a_second_hand(panel: CanvasPanel, studio: Studio):
    canvas = panel.canvas
    types, made_up = QEvent.Type, Qt.MouseEventSource.MouseEventSynthesizedBySystem
    pen(canvas, types.TabletPress, at(canvas, 60, 60), 0.3)
    mouse(canvas, types.MouseButtonPress, at(canvas, 60, 60), down=True)
    mouse(canvas, types.MouseMove, at(canvas, 160, 160), down=True)
    pen(canvas, types.TabletRelease, at(canvas, 60, 60), 0.0)
    once = painted(studio)
    mouse(canvas, types.MouseButtonPress, at(canvas, 160, 160), down=True, source=made_up)
    mouse(canvas, types.MouseButtonRelease, at(canvas, 160, 160), down=False, source=made_up)
    assert painted(studio) == once
    assert studio.undo_stack.count() == 1


def test_a_pen_takes_over_from_the_mouse_that_came_before_it(panel: CanvasPanel, studio: Studio):
    canvas = panel.canvas
    panel.tools.set_size(40)
    mouse(canvas, QEvent.Type.MouseButtonPress, at(canvas, 60, 60), down=True)
    full = painted(studio)
    pen(canvas, QEvent.Type.TabletPress, at(canvas, 60, 60), 0.3)
    pen(canvas, QEvent.Type.TabletRelease, at(canvas, 60, 60), 0.0)
    assert 0 < painted(studio) < full / 2
    assert studio.undo_stack.count() == 1


def test_undo_in_mid_stroke_takes_that_stroke_alone(panel: CanvasPanel, studio: Studio):
    canvas = panel.canvas
    drag(canvas, (40, 40), (90, 40))
    first = painted(studio)
    QTest.mousePress(canvas, LEFT, PLAIN, at(canvas, 40, 160))
    QTest.mouseMove(canvas, at(canvas, 90, 160))
    QTest.qWait(1)
    studio.undo_stack.undo()
    assert painted(studio) == first
    QTest.mouseMove(canvas, at(canvas, 140, 160))
    QTest.mouseRelease(canvas, LEFT, PLAIN, at(canvas, 140, 160))
    assert painted(studio) == first


def test_undo_while_a_joint_is_dragged_does_not_drag_on(panel: CanvasPanel, studio: Studio):
    canvas = panel.canvas
    panel.tools.set_layer("pose")
    canvas.pose.add("standing")
    before = pose_of(studio.document).people[0].joints
    x, y, _ = before[4]
    QTest.mousePress(canvas, LEFT, PLAIN, at(canvas, x, y))
    QTest.mouseMove(canvas, at(canvas, x + 20, y))
    studio.undo_stack.undo()
    QTest.mouseMove(canvas, at(canvas, x + 40, y))
    QTest.mouseRelease(canvas, LEFT, PLAIN, at(canvas, x + 40, y))
    assert np.array_equal(pose_of(studio.document).people[0].joints, before)


def test_shift_and_a_click_draw_a_straight_line_from_where_the_last_stroke_ended(
    panel: CanvasPanel, studio: Studio
):
    canvas = panel.canvas
    panel.tools.set_size(6)
    drag(canvas, (40, 40), (60, 60))
    before = painted(studio)
    QTest.mouseClick(canvas, LEFT, SHIFT, at(canvas, 60, 200))
    known = depth_of(studio.document).known.whole
    assert (known[60:200, 60] == 255).all()
    assert painted(studio) > before + 140 * 4
    QTest.mouseClick(canvas, LEFT, SHIFT, at(canvas, 200, 200))
    assert (depth_of(studio.document).known.whole[200, 60:200] == 255).all()
    assert studio.undo_stack.count() == 3
    studio.undo_stack.undo()
    assert depth_of(studio.document).known.whole[200, 150] == 0


def test_shift_and_a_click_are_a_dab_where_nothing_was_drawn(panel: CanvasPanel, studio: Studio):
    QTest.mouseClick(panel.canvas, LEFT, SHIFT, at(panel.canvas, 100, 100))
    assert depth_of(studio.document).known.whole[100, 100] == 255
    assert studio.undo_stack.count() == 1


def test_every_layer_has_its_own_end_for_lines(panel: CanvasPanel, studio: Studio):
    drag(panel.canvas, (40, 40), (60, 60))
    panel.tools.set_layer("mask")
    QTest.mouseClick(panel.canvas, LEFT, SHIFT, at(panel.canvas, 60, 200))
    assert mask_of(studio.document).pixels.whole[130, 60] == 0
    assert mask_of(studio.document).pixels.whole[200, 60] == 255


def test_shift_shows_the_line_before_it_is_drawn(panel: CanvasPanel):
    canvas = panel.canvas
    drag(canvas, (40, 40), (60, 60))
    canvas.setFocus()
    QTest.mouseMove(canvas, at(canvas, 60, 200))
    assert canvas.hand.line() is None
    QTest.keyPress(canvas, Qt.Key.Key_Shift)
    line = canvas.hand.line()
    assert line is not None
    assert line.p1().toPoint() == at(canvas, 60, 60)
    QTest.keyRelease(canvas, Qt.Key.Key_Shift)
    assert canvas.hand.line() is None


def test_escape_gives_the_brush_its_size_back(panel: CanvasPanel):
    canvas, before = panel.canvas, panel.tools.brush.size
    QTest.mousePress(canvas, LEFT, SHIFT, at(canvas, 60, 60))
    QTest.mouseMove(canvas, at(canvas, 90, 60))
    assert panel.tools.brush.size != before
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert panel.tools.brush.size == before
    QTest.mouseRelease(canvas, LEFT, SHIFT, at(canvas, 90, 60))
    assert panel.tools.brush.size == before


def test_a_stroke_stays_on_its_layer(panel: CanvasPanel, studio: Studio):
    canvas = panel.canvas
    QTest.mousePress(canvas, LEFT, PLAIN, at(canvas, 60, 60))
    QTest.mouseMove(canvas, at(canvas, 90, 60))
    QTest.keyClick(canvas, Qt.Key.Key_1)
    QTest.mouseMove(canvas, at(canvas, 90, 160))
    QTest.mouseRelease(canvas, LEFT, PLAIN, at(canvas, 90, 160))
    assert depth_of(studio.document).known.whole[60, 80] == 255
    assert depth_of(studio.document).known.whole[130, 90] == 0
    assert colour_of(studio.document).untouched


def test_all_samples_of_a_turn_shape_one_edit(panel: CanvasPanel, studio: Studio, qtbot: QtBot):
    canvas = panel.canvas
    panel.tools.set_size(6)
    QTest.mousePress(canvas, LEFT, PLAIN, at(canvas, 40, 40))
    before = studio.document.revision
    corners = [(200, 40), (200, 200), (40, 200), (40, 120)]
    for corner in corners:
        mouse(canvas, QEvent.Type.MouseMove, at(canvas, *corner), down=True)
    qtbot.waitUntil(lambda: studio.document.revision > before)
    assert studio.document.revision == before + 1
    for x, y in corners:
        assert depth_of(studio.document).known.whole[y, x] == 255
    QTest.mouseRelease(canvas, LEFT, PLAIN, at(canvas, 40, 120))


def test_the_window_system_may_drop_no_place_of_a_stroke(studio: Studio, qtbot: QtBot):
    """What Qt's part for X11 sets while an application is made: the newest place of several is enough."""
    dropping = Qt.ApplicationAttribute.AA_CompressHighFrequencyEvents
    QApplication.setAttribute(dropping, True)
    qtbot.addWidget(CanvasPanel(studio))
    assert not QApplication.testAttribute(dropping)
