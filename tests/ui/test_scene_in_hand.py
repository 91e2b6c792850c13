"""What working on a scene leaves in hand, and what is said of it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSlider

from studio_app.scene.poses import POSES
from studio_app.scene.stage import edits
from studio_app.scene.stage.gizmos import Change
from studio_app.scene.stage.stage import Stage
from studio_app.scene.stage.things import Mannequin, Solid
from studio_app.ui.canvas import scene_marks
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from tests.nodes import scene_of
from tests.ui.conftest import LEFT, PLAIN
from tests.ui.staging import action, seen_at


@pytest.fixture
def panel(panel: CanvasPanel) -> CanvasPanel:
    """With a figure and a box beside it, nothing selected."""
    panel.tools.set_layer("scene")
    stage, _ = edits.placed(Stage(), Mannequin(pose=POSES["standing"]))
    stage, _ = edits.placed(stage, Solid.of("box"), (0.6, 0, 0.3))
    panel.canvas.scene.set_stage(stage, "begin")
    return panel


def test_what_is_done_by_a_button_gives_the_keys_to_the_canvas(panel: CanvasPanel):
    slider = panel.findChild(QSlider)
    assert slider is not None
    slider.setFocus()
    action(panel, "add_sphere").trigger()
    assert panel.focusWidget() is panel.canvas
    assert len(scene_of(panel._studio.document).stage.items) == 3
    QTest.keyClick(panel.canvas, Qt.Key.Key_Delete)
    assert len(scene_of(panel._studio.document).stage.items) == 2


def test_who_adds_a_thing_has_the_scene_in_hand(panel: CanvasPanel):
    panel.tools.set_layer("depth")
    action(panel, "add_cone").trigger()
    assert panel.tools.layer == "scene" and panel.canvas.grips is panel.canvas.scene
    assert panel.canvas.scene.items[0].name == "Cone"


def test_how_far_a_drag_has_got_is_said_while_it_lasts(panel: CanvasPanel):
    assert scene_marks.amount("move", Change((0.354, 0.0, -1.2))) == "x +0.35  z -1.20"
    assert scene_marks.amount("turn", Change(degrees=-35.2)) == "-35°"
    assert scene_marks.amount("scale", Change(factors=(1.4, 1.4, 1.4))) == "× 1.40"
    assert scene_marks.amount("scale", Change(factors=(1.0, 0.5, 1.0))) == "y × 0.50"
    number = panel.canvas.scene.stage.items[1].id
    place = seen_at(panel, number)
    QTest.mousePress(panel.canvas, LEFT, PLAIN, place)
    QTest.mouseMove(panel.canvas, place + QPoint(30, 0))
    assert panel.canvas.scene.under_pointer().startswith("x +")
    assert panel.readout.text == panel.canvas.scene.under_pointer()
    QTest.mouseRelease(panel.canvas, LEFT, PLAIN, place + QPoint(30, 0))
    assert not panel.canvas.scene.under_pointer().startswith("x +")
