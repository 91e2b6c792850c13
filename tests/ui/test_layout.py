"""Where the panels stand: at every size, between starts, in a window of their own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QStyle,
    QStyleOptionComboBox,
)
from pytestqt.qtbot import QtBot

from studio_app.core.capabilities import SAMPLERS
from studio_app.session.notices import Notice
from studio_app.session.studio import Studio
from studio_app.ui import theme
from studio_app.ui.main_window import MainWindow
from studio_app.ui.panels import TITLE_BAR, keep_on_screen
from studio_app.ui.window_state import load_window_state, window_state_path
from tests.ui.conftest import fields


def test_layout_theme_and_prompts_are_remembered(ready: Studio, qtbot: QtBot):
    first = MainWindow(ready)
    first.resize(1200, 800)
    first.set_theme("light")
    first.settings_panel.prompts.prompt.history.remember("a tower")
    first.save_state()
    first.deleteLater()
    second = MainWindow(ready)
    assert second.memory.theme == theme.current().name == "light"
    assert second.settings_panel.prompts.prompt.history.entries == ["a tower"]
    left = load_window_state()[0]
    assert left.layout and left.geometry
    second.deleteLater()
    theme.apply("dark")


@pytest.mark.parametrize("content", ["{", "[]", '{"version": 7}', '{"theme": "pink"}', "\x00"])
def test_a_broken_window_file_is_kept_aside_and_said(ready: Studio, qtbot: QtBot, content: str):
    path = window_state_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    window = MainWindow(ready)
    assert isinstance(window.message_bar.shown, Notice)
    assert path.with_name("window.broken-1.json").read_text(encoding="utf-8") == content
    assert not path.exists()
    window.deleteLater()


def test_a_broken_layout_blob_is_the_layout_as_made(own_home: Path, ready: Studio, qtbot: QtBot):
    path = window_state_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"layout": "@@", "geometry": "AAAA"}), encoding="utf-8")
    state, notice = load_window_state()
    assert notice is None
    assert state.layout == "@@"
    window = MainWindow(ready)
    assert window.size().width() == 1440
    window.deleteLater()


@pytest.mark.parametrize("where", [None, (2000, 1200), (-500, -40)])
def test_a_window_is_no_larger_than_its_screen_and_inside_it(
    window: MainWindow, where: tuple[int, int] | None
):
    room = QRect(0, 24, 1280, 696)  # what a scale of 200 % leaves of 2560 x 1440, beside a panel
    window.hide()
    window.resize(2556, 1410)
    if where is not None:
        window.move(*where)
    keep_on_screen(window, room)
    assert window.width() == 1280
    assert window.height() == 696 - TITLE_BAR
    if where is not None:
        assert window.pos() == QPoint(0, 24)


def test_the_foot_of_the_window_is_seen_where_1920_by_1080_is_scaled_by_two(window: MainWindow):
    for layer in ("colour", "depth", "pose", "mask", "scene"):
        window.canvas.tools.set_layer(layer)
        keep_on_screen(window, QRect(0, 0, 960, 540 - 12))  # beside a thin panel of the desktop
        QApplication.processEvents()
        assert window.height() + TITLE_BAR <= 540 - 12
        assert window.width() <= 960


def test_a_window_that_fits_stays_where_it_was(window: MainWindow):
    window.hide()
    window.resize(1100, 720)
    window.move(40, 60)
    keep_on_screen(window, QRect(0, 0, 1600, 1000))
    assert (window.pos(), window.size()) == (QPoint(40, 60), QSize(1100, 720))


def test_no_sampler_has_a_name_that_is_cut_in_its_box(window: MainWindow):
    combos = window.settings_panel.findChildren(QComboBox)
    combo = next(box for box in combos if box.accessibleName() == "Sampler")
    option = QStyleOptionComboBox()
    combo.initStyleOption(option)
    part = QStyle.SubControl.SC_ComboBoxEditField
    room = (
        combo.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, combo).width()
    )
    assert room > 0
    metrics = combo.fontMetrics()
    assert [f.label for f in SAMPLERS.values() if metrics.horizontalAdvance(f.label) > room] == []


def test_canvas_and_viewer_share_the_room_that_the_window_gains(window: MainWindow, qtbot: QtBot):
    window.resize(1300, 800)
    QApplication.processEvents()
    canvas, viewer = window.canvas.width(), window.viewer.width()
    window.resize(1700, 800)
    QApplication.processEvents()
    assert abs((window.canvas.width() - canvas) - (window.viewer.width() - viewer)) <= 8


@pytest.mark.parametrize("layer", ["colour", "depth", "pose", "mask", "scene"])
def test_the_smallest_window_is_1024_by_700_and_nothing_in_its_bars_is_cut(
    window: MainWindow, layer: str
):
    window.canvas.tools.set_layer(layer)
    window.resize(1024, 700)
    QApplication.processEvents()
    assert (window.width(), window.height()) == (1024, 700)
    assert window.viewer.width() >= 256
    assert window.canvas.width() >= 320
    for field in fields(window):
        if not field.isVisible() or window.filmstrip.isAncestorOf(field):
            continue
        left = field.mapTo(window, field.rect().topLeft()).x()
        assert left >= 0, field.accessibleName()
        assert left + field.width() <= 1024, field.accessibleName()
        if isinstance(field, QAbstractButton):
            assert field.width() >= field.minimumSizeHint().width(), field.accessibleName()


def test_a_detached_viewer_takes_the_place_of_the_docked_one_and_comes_back(
    window: MainWindow, ready: Studio, qtbot: QtBot
):
    canvas = window.canvas.width()
    window.viewer.view.setFocus()
    qtbot.keyClick(window.viewer.view, Qt.Key.Key_F11, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: window.canvas.width() > canvas + 200)
    alone = window.viewer.window()
    assert alone is not window
    assert alone.isVisible()
    assert not window.panels.docks["viewer"].isVisible()
    qtbot.keyClicks(window.settings_panel.prompts.prompt, "owl")
    window.viewer.view.setFocus()
    qtbot.keyClick(window.viewer.view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert ready.settings.prompt == ""  # the window's own keys work there too
    alone.close()
    assert window.viewer.window() is window
    qtbot.waitUntil(lambda: abs(window.canvas.width() - canvas) <= 8)
    assert window.viewer.isVisible()


def test_a_window_closed_with_its_viewer_detached_opens_with_it_in_place(
    ready: Studio, qtbot: QtBot
):
    first = MainWindow(ready)
    first.show()
    first.panels.pop_out_viewer()
    first.save_state()
    first.deleteLater()
    second = MainWindow(ready)
    second.show()
    assert second.viewer.isVisible()
    assert second.viewer.window() is second
    second._saved = True
    second.close()
    second.deleteLater()
