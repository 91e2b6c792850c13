"""What the keys and the menu of the filmstrip do while several pictures are selected."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from studio_app.session.notices import Notice
from studio_app.ui import asking
from tests.export_desk import CONTROL, SHIFT, Desk, window_of_fakes


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(asking, "folders", {})
    with window_of_fakes(qtbot, tmp_path) as made:
        for seed in (1, 2, 3, 4):
            made.draw(seed=seed)
        made.to_window()
        yield made


def seeds(desk: Desk) -> list[int]:
    return [picture.request.seed for picture in desk.studio.gallery]


def starred(desk: Desk) -> list[int]:
    return [picture.request.seed for picture in desk.studio.gallery if picture.starred]


def select(desk: Desk, *rows: int) -> None:
    strip = desk.window.filmstrip
    desk.click_item(strip, rows[0])
    for row in rows[1:]:
        desk.click_item(strip, row, CONTROL)
    desk.qtbot.waitUntil(lambda: len(strip.several) == len(rows))
    strip.setFocus()


def menu_at(desk: Desk, row: int) -> QMenu:
    strip = desk.window.filmstrip
    place: QPoint = strip.visualRect(strip.model().index(row, 0)).center()
    there = strip.viewport().mapToGlobal(place)
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(strip.viewport(), QContextMenuEvent(reason, place, there))
    found = strip.findChildren(QMenu)[-1]
    desk.qtbot.waitUntil(found.isVisible)
    return found


def texts(menu: QMenu) -> list[str]:
    return [a.text().replace("&", "") for a in menu.actions() if not a.isSeparator()]


def test_s_stars_all_that_are_selected_and_takes_the_stars_off_once_all_have_one(desk: Desk):
    desk.studio.star(desk.studio.gallery[2].id, True)
    select(desk, 0, 2, 3)
    desk.press(Qt.Key.Key_S)
    assert starred(desk) == [1, 3, 4]
    assert len(desk.window.filmstrip.several) == 3
    desk.press(Qt.Key.Key_S)
    assert starred(desk) == []
    select(desk, 1)
    desk.press(Qt.Key.Key_S)
    assert starred(desk) == [2]


def test_delete_removes_all_that_are_selected_and_one_undo_brings_them_back(desk: Desk):
    select(desk, 0, 1, 3)
    desk.press(Qt.Key.Key_Delete)
    assert seeds(desk) == [3] and len(desk.studio.runs) == 1
    said = [notice for notice in desk.said if isinstance(notice, Notice)]
    assert [notice.title for notice in said] == ["3 pictures removed from the history"]
    assert desk.window.viewer.shown.picture is desk.studio.gallery[0]
    desk.click(desk.window.message_bar.action)
    assert seeds(desk) == [1, 2, 3, 4]
    assert [run.request.seed for run in desk.studio.runs] == [1, 2, 3, 4]


def test_delete_of_everything_leaves_an_empty_viewer(desk: Desk):
    select(desk, 0)
    desk.click_item(desk.window.filmstrip, 3, SHIFT)
    desk.press(Qt.Key.Key_Delete)
    assert seeds(desk) == [] and desk.window.viewer.model.picture_size().isEmpty()


def test_the_menu_is_about_all_that_are_selected_or_about_the_one_under_the_pointer(desk: Desk):
    select(desk, 0, 2)
    menu = menu_at(desk, 2)
    assert texts(menu) == ["Star 2 pictures", "Remove 2 pictures", "Export as a sheet…"]
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(menu.actions()[0]).center())  # fmt: skip
    assert starred(desk) == [1, 3]
    menu = menu_at(desk, 0)
    assert texts(menu)[0] == "Take 2 stars off"
    export = menu.actionGeometry(menu.actions()[-1]).center()
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=export)
    desk.qtbot.waitUntil(desk.panel.isVisible)
    assert len(desk.studio.exporting.frames.chosen) == 2
    desk.panel.hide()
    # Another one than those: it alone is meant.
    menu = menu_at(desk, 1)
    assert "Export as a sheet…" not in texts(menu) and "Star" in texts(menu)
    assert [p.request.seed for p in desk.window.filmstrip.several] == [2]
    menu.close()
