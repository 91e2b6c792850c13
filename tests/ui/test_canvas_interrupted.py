"""A command comes while a hand is in the middle of something on the canvas: that is finished first, and kept."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio_app.session.studio import Studio
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from studio_app.ui.canvas.depth_dialogs import LevelsDialog
from studio_app.ui.canvas.tools.writing import Text
from tests.nodes import depth_of
from tests.ui.altering import CANCEL, dialog_of
from tests.ui.conftest import CONTROL, LEFT, PLAIN, at, drag
from tests.ui.hands import cover, pen, take

SHAPES = ("line", "gradient", "lasso", "sphere", "rectangle")


def begin(panel: CanvasPanel, tool: str) -> None:
    """Presses and drags, with a shape that is not drawn to its end yet."""
    take(panel, tool)
    canvas = panel.canvas
    QTest.mousePress(canvas, LEFT, PLAIN, at(canvas, 40, 60))
    for place in ((60, 60), (140, 120), (60, 160)):
        QTest.mouseMove(canvas, at(canvas, *place))


def end(panel: CanvasPanel) -> None:
    QTest.mouseMove(panel.canvas, at(panel.canvas, 200, 200))
    QApplication.processEvents()
    QTest.mouseRelease(panel.canvas, LEFT, PLAIN, at(panel.canvas, 200, 200))
    QApplication.processEvents()


@pytest.mark.parametrize("tool", ["brush", *SHAPES])
def test_a_dialog_opens_over_a_shape_that_is_kept(panel: CanvasPanel, studio: Studio, tool: str):
    panel.tools.set_layer("depth")
    drag(panel.canvas, (20, 20), (220, 20))
    begin(panel, tool)
    panel.depth_actions.commands["levels"].trigger()
    dialog = dialog_of(panel, LevelsDialog)
    assert isinstance(dialog, LevelsDialog)
    assert studio.undo_stack.count() == 2  # the shape is a step of its own
    kept = depth_of(studio.document)
    assert dialog.drawn is kept
    end(panel)
    assert depth_of(studio.document) is kept  # the rest of the gesture draws nothing
    dialog.near.slider.setValue(60)
    QApplication.processEvents()
    assert depth_of(studio.document) is not kept
    QTest.mouseClick(dialog.buttons.button(CANCEL), LEFT)
    assert depth_of(studio.document).value.digest == kept.value.digest
    studio.undo_stack.undo()
    assert not cover(studio)[50:].any()


@pytest.mark.parametrize("command", ["flip_across", "turn_left"])
@pytest.mark.parametrize("tool", SHAPES)
def test_a_shape_is_mirrored_and_turned_whole(
    panel: CanvasPanel, studio: Studio, tool: str, command: str
):
    panel.tools.set_layer("depth")
    drag(panel.canvas, (80, 30), (120, 30))
    begin(panel, tool)
    panel.canvas.hand.release()  # as it would be without the command
    drawn = cover(studio)
    studio.undo_stack.undo()
    begin(panel, tool)
    getattr(panel.select_actions, command).trigger()
    assert studio.undo_stack.count() == 2
    end(panel)
    assert cover(studio).sum() == pytest.approx(drawn.sum(), rel=0.05)
    panel.select_actions.drop.trigger()
    assert np.array_equal(cover(studio), drawn)


@pytest.mark.parametrize("tool", SHAPES)
def test_what_is_pasted_comes_after_the_shape(panel: CanvasPanel, studio: Studio, tool: str):
    panel.tools.set_layer("depth")
    drag(panel.canvas, (20, 20), (60, 20))
    panel.select_actions.all.trigger()
    panel.layer_actions.copy.trigger()
    begin(panel, tool)
    count = studio.undo_stack.count()
    panel.layer_actions.paste.trigger()
    assert studio.undo_stack.count() == count + 1
    assert panel.canvas.kit.mover.floating is not None
    end(panel)
    panel.select_actions.drop.trigger()
    assert cover(studio)[50:].any()


def test_a_text_has_its_last_letters_whatever_comes_next(panel: CanvasPanel, studio: Studio):
    panel.tools.set_layer("depth")
    drag(panel.canvas, (20, 20), (220, 20))
    take(panel, "text")
    QTest.mouseClick(panel.canvas, LEFT, PLAIN, at(panel.canvas, 40, 100))
    text = panel.canvas.kit.in_hand
    assert isinstance(text, Text)
    QTest.keyClicks(text.field, "Oak")
    panel.depth_actions.commands["levels"].trigger()
    dialog_of(panel, LevelsDialog)
    QApplication.processEvents()
    assert not text.writing and text.field.isHidden()
    assert studio.undo_stack.count() == 2
    assert cover(studio)[100:].any()


def test_ctrl_enter_keeps_the_last_letters(panel: CanvasPanel, studio: Studio):
    take(panel, "text")
    QTest.mouseClick(panel.canvas, LEFT, PLAIN, at(panel.canvas, 40, 100))
    text = panel.canvas.kit.in_hand
    assert isinstance(text, Text)
    QTest.keyClicks(text.field, "Oak")
    QTest.keyClick(text.field, Qt.Key.Key_Return, CONTROL)
    assert cover(studio).any()


def test_the_pens_other_end_stays_an_eraser_for_its_stroke(panel: CanvasPanel, studio: Studio):
    panel.tools.set_layer("depth")
    tip = QPointingDevice.PointerType.Eraser
    pen(panel.canvas, QEvent.Type.TabletPress, at(panel.canvas, 40, 40), 0.5, tip)
    assert panel.tools.tool == "eraser"
    pen(panel.canvas, QEvent.Type.TabletMove, at(panel.canvas, 90, 40), 0.5, tip)
    assert panel.tools.tool == "eraser"
    pen(panel.canvas, QEvent.Type.TabletRelease, at(panel.canvas, 90, 40), 0.0, tip)
    assert panel.tools.tool == "brush"
