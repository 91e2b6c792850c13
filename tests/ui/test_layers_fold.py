"""Where the layers panel stands: beside the canvas, or in the settings' place, and what makes way for it."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio_app.ui.main_window import MainWindow


@pytest.mark.parametrize("width", [1024, 1440])
def test_it_folds_out_beside_the_canvas_or_in_the_settings_place(
    window: MainWindow, qtbot: QtBot, width: int
):
    window.resize(width, 700)
    QApplication.processEvents()
    canvas, viewer = window.canvas.geometry(), window.viewer.width()
    settings = window.settings_panel.width()
    toggle = window.panels.toggles["layers"]
    toggle.trigger()
    QApplication.processEvents()
    assert window.width() == width
    assert window.layers.isVisible()
    if width == 1024:
        assert window.layers.width() == settings
        assert not window.settings_panel.isVisible()
        assert window.canvas.geometry() == canvas  # nothing jumps
        assert window.viewer.width() == viewer
    else:
        assert window.layers.width() >= 280
        assert window.settings_panel.isVisible()
    window.layers.close_asked.emit()
    QApplication.processEvents()
    assert not window.layers.isVisible()
    assert not toggle.isChecked()
    assert window.settings_panel.isVisible()
    assert abs(window.canvas.width() - canvas.width()) <= 4


def test_where_the_window_gets_narrow_the_settings_make_way_and_come_back(
    window: MainWindow, qtbot: QtBot
):
    window.resize(1440, 800)
    window.panels.toggles["layers"].trigger()
    window.resize(1200, 700)
    qtbot.waitUntil(lambda: not window.settings_panel.isVisible())
    qtbot.waitUntil(lambda: window.minimumWidth() <= 1024)
    window.resize(1024, 700)
    assert window.width() == 1024
    window.panels.toggles["settings"].trigger()  # asked for: the layers make way
    assert window.settings_panel.isVisible()
    assert not window.layers.isVisible()
    window.panels.toggles["layers"].trigger()
    window.resize(1440, 800)
    qtbot.waitUntil(window.settings_panel.isVisible)
    assert window.layers.isVisible()
