"""The menu under the pointer, layer by layer."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from studio_app.session.studio import Studio
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from studio_app.ui.canvas.figures import Grip
from tests.nodes import control_of, depth_of, mask_of, pose_of, set_around
from tests.ui.conftest import LEFT, PLAIN, SHIFT, at, drag


def menu_at(panel: CanvasPanel, place: QPoint) -> dict[str, QAction]:
    """The entries, by name, of the menu that a right click with Shift brings up."""
    canvas = panel.canvas
    asked = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, place, canvas.mapToGlobal(place), SHIFT
    )
    QApplication.sendEvent(canvas, asked)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    entries = {action.objectName(): action for action in menu.actions() if action.objectName()}
    menu.close()
    return entries


@pytest.mark.parametrize(
    ("layer", "own"),
    [
        ("colour", {"canvas_from_result"}),
        ("depth", {"canvas_invert", "canvas_fill_rest", "canvas_ground"}),
        ("mask", {"canvas_invert"}),
        (
            "pose",
            {
                "canvas_add_person",
                "canvas_mirror_person",
                "canvas_duplicate_person",
                "canvas_remove_person",
            },
        ),
    ],
)
def test_every_layer_has_what_it_can_do(panel: CanvasPanel, layer: str, own: set[str]):
    panel.tools.set_layer(layer)
    entries = menu_at(panel, QPoint(200, 200))
    shared = {"canvas_paste", "canvas_load", "canvas_save_layer", "canvas_copy_layer"}
    assert own | shared | {"canvas_clear"} <= set(entries)
    assert not entries["canvas_clear"].isEnabled()  # nothing is there
    assert entries["canvas_paste"].isEnabled()


def test_a_person_is_added_from_the_menu_whatever_layer_is_in_hand(
    panel: CanvasPanel, studio: Studio
):
    panel.tools.set_layer("pose")
    entries = menu_at(panel, QPoint(200, 200))
    panel.tools.set_layer("depth")
    entries["canvas_add_person"].trigger()
    assert panel.tools.layer == "pose"
    picker = panel.options.pose.picker
    assert picker is not None and picker.isVisible()
    picker.list.itemActivated.emit(picker.list.item(0))
    assert len(pose_of(studio.document).people) == 1


def test_a_right_click_paints_nothing_and_ends_a_stroke(panel: CanvasPanel, studio: Studio):
    canvas = panel.canvas
    QTest.mousePress(canvas, LEFT, PLAIN, at(canvas, 60, 60))
    QTest.mousePress(canvas, Qt.MouseButton.RightButton, PLAIN, at(canvas, 90, 60))
    assert not studio.stroking
    menu_at(panel, at(canvas, 90, 60))
    assert studio.undo_stack.count() == 1
    for button in (Qt.MouseButton.RightButton, LEFT):
        QTest.mouseRelease(canvas, button, PLAIN, at(canvas, 90, 60))


def test_depth_is_inverted_where_it_is_painted(panel: CanvasPanel, studio: Studio):
    panel.tools.set_value(0.8)
    drag(panel.canvas, (60, 60), (90, 60))
    menu_at(panel, QPoint(200, 200))["canvas_invert"].trigger()
    depth = depth_of(studio.document)
    assert control_of(depth).pixels[60, 75] == pytest.approx(0.2, abs=0.01)
    assert control_of(depth).pixels[200, 200] == 0
    studio.undo_stack.undo()
    assert depth_of(studio.document).value.whole[60, 75] == pytest.approx(0.8, abs=0.01)


def test_the_rest_is_filled_with_background(panel: CanvasPanel, studio: Studio):
    set_around(studio, "unknown")
    drag(panel.canvas, (60, 60), (90, 60))
    assert control_of(depth_of(studio.document)).known is not None
    menu_at(panel, QPoint(200, 200))["canvas_fill_rest"].trigger()
    assert control_of(depth_of(studio.document)).known is None
    assert depth_of(studio.document).value.whole[200, 200] == 0
    assert depth_of(studio.document).around == "unknown"


def test_a_mask_is_inverted(panel: CanvasPanel, studio: Studio):
    panel.tools.set_layer("mask")
    drag(panel.canvas, (60, 60), (90, 60))
    menu_at(panel, QPoint(200, 200))["canvas_invert"].trigger()
    assert mask_of(studio.document).pixels.whole[60, 75] == 0
    assert mask_of(studio.document).pixels.whole[200, 200] == 255


def test_a_right_click_on_a_person_is_about_that_person(panel: CanvasPanel, studio: Studio):
    panel.tools.set_layer("pose")
    panel.canvas.pose.add("standing")
    panel.canvas.pose.add("standing")
    x, y, _ = pose_of(studio.document).people[0].joints[1]
    place = panel.canvas.transform.to_view(float(x), float(y)).toPoint()
    entries = menu_at(panel, place)
    assert panel.canvas.pose.selected == Grip(0, 1)
    assert entries["canvas_remove_person"].isEnabled()
    kept = pose_of(studio.document).people[1].joints
    entries["canvas_remove_person"].trigger()
    (left,) = pose_of(studio.document).people
    assert np.array_equal(left.joints, kept)
    entries = menu_at(panel, panel.canvas.transform.to_view(4, 4).toPoint())
    entries["canvas_duplicate_person"].trigger()
    assert len(pose_of(studio.document).people) == 2
