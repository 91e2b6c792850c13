"""People of a pose as wholes: ordered, kept, read off pictures, written for others, moved by the move tool."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QInputDialog
from pytestqt.qtbot import QtBot

from studio_app.document import newcomers
from studio_app.document.people import standing_person
from studio_app.document.pictures import open_picture, write_png
from studio_app.document.planes import COVER, Plane
from studio_app.document.pose_files import read_pose
from studio_app.document.pose_shelf import read_poses
from studio_app.scene.openpose import draw_pose
from studio_app.session.studio import Studio
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from studio_app.ui.canvas.figures import Grip
from tests.nodes import pose_of, set_people
from tests.ui.conftest import delete_now
from tests.ui.posing import WRIST, drag, joint


@pytest.fixture
def panel(posing: CanvasPanel) -> CanvasPanel:
    return posing


def test_people_are_ordered(panel: CanvasPanel, studio: Studio):
    panel.options.pose._add("running")
    standing, running = pose_of(studio.document).people
    panel.canvas.pose.selected = Grip(0, None)
    panel.canvas.grips_changed()
    panel.pose_actions.forward.trigger()
    assert pose_of(studio.document).people == (running, standing)
    assert panel.canvas.pose.selected == Grip(1, None)
    panel.pose_actions.backward.trigger()
    assert pose_of(studio.document).people == (standing, running)


def test_an_own_pose_is_kept_chosen_and_removed(panel: CanvasPanel, studio: Studio, qtbot: QtBot):
    saver = studio._desk._saver
    saver.start()
    wrist = joint(panel, WRIST)
    drag(panel, wrist, 10, -60)
    kept = pose_of(studio.document).people[0].joints
    panel.pose_actions.keep.trigger()
    dialog = panel.findChild(QInputDialog)
    assert dialog is not None
    dialog.setTextValue("Wave")
    dialog.accept()
    qtbot.waitUntil(lambda: [one.name for one in read_poses(panel.pose_shelf.path)] == ["Wave"])
    panel.pose_actions.remove.trigger()
    panel.options.pose.open()
    picker = panel.options.pose.picker
    assert picker is not None
    last = picker.list.item(picker.list.count() - 1)
    assert last.text() == "Wave" and not last.icon().isNull()
    picker.list.itemActivated.emit(last)
    again = pose_of(studio.document).people[0].joints
    shape = [one[:, :2] - one[1, :2] for one in (kept, again)]
    scale = np.hypot(*shape[1].T).max() / np.hypot(*shape[0].T).max()
    assert np.abs(shape[0] * scale - shape[1]).max() < 0.5
    panel.options.pose.open()
    picker = panel.options.pose.picker
    assert picker is not None
    count = picker.list.count()
    picker.list.setCurrentRow(count - 1)
    QTest.keyClick(picker.list, Qt.Key.Key_Delete)
    assert picker.list.count() == count - 1
    qtbot.waitUntil(lambda: not read_poses(panel.pose_shelf.path))
    picker.close()
    saver.finish()
    assert saver.wait(5000)


def test_people_of_a_picture_are_added_in_the_frame(
    panel: CanvasPanel, studio: Studio, qtbot: QtBot, tmp_path: Path
):
    reader = studio._desk._reader
    reader.start()
    one = newcomers.new_person("running", 512, 512)
    path = tmp_path / "pose.png"
    write_png(path, draw_pose(one.joints, 512, 512))
    panel.tools.set_layer("depth")
    panel.pose_actions.add_from(path)
    qtbot.waitUntil(lambda: len(pose_of(studio.document).people) == 2)
    found = pose_of(studio.document).people[1].joints
    there = found[:, 2] > 0
    assert there.sum() >= 12
    assert np.abs(found[there, :2] - one.joints[there, :2] / 2).max() < 2
    assert panel.tools.layer == "pose"
    assert panel.canvas.pose.selected == Grip(1, None)
    said: list[Any] = []
    studio.message.connect(said.append)
    write_png(path, np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8))
    panel.pose_actions.add_from(path)
    qtbot.waitUntil(lambda: len(said) > 0)
    assert "dw-ll_ucoco_384.onnx" in said[0].hint
    assert len(pose_of(studio.document).people) == 2
    reader.finish()
    assert reader.wait(5000)


def test_poses_are_written_for_other_programs(
    panel: CanvasPanel, studio: Studio, qtbot: QtBot, tmp_path: Path
):
    saver = studio._desk._saver
    saver.start()
    joints = pose_of(studio.document).people[0].joints
    for action in panel.pose_actions.written:
        assert action.isEnabled()
        action.trigger()
        dialog = panel.findChildren(QFileDialog)[-1]
        path = tmp_path / f"{action.objectName()}.{dialog.defaultSuffix()}"
        dialog.fileSelected.emit(str(path))
        dialog.close()
        dialog.deleteLater()
        delete_now()
        qtbot.waitUntil(path.exists)
        if path.suffix == ".json":
            again = read_pose(path).people[0]
            assert np.abs(again - joints).max() < 0.01
        else:
            assert np.array_equal(open_picture(path).rgb(), draw_pose(joints, 256, 256))
    saver.finish()
    assert saver.wait(5000)


def test_the_move_tool_moves_scales_and_mirrors_people(panel: CanvasPanel, studio: Studio):
    canvas = panel.canvas
    before = pose_of(studio.document).people[0].joints
    panel._tools_actions["move"].trigger()
    assert canvas.grips is canvas.kit.mover
    middle = canvas.transform.to_view(*(before[:, :2].max(0) + before[:, :2].min(0)) / 2).toPoint()
    steps = studio.undo_stack.count()
    drag(panel, middle, 30, 10)
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    after = pose_of(studio.document).people[0].joints
    assert studio.undo_stack.count() == steps + 1
    assert np.ptp((after - before)[:, 0]) < 1e-3 and (after - before)[0, 0] > 5
    box = canvas.transform.view_rect(QRectF(*canvas.kit.mover.piece().rect))  # pyright: ignore[reportOptionalMemberAccess]
    drag(panel, box.bottomRight().toPoint(), round(-box.width() / 2), round(-box.height() / 2))
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    small = pose_of(studio.document).people[0].joints
    assert np.ptp(small[:, 1]) == pytest.approx(np.ptp(after[:, 1]) / 2, rel=0.05)
    flip = next(a for a in panel.select_actions.transforming if "flip" in a.objectName())
    assert flip.isEnabled()
    flip.trigger()
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    other = pose_of(studio.document).people[0].joints
    assert other[WRIST, 0] < other[7, 0]  # still faces us: its right hand is on our left
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.grips is canvas.pose
    for _ in range(3):
        studio.undo_stack.undo()
    assert np.array_equal(pose_of(studio.document).people[0].joints, before)


def test_the_move_tool_takes_the_people_that_are_selected(panel: CanvasPanel, studio: Studio):
    set_people(studio, (standing_person(256, 256, 60), standing_person(256, 256, 190)), "Two")
    left, right = pose_of(studio.document).people
    half = np.zeros((256, 256), np.uint8)
    half[:, :128] = 255
    studio.set_selection(Plane.of(COVER, half), "Select")
    panel._tools_actions["move"].trigger()
    middle = panel.canvas.transform.to_view(60, 130).toPoint()
    drag(panel, middle, 25, 0)
    QTest.keyClick(panel.canvas, Qt.Key.Key_Return)
    now = pose_of(studio.document).people
    assert now[1] is right
    assert (now[0].joints - left.joints)[:, 0].min() > 3
    moved = studio.document.selection
    assert moved is not None and moved.read(129, 5, 1, 1)[0, 0] == 255  # it goes along
    panel.tools.set_layer("scene")
    assert not panel._tools_actions["move"].isEnabled()


def test_who_comes_to_people_with_the_mover_in_hand_finds_their_own_tools(panel: CanvasPanel):
    actions = panel._tools_actions
    panel.tools.set_layer("depth")
    actions["move"].trigger()
    assert panel.tools.tool == "move"
    panel.tools.set_layer("pose")
    assert panel.options.pose.isVisible()
    actions["move"].trigger()  # on people it is chosen here, and given back by its button
    assert panel.options.move_options.isVisible()
    actions["move"].trigger()
    assert panel.options.pose.isVisible() and not actions["move"].isChecked()
