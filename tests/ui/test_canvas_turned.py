"""The view turned and mirrored: the drawing stays, every tool still hits what it points at, and a second window."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio_app.document.people import standing_person
from studio_app.document.selections import bounds_of
from studio_app.session.studio import Studio
from studio_app.ui.canvas.canvas import Canvas
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from studio_app.ui.canvas.tools.names import ENTRIES
from studio_app.ui.canvas.tools.writing import Text
from tests.nodes import depth_of, pose_of, scene_of, set_people
from tests.ui.conftest import LEFT, PLAIN, SHIFT, at, delete_now, drag
from tests.ui.hands import pen

VIEWS: tuple[tuple[float, bool], ...] = ((0.0, False), (0.0, True), (30.0, False), (-105.0, True))
Box = tuple[int, int, int, int]


def look(canvas: Canvas, angle: float, *, mirrored: bool) -> None:
    canvas.upright()
    canvas.set_zoom(1.75)
    canvas.turn_to(angle)
    if mirrored:
        canvas.mirror()


def painted_box(studio: Studio) -> Box:
    known = depth_of(studio.document).known.whole > 100
    rows, columns = np.nonzero(known.any(1))[0], np.nonzero(known.any(0))[0]
    return int(columns[0]), int(rows[0]), int(columns[-1]), int(rows[-1])


def selected_box(studio: Studio) -> Box:
    assert studio.document.selection is not None
    return bounds_of(studio.document.selection)


def by_drag(panel: CanvasPanel, studio: Studio, tool: str) -> Box:
    drag(panel.canvas, (70, 80), (120, 90), (150, 130))
    return selected_box(studio) if ENTRIES[tool].family == "select" else painted_box(studio)


def by_lasso(panel: CanvasPanel, studio: Studio, tool: str) -> Box:
    drag(panel.canvas, (70, 80), (150, 90), (140, 150), (80, 140))
    return selected_box(studio) if ENTRIES[tool].family == "select" else painted_box(studio)


def by_erasing(panel: CanvasPanel, studio: Studio, tool: str) -> Box:
    panel.tools.set_tool("rectangle")
    drag(panel.canvas, (1, 1), (255, 255))
    panel.tools.set_tool(tool)
    drag(panel.canvas, (70, 80), (120, 90), (150, 130))
    gone = depth_of(studio.document).known.whole[20:-20, 20:-20] < 100
    rows, columns = np.nonzero(gone.any(1))[0], np.nonzero(gone.any(0))[0]
    assert len(columns) < 120
    return int(columns[0]), int(rows[0]), int(columns[-1]), int(rows[-1])


def by_filling(panel: CanvasPanel, studio: Studio, tool: str) -> Box:
    panel.tools.set_tool("select_box")
    drag(panel.canvas, (70, 80), (150, 130))
    panel.tools.set_tool(tool)
    drag(panel.canvas, (100, 100))
    return painted_box(studio)


def by_picking(panel: CanvasPanel, studio: Studio, tool: str) -> Box:
    panel.tools.set_tool("rectangle")
    panel.tools.set_value(0.4)
    drag(panel.canvas, (70, 80), (150, 130))
    panel.tools.set_value(0.9)
    panel.tools.set_tool(tool)
    drag(panel.canvas, (76, 84))
    return round(panel.tools.brush.value * 100), 0, 0, 0


def by_moving(panel: CanvasPanel, studio: Studio, tool: str) -> Box:
    panel.tools.set_tool("rectangle")
    drag(panel.canvas, (70, 80), (110, 110))
    panel.tools.set_tool(tool)
    drag(panel.canvas, (90, 95), (120, 120), (130, 125))
    panel.tools.set_tool("brush")
    return painted_box(studio)


def by_looking(panel: CanvasPanel, studio: Studio, tool: str) -> Box:
    panel.tools.set_tool("rectangle")
    by_drag(panel, studio, "rectangle")
    left, top, right, bottom = painted_box(studio)
    panel.tools.set_tool(tool)
    drag(panel.canvas, ((left + right) / 2, (top + bottom) / 2))
    return selected_box(studio)


def by_framing(panel: CanvasPanel, studio: Studio, tool: str) -> Box:
    studio.set_frame((64, 64, 128, 128))
    drag(panel.canvas, (128, 128), (140, 120), (148, 118), modifiers=SHIFT)
    return studio.document.frame


def by_writing(panel: CanvasPanel, studio: Studio, tool: str) -> Box:
    panel.tools.set_size(60)
    drag(panel.canvas, (70, 80))
    writer = panel.canvas.kit.in_hand
    assert isinstance(writer, Text)
    writer.field.setPlainText("Ink")
    QApplication.processEvents()  # it is drawn once per turn of the loop
    writer.put_down()
    return painted_box(studio)


HOW: dict[str, Callable[[CanvasPanel, Studio, str], Box]] = {
    "eraser": by_erasing,
    "picker": by_picking,
    "fill": by_filling,
    "lasso": by_lasso,
    "select_lasso": by_lasso,
    "select_alike": by_looking,
    "move": by_moving,
    "warp": by_moving,
    "text": by_writing,
    "frame": by_framing,
}


@pytest.mark.parametrize("tool", ENTRIES)
def test_a_tool_hits_the_same_pixels_however_the_view_is_turned(
    panel: CanvasPanel, studio: Studio, tool: str
):
    found: list[Box] = []
    for angle, mirrored in VIEWS:
        look(panel.canvas, angle, mirrored=mirrored)
        panel.tools.set_layer("depth")
        panel.tools.set_tool(tool)
        panel.tools.set_size(12)
        found.append(HOW.get(tool, by_drag)(panel, studio, tool))
        while studio.undo_stack.canUndo():
            studio.undo_stack.undo()
    for one in found[1:]:  # events come in whole pixels of the view
        assert np.abs(np.subtract(one, found[0])).max() <= 2, found


@pytest.mark.parametrize(("angle", "mirrored"), VIEWS[1:])
def test_people_and_scenes_are_dragged_where_they_are_seen(
    panel: CanvasPanel, studio: Studio, angle: float, *, mirrored: bool
):
    canvas = panel.canvas
    look(canvas, angle, mirrored=mirrored)
    panel.tools.set_layer("pose")
    set_people(studio, (standing_person(256, 256),), "Add")
    x, y, _ = pose_of(studio.document).people[0].joints[4]
    drag(canvas, (x, y), (x - 20, y - 15), (x - 40, y - 30))
    there = pose_of(studio.document).people[0].joints[4, :2]
    assert np.hypot(*(there - (x - 40, y - 30))) < 2
    canvas.pose.selected = None
    QTest.mouseClick(canvas, LEFT, PLAIN, at(canvas, *there))
    before = pose_of(studio.document).people[0].joints[4, :2].copy()
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    moved = pose_of(studio.document).people[0].joints[4, :2] - before
    across, _ = canvas.transform.direction(float(moved[0]), float(moved[1]))
    assert across > 0.3  # to the right of the screen
    panel.tools.set_layer("scene")
    panel.scene_actions.solids[0].trigger()
    item = scene_of(studio.document).stage.items[0]
    canvas.scene.choose()
    middle = np.argwhere(scene_of(studio.document).picture(256, 256)[..., 3] > 0).mean(0)
    QTest.mouseClick(canvas, LEFT, PLAIN, at(canvas, float(middle[1]), float(middle[0])))
    assert canvas.scene.selected == (item.id,)


def test_the_drawing_is_shown_where_tools_find_it(panel: CanvasPanel, studio: Studio):
    canvas = panel.canvas
    look(canvas, 30.0, mirrored=True)
    panel.tools.set_tool("rectangle")
    panel.tools.set_value(1.0)
    drag(canvas, (60, 60), (100, 80))
    seen = canvas.grab().toImage()
    ratio = seen.devicePixelRatio()
    for place, light in (((80, 70), True), ((130, 70), False), ((80, 130), False)):
        point = canvas.transform.to_view(*place) * ratio
        assert (seen.pixelColor(point.toPoint()).lightness() > 200) == light
    assert depth_of(studio.document).known.whole[70, 80] == 255


def test_keys_turn_and_mirror_the_view_and_a_chip_puts_it_upright(panel: CanvasPanel):
    canvas = panel.canvas
    keys, ALT = Qt.Key, Qt.KeyboardModifier.AltModifier
    assert canvas.chip.isHidden()
    middle = canvas.transform.to_document(QPointF(canvas.rect().center()))
    QTest.keyClick(canvas, keys.Key_6, ALT)
    QTest.keyClick(canvas, keys.Key_6, Qt.KeyboardModifier.KeypadModifier)
    assert canvas.transform.angle == 30.0
    assert panel.tools.layer == "depth"  # plain digits are layers, those of the keypad are not
    now = canvas.transform.to_document(QPointF(canvas.rect().center()))
    assert (now - middle).manhattanLength() < 1.5
    QTest.keyClick(canvas, keys.Key_M)
    assert canvas.transform.mirrored
    assert "30" in canvas.chip.text()
    assert canvas.fits()
    page = canvas.transform.view_rect(QRect(QPoint(0, 0), canvas.extent))
    assert canvas.rect().contains(page.toRect())
    QTest.keyClick(canvas, keys.Key_5, ALT)
    assert canvas.transform.angle == 0.0
    QTest.mouseClick(canvas.chip, LEFT)
    assert canvas.transform.upright
    assert canvas.chip.isHidden()


def test_shift_space_turns_freely_and_paints_nothing(panel: CanvasPanel, studio: Studio):
    canvas = panel.canvas
    centre = canvas.rect().center()
    QTest.keyPress(canvas, Qt.Key.Key_Space, SHIFT)
    QTest.mousePress(canvas, LEFT, SHIFT, centre + QPoint(100, 0))
    QTest.mouseMove(canvas, centre + QPoint(71, 71))
    assert canvas.transform.angle == pytest.approx(45, abs=1)
    QTest.mouseMove(canvas, centre + QPoint(0, 100))
    assert canvas.transform.angle == pytest.approx(90, abs=1)
    QTest.mouseRelease(canvas, LEFT, SHIFT, centre + QPoint(0, 100))
    QTest.keyRelease(canvas, Qt.Key.Key_Space, SHIFT)
    QTest.mouseMove(canvas, centre)
    assert canvas.transform.angle == pytest.approx(90, abs=1)
    assert studio.undo_stack.count() == 0


def test_a_pen_keeps_its_fractions_of_pixels_in_a_turned_view(panel: CanvasPanel, studio: Studio):
    canvas = panel.canvas
    look(canvas, 30.0, mirrored=True)
    panel.tools.set_size(1)
    panel.tools.set_pressure(size=False)
    there = canvas.transform.to_view(100.5, 90.5)
    pen(canvas, QEvent.Type.TabletPress, there, 1.0)
    pen(canvas, QEvent.Type.TabletRelease, there, 0.0)
    known = depth_of(studio.document).known.whole
    assert np.unravel_index(known.argmax(), known.shape) == (90, 100)
    assert (known > 100).sum() == 1


def test_a_second_view_shows_and_edits_the_same_drawing(
    panel: CanvasPanel, studio: Studio, qtbot: QtBot
):
    panel.views.another.trigger()
    second = panel.views.second
    assert second is not None
    qtbot.waitExposed(second)
    canvas = second.canvas
    canvas.set_zoom(3)
    canvas.mirror()
    assert panel.canvas.transform.upright
    panel.tools.set_tool("rectangle")
    panel.tools.set_value(1.0)
    drag(canvas, (110, 110), (140, 130))
    assert painted_box(studio) == (110, 110, 139, 129)
    for view in (panel.canvas, canvas):
        seen = view.grab().toImage()
        point = view.transform.to_view(125, 120) * seen.devicePixelRatio()
        assert seen.pixelColor(point.toPoint()).lightness() > 200
    panel.canvas.contours.set_on(True)
    assert canvas.contours.on
    panel.tools.set_layer("pose")
    set_people(studio, (standing_person(256, 256),), "Add")
    x, y, _ = pose_of(studio.document).people[0].joints[0]
    QTest.mouseClick(canvas, LEFT, PLAIN, at(canvas, x, y))
    assert panel.canvas.pose.selected is not None
    studio.set_canvas((0, 0, 320, 300))
    assert canvas.extent == panel.canvas.extent
    second.close()
    assert panel.views.second is None
    assert not panel.views.another.isChecked()
    delete_now()
    drag(panel.canvas, (60, 60), (70, 70))  # nobody listens who is gone
