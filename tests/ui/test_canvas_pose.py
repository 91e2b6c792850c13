"""People on the canvas: added, dragged by joint and limb, hidden, mirrored, by mouse and by key."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from studio_app.document import newcomers
from studio_app.document.document import request_of
from studio_app.document.people import Person
from studio_app.scene.openpose import LIMBS
from studio_app.scene.stances import standing
from studio_app.session.studio import Studio
from studio_app.ui.canvas import figures, pose_tool
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from studio_app.ui.canvas.figures import Grip
from tests.fake_engine import CAN
from tests.nodes import pose_of, set_people
from tests.ui.posing import ALT, ANKLE, ELBOW, LEFT, NECK, NOSE, PLAIN, SHIFT, WRIST, drag, joint


@pytest.fixture
def panel(posing: CanvasPanel) -> CanvasPanel:
    return posing


@pytest.mark.parametrize("pose", newcomers.pose_names())
def test_every_pose_of_the_library_fits_the_picture(pose: str):
    person = newcomers.new_person(pose, 256, 192)
    left, top, right, bottom = figures.bounds(person)
    assert 0 <= left < right <= 256
    assert 0 <= top < bottom <= 192
    assert person.joints[:, 2].all()


def box(person: Person) -> np.ndarray:
    return np.array(figures.bounds(person))


@pytest.mark.parametrize("pose", ["standing", "t_pose", "running"])
def test_people_come_where_there_is_room_and_stay_inside(pose: str):
    people: tuple[Person, ...] = ()
    for _ in range(4):
        people = (*people, newcomers.new_person(pose, 256, 256, people))
    boxes = [box(person) for person in people]
    for left, top, right, bottom in boxes:
        assert 0 <= left < right <= 256
        assert 0 <= top < bottom <= 256
    for i, one in enumerate(people):
        for other in people[:i]:
            apart = one.joints[:, None, :2] - other.joints[None, :, :2]
            assert np.hypot(apart[..., 0], apart[..., 1]).min() > 6


def test_a_second_person_is_in_nobodys_way_and_on_the_same_ground():
    first = newcomers.new_person("standing", 256, 256)
    second = newcomers.new_person("standing", 256, 256, (first,))
    a, b = box(first), box(second)
    assert b[0] >= a[2] or b[2] <= a[0]
    assert b[3] == pytest.approx(a[3], abs=0.5)


def test_a_copy_of_a_person_stands_beside_it(panel: CanvasPanel, studio: Studio):
    panel.canvas.pose.duplicate()
    one, two = pose_of(studio.document).people
    assert box(two)[0] >= box(one)[2] or box(two)[2] <= box(one)[0]
    assert panel.canvas.pose.selected == Grip(1, None)


def test_missing_joints_are_where_they_would_be_and_can_be_brought_back(
    panel: CanvasPanel, studio: Studio
):
    whole = pose_of(studio.document).people[0].joints
    torn = whole.copy()
    torn[[WRIST, NOSE, 14, 15, 16, 17]] = 0.0
    set_people(studio, (Person(torn),), "Load a pose")
    places = panel.canvas.pose.people[0].joints
    assert np.hypot(*(places - whole)[WRIST, :2]) < 40
    assert not places[WRIST, 2]
    left, top, _, _ = figures.bounds(panel.canvas.pose.people[0])
    assert left > 20  # no corner of the picture belongs to him
    assert top > 5
    QTest.mouseClick(panel.canvas, LEFT, PLAIN, joint(panel, WRIST))
    QTest.mouseDClick(panel.canvas, LEFT, PLAIN, joint(panel, WRIST))
    QTest.mouseRelease(panel.canvas, LEFT, PLAIN, joint(panel, WRIST))
    back = pose_of(studio.document).people[0].joints
    assert back[WRIST, 2] == 1
    assert back[WRIST, :2] == pytest.approx(places[WRIST, :2])


def lengths(joints: np.ndarray) -> np.ndarray:
    """Of all bones, in pixels."""
    return np.array([np.hypot(*(joints[a, :2] - joints[b, :2])) for a, b in LIMBS])


def test_a_dragged_elbow_swings_and_takes_the_hand_along(panel: CanvasPanel, studio: Studio):
    before = pose_of(studio.document).people[0].joints
    drag(panel, joint(panel, ELBOW), -60, -10)
    after = pose_of(studio.document).people[0].joints
    moved = after[:, :2] - before[:, :2]
    assert moved[ELBOW, 0] < -10
    assert np.allclose(moved[WRIST], moved[ELBOW], atol=1e-3)
    assert not moved[[NOSE, NECK, ANKLE]].any()
    assert lengths(after) == pytest.approx(lengths(before), abs=1e-2)


def test_a_dragged_hand_bends_the_arm_and_is_where_the_pointer_is(
    panel: CanvasPanel, studio: Studio
):
    before = pose_of(studio.document).people[0].joints
    drag(panel, joint(panel, WRIST), -20, -70)
    after = pose_of(studio.document).people[0].joints
    scale = panel.canvas.transform.scale
    moved = after[:, :2] - before[:, :2]
    assert moved[WRIST] == pytest.approx([-20 / scale, -70 / scale], abs=0.6)
    assert moved[ELBOW].any()
    assert lengths(after) == pytest.approx(lengths(before), abs=1e-2)


def test_no_drag_tears_a_bone(panel: CanvasPanel, studio: Studio):
    before = lengths(pose_of(studio.document).people[0].joints)
    for number in range(18):
        drag(panel, joint(panel, number), 150, -160)
        assert lengths(pose_of(studio.document).people[0].joints) == pytest.approx(before, abs=2e-2)


def test_alt_drags_a_joint_alone(panel: CanvasPanel, studio: Studio):
    before = pose_of(studio.document).people[0].joints
    drag(panel, joint(panel, ELBOW), 20, -10, ALT)
    moved = (pose_of(studio.document).people[0].joints - before)[:, :2]
    assert moved[ELBOW].any()
    assert not moved[WRIST].any()


def test_a_drag_is_one_undo(panel: CanvasPanel, studio: Studio):
    count = studio.undo_stack.count()
    before = pose_of(studio.document).people[0].joints
    drag(panel, joint(panel, WRIST), 30, 5)
    drag(panel, joint(panel, WRIST), -9, 15)
    assert studio.undo_stack.count() == count + 2
    studio.undo_stack.undo()
    studio.undo_stack.undo()
    assert np.array_equal(pose_of(studio.document).people[0].joints, before)


def test_the_trunk_moves_the_whole_person(panel: CanvasPanel, studio: Studio):
    before = pose_of(studio.document).people[0].joints
    side = (joint(panel, 1) + joint(panel, 8)) / 2
    drag(panel, side, 25, 0)
    moved = (pose_of(studio.document).people[0].joints - before)[:, 0]
    assert np.ptp(moved) < 1e-3
    assert moved[0] > 0


def test_a_limb_swings_about_the_joint_above_it(panel: CanvasPanel, studio: Studio):
    before = pose_of(studio.document).people[0].joints
    thigh = (joint(panel, 8) + joint(panel, 9)) / 2
    drag(panel, thigh, -40, 0)
    after = pose_of(studio.document).people[0].joints
    moved = np.hypot(*(after - before)[:, :2].T)
    assert moved[[8, 1, 4, 13]].max() < 1e-3  # all but the leg stays
    assert moved[ANKLE] > moved[9] > 5
    for a, b in LIMBS:
        lengths = [np.hypot(*(one[a] - one[b])[:2]) for one in (before, after)]
        assert lengths[0] == pytest.approx(lengths[1], abs=0.05)
    assert "thigh" in panel.canvas.pose.description()
    drag(panel, (joint(panel, 9) + joint(panel, ANKLE)) / 2, 0, 25, ALT)
    alone = pose_of(studio.document).people[0].joints - after
    assert (np.abs(alone[[9, ANKLE], 1]) > 5).all()  # with Alt the bones give
    assert np.abs(alone[[8, 4, 0]]).max() < 1e-3


def test_empty_space_is_nobody(panel: CanvasPanel, studio: Studio):
    count = studio.undo_stack.count()
    drag(panel, panel.canvas.transform.to_view(4, 4).toPoint(), 25, 0)
    assert studio.undo_stack.count() == count
    assert panel.canvas.pose.selected is None


def test_escape_puts_a_dragged_joint_back(panel: CanvasPanel, studio: Studio):
    before = pose_of(studio.document).people[0].joints
    canvas, stack = panel.canvas, studio.undo_stack
    start = joint(panel, WRIST)
    count, text = stack.count(), stack.undoText()
    QTest.mousePress(canvas, LEFT, PLAIN, start)
    QTest.mouseMove(canvas, start + QPoint(40, 40))
    assert stack.count() == count + 1
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    # Nothing is left to undo that would change nothing, and the drag can't be done again.
    assert (stack.count(), stack.undoText(), stack.canRedo()) == (count, text, False)
    assert np.array_equal(pose_of(studio.document).people[0].joints, before)
    QTest.mouseRelease(canvas, LEFT, PLAIN, start + QPoint(40, 40))


def test_a_double_click_hides_a_joint_and_shows_it_again(panel: CanvasPanel, studio: Studio):
    place = joint(panel, WRIST)
    for there in (0, 1):
        QTest.mouseClick(panel.canvas, LEFT, PLAIN, place)
        QTest.mouseDClick(panel.canvas, LEFT, PLAIN, place)
        QTest.mouseRelease(panel.canvas, LEFT, PLAIN, place)
        assert pose_of(studio.document).people[0].joints[WRIST, 2] == there


def test_posing_with_keys_alone(panel: CanvasPanel, studio: Studio):
    canvas, pose = panel.canvas, panel.canvas.pose
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_PageDown)
    assert pose.selected == Grip(0, NOSE)
    assert "nose" in canvas.accessibleDescription()
    before = pose_of(studio.document).people[0].joints
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    QTest.keyClick(canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    nudged = pose_of(studio.document).people[0].joints
    assert nudged[NOSE, 0] == pytest.approx(before[NOSE, 0] + 11, abs=1)
    assert lengths(nudged) == pytest.approx(lengths(before), abs=1e-2)
    QTest.keyClick(canvas, Qt.Key.Key_Up, ALT)
    assert pose_of(studio.document).people[0].joints[NOSE, 1] == pytest.approx(nudged[NOSE, 1] - 1)
    QTest.keyClick(canvas, Qt.Key.Key_Delete)
    assert pose_of(studio.document).people[0].joints[NOSE, 2] == 0
    QTest.keyClick(canvas, Qt.Key.Key_Home)
    assert pose.selected == Grip(0, None)
    QTest.keyClick(canvas, Qt.Key.Key_Delete)
    assert pose_of(studio.document).people == ()


def test_people_are_mirrored_resized_and_removed(panel: CanvasPanel, studio: Studio):
    panel.options.pose._add("running")
    before = pose_of(studio.document).people[1].joints
    QTest.keyClick(panel.canvas, Qt.Key.Key_M, SHIFT)
    after = pose_of(studio.document).people[1].joints
    assert after[NECK, :2] == pytest.approx(before[NECK, :2])
    assert after[[8, 11], :2].mean(0) == pytest.approx(before[[8, 11], :2].mean(0), abs=1e-3)
    assert np.hypot(*(after - before)[WRIST, :2]) > 10
    assert lengths(after).sum() == pytest.approx(lengths(before).sum(), rel=1e-4)
    panel.pose_actions.larger.trigger()
    assert np.ptp(pose_of(studio.document).people[1].joints[:, 1]) > np.ptp(after[:, 1])
    panel.pose_actions.remove.trigger()
    assert len(pose_of(studio.document).people) == 1


def test_the_joint_under_the_pointer_is_named(panel: CanvasPanel, qtbot: QtBot):
    canvas, place = panel.canvas, joint(panel, WRIST)
    QTest.mouseMove(canvas, place)
    assert "right wrist" in panel._said.text()
    asked = QHelpEvent(QEvent.Type.ToolTip, place, canvas.mapToGlobal(place))
    QApplication.sendEvent(canvas, asked)
    assert "right wrist" in QToolTip.text()
    QTest.mouseMove(canvas, panel.canvas.transform.to_view(4, 4).toPoint())
    assert "wrist" not in panel._said.text()
    QToolTip.hideText()


def test_pose_actions_wait_for_the_pose_layer(panel: CanvasPanel):
    assert panel.pose_actions.mirror.isEnabled()
    panel.tools.set_layer("depth")
    assert not panel.pose_actions.mirror.isEnabled()
    assert not panel.pose_actions.hide.isEnabled()


def test_the_nearest_joint_wins_and_the_last_drawn_breaks_a_tie():
    person = newcomers.new_person("t_pose", 256, 256)
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
    assert picker.list.count() == len(newcomers.pose_names())
    metrics = QFontMetrics(picker.list.font())
    for row in range(picker.list.count()):  # no name is cut
        item = picker.list.item(row)
        lines, box = item.text().split("\n"), picker.list.visualItemRect(item)
        assert " ".join(lines) == item.toolTip()
        assert max(metrics.horizontalAdvance(line) for line in lines) <= box.width() - 8
        assert len(lines) * metrics.lineSpacing() + 56 <= box.height()
    picker.list.setCurrentRow(newcomers.pose_names().index("running"))
    with qtbot.waitSignal(picker.chosen) as said:
        QTest.keyClick(picker.list, Qt.Key.Key_Return)
    assert said.args == ["running"]
    assert len(pose_of(studio.document).people) == 2


def test_the_figure_of_a_picture_without_one_is_taken_over(panel: CanvasPanel, studio: Studio):
    take = panel.pose_actions.take
    set_people(studio, (), "Remove")
    assert not take.isEnabled()  # the model of this studio lets nobody stand
    can = studio._live.capabilities = replace(CAN, forms=True)
    studio.set_setting("prompt", "a knight who kneels")
    studio.set_setting("kind", "character")
    panel._show_selection()
    assert take.isEnabled()
    before = standing(request_of(studio.document, can))
    take.trigger()
    assert len(pose_of(studio.document).people) == 1 and not take.isEnabled()
    after = request_of(studio.document, can)
    # In the pose of the picture, and in a plain body that goes where the joints go.
    assert after.controls == tuple(one for one in before.controls if one.kind == "pose")
    studio.undo_stack.undo()
    assert not pose_of(studio.document).people


def test_people_who_are_not_in_hand_are_drawn_once_and_look_the_same(
    panel: CanvasPanel, studio: Studio, monkeypatch: pytest.MonkeyPatch
):
    """A dab passes over them many times."""
    canvas, drawn = panel.canvas, 0
    paint = pose_tool.paint_person

    def counted(*given: Any, **named: Any) -> None:
        nonlocal drawn
        drawn += 1
        paint(*given, **named)

    monkeypatch.setattr(pose_tool, "paint_person", counted)
    panel.tools.set_layer("colour")
    first = canvas.grab().toImage()
    assert drawn == 1
    assert canvas.grab().toImage() == first and drawn == 1
    set_people(studio, (pose_of(studio.document).people[0].moved(WRIST, 30, 40),), "Move")
    assert canvas.grab().toImage() != first and drawn == 2
    studio.undo_stack.undo()
    assert canvas.grab().toImage() == first
    panel.tools.set_layer("pose")
    canvas.grab()
    assert canvas.grab().toImage() != first  # with handles, and not faded
