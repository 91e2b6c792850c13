"""Drawing with mouse, pen and keys, through the real Studio."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import (
    QPointingDevice,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from studio_app.session.studio import Studio
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from studio_app.ui.canvas.colour_field import ColourField
from tests.nodes import colour_of, depth_of, mask_of
from tests.ui.conftest import CONTROL, LEFT, PLAIN, SHIFT, at, drag
from tests.ui.hands import pen


def test_a_stroke_lands_under_the_pointer(panel: CanvasPanel, studio: Studio):
    panel.tools.set_size(20)
    panel.tools.set_value(0.6)
    drag(panel.canvas, (60, 80), (120, 80))
    depth = depth_of(studio.document)
    assert depth.known.whole[80, 60] == depth.known.whole[80, 110] == 255
    assert depth.value.whole[80, 90] == pytest.approx(0.6, abs=0.01)
    assert depth.known.whole[110, 90] == 0
    assert not studio.stroking


@pytest.mark.parametrize("zoom", [0.5, 1.0, 3.7])
def test_it_does_at_every_zoom(panel: CanvasPanel, studio: Studio, zoom: float):
    panel.canvas.set_zoom(zoom)
    panel.canvas.pan(13, -7)
    panel.tools.set_size(6)
    QTest.mouseClick(panel.canvas, LEFT, PLAIN, at(panel.canvas, 130, 120))
    rows, columns = np.nonzero(depth_of(studio.document).known.whole)
    assert abs(rows.mean() - 120) < 1.5
    assert abs(columns.mean() - 130) < 1.5


def test_one_stroke_is_one_undo(panel: CanvasPanel, studio: Studio):
    drag(panel.canvas, (60, 80), (90, 90), (120, 80))
    assert studio.undo_stack.count() == 1
    studio.undo_stack.undo()
    assert depth_of(studio.document).untouched


def test_the_eraser_goes_back_to_unknown(panel: CanvasPanel, studio: Studio):
    drag(panel.canvas, (60, 80), (120, 80))
    QTest.keyClick(panel.canvas, Qt.Key.Key_E)
    assert panel.tools.brush.eraser
    drag(panel.canvas, (60, 80), (120, 80))
    assert depth_of(studio.document).known.whole[80, 90] == 0
    QTest.keyClick(panel.canvas, Qt.Key.Key_B)
    assert not panel.tools.brush.eraser


def test_brackets_change_the_size_and_the_knob_follows(panel: CanvasPanel):
    before = panel.tools.brush.size
    QTest.keyClick(panel.canvas, Qt.Key.Key_BracketRight)
    assert panel.tools.brush.size > before
    assert panel.options.brush.size_knob.value == round(panel.tools.brush.size)
    QTest.keyClick(panel.canvas, Qt.Key.Key_BracketLeft)
    QTest.keyClick(panel.canvas, Qt.Key.Key_BracketLeft)
    assert panel.tools.brush.size < before
    for _ in range(60):
        QTest.keyClick(panel.canvas, Qt.Key.Key_BracketLeft)
    assert panel.tools.brush.size == 1


def test_shift_dragging_changes_the_size_and_paints_nothing(panel: CanvasPanel, studio: Studio):
    before = panel.tools.brush.size
    drag(panel.canvas, (60, 80), (80, 80), modifiers=SHIFT)
    assert panel.tools.brush.size == pytest.approx(before + 40, abs=2)
    assert depth_of(studio.document).untouched


def test_every_layer_has_its_own_brush(panel: CanvasPanel):
    panel.tools.set_size(11)
    panel.tools.set_layer("mask")
    panel.tools.set_size(77)
    panel.tools.set_layer("depth")
    assert panel.tools.brush.size == 11


def test_the_pen_presses_and_is_not_taken_twice(panel: CanvasPanel, studio: Studio):
    panel.tools.set_size(40)
    canvas = panel.canvas
    types = QEvent.Type
    press = pen(canvas, types.TabletPress, at(canvas, 60, 60), 0.25)
    assert press.isAccepted()
    assert studio.stroking
    pen(canvas, types.TabletMove, at(canvas, 60, 61), 0.25)
    pen(canvas, types.TabletRelease, at(canvas, 60, 61), 0.0)
    assert not studio.stroking
    light = int((depth_of(studio.document).known.whole > 0).sum())
    studio.undo_stack.undo()
    pen(canvas, types.TabletPress, at(canvas, 60, 60), 1.0)
    pen(canvas, types.TabletMove, at(canvas, 60, 61), 1.0)
    pen(canvas, types.TabletRelease, at(canvas, 60, 61), 0.0)
    assert (depth_of(studio.document).known.whole > 0).sum() > 4 * light


def test_the_pens_other_end_erases(panel: CanvasPanel, studio: Studio):
    canvas = panel.canvas
    drag(canvas, (60, 80), (120, 80))
    end = QPointingDevice.PointerType.Eraser
    pen(canvas, QEvent.Type.TabletPress, at(canvas, 90, 80), 1.0, end)
    pen(canvas, QEvent.Type.TabletRelease, at(canvas, 90, 80), 0.0, end)
    assert depth_of(studio.document).known.whole[80, 90] == 0
    pen(canvas, QEvent.Type.TabletMove, at(canvas, 90, 80), 0.0)
    assert panel.tools.tool == "brush"


def test_escape_takes_the_stroke_back(panel: CanvasPanel, studio: Studio):
    canvas = panel.canvas
    QTest.mousePress(canvas, LEFT, PLAIN, at(canvas, 60, 60))
    QTest.mouseMove(canvas, at(canvas, 100, 60))
    assert not depth_of(studio.document).untouched
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert depth_of(studio.document).untouched
    QTest.mouseRelease(canvas, LEFT, PLAIN, at(canvas, 100, 60))
    assert studio.undo_stack.count() == 0


def test_painting_with_keys_alone(panel: CanvasPanel, studio: Studio):
    canvas = panel.canvas
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert not depth_of(studio.document).untouched
    steps = studio.undo_stack.count()
    QTest.mouseMove(canvas, at(canvas, 120, 60))
    QTest.keyClick(canvas, Qt.Key.Key_Return)  # one too many, after a dialog
    assert studio.undo_stack.count() == steps
    for key, layer in ((Qt.Key.Key_1, "colour"), (Qt.Key.Key_3, "pose"), (Qt.Key.Key_4, "mask")):
        QTest.keyClick(canvas, key)
        assert panel.tools.layer == layer


@pytest.mark.parametrize("layer", ["colour", "mask"])
def test_the_other_layers_are_painted_too(panel: CanvasPanel, studio: Studio, layer: str):
    panel.tools.set_layer(layer)
    panel.tools.set_colour((10, 200, 30))
    drag(panel.canvas, (60, 80), (120, 80))
    assert not studio.document.held(layer).untouched
    assert depth_of(studio.document).untouched
    if layer == "colour":
        assert tuple(colour_of(studio.document).rgba.whole[80, 90]) == (10, 200, 30, 255)
    else:
        assert mask_of(studio.document).pixels.whole[80, 90] == 255


def test_the_picker_takes_colour_and_depth(panel: CanvasPanel, studio: Studio):
    panel.tools.set_layer("colour")
    panel.tools.set_colour((10, 200, 30))
    drag(panel.canvas, (60, 80), (120, 80))
    panel.tools.set_colour((1, 2, 3))
    QTest.mouseClick(panel.canvas, LEFT, CONTROL, at(panel.canvas, 90, 80))
    assert panel.tools.colour == (10, 200, 30)
    panel.tools.set_layer("depth")
    panel.tools.set_value(0.35)
    drag(panel.canvas, (60, 180), (120, 180))
    panel.tools.set_value(0.9)
    QTest.keyClick(panel.canvas, Qt.Key.Key_I)
    QTest.mouseClick(panel.canvas, LEFT, PLAIN, at(panel.canvas, 90, 180))
    assert panel.tools.brush.value == pytest.approx(0.35, abs=0.01)
    QTest.mouseClick(panel.canvas, LEFT, PLAIN, at(panel.canvas, 20, 20))  # unknown: no value
    assert panel.tools.brush.value == pytest.approx(0.35, abs=0.01)


def test_clearing_a_layer(panel: CanvasPanel, studio: Studio):
    drag(panel.canvas, (60, 80), (120, 80))
    depth = panel.layers._buttons["depth"]
    assert "drawn on" in depth.accessibleName()
    dotted = depth.grab().toImage()
    QTest.keyClick(panel.canvas, Qt.Key.Key_Delete, SHIFT)
    assert depth_of(studio.document).untouched
    assert "empty" in depth.accessibleName()
    assert depth.grab().toImage() != dotted


def test_the_colour_field(panel: CanvasPanel, qtbot: QtBot):
    panel.tools.set_layer("colour")
    swatch = panel.options.brush.swatch
    swatch.open()
    assert swatch._popup is not None
    field = swatch._popup.findChild(ColourField)
    assert field is not None
    QTest.mouseClick(field, LEFT, PLAIN, QPoint(207, 0))
    QTest.mouseClick(field, LEFT, PLAIN, QPoint(field.width() - 4, 0))
    assert panel.tools.colour == pytest.approx((255, 0, 0), abs=4)
    QTest.keyClick(field, Qt.Key.Key_Down)
    assert panel.tools.colour[0] < 254
    number = swatch._popup.findChild(QLineEdit)
    assert number is not None
    number.setText("#0a64c8")
    number.editingFinished.emit()
    assert panel.tools.colour == (10, 100, 200)
    number.setText("no colour")
    number.editingFinished.emit()
    assert panel.tools.colour == (10, 100, 200)
    swatch._popup.close()
