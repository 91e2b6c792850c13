"""Black or hatched: what the canvas shows around the paint of depth, and the key that chooses it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from studio_app.session.studio import Studio
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from tests.nodes import depth_of
from tests.ui.conftest import LEFT, at, drag


def colours(panel: CanvasPanel, x: float, y: float) -> set[str]:
    """Of a patch of the canvas as wide as the hatching repeats."""
    panel.canvas.leaveEvent(QEvent(QEvent.Type.Leave))
    picture = panel.canvas.grab().toImage()
    place = at(panel.canvas, x, y)
    return {
        QColor(picture.pixel(place.x() + i, place.y() + j)).name()
        for i in range(12)
        for j in range(12)
    }


def ground(panel: CanvasPanel) -> QToolButton:
    return next(
        button
        for button in panel.layers.findChildren(QToolButton)
        if button.defaultAction() is panel.layer_actions.ground
    )


def test_the_first_dab_makes_the_paper_black(panel: CanvasPanel):
    assert len(colours(panel, 30, 30)) > 2
    drag(panel.canvas, (120, 200), (140, 200))
    assert colours(panel, 30, 30) == {"#000000"}
    panel._studio.undo_stack.undo()
    assert len(colours(panel, 30, 30)) > 2


def test_one_key_hatches_it_and_brings_it_back(panel: CanvasPanel, studio: Studio):
    drag(panel.canvas, (120, 200), (140, 200))
    QTest.keyClick(panel.canvas, Qt.Key.Key_U)
    assert depth_of(studio.document).around == "unknown"
    assert len(colours(panel, 30, 30)) > 2
    QTest.keyClick(panel.canvas, Qt.Key.Key_U)
    assert colours(panel, 30, 30) == {"#000000"}
    assert studio.undo_stack.count() == 3


def test_the_button_says_which_and_follows_undo(panel: CanvasPanel, studio: Studio):
    button = ground(panel)
    assert button.isVisible()
    assert button.isChecked()
    assert button.accessibleName()
    before = button.icon().cacheKey()
    QTest.mouseClick(button, LEFT)
    assert depth_of(studio.document).around == "unknown"
    assert button.icon().cacheKey() != before
    studio.undo_stack.undo()
    assert button.isChecked()
    panel.tools.set_layer("colour")
    assert not button.isVisible()


def test_paper_is_under_the_colours(panel: CanvasPanel):
    panel.tools.set_layer("colour")
    panel.tools.set_colour((200, 30, 10))
    panel.tools.set_size(80)
    drag(panel.canvas, (60, 60), (90, 60))
    panel.tools.set_layer("depth")
    drag(panel.canvas, (160, 200), (180, 200))
    assert colours(panel, 60, 60) == {"#c81e0a"}
    assert colours(panel, 30, 200) == {"#000000"}


def test_a_hidden_layer_has_no_paper(panel: CanvasPanel, studio: Studio):
    drag(panel.canvas, (120, 200), (140, 200))
    studio.set_layer("depth", visible=False)
    assert len(colours(panel, 30, 30)) > 2
