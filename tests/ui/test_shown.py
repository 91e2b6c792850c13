"""One picture is shown, and everything means that one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from studio_app.core.request import GenerationRequest, Start
from studio_app.document.recipes import read_recipe
from studio_app.session.notices import Notice
from studio_app.session.studio import Studio
from studio_app.ui import asking
from studio_app.ui.canvas.drop_dialog import DropDialog
from studio_app.ui.images import pixels_of
from studio_app.ui.main_window import MainWindow
from studio_app.ui.shown import Shown
from tests.nodes import colour_of, depth_of, mask_of
from tests.ui.conftest import window_of

LEFT = Qt.MouseButton.LeftButton


def finish(studio: Studio, seed: int) -> None:
    """As if the engine had just finished a picture: one grey, as light as its seed."""
    pixels = np.full((64, 64, 4), seed, np.uint8)
    pixels[..., 3] = 255
    pixels.flags.writeable = False
    request = GenerationRequest(f"owl number {seed}", seed=seed, width=64, height=64)
    studio.gallery.add(pixels, request)
    studio.gallery_changed.emit()


@pytest.fixture
def window(ready: Studio) -> Iterator[MainWindow]:
    for seed in (10, 20, 30):
        finish(ready, seed)
    ready.set_live(False)
    with window_of(ready) as made:
        yield made
    asking.folders.clear()


@pytest.fixture
def shown(window: MainWindow) -> Shown:
    return window.viewer.shown


def click(window: MainWindow, row: int) -> None:
    """On a picture of the filmstrip."""
    strip = window.filmstrip
    place = strip.visualRect(strip.model().index(row, 0)).center()
    QTest.mouseClick(strip.viewport(), LEFT, pos=place)


def lightness(window: MainWindow) -> int:
    """Of what the viewer shows."""
    image = window.viewer.model.image("x0")
    assert image is not None
    return int(pixels_of(image)[0, 0, 0])


def test_a_click_in_the_strip_shows_that_picture_and_says_that_it_is_old(window: MainWindow):
    chip = window.viewer.chips.older
    assert lightness(window) == 30
    assert not chip.isVisible()
    click(window, 0)
    assert lightness(window) == 10
    assert chip.isVisible()
    assert chip.text() == "Older picture · back to live"
    assert "Seed 10" in window.viewer._said.text()
    finish(window.viewer.shown._studio, 40)
    assert lightness(window) == 10
    QTest.mouseClick(chip, LEFT)
    assert not chip.isVisible()
    assert window.viewer.shown.is_live


def test_the_newest_is_what_live_shows(window: MainWindow, shown: Shown):
    click(window, 0)
    click(window, 2)
    assert shown.is_live
    assert not window.filmstrip.selectionModel().selectedIndexes()


@pytest.mark.parametrize("where", ["viewer", "strip", "timeline", "canvas"])
def test_escape_goes_back_to_live(window: MainWindow, shown: Shown, where: str):
    click(window, 1)
    assert not shown.is_live
    widget = {
        "viewer": window.viewer.view,
        "strip": window.filmstrip,
        "timeline": window.viewer.timeline,
        "canvas": window.canvas.canvas,
    }[where]
    widget.setFocus()
    QTest.keyClick(widget, Qt.Key.Key_Escape)
    assert shown.is_live


def test_arrows_over_the_viewer_walk_through_the_pictures(window: MainWindow, shown: Shown):
    view = window.viewer.view
    view.setFocus()
    seen: list[int] = []
    keys = Qt.Key
    for key in (keys.Key_Left, keys.Key_Left, keys.Key_Left, keys.Key_Right, keys.Key_Home):
        QTest.keyClick(view, key)
        seen.append(lightness(window))
    assert seen == [20, 10, 10, 20, 10]
    rows = [index.row() for index in window.filmstrip.selectionModel().selectedIndexes()]
    assert rows == [0]
    QTest.keyClick(view, keys.Key_End)
    assert shown.is_live


def test_saving_means_the_shown_picture(
    window: MainWindow, ready: Studio, qtbot: QtBot, tmp_path: Path
):
    click(window, 0)
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    QTest.keyClick(window, Qt.Key.Key_S, keys)
    dialog = window.findChild(QFileDialog)
    assert dialog is not None
    assert "owl-number-10" in dialog.selectedFiles()[0]
    ready._saver.start()
    path = tmp_path / "owl.png"
    dialog.fileSelected.emit(str(path))
    qtbot.waitUntil(path.exists)
    ready._saver.finish()
    assert ready._saver.wait(20_000)
    assert read_recipe(path).seed == 10
    dialog.close()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    window.viewer.acts.save.trigger()  # the next one begins where the last one went
    again = window.findChild(QFileDialog)
    assert again is not None
    assert Path(again.directory().path()) == tmp_path
    again.close()


def test_painting_over_copying_and_using_mean_the_shown_picture(
    window: MainWindow, ready: Studio, shown: Shown
):
    click(window, 0)
    QTest.keyClick(
        window.canvas.canvas, Qt.Key.Key_C,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    )  # fmt: skip
    assert colour_of(ready.document).rgba.whole[0, 0].tolist() == [10, 10, 10, 255]
    click(window, 1)
    window.filmstrip.setFocus()
    QTest.keyClick(window.filmstrip, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().image().pixelColor(3, 3).red() == 20
    acts = window.viewer.acts
    acts.use["mask"].trigger()
    assert mask_of(ready.document).pixels.whole[0, 0] == 20
    assert window.canvas.tools.layer == "mask"
    acts.use["depth"].trigger()
    assert depth_of(ready.document).value.whole[0, 0] == pytest.approx(20 / 255, abs=0.01)
    ready.undo_stack.undo()
    assert depth_of(ready.document).untouched


def test_the_picker_and_the_overlay_mean_the_shown_picture(window: MainWindow, ready: Studio):
    ready.set_size(64, 64)
    canvas = window.canvas.canvas
    canvas.fit()
    window.canvas.tools.set_layer("colour")
    click(window, 0)
    place = canvas.transform.to_view(32, 32).toPoint()
    QTest.mouseMove(canvas, place)
    QTest.mouseClick(canvas, LEFT, Qt.KeyboardModifier.ControlModifier, place)
    assert window.canvas.tools.colour == (10, 10, 10)
    canvas.set_overlay(True)
    canvas.set_overlay_opacity(1.0)
    assert canvas.grab().toImage().pixelColor(place + QPoint(9, 9)).red() == 10
    click(window, 1)
    assert canvas.grab().toImage().pixelColor(place + QPoint(9, 9)).red() == 20


def test_a_shown_picture_of_another_shape_asks_how_it_shall_fit(
    window: MainWindow, ready: Studio, qtbot: QtBot
):
    pixels = np.full((64, 128, 4), 200, np.uint8)
    pixels.flags.writeable = False
    ready.gallery.add(pixels, GenerationRequest("a wide owl", width=128, height=64))
    ready.gallery_changed.emit()
    ready._reader.start()
    window.viewer.acts.use["colour"].trigger()
    qtbot.waitUntil(lambda: window.findChild(DropDialog) is not None)
    dialog = window.findChild(DropDialog)
    assert dialog is not None
    qtbot.waitUntil(dialog.isVisible)
    assert colour_of(ready.document).untouched
    dialog.reject()
    ready._reader.finish()
    assert ready._reader.wait(60_000)


def test_restoring_and_comparing_mean_the_shown_picture(window: MainWindow, ready: Studio):
    click(window, 1)
    window.viewer.view.setFocus()
    QTest.keyClick(window.viewer.view, Qt.Key.Key_K)
    kept = window.viewer.model.kept
    assert kept is not None
    assert pixels_of(kept)[0, 0, 0] == 20
    click(window, 0)
    window.filmstrip.setFocus()
    QTest.keyClick(window.filmstrip, Qt.Key.Key_Return)
    assert ready.settings.prompt == "owl number 10"
    assert ready.settings.seed == 10


def test_an_edit_while_live_goes_back_to_live_and_a_paused_one_does_not(
    window: MainWindow, ready: Studio, shown: Shown
):
    click(window, 0)
    ready.set_setting("prompt", "a tower")
    assert not shown.is_live
    window.command["generate"].trigger()  # who asks for a picture wants to see that one
    assert shown.is_live
    click(window, 0)
    ready.set_live(True)
    ready.set_setting("prompt", "a house")
    assert shown.is_live


def test_a_removed_picture_can_be_got_back(window: MainWindow, ready: Studio, shown: Shown):
    ids = [picture.id for picture in ready.gallery]
    click(window, 1)
    window.filmstrip.setFocus()
    QTest.keyClick(window.filmstrip, Qt.Key.Key_Delete)
    assert [picture.id for picture in ready.gallery] == [ids[0], ids[2]]
    assert lightness(window) == 10  # its neighbour, not all the way back
    said = window.message_bar.shown
    assert isinstance(said, Notice)
    assert window.message_bar.action.text() == "Undo"
    QTest.mouseClick(window.message_bar.action, LEFT)
    assert [picture.id for picture in ready.gallery] == ids


def test_when_the_newest_is_removed_the_one_before_it_is_shown(
    window: MainWindow, ready: Studio, shown: Shown
):
    for expected in (20, 10):
        window.viewer.view.setFocus()
        QTest.keyClick(window.viewer.view, Qt.Key.Key_Delete)
        assert lightness(window) == expected
        assert shown.is_live
        assert shown.pixels is not None
        assert shown.pixels[0, 0, 0] == expected
    QTest.keyClick(window.viewer.view, Qt.Key.Key_Delete)
    assert window.viewer.model.picture_size().isEmpty()
    assert window.viewer._said.text() == ""
    assert not window.viewer.acts.save.isEnabled()


def test_starring_by_key_keeps_the_picture_shown(window: MainWindow, ready: Studio, shown: Shown):
    click(window, 0)
    window.viewer.view.setFocus()
    QTest.keyClick(window.viewer.view, Qt.Key.Key_S)
    assert ready.gallery[0].starred
    assert not shown.is_live
    assert window.viewer.acts.star.isChecked()
    window.viewer.acts.star.trigger()
    assert not ready.gallery[0].starred


def test_the_menus_of_viewer_strip_and_timeline_say_the_same(window: MainWindow):
    acts = window.viewer.acts
    menu = acts.menu(window)
    texts = [action.text().replace("&", "") for action in menu.actions() if action.text()]
    for text in ("Save the picture…", "Copy the picture", "Use as colour", "Use as mask",
                 "Restore its settings and drawing", "Star", "Remove from the history",
                 "Back to live"):  # fmt: skip
        assert text in texts
    menu.close()


def test_a_branch_is_said_over_the_viewer_and_a_click_ends_it(window: MainWindow, ready: Studio):
    chip = window.viewer.chips.branch
    assert not chip.isVisible()
    begin_branch(ready)
    assert chip.isVisible()
    assert chip.text() == "Branch from step 3 ×"
    QTest.mouseClick(chip, LEFT)
    assert ready.document.start is None
    assert not chip.isVisible()
    ready.undo_stack.undo()
    assert chip.isVisible()


@pytest.mark.parametrize("how", ["die", "variations", "typed"])
def test_another_seed_leaves_the_branch_in_one_step_of_undo(
    window: MainWindow, ready: Studio, how: str
):
    begin_branch(ready)
    count = ready.undo_stack.count()
    seed = window.settings_panel.seed
    if how == "die":
        QTest.mouseClick(seed.dice, LEFT)
    elif how == "typed":
        seed.edit.setText("4711")
        QTest.keyClick(seed.edit, Qt.Key.Key_Return)
    else:
        window.viewer.view.setFocus()
        QTest.keyClick(window.viewer.view, Qt.Key.Key_V)
    assert ready.document.start is None
    assert ready.undo_stack.count() == count + 1
    ready.undo_stack.undo()
    assert ready.document.start is not None


def begin_branch(studio: Studio) -> None:
    width, height = studio.document.canvas
    start = Start(np.zeros((4, height // 8, width // 8), np.float32), 2)
    studio._editor.set_settings({}, text="Branch", start=start)
