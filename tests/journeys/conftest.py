"""The real window on a tiny real model, driven by events as a person drives it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from studio_app.core.engine import EngineFactory
from studio_app.document.results import RunRecord
from studio_app.engine.factory import make_engine
from studio_app.session.studio import Studio
from studio_app.ui.main_window import MainWindow


@dataclass
class Desk:
    """A studio, its window, and the hands of whoever sits before it."""

    studio: Studio
    window: MainWindow
    qtbot: QtBot

    def type(self, text: str) -> None:
        """Into the prompt, at its end."""
        prompt = self.window.settings_panel.prompts.prompt
        prompt.setFocus()
        self.qtbot.keyClick(prompt, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
        self.qtbot.keyClicks(prompt, text)

    def draw(self, points: list[tuple[float, float]]) -> None:
        """A stroke through these shares of the canvas's width and height."""
        canvas = self.window.canvas.canvas
        places = [QPoint(round(x * canvas.width()), round(y * canvas.height())) for x, y in points]
        button = Qt.MouseButton.LeftButton
        self.qtbot.mouseMove(canvas, places[0])
        self.qtbot.mousePress(canvas, button, pos=places[0])
        for place in places[1:]:
            self.qtbot.mouseMove(canvas, place)
            QApplication.processEvents()
        self.qtbot.mouseRelease(canvas, button, pos=places[-1])

    def finished(self, action: Callable[[], object]) -> RunRecord:
        """Does something and waits for the whole picture that comes of it."""
        with self.qtbot.waitSignal(
            self.studio.run_finished, check_params_cb=lambda r: r.final is not None
        ) as waiting:
            action()
        record: Any = waiting.args[0] if waiting.args else None
        assert isinstance(record, RunRecord)
        return record

    def drawn_last(self, record: RunRecord) -> None:
        """Waits until the newest picture is what that run had been asked for."""
        wanted = record.request.digest
        self.qtbot.waitUntil(lambda: self.studio.gallery[-1].request.digest == wanted)

    def calm(self) -> None:
        """Waits until nothing is drawn any more."""
        self.qtbot.waitUntil(lambda: not self.studio.busy)

    def key(self, widget: QWidget, key: Qt.Key, *modifiers: Qt.KeyboardModifier) -> None:
        together = Qt.KeyboardModifier.NoModifier
        for modifier in modifiers:
            together |= modifier
        self.qtbot.keyClick(widget, key, together)


@pytest.fixture
def open_desk(qtbot: QtBot, tiny_model: Path, own_home: Path) -> Iterator[Callable[..., Desk]]:
    """`open_desk(model=..., wait=True, engine=...)` -> a started Desk; whatever is still open is closed at the end."""
    desks: list[Desk] = []

    def open_one(
        model: str = "",
        wait: bool = True,
        sample: Path | None = None,
        engine: EngineFactory = make_engine,
    ) -> Desk:
        studio = Studio(own_home, model or str(tiny_model), make_engine=engine, autosave_s=0.5)
        window = MainWindow(studio)
        window.resize(1280, 800)
        window.show()
        desk = Desk(studio, window, qtbot)
        desks.append(desk)
        if wait:
            with qtbot.waitSignal(studio.model_changed):
                studio.start(sample)
        else:
            studio.start(sample)
        return desk

    yield open_one
    for desk in desks:
        if desk.window.isVisible():
            with qtbot.waitSignal(desk.studio.closed):
                desk.window.close()
        qtbot.waitUntil(lambda desk=desk: not desk.studio.stuck)
        desk.window.deleteLater()
        desk.studio.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    return open_desk()
