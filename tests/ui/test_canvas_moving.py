"""What is selected is moved, turned, scaled, cut and pasted."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest

from studio_app.session.studio import Studio
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from tests.nodes import depth_of
from tests.ui.conftest import LEFT, PLAIN, SHIFT, at, drag
from tests.ui.hands import PAINTED, cover, select, take


@pytest.mark.parametrize("kind", PAINTED)
def test_what_is_selected_is_moved_as_one_step(panel: CanvasPanel, studio: Studio, kind: str):
    take(panel, "rectangle", kind)
    drag(panel.canvas, (40, 40), (60, 60), (100, 100))
    before = cover(studio, kind)
    select(panel, (30, 30), (50, 50), (70, 110))
    count = studio.undo_stack.count()
    take(panel, "move", kind)
    drag(panel.canvas, (55, 70), (100, 100), (155, 170))
    mover = panel.canvas.kit.mover
    assert mover.floating is not None
    drag(panel.canvas, (155, 170), (150, 170), (145, 170))
    QTest.keyClick(panel.canvas, Qt.Key.Key_Return)
    assert mover.floating is None
    assert studio.undo_stack.count() == count + 1
    after = cover(studio, kind)
    assert after.sum() == pytest.approx(before.sum(), rel=1e-3)
    assert after[70, 55] == 0
    assert after[70, 85] == 1
    assert after[170, 145] == 1
    studio.undo_stack.undo()
    assert np.array_equal(cover(studio, kind), before)


def test_the_edge_of_the_selection_goes_along_with_every_move_of_the_hand(panel: CanvasPanel):
    take(panel, "rectangle")
    drag(panel.canvas, (40, 40), (60, 60), (100, 100))
    select(panel, (30, 30), (50, 50), (70, 110))
    take(panel, "move")
    canvas, ants = panel.canvas, panel.canvas.kit.ants
    start = ants.rect
    QTest.mousePress(canvas, LEFT, PLAIN, at(canvas, 55, 70))
    for step in (10, 30, 50):
        QTest.mouseMove(canvas, at(canvas, 55 + step, 70 + step))
        assert ants.rect == start.translated(step, step)
    QTest.mouseRelease(canvas, LEFT, PLAIN, at(canvas, 105, 120))
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert ants.rect == start


def test_a_handle_scales_and_escape_gives_it_up(panel: CanvasPanel, studio: Studio):
    take(panel, "rectangle")
    drag(panel.canvas, (40, 40), (60, 60), (100, 100))
    before = cover(studio)
    take(panel, "move")
    drag(panel.canvas, (100, 100), (120, 120), (160, 160))
    assert cover(studio).sum() == pytest.approx(4 * before.sum(), rel=0.06)
    QTest.keyClick(panel.canvas, Qt.Key.Key_Escape)
    assert np.array_equal(cover(studio), before)
    assert panel.tools.tool == "move"


def test_beside_the_box_it_turns(panel: CanvasPanel, studio: Studio):
    take(panel, "rectangle")
    drag(panel.canvas, (60, 90), (80, 100), (180, 130))
    take(panel, "move")
    canvas = panel.canvas
    QTest.mousePress(canvas, LEFT, PLAIN, at(canvas, 190, 110))
    canvas.hand.move(at(canvas, 121, 190).toPointF(), 1.0, SHIFT)
    QTest.mouseRelease(canvas, LEFT, PLAIN, at(canvas, 121, 190))
    rows, columns = np.nonzero(cover(studio) > 0.5)
    assert rows.max() - rows.min() > 100
    assert columns.max() - columns.min() < 50


def test_flips_and_turns_are_buttons(panel: CanvasPanel, studio: Studio):
    take(panel, "lasso")
    drag(panel.canvas, (40, 40), (160, 60), (60, 160), (40, 100))
    before = cover(studio)
    panel.select_actions.flip_across.trigger()
    assert not np.allclose(cover(studio), before, atol=0.2)
    panel.select_actions.flip_across.trigger()
    panel.select_actions.turn_right.trigger()
    panel.select_actions.turn_left.trigger()
    panel.select_actions.keep.trigger()
    assert np.allclose(cover(studio), before, atol=0.02)
    assert studio.undo_stack.count() == 2


def test_another_tool_keeps_what_was_moved(panel: CanvasPanel, studio: Studio):
    take(panel, "rectangle")
    drag(panel.canvas, (40, 40), (60, 60), (100, 100))
    take(panel, "move")
    drag(panel.canvas, (70, 70), (100, 100), (150, 150))
    take(panel, "brush")
    assert panel.canvas.kit.mover.floating is None
    assert studio.undo_stack.count() == 2
    assert cover(studio)[150, 150] == 1


def test_undo_takes_back_what_is_still_in_hand(panel: CanvasPanel, studio: Studio):
    take(panel, "rectangle")
    drag(panel.canvas, (40, 40), (60, 60), (100, 100))
    before = cover(studio)
    take(panel, "move")
    drag(panel.canvas, (70, 70), (100, 100), (150, 150))
    studio.undo_stack.undo()
    assert np.array_equal(cover(studio), before)
    assert panel.canvas.kit.mover.floating is None


def test_cut_and_pasted_depth_keeps_its_floats(panel: CanvasPanel, studio: Studio):
    take(panel, "gradient")
    drag(panel.canvas, (0, 0), (120, 120), (256, 0))
    select(panel, (40, 40), (60, 60), (80, 80))
    before = depth_of(studio.document).value.whole[42:78, 42:78]
    panel.canvas.setFocus()
    panel.select_actions.cut.trigger()
    assert cover(studio)[60, 60] == 0
    panel.exchange.paste()
    assert panel.tools.tool == "move"
    panel.canvas.setFocus()
    QTest.keyClick(panel.canvas, Qt.Key.Key_Return)
    assert np.array_equal(depth_of(studio.document).value.whole[42:78, 42:78], before)


def test_a_picture_of_what_is_selected_is_for_other_programs(panel: CanvasPanel, studio: Studio):
    take(panel, "rectangle", "colour")
    panel.tools.set_colour((200, 10, 20))
    drag(panel.canvas, (40, 40), (60, 60), (100, 100))
    select(panel, (50, 50), (60, 60), (80, 90))
    panel.exchange.copy()
    image = QGuiApplication.clipboard().image()
    assert (image.width(), image.height()) == pytest.approx((30, 40), abs=1)
    assert image.pixelColor(10, 10).red() == 200
    QGuiApplication.clipboard().setImage(QImage(8, 8, QImage.Format.Format_RGB32))
    assert not panel.select_actions.paste(), "what another program copied comes first"


def test_an_empty_layer_says_that_there_is_nothing_to_move(panel: CanvasPanel, studio: Studio):
    said: list[object] = []
    studio.message.connect(said.append)
    take(panel, "move")
    drag(panel.canvas, (40, 40), (60, 60))
    assert said
    assert studio.undo_stack.count() == 0
