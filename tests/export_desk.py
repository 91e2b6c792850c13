"""A window with pictures and the sample projects, driven by events that are counted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QListView, QWidget
from pytestqt.qtbot import QtBot

from studio_app.session.studio import Studio
from studio_app.ui.export.export_panel import ExportPanel
from studio_app.ui.main_window import MainWindow
from tests.fake_engine import FakeEngine
from tests.fake_pictures import disc, maps_of, record_of
from tests.living_window import living_window

DATA = Path(__file__).parent / "data"
ALT = Qt.KeyboardModifier.AltModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier


class Desk:
    """A window with pictures, and hands that are counted."""

    def __init__(
        self, qtbot: QtBot, studio: Studio, window: MainWindow, engine: Any, tmp: Path
    ) -> None:
        self.qtbot, self.studio, self.window, self._tmp = qtbot, studio, window, tmp
        self.engine = engine
        self.moves = 0
        self.said: list[Any] = []
        studio.message.connect(self.said.append)

    @property
    def panel(self) -> ExportPanel:
        return self.window.export_panel

    def draw(self, *args: Any, **more: Any) -> None:
        self.studio._shelf.add(record_of(*args, **more))

    def project(self, kind: str) -> Path:
        root = self._tmp / kind
        if not root.exists():
            shutil.copytree(DATA / f"{kind}_project", root)
        return root

    def press(self, key: Qt.Key, modifiers: Any = Qt.KeyboardModifier.NoModifier) -> None:
        """A key, to whatever has them."""
        self.moves += 1
        target: QWidget = QApplication.focusWidget() or QApplication.activeWindow() or self.window
        QTest.keyClick(target, key, modifiers)

    def click(self, widget: QWidget) -> None:
        self.moves += 1
        QTest.mouseClick(widget, LEFT)

    def ready(self) -> None:
        exporting = self.studio.exporting
        self.qtbot.waitUntil(lambda: exporting.stage == "")

    def to_window(self) -> None:
        """As a window manager does it once the panel is gone."""
        self.window.activateWindow()
        self.qtbot.waitUntil(lambda: QApplication.activeWindow() is self.window)

    def open_panel(self) -> None:
        self.to_window()
        self.press(Qt.Key.Key_E, CONTROL)
        self.qtbot.waitUntil(lambda: QApplication.activeWindow() is self.panel)

    def open_project(self, kind: str) -> Path:
        root = self.project(kind)
        QGuiApplication.clipboard().setText(str(root))
        assert self.panel.project.hasFocus()
        self.press(Qt.Key.Key_V, CONTROL)
        self.press(Qt.Key.Key_Return)
        self.ready()
        return root

    def paths(self) -> list[str]:
        files = self.panel.list.files
        items = [files.topLevelItem(i) for i in range(files.topLevelItemCount())]
        return [item.text(1) for item in items if item is not None]

    def click_item(self, view: QListView, row: int, modifiers: Any = PLAIN) -> None:
        """An item of a list that is in sight."""
        self.moves += 1
        index = view.model().index(row, 0)
        view.scrollTo(index)
        place: QPoint = view.visualRect(index).center()
        QTest.mouseClick(view.viewport(), LEFT, modifiers, place)


@contextmanager
def window_of_fakes(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    """On an engine without networks; closed at the end."""
    engine = FakeEngine()
    engine.faults["decode_maps"] = lambda: maps_of(disc())
    studio = Studio(None, "fake", make_engine=lambda: engine)
    with living_window(qtbot, studio) as window:
        yield Desk(qtbot, studio, window, engine, tmp_path)


def tree(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}
