"""The strip of finished pictures."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from studio_app.core.request import GenerationRequest
from studio_app.document.results import Picture
from studio_app.session.gallery import Gallery
from studio_app.ui import theme
from studio_app.ui.filmstrip import Filmstrip
from studio_app.ui.picture_names import suggested_name
from tests.ui.conftest import LEFT, PLAIN


def add(gallery: Gallery, seed: int, prompt: str = "a red owl") -> None:
    pixels = np.full((64, 64, 4), 255, np.uint8)
    pixels[..., :3] = seed
    pixels.flags.writeable = False
    gallery.add(pixels, GenerationRequest(prompt, seed=seed, width=64, height=64))


@pytest.fixture
def gallery() -> Gallery:
    made = Gallery(max_pictures=4)
    for seed in (1, 2, 3):
        add(made, seed)
    return made


@pytest.fixture
def strip(gallery: Gallery, qtbot: QtBot) -> Filmstrip:
    theme.apply("dark")
    made = Filmstrip(gallery)
    qtbot.addWidget(made)
    made.resize(400, 92)
    made.show()
    return made


def test_new_pictures_come_in_and_forgotten_ones_go(strip: Filmstrip, gallery: Gallery):
    inserted: list[int] = []
    strip.model().rowsInserted.connect(lambda _, first, last: inserted.append(last))
    add(gallery, 4)
    strip.refresh()
    assert inserted == [3]
    add(gallery, 5)  # the first one is forgotten
    strip.refresh()
    assert strip.model().rowCount() == 4
    tip = strip.model().index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "seed 2" in tip


def test_a_picture_that_is_the_newest_again_goes_to_the_end_alone(
    strip: Filmstrip, gallery: Gallery
):
    ids = [picture.id for picture in gallery]
    removed: list[int] = []
    inserted: list[int] = []
    strip.model().rowsRemoved.connect(lambda _, first, last: removed.append(first))
    strip.model().rowsInserted.connect(lambda _, first, last: inserted.append(first))
    add(gallery, 1)
    strip.refresh()
    rows = [strip.model().index(row, 0) for row in range(strip.model().rowCount())]
    assert [index.data(Qt.ItemDataRole.UserRole).id for index in rows] == [*ids[1:], ids[0]]
    assert (removed, inserted) == ([0], [2])


def test_in_less_room_the_newest_stays_in_sight(strip: Filmstrip, qtbot: QtBot):
    def seen(row: int) -> bool:
        return strip.viewport().rect().contains(strip.visualRect(strip.model().index(row, 0)))

    qtbot.waitUntil(lambda: seen(0) and seen(2))
    strip.resize(180, 92)
    qtbot.waitUntil(lambda: seen(2))
    assert not seen(0)


def test_what_a_picture_says_aloud(strip: Filmstrip, gallery: Gallery):
    gallery.star(gallery[1].id, True)
    strip.refresh()
    role = Qt.ItemDataRole.AccessibleTextRole
    assert strip.model().index(1, 0).data(role) == "starred, a red owl"
    assert strip.model().index(0, 0).data(role) == "a red owl"


def test_a_click_looks_and_a_double_click_restores_that_one(
    strip: Filmstrip, gallery: Gallery, qtbot: QtBot
):
    looked: list[Picture] = []
    restored: list[bool] = []
    strip.chosen.connect(looked.append)
    strip.restore_asked.connect(lambda: restored.append(True))
    place = strip.visualRect(strip.model().index(1, 0)).center()
    qtbot.mouseClick(strip.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(strip.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert looked[0] is gallery[1]
    assert restored == [True]


def test_what_was_picked_stays_the_same_picture_when_older_ones_go(
    strip: Filmstrip, gallery: Gallery, qtbot: QtBot
):
    place = strip.visualRect(strip.model().index(2, 0)).center()
    qtbot.mouseClick(strip.viewport(), Qt.MouseButton.LeftButton, pos=place)
    picked = gallery[2]
    for seed in (4, 5):
        add(gallery, seed)  # the second one pushes the first picture out
    strip.refresh()
    assert strip.currentIndex().data(Qt.ItemDataRole.UserRole) is picked


def test_arrows_look_and_escape_lets_go(strip: Filmstrip, gallery: Gallery, qtbot: QtBot):
    looked: list[Picture] = []
    strip.chosen.connect(looked.append)
    strip.show_shown(None)  # live: they start at the newest
    assert not strip.selectionModel().selectedIndexes()
    qtbot.keyClick(strip, Qt.Key.Key_Left)
    qtbot.keyClick(strip, Qt.Key.Key_Home)
    qtbot.keyClick(strip, Qt.Key.Key_End)
    assert looked == [gallery[1], gallery[0], gallery[2]]
    with qtbot.waitSignal(strip.let_go):
        qtbot.keyClick(strip, Qt.Key.Key_Escape)


def test_what_is_looked_at_is_marked_again_and_in_sight_when_a_search_ends(
    strip: Filmstrip, gallery: Gallery, qtbot: QtBot
):
    strip.resize(180, 92)
    for seed in (11, 12, 13, 14):
        add(gallery, seed, "a blue fish" if seed == 11 else "a red owl")
    strip.refresh()
    fish = next(picture for picture in gallery if picture.request.prompt == "a blue fish")
    strip.ask_words()
    qtbot.keyClicks(strip.search, "fish")
    assert strip.model().rowCount() == 1
    strip.show_shown(fish)
    qtbot.keyClick(strip.search, Qt.Key.Key_Escape)
    index = strip.currentIndex()
    assert strip.several == (fish,) and index.data(Qt.ItemDataRole.UserRole) is fish
    assert strip.viewport().rect().contains(strip.visualRect(index).center())
    strip.show_shown(None)
    strip.ask_words()
    qtbot.keyClicks(strip.search, "fish")
    assert strip.several == ()  # the live one is looked at


def test_a_right_click_looks_at_what_its_menu_is_about(
    strip: Filmstrip, gallery: Gallery, qtbot: QtBot
):
    looked: list[Picture] = []
    opened: list[QMenu] = []

    def menu(parent: QWidget) -> QMenu:
        opened.append(QMenu(parent))
        return opened[-1]

    strip.chosen.connect(looked.append)
    strip.use_actions((), menu)
    place = strip.visualRect(strip.model().index(0, 0)).center()
    reason = QContextMenuEvent.Reason.Mouse
    there = strip.viewport().mapToGlobal(place)
    QApplication.sendEvent(strip.viewport(), QContextMenuEvent(reason, place, there))
    assert looked == [gallery[0]]
    assert len(opened) == 1
    opened[0].close()


def test_a_picture_that_is_dragged_is_asked_for(strip: Filmstrip, gallery: Gallery):
    dragged: list[Picture] = []
    strip.drag_asked.connect(dragged.append)
    place = strip.visualRect(strip.model().index(2, 0)).center()
    QTest.mousePress(strip.viewport(), LEFT, PLAIN, place)
    for by in (10, 30):
        QTest.mouseMove(strip.viewport(), place + QPoint(0, -by))
    QTest.mouseRelease(strip.viewport(), LEFT, PLAIN, place)
    assert dragged == [gallery[2]]


@pytest.mark.parametrize("prompt", ["a/../b: *?", "ein Grüner Drache, " * 40, "龍", "   .  x"])
def test_file_names_are_safe_everywhere(gallery: Gallery, prompt: str):
    add(gallery, 9, prompt)
    name = suggested_name(gallery[-1])
    assert 0 < len(name) <= 80
    assert not re.search(r'[/\\:*?"<>|\s]', name)
    assert not name.startswith((".", "-"))


def test_the_empty_strip_teaches(qtbot: QtBot):
    theme.apply("dark")
    strip = Filmstrip(Gallery())
    qtbot.addWidget(strip)
    strip.resize(600, 92)
    image = strip.grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(0, 600, 2) for y in range(30, 60)}
    assert len(colours) > 3  # words, not nothing
