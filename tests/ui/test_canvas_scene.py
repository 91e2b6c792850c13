"""Scenes on the canvas: things placed, moved by handles, posed by joints, looked at from everywhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio_app.document.contents.depth import Depth
from studio_app.document.contents.pose import Pose
from studio_app.document.document import request_of
from studio_app.scene.openpose import JOINTS
from studio_app.scene.poses import POSES
from studio_app.scene.stage import edits, picking, posing, viewing
from studio_app.scene.stage.ready import ready_scenes
from studio_app.scene.stage.stage import Stage
from studio_app.scene.stage.things import Mannequin, Solid
from studio_app.session.studio import Studio
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from studio_app.ui.canvas.scene_tool import SceneTool
from tests.nodes import mask_of, scene_of

LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
WRIST = JOINTS.index("left_wrist")


@pytest.fixture
def panel(panel: CanvasPanel) -> CanvasPanel:
    """With a figure and a box beside it, nothing selected."""
    panel.tools.set_layer("scene")
    stage, _ = edits.placed(Stage(), Mannequin(pose=POSES["standing"]))
    stage, _ = edits.placed(stage, Solid.of("box"), (0.6, 0, 0.3))
    panel.canvas.scene.set_stage(replace(stage, camera=viewing.preset(stage, "front")), "begin")
    return panel


def action(panel: CanvasPanel, name: str) -> Any:
    (found,) = [one for one in panel.actions() if one.objectName() == f"canvas_scene_{name}"]
    return found


def view(panel: CanvasPanel, x: float, y: float) -> QPoint:
    """A pixel of the look as a point of the canvas."""
    return panel.canvas.transform.to_view(*panel.canvas.scene.content.on_canvas(x, y)).toPoint()


def seen_at(panel: CanvasPanel, number: int) -> QPoint:
    """The middle of what is seen of an item."""
    rows, columns = np.nonzero(panel.canvas.scene.content.look().ids == number)
    k = len(rows) // 2
    return view(panel, columns[k] + 0.5, rows[k] + 0.5)


def joint_at(panel: CanvasPanel, joint: int) -> QPoint:
    content = panel.canvas.scene.content
    places = picking.handles(content.stage[1], content.stage.camera, content.extent)
    return view(panel, *places[joint, :2])


def drag(panel: CanvasPanel, start: QPoint, dx: int, dy: int, modifiers: Any = PLAIN) -> None:
    canvas = panel.canvas
    QTest.mousePress(canvas, LEFT, modifiers, start)
    for share in (0.3, 0.7, 1.0):
        point = QPointF(start) + QPointF(dx, dy) * share
        moved = QMouseEvent(
            QEvent.Type.MouseMove, point, canvas.mapToGlobal(point), LEFT, LEFT, modifiers
        )
        QApplication.sendEvent(canvas, moved)
    QTest.mouseRelease(canvas, LEFT, modifiers, start + QPoint(dx, dy))


def choose(panel: CanvasPanel, *ids: int) -> None:
    tool(panel).choose(*ids)
    panel.canvas.grips_changed()


def tool(panel: CanvasPanel) -> SceneTool:
    return panel.canvas.scene


def test_a_click_selects_and_a_click_beside_lets_go(panel: CanvasPanel) -> None:
    QTest.mouseClick(panel.canvas, LEFT, PLAIN, seen_at(panel, 2))
    assert tool(panel).selected == (2,)
    QTest.mouseClick(panel.canvas, LEFT, SHIFT, seen_at(panel, 1))
    assert tool(panel).selected == (2, 1)
    QTest.mouseClick(panel.canvas, LEFT, PLAIN, view(panel, 3, 3))
    assert tool(panel).selected == ()


def test_a_thing_slides_over_the_ground_in_one_step_of_undo(
    panel: CanvasPanel, studio: Studio
) -> None:
    before = tool(panel).stage
    steps = studio.undo_stack.count()
    start = seen_at(panel, 2)
    drag(panel, start, -60, 12)
    x, y, z = tool(panel).stage[2].placement.at
    assert x < before[2].placement.at[0] - 0.1
    assert y == pytest.approx(before[2].placement.at[1])
    assert z > before[2].placement.at[2]
    assert studio.undo_stack.count() == steps + 1
    studio.undo_stack.undo()
    assert tool(panel).stage == before
    studio.undo_stack.redo()
    assert tool(panel).stage[2].placement.at == (x, y, z)


@pytest.mark.parametrize("mode", ["move", "turn", "scale"])
def test_every_mode_has_handles_that_work(panel: CanvasPanel, mode: str) -> None:
    choose(panel, 2)
    action(panel, mode).setChecked(True)
    assert tool(panel).mode == mode
    shown = tool(panel).gizmo(panel.canvas.transform.scale)
    assert shown is not None
    line = shown["x" if mode != "turn" else "z"].line
    place = line[-1] if mode != "turn" else line[len(line) // 4]
    before = tool(panel).stage[2].placement
    drag(panel, view(panel, *place), 31, 0 if mode != "turn" else 20)
    after = tool(panel).stage[2].placement
    if mode == "move":
        assert after.at[0] > before.at[0] + 0.02
        assert after.at[1:] == pytest.approx(before.at[1:])
    elif mode == "turn":
        assert after.at == pytest.approx(before.at)
        assert after.turn != before.turn
    else:
        assert after.size[0] > 1.1 * before.size[0]
        assert after.size[1:] == pytest.approx(before.size[1:])


def test_ctrl_drags_in_steps_and_escape_takes_a_drag_back(panel: CanvasPanel) -> None:
    choose(panel, 2)
    shown = tool(panel).gizmo(panel.canvas.transform.scale)
    assert shown is not None
    tip = view(panel, *shown["x"].line[-1])
    before = tool(panel).stage
    drag(panel, tip, 40, 0, CONTROL)
    moved = tool(panel).stage[2].placement.at[0] - before[2].placement.at[0]
    assert moved > 0.05
    assert moved == pytest.approx(round(moved, 1))
    now = tool(panel).stage
    QTest.mousePress(panel.canvas, LEFT, PLAIN, seen_at(panel, 2))
    QTest.mouseMove(panel.canvas, seen_at(panel, 2) + QPoint(50, 9))
    QTest.keyClick(panel.canvas, Qt.Key.Key_Escape)
    assert tool(panel).stage == now
    QTest.mouseRelease(panel.canvas, LEFT, PLAIN, tip)
    assert tool(panel).stage == now


def test_a_hand_is_dragged_and_the_figure_stays(panel: CanvasPanel) -> None:
    QTest.mouseClick(panel.canvas, LEFT, PLAIN, seen_at(panel, 1))
    before = posing.figure(tool(panel).stage, 1).rig().joints
    start = joint_at(panel, WRIST)
    drag(panel, start, 30, -60)
    assert tool(panel).joint == WRIST
    after = posing.figure(tool(panel).stage, 1).rig().joints
    assert after[WRIST, 1] > before[WRIST, 1] + 0.1
    assert after[[0, 1, 8, 10, 13]] == pytest.approx(before[[0, 1, 8, 10, 13]], abs=1e-6)
    assert (joint_at(panel, WRIST) - start - QPoint(30, -60)).manhattanLength() < 8


def test_a_joint_is_hidden_by_key_and_by_double_click(panel: CanvasPanel, studio: Studio) -> None:
    QTest.mouseClick(panel.canvas, LEFT, PLAIN, seen_at(panel, 1))
    QTest.mouseClick(panel.canvas, LEFT, PLAIN, joint_at(panel, WRIST))
    assert action(panel, "joint").isEnabled()
    action(panel, "joint").trigger()
    assert posing.figure(tool(panel).stage, 1).hidden == (WRIST,)
    QTest.mouseDClick(panel.canvas, LEFT, PLAIN, joint_at(panel, WRIST))
    assert posing.figure(tool(panel).stage, 1).hidden == ()


def test_dragging_the_ground_orbits_with_shift_it_pans_and_alt_wheel_goes_nearer(
    panel: CanvasPanel,
) -> None:
    camera = tool(panel).stage.camera
    drag(panel, view(panel, 5, 250), 60, 10)
    orbited = tool(panel).stage.camera
    assert viewing.angles(orbited)[1] < viewing.angles(camera)[1] - 5
    assert orbited.target == camera.target
    drag(panel, view(panel, 5, 250), 40, 0, SHIFT)
    panned = tool(panel).stage.camera
    assert viewing.angles(panned) == pytest.approx(viewing.angles(orbited))
    assert panned.target != orbited.target
    zoom = panel.canvas.zoom
    place = QPointF(panel.canvas.rect().center())
    turned = QWheelEvent(
        place, panel.canvas.mapToGlobal(place), QPoint(), QPoint(240, 0), Qt.MouseButton.NoButton,
        ALT, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(panel.canvas, turned)
    nearer = tool(panel).stage.camera
    assert np.linalg.norm(np.subtract(nearer.eye, nearer.target)) < 0.9 * np.linalg.norm(
        np.subtract(panned.eye, panned.target)
    )
    assert panel.canvas.zoom == zoom
    assert len(tool(panel).stage.items) == 2


def test_things_are_added_where_there_is_room_and_worked_on_by_key(panel: CanvasPanel) -> None:
    for name in ("add_sphere", "add_cone", "add_figure"):
        action(panel, name).trigger()
    stage = tool(panel).stage
    assert [item.name for item in stage.items[2:]] == ["Sphere", "Cone", "Figure 2"]
    places = np.array([item.placement.at for item in stage.items])[:, (0, 2)]
    gaps = np.linalg.norm(places[:, None] - places[None], axis=2) + np.eye(len(places))
    assert gaps.min() > 0.15
    assert tool(panel).selected == (5,)
    panel.canvas.setFocus()
    at = stage[5].placement.at
    QTest.keyClick(panel.canvas, Qt.Key.Key_Right)
    QTest.keyClick(panel.canvas, Qt.Key.Key_PageUp)
    assert tool(panel).stage[5].placement.at == pytest.approx((at[0] + 0.05, at[1] + 0.05, at[2]))
    QTest.keyClick(panel.canvas, Qt.Key.Key_Home)
    assert tool(panel).selected == (1,)
    QTest.keyClick(panel.canvas, Qt.Key.Key_Delete)
    assert 1 not in tool(panel).stage
    assert tool(panel).selected == ()


def test_the_keys_of_people_are_those_of_figures(panel: CanvasPanel) -> None:
    choose(panel, 1)
    panel.canvas.setFocus()
    QTest.keyClick(panel.canvas, Qt.Key.Key_M, SHIFT)
    assert posing.figure(tool(panel).stage, 1).pose == POSES["standing"].mirrored()
    QTest.mouseClick(panel.canvas, LEFT, PLAIN, joint_at(panel, WRIST))
    QTest.keyClick(panel.canvas, Qt.Key.Key_H)
    assert posing.figure(tool(panel).stage, 1).hidden == (WRIST,)
    QTest.keyClick(panel.canvas, Qt.Key.Key_J, CONTROL)
    assert [item.name for item in tool(panel).stage.items] == ["Figure", "Box", "Figure 2"]
    assert tool(panel).selected == (3,)


def test_locked_things_do_not_move_and_may_be_unlocked(panel: CanvasPanel) -> None:
    choose(panel, 2)
    action(panel, "lock").trigger()
    before = tool(panel).stage
    assert before[2].locked
    assert not action(panel, "remove").isEnabled()
    drag(panel, seen_at(panel, 2), 60, 5)
    assert tool(panel).stage == before
    action(panel, "lock").trigger()
    assert not tool(panel).stage[2].locked
    assert action(panel, "remove").isEnabled()


def test_a_pose_of_the_library_and_mirror(panel: CanvasPanel) -> None:
    choose(panel, 1)
    panel.options.scene.open_poses()
    picker = panel.options.scene.poses
    assert picker is not None
    picker.chosen.emit("pointing")
    assert posing.figure(tool(panel).stage, 1).pose == POSES["pointing"]
    action(panel, "mirror").trigger()
    assert posing.figure(tool(panel).stage, 1).pose == POSES["pointing"].mirrored()
    picker.close()


def test_a_ready_scene_takes_the_place(panel: CanvasPanel, studio: Studio) -> None:
    action(panel, "ready").trigger()
    picker = panel.options.scene.scenes
    assert picker is not None
    assert picker.list.count() == len(ready_scenes())
    assert all(not picker.list.item(row).icon().isNull() for row in range(4))
    page = picker.list.viewport().rect()
    places = [picker.list.visualItemRect(picker.list.item(row)) for row in range(4)]
    assert all(page.contains(place) for place in places)
    item = picker.list.item(1)
    picker.list.itemClicked.emit(item)
    assert tool(panel).stage == ready_scenes()[1].stage
    studio.undo_stack.undo()
    assert len(tool(panel).stage.items) == 2


def test_the_scene_says_depth_and_pose_at_once(panel: CanvasPanel, studio: Studio) -> None:
    studio.set_setting("prompt", "a knight")
    request = request_of(studio.document)
    by_kind = {control.kind: control for control in request.controls}
    assert set(by_kind) == {"depth", "pose", "normal"}
    seen = tool(panel).content.look()
    assert np.allclose(by_kind["depth"].pixels, seen.depth, atol=1e-6)
    assert by_kind["pose"].pixels.any()
    target = panel.tools.target(studio.document)
    studio.set_layer(target, visible=False)
    assert request_of(studio.document).controls == ()


def test_paint_lies_over_the_depth_of_a_scene(panel: CanvasPanel, studio: Studio) -> None:
    from studio_app.document.brushes import Brush
    from studio_app.document.strokes import Sample

    studio.set_setting("prompt", "a knight")
    studio.begin_stroke("depth", Brush(size=40, hardness=1.0, value=1.0), Sample(40, 40, 1.0))
    studio.end_stroke()
    (depth,) = [c for c in request_of(studio.document).controls if c.kind == "depth"]
    assert depth.pixels[40, 40] == pytest.approx(1)
    seen = tool(panel).content.look()
    assert depth.pixels[200, 128] == pytest.approx(float(seen.depth[200, 128]), abs=1e-5)


def test_convert_makes_layers_to_paint_on_and_keeps_the_scene(
    panel: CanvasPanel, studio: Studio
) -> None:
    studio.set_setting("prompt", "a knight")
    before = request_of(studio.document)
    steps = studio.undo_stack.count()
    action(panel, "convert").trigger()
    assert studio.undo_stack.count() == steps + 1
    scene = panel.tools.held(studio.document, "scene")
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


def test_what_is_selected_becomes_the_mask(panel: CanvasPanel, studio: Studio) -> None:
    choose(panel, 2)
    action(panel, "mask").trigger()
    pixels = mask_of(studio.document).pixels.whole
    assert np.array_equal(pixels == 255, tool(panel).content.look().ids == 2)


def test_a_mesh_is_dropped_into_the_scene(
    panel: CanvasPanel, studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "wedge.obj"
    path.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n")
    said: list[object] = []
    studio.message.connect(said.append)
    now(studio, monkeypatch)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    panel.exchange.drop(mime)
    QApplication.processEvents()
    assert tool(panel).stage.items[-1].name == "wedge"
    assert tool(panel).selected == (3,)
    path.write_text("v 0 0 0\nf 1 2 3\n")
    panel.exchange.drop(mime)
    QApplication.processEvents()
    assert len(tool(panel).stage.items) == 3
    assert "wedge.obj" in str(said[-1])


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


def test_everything_is_named_and_off_where_it_makes_no_sense(
    panel: CanvasPanel, qtbot: QtBot
) -> None:
    for one in panel.scene_actions.all:
        assert one.text()
        assert one.toolTip()
    choose(panel, 1)
    assert tool(panel).description() == "Figure"
    panel.tools.set_layer("depth")
    assert not any(one.isEnabled() for one in panel.scene_actions.selection)
    assert panel.canvas.grips is None
    panel.tools.set_layer("scene")
    assert action(panel, "duplicate").isEnabled()
    point = panel.canvas.transform.to_document(QPointF(seen_at(panel, 2)))
    tool(panel).hover(point, panel.canvas.transform.scale)
    assert "Box" in tool(panel).help()
    panel.canvas.repaint()


def test_the_scene_is_on_the_canvas(panel: CanvasPanel, studio: Studio) -> None:
    image = panel.canvas.grab().toImage()
    figure = image.pixelColor(seen_at(panel, 1))
    box = image.pixelColor(seen_at(panel, 2))
    assert figure.lightness() > 60
    assert box.hue() != figure.hue()
    target = panel.tools.target(studio.document)
    studio.set_layer(target, visible=False)
    hidden = panel.canvas.grab().toImage().pixelColor(seen_at(panel, 1))
    assert hidden != figure
    assert scene_of(studio.document).stage.items


def test_a_scene_mirrors_and_crops_with_the_canvas(panel: CanvasPanel) -> None:
    content = tool(panel).content
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
