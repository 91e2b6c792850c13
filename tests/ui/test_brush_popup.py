"""Brushes, colours, pressure and symmetry where the pointer is; by real mouse and pen."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from studio_app.document.brush_presets import BUILT_IN, read_own
from studio_app.document.pressure import STRAIGHT
from studio_app.session.studio import Studio
from studio_app.ui.canvas.brush_popup import BrushPopup
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from tests.nodes import colour_of, depth_of
from tests.ui.conftest import LEFT, PLAIN, SHIFT, at, drag
from tests.ui.hands import mouse, pen


def right_click(panel: CanvasPanel, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
    place = QPoint(200, 200)
    there = panel.canvas.mapToGlobal(place)
    asked = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, there, modifiers)
    QApplication.sendEvent(panel.canvas, asked)


def popup_of(panel: CanvasPanel) -> BrushPopup:
    right_click(panel)
    popup = panel.brush_popup
    assert popup is not None and popup.isVisible()
    return popup


def test_the_right_button_brings_up_brushes_and_with_shift_the_menu(panel: CanvasPanel):
    popup = popup_of(panel)
    assert popup.wheel is None  # depth has no colours
    assert all(button.accessibleName() for button in popup.brushes)
    QTest.mouseClick(popup.brushes[3], LEFT)
    assert panel.tools.brush.size_curve == BUILT_IN[3].brush.size_curve
    assert popup.brushes[3].isChecked()
    assert not popup.brushes[0].isChecked()
    QTest.mouseClick(popup.menu, LEFT)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    menu.close()
    right_click(panel, SHIFT)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    menu.close()
    panel.tools.set_tool("move")
    right_click(panel)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    menu.close()


def test_colours_come_from_wheel_palette_and_what_was_used(panel: CanvasPanel, studio: Studio):
    panel.tools.set_layer("colour")
    popup = popup_of(panel)
    wheel = popup.wheel
    assert wheel is not None
    QTest.mouseClick(wheel, LEFT, PLAIN, wheel.place_of(1 / 3).toPoint())
    QTest.mouseClick(wheel, LEFT, PLAIN, wheel._square().topRight().toPoint())
    red, green, blue = panel.tools.colour
    assert green > 240 and red < 15 and blue < 15
    popup.close()
    drag(panel.canvas, (60, 60), (90, 60))
    assert tuple(colour_of(studio.document).rgba.whole[60, 75, :3]) == panel.tools.colour
    used = panel.tools.colour
    popup = popup_of(panel)
    QTest.mouseClick(popup.dabs[2], LEFT)
    assert panel.tools.colour == popup.dabs[2].colour
    assert popup.wheel is not None and popup.wheel.colour == panel.tools.colour
    QTest.mouseClick(popup.dabs[-1], LEFT)
    assert panel.tools.colour == used
    popup.close()
    state = panel.tools.saved()
    panel.tools.recent = []
    panel.tools.restore(state)
    assert panel.tools.recent == [used]


def test_an_own_brush_is_kept_in_the_users_folder(panel: CanvasPanel, studio: Studio, qtbot: QtBot):
    saver = studio._desk._saver
    saver.start()
    panel.tools.set_size(77)
    popup = popup_of(panel)
    count = len(popup.brushes)
    popup.name.setText("Mine")
    QTest.mouseClick(popup.save, LEFT)
    qtbot.waitUntil(lambda: len(read_own(panel.shelf.path)) == 1)
    assert len(popup.brushes) == count + 1
    panel.tools.set_size(5)
    QTest.mouseClick(popup.brushes[-1], LEFT)
    assert panel.tools.brush.size == 77
    QTest.mouseClick(popup.remove, LEFT)
    qtbot.waitUntil(lambda: not read_own(panel.shelf.path))
    popup.close()
    saver.finish()
    assert saver.wait(5000)


def test_the_curve_is_bent_by_mouse_and_keys_and_the_pen_obeys(panel: CanvasPanel, studio: Studio):
    bar = panel.options.brush
    panel.tools.set_size(60)
    QTest.mouseClick(bar.pressure, LEFT)
    popup = bar.pen
    assert popup is not None
    field = popup.curves["size"]
    bend = field.place(0.5, 0.5).toPoint()
    QTest.mousePress(field, LEFT, PLAIN, bend)
    QTest.mouseMove(field, field.place(0.5, 0.1).toPoint())
    QTest.mouseRelease(field, LEFT, PLAIN, field.place(0.5, 0.1).toPoint())
    assert panel.tools.brush.size_curve[1] == pytest.approx((0.5, 0.1), abs=0.02)
    QTest.keyClick(field, Qt.Key.Key_Up)
    assert panel.tools.brush.size_curve[1][1] == pytest.approx(0.12, abs=0.02)
    popup.close()
    canvas = panel.canvas
    for kind, x, pressure in (
        (QEvent.Type.TabletPress, 60, 0.5), (QEvent.Type.TabletMove, 90, 0.5), (QEvent.Type.TabletRelease, 90, 0.0)
    ):  # fmt: skip
        pen(canvas, kind, canvas.transform.to_view(x, 80.5), pressure)
    rows = int((depth_of(studio.document).known.whole[:, 75] > 128).sum())
    assert 4 <= rows <= 10  # 60 pixels at full pressure, 30 by a straight curve
    bar.open_pen()
    assert bar.pen is not None
    QTest.keyClick(bar.pen.curves["size"], Qt.Key.Key_Home)
    assert panel.tools.brush.size_curve == STRAIGHT
    bar.pen.close()


def test_a_steadied_stroke_reaches_the_place_where_the_pen_was_lifted(
    panel: CanvasPanel, studio: Studio
):
    canvas = panel.canvas
    panel.tools.set_size(4)
    panel.tools.set_pressure(size=False)
    panel.tools.set_steady(100)
    pen(canvas, QEvent.Type.TabletPress, canvas.transform.to_view(40, 128), 1.0)
    for step in range(1, 41):  # a saw
        there = canvas.transform.to_view(40 + 4 * step, 128 + 6 * (-1) ** step)
        pen(canvas, QEvent.Type.TabletMove, there, 1.0)
    pen(canvas, QEvent.Type.TabletRelease, canvas.transform.to_view(200, 134), 0.0)
    known = depth_of(studio.document).known.whole > 100
    assert known[128:140, 196:203].any()
    rows = np.nonzero(known[:, 80:150].any(1))[0]
    assert rows[-1] - rows[0] < 12  # of a saw of 12 pixels and a line of 4


def test_symmetry_paints_on_both_sides_and_its_axis_is_dragged(panel: CanvasPanel, studio: Studio):
    canvas, tools = panel.canvas, panel.tools
    panel.options.brush.mirrors.across.trigger()
    assert panel.options.brush.mirrors.isChecked()
    drag(canvas, (50, 60), (70, 60))
    known = depth_of(studio.document).known.whole
    assert np.array_equal(known[60] > 100, known[60, ::-1] > 100)
    assert studio.undo_stack.count() == 1
    handle = canvas.transform.to_view(128, 0) - QPointF(0, 12)
    QTest.mouseMove(canvas, handle.toPoint())
    assert canvas.cursor().shape() == Qt.CursorShape.SizeHorCursor
    QTest.mousePress(canvas, LEFT, PLAIN, handle.toPoint())
    QTest.mouseMove(canvas, at(canvas, 100, -6))
    QTest.mouseRelease(canvas, LEFT, PLAIN, at(canvas, 100, -6))
    shown = tools.symmetry(studio.document)
    assert shown is not None and shown.x == pytest.approx(100, abs=1)
    assert studio.undo_stack.count() == 1  # nothing was painted
    for name in ("rectangle", "ellipse", "lasso", "line", "sphere", "eraser"):
        studio.undo_stack.undo()
        if name == "eraser":
            tools.set_tool("rectangle")
            drag(canvas, (1, 1), (255, 255))
        tools.set_tool(name)
        drag(canvas, (40, 100), (80, 110), (70, 140))
        known = depth_of(studio.document).known.whole > 100
        wanted = name != "eraser"
        columns = np.nonzero((known == wanted)[20:-20, 30:170].any(0))[0] + 30
        low, high = columns.min(), columns.max()
        assert low + high + 1 == pytest.approx(2 * shown.x, abs=2), name
    panel.options.brush.mirrors.middle.trigger()
    shown = tools.symmetry(studio.document)
    assert shown is not None and shown.x == 128


def test_a_pen_and_the_mouse_that_echoes_it_paint_once(panel: CanvasPanel, studio: Studio):
    """Press, move and release of a pen, each followed by what a system makes up of it, with the tap after it that
    WinTab adds: one stroke, its pressure the pen's."""
    canvas, types = panel.canvas, QEvent.Type
    made_up = Qt.MouseEventSource.MouseEventSynthesizedByQt
    panel.tools.set_size(40)
    pairs = (
        (types.TabletPress, types.MouseButtonPress, 60.25, 0.3, True),
        (types.TabletMove, types.MouseMove, 90.5, 0.3, True),
        (types.TabletRelease, types.MouseButtonRelease, 90.5, 0.0, False),
    )
    for tablet, echo, x, pressure, down in pairs:
        there = canvas.transform.to_view(x, 80.5)
        pen(canvas, tablet, there, pressure)
        mouse(canvas, echo, there.toPoint(), down=down, source=made_up)
    for echo, down in ((types.MouseButtonPress, True), (types.MouseButtonRelease, False)):
        mouse(canvas, echo, at(canvas, 90, 80), down=down, source=made_up)
    assert studio.undo_stack.count() == 1
    rows = int((depth_of(studio.document).known.whole[:, 75] > 100).sum())
    assert rows < 16  # 40 pixels wide where a mouse had pressed
