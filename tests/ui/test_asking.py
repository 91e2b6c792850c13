"""Where pictures are saved: what a typed name becomes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFileDialog,
    QLineEdit,
    QMessageBox,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from studio_app.ui import asking, theme
from studio_app.ui.asking import ask_folder, ask_save


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


def test_a_folder_is_asked_for_among_the_users_pictures_and_then_beside_the_last(
    qtbot: QtBot, parent: QWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(asking, "folders", {})
    (tmp_path / "copies" / "one").mkdir(parents=True)
    (tmp_path / "start").mkdir()
    monkeypatch.chdir(tmp_path / "start")
    ask_folder(parent, "Save", print, "work")
    first = parent.findChildren(QFileDialog)[-1]
    assert first.directory().path() != str(
        tmp_path / "start"
    )  # where the program was started is nobody's folder
    first.fileSelected.emit(str(tmp_path / "copies" / "one"))
    first.reject()
    ask_folder(parent, "Save", print, "work")
    assert parent.findChildren(QFileDialog)[-1].directory().path() == str(tmp_path / "copies")


def save_as(qtbot: QtBot, parent: QWidget, path: Path, got: list[str]) -> None:
    ask_save(parent, "Save", "x", got.append)
    dialog = parent.findChildren(QFileDialog)[-1]
    field = dialog.findChild(QLineEdit)
    assert field is not None
    field.setText(os.path.abspath(path))
    dialog.accept()


@pytest.mark.parametrize(
    ("typed", "saved"),
    [
        ("potion", "potion.png"),
        ("potion.png", "potion.png"),
        ("Potion.PNG", "Potion.PNG"),
        ("knight v1.2", "knight v1.2.png"),
        ("pic.jpg", "pic.jpg.png"),
    ],
)
def test_every_name_ends_as_a_png(
    qtbot: QtBot, parent: QWidget, tmp_path: Path, typed: str, saved: str
):
    got: list[str] = []
    save_as(qtbot, parent, tmp_path / typed, got)
    qtbot.waitUntil(lambda: bool(got))
    assert got == [str(tmp_path / saved)]


def test_a_file_that_the_name_becomes_is_asked_about(qtbot: QtBot, parent: QWidget, tmp_path: Path):
    (tmp_path / "knight v1.2.png").write_bytes(b"dear")
    got: list[str] = []
    for answer in ("Cancel", "Replace"):
        save_as(qtbot, parent, tmp_path / "knight v1.2", got)
        qtbot.waitUntil(lambda: bool(parent.findChildren(QMessageBox)))
        box = parent.findChildren(QMessageBox)[-1]
        assert "knight v1.2.png" in box.text()
        assert got == []
        button = next(b for b in box.buttons() if b.text().replace("&", "") == answer)
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: not parent.findChildren(QMessageBox))
    assert got == [str(tmp_path / "knight v1.2.png")]


def test_a_dialog_for_files_looks_as_the_rest(qtbot: QtBot, parent: QWidget):
    theme.apply("dark")
    ask_save(parent, "Save", "owl", print)
    dialog = parent.findChild(QFileDialog)
    assert dialog is not None
    (box,) = dialog.findChildren(QDialogButtonBox)
    assert all(button.icon().isNull() for button in box.buttons())
    assert all(
        button.property("icon_name")
        for button in dialog.findChildren(QToolButton)
        if button.objectName().endswith("Button")
    )
    dialog.close()
