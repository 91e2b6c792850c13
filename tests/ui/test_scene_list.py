"""The things of a scene, by name: chosen, hidden, renamed and removed in a list."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from studio_app.scene.stage import edits, viewing
from studio_app.scene.stage.stage import Stage
from studio_app.scene.stage.things import Mannequin, Solid
from studio_app.session.studio import Studio
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from studio_app.ui.canvas.scene_list import ThingsList


def with_two(panel: CanvasPanel) -> None:
    panel.tools.set_layer("scene")
    stage, _ = edits.placed(Stage(), Mannequin())
    stage, _ = edits.placed(stage, Solid.of("box"), (0.6, 0, 0.3))
    panel.canvas.scene.set_stage(replace(stage, camera=viewing.preset(stage, "front")), "begin")


def test_things_are_chosen_hidden_renamed_and_removed_by_name(panel: CanvasPanel, studio: Studio):
    with_two(panel)
    panel.scene_actions.things.trigger()
    things = panel.options.scene.things
    assert isinstance(things, ThingsList) and things.isVisible()
    scene, rows = panel.canvas.scene, things.list
    assert [rows.item(row).text() for row in range(2)] == [item.name for item in scene.stage.items]
    rows.item(1).setSelected(True)
    assert scene.selected == (2,)
    rows.item(1).setCheckState(Qt.CheckState.Unchecked)
    assert not scene.stage[2].visible and not (scene.content.look().ids == 2).any()
    rows.item(1).setText("Crate")
    assert scene.stage[2].name == "Crate"
    assert studio.undo_stack.undoText().startswith("Rename")
    rows.clearSelection()
    rows.item(0).setSelected(True)
    QTest.keyClick(rows, Qt.Key.Key_Delete)
    assert [item.name for item in scene.stage.items] == ["Crate"]
    assert rows.count() == 1
    studio.undo_stack.undo()
    assert len(scene.stage.items) == 2
    things.close()


def test_what_is_seen_of_a_thing_becomes_the_selection(panel: CanvasPanel, studio: Studio):
    with_two(panel)
    scene = panel.canvas.scene
    scene.choose(2)
    panel.scene_actions.refresh()
    panel.scene_actions.select.trigger()
    selection = studio.document.selection
    assert selection is not None
    mask = scene.content.mask({2}, studio.document.canvas).pixels
    assert np.array_equal(selection.whole, mask.whole) and not selection.blank
