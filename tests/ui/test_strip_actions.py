"""What the keys and the menu of the filmstrip do while several pictures are selected."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog, QMenu
from pytestqt.qtbot import QtBot

from studio_app.session.notices import Notice
from studio_app.ui import asking
from studio_app.ui.images import to_qimage
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
    assert texts(menu) == [
        "Star 2 pictures", "Label…", "Remove 2 pictures", "Compare the two", "Export as a sheet…",
        "Find in the history…", "Clear all but the starred",
    ]  # fmt: skip
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(menu.actions()[0]).center())  # fmt: skip
    assert starred(desk) == [1, 3]
    menu = menu_at(desk, 0)
    assert texts(menu)[0] == "Take 2 stars off"
    sheet = next(action for action in menu.actions() if "sheet" in action.text())
    export = menu.actionGeometry(sheet).center()
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=export)
    desk.qtbot.waitUntil(desk.panel.isVisible)
    assert len(desk.studio.exporting.frames.chosen) == 2
    desk.panel.hide()
    # Another one than those: it alone is meant.
    menu = menu_at(desk, 1)
    assert "Export as a sheet…" not in texts(menu) and "Star" in texts(menu)
    assert [p.request.seed for p in desk.window.filmstrip.several] == [2]
    menu.close()


def test_a_label_is_shown_kept_and_found(desk: Desk):
    strip = desk.window.filmstrip
    select(desk, 0, 2)
    desk.studio.label_all([picture.id for picture in strip.several], "  hero\nfront ")
    assert [picture.label for picture in desk.studio.gallery] == [
        "hero front", "", "hero front", "",
    ]  # fmt: skip
    first = strip.model().index(0, 0)
    tip = first.data(Qt.ItemDataRole.ToolTipRole)
    assert tip.startswith("hero front\n") and time.strftime("%Y-") in tip.splitlines()[-1]
    assert "hero front" in first.data(Qt.ItemDataRole.AccessibleTextRole)
    assert not strip.grab().isNull()
    strip.ask_words()
    desk.qtbot.keyClicks(strip.search, "FRONT her")
    assert strip.model().rowCount() == 2 and strip.search.isVisible()
    desk.qtbot.keyClicks(strip.search, " nothing of the kind")
    assert strip.model().rowCount() == 0 and not strip.grab().isNull()
    QTest.keyClick(strip.search, Qt.Key.Key_Escape)
    assert strip.model().rowCount() == 4 and not strip.search.isVisible()


def test_the_words_cover_no_picture_and_go_by_a_click_too(desk: Desk):
    strip = desk.window.filmstrip
    strip.ask_words()
    desk.qtbot.keyClicks(strip.search, "nothing of the kind")
    QApplication.processEvents()
    assert strip.viewport().geometry().left() >= strip.search.geometry().right()
    strip.end_search.trigger()
    assert strip.model().rowCount() == 4 and not strip.search.isVisible()
    QApplication.processEvents()
    assert strip.viewport().geometry().left() < strip.search.width()


def test_a_key_asks_for_a_label(desk: Desk):
    strip = desk.window.filmstrip
    select(desk, 1)
    QTest.keyClick(strip, Qt.Key.Key_F2, SHIFT)
    desk.qtbot.waitUntil(lambda: bool(strip.findChildren(QInputDialog)))
    (dialog,) = strip.findChildren(QInputDialog)
    dialog.setTextValue("villain")
    dialog.accept()
    assert desk.studio.gallery[1].label == "villain"


def test_what_has_no_star_is_cleared_at_once_and_comes_back_at_once(desk: Desk):
    desk.studio.star(desk.studio.gallery[1].id, True)
    action = next(a for a in menu_at(desk, 0).actions() if "Clear all" in a.text())
    action.trigger()
    assert seeds(desk) == [2]
    desk.studio.put_back()
    assert seeds(desk) == [1, 2, 3, 4]


def test_two_are_compared(desk: Desk):
    select(desk, 0, 2)
    action = next(a for a in menu_at(desk, 2).actions() if "Compare" in a.text())
    action.trigger()
    model = desk.window.viewer.model
    older = desk.studio.gallery[0]
    assert model.compares and model.kept == to_qimage(older.pixels)
    assert desk.window.viewer.shown.picture is desk.studio.gallery[2]


def test_a_picture_that_is_put_on_the_canvas_is_starred(desk: Desk):
    picture = desk.studio.gallery[1]
    desk.studio.put_picture("colour", picture, 0, "Put")
    assert starred(desk) == [picture.request.seed]
