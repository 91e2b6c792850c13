"""The canvas stays in sight, whatever becomes of its size; another drawing is looked at from the beginning."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from studio_app.session.studio import Studio
from studio_app.ui.canvas.canvas import Canvas
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from studio_app.ui.main_window import MainWindow
from tests.ui.conftest import CONTROL, Open
from tests.ui.filing import answer, saved_as


def in_sight(canvas: Canvas) -> bool:
    """Whether a part of the canvas shows that an eye can see."""
    page = canvas.transform.outline(QRect(QPoint(0, 0), canvas.extent))
    return page.intersects(canvas.rect().toRectF().adjusted(16, 16, -16, -16))


def at_lower_right(panel: CanvasPanel, studio: Studio) -> None:
    """Of a large canvas, close up."""
    studio.set_canvas((0, 0, 2048, 2048))
    panel.canvas.set_zoom(2.0)
    panel.canvas.pan(-9000, -9000)
    assert in_sight(panel.canvas)


@pytest.mark.parametrize("angle", [0.0, 45.0])
def test_it_is_in_sight_when_its_size_is_undone(panel: CanvasPanel, studio: Studio, angle: float):
    panel.canvas.turn_to(angle)
    at_lower_right(panel, studio)
    studio.undo_stack.undo()
    assert (panel.canvas.extent.width(), panel.canvas.zoom) == (256, 2.0)
    assert in_sight(panel.canvas)
    studio.undo_stack.redo()
    assert in_sight(panel.canvas)


def test_it_is_in_sight_when_it_is_cropped(panel: CanvasPanel, studio: Studio):
    at_lower_right(panel, studio)
    crop = panel.findChild(QAction, "canvas_crop")
    assert crop is not None
    crop.trigger()
    assert panel.canvas.extent.width() == 256
    assert in_sight(panel.canvas)


def test_turned_it_is_not_panned_out_of_sight_past_a_corner(panel: CanvasPanel):
    canvas = panel.canvas
    canvas.turn_to(45.0)
    for across, down in ((900, 900), (-1800, 0), (0, -1800), (1800, 0)):
        canvas.pan(across, down)
        assert in_sight(canvas)


@pytest.fixture
def started(open_window: Open, tmp_path: Path) -> tuple[Studio, MainWindow]:
    return open_window(tmp_path / "home")


def look_closely(canvas: Canvas) -> None:
    """At a corner, turned and mirrored."""
    QTest.keyClick(canvas, Qt.Key.Key_1, CONTROL)
    canvas.set_zoom(4.0)
    canvas.turn_to(30.0)
    canvas.mirror()
    canvas.pan(-3000, 0)
    assert not canvas.fits() and canvas.chip.isVisible()


def is_at_the_beginning(canvas: Canvas) -> bool:
    return canvas.fits() and canvas.transform.upright and not canvas.chip.isVisible()


def test_another_drawing_is_fitted_and_upright(
    started: tuple[Studio, MainWindow], qtbot: QtBot, tmp_path: Path
):
    studio, window = started
    path, canvas = tmp_path / "knight.ora", window.canvas.canvas
    saved_as(studio, window, qtbot, path)
    studio.set_canvas((0, 0, 700, 500))
    look_closely(canvas)
    window.command["new_drawing"].trigger()
    qtbot.waitUntil(lambda: studio.files.path is None)
    assert is_at_the_beginning(canvas)
    look_closely(canvas)
    canvas.start_turn(canvas.rect().center().toPointF())
    window.command["open_drawing"].trigger()
    answer(window, qtbot, path)
    qtbot.waitUntil(lambda: studio.files.path == path)
    assert is_at_the_beginning(canvas)
    QTest.mouseMove(canvas, QPoint(20, 90))
    assert canvas.transform.upright
