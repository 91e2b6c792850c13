"""What is said about a drawing, and offered with it, goes with that drawing."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from studio_app.core.errors import StudioError
from studio_app.session.notices import Notice, read_only_notice, recovered_notice, unsaved_notice
from studio_app.session.studio import Studio
from studio_app.ui.main_window import MainWindow
from studio_app.ui.message_bar import MessageBar
from tests.ui.conftest import LEFT, PLAIN, Open, at
from tests.ui.filing import saved_as
from tests.ui.hands import stroke

FULL = StudioError("The disk is full", "no room", "Free some").regarding("file")
OPENED = Notice("Some of it is not ours", "", "opened", stays=True)


@pytest.fixture
def started(open_window: Open, qtbot: QtBot, tmp_path: Path) -> tuple[Studio, MainWindow]:
    """With a drawing that has a file, and nothing said."""
    studio, window = open_window(tmp_path / "home")
    saved_as(studio, window, qtbot, tmp_path / "knight.ora")
    qtbot.waitUntil(lambda: window.message_bar.shown is not None)  # that there is no engine
    window.message_bar.close_button.click()
    return studio, window


def say(studio: Studio, said: StudioError | Notice | None) -> StudioError | Notice:
    assert said is not None
    studio.message.emit(said)
    return said


def begin_anew(studio: Studio, window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(studio.work_changed):
        window.command["new_drawing"].trigger()
    qtbot.waitUntil(lambda: not window.hold.holding)


def test_it_goes_and_takes_no_room_from_what_is_said_next(
    started: tuple[Studio, MainWindow], qtbot: QtBot, tmp_path: Path
):
    studio, window = started
    for said in (
        unsaved_notice(tmp_path / "knight.ora"), read_only_notice(tmp_path / "knight.ora"), OPENED, FULL,
        recovered_notice(unclean=True, others=0), Notice("Removed from the history", "", "removed"),
    ):  # fmt: skip
        say(studio, said)
    bar: MessageBar = window.message_bar
    begin_anew(studio, window, qtbot)
    assert bar.shown is None
    assert say(studio, Notice("Resized", "", "resized")) is bar.shown


def test_a_button_that_was_offered_for_it_does_nothing_to_the_next(
    started: tuple[Studio, MainWindow], qtbot: QtBot
):
    studio, window = started
    bar, canvas = window.message_bar, window.canvas.canvas
    window.canvas.tools.set_layer("colour")
    studio.set_layer("colour", visible=False)
    QTest.mouseClick(canvas, LEFT, PLAIN, at(canvas, 60, 60))
    assert isinstance(bar.shown, StudioError) and bar.shown.about == "hidden"
    assert bar.action.isVisible()
    begin_anew(studio, window, qtbot)
    assert bar.shown is None or bar.shown.title == "Your last drawing is kept"
    assert not bar.action.isVisible()
    bar.action.click()
    assert not studio.undo_stack.canUndo()


def test_what_is_about_something_else_stays(started: tuple[Studio, MainWindow], qtbot: QtBot):
    studio, window = started
    waits = say(studio, recovered_notice(unclean=False, others=1))
    missing = say(studio, StudioError("No such model").regarding("model"))
    say(studio, FULL)
    begin_anew(studio, window, qtbot)
    assert window.message_bar.shown is missing
    window.message_bar.close_button.click()
    assert window.message_bar.shown is waits


def test_what_is_said_of_the_drawing_that_comes_is_shown(
    started: tuple[Studio, MainWindow], qtbot: QtBot
):
    studio, window = started
    say(studio, FULL)
    stroke(studio)
    begin_anew(studio, window, qtbot)
    shown = window.message_bar.shown
    assert shown is not None and shown.title == "Your last drawing is kept"
