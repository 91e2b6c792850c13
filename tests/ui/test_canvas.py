"""Drawing with mouse, pen and keys, through the real Studio."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QInputDevice,
    QPaintEvent,
    QPointingDevice,
    QTabletEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from studio_app.core.frame import Frame
from studio_app.document.layers import LayerName
from studio_app.document.pictures import write_png
from studio_app.scene.openpose import draw_pose
from studio_app.session.studio import Studio
from studio_app.ui.canvas.canvas import Canvas
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from studio_app.ui.canvas.colour_field import ColourField
from studio_app.ui.canvas.drop_dialog import DropDialog
from studio_app.ui.canvas.figures import new_person
from studio_app.ui.viewer.feed import feed_of

LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def panel(qtbot: QtBot, studio: Studio) -> CanvasPanel:
    made = CanvasPanel(studio)
    qtbot.addWidget(made)
    made.resize(600, 700)
    made.show()
    qtbot.waitExposed(made)
    made.canvas.fit()
    return made


def at(canvas: Canvas, x: float, y: float) -> QPoint:
    return canvas.transform.to_view(x, y).toPoint()


def drag(canvas: Canvas, *points: tuple[float, float], modifiers: Any = PLAIN) -> None:
    places = [at(canvas, *point) for point in points]
    QTest.mousePress(canvas, LEFT, modifiers, places[0])
    for place in places[1:]:
        QTest.mouseMove(canvas, place)
    QTest.mouseRelease(canvas, LEFT, modifiers, places[-1])


def pen(
    canvas: Canvas,
    kind: QEvent.Type,
    place: QPoint,
    pressure: float,
    tip: QPointingDevice.PointerType = QPointingDevice.PointerType.Pen,
) -> QTabletEvent:
    device = QPointingDevice(
        "pen", 1, QInputDevice.DeviceType.Stylus, tip, QInputDevice.Capability.Pressure, 1, 3
    )
    pressed = kind != QEvent.Type.TabletRelease
    event = QTabletEvent(
        kind, device, QPointF(place), QPointF(canvas.mapToGlobal(place)), pressure, 0, 0, 0, 0, 0,
        PLAIN, LEFT, LEFT if pressed else Qt.MouseButton.NoButton,
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)
    return event


def test_a_stroke_lands_under_the_pointer(panel: CanvasPanel, studio: Studio):
    panel.tools.set_size(20)
    panel.tools.set_value(0.6)
    drag(panel.canvas, (60, 80), (120, 80))
    depth = studio.document.depth
    assert depth.known[80, 60] == depth.known[80, 110] == 255
    assert depth.value[80, 90] == pytest.approx(0.6, abs=0.01)
    assert depth.known[110, 90] == 0
    assert not studio.stroking


@pytest.mark.parametrize("zoom", [0.5, 1.0, 3.7])
def test_it_does_at_every_zoom(panel: CanvasPanel, studio: Studio, zoom: float):
    panel.canvas.set_zoom(zoom)
    panel.canvas.pan(13, -7)
    panel.tools.set_size(6)
    QTest.mouseClick(panel.canvas, LEFT, PLAIN, at(panel.canvas, 130, 120))
    rows, columns = np.nonzero(studio.document.depth.known)
    assert abs(rows.mean() - 120) < 1.5
    assert abs(columns.mean() - 130) < 1.5


def test_one_stroke_is_one_undo(panel: CanvasPanel, studio: Studio):
    drag(panel.canvas, (60, 80), (90, 90), (120, 80))
    assert studio.undo_stack.count() == 1
    studio.undo_stack.undo()
    assert studio.document.depth.untouched


def test_the_eraser_goes_back_to_unknown(panel: CanvasPanel, studio: Studio):
    drag(panel.canvas, (60, 80), (120, 80))
    QTest.keyClick(panel.canvas, Qt.Key.Key_E)
    assert panel.tools.brush.eraser
    drag(panel.canvas, (60, 80), (120, 80))
    assert studio.document.depth.known[80, 90] == 0
    QTest.keyClick(panel.canvas, Qt.Key.Key_B)
    assert not panel.tools.brush.eraser


def test_unknown_does_not_look_like_background(panel: CanvasPanel, studio: Studio):
    panel.tools.set_value(0.0)
    panel.tools.set_size(60)
    drag(panel.canvas, (80, 200), (120, 200))
    panel.canvas.leaveEvent(QEvent(QEvent.Type.Leave))
    picture = panel.canvas.grab().toImage()

    def greys(x: float, y: float) -> set[int]:
        place = at(panel.canvas, x, y)
        return {
            picture.pixelColor(place.x() + i, place.y() + j).lightness()
            for i in range(12)
            for j in range(12)
        }

    assert greys(95, 195) == {0}
    assert len(greys(30, 30)) > 2  # hatched: no single grey, so no depth can look like it


def test_brackets_change_the_size_and_the_knob_follows(panel: CanvasPanel):
    before = panel.tools.brush.size
    QTest.keyClick(panel.canvas, Qt.Key.Key_BracketRight)
    assert panel.tools.brush.size > before
    assert panel.options.brush.size_knob.value == round(panel.tools.brush.size)
    QTest.keyClick(panel.canvas, Qt.Key.Key_BracketLeft)
    QTest.keyClick(panel.canvas, Qt.Key.Key_BracketLeft)
    assert panel.tools.brush.size < before
    for _ in range(60):
        QTest.keyClick(panel.canvas, Qt.Key.Key_BracketLeft)
    assert panel.tools.brush.size == 1


def test_shift_dragging_changes_the_size_and_paints_nothing(panel: CanvasPanel, studio: Studio):
    before = panel.tools.brush.size
    drag(panel.canvas, (60, 80), (80, 80), modifiers=SHIFT)
    assert panel.tools.brush.size == pytest.approx(before + 40, abs=2)
    assert studio.document.depth.untouched


def test_every_layer_has_its_own_brush(panel: CanvasPanel):
    panel.tools.set_size(11)
    panel.tools.set_layer("mask")
    panel.tools.set_size(77)
    panel.tools.set_layer("depth")
    assert panel.tools.brush.size == 11


def test_the_pen_presses_and_is_not_taken_twice(panel: CanvasPanel, studio: Studio):
    panel.tools.set_size(40)
    canvas = panel.canvas
    types = QEvent.Type
    press = pen(canvas, types.TabletPress, at(canvas, 60, 60), 0.25)
    assert press.isAccepted()
    assert studio.stroking
    pen(canvas, types.TabletMove, at(canvas, 60, 61), 0.25)
    pen(canvas, types.TabletRelease, at(canvas, 60, 61), 0.0)
    assert not studio.stroking
    light = int((studio.document.depth.known > 0).sum())
    studio.undo_stack.undo()
    pen(canvas, types.TabletPress, at(canvas, 60, 60), 1.0)
    pen(canvas, types.TabletMove, at(canvas, 60, 61), 1.0)
    pen(canvas, types.TabletRelease, at(canvas, 60, 61), 0.0)
    assert (studio.document.depth.known > 0).sum() > 4 * light


def test_the_pens_other_end_erases(panel: CanvasPanel, studio: Studio):
    canvas = panel.canvas
    drag(canvas, (60, 80), (120, 80))
    end = QPointingDevice.PointerType.Eraser
    pen(canvas, QEvent.Type.TabletPress, at(canvas, 90, 80), 1.0, end)
    pen(canvas, QEvent.Type.TabletRelease, at(canvas, 90, 80), 0.0, end)
    assert studio.document.depth.known[80, 90] == 0
    pen(canvas, QEvent.Type.TabletMove, at(canvas, 90, 80), 0.0)
    assert panel.tools.tool == "brush"


def test_escape_takes_the_stroke_back(panel: CanvasPanel, studio: Studio):
    canvas = panel.canvas
    QTest.mousePress(canvas, LEFT, PLAIN, at(canvas, 60, 60))
    QTest.mouseMove(canvas, at(canvas, 100, 60))
    assert not studio.document.depth.untouched
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert studio.document.depth.untouched
    QTest.mouseRelease(canvas, LEFT, PLAIN, at(canvas, 100, 60))
    assert studio.undo_stack.count() == 0


def test_painting_with_keys_alone(panel: CanvasPanel, studio: Studio):
    canvas = panel.canvas
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert not studio.document.depth.untouched
    for key, layer in ((Qt.Key.Key_1, "colour"), (Qt.Key.Key_3, "pose"), (Qt.Key.Key_4, "mask")):
        QTest.keyClick(canvas, key)
        assert panel.tools.layer == layer


@pytest.mark.parametrize("layer", ["colour", "mask"])
def test_the_other_layers_are_painted_too(panel: CanvasPanel, studio: Studio, layer: LayerName):
    panel.tools.set_layer(layer)
    panel.tools.set_colour((10, 200, 30))
    drag(panel.canvas, (60, 80), (120, 80))
    assert not studio.document.layer(layer).untouched
    assert studio.document.depth.untouched
    if layer == "colour":
        assert tuple(studio.document.colour.rgba[80, 90]) == (10, 200, 30, 255)
    else:
        assert studio.document.mask.pixels[80, 90] == 255


def test_the_picker_takes_colour_and_depth(panel: CanvasPanel, studio: Studio):
    panel.tools.set_layer("colour")
    panel.tools.set_colour((10, 200, 30))
    drag(panel.canvas, (60, 80), (120, 80))
    panel.tools.set_colour((1, 2, 3))
    QTest.mouseClick(panel.canvas, LEFT, CONTROL, at(panel.canvas, 90, 80))
    assert panel.tools.colour == (10, 200, 30)
    panel.tools.set_layer("depth")
    panel.tools.set_value(0.35)
    drag(panel.canvas, (60, 180), (120, 180))
    panel.tools.set_value(0.9)
    QTest.keyClick(panel.canvas, Qt.Key.Key_I)
    QTest.mouseClick(panel.canvas, LEFT, PLAIN, at(panel.canvas, 90, 180))
    assert panel.tools.brush.value == pytest.approx(0.35, abs=0.01)
    QTest.mouseClick(panel.canvas, LEFT, PLAIN, at(panel.canvas, 20, 20))  # unknown: no value
    assert panel.tools.brush.value == pytest.approx(0.35, abs=0.01)


def test_a_stroke_repaints_only_around_itself(panel: CanvasPanel, qtbot: QtBot, studio: Studio):
    canvas = panel.canvas
    panel.tools.set_size(10)
    drag(canvas, (40, 40), (50, 40))
    QTest.mousePress(canvas, LEFT, PLAIN, at(canvas, 60, 60))
    QApplication.processEvents()
    watch = PaintWatch()
    canvas.installEventFilter(watch)
    QTest.mouseMove(canvas, at(canvas, 70, 60))
    qtbot.waitUntil(lambda: watch.areas != [])
    QTest.mouseRelease(canvas, LEFT, PLAIN, at(canvas, 70, 60))
    assert max(watch.areas) < 0.1 * canvas.width() * canvas.height()


class PaintWatch(QObject):
    """Notes the area of every paint of a widget."""

    def __init__(self) -> None:
        super().__init__()
        self.areas: list[int] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.areas.append(event.rect().width() * event.rect().height())
        return False


def test_the_hint_goes_with_the_first_dab(panel: CanvasPanel, qtbot: QtBot):
    canvas = panel.canvas
    canvas.grab()
    assert canvas._hinting
    watch = PaintWatch()
    canvas.installEventFilter(watch)
    QTest.mousePress(canvas, LEFT, PLAIN, at(canvas, 5, 5))
    qtbot.waitUntil(lambda: watch.areas != [])
    assert max(watch.areas) == canvas.width() * canvas.height()
    assert not canvas._hinting
    QTest.mouseRelease(canvas, LEFT, PLAIN, at(canvas, 5, 5))


def test_eyes_hide_layers_and_painting_shows_them_again(panel: CanvasPanel, studio: Studio):
    eye = panel.layers._eyes["depth"]
    QTest.mouseClick(eye, LEFT)
    assert not studio.document.depth.visible
    assert "Show" in eye.accessibleName()
    drag(panel.canvas, (60, 80), (120, 80))
    assert studio.document.depth.visible
    studio.undo_stack.undo()
    studio.undo_stack.undo()
    assert not studio.document.depth.visible


def test_clearing_a_layer(panel: CanvasPanel, studio: Studio):
    drag(panel.canvas, (60, 80), (120, 80))
    assert "•" in panel.layers._buttons["depth"].text()
    QTest.keyClick(panel.canvas, Qt.Key.Key_Delete, SHIFT)
    assert studio.document.depth.untouched
    assert "•" not in panel.layers._buttons["depth"].text()


def test_another_picture_size_is_followed(panel: CanvasPanel, studio: Studio):
    drag(panel.canvas, (60, 80), (120, 80))
    studio.set_size(128, 192)
    assert (panel.canvas.extent.width(), panel.canvas.extent.height()) == (128, 192)
    panel.canvas.grab()
    studio.undo_stack.undo()
    assert panel.canvas.extent.width() == 256


def test_zooming_and_panning(panel: CanvasPanel):
    canvas = panel.canvas
    assert canvas.fits()
    QTest.keyClick(canvas, Qt.Key.Key_1, CONTROL)
    assert canvas.zoom == pytest.approx(1.0)
    assert "100" in panel._zoom.text()
    QTest.keyClick(canvas, Qt.Key.Key_Plus)
    assert canvas.zoom == pytest.approx(1.25)
    before = canvas.transform
    middle = Qt.MouseButton.MiddleButton
    QTest.mousePress(canvas, middle, PLAIN, QPoint(100, 100))
    QTest.mouseMove(canvas, QPoint(130, 90))
    QTest.mouseRelease(canvas, middle, PLAIN, QPoint(130, 90))
    assert (canvas.transform.dx - before.dx, canvas.transform.dy - before.dy) == (30, -10)
    QTest.keyClick(canvas, Qt.Key.Key_0, CONTROL)
    assert canvas.fits()


def test_space_pans_instead_of_painting(panel: CanvasPanel, studio: Studio):
    canvas = panel.canvas
    before = canvas.transform
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    QTest.mousePress(canvas, LEFT, PLAIN, QPoint(100, 100))
    QTest.mouseMove(canvas, QPoint(120, 100))
    QTest.mouseRelease(canvas, LEFT, PLAIN, QPoint(120, 100))
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert canvas.transform.dx == before.dx + 20
    assert studio.document.depth.untouched


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


def test_every_button_has_a_name(panel: CanvasPanel):
    nameless = [
        button for button in panel.findChildren(QAbstractButton) if not button.accessibleName()
    ]
    assert nameless == []
    assert panel.canvas.accessibleName()
    assert "Depth" in panel.canvas.accessibleDescription()


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


def test_moving_the_opacity_shows_the_result(panel: CanvasPanel):
    assert not panel.canvas.overlay
    panel._opacity.setValue(30)
    assert panel.canvas.overlay
    assert panel._overlay.isChecked()


def test_the_colour_field(panel: CanvasPanel, qtbot: QtBot):
    panel.tools.set_layer("colour")
    swatch = panel.options.brush.swatch
    swatch.open()
    assert swatch._popup is not None
    field = swatch._popup.findChild(ColourField)
    assert field is not None
    QTest.mouseClick(field, LEFT, PLAIN, QPoint(207, 0))
    QTest.mouseClick(field, LEFT, PLAIN, QPoint(field.width() - 4, 0))
    assert panel.tools.colour == pytest.approx((255, 0, 0), abs=4)
    QTest.keyClick(field, Qt.Key.Key_Down)
    assert panel.tools.colour[0] < 254
    number = swatch._popup.findChild(QLineEdit)
    assert number is not None
    number.setText("#0a64c8")
    number.editingFinished.emit()
    assert panel.tools.colour == (10, 100, 200)
    number.setText("no colour")
    number.editingFinished.emit()
    assert panel.tools.colour == (10, 100, 200)
    swatch._popup.close()
