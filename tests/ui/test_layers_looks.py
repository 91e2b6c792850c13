"""How a layer lies over others and acts, set in the layers panel: blend, opacity, strength, masks."""

from __future__ import annotations

from PySide6.QtTest import QTest

from studio_app.session.studio import Studio
from studio_app.ui.layers.layers_panel import LayersPanel
from studio_app.ui.layers.row_delegate import InHand, RowDelegate
from studio_app.ui.layers.stack_item_model import ALPHA, EYE, LOCK
from studio_app.ui.main_window import MainWindow
from tests.ui.conftest import LEFT, PLAIN, drag
from tests.ui.layering import click, paint, trigger


def test_blend_and_opacity_are_set_of_all_that_are_chosen(layers: LayersPanel, studio: Studio):
    layers.view.choose("mask-1", "colour-1")
    layers.look.blend.setCurrentIndex(layers.look.blend.findData("multiply"))
    layers.look.blend.activated.emit(0)
    layers.look.opacity.slider.setValue(40)
    layers.look.opacity.slider.setValue(30)
    for id in ("mask-1", "colour-1"):
        node = studio.document.held(id)
        assert (node.blend, node.opacity) == ("multiply", 0.3)
    studio.undo_stack.undo()
    assert studio.document.held("colour-1").opacity == 1
    assert layers.look.opacity.value == 100


def test_each_control_has_its_strength_and_span_and_the_settings_show_the_one_that_leads(
    layers: LayersPanel, window: MainWindow, studio: Studio
):
    paint(studio, "depth-1")
    click(layers, "depth-1")
    layers.control.strength.spin.setValue(0.5)
    layers.control.span.end.setValue(60)
    assert studio.document.held("depth-1").acting == (0.5, 0.0, 0.6)
    knob = window.settings_panel.control_knobs["depth"]
    assert knob.value == 0.5
    trigger(layers, "duplicate")
    layers.control.strength.spin.setValue(1.5)
    assert knob.value == 1.5
    click(layers, layers.view.selected[0], EYE)
    assert knob.value == 0.5
    height = layers.view.height()
    click(layers, "colour-1")  # it makes no control, and nothing jumps
    assert layers.control.currentWidget() is layers.control.sentence
    assert layers.view.height() == height


def test_a_mask_is_added_painted_on_and_left_again(
    layers: LayersPanel, window: MainWindow, studio: Studio
):
    click(layers, "colour-1")
    paint(studio, "colour-1")
    trigger(layers, "add_mask")
    assert layers.view.in_hand.id == "colour-1"
    assert layers.view.in_hand.mask
    before = studio.document.held("colour-1")
    window.canvas.tools.set_tool("eraser")
    drag(window.canvas.canvas, (60, 120), (180, 120))
    after = studio.document.held("colour-1")
    assert after.content is before.content
    assert after.mask is not None
    assert after.mask.whole[120, 120] == 0
    click(layers, "colour-1")  # its thumbnail: the layer itself
    assert not layers.view.in_hand.mask
    cell = layers.view.visualRect(layers.view.stack_model.index_of("colour-1"))
    place = RowDelegate.mask_rect(cell, after).center()
    QTest.mouseClick(layers.view.viewport(), LEFT, PLAIN, place)
    assert layers.view.in_hand.mask
    trigger(layers, "invert_mask")
    assert studio.document.held("colour-1").mask.whole[120, 120] == 255  # pyright: ignore[reportOptionalMemberAccess]
    trigger(layers, "remove_mask")
    assert not layers.view.in_hand.mask
    assert window.canvas.tools.masked == ""
    window.canvas.tools.set_tool("brush")
    drag(window.canvas.canvas, (60, 40), (180, 40))
    assert studio.document.held("colour-1").content is not before.content


def test_the_mask_of_a_group_and_of_a_pose_are_painted_too(
    layers: LayersPanel, window: MainWindow, studio: Studio
):
    studio.group_layers(["colour-1"])
    for id in ("group-1", "pose-1"):
        layers.view.choose(id)
        trigger(layers, "add_mask")
        window.canvas.tools.set_tool("eraser")
        drag(window.canvas.canvas, (60, 120), (180, 120))
        item = studio.document.stack.find(id)
        assert item is not None
        assert item.mask is not None
        assert item.mask.whole[120, 120] == 0
    while studio.undo_stack.canUndo():
        studio.undo_stack.undo()
    assert window.canvas.tools.masked == ""


def test_a_long_name_takes_the_room_of_switches_that_do_not_show(
    layers: LayersPanel, studio: Studio
):
    name = "the cloak of the knight who waits before the tower " * 3
    studio.set_layer("colour-1", name=name)
    layers.view.choose("depth-1")
    layers.view.set_in_hand(InHand())

    def written(column: int) -> bool:
        """Whether anything stands in its cell."""
        view = layers.view
        cell = view.visualRect(view.stack_model.index_of("colour-1", column))
        image = view.viewport().grab(cell).toImage()
        pixels = [image.pixel(x, y) for x in range(image.width()) for y in range(image.height())]
        return len(set(pixels)) > 1

    assert written(ALPHA)
    assert written(LOCK)
    studio.set_layer("colour-1", name="cloak")
    assert not written(ALPHA)
    studio.set_layer("colour-1", name=name, locked=True)
    assert written(ALPHA)
    assert written(LOCK)
