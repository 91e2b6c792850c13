"""What the canvas shows of the drawing, and from how near."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import (
    QPaintEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from studio_app.document.contents.registry import CONTENTS
from studio_app.session.studio import Studio
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from studio_app.ui.canvas.layer_bar import ORDER
from tests.nodes import depth_of, set_around
from tests.ui.conftest import CONTROL, LEFT, PLAIN, at, drag


class PaintWatch(QObject):
    """Notes the area of every paint of a widget."""

    def __init__(self) -> None:
        super().__init__()
        self.areas: list[int] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.areas.append(event.rect().width() * event.rect().height())
        return False


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


def test_a_move_of_the_pen_paints_dab_and_outline_at_once(panel: CanvasPanel, qtbot: QtBot):
    """On two cores every painting of the window is taken from the picture that the stroke waits for."""
    canvas = panel.canvas
    canvas.hint.hide()  # it fades over the drawing, which is painted for that
    QTest.mousePress(canvas, LEFT, PLAIN, at(canvas, 60, 60))
    QTest.mouseMove(canvas, at(canvas, 62, 60))
    qtbot.waitUntil(lambda: canvas.hand._samples == [])
    QApplication.processEvents()
    watch = PaintWatch()
    canvas.installEventFilter(watch)
    for move in range(1, 6):
        with qtbot.waitSignal(canvas.hand.drew):
            QTest.mouseMove(canvas, at(canvas, 62 + 4 * move, 60))
        qtbot.waitUntil(lambda: len(watch.areas) >= move)  # noqa: B023 - it is called here
        QApplication.processEvents()
        assert len(watch.areas) == move
    QTest.mouseRelease(canvas, LEFT, PLAIN, at(canvas, 82, 60))


def test_unknown_does_not_look_like_background(panel: CanvasPanel, studio: Studio):
    set_around(studio, "unknown")
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


def test_eyes_hide_layers_and_who_paints_on_a_hidden_one_is_told(
    panel: CanvasPanel, studio: Studio
):
    eye = panel.layers._eyes["depth"]
    QTest.mouseClick(eye, LEFT)
    assert not studio.document.held("depth").visible
    assert "Show" in eye.accessibleName()
    said: list[object] = []
    studio.message.connect(said.append)
    drag(panel.canvas, (60, 80), (120, 80))
    assert [str(one) for one in said] == ["Depth is hidden. Show it to draw on it."]
    assert studio.document.held("depth").untouched
    QTest.mouseClick(eye, LEFT)
    drag(panel.canvas, (60, 80), (120, 80))
    assert not studio.document.held("depth").untouched
    assert len(said) == 1


def test_in_a_narrow_window_no_button_moves_when_another_layer_is_taken(
    panel: CanvasPanel, studio: Studio
):
    panel.resize(356, 600)
    bar = panel.layers
    assert bar.own_eye.isVisible() and not any(eye.isVisible() for eye in bar._eyes.values())
    places = {
        tuple(bar._holders[name].x() for name in ORDER if CONTENTS[name].begins)
        for kind in ("depth", "colour", "scene")
        if (panel.tools.set_layer(kind), True)
    }
    assert len(places) == 1
    panel.tools.set_layer("colour")
    QTest.mouseClick(bar.own_eye, LEFT)
    assert not studio.document.held("colour").visible and studio.document.held("scene").visible
    assert bar.own_eye.accessibleName() == "Show Colour"
    panel.resize(900, 600)
    assert not bar.own_eye.isVisible() and bar._eyes["colour"].isVisible()


def test_a_layers_button_names_its_key(panel: CanvasPanel):
    button = panel.layers._buttons["depth"]
    assert button.toolTip().endswith("(2)")
    panel._layer_actions[ORDER.index("depth")].setShortcut("F6")
    assert button.toolTip().endswith("(F6)")


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
    assert depth_of(studio.document).untouched


def test_every_button_has_a_name(panel: CanvasPanel):
    nameless = [
        button for button in panel.findChildren(QAbstractButton) if not button.accessibleName()
    ]
    assert nameless == []
    assert panel.canvas.accessibleName()
    assert "Depth" in panel.canvas.accessibleDescription()


def test_moving_the_opacity_shows_the_result(panel: CanvasPanel):
    assert not panel.canvas.overlay
    panel._opacity.setValue(30)
    assert panel.canvas.overlay
    assert panel.views.overlay.isChecked()


def test_the_layer_that_a_window_begins_with_is_named_whole_at_every_width(panel: CanvasPanel):
    panel.tools.set_layer("depth")
    for width in range(380, 520, 9):
        panel.resize(width, 500)
        QApplication.processEvents()
        for name, button in panel.layers._buttons.items():
            if button.isVisible():
                assert button.width() >= button.sizeHint().width(), (name, width)


@pytest.mark.parametrize("width", [360, 380, 480, 900])
def test_a_narrow_panel_cuts_no_word(panel: CanvasPanel, width: int):
    panel.resize(width, 500)
    assert panel.width() == width
    for layer, key in (("colour", "1"), ("depth", "2"), ("pose", "3"), ("mask", "4")):
        QTest.keyClick(panel.canvas, Qt.Key(ord(key)))
        assert panel.tools.layer == layer
        QApplication.processEvents()
        for button in panel.findChildren(QAbstractButton):
            if button.isVisible() and button.text():
                assert button.width() >= button.minimumSizeHint().width(), button.text()
    assert panel.layers._buttons["mask"].accessibleName().startswith("Mask")
    assert ("Colour" in panel.layers._buttons["colour"].text()) == (width == 900)
