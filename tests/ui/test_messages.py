"""The message bar: what stays, what goes, and when."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from studio_app.core.capabilities import Capabilities
from studio_app.core.errors import StudioError
from studio_app.document.pictures import write_png
from studio_app.document.store.sessions import Contents, Unread
from studio_app.session.notices import Notice, recovered_notice
from studio_app.session.studio import Studio
from studio_app.ui.main_window import MainWindow
from tests.fake_pictures import record_of
from tests.nodes import colour_of


def test_an_error_stays_and_a_notice_does_not_cover_it(window: MainWindow, ready: Studio):
    error = StudioError("The disk is full", "no room", "Free some")
    ready.message.emit(error)
    ready.message.emit(Notice("Resized", "", "resized"))
    assert window.message_bar.shown is error
    window.message_bar.close_button.click()
    assert window.message_bar.shown is None
    ready.message.emit(Notice("Resized", "", "resized"))
    assert window.message_bar.shown is not None


def test_work_that_waits_is_named_until_it_is_read(window: MainWindow, ready: Studio, qtbot: QtBot):
    said = recovered_notice(unclean=True, others=1)
    assert said is not None
    ready.message.emit(said)
    ready.message.emit(Notice("Resized", "", "resized"))
    assert window.message_bar.shown is said
    window.message_bar.action.click()
    qtbot.waitUntil(window.keeper.earlier.isVisible)
    assert window.message_bar.shown is None
    window.keeper.earlier.hide()


def test_an_error_goes_when_what_failed_succeeds(window: MainWindow, ready: Studio):
    bar = window.message_bar
    full = StudioError("The disk is full", "no room", "Free some").regarding("save")
    broken = StudioError("No weights", "nan").regarding("run")
    ready.message.emit(full)
    ready.message.emit(broken)
    assert bar.shown is broken
    ready.settled.emit("run")
    assert bar.shown is full  # which is still true
    ready.settled.emit("edit")
    assert bar.shown is full
    ready.settled.emit("save")
    assert bar.shown is None


def test_a_newer_error_about_the_same_takes_the_place_of_the_older(
    window: MainWindow, ready: Studio
):
    for title in ("First", "Second"):
        ready.message.emit(StudioError(title).regarding("run"))
    window.message_bar.close_button.click()
    assert window.message_bar.shown is None


def test_errors_about_nothing_in_particular_wait_for_each_other(window: MainWindow, ready: Studio):
    for title in (
        "The drawing can't be read",
        "A picture can't be read",
        "A picture can't be read",
    ):
        ready.message.emit(StudioError(title))
    shown: list[str] = []
    while window.message_bar.shown is not None:
        shown.append(window.message_bar.shown.title)
        window.message_bar.close_button.click()
    assert shown == ["A picture can't be read", "The drawing can't be read"]


def test_an_error_of_something_else_offers_no_model(studio: Studio, qtbot: QtBot):
    window = MainWindow(studio)
    qtbot.addWidget(window)
    studio.message.emit(StudioError("A picture can't be read"))
    assert not window.message_bar.action.isVisibleTo(window)


def test_a_value_that_fails_is_forgotten_by_the_next_edit(window: MainWindow, ready: Studio):
    ready.set_setting("seed", "not a number")
    assert isinstance(window.message_bar.shown, StudioError)
    ready.set_setting("seed", 5)
    assert window.message_bar.shown is None


def test_without_a_model_an_error_offers_to_open_one(studio: Studio, qtbot: QtBot):
    window = MainWindow(studio, remember=False)
    offer = window.teller.offer(StudioError("No such model").regarding("model"))
    assert offer is not None
    assert "model" in offer.text
    window.deleteLater()


def test_the_empty_viewer_says_what_it_waits_for(
    window: MainWindow, ready: Studio, capabilities: Capabilities
):
    def said() -> str:
        return window.viewer.view._empty

    assert "prompt" in said()
    assert window.working.text() == "Waiting for a prompt"
    ready.set_setting("prompt", "an owl")
    assert "prompt" not in said()
    assert window.working.text() == ""
    ready._live.capabilities = None
    ready.model_progress.emit("Reading the model", 0.6)
    ready.set_setting("prompt", "an owl, red")
    assert said() == "Reading the model\n60 %"
    ready.message.emit(StudioError("No such model").regarding("model"))
    ready.model_progress.emit("", 1.0)
    ready.set_setting("prompt", "an owl, blue")
    assert said() == "No model is open.\nNo such model"
    ready.model_progress.emit("Reading the model", 0.6)
    ready.model_progress.emit("", 1.0)  # somebody has stopped it
    assert said().startswith("No model is open.\nChoose one")
    assert window.top_bar.model.currentText() == ""  # nor does the box say that one is
    ready._live.capabilities = capabilities
    ready.model_changed.emit()
    assert "Your picture forms here" in said()


def test_a_file_that_is_read_is_named_and_its_error_goes_with_the_next_that_can_be(
    window: MainWindow, ready: Studio, qtbot: QtBot, tmp_path: Path
):
    broken, whole = tmp_path / "broken.png", tmp_path / "whole.png"
    broken.write_bytes(b"no picture")
    write_png(whole, np.zeros((64, 64, 3), np.uint8))
    ready.load_layer("colour", broken)
    assert window.statusBar().currentMessage() == "Reading broken.png…"
    ready._reader.start()
    qtbot.waitUntil(lambda: isinstance(window.message_bar.shown, StudioError))
    assert window.statusBar().currentMessage() == ""
    ready.load_layer("colour", whole)
    qtbot.waitUntil(lambda: not isinstance(window.message_bar.shown, StudioError))
    assert not colour_of(ready.document).untouched
    ready._reader.finish()
    assert ready._reader.wait(60_000)


def test_what_could_not_be_read_is_past_with_the_next_stroke(
    window: MainWindow, ready: Studio, qtbot: QtBot, tmp_path: Path
):
    bar = window.message_bar
    full = StudioError("The disk is full", "no room", "Free some").regarding("file")
    ready.message.emit(full)
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    ready._reader.start()
    ready.load_layer("colour", broken)
    qtbot.waitUntil(lambda: bar.shown is not full)
    assert isinstance(bar.shown, StudioError)
    QTest.mouseClick(window.canvas.canvas, Qt.MouseButton.LeftButton)
    assert bar.shown is full  # which is still true
    bar.close_button.click()
    said = Notice("Resized", "", "resized")
    ready.message.emit(said)
    assert bar.shown is said
    ready._reader.finish()
    assert ready._reader.wait(60_000)


def test_escape_closes_a_message_that_nobody_else_wants_it_for(window: MainWindow, ready: Studio):
    ready.message.emit(StudioError("That is no picture", "cut off", "Save it again"))
    window.canvas.canvas.setFocus()
    QTest.keyClick(window.canvas.canvas, Qt.Key.Key_Escape)
    assert window.message_bar.shown is None


def test_a_long_title_is_read_to_its_end_in_a_narrow_window(window: MainWindow, ready: Studio):
    window.resize(1024, 700)
    QApplication.processEvents()
    name = "a_knight_in_front_of_a_tower.ora is open in another window, and that one writes it"
    ready.message.emit(Notice(name, "It can be looked at here.", "open", stays=True))
    bar = window.message_bar
    (title,) = [label for label in bar.findChildren(QLabel) if label.text() == name]
    assert title.height() >= title.heightForWidth(title.width())
    assert title.geometry().right() <= bar.width()
    assert bar.geometry().bottom() < window.canvas.height()


def test_what_was_removed_from_one_history_is_not_put_into_another(
    window: MainWindow, ready: Studio
):
    record = ready._shelf.add(record_of())
    ready.remove_from_history(ready.gallery[0].id, record.id)
    bar = window.message_bar
    assert isinstance(bar.shown, Notice) and bar.shown.key == "removed"
    ready._parts.show(Contents(None, {"live": False}, Unread(Path())))
    assert bar.shown is None
    ready.put_back()
    assert len(ready.gallery) == 0 and len(ready.runs) == 0
