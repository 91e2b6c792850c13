"""The list of commands: what is in it, how it is searched, and that it runs what was chosen."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QWidgetAction
from pytestqt.qtbot import QtBot

from studio_app.core.resources import resources_dir
from studio_app.ui import theme
from studio_app.ui.action_buttons import allow
from studio_app.ui.actions import ActionButton, ActionFinder, ActionTable, all_actions, matching
from studio_app.ui.command_delegate import KEYS, REASON


@pytest.fixture
def window(qtbot: QtBot) -> QMainWindow:
    theme.apply("dark")
    made = QMainWindow()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def table(window: QMainWindow) -> ActionTable:
    return ActionTable(window)


def test_every_action_has_a_text_a_tip_and_an_icon_that_exists(table: ActionTable):
    for entry in table._entries():
        action = table[entry.name]
        assert action.text().strip("&")
        assert action.toolTip()
        if entry.icon:
            assert (resources_dir() / "icons" / f"{entry.icon}.svg").is_file()
        for key in action.shortcuts():
            assert not key.isEmpty(), f"{entry.name}: a key that Qt does not know"


def test_the_keys_that_artists_expect(table: ActionTable):
    for name, key in (
        ("undo", "Ctrl+Z"),
        ("redo", "Ctrl+Shift+Z"),
        ("live", "Ctrl+Space"),
        ("generate", "Ctrl+Return"),
        ("cancel", "Shift+X"),
        ("find_action", "F1"),
    ):
        assert table[name].shortcut().toString() == key


def test_the_search_finds_by_words_in_any_order(window: QMainWindow, table: ActionTable):
    found = all_actions(window)
    assert [item.text for item in matching(found, "depth load")] == ["Load depth"]
    assert matching(found, "undo")[0].action is table["undo"]
    assert matching(found, "xyzzy") == []
    assert len(matching(found, "")) == len(found)


def test_what_cannot_be_had_now_stands_last_with_its_reason_and_enter_leaves_it(
    window: QMainWindow, table: ActionTable, qtbot: QtBot
):
    allow(table["new_seed"], False, "The seed is locked.")
    title = QAction("Throw seeds", window)
    title.setEnabled(False)
    window.addAction(title)  # a heading of a menu: no command
    knob = QWidgetAction(window)
    knob.setText("Slide the seed")
    window.addAction(knob)  # a slider in a menu: nothing to trigger
    found = matching(all_actions(window), "seed")
    assert found[-1].action is table["new_seed"] and found[-1].reason == "The seed is locked."
    assert all(not item.reason for item in found[:-1])
    assert not matching(all_actions(window), "slide seed")
    by_reason = matching(all_actions(window), "locked")  # no word of what it is
    assert table["new_seed"] not in [item.action for item in by_reason]
    finder = ActionFinder(window)
    finder.open()
    qtbot.keyClicks(finder.edit, "throw another")
    assert finder.list.count() == 1
    row = finder.list.item(0)
    assert row.data(REASON) == "The seed is locked." and row.data(KEYS) == "Ctrl+D"
    plain = finder.list.grab().toImage()
    row.setData(REASON, "")
    assert finder.list.grab().toImage() != plain  # it is seen
    with qtbot.assertNotEmitted(table["new_seed"].triggered):
        qtbot.keyClick(finder, Qt.Key.Key_Return)
    assert finder.isVisible()
    finder.reject()


def test_enter_runs_what_is_chosen(window: QMainWindow, table: ActionTable, qtbot: QtBot):
    finder = ActionFinder(window)
    finder.open()
    qtbot.keyClicks(finder.edit, "throw another")
    assert finder.list.count() == 1
    with qtbot.waitSignal(table["new_seed"].triggered):
        qtbot.keyClick(finder, Qt.Key.Key_Return)


def test_arrows_walk_the_list_while_one_types(
    window: QMainWindow, table: ActionTable, qtbot: QtBot
):
    finder = ActionFinder(window)
    finder.open()
    assert finder.list.currentRow() == 0
    qtbot.keyClick(finder, Qt.Key.Key_Down)
    assert finder.list.currentRow() == 1
    qtbot.keyClick(finder, Qt.Key.Key_Up)
    qtbot.keyClick(finder, Qt.Key.Key_Up)
    assert finder.list.currentRow() == 0
    finder.reject()


def test_nothing_found_is_said_and_enter_does_nothing(window: QMainWindow, qtbot: QtBot):
    finder = ActionFinder(window)
    finder.open()
    qtbot.keyClicks(finder.edit, "xyzzy")
    assert finder.list.count() == 1 and "No command" in finder.list.item(0).text()
    qtbot.keyClick(finder, Qt.Key.Key_Return)
    assert finder.isVisible()
    finder.reject()


def test_a_button_follows_its_action(qtbot: QtBot, window: QMainWindow):
    action = QAction("&Live", window, checkable=True)
    button = ActionButton(action)
    qtbot.addWidget(button)
    assert button.text().strip() == button.accessibleName() == "Live"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert action.isChecked() and button.isChecked()
    action.setChecked(False)
    assert not button.isChecked()
    action.setEnabled(False)
    assert not button.isEnabled()
