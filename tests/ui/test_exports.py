"""Exporting without the panel: by a key that can be taken back, and kept up to date."""

from __future__ import annotations

import importlib
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from studio_app.export import transaction
from studio_app.export.ledger import read_ledger
from studio_app.session.notices import Notice
from studio_app.session.studio import Studio
from studio_app.ui import asking
from studio_app.ui.export.export_panel import REMEMBERED
from studio_app.ui.main_window import MainWindow
from tests.fake_engine import FakeEngine
from tests.fake_pictures import disc, maps_of, record_of
from tests.living_window import living_window
from tests.ui.conftest import CONTROL, LEFT, SHIFT

DATA = Path(__file__).parents[1] / "data"
ALT = Qt.KeyboardModifier.AltModifier


class Room:
    """A window with a picture, a Godot project that it knows, and what was said."""

    def __init__(self, qtbot: QtBot, studio: Studio, window: MainWindow, root: Path) -> None:
        self.qtbot, self.studio, self.window, self.root = qtbot, studio, window, root
        self.said: list[Any] = []
        studio.message.connect(self.said.append)

    def draw(self, *args: Any, **more: Any) -> None:
        """As a run of the engine that has ended."""
        self.studio._parts._on_run(record_of(*args, **more))

    def press(self, key: Qt.Key, modifiers: Any) -> None:
        self.window.activateWindow()
        self.qtbot.waitUntil(lambda: QApplication.activeWindow() is self.window)
        QTest.keyClick(self.window, key, modifiers)

    def exported(self) -> bytes:
        [file] = self.root.rglob("a_red_potion.png")
        return file.read_bytes()


@pytest.fixture
def room(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    root = tmp_path / "godot"
    shutil.copytree(DATA / "godot_project", root)
    monkeypatch.setattr(asking, "folders", {REMEMBERED: str(root)})
    engine = FakeEngine()
    engine.faults["decode_maps"] = lambda: maps_of(disc())
    studio = Studio(None, "fake", make_engine=lambda: engine)
    with living_window(qtbot, studio) as window:
        made = Room(qtbot, studio, window, root)
        made.draw()
        yield made


def test_an_export_by_key_that_takes_long_says_how_far_it_is_and_can_be_taken_back(
    room: Room, monkeypatch: pytest.MonkeyPatch
):
    exporting, bar = room.studio.exporting, room.window.message_bar
    with room.qtbot.waitSignal(exporting.finished):
        exporting.show(room.studio.gallery.newest)
        exporting.open_project(str(room.root))
        room.qtbot.waitUntil(lambda: exporting.stage == "")
        exporting.export()
    room.qtbot.waitUntil(lambda: exporting.stage == "")
    room.draw(seed=4)
    was = {path: path.read_bytes() for path in room.root.rglob("*") if path.is_file()}
    stage, go_on = transaction._stage, threading.Event()

    def staged(step: Any, data: bytes) -> None:
        stage(step, data)
        go_on.wait(60)

    monkeypatch.setattr(transaction, "_stage", staged)
    room.press(Qt.Key.Key_E, CONTROL | SHIFT)
    room.qtbot.waitUntil(lambda: bar.isVisible() and bar.action.text() == "Cancel")
    assert isinstance(bar.shown, Notice) and bar.shown.title == "Exporting…"
    room.said.clear()
    QTest.mouseClick(bar.action, LEFT)
    go_on.set()
    room.qtbot.waitUntil(lambda: any(said.title.endswith("cancelled") for said in room.said))
    assert isinstance(bar.shown, Notice) and bar.shown.key == "cancelled"
    assert {path: path.read_bytes() for path in room.root.rglob("*") if path.is_file()} == was
    room.qtbot.waitUntil(lambda: exporting.stage == "")
    # Once more, and to the end: the message gives way to what came of it.
    go_on.clear()
    room.press(Qt.Key.Key_E, CONTROL | SHIFT)
    room.qtbot.waitUntil(lambda: bar.isVisible() and bar.action.text() == "Cancel")
    with room.qtbot.waitSignal(exporting.finished):
        go_on.set()
    assert bar.action.text() == "Show the folder" and bar.shown.key == "exported"
    assert {path: path.read_bytes() for path in room.root.rglob("*") if path.is_file()} != was


def test_an_export_that_waits_for_its_maps_can_be_cancelled(room: Room):
    exporting = room.studio.exporting
    exporting.choose(kind="sprite")
    held = threading.Event()
    room.studio._reader.submit(lambda: held.wait(60))
    room.press(Qt.Key.Key_E, CONTROL | SHIFT)
    assert exporting.under_way
    exporting.cancel()
    assert not exporting.under_way
    held.set()
    room.qtbot.waitUntil(lambda: exporting.stage == "" and exporting.project is not None)
    assert not (room.root / "art").exists() and not room.window.export_panel.isVisible()


def test_a_picture_is_kept_exported_until_its_words_are_clicked(room: Room):
    watching, chip = room.studio.watching, room.window.viewer.chips.kept
    assert chip.isHidden()
    with room.qtbot.waitSignal(watching.exported):
        room.press(Qt.Key.Key_E, CONTROL | ALT)
    first = room.exported()
    assert chip.isVisible() and "a_red_potion.png is kept exported" in chip.text()
    assert room.window.command["keep_exporting"].isChecked()
    with room.qtbot.waitSignal(watching.exported):
        room.draw("a blue crystal", seed=9)  # other words, the same file
    assert room.exported() != first
    assert "Exported a_red_potion.png" in room.window.statusBar().currentMessage()
    assert len(read_ledger(room.root).entries) == 2
    # It does not get in the way of an export of another kind, and that may be kept too.
    room.studio.exporting.choose(kind="sprite")
    assert not room.window.command["keep_exporting"].isChecked()
    with room.qtbot.waitSignal(watching.exported):
        room.press(Qt.Key.Key_E, CONTROL | ALT)
    assert "2 exports" in chip.text()
    QTest.mouseClick(chip, LEFT)
    menu = room.window.viewer.chips.findChild(QMenu)
    assert isinstance(menu, QMenu)
    assert [action.text() for action in menu.actions()] == [
        "End a_red_potion.png",
        "End a_blue_crystal.png",
        "End all",
    ]
    menu.actions()[0].trigger()
    menu.close()
    QTest.mouseClick(chip, LEFT)
    assert chip.isHidden() and not watching.kept
    assert not room.window.command["keep_exporting"].isChecked()


def test_a_thing_in_the_game_changes_when_its_newer_picture_is_starred(room: Room):
    watching, window = room.studio.watching, room.window
    chip, starred = window.viewer.chips.kept, window.command["keep_starred"]
    with room.qtbot.waitSignal(watching.changed):
        room.press(Qt.Key.Key_E, CONTROL | ALT | SHIFT)
    room.qtbot.waitUntil(lambda: bool(watching.kept))
    assert starred.isChecked() and not window.command["keep_exporting"].isChecked()
    assert "by stars" in chip.text() and "star" in chip.toolTip()
    assert not list(room.root.rglob("a_red_potion.png"))  # it has none yet
    with room.qtbot.waitSignal(watching.exported):
        window.viewer.acts.star.trigger()
    first = room.exported()
    room.draw("a blue crystal", seed=9)
    room.qtbot.waitUntil(lambda: room.studio.gallery[-1].request.seed == 9)
    assert room.exported() == first
    with room.qtbot.waitSignal(watching.exported):
        window.viewer.acts.star.trigger()
    assert room.exported() != first
    # Every finished picture instead: one way at a time, into the same files.
    room.press(Qt.Key.Key_E, CONTROL | ALT)
    assert window.command["keep_exporting"].isChecked() and not starred.isChecked()
    QTest.mouseClick(chip, LEFT)
    assert chip.isHidden() and not watching.kept


def test_without_a_project_the_panel_asks_for_one(room: Room):
    asking.folders.clear()
    room.press(Qt.Key.Key_E, CONTROL | ALT)
    assert room.window.export_panel.isVisible() and not room.studio.watching.kept
    assert not room.window.command["keep_exporting"].isChecked()


def test_nothing_of_an_export_is_made_read_or_written_in_the_window_s_thread(
    room: Room, monkeypatch: pytest.MonkeyPatch
):
    counted: Counter[str] = Counter()
    for name in (
        "studio_app.session.export_jobs.make_asset",
        "studio_app.session.export_jobs.open_picture",
        "studio_app.session.export_jobs.make_plan",
        "studio_app.session.export_jobs.carry_out",
        "studio_app.session.export_jobs.write_last",
        "studio_app.export.pictures.png_bytes",
        "studio_app.export.transaction.write_bytes_atomic",
        "studio_app.export.plan.read_ledger",
        "studio_app.session.drag_files.write_bytes_atomic",
    ):
        module, function = name.rsplit(".", 1)
        real: Any = getattr(importlib.import_module(module), function)

        def called(*args: Any, real: Any = real, function: str = function, **more: Any) -> Any:
            here = threading.current_thread() is threading.main_thread()
            counted["in the window" if here else function] += 1
            return real(*args, **more)

        monkeypatch.setattr(name, called)
    exporting, panel = room.studio.exporting, room.window.export_panel
    panel.open_panel()
    room.qtbot.waitUntil(lambda: exporting.plan is not None)
    for choice in ({"kind": "sprite"}, {"kind": "picture", "scale": 4}):
        exporting.choose(**choice)
        room.qtbot.waitUntil(lambda: exporting.stage == "" and exporting.plan is not None)
        panel.open_panel()
        with room.qtbot.waitSignal(exporting.finished):
            panel.export_button.click()
        room.qtbot.waitUntil(lambda: exporting.stage == "")
    newest = room.studio.gallery.newest
    assert newest is not None
    with room.qtbot.waitSignal(room.studio.drags.ready):
        room.studio.drags.ask(exporting.wanted_as(newest, "picture"))
    assert counted["in the window"] == 0
    assert counted["carry_out"] == 2 and len(counted) == 8
