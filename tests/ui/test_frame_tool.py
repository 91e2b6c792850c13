"""The frame in hand: dragged, pulled by its handles, moved by key, and given back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from studio_app.session.studio import Studio
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from studio_app.ui.canvas.frame_tool import Board, moved, pulled
from tests.nodes import depth_of
from tests.ui.conftest import LEFT, PLAIN, SHIFT, at, drag

WIDE = Board((1024, 768), (256, 256), 10.0)
FREE = Board((1024, 768), (256, 256))


@pytest.fixture
def framed(panel: CanvasPanel, studio: Studio, qtbot: QtBot) -> CanvasPanel:
    """The picture in the middle of a canvas of three by three of it, the frame in hand."""
    studio.set_canvas((-256, -256, 768, 768))
    panel.canvas.fit()
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    panel.canvas.setFocus()
    QTest.keyClick(panel.canvas, Qt.Key.Key_F, SHIFT)
    assert panel.tools.tool == "frame"
    return panel


def test_dragging_inside_moves_it_and_paints_nothing(framed: CanvasPanel, studio: Studio):
    before = studio.undo_stack.count()
    drag(framed.canvas, (350, 350), (360, 340), (410, 310), modifiers=SHIFT)
    x, y, width, height = studio.document.frame
    assert (width, height) == (256, 256)
    assert abs(x - 316) <= 2 and abs(y - 216) <= 2
    assert depth_of(studio.document).untouched
    assert studio.undo_stack.count() == before + 1
    studio.undo_stack.undo()
    assert studio.document.frame == (256, 256, 256, 256)


def test_it_snaps_to_edges_and_middle_and_shift_lets_it_go(framed: CanvasPanel, studio: Studio):
    drag(framed.canvas, (350, 350), (340, 340), (97, 101))
    assert studio.document.frame == (0, 0, 256, 256)
    drag(framed.canvas, (100, 100), (200, 200), (353, 359))
    assert studio.document.frame == (256, 256, 256, 256)
    press, there = (350, 350), (97, 101)
    QTest.mousePress(framed.canvas, LEFT, SHIFT, at(framed.canvas, *press))
    canvas = framed.canvas
    canvas.hand.move(canvas.transform.to_view(*there), 1.0, SHIFT)
    QTest.mouseRelease(canvas, LEFT, SHIFT, at(canvas, *there))
    assert studio.document.frame[0] in (2, 3, 4) and studio.document.frame[1] in (6, 7, 8)


def test_a_handle_resizes_it_and_its_shape_stays(framed: CanvasPanel, studio: Studio):
    studio.set_size(256, 128)
    x, y, width, height = studio.document.frame
    assert width == 2 * height
    corner = (x + width, y + height)
    drag(framed.canvas, corner, (corner[0] - 30, corner[1]), (corner[0] - 90, corner[1] - 5))
    left, top, wide, high = studio.document.frame
    assert (left, top) == (x, y)
    assert wide < width and abs(wide - 2 * high) <= 1
    middle = (left + wide, top + high / 2)
    drag(framed.canvas, middle, (middle[0] + 10, middle[1]), (2000, middle[1]))
    assert studio.document.frame[0] + studio.document.frame[2] <= 768


def test_escape_gives_it_back_with_the_drag_still_down(framed: CanvasPanel, studio: Studio):
    canvas = framed.canvas
    QTest.mousePress(canvas, LEFT, PLAIN, at(canvas, 350, 350))
    QTest.mouseMove(canvas, at(canvas, 300, 380))
    assert studio.document.frame != (256, 256, 256, 256)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert studio.document.frame == (256, 256, 256, 256)
    QTest.mouseMove(canvas, at(canvas, 200, 200))
    QTest.mouseRelease(canvas, LEFT, PLAIN, at(canvas, 200, 200))
    assert studio.document.frame == (256, 256, 256, 256)
    assert studio.undo_stack.undoText() == "Canvas size" and not studio.undo_stack.canRedo()


def test_arrows_nudge_it_as_one_step(framed: CanvasPanel, studio: Studio):
    before = studio.undo_stack.count()
    QTest.keyClick(framed.canvas, Qt.Key.Key_Left)
    QTest.keyClick(framed.canvas, Qt.Key.Key_Left)
    QTest.keyClick(framed.canvas, Qt.Key.Key_Down, SHIFT)
    assert studio.document.frame == (254, 266, 256, 256)
    assert studio.undo_stack.count() == before + 1


def test_what_it_is_is_said(framed: CanvasPanel, studio: Studio):
    studio.set_frame((0, 0, 512, 512))
    assert framed._said.text() == "Frame 512 × 512 at 0, 0, drawn with 256 × 256"


def test_the_pointer_says_what_a_drag_would_do(framed: CanvasPanel):
    canvas = framed.canvas
    shapes = Qt.CursorShape
    for place, shape in (
        ((384, 384), shapes.SizeAllCursor),
        ((512, 512), shapes.SizeFDiagCursor),
        ((256, 512), shapes.SizeBDiagCursor),
        ((256, 384), shapes.SizeHorCursor),
        ((384, 512), shapes.SizeVerCursor),
        ((60, 60), shapes.ArrowCursor),
    ):
        QTest.mouseMove(canvas, at(canvas, *place))
        assert canvas.cursor().shape() == shape, place


def test_over_people_it_moves_and_is_put_away_again(framed: CanvasPanel, studio: Studio):
    framed.tools.set_layer("pose")
    framed.canvas.pose.add("standing")
    people = framed.canvas.pose.people
    drag(framed.canvas, (384, 384), (400, 400), (450, 450))
    assert studio.document.frame != (256, 256, 256, 256)
    assert framed.canvas.pose.people == people
    button = next(
        one for one in framed.options.findChildren(QToolButton)
        if one.defaultAction() is not None and one.defaultAction().objectName() == "canvas_frame"
    )  # fmt: skip
    QTest.mouseClick(button, LEFT)
    assert framed.tools.tool == "brush"
    assert framed.options._stack.currentWidget() is framed.options.pose


@pytest.mark.parametrize("grip", [(-1, -1), (0, -1), (1, 0), (1, 1)])
@pytest.mark.parametrize("by", [(-3000, -3000), (3000, 3000), (17, -400), (0, 0)])
@pytest.mark.parametrize("pixels", [(256, 256), (512, 128), (128, 320)])
def test_no_pull_leaves_the_canvas_or_the_shape(
    grip: tuple[int, int], by: tuple[int, int], pixels: tuple[int, int]
):
    board = Board((1024, 768), pixels, 10.0)
    shape = pixels[0] / pixels[1]
    start = (300, 200, round(128 * shape), 128)
    x, y, width, height = pulled(start, grip, *by, board)
    assert x >= 0 and y >= 0 and x + width <= 1024 and y + height <= 768
    assert min(width, height) >= 16
    assert abs(width - height * shape) <= max(shape, 1)


def test_sizes_snap_to_whole_multiples_of_the_models_pixels():
    start = (100, 100, 300, 300)
    assert pulled(start, (1, 1), 205, 190, WIDE)[2:] == (512, 512)
    assert pulled(start, (1, 1), 205, 190, FREE)[2:] == (505, 505)
    assert pulled(start, (-1, -1), -95, -90, WIDE) == (0, 0, 400, 400)
    assert pulled(start, (1, 1), -175, -175, WIDE)[2:] == (128, 128)


def test_places_snap_to_whole_pixels_of_the_model():
    assert moved((0, 0, 512, 512), 121, 77, WIDE) == (120, 76, 512, 512)
    assert moved((0, 0, 512, 512), 121, 77, FREE) == (121, 77, 512, 512)
