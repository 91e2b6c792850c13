"""While other work is on its way nothing is drawn or typed into the one or the other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from studio_app.document.store.folder_reading import read_folder
from studio_app.session.studio import Studio
from studio_app.ui.canvas.depth_dialogs import LevelsDialog
from studio_app.ui.main_window import MainWindow
from tests.nodes import depth_of
from tests.ui.conftest import PLAIN, Open, at, drag
from tests.ui.filing import dropped, saved_as
from tests.ui.hands import stroke

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def started(open_window: Open, tmp_path: Path) -> tuple[Studio, MainWindow]:
    """With a drawing of its own, of which something is typed and drawn."""
    studio, window = open_window(tmp_path / "home")
    stroke(studio)
    studio.set_setting("prompt", "a knight")
    return studio, window


@pytest.fixture
def slow(started: tuple[Studio, MainWindow]) -> Iterator[threading.Event]:
    """The reader gets to nothing before this is set."""
    gate = threading.Event()
    started[0]._reader.submit(gate.wait)
    yield gate
    gate.set()


def type_and_draw(window: MainWindow) -> None:
    """As somebody who does not look."""
    QTest.keyClicks(window.settings_panel.prompts.prompt, "a gate")
    drag(window.canvas.canvas, (100, 100), (140, 140))
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)


def there(qtbot: QtBot, window: MainWindow, slow: threading.Event) -> None:
    slow.set()
    qtbot.waitUntil(lambda: not window.hold.holding)


def other(home: Path) -> str:
    """The prompt of the work in a folder; that has one stroke."""
    document = read_folder(home).document
    assert document is not None and not depth_of(document).untouched
    return document.settings.prompt


def test_what_is_typed_after_new_is_in_the_new_drawing_and_nothing_is_drawn_in_either(
    started: tuple[Studio, MainWindow], slow: threading.Event, qtbot: QtBot, tmp_path: Path
):
    studio, window = started
    before = studio.document
    window.settings_panel.prompts.prompt.setFocus()
    window.command["new_drawing"].trigger()
    type_and_draw(window)
    assert studio.document is before and window.hold.holding
    there(qtbot, window, slow)
    assert studio.settings.prompt == "a gate" == window.settings_panel.prompts.prompt.toPlainText()
    assert all(node.untouched for node in studio.document.stack.nodes())
    assert other(tmp_path / "home" / "sessions" / "1") == "a knight"
    drag(window.canvas.canvas, (100, 100), (140, 140))
    assert any(not node.untouched for node in studio.document.stack.nodes())


WAYS: dict[str, Callable[[Studio, MainWindow, Path], object]] = {
    "opened": lambda studio, window, path: studio.files.open(path),
    "dropped": lambda studio, window, path: dropped(window, path),
    "earlier": lambda studio, window, path: window.keeper.earlier.actions()[0].trigger(),
}


@pytest.mark.parametrize("way", WAYS)
def test_so_it_is_with_work_that_is_opened(
    started: tuple[Studio, MainWindow], qtbot: QtBot, tmp_path: Path, way: str
):
    studio, window = started
    path = tmp_path / "knight.ora"
    saved_as(studio, window, qtbot, path)
    studio.files.new()
    qtbot.waitUntil(lambda: studio.files.path is None and not window.hold.holding)
    studio.set_setting("prompt", "of the second")
    window.keeper.earlier.aboutToShow.emit()
    qtbot.waitUntil(lambda: "knight" in window.keeper.earlier.actions()[0].text())
    gate = threading.Event()
    studio._reader.submit(gate.wait)
    before = studio.document
    WAYS[way](studio, window, path)
    qtbot.waitUntil(lambda: window.hold.holding)
    type_and_draw(window)
    assert studio.document is before
    there(qtbot, window, gate)
    assert studio.files.path == path and studio.settings.prompt in (
        "a gatea knight",
        "a knighta gate",
    )
    assert studio.undo_stack.count() <= 1  # what was typed, and no stroke
    found = read_folder(tmp_path / "home" / "sessions" / "2").document
    assert found is not None and found.settings.prompt == "of the second"


def test_it_is_seen_once_it_takes_long_and_escape_keeps_the_work_of_now(
    started: tuple[Studio, MainWindow], slow: threading.Event, qtbot: QtBot
):
    studio, window = started
    window.command["new_drawing"].trigger()
    qtbot.waitUntil(window.hold.card.isVisible)
    assert window.hold.said.text() == "New drawing…" == window.hold.accessibleName() + "…"
    type_and_draw(window)
    QTest.keyClick(window.settings_panel.prompts.prompt, Qt.Key.Key_Escape)
    assert not window.hold.holding and not window.hold.isVisible()
    assert studio.settings.prompt == "a knight"  # it was for the drawing that does not come
    window.command["new_drawing"].trigger()
    qtbot.waitUntil(window.hold.card.isVisible)
    qtbot.mouseClick(window.hold.cancel, LEFT)
    assert not window.hold.holding
    slow.set()
    window.command["new_drawing"].trigger()
    qtbot.waitUntil(lambda: not window.hold.holding)
    assert studio.settings.prompt == ""


def test_a_stroke_that_is_being_drawn_is_whole_in_the_drawing_that_it_was_begun_in(
    started: tuple[Studio, MainWindow], slow: threading.Event, qtbot: QtBot
):
    studio, window = started
    canvas = window.canvas.canvas
    window.canvas.tools.set_layer("depth")
    places = [at(canvas, 100 + 10 * step, 150) for step in range(10)]
    QTest.mousePress(canvas, LEFT, PLAIN, places[0])
    for place in places[1:7]:
        QTest.mouseMove(canvas, place)
    window.command["new_drawing"].trigger()
    assert not studio.stroking
    known = depth_of(studio.document).known.whole[150]
    assert known[100] and known[160]
    for place in places[7:]:
        QTest.mouseMove(canvas, place)
    QTest.mouseRelease(canvas, LEFT, PLAIN, places[-1])
    assert not depth_of(studio.document).known.whole[150][190]
    there(qtbot, window, slow)
    assert canvas.hand.doing == "nothing"
    assert all(node.untouched for node in studio.document.stack.nodes())


def test_nothing_that_was_asked_for_one_drawing_comes_into_the_next(
    started: tuple[Studio, MainWindow], qtbot: QtBot
):
    """What is read before it is there before; what that asks for in its turn comes to nothing."""
    studio, window = started
    LevelsDialog(studio, "depth", window).show()
    there, done = threading.Event(), list[str]()
    studio.work_changed.connect(there.set)

    def first(_: object) -> None:
        done.append("first")
        studio.read_later(there.wait, lambda _: done.append("second"), done.append)

    studio.read_later(lambda: None, first, done.append)
    studio.files.new()
    qtbot.waitUntil(lambda: not studio.settings.prompt)
    studio.read_later(lambda: None, lambda _: done.append("third"), done.append)
    qtbot.waitUntil(lambda: "third" in done)
    assert done == ["first", "third"] and window.findChild(LevelsDialog) is None
