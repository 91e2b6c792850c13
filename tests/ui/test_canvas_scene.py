"""Scenes on the canvas: things placed, moved by handles, posed by joints, looked at from everywhere."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio_app.scene.poses import POSES
from studio_app.scene.stage import posing, viewing
from studio_app.session.studio import Studio
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from tests.nodes import scene_of
from tests.ui.conftest import CONTROL, LEFT, PLAIN, SHIFT
from tests.ui.staging import ALT, WRIST, action, choose, drag, joint_at, seen_at, tool, view


def test_a_click_selects_and_a_click_beside_lets_go(staged: CanvasPanel) -> None:
    QTest.mouseClick(staged.canvas, LEFT, PLAIN, seen_at(staged, 2))
    assert tool(staged).selected == (2,)
    QTest.mouseClick(staged.canvas, LEFT, SHIFT, seen_at(staged, 1))
    assert tool(staged).selected == (2, 1)
    QTest.mouseClick(staged.canvas, LEFT, PLAIN, view(staged, 3, 3))
    assert tool(staged).selected == ()


def test_a_thing_slides_over_the_ground_in_one_step_of_undo(
    staged: CanvasPanel, studio: Studio
) -> None:
    before = tool(staged).stage
    steps = studio.undo_stack.count()
    start = seen_at(staged, 2)
    drag(staged, start, -60, 12)
    x, y, z = tool(staged).stage[2].placement.at
    assert x < before[2].placement.at[0] - 0.1
    assert y == pytest.approx(before[2].placement.at[1])
    assert z > before[2].placement.at[2]
    assert studio.undo_stack.count() == steps + 1
    studio.undo_stack.undo()
    assert tool(staged).stage == before
    studio.undo_stack.redo()
    assert tool(staged).stage[2].placement.at == (x, y, z)


@pytest.mark.parametrize("mode", ["move", "turn", "scale"])
def test_every_mode_has_handles_that_work(staged: CanvasPanel, mode: str) -> None:
    choose(staged, 2)
    action(staged, mode).setChecked(True)
    assert tool(staged).mode == mode
    shown = tool(staged).gizmo(staged.canvas.transform.scale)
    assert shown is not None
    line = shown["x" if mode != "turn" else "z"].line
    place = line[-1] if mode != "turn" else line[len(line) // 4]
    before = tool(staged).stage[2].placement
    drag(staged, view(staged, *place), 31, 0 if mode != "turn" else 20)
    after = tool(staged).stage[2].placement
    if mode == "move":
        assert after.at[0] > before.at[0] + 0.02
        assert after.at[1:] == pytest.approx(before.at[1:])
    elif mode == "turn":
        assert after.at == pytest.approx(before.at)
        assert after.turn != before.turn
    else:
        assert after.size[0] > 1.1 * before.size[0]
        assert after.size[1:] == pytest.approx(before.size[1:])


def test_ctrl_drags_in_steps_and_escape_takes_a_drag_back(staged: CanvasPanel) -> None:
    choose(staged, 2)
    shown = tool(staged).gizmo(staged.canvas.transform.scale)
    assert shown is not None
    tip = view(staged, *shown["x"].line[-1])
    before = tool(staged).stage
    drag(staged, tip, 40, 0, CONTROL)
    moved = tool(staged).stage[2].placement.at[0] - before[2].placement.at[0]
    assert moved > 0.05
    assert moved == pytest.approx(round(moved, 1))
    now, stack = tool(staged).stage, staged._studio.undo_stack
    count, start = stack.count(), seen_at(staged, 2)
    QTest.mousePress(staged.canvas, LEFT, PLAIN, start)
    for far in (50, 70):
        QTest.mouseMove(staged.canvas, start + QPoint(far, 9))
    assert stack.count() == count + 1
    QTest.keyClick(staged.canvas, Qt.Key.Key_Escape)
    assert tool(staged).stage == now
    assert (stack.count(), stack.canRedo()) == (count, False)
    QTest.mouseRelease(staged.canvas, LEFT, PLAIN, tip)
    assert tool(staged).stage == now


def test_a_hand_is_dragged_and_the_figure_stays(staged: CanvasPanel) -> None:
    QTest.mouseClick(staged.canvas, LEFT, PLAIN, seen_at(staged, 1))
    before = posing.figure(tool(staged).stage, 1).rig().joints
    start = joint_at(staged, WRIST)
    drag(staged, start, 30, -60)
    assert tool(staged).joint == WRIST
    after = posing.figure(tool(staged).stage, 1).rig().joints
    assert after[WRIST, 1] > before[WRIST, 1] + 0.1
    assert after[[0, 1, 8, 10, 13]] == pytest.approx(before[[0, 1, 8, 10, 13]], abs=1e-6)
    assert (joint_at(staged, WRIST) - start - QPoint(30, -60)).manhattanLength() < 8


def test_a_joint_is_hidden_by_key_and_by_double_click(staged: CanvasPanel, studio: Studio) -> None:
    QTest.mouseClick(staged.canvas, LEFT, PLAIN, seen_at(staged, 1))
    QTest.mouseClick(staged.canvas, LEFT, PLAIN, joint_at(staged, WRIST))
    assert action(staged, "joint").isEnabled()
    action(staged, "joint").trigger()
    assert posing.figure(tool(staged).stage, 1).hidden == (WRIST,)
    QTest.mouseDClick(staged.canvas, LEFT, PLAIN, joint_at(staged, WRIST))
    assert posing.figure(tool(staged).stage, 1).hidden == ()


def test_dragging_the_ground_orbits_with_shift_it_pans_and_alt_wheel_goes_nearer(
    staged: CanvasPanel,
) -> None:
    camera = tool(staged).stage.camera
    drag(staged, view(staged, 5, 250), 60, 10)
    orbited = tool(staged).stage.camera
    assert viewing.angles(orbited)[1] < viewing.angles(camera)[1] - 5
    assert orbited.target == camera.target
    drag(staged, view(staged, 5, 250), 40, 0, SHIFT)
    panned = tool(staged).stage.camera
    assert viewing.angles(panned) == pytest.approx(viewing.angles(orbited))
    assert panned.target != orbited.target
    zoom = staged.canvas.zoom
    place = QPointF(staged.canvas.rect().center())
    turned = QWheelEvent(
        place, staged.canvas.mapToGlobal(place), QPoint(), QPoint(240, 0), Qt.MouseButton.NoButton,
        ALT, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(staged.canvas, turned)
    nearer = tool(staged).stage.camera
    assert np.linalg.norm(np.subtract(nearer.eye, nearer.target)) < 0.9 * np.linalg.norm(
        np.subtract(panned.eye, panned.target)
    )
    assert staged.canvas.zoom == zoom
    assert len(tool(staged).stage.items) == 2


def test_the_keys_of_people_are_those_of_figures(staged: CanvasPanel) -> None:
    choose(staged, 1)
    staged.canvas.setFocus()
    QTest.keyClick(staged.canvas, Qt.Key.Key_M, SHIFT)
    assert posing.figure(tool(staged).stage, 1).pose == POSES["standing"].mirrored()
    QTest.mouseClick(staged.canvas, LEFT, PLAIN, joint_at(staged, WRIST))
    QTest.keyClick(staged.canvas, Qt.Key.Key_H)
    assert posing.figure(tool(staged).stage, 1).hidden == (WRIST,)
    QTest.keyClick(staged.canvas, Qt.Key.Key_J, CONTROL)
    assert [item.name for item in tool(staged).stage.items] == ["Figure", "Box", "Figure 2"]
    assert tool(staged).selected == (3,)


def test_locked_things_do_not_move_and_may_be_unlocked(staged: CanvasPanel) -> None:
    choose(staged, 2)
    action(staged, "lock").trigger()
    before = tool(staged).stage
    assert before[2].locked
    assert not action(staged, "remove").isEnabled()
    drag(staged, seen_at(staged, 2), 60, 5)
    assert tool(staged).stage == before
    action(staged, "lock").trigger()
    assert not tool(staged).stage[2].locked
    assert action(staged, "remove").isEnabled()


def test_the_scene_is_on_the_canvas(staged: CanvasPanel, studio: Studio) -> None:
    image = staged.canvas.grab().toImage()
    figure = image.pixelColor(seen_at(staged, 1))
    box = image.pixelColor(seen_at(staged, 2))
    assert figure.lightness() > 60
    assert box.hue() != figure.hue()
    target = staged.tools.target(studio.document)
    studio.set_layer(target, visible=False)
    hidden = staged.canvas.grab().toImage().pixelColor(seen_at(staged, 1))
    assert hidden != figure
    assert scene_of(studio.document).stage.items
