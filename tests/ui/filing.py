"""For files of drawings: where one is asked for, dropped, saved under a name."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from studio_app.session.studio import Studio
from studio_app.ui.main_window import MainWindow
from tests.ui.hands import stroke

LEFT = Qt.MouseButton.LeftButton


def answer(window: MainWindow, qtbot: QtBot, path: Path) -> None:
    """In the dialog that asks for a file."""
    qtbot.waitUntil(lambda: window.findChild(QFileDialog) is not None)
    dialog = window.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(path))
    dialog.close()
    QApplication.sendPostedEvents(dialog, 52)  # it is deleted later


def saved_as(studio: Studio, window: MainWindow, qtbot: QtBot, path: Path) -> None:
    stroke(studio)
    window.command["save_drawing"].trigger()
    answer(window, qtbot, path)
    qtbot.waitUntil(lambda: studio.files.path == path)


def dropped(window: MainWindow, path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    copy, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPointF(5, 5).toPoint(), copy, mime, LEFT, none)
    QApplication.sendEvent(window, enter)
    if enter.isAccepted():
        QApplication.sendEvent(window, QDropEvent(QPointF(5, 5), copy, mime, LEFT, none))
