"""Pictures that come onto the canvas: dropped, or the result itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QImage,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from studio_app.core.frame import Frame
from studio_app.document.composite import PictureLayer
from studio_app.document.newcomers import new_person
from studio_app.document.pictures import write_png
from studio_app.export.ora import ora_bytes
from studio_app.export.pictures import exr_bytes
from studio_app.export.psd import psd_bytes
from studio_app.scene.openpose import draw_pose
from studio_app.session.notices import Notice
from studio_app.session.studio import Studio
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from studio_app.ui.canvas.drop_dialog import DropDialog
from studio_app.ui.feed import feed_of
from tests.nodes import colour_of, control_of, depth_of, mask_of, pose_of, said_by
from tests.ui.conftest import CONTROL, LEFT, drag
from tests.ui.hands import drop


@pytest.fixture
def studio(studio: Studio) -> Iterator[Studio]:
    """One whose threads for the disk run."""
    for thread in (studio._saver, studio._reader):
        thread.start()
    yield studio
    QGuiApplication.clipboard().clear()
    for thread in (studio._saver, studio._reader):
        thread.finish()
        assert thread.wait(20000)


def asked(panel: CanvasPanel, qtbot: QtBot) -> DropDialog:
    """The dialog that has come up, when it has read its picture."""
    qtbot.waitUntil(lambda: panel.findChild(DropDialog) is not None)
    dialog = panel.findChild(DropDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.picture is not None)
    return dialog


def choose(dialog: DropDialog, what: str, qtbot: QtBot, studio: Studio) -> None:
    count = studio.undo_stack.count()
    QTest.mouseClick(dialog.choices[what], LEFT)
    qtbot.waitUntil(lambda: studio.undo_stack.count() > count)


def grey(path: Path, width: int, height: int) -> Path:
    """White in its middle half, black around."""
    pixels = np.zeros((height, width), np.uint8)
    pixels[height // 4 : -height // 4, width // 4 : -width // 4] = 255
    write_png(path, pixels)
    return path


def test_a_dropped_picture_asks_what_it_is(
    panel: CanvasPanel, studio: Studio, qtbot: QtBot, tmp_path: Path
):
    path = tmp_path / "photo.png"
    panel.canvas.grab().save(str(path))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    drop(panel, data)
    dialog = asked(panel, qtbot)
    assert {"colour", "depth", "pose", "mask", "edge", "normal", "recipe"} <= set(dialog.choices)
    with qtbot.waitSignal(studio.message) as said:  # nobody's figure is drawn in it
        QTest.mouseClick(dialog.choices["pose"], LEFT)
    assert isinstance(said.args, list)
    assert "network" in said.args[0].title


def test_a_dropped_exr_asks_what_is_near_in_it(
    panel: CanvasPanel, studio: Studio, qtbot: QtBot, tmp_path: Path
):
    width, height = studio.document.canvas
    away = np.full((height, width), np.inf, np.float32)
    away[:, : width // 2], away[: height // 2, : width // 2] = 4, 2
    path = tmp_path / "render.exr"
    path.write_bytes(exr_bytes({"Z": away}))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    drop(panel, data)
    dialog = asked(panel, qtbot)
    assert dialog.meaning.isVisible() and dialog.meaning.near.currentData() == "distance"
    dialog.meaning.whole.click()
    choose(dialog, "depth", qtbot, studio)
    value = depth_of(studio.document).value.whole
    assert value[0, 0] == 1 and value[-1, 0] == 0 and value[0, -1] == 0


def test_a_depth_picture_whose_black_is_near_is_turned_around(
    panel: CanvasPanel, studio: Studio, qtbot: QtBot, tmp_path: Path
):
    path = tmp_path / "far.png"
    write_png(path, np.full(studio.document.canvas[::-1], 51, np.uint8))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    drop(panel, data)
    dialog = asked(panel, qtbot)
    assert dialog.meaning.near.currentData() == "white"
    QTest.keyClick(dialog.meaning.near, Qt.Key.Key_Down)
    choose(dialog, "depth", qtbot, studio)
    assert depth_of(studio.document).value.whole[5, 5] == pytest.approx(0.8)


@pytest.mark.parametrize("ending", ["psd", "ora"])
def test_a_dropped_layered_file_names_its_layers_and_comes_as_one(
    panel: CanvasPanel, studio: Studio, qtbot: QtBot, tmp_path: Path, ending: str
):
    width, height = studio.document.canvas
    ground = np.full((height, width, 4), (40, 160, 90, 255), np.uint8)
    layers = [
        PictureLayer(f"<b>part</b> {i}", ground[:9, :9].copy(), visible=False) for i in range(9)
    ]
    layers.append(PictureLayer("ground", ground))
    path = tmp_path / f"work.{ending}"
    path.write_bytes({"psd": psd_bytes, "ora": ora_bytes}[ending](layers, (width, height)))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    drop(panel, data)
    dialog = asked(panel, qtbot)
    said = dialog.said.text()
    assert "<b>part</b> 0" in said and "and 4 more" in said
    assert dialog.said.textFormat() == Qt.TextFormat.PlainText
    choose(dialog, "colour", qtbot, studio)
    assert not colour_of(studio.document).untouched


def test_it_says_that_it_reads_and_waits_with_the_question(
    panel: CanvasPanel, studio: Studio, qtbot: QtBot, tmp_path: Path
):
    held = threading.Event()
    studio._reader.submit(lambda: held.wait(20))
    panel.exchange.load("depth", grey(tmp_path / "slow.png", 256, 256))
    assert "slow.png" in panel._said.text()
    held.set()
    qtbot.waitUntil(lambda: not depth_of(studio.document).untouched)
    assert "slow.png" not in panel._said.text()
    assert not any(dialog.isVisible() for dialog in panel.findChildren(DropDialog))


def test_a_picture_of_figures_becomes_people(
    panel: CanvasPanel, studio: Studio, qtbot: QtBot, tmp_path: Path
):
    person = new_person("t_pose", 512, 512)
    write_png(tmp_path / "pose.png", draw_pose(person.joints, 512, 512))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "pose.png"))])
    drop(panel, data)
    choose(asked(panel, qtbot), "pose", qtbot, studio)
    (found,) = pose_of(studio.document).people
    assert np.abs(found.joints[1, :2] - person.joints[1, :2] / 2).max() < 2
    assert panel.tools.layer == "pose"


@pytest.mark.parametrize("kind", ["colour", "depth", "mask"])
def test_a_picture_is_pasted(panel: CanvasPanel, studio: Studio, qtbot: QtBot, kind: str):
    image = QImage(256, 256, QImage.Format.Format_RGB32)
    image.fill(QColor(255, 255, 255))
    QGuiApplication.clipboard().setImage(image)
    QTest.keyClick(panel.canvas, Qt.Key.Key_V, CONTROL)
    dialog = asked(panel, qtbot)
    assert not dialog.hows["fit"].isVisible()  # it has the drawing's shape
    assert not dialog.choices["recipe"].isEnabled()
    choose(dialog, kind, qtbot, studio)
    assert not studio.document.held(kind).untouched
    assert panel.tools.layer == kind
    studio.undo_stack.undo()
    assert studio.document.held(kind).untouched


def test_pasting_nothing_says_so(panel: CanvasPanel, studio: Studio, qtbot: QtBot):
    QGuiApplication.clipboard().setText("hello")
    with qtbot.waitSignal(studio.message) as said:
        panel.layer_actions.paste.trigger()
    assert isinstance(said.args, list)
    assert "no picture" in said.args[0].title


def test_a_broken_picture_on_the_clipboard_is_said(
    panel: CanvasPanel, studio: Studio, qtbot: QtBot
):
    data = QMimeData()
    data.setData("image/png", b"\x89PNG\r\n\x1a\nnothing")
    QGuiApplication.clipboard().setMimeData(data)
    with qtbot.waitSignal(studio.message) as said:
        panel.layer_actions.paste.trigger()
    assert isinstance(said.args, list)
    assert "Can't read" in said.args[0].title


@pytest.mark.parametrize(
    ("how", "corner", "left"), [("fit", 0, 0), ("fill", 255, 255), ("stretch", 255, 255)]
)
def test_a_picture_of_another_shape_asks_how_it_shall_fit(
    panel: CanvasPanel, studio: Studio, qtbot: QtBot, tmp_path: Path, how, corner: int, left: int
):
    write_png(tmp_path / "wide.png", np.full((100, 200), 255, np.uint8))
    panel.exchange.load("mask", tmp_path / "wide.png")
    dialog = asked(panel, qtbot)
    qtbot.waitUntil(dialog.isVisible)
    assert list(dialog.choices) == ["mask"]
    assert dialog.hows["fit"].isVisible()
    assert dialog.said.text() == "wide.png\n200 × 100"  # as the file is called
    dialog.hows[how].setChecked(True)
    before = dialog.preview.grab().toImage()
    assert not before.isNull()
    choose(dialog, "mask", qtbot, studio)
    pixels = mask_of(studio.document).pixels.whole
    assert pixels[2, 2] == corner
    assert pixels[128, 128] == 255
    assert pixels[10, 128] == left


def test_the_preview_shows_the_choice(panel: CanvasPanel, qtbot: QtBot, tmp_path: Path):
    write_png(tmp_path / "wide.png", np.full((100, 200), 255, np.uint8))
    panel.exchange.load("mask", tmp_path / "wide.png")
    dialog = asked(panel, qtbot)
    seen = []
    for how in ("fit", "fill"):
        dialog.hows[how].setChecked(True)
        seen.append(dialog.preview.grab().toImage().pixelColor(96, 20).lightness())
    assert seen[0] < 100
    assert seen[1] > 200
    dialog.reject()


def test_giving_up_while_it_is_read_changes_nothing(
    panel: CanvasPanel, studio: Studio, qtbot: QtBot, tmp_path: Path
):
    held = threading.Event()
    studio._reader.submit(lambda: held.wait(20))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(grey(tmp_path / "a.png", 64, 64)))])
    drop(panel, data)
    qtbot.waitUntil(lambda: panel.findChild(DropDialog) is not None)
    dialog = panel.findChild(DropDialog)
    assert dialog is not None
    assert not dialog.choices["depth"].isEnabled()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    held.set()
    done = threading.Event()
    studio._reader.submit(done.set)
    qtbot.waitUntil(done.is_set)
    assert studio.undo_stack.count() == 0
    assert panel._said.text() == ""


def test_a_copied_pose_is_pasted_as_people(panel: CanvasPanel, studio: Studio, qtbot: QtBot):
    panel.tools.set_layer("pose")
    panel.canvas.pose.add("running")
    panel.canvas.setFocus()
    QTest.keyClick(panel.canvas, Qt.Key.Key_C, CONTROL)
    assert "pose_keypoints_2d" in QGuiApplication.clipboard().text()
    QTest.keyClick(panel.canvas, Qt.Key.Key_V, CONTROL)
    qtbot.waitUntil(lambda: len(pose_of(studio.document).people) == 2)
    one, two = pose_of(studio.document).people
    assert np.abs(one.joints - two.joints).max() < 0.01


def test_a_copied_layer_is_a_picture(panel: CanvasPanel):
    drag(panel.canvas, (100, 100), (120, 100))
    panel.layer_actions.copy.trigger()
    image = QGuiApplication.clipboard().image()
    assert image.pixelColor(110, 100).lightness() > 190
    assert image.pixelColor(10, 10).lightness() == 0


@pytest.mark.parametrize("layer", ["colour", "depth", "mask", "pose"])
def test_what_is_saved_opens_again_to_the_same_layer(
    panel: CanvasPanel, studio: Studio, qtbot: QtBot, tmp_path: Path, layer: str
):
    panel.tools.set_layer(layer)
    if layer == "pose":
        panel.canvas.pose.add("running")
    else:
        panel.tools.set_size(70)
        drag(panel.canvas, (100, 100), (160, 120))
    studio.set_setting("prompt", "a knight")
    before = asking_of(studio, layer)
    panel.layer_actions.save.trigger()
    dialog = panel.findChild(QFileDialog)
    assert dialog is not None
    path = tmp_path / f"mine.v2.{'json' if layer == 'pose' else 'png'}"
    with qtbot.waitSignal(studio.message) as said:
        dialog.fileSelected.emit(str(path))
    dialog.reject()
    assert isinstance(said.args, list)
    assert "Saved" in said.args[0].title
    studio.clear_layer(layer)
    panel.exchange.load(layer, path)
    qtbot.waitUntil(lambda: not studio.document.held(layer).untouched)
    assert np.abs(asking_of(studio, layer) - before).max() <= 1e-3


def asking_of(studio: Studio, layer: str) -> Any:
    """What a layer says to a model, as numbers."""
    document = studio.document
    if layer == "depth":
        return control_of(depth_of(document)).pixels
    if layer == "pose":
        return pose_of(document).people[0].joints
    if layer == "mask":
        return mask_of(document).pixels.whole.astype(np.float32)
    init = said_by(colour_of(document), *document.canvas).init
    assert init is not None
    return init.astype(np.float32)


def test_the_result_is_painted_over(panel: CanvasPanel, studio: Studio):
    panel.layer_actions.over.trigger()  # there is none yet: nothing happens
    assert colour_of(studio.document).untouched
    pixels = np.full((256, 256, 4), (30, 20, 10, 255), np.uint8)
    feed_of(studio).newest = Frame("digest", 1, 1, 999, "final", pixels)
    panel.layer_actions.over.trigger()
    assert tuple(colour_of(studio.document).rgba.whole[5, 5]) == (10, 20, 30, 255)
    assert panel.tools.layer == "colour"
    studio.undo_stack.undo()
    assert colour_of(studio.document).untouched


def test_a_dropped_model_is_loaded(
    panel: CanvasPanel, studio: Studio, qtbot: QtBot, tmp_path: Path, monkeypatch: Any
):
    asked_for: list[str] = []
    monkeypatch.setattr(studio, "open_model", asked_for.append)
    path = tmp_path / "ink.safetensors"
    path.write_bytes(b"")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    drop(panel, data)
    qtbot.waitUntil(lambda: asked_for == [str(path)])


def test_a_picture_that_its_owner_took_along_is_none(
    panel: CanvasPanel, studio: Studio, monkeypatch: pytest.MonkeyPatch
):
    heard: list[object] = []
    studio.message.connect(heard.append)
    for gone in (None, QImage()):
        data = QMimeData()
        monkeypatch.setattr(data, "hasImage", lambda: True, raising=False)
        monkeypatch.setattr(data, "imageData", lambda gone=gone: gone, raising=False)
        monkeypatch.setattr(
            type(QGuiApplication.clipboard()), "mimeData", lambda _, data=data: data
        )
        panel.layer_actions.paste.trigger()
    assert [said.key for said in heard if isinstance(said, Notice)] == ["paste", "paste"]
    assert panel.findChild(DropDialog) is None


def test_a_clipboard_that_nobody_has_is_an_empty_one(
    panel: CanvasPanel, studio: Studio, monkeypatch: pytest.MonkeyPatch
):
    said: list[Any] = []
    studio.message.connect(said.append)
    monkeypatch.setattr(type(QGuiApplication.clipboard()), "mimeData", lambda _: None)
    panel.exchange.paste()
    assert [one.key for one in said] == ["paste"]
