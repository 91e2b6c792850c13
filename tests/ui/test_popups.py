"""Popups come up whole."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QApplication, QFrame, QPushButton

from studio_app.ui.canvas.canvas_panel import CanvasPanel
from studio_app.ui.popups import placed, show_below

ROOM = QRect(0, 0, 1024, 700)
FRAME = 2
"""Pixels that the offscreen platform puts around every window, a popup too."""


@pytest.mark.parametrize(
    ("wanted", "place"),
    [((40, 60), (40, 60)), ((900, 60), (624, 60)), ((40, 650), (40, 400)), ((-30, -9), (0, 0))],
)
def test_a_popup_is_where_it_is_wanted_as_far_as_the_screen_goes(
    wanted: tuple[int, int], place: tuple[int, int]
):
    assert placed(QSize(400, 300), QPoint(*wanted), ROOM) == QPoint(*place)


def test_what_is_larger_than_the_screen_begins_in_its_corner():
    assert placed(QSize(2000, 900), QPoint(50, 50), ROOM) == QPoint(0, 0)


@pytest.mark.parametrize("by_right", [False, True])
def test_a_popup_stands_below_its_button(qtbot: Any, by_right: bool):
    button, popup = QPushButton("Open"), QFrame(None, Qt.WindowType.Popup)
    for widget in (button, popup):
        qtbot.addWidget(widget)
    button.setGeometry(300, 100, 80, 30)
    button.show()
    popup.setFixedSize(200, 50)
    show_below(popup, button, by_right=by_right)
    assert popup.isVisible()
    below = button.mapToGlobal(QPoint(80 if by_right else 0, 30))
    place = QRect(popup.pos(), popup.size())
    edge = place.right() + 1 if by_right else place.left()
    assert abs(edge - below.x()) <= FRAME and abs(place.top() - below.y()) <= FRAME


def test_the_curves_of_the_pen_are_whole_at_the_edge_of_the_screen(panel: CanvasPanel):
    room = panel.screen().availableGeometry()
    panel.tools.set_layer("depth")
    panel.resize(600, 500)
    panel.move(room.right() - 500, 0)
    QApplication.processEvents()
    panel.options.brush.open_pen()
    pen = panel.options.brush.pen
    assert pen is not None
    assert room.adjusted(0, 0, FRAME, FRAME).contains(QRect(pen.pos(), pen.size()))
    pen.close()
