"""Windows on a low screen."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from studio_app.ui.giving_way import GivingWay
from studio_app.ui.keys.keys_window import KeysWindow
from studio_app.ui.main_window import MainWindow
from studio_app.ui.popups import BORDER


def test_what_has_no_room_scrolls_and_what_has_is_not_scrolled(qtbot: QtBot):
    window, inner = QWidget(), QLabel("x")
    qtbot.addWidget(window)
    inner.setMinimumSize(120, 300)
    rows = QVBoxLayout(window)
    area = GivingWay(inner, 80)
    rows.addWidget(area)
    window.resize(300, 500)
    window.show()
    assert area.verticalScrollBar().maximum() == 0
    window.resize(300, 140)
    QApplication.processEvents()
    assert area.verticalScrollBar().maximum() > 0
    assert area.minimumSizeHint().height() == 80
    assert area.minimumSizeHint().width() > 120
    inner.setMinimumSize(120, 40)
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() == 0)


def test_export_and_models_keep_their_buttons_in_sight_over_a_low_window(window: MainWindow):
    window.resize(960, 496)
    window.exports.panel.open_panel()
    window.show_models()
    keys = KeysWindow(window.keys, window)
    keys.open()
    QApplication.processEvents()
    buttons = (window.export_panel.export_button, window.models.load, keys.close_button)
    for button in buttons:
        owner = button.window()
        assert owner.height() <= window.height() - BORDER
        foot = button.mapTo(owner, QPoint(0, button.height()))
        assert foot.y() <= owner.height()
    for button in buttons:
        button.window().close()
