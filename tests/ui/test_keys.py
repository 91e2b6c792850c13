"""The window of keyboard shortcuts: what is in it, how a key is changed, and that it is there again."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from studio_app.session.studio import Studio
from studio_app.ui import theme
from studio_app.ui.action_buttons import add_action
from studio_app.ui.actions import ActionTable
from studio_app.ui.keys.by_hand import gestures
from studio_app.ui.keys.key_table import Command, KeyTable, is_taken, portable
from studio_app.ui.keys.keymaps import keymaps
from studio_app.ui.keys.keys_window import KeysWindow
from studio_app.ui.main_window import MainWindow
from studio_app.ui.window_state import (
    KeptKeys,
    WindowState,
    load_window_state,
    save_keys,
    save_window_state,
)

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def small(qtbot: QtBot) -> tuple[QMainWindow, ActionTable, KeyTable]:
    """A window with the window's own actions alone, two of them in a menu."""
    theme.apply("dark")
    made = QMainWindow()
    qtbot.addWidget(made)
    table = ActionTable(made)
    menu = made.menuBar().addMenu("&Edit")
    menu.addActions([table["undo"], table["redo"]])
    made.show()
    return made, table, KeyTable(made)


def command(keys: KeyTable, id: str) -> Command:
    return next(one for one in keys.commands if one.id == id)


def texts(window: KeysWindow) -> list[str]:
    items = [window.list.topLevelItem(i) for i in range(window.list.topLevelItemCount())]
    return [item.text(0) for item in items if item is not None]


def test_a_key_is_changed_by_the_keyboard_alone(
    small: tuple[QMainWindow, ActionTable, KeyTable], qtbot: QtBot
):
    main, table, keys = small
    window = KeysWindow(keys, main)
    window.open()
    QTest.keyClicks(window.filter, "another seed")
    assert texts(window) == ["Throw another seed"]
    QTest.keyClick(window.filter, Qt.Key.Key_Down)
    QTest.keyClick(window.list, Qt.Key.Key_Return)
    assert window.focusWidget() is window.field
    QTest.keyClick(window.field, Qt.Key.Key_R)
    assert window.use.isEnabled() and window.said.text() == ""
    QTest.keyClick(window.field, Qt.Key.Key_Return)
    assert table["new_seed"].shortcut().toString() == "R"
    assert table["new_seed"].toolTip().startswith("Throw another seed (R)")
    assert keys.chosen == {"new_seed": ["R"]}
    window.made.click()
    assert table["new_seed"].shortcut().toString() == "Ctrl+D" and not keys.chosen
    QTest.keyClick(window.field, Qt.Key.Key_Escape)
    assert not window.isVisible()


def test_who_loses_a_key_is_named_before_and_all_come_back_at_once(
    small: tuple[QMainWindow, ActionTable, KeyTable],
):
    main, table, keys = small
    window = KeysWindow(keys, main)
    window.open()
    QTest.keyClicks(window.filter, "redo")
    QTest.keyClick(window.field, Qt.Key.Key_Z, CONTROL)
    assert "Undo" in window.said.text() and window.use.isEnabled()
    window.use.click()
    assert table["redo"].shortcut().toString() == "Ctrl+Z"
    assert table["undo"].shortcuts() == []
    window.all_made.click()
    assert table["undo"].shortcut().toString() == "Ctrl+Z"
    assert [key.toString() for key in table["redo"].shortcuts()] == ["Ctrl+Shift+Z", "Ctrl+Y"]
    assert not window.all_made.isEnabled()
    window.none.click()
    assert table["redo"].shortcuts() == [] and keys.chosen == {"redo": []}
    window.reject()


def test_the_keys_of_another_program_are_taken_at_once(
    small: tuple[QMainWindow, ActionTable, KeyTable],
):
    main, table, keys = small
    window = KeysWindow(keys, main)
    window.open()
    menu = window.others.menu()
    assert [action.text() for action in menu.actions()] == ["Krita", "Photoshop"]
    menu.actions()[1].trigger()
    assert table["new_seed"].shortcut().toString() == "Ctrl+Alt+D"
    assert window.all_made.isEnabled()
    menu.actions()[0].trigger()
    assert table["new_seed"].shortcut().toString() == "Ctrl+D"
    window.reject()


def test_a_key_that_widgets_need_is_refused_and_so_is_what_hands_do(
    small: tuple[QMainWindow, ActionTable, KeyTable],
):
    main, _, keys = small
    window = KeysWindow(keys, main)
    window.open()
    QTest.keyClicks(window.filter, "quit")
    QTest.keyClick(window.field, Qt.Key.Key_Space)
    assert not window.use.isEnabled() and "needed elsewhere" in window.said.text()
    window.filter.setText("wheel zoom")
    assert texts(window) == ["Zoom"]
    assert not (window.field.isEnabled() or window.none.isEnabled() or window.made.isEnabled())
    assert "stays as it is" in window.said.text()
    window.filter.setText("xyzzy")
    assert texts(window) == [] and "No command" in window.said.text()
    window.reject()


@pytest.mark.parametrize(
    ("key", "taken"),
    [("Esc", True), ("Up", True), ("Shift+Left", True), ("Return", True), ("Shift+Return", False),
     ("Ctrl+Space", False), ("Alt+Up", False), ("B", False), ("F5", False)],
)  # fmt: skip
def test_what_is_taken(key: str, taken: bool):
    assert is_taken(key) is taken


@pytest.mark.parametrize("key", ["", "Ctrl+K, Ctrl+C", "no key at all", "\x00"])
def test_what_is_no_key_is_none(key: str):
    assert portable(key) == ""


def test_keys_of_another_program_are_left_out(
    small: tuple[QMainWindow, ActionTable, KeyTable],
):
    _, table, keys = small
    keys.take({"nobody": ["F5"], "quit": ["Esc", "F6", "a, b"], "about": ["F9"]})
    assert [key.toString() for key in table["quit"].shortcuts()] == ["F6"]
    assert table["about"].shortcut().toString() == "F9"
    # Who had it as made has it no more.
    assert keys.chosen == {"quit": ["F6"], "about": ["F9"], "next_part": []}


def test_one_key_means_two_things_only_where_they_never_meet(qtbot: QtBot):
    main = QMainWindow()
    qtbot.addWidget(main)
    left, right = QMainWindow(main), QMainWindow(main)
    for owner, name in ((left, "left"), (right, "right")):
        action = add_action(owner, name, name, print, key="K")
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    add_action(main, "both", "both", print, key="J")
    keys = KeyTable(main)
    assert keys.rivals(command(keys, "left"), "K") == []
    assert [one.id for one in keys.rivals(command(keys, "left"), "J")] == ["both"]
    keys.give(command(keys, "both"), "K")
    assert not command(keys, "left").keys and not command(keys, "right").keys


def test_every_command_of_the_window_is_one_and_its_keys_are_there_again(
    studio: Studio, qtbot: QtBot
):
    window = MainWindow(studio)
    qtbot.addWidget(window)
    keys = window.keys
    ids = [one.id for one in keys.commands]
    assert len(set(ids)) == len(ids) > 200
    for one in keys.commands:
        assert not keys.rivals(one, *one.made), one.id
        assert not any(is_taken(key) for key in one.made), one.id
    assert ids[0] == "new_drawing"  # as the menus have them
    assert (
        command(keys, "canvas_sphere").actions != command(keys, "canvas_scene_add_sphere").actions
    )
    for keymap in keymaps():
        assert set(keymap.keys) <= set(ids), keymap.title
        keys.wear(keymap.keys)
        for one in keys.commands:
            assert not keys.rivals(one, *one.keys), (keymap.title, one.id)
            assert all(portable(key) == key and not is_taken(key) for key in one.keys), one.id
    keys.give_back(keys.commands)
    assert command(keys, "undo").where == "Edit" and command(keys, "export").where == "File"
    assert command(keys, "canvas_brush").where == "Canvas › Tools"
    names = [f"{what} {where}" for what, where, _ in gestures()]
    assert len(names) >= 30
    keys.give(command(keys, "canvas_brush"), "F5")
    window.save_state()
    again = MainWindow(studio)
    qtbot.addWidget(again)
    assert command(again.keys, "canvas_brush").keys == ("F5",)
    assert again.keys.chosen == {"canvas_brush": ["F5"]}
    brush = command(again.keys, "canvas_brush").actions[0]
    assert QKeySequence("F5") in brush.shortcuts() and "(F5)" in brush.toolTip()


def test_a_changed_key_is_kept_at_once_and_all_else_as_it_was(
    small: tuple[QMainWindow, ActionTable, KeyTable], studio: Studio, qtbot: QtBot
):
    _, _, keys = small
    save_window_state(WindowState(theme="light", prompts=["an owl"]))
    kept = KeptKeys(keys, studio)
    studio._saver.start()
    try:
        keys.give(command(keys, "new_seed"), "R")
        qtbot.waitUntil(lambda: kept.written == {"new_seed": ["R"]})
        assert load_window_state()[0].keys == {"new_seed": ["R"]}
        keys.give_back(keys.commands)
        qtbot.waitUntil(lambda: kept.written == {})
        assert not load_window_state()[0].keys
    finally:
        studio._saver.finish()
        assert studio._saver.wait(60_000)
    state = load_window_state()[0]
    assert (state.theme, state.prompts) == ("light", ["an owl"])


def test_a_key_that_two_windows_have_given_away_is_that_of_the_last(
    small: tuple[QMainWindow, ActionTable, KeyTable], studio: Studio, qtbot: QtBot
):
    _, _, keys = small
    kept = KeptKeys(keys, studio)
    save_keys({"about": ["F9"], "redo": ["F7"]}, {})  # another window, meanwhile
    studio._saver.start()
    try:
        keys.give(command(keys, "new_seed"), "F9")
        qtbot.waitUntil(lambda: bool(kept.written))
    finally:
        studio._saver.finish()
        assert studio._saver.wait(60_000)
    both = {"about": ["F9"], "redo": ["F7"], "new_seed": ["F9"]}
    assert load_window_state()[0].keys == both
    keys.take(both)
    assert command(keys, "new_seed").keys == ("F9",) and command(keys, "about").keys == ()


def test_a_window_that_closes_leaves_what_another_has_changed_meanwhile(
    studio: Studio, qtbot: QtBot
):
    first = WindowState(theme="light", keys={"about": ["F9"]}, folders={"open": "/a"})
    save_window_state(first)
    window = MainWindow(studio)
    qtbot.addWidget(window)
    brush = {**window.canvas.tools.saved()["brushes"]["depth"], "size": 91}
    tools = {"brushes": {"depth": brush}}
    save_window_state(
        first.model_copy(update={"keys": {"undo": ["F7"]}, "theme": "dark", "tools": tools}),
        base=first,
    )
    window.canvas.tools.set_layer("colour")
    window.canvas.tools.set_size(17)
    window.save_state()
    left = load_window_state()[0]
    assert left.keys == {"undo": ["F7"]} and left.theme == "dark" and left.folders["open"] == "/a"
    assert left.tools["brushes"]["depth"]["size"] == 91
    assert left.tools["brushes"]["colour"]["size"] == 17
    theme.apply("dark")
