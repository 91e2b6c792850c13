"""Pictures that come onto the canvas: dropped, or the result itself."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio_app.core.frame import Frame
from studio_app.document.pictures import write_png
from studio_app.scene.openpose import draw_pose
from studio_app.session.studio import Studio
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from studio_app.ui.canvas.drop_dialog import DropDialog
from studio_app.ui.canvas.newcomers import new_person
from studio_app.ui.feed import feed_of
from tests.ui.conftest import LEFT, PLAIN


def test_a_dropped_picture_asks_what_it_is(
    panel: CanvasPanel, studio: Studio, qtbot: QtBot, tmp_path: Path
):
    path = tmp_path / "photo.png"
    panel.canvas.grab().save(str(path))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # 6.12 asks for what 6.11 does not have
        enter = QDragEnterEvent(QPoint(20, 20), Qt.DropAction.CopyAction, data, LEFT, PLAIN)
    QApplication.sendEvent(panel.canvas, enter)
    assert enter.isAccepted()
    drop = QDropEvent(QPointF(20, 20), Qt.DropAction.CopyAction, data, LEFT, PLAIN)
    QApplication.sendEvent(panel.canvas, drop)
    assert drop.isAccepted()
    qtbot.waitUntil(lambda: panel.findChild(DropDialog) is not None)
    dialog = panel.findChild(DropDialog)
    assert dialog is not None
    assert set(dialog.choices) == {"colour", "depth", "pose", "mask", "recipe"}
    with qtbot.waitSignal(studio.message) as said:  # a photo has nobody in it that we could read
        QTest.mouseClick(dialog.choices["pose"], LEFT)
    assert isinstance(said.args, list)
    assert "Nobody" in said.args[0].title


def test_a_picture_of_figures_becomes_people(panel: CanvasPanel, studio: Studio, tmp_path: Path):
    person = new_person("t_pose", 512, 512)
    write_png(tmp_path / "pose.png", draw_pose(person.joints, 512, 512))
    dialog = DropDialog(studio, tmp_path / "pose.png", panel)
    dialog.taken.connect(panel.tools.set_layer)
    dialog.open()
    QTest.mouseClick(dialog.choices["pose"], LEFT)
    (found,) = studio.document.pose.people
    assert np.abs(found.joints[1, :2] - person.joints[1, :2] / 2).max() < 2
    assert panel.tools.layer == "pose"


def test_the_result_is_painted_over(panel: CanvasPanel, studio: Studio):
    panel.paint_over_result()  # there is none yet: nothing happens
    assert studio.document.colour.untouched
    pixels = np.full((256, 256, 4), (30, 20, 10, 255), np.uint8)
    feed_of(studio).newest = Frame("digest", 1, 1, 999, "final", pixels)
    panel.paint_over_result()
    assert tuple(studio.document.colour.rgba[5, 5]) == (10, 20, 30, 255)
    assert panel.tools.layer == "colour"
    studio.undo_stack.undo()
    assert studio.document.colour.untouched
