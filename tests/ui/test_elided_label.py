"""A line of text that gives way."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from studio_app.ui import theme
from studio_app.ui.elided_label import ElidedLabel
from studio_app.ui.main_window import MainWindow

LONG = "Run 4, step 1 of 4: t = 999, 0 % signal and 100 % noise, and more that nobody has room for"


def test_what_has_no_room_ends_with_an_ellipsis_and_is_whole_in_the_tooltip(qtbot: QtBot):
    theme.apply("dark")
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.setText(LONG)
    label.resize(120, 20)
    label.show()
    qtbot.waitExposed(label)
    assert label.cut_text.startswith("Run 4") and label.cut_text.endswith("…")
    assert label.minimumSizeHint().width() == 0
    place = QPoint(5, 5)
    help_event = QHelpEvent(QEvent.Type.ToolTip, place, label.mapToGlobal(place))
    QApplication.sendEvent(label, help_event)
    assert QToolTip.text() == LONG
    label.resize(1200, 20)
    assert label.cut_text == LONG
    QToolTip.hideText()


def test_nothing_that_is_said_of_step_or_canvas_widens_the_window(window: MainWindow):
    window.resize(1024, 700)
    QApplication.processEvents()
    least = window.minimumSizeHint().width()
    window.viewer._said.setText(LONG)
    window.canvas._show_busy(LONG)
    QApplication.processEvents()
    assert window.minimumSizeHint().width() == least
