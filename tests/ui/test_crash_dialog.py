"""The dialog for what is our fault."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from studio_app.ui import theme
from studio_app.ui.crash_dialog import CrashReporter


@pytest.fixture
def reporter(qtbot: QtBot) -> CrashReporter:
    theme.apply("dark")
    window = QWidget()
    qtbot.addWidget(window)
    return CrashReporter(window)


def fail(reporter: CrashReporter, what: str = "a broken thing") -> None:
    try:
        raise ValueError(what)
    except ValueError:
        reporter.handle(*sys.exc_info())  # pyright: ignore[reportArgumentType]


def test_the_report_is_copied_and_says_where(reporter: CrashReporter, qtbot: QtBot):
    fail(reporter)
    assert reporter.dialog is not None
    qtbot.mouseClick(reporter.dialog.copy_button, Qt.MouseButton.LeftButton)
    text = QGuiApplication.clipboard().text()
    assert "ValueError: a broken thing" in text
    assert "Underpaint" in text and "Qt 6" in text
    reporter.dialog.reject()


def test_the_same_fault_is_shown_once(reporter: CrashReporter, qtbot: QtBot):
    fail(reporter)
    assert reporter.dialog is not None
    with qtbot.assertNotEmitted(reporter.quit_asked):
        reporter.dialog.reject()
    assert reporter.dialog is None
    fail(reporter)
    assert reporter.dialog is None


def test_leaving_is_asked_for(reporter: CrashReporter, qtbot: QtBot):
    fail(reporter)
    assert reporter.dialog is not None
    with qtbot.waitSignal(reporter.quit_asked):
        qtbot.mouseClick(reporter.dialog.quit_button, Qt.MouseButton.LeftButton)


def test_it_says_that_what_was_done_is_saved(reporter: CrashReporter):
    fail(reporter)
    assert reporter.dialog is not None
    said = " ".join(label.text() for label in reporter.dialog.findChildren(QLabel))
    assert "saved already" in said and "seconds" not in said
    reporter.dialog.reject()
