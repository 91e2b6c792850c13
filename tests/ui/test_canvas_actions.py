"""A picture put onto the canvas, another size of the canvas, cropping and extending, as one does it in the window."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from studio_app.document.contents.colour import Colour
from studio_app.session.studio import Studio
from studio_app.ui.canvas.canvas_dialog import CanvasDialog
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from tests.fake_pictures import record_of
from tests.nodes import depth_of
from tests.ui.conftest import LEFT, drag


def finish(studio: Studio, frame: tuple[int, int, int, int]) -> None:
    """As if a run had just ended that was begun with the frame there."""
    place = studio.document.bearings.place(frame)
    studio._shelf.add(replace(record_of(), place=place))


@pytest.fixture
def wide(panel: CanvasPanel, studio: Studio) -> CanvasPanel:
    """The picture in the middle of a canvas of three by three of it."""
    studio.set_canvas((-256, -256, 768, 768))
    panel.canvas.fit()
    return panel


def colours(studio: Studio) -> list[Colour]:
    return [
        node.content for node in studio.document.stack.nodes() if isinstance(node.content, Colour)
    ]


def test_the_picture_is_put_where_the_frame_was(wide: CanvasPanel, studio: Studio):
    put = wide.canvas_actions.put
    assert not put.isEnabled()
    finish(studio, (256, 256, 256, 256))
    studio.set_frame((0, 0, 256, 256))
    count = len(colours(studio))
    assert put.isEnabled()
    put.trigger()
    assert len(colours(studio)) == count + 1
    rows, columns = np.nonzero(colours(studio)[0].rgba.whole[..., 3])
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (256, 511, 256, 511)
    studio.undo_stack.undo()
    assert len(colours(studio)) == count


def test_it_still_is_after_a_crop(wide: CanvasPanel, studio: Studio):
    finish(studio, (256, 256, 256, 256))
    studio.set_canvas((200, 100, 500, 600))
    wide.canvas_actions.put.trigger()
    rows, columns = np.nonzero(colours(studio)[0].rgba.whole[..., 3])
    assert (rows.min(), columns.min()) == (156, 56)


def test_the_feather_of_the_field_is_used(wide: CanvasPanel, studio: Studio):
    finish(studio, (256, 256, 256, 256))
    wide.tools.set_tool("frame")
    field = wide.options.frame.feather
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "30")
    QTest.keyClick(field, Qt.Key.Key_Return)
    wide.canvas_actions.put.trigger()
    top = next(iter(studio.document.stack.nodes()))
    assert top.mask is not None
    cover = top.mask.whole
    assert cover[256, 256] == 0 and cover[384, 384] == 255 and 0 < cover[384, 270] < 255


def test_one_beside_the_canvas_is_refused_with_a_word(
    wide: CanvasPanel, studio: Studio, qtbot: QtBot
):
    finish(studio, (0, 0, 128, 128))
    studio.set_canvas((300, 300, 300, 300))
    before = studio.document
    with qtbot.waitSignal(studio.message) as said:
        wide.canvas_actions.put.trigger()
    assert "beside the canvas" in said.args[0].title  # pyright: ignore[reportOptionalSubscript]
    assert studio.document is before


def test_who_paints_colour_goes_on_on_top_of_it(wide: CanvasPanel, studio: Studio):
    wide.tools.set_layer("colour")
    drag(wide.canvas, (300, 300), (320, 300))
    finish(studio, (256, 256, 256, 256))
    wide.canvas_actions.put.trigger()
    assert wide.tools.held(studio.document) is next(iter(studio.document.stack.nodes()))


def test_cropping_and_extending_by_the_frame(wide: CanvasPanel, studio: Studio):
    drag(wide.canvas, (300, 300), (420, 420))
    actions = wide.canvas_actions
    actions.crop.trigger()
    assert studio.document.canvas == (256, 256) and studio.document.whole
    assert depth_of(studio.document).known.read(100, 100, 1, 1)[0, 0] > 0
    assert not actions.crop.isEnabled()
    actions.extend["left"].trigger()
    assert studio.document.canvas == (512, 256)
    assert studio.document.frame == (256, 0, 256, 256)
    assert depth_of(studio.document).known.read(356, 100, 1, 1)[0, 0] > 0
    for _ in range(20):
        actions.extend["down"].trigger()
    assert studio.document.canvas == (512, 4096)
    assert not actions.extend["down"].isEnabled()
    for _ in range(17):
        studio.undo_stack.undo()
    assert studio.document.canvas == (768, 768)


@pytest.fixture
def dialog(wide: CanvasPanel, studio: Studio) -> CanvasDialog:
    wide.canvas_actions.size.trigger()
    (found,) = wide.findChildren(CanvasDialog)
    assert not found.isModal()
    return found


def typed(dialog: CanvasDialog, width: str, height: str) -> None:
    for field, text in ((dialog.width_field, width), (dialog.height_field, height)):
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Tab)


def test_another_size_with_an_anchor(dialog: CanvasDialog, studio: Studio, wide: CanvasPanel):
    assert not dialog.change.isEnabled()
    typed(dialog, "1000", "600")
    assert "left 116, right 116" in dialog.said.text() and "top 84" in dialog.said.text()
    QTest.mouseClick(dialog.anchors[-1, 1], LEFT)
    assert dialog.said.text() == "Added, in pixels: right 232\nCut off, in pixels: top 168"
    QTest.mouseClick(dialog.change, LEFT)
    assert studio.document.canvas == (1000, 600)
    assert studio.document.frame == (256, 88, 256, 256)
    studio.undo_stack.undo()
    assert studio.document.canvas == (768, 768)


def test_it_is_filled_in_by_typing_alone(
    dialog: CanvasDialog, studio: Studio, wide: CanvasPanel, qtbot: QtBot
):
    qtbot.waitUntil(dialog.width_field.hasFocus)
    QTest.keyClicks(dialog.width_field, "1000")
    assert "left 116" in dialog.said.text() and dialog.change.isEnabled()
    QTest.keyClick(dialog.width_field, Qt.Key.Key_Tab)
    QTest.keyClicks(dialog.height_field, "600")
    QTest.keyClick(dialog.height_field, Qt.Key.Key_Return)
    assert studio.document.canvas == (1000, 600)


def test_numbers_are_kept_in_range(dialog: CanvasDialog):
    typed(dialog, "99999", "3")
    assert dialog.width_field.value() <= 4096 and dialog.height_field.value() >= 16


def test_it_can_be_left_alone_and_follows_the_canvas(
    dialog: CanvasDialog, studio: Studio, wide: CanvasPanel
):
    typed(dialog, "1000", "600")
    drag(wide.canvas, (300, 300), (320, 320))  # not modal
    assert not depth_of(studio.document).untouched
    assert dialog.width_field.value() == 1000
    wide.canvas_actions.crop.trigger()
    assert (dialog.width_field.value(), dialog.height_field.value()) == (256, 256)
    cancel = dialog.buttons.button(QDialogButtonBox.StandardButton.Cancel)
    QTest.mouseClick(cancel, LEFT)
    assert studio.document.canvas == (256, 256)
