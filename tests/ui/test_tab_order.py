"""Tab through a window, in the order in which one reads it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QGridLayout, QLineEdit, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from studio_app.ui.main_window import MainWindow
from studio_app.ui.tab_order import TabbedAsRead, stops


class Form(TabbedAsRead, QWidget):
    """Fields that were made in another order than they stand in."""


def test_tab_reaches_all_that_can_have_the_keys_once_and_comes_back(
    window: MainWindow, qtbot: QtBot
):
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    first = window.settings_panel.prompts.prompt
    first.setFocus()
    qtbot.waitUntil(first.hasFocus)
    met: list[QWidget] = []
    while (now := QApplication.focusWidget()) is not None and now not in met:
        met.append(now)
        QTest.keyClick(now, Qt.Key.Key_Tab)
    assert now is first
    wanted = [
        widget
        for widget in window.findChildren(QWidget)
        if widget.window() is window and widget.isVisible() and widget.isEnabled()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.focusProxy() is None
    ]  # fmt: skip
    assert len(met) == len(wanted)
    assert set(met) == set(wanted)
    assert window.canvas.canvas in met
    QTest.keyClick(first, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert QApplication.focusWidget() is met[-1]


def test_the_parts_of_the_window_come_as_they_are_read(window: MainWindow):
    ring = stops(window)
    panels = (
        window.top_bar, window.settings_panel, window.canvas, window.viewer, window.filmstrip, window.statusBar(),
    )  # fmt: skip
    owners = [
        next(
            number
            for number, panel in enumerate(panels)
            if panel is widget or panel.isAncestorOf(widget)
        )
        for widget in ring
    ]
    assert owners == sorted(owners)
    assert set(owners) >= {0, 1, 2, 3, 4}
    viewer = [widget for widget in ring if window.viewer.isAncestorOf(widget)]
    bar = viewer[: viewer.index(window.viewer.view)]  # its buttons come before its picture
    places = [widget.mapTo(window, QPoint(0, 0)).x() for widget in bar]
    assert places == sorted(places)
    assert len(bar) > 2


def test_rows_are_read_one_after_the_other_however_they_were_made(qtbot: QtBot):
    form = Form()
    qtbot.addWidget(form)
    grid = QGridLayout(form)
    fields: dict[tuple[int, int], QLineEdit] = {}
    for place in ((1, 1), (0, 1), (1, 0), (0, 0)):
        fields[place] = QLineEdit()
        grid.addWidget(fields[place], *place)
    fields[0, 1].setDisabled(True)
    form.show()
    assert stops(form) == [fields[0, 0], fields[1, 0], fields[1, 1]]


def test_a_field_that_is_scrolled_away_comes_into_view(qtbot: QtBot):
    form = Form()
    qtbot.addWidget(form)
    rows = QGridLayout(form)
    before, far, area, inner = QLineEdit(), QLineEdit(), QScrollArea(), QWidget()
    inner.resize(100, 2000)
    far.setParent(inner)
    far.move(0, 1900)
    area.setWidget(inner)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    rows.addWidget(before, 0, 0)
    rows.addWidget(area, 1, 0)
    with qtbot.waitActive(form):
        form.show()
        form.activateWindow()
    before.setFocus()
    qtbot.waitUntil(before.hasFocus)
    QTest.keyClick(before, Qt.Key.Key_Tab)
    assert far.hasFocus()
    assert area.verticalScrollBar().value() > 1000
