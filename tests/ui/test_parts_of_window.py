"""From one part of the window to the next, by a key."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from studio_app.ui.main_window import MainWindow
from studio_app.ui.parts_of_window import Part, go_on


@pytest.fixture
def fields(qtbot: QtBot) -> Iterator[list[QLineEdit]]:
    """Of one window, the first with the keys."""
    window = QWidget()
    qtbot.addWidget(window)
    made = [QLineEdit() for _ in range(4)]
    row = QHBoxLayout(window)
    for field in made:
        row.addWidget(field)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    made[0].setFocus()
    qtbot.waitUntil(made[0].hasFocus)
    yield made
    window.close()


def test_the_keys_go_round_and_pass_by_what_is_not_seen(fields: list[QLineEdit]):
    parts = [Part(field, field) for field in fields]
    fields[2].hide()
    for step, at in ((1, 1), (1, 3), (1, 0), (-1, 3), (-1, 1)):
        go_on(parts, step)
        assert QApplication.focusWidget() is fields[at]


def test_a_part_in_another_has_the_keys_where_they_are_in_it(fields: list[QLineEdit]):
    whole = fields[0].parentWidget()
    assert whole is not None
    parts = [Part(whole, fields[0]), Part(fields[1], fields[1]), Part(fields[2], fields[2])]
    fields[3].setFocus()  # in the whole alone
    go_on(parts, 1)
    assert QApplication.focusWidget() is fields[1]
    go_on(parts, 1)
    assert QApplication.focusWidget() is fields[2]


def test_from_the_words_it_is_one_key_to_the_canvas(window: MainWindow, qtbot: QtBot):
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    prompt = window.settings_panel.prompts.prompt
    prompt.setFocus()
    qtbot.waitUntil(prompt.hasFocus)
    QTest.keyClick(prompt, Qt.Key.Key_F6)
    assert QApplication.focusWidget() is window.canvas.canvas
    QTest.keyClick(window.canvas.canvas, Qt.Key.Key_F6)
    assert QApplication.focusWidget() is window.viewer.view
    QTest.keyClick(window.viewer.view, Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    assert QApplication.focusWidget() is window.canvas.canvas
