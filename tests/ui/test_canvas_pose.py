"""People on the canvas: added, dragged by joint and limb, hidden, mirrored, by mouse and by key."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio_app.session.studio import Studio
from studio_app.ui.canvas import figures
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from studio_app.ui.canvas.figures import Grip

LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier
ALT = Qt.KeyboardModifier.AltModifier
ELBOW, WRIST, NECK, NOSE, ANKLE = 3, 4, 1, 0, 10


@pytest.fixture
def panel(panel: CanvasPanel) -> CanvasPanel:
    """With somebody standing in the drawing."""
    panel.tools.set_layer("pose")
    panel.options.pose._add("standing")
    return panel


def joint(panel: CanvasPanel, number: int, person: int = 0) -> QPoint:
    x, y, _ = panel.canvas.pose.people[person].joints[number]
    return panel.canvas.transform.to_view(float(x), float(y)).toPoint()


def drag(panel: CanvasPanel, start: QPoint, dx: int, dy: int, modifiers: Any = PLAIN) -> None:
    canvas = panel.canvas
    QTest.mousePress(canvas, LEFT, modifiers, start)
    for share in (0.3, 0.7, 1.0):
        place = start + QPoint(round(dx * share), round(dy * share))
        point = place.toPointF()
        moved = QMouseEvent(
            QEvent.Type.MouseMove, point, canvas.mapToGlobal(point), LEFT, LEFT, modifiers
        )
        QApplication.sendEvent(canvas, moved)
    QTest.mouseRelease(canvas, LEFT, modifiers, start + QPoint(dx, dy))


@pytest.mark.parametrize("pose", figures.pose_names())
def test_every_pose_of_the_library_fits_the_picture(pose: str):
    person = figures.new_person(pose, 256, 192)
    left, top, right, bottom = figures.bounds(person)
    assert 0 <= left < right <= 256
    assert 0 <= top < bottom <= 192
    assert person.joints[:, 2].all()


def test_a_second_person_stands_beside_the_first():
    first = figures.new_person("standing", 256, 256)
    second = figures.new_person("standing", 256, 256, (first,))
    assert abs(first.joints[:, 0].mean() - second.joints[:, 0].mean()) > 40


def test_dragging_a_joint_takes_along_what_hangs_from_it(panel: CanvasPanel, studio: Studio):
    before = studio.document.pose.people[0].joints
    drag(panel, joint(panel, ELBOW), 20, -10)
    after = studio.document.pose.people[0].joints
    scale = panel.canvas.transform.scale
    moved = after[:, :2] - before[:, :2]
    assert moved[ELBOW] == pytest.approx([20 / scale, -10 / scale], abs=0.6)
    assert np.allclose(moved[WRIST], moved[ELBOW])
    assert not moved[[NOSE, NECK, ANKLE]].any()


def test_alt_drags_a_joint_alone(panel: CanvasPanel, studio: Studio):
    before = studio.document.pose.people[0].joints
    drag(panel, joint(panel, ELBOW), 20, -10, ALT)
    moved = (studio.document.pose.people[0].joints - before)[:, :2]
    assert moved[ELBOW].any()
    assert not moved[WRIST].any()


def test_a_drag_is_one_undo(panel: CanvasPanel, studio: Studio):
    count = studio.undo_stack.count()
    before = studio.document.pose.people[0].joints
    drag(panel, joint(panel, WRIST), 30, 5)
    drag(panel, joint(panel, WRIST), -9, 15)
    assert studio.undo_stack.count() == count + 2
    studio.undo_stack.undo()
    studio.undo_stack.undo()
    assert np.array_equal(studio.document.pose.people[0].joints, before)


def test_a_limb_moves_the_whole_person(panel: CanvasPanel, studio: Studio):
    before = studio.document.pose.people[0].joints
    thigh = (joint(panel, 8) + joint(panel, 9)) / 2
    drag(panel, thigh, 25, 0)
    moved = (studio.document.pose.people[0].joints - before)[:, 0]
    assert np.ptp(moved) < 1e-3
    assert moved[0] > 0


def test_empty_space_is_nobody(panel: CanvasPanel, studio: Studio):
    count = studio.undo_stack.count()
    drag(panel, panel.canvas.transform.to_view(4, 4).toPoint(), 25, 0)
    assert studio.undo_stack.count() == count
    assert panel.canvas.pose.selected is None


def test_escape_puts_a_dragged_joint_back(panel: CanvasPanel, studio: Studio):
    before = studio.document.pose.people[0].joints
    canvas = panel.canvas
    start = joint(panel, WRIST)
    QTest.mousePress(canvas, LEFT, PLAIN, start)
    QTest.mouseMove(canvas, start + QPoint(40, 40))
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert np.array_equal(studio.document.pose.people[0].joints, before)
    QTest.mouseRelease(canvas, LEFT, PLAIN, start + QPoint(40, 40))


def test_a_double_click_hides_a_joint_and_shows_it_again(panel: CanvasPanel, studio: Studio):
    place = joint(panel, WRIST)
    for there in (0, 1):
        QTest.mouseClick(panel.canvas, LEFT, PLAIN, place)
        QTest.mouseDClick(panel.canvas, LEFT, PLAIN, place)
        QTest.mouseRelease(panel.canvas, LEFT, PLAIN, place)
        assert studio.document.pose.people[0].joints[WRIST, 2] == there


def test_posing_with_keys_alone(panel: CanvasPanel, studio: Studio):
    canvas, pose = panel.canvas, panel.canvas.pose
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_PageDown)
    assert pose.selected == Grip(0, NOSE)
    assert "nose" in canvas.accessibleDescription()
    before = studio.document.pose.people[0].joints
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    QTest.keyClick(canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert studio.document.pose.people[0].joints[NOSE, 0] == before[NOSE, 0] + 11
    QTest.keyClick(canvas, Qt.Key.Key_Delete)
    assert studio.document.pose.people[0].joints[NOSE, 2] == 0
    QTest.keyClick(canvas, Qt.Key.Key_Home)
    assert pose.selected == Grip(0, None)
    QTest.keyClick(canvas, Qt.Key.Key_Delete)
    assert studio.document.pose.people == ()


def test_people_are_mirrored_resized_and_removed(panel: CanvasPanel, studio: Studio):
    panel.options.pose._add("running")
    before = studio.document.pose.people[1].joints
    QTest.keyClick(panel.canvas, Qt.Key.Key_M)
    after = studio.document.pose.people[1].joints
    assert after[WRIST, 0] == pytest.approx(before[:, 0].min() + before[:, 0].max() - before[7, 0])
    panel._larger.trigger()
    assert np.ptp(studio.document.pose.people[1].joints[:, 1]) > np.ptp(after[:, 1])
    panel._remove.trigger()
    assert len(studio.document.pose.people) == 1


def test_pose_actions_wait_for_the_pose_layer(panel: CanvasPanel):
    assert panel._mirror.isEnabled()
    panel.tools.set_layer("depth")
    assert not panel._mirror.isEnabled()
    assert not panel._hide.isEnabled()


def test_the_nearest_joint_wins_and_the_last_drawn_breaks_a_tie():
    person = figures.new_person("t_pose", 256, 256)
    x, y, _ = person.joints[WRIST]
    assert figures.grip_at((person, person), x, y, 5) == Grip(1, WRIST)
    assert figures.grip_at((person,), x + 3, y, 5) == Grip(0, WRIST)
    assert figures.grip_at((person,), -99, -99, 5) is None
    hidden = figures.toggled((person,), Grip(0, WRIST))
    found = figures.grip_at(hidden, x, y, 5, hidden=False)
    assert found is None or found.joint != WRIST


def test_a_pose_is_chosen_by_looking(panel: CanvasPanel, studio: Studio, qtbot: QtBot):
    QTest.mouseClick(panel.options.pose.add, LEFT)
    picker = panel.options.pose.picker
    assert picker is not None
    assert picker.list.count() == len(figures.pose_names())
    picker.list.setCurrentRow(figures.pose_names().index("running"))
    with qtbot.waitSignal(picker.chosen) as said:
        QTest.keyClick(picker.list, Qt.Key.Key_Return)
    assert said.args == ["running"]
    assert len(studio.document.pose.people) == 2
