"""What the window says and asks where the work can't be saved, and how other work is opened."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from studio_app.document.store.folder_reading import read_folder
from studio_app.ui.main_window import MainWindow
from tests.full_disk import fill_the_disk
from tests.nodes import depth_of
from tests.ui.conftest import Open
from tests.ui.hands import stroke

LEFT = Qt.MouseButton.LeftButton


def folder_dialog(window: MainWindow, qtbot: QtBot) -> QFileDialog:
    qtbot.waitUntil(lambda: window.findChild(QFileDialog) is not None)
    dialog = window.findChild(QFileDialog)
    assert dialog is not None
    return dialog


def question(window: MainWindow, qtbot: QtBot) -> QMessageBox:
    qtbot.waitUntil(lambda: window.keeper.question is not None)
    box = window.keeper.question
    assert box is not None
    return box


def press(box: QMessageBox, text: str, qtbot: QtBot) -> None:
    button = next(b for b in box.buttons() if text in b.text())
    qtbot.mouseClick(button, LEFT)


def test_a_warning_stands_as_long_as_nothing_is_saved_and_a_copy_can_be(
    open_window: Open, qtbot: QtBot, tmp_path: Path
):
    home = tmp_path / "home"
    home.write_text("in the way of the folder")
    studio, window = open_window(home)
    strip = window.keeper.strip
    qtbot.waitUntil(strip.isVisible)
    assert "not being saved" in strip.said.text() and str(home) in strip.said.text()
    assert strip.height() < 60  # a line, not a room
    stroke(studio)
    qtbot.mouseClick(strip.button, LEFT)
    dialog = folder_dialog(window, qtbot)
    elsewhere = tmp_path / "elsewhere"
    with qtbot.waitSignal(studio.copied) as copied:
        dialog.fileSelected.emit(str(elsewhere))
    dialog.close()
    copy = read_folder(copied.args[0]).document  # pyright: ignore[reportOptionalSubscript]
    assert copy is not None and not depth_of(copy).untouched
    assert strip.isVisible()  # the work itself is not safe yet
    home.unlink()
    qtbot.waitUntil(lambda: not strip.isVisible())
    assert read_folder(home / "sessions" / "1").document is not None


def test_there_is_no_warning_where_all_is_well(open_window: Open, qtbot: QtBot, tmp_path: Path):
    studio, window = open_window(tmp_path)
    with qtbot.waitSignal(studio.saved):
        stroke(studio)
    assert not window.keeper.strip.isVisible()


def test_a_full_disk_at_the_end_is_asked_about_and_one_can_stay(
    open_window: Open, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    studio, window = open_window(tmp_path)
    with qtbot.waitSignal(studio.saved):
        stroke(studio)
    with monkeypatch.context() as patch:
        fill_the_disk(patch)
        stroke(studio)
        window.close()
        press(question(window, qtbot), "Keep working", qtbot)
        qtbot.waitUntil(window.isEnabled)
        assert window.isVisible() and window.keeper.strip.isVisible()
        stroke(studio)
    with qtbot.waitSignal(studio.closed):
        window.close()
    saved = read_folder(tmp_path / "sessions" / "1")
    assert saved.document is not None and not saved.unclean


def test_one_can_leave_without_saving(
    open_window: Open, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    studio, window = open_window(tmp_path)
    with qtbot.waitSignal(studio.saved):
        stroke(studio)
    fill_the_disk(monkeypatch)
    stroke(studio)
    window.close()
    box = question(window, qtbot)
    with qtbot.waitSignal(studio.closed):
        press(box, "Leave", qtbot)
    assert not window.isVisible()


def test_one_can_save_elsewhere_and_then_leave(
    open_window: Open, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    studio, window = open_window(tmp_path / "home")
    with monkeypatch.context() as patch:
        fill_the_disk(patch)
        stroke(studio)
        window.close()
        press(question(window, qtbot), "elsewhere", qtbot)
        dialog = folder_dialog(window, qtbot)
        with qtbot.waitSignal(
            studio.message, check_params_cb=lambda said: "full too" in getattr(said, "detail", "")
        ):
            dialog.fileSelected.emit(str(tmp_path / "full too"))
        assert window.message_bar.shown is not None
        assert window.isVisible() and window.isEnabled()  # it failed: nobody has left
        window.close()
        box = question(window, qtbot)
    dialog.close()
    press(box, "elsewhere", qtbot)
    dialog = next(d for d in window.findChildren(QFileDialog) if d.isVisible())
    elsewhere = tmp_path / "elsewhere"
    with qtbot.waitSignal(studio.closed):
        dialog.fileSelected.emit(str(elsewhere))
    assert not window.isVisible()
    (copy,) = elsewhere.iterdir()
    found = read_folder(copy).document
    assert found is not None and not depth_of(found).untouched


def test_the_work_of_a_window_that_is_gone_is_in_the_menu(
    open_window: Open, qtbot: QtBot, tmp_path: Path
):
    one, first = open_window(tmp_path)
    two, second = open_window(tmp_path)
    for studio, words in ((one, "a red owl"), (two, "a blue fish & chips")):
        with qtbot.waitSignal(studio.saved):
            studio.set_setting("prompt", words)
    menu = first.keeper.earlier
    menu.aboutToShow.emit()
    qtbot.waitUntil(lambda: [a.text() for a in menu.actions()] == ["There is none"])
    with qtbot.waitSignal(two.closed):
        second.close()
    menu.aboutToShow.emit()
    qtbot.waitUntil(lambda: any("fish && chips" in a.text() for a in menu.actions()))
    menu.actions()[0].trigger()
    qtbot.waitUntil(lambda: one.settings.prompt == "a blue fish & chips")
    menu.aboutToShow.emit()
    qtbot.waitUntil(lambda: any("a red owl" in a.text() for a in menu.actions()))
