"""The whole window on a studio that runs, for tests that do what an artist does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio_app.session.studio import Studio
from studio_app.ui.main_window import MainWindow


@contextmanager
def living_window(qtbot: QtBot, studio: Studio) -> Iterator[MainWindow]:
    """Shown, with a model open; nothing is drawn unasked. At the end it is closed, as by its cross, and is gone."""
    studio.set_live(False)
    window = MainWindow(studio, remember=False)
    window.show()
    with qtbot.waitSignal(studio.model_changed):
        studio.start()
    yield window
    with qtbot.waitSignal(studio.closed):
        window.close()
    qtbot.waitUntil(lambda: not studio.stuck)
    window.deleteLater()
    studio.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
