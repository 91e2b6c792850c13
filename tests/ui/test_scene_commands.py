"""What is done with scenes by commands: things added, posed, converted, dropped, named; what the scene says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio_app.document.contents.depth import Depth
from studio_app.document.contents.pose import Pose
from studio_app.document.document import request_of
from studio_app.scene.poses import POSES
from studio_app.scene.stage import posing
from studio_app.scene.stage.placement import matrix_of
from studio_app.scene.stage.ready import ready_scenes
from studio_app.session.studio import Studio
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from tests.nodes import mask_of
from tests.ui.conftest import SHIFT
from tests.ui.staging import ALT, action, choose, seen_at, tool


def test_things_are_added_where_there_is_room_and_worked_on_by_key(staged: CanvasPanel) -> None:
    for name in ("add_sphere", "add_cone", "add_figure"):
        action(staged, name).trigger()
    stage = tool(staged).stage
    assert [item.name for item in stage.items[2:]] == ["Sphere", "Cone", "Figure 2"]
    places = np.array([item.placement.at for item in stage.items])[:, (0, 2)]
    gaps = np.linalg.norm(places[:, None] - places[None], axis=2) + np.eye(len(places))
    assert gaps.min() > 0.15
    assert tool(staged).selected == (5,)
    staged.canvas.setFocus()
    at = stage[5].placement.at
    QTest.keyClick(staged.canvas, Qt.Key.Key_Right)
    QTest.keyClick(staged.canvas, Qt.Key.Key_PageUp)
    assert tool(staged).stage[5].placement.at == pytest.approx((at[0] + 0.05, at[1] + 0.05, at[2]))
    QTest.keyClick(staged.canvas, Qt.Key.Key_Home)
    assert tool(staged).selected == (1,)
    QTest.keyClick(staged.canvas, Qt.Key.Key_Delete)
    assert 1 not in tool(staged).stage
    assert tool(staged).selected == ()


def test_a_pose_of_the_library_and_mirror(staged: CanvasPanel) -> None:
    choose(staged, 1)
    staged.options.scene.open_poses()
    picker = staged.options.scene.poses
    assert picker is not None
    picker.chosen.emit("pointing")
    assert posing.figure(tool(staged).stage, 1).pose == POSES["pointing"]
    action(staged, "mirror").trigger()
    assert posing.figure(tool(staged).stage, 1).pose == POSES["pointing"].mirrored()
    picker.close()


def test_a_ready_scene_takes_the_place(staged: CanvasPanel, studio: Studio) -> None:
    action(staged, "ready").trigger()
    picker = staged.options.scene.scenes
    assert picker is not None
    assert picker.list.count() == len(ready_scenes())
    assert all(not picker.list.item(row).icon().isNull() for row in range(4))
    page = picker.list.viewport().rect()
    places = [picker.list.visualItemRect(picker.list.item(row)) for row in range(4)]
    assert all(page.contains(place) for place in places)
    item = picker.list.item(1)
    picker.list.itemClicked.emit(item)
    assert tool(staged).stage == ready_scenes()[1].stage
    studio.undo_stack.undo()
    assert len(tool(staged).stage.items) == 2


def test_the_scene_says_depth_and_pose_at_once(staged: CanvasPanel, studio: Studio) -> None:
    studio.set_setting("prompt", "a knight")
    request = request_of(studio.document)
    by_kind = {control.kind: control for control in request.controls}
    assert set(by_kind) == {"depth", "pose", "normal"}
    seen = tool(staged).content.look()
    assert np.allclose(by_kind["depth"].pixels, seen.depth, atol=1e-6)
    assert by_kind["pose"].pixels.any()
    target = staged.tools.target(studio.document)
    studio.set_layer(target, visible=False)
    assert request_of(studio.document).controls == ()


def test_paint_lies_over_the_depth_of_a_scene(staged: CanvasPanel, studio: Studio) -> None:
    from studio_app.document.brushes import Brush
    from studio_app.document.strokes import Sample

    studio.set_setting("prompt", "a knight")
    studio.begin_stroke("depth", Brush(size=40, hardness=1.0, value=1.0), Sample(40, 40, 1.0))
    studio.end_stroke()
    (depth,) = [c for c in request_of(studio.document).controls if c.kind == "depth"]
    assert depth.pixels[40, 40] == pytest.approx(1)
    seen = tool(staged).content.look()
    assert depth.pixels[200, 128] == pytest.approx(float(seen.depth[200, 128]), abs=1e-5)


def test_convert_makes_layers_to_paint_on_and_keeps_the_scene(
    staged: CanvasPanel, studio: Studio
) -> None:
    studio.set_setting("prompt", "a knight")
    before = request_of(studio.document)
    steps = studio.undo_stack.count()
    action(staged, "convert").trigger()
    assert studio.undo_stack.count() == steps + 1
    scene = staged.tools.held(studio.document, "scene")
    assert not scene.visible
    kinds = [node.kind for node in studio.document.stack.nodes()]
    assert kinds.count("depth") == kinds.count("pose") == 2
    after = {c.kind: c for c in request_of(studio.document).controls}
    assert set(after) == {"depth", "pose"}
    for control in before.controls:
        if control.kind in after:
            assert np.array_equal(after[control.kind].pixels, control.pixels)
    drawn = {
        n.kind: n.content for n in studio.document.stack.nodes() if n.visible and not n.untouched
    }
    assert isinstance(drawn["pose"], Pose) and len(drawn["pose"].people) == 1
    assert isinstance(drawn["depth"], Depth) and drawn["depth"].known.whole.min() == 255
    studio.undo_stack.undo()
    assert request_of(studio.document).digest == before.digest


def test_what_is_selected_becomes_the_mask(staged: CanvasPanel, studio: Studio) -> None:
    choose(staged, 2)
    action(staged, "mask").trigger()
    pixels = mask_of(studio.document).pixels.whole
    assert np.array_equal(pixels == 255, tool(staged).content.look().ids == 2)


def test_a_mesh_is_dropped_into_the_scene(
    staged: CanvasPanel, studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "wedge.obj"
    path.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n")
    said: list[object] = []
    studio.message.connect(said.append)
    now(studio, monkeypatch)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    staged.exchange.drop(mime)
    QApplication.processEvents()
    assert tool(staged).stage.items[-1].name == "wedge"
    assert tool(staged).selected == (3,)
    path.write_text("v 0 0 0\nf 1 2 3\n")
    staged.exchange.drop(mime)
    QApplication.processEvents()
    assert len(tool(staged).stage.items) == 3
    assert "wedge.obj" in str(said[-1])


def test_everything_is_named_and_off_where_it_makes_no_sense(
    staged: CanvasPanel, qtbot: QtBot
) -> None:
    for one in staged.scene_actions.all:
        assert one.text()
        assert one.toolTip()
    choose(staged, 1)
    assert tool(staged).description() == "Figure"
    staged.tools.set_layer("depth")
    assert not any(one.isEnabled() for one in staged.scene_actions.selection)
    assert staged.canvas.grips is None
    staged.tools.set_layer("scene")
    assert action(staged, "duplicate").isEnabled()
    point = staged.canvas.transform.to_document(QPointF(seen_at(staged, 2)))
    tool(staged).hover(point, staged.canvas.transform.scale)
    assert "Box" in tool(staged).help()
    staged.canvas.repaint()


def test_a_scene_mirrors_and_crops_with_the_canvas(staged: CanvasPanel) -> None:
    content = tool(staged).content
    width, height = content.extent
    for across in (True, False):
        flipped = content.flipped((width, height), across=across)
        want = content.look().ids[:, ::-1] if across else content.look().ids[::-1]
        assert (flipped.look().ids == want).mean() > 0.985
    cut = content.cut(10, 20, 100, 90)
    depth = cut.lent("depth", (100, 90))
    whole = content.lent("depth", (width, height))
    assert np.array_equal(depth.planes["value"].whole, whole.planes["value"].whole[20:110, 10:110])
    larger = content.resized((width, height), 2 * width, 2 * height)
    assert larger.extent == (2 * width, 2 * height)
    person = larger.lent("pose", (512, 512)).people[0].joints  # type: ignore[attr-defined]
    small = content.lent("pose", (256, 256)).people[0].joints  # type: ignore[attr-defined]
    assert person[:, :2] == pytest.approx(2 * small[:, :2], abs=0.01)


def now(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads at once, since this studio's reader never starts."""

    def read(job: Any, then: Any, failed: Any, name: str = "") -> None:
        try:
            found = job()
        except Exception as error:
            failed(error)
        else:
            then(found)

    monkeypatch.setattr(studio, "read_later", read)


def test_things_are_turned_tipped_and_scaled_by_key_and_repeats_are_one_step(
    staged: CanvasPanel, studio: Studio
) -> None:
    choose(staged, 2)
    staged.canvas.setFocus()
    before, count = tool(staged).stage[2].placement, studio.undo_stack.count()

    def now() -> Any:
        return tool(staged).stage[2].placement

    for _ in range(3):
        QTest.keyClick(staged.canvas, Qt.Key.Key_Right, ALT)
    front = matrix_of(now().turn)[:, 2]
    assert front == pytest.approx(
        (np.sin(np.pi / 4), 0, np.cos(np.pi / 4)), abs=1e-6
    )  # to the right
    assert studio.undo_stack.count() == count + 1 and studio.undo_stack.undoText() == "Turn"
    QTest.keyClick(staged.canvas, Qt.Key.Key_Left, ALT | SHIFT)
    assert studio.undo_stack.count() == count + 1
    studio.undo_stack.undo()
    assert now() == before
    QTest.keyClick(staged.canvas, Qt.Key.Key_Up, ALT)
    assert matrix_of(now().turn)[1, 2] > 0.2  # its front looks up
    action(staged, "tip_forward").trigger()
    assert matrix_of(now().turn) == pytest.approx(np.eye(3), abs=1e-6)
    for key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
        QTest.keyClick(staged.canvas, key, ALT)
    assert now().size == pytest.approx([1.1 * side for side in before.size])
    assert studio.undo_stack.undoText() == "Scale"
    action(staged, "lock").trigger()
    size = now().size
    QTest.keyClick(staged.canvas, Qt.Key.Key_PageUp, ALT)
    assert now().size == size and not action(staged, "larger").isEnabled()
    tool(staged).lock(False)
    staged.scene_actions.refresh()
    assert "Alt+Page Up" in action(staged, "larger").statusTip()
