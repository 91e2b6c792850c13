"""The file of the window's work: its commands, its title, and what is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from studio_app.document.store.ora_reading import read_ora
from studio_app.session.studio import Studio
from studio_app.ui.canvas.drop_dialog import DropDialog
from studio_app.ui.main_window import MainWindow
from tests.ui.conftest import Open
from tests.ui.filing import dropped, saved_as
from tests.ui.hands import stroke

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def started(open_window: Open, tmp_path: Path) -> tuple[Studio, MainWindow]:
    return open_window(tmp_path / "home")


def test_the_title_says_which_file_it_is_and_whether_it_was_changed(
    started: tuple[Studio, MainWindow], qtbot: QtBot, tmp_path: Path
):
    studio, window = started
    assert window.windowTitle() == "Untitled[*] – Underpaint" and not window.isWindowModified()
    said: list[str] = []
    window.statusBar().messageChanged.connect(said.append)
    saved_as(studio, window, qtbot, tmp_path / "knight.ora")
    assert window.windowTitle() == "knight.ora[*] – Underpaint" and not window.isWindowModified()
    assert "Saved knight.ora" in said  # a tip of what lies under the pointer may come after it
    stroke(studio)
    assert window.isWindowModified()
    window.command["save_drawing"].trigger()
    qtbot.waitUntil(lambda: not window.isWindowModified())
    window.command["new_drawing"].trigger()
    qtbot.waitUntil(lambda: window.windowTitle().startswith("Untitled"))
    window.filer.recent.aboutToShow.emit()
    entries = [action.text() for action in window.filer.recent.actions() if action.text()]
    assert entries == ["knight.ora", "Clear the list"]
    window.filer.recent.actions()[0].trigger()
    qtbot.waitUntil(lambda: window.windowTitle().startswith("knight.ora"))


def test_an_earlier_version_is_two_clicks_away(
    started: tuple[Studio, MainWindow], qtbot: QtBot, tmp_path: Path
):
    studio, window = started
    saved_as(studio, window, qtbot, tmp_path / "knight.ora")
    first = studio.document.stack
    stroke(studio)
    studio.undo_stack.undo()
    studio.clear_document()
    window.command["save_drawing"].trigger()
    qtbot.waitUntil(lambda: not window.isWindowModified())
    menu = window.filer.versions
    menu.aboutToShow.emit()
    qtbot.waitUntil(lambda: len(menu.actions()) == 1 and menu.actions()[0].isEnabled())
    menu.actions()[0].trigger()
    qtbot.waitUntil(lambda: window.isWindowModified())
    known = {node.id: node.untouched for node in first.nodes()}
    assert {node.id: node.untouched for node in studio.document.stack.nodes()} == known


def test_a_file_that_somebody_else_wrote_is_asked_about_before_it_is_replaced(
    started: tuple[Studio, MainWindow], qtbot: QtBot, tmp_path: Path
):
    studio, window = started
    path = tmp_path / "knight.ora"
    saved_as(studio, window, qtbot, path)
    path.write_bytes(b"theirs")
    for text in ("Cancel", "Replace it"):
        window.command["save_drawing"].trigger()
        qtbot.waitUntil(lambda: window.filer.question is not None)
        box = window.filer.question
        assert isinstance(box, QMessageBox) and "another program" in box.text()
        assert path.read_bytes() == b"theirs"
        qtbot.mouseClick(next(b for b in box.buttons() if text in b.text()), LEFT)
    qtbot.waitUntil(lambda: not studio.files.saving and path.read_bytes() != b"theirs")
    assert read_ora(path).ours


def test_what_is_said_of_one_file_is_over_when_another_drawing_comes(
    started: tuple[Studio, MainWindow], qtbot: QtBot, tmp_path: Path
):
    studio, window = started
    path, bar = tmp_path / "knight.ora", window.message_bar
    saved_as(studio, window, qtbot, path)
    stroke(studio)
    window.command["new_drawing"].trigger()
    qtbot.waitUntil(lambda: studio.files.path is None)
    studio.files.open(path)
    qtbot.waitUntil(lambda: bar.staying("unsaved") is not None)
    window.command["new_drawing"].trigger()
    qtbot.waitUntil(lambda: studio.files.path is None)
    assert bar.staying("unsaved") is None


def test_a_drawing_that_is_dropped_on_the_window_is_opened(
    started: tuple[Studio, MainWindow], qtbot: QtBot, tmp_path: Path
):
    studio, window = started
    path = tmp_path / "knight.ora"
    saved_as(studio, window, qtbot, path)
    window.command["new_drawing"].trigger()
    qtbot.waitUntil(lambda: studio.files.path is None)
    dropped(window, tmp_path / "nothing.txt")
    dropped(window, path)
    qtbot.waitUntil(lambda: studio.files.path == path)


def test_one_that_is_dropped_on_the_canvas_may_be_opened_too(
    started: tuple[Studio, MainWindow], qtbot: QtBot, tmp_path: Path
):
    studio, window = started
    path = tmp_path / "knight.ora"
    saved_as(studio, window, qtbot, path)
    window.command["new_drawing"].trigger()
    qtbot.waitUntil(lambda: studio.files.path is None)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    window.canvas.exchange.drop(mime)
    qtbot.waitUntil(lambda: window.findChild(DropDialog) is not None)
    dialog: Any = window.findChild(DropDialog)
    qtbot.mouseClick(dialog.choices["drawing"], LEFT)
    qtbot.waitUntil(lambda: studio.files.path == path)


def test_a_long_save_shows_how_far_it_is_and_can_be_cancelled(
    started: tuple[Studio, MainWindow], qtbot: QtBot, tmp_path: Path
):
    studio, window = started
    progress, files = window.filer.progress, studio.files
    assert not progress.isVisible()
    files._saves.saving = True
    files.progressed.emit(0.4)
    qtbot.waitUntil(progress.isVisible)
    assert progress.bar.value() == 40
    qtbot.mouseClick(progress.cancel, LEFT)
    assert files._saves._stopped
    files._saves.saving = False
    files.progressed.emit(1.0)
    assert not progress.isVisible()
