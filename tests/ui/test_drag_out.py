"""Dragging pictures out of the window: what another program gets, and that nobody waits for it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QDrag, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from studio_app.core.errors import StudioError
from studio_app.export.provenance.taken import read_any_recipe
from studio_app.session import drag_files
from studio_app.session.notices import Notice
from studio_app.session.studio import Studio
from studio_app.ui import asking
from studio_app.ui.canvas.drop_dialog import DropDialog
from studio_app.ui.main_window import MainWindow
from tests.fake_engine import FakeEngine
from tests.fake_pictures import disc, maps_of, record_of
from tests.living_window import living_window
from tests.ui.conftest import CONTROL, LEFT, PLAIN, SHIFT
from tests.ui.hands import drop

DATA = Path(__file__).parents[1] / "data"


class Hands:
    """A window with pictures, and a hand that drags; what was taken along is in `taken`."""

    def __init__(self, qtbot: QtBot, studio: Studio, window: MainWindow, home: Path) -> None:
        self.qtbot, self.studio, self.window, self.home = qtbot, studio, window, home
        self.taken: list[QMimeData] = []
        self.said: list[Any] = []
        self.keys: Any = PLAIN
        studio.message.connect(self.said.append)

    def draw(self, *args: Any, **more: Any) -> None:
        self.studio._shelf.add(record_of(*args, **more))

    def pull(self, widget: QWidget, place: QPoint, modifiers: Any = PLAIN) -> None:
        """As far as a drag begins, and not let go."""
        self.keys = modifiers
        QTest.mousePress(widget, LEFT, modifiers, place)
        for by in (8, 16, 40):
            QTest.mouseMove(widget, place + QPoint(by, 0))

    def let_go(self, widget: QWidget, place: QPoint) -> None:
        QTest.mouseRelease(widget, LEFT, PLAIN, place)

    def drag(self, widget: QWidget, place: QPoint, modifiers: Any = PLAIN) -> list[Path]:
        """A whole one: the files that another program gets."""
        before = len(self.taken)
        self.pull(widget, place, modifiers)
        self.qtbot.waitUntil(lambda: len(self.taken) > before or bool(self.errors()))
        self.let_go(widget, place)
        assert len(self.taken) > before, self.errors()
        return [Path(url.toLocalFile()) for url in self.taken[-1].urls()]

    def drag_shown(self, modifiers: Any = PLAIN) -> list[Path]:
        view = self.window.viewer.view
        return self.drag(view, view.rect().center(), modifiers)

    def errors(self) -> list[StudioError]:
        return [said for said in self.said if isinstance(said, StudioError)]

    def ready(self) -> None:
        self.qtbot.waitUntil(lambda: self.studio.exporting.stage == "")


@pytest.fixture
def hands(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hands]:
    monkeypatch.setattr(asking, "folders", {})
    engine = FakeEngine()
    engine.faults["decode_maps"] = lambda: maps_of(disc())
    studio = Studio(tmp_path / "home", "fake", make_engine=lambda: engine)
    with living_window(qtbot, studio) as window:
        made = Hands(qtbot, studio, window, tmp_path)

        def carry(drag: QDrag, actions: Any) -> Any:
            # Qt's own waits for a pointer that only a display server moves.
            made.taken.append(drag.mimeData())
            return Qt.DropAction.CopyAction

        monkeypatch.setattr(QDrag, "exec", carry)
        # QTest moves the pointer as if no key were held.
        monkeypatch.setattr(QGuiApplication, "keyboardModifiers", lambda: made.keys)
        made.draw()
        qtbot.waitUntil(lambda: window.viewer.model.image("x0") is not None)
        yield made


def test_what_is_dragged_is_the_very_file_that_an_export_writes(hands: Hands):
    root = hands.home / "unity"
    shutil.copytree(DATA / "unity_project", root)
    exporting = hands.studio.exporting
    exporting.show(hands.studio.gallery.newest)
    exporting.open_project(str(root))
    hands.ready()
    exporting.choose(format="tga", scale=2, template="T_{name}{version}{role}")
    hands.ready()
    strip = hands.window.filmstrip
    place = strip.visualRect(strip.model().index(0, 0)).center()
    for [file] in (hands.drag_shown(), hands.drag(strip.viewport(), place)):
        with hands.qtbot.waitSignal(exporting.finished):
            exporting.export()
        hands.ready()
        [exported] = root.rglob("*.tga")
        assert file.name == exported.name == "T_ARedPotion.tga"
        assert file.read_bytes() == exported.read_bytes()
    image = hands.taken[-1].imageData()
    assert image.width() == 64  # for programs that take no files
    assert not (hands.home / "home" / "dragged").is_relative_to(root)


def test_with_ctrl_or_by_the_menu_it_is_cut_out(hands: Hands):
    [plain] = hands.drag_shown()
    [sprite] = hands.drag_shown(CONTROL)
    for file, lowest in ((plain, 255), (sprite, 0)):
        with Image.open(file) as picture:
            assert picture.convert("RGBA").getchannel("A").getextrema()[0] == lowest
    assert hands.taken[-1].imageData().pixelColor(0, 0).alpha() == 0
    hands.window.exports.drag_out.as_sprite.trigger()
    assert hands.drag_shown() == [sprite]
    assert hands.drag_shown(CONTROL) == [plain]
    menu = hands.window.viewer.acts.menu(hands.window)
    assert hands.window.exports.drag_out.as_sprite in menu.actions()
    menu.deleteLater()


def test_nobody_waits_for_the_file_and_who_lets_go_too_early_is_told(hands: Hands):
    view = hands.window.viewer.view
    place = view.rect().center()
    held = threading.Event()
    hands.studio._reader.submit(lambda: held.wait(60))
    hands.pull(view, place)  # comes back though the file can't be made yet
    assert not hands.taken
    hands.let_go(view, place)
    held.set()
    hands.qtbot.waitUntil(lambda: any(isinstance(said, Notice) for said in hands.said))
    assert not hands.taken and "drag it again" in hands.said[-1].title
    assert hands.drag_shown()[0].name in hands.said[-1].title


def test_close_up_a_drag_pans_and_with_shift_it_takes_the_picture_along(hands: Hands):
    view = hands.window.viewer.view
    view.set_zoom(8)
    before = view.transform
    hands.pull(view, view.rect().center())
    hands.let_go(view, view.rect().center())
    assert view.transform != before and not hands.taken
    [file] = hands.drag_shown(SHIFT)
    assert read_any_recipe(file).request == hands.studio.gallery[-1].request


def test_a_format_that_the_canvas_does_not_read_comes_into_it_as_before(hands: Hands):
    hands.studio.exporting.choose(format="psd")
    [file] = hands.drag_shown()
    assert file.suffix == ".psd" and file.read_bytes()[:4] == b"8BPS"
    drop(hands.window.canvas, hands.taken[-1])
    panel = hands.window.canvas
    hands.qtbot.waitUntil(lambda: any(d.isVisible() for d in panel.findChildren(DropDialog)))
    [dialog] = [d for d in panel.findChildren(DropDialog) if d.isVisible()]
    hands.qtbot.waitUntil(dialog.choices["recipe"].isEnabled)  # it is read first
    with hands.qtbot.waitSignal(hands.studio.settings_changed):
        QTest.mouseClick(dialog.choices["recipe"], LEFT)
    assert hands.studio.settings.prompt == "a red potion"


def test_the_last_drags_are_kept_and_the_others_go(hands: Hands, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(drag_files, "KEPT", 3)
    files: list[Path] = []
    for seed in range(5):
        hands.draw(seed=seed + 10)
        files += hands.drag_shown()
    assert [file.exists() for file in files] == [False, False, True, True, True]
    monkeypatch.setattr(drag_files, "KEPT_ALWAYS", 1)
    monkeypatch.setattr(drag_files, "KEPT_BYTES", 1)
    hands.drag_shown(CONTROL)
    assert len(list((hands.home / "home" / "dragged").iterdir())) == 1


def test_a_file_that_can_t_be_made_is_said(hands: Hands, monkeypatch: pytest.MonkeyPatch):
    def full(*_: Any) -> None:
        raise StudioError("The disk is full", "", "")

    monkeypatch.setattr(drag_files, "write_bytes_atomic", full)
    view = hands.window.viewer.view
    hands.pull(view, view.rect().center())
    hands.qtbot.waitUntil(lambda: bool(hands.errors()))
    hands.let_go(view, view.rect().center())
    assert not hands.taken and hands.errors()[0].about == "drag"
    monkeypatch.undo()
    monkeypatch.setattr(QDrag, "exec", lambda drag, actions: hands.taken.append(drag.mimeData()))
    settled: list[str] = []
    hands.studio.settled.connect(settled.append)
    hands.said.clear()
    assert hands.drag_shown() and "drag" in settled
