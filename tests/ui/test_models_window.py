"""The window of models: found, filtered, described, loaded, by keys alone."""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from studio_app.catalogue.headers import TensorInfo
from studio_app.core.errors import StudioError
from studio_app.core.settings import load_settings
from studio_app.document.presets import Preset
from studio_app.engine.families.model_card import read_capabilities
from studio_app.session.studio import Studio
from studio_app.ui.main_window import MainWindow
from studio_app.ui.models.models_window import ModelsWindow
from tests.catalogue.model_files import lora, unet, write
from tests.fake_engine import CAN, FakeEngine
from tests.living_window import living_window

CONTROL = Qt.KeyboardModifier.ControlModifier


class Desk:
    """A window on a studio whose engine is not a real one, and a folder of models."""

    def __init__(
        self, qtbot: QtBot, studio: Studio, window: MainWindow, engine: FakeEngine
    ) -> None:
        self.qtbot, self.studio, self.window, self.engine = qtbot, studio, window, engine
        self.models: ModelsWindow = window.models

    def names(self) -> list[str]:
        return [row.found.name for row in self.models.item_model.rows if row.found is not None]

    def look(self) -> None:
        self.window.command["models"].trigger()
        self.qtbot.waitUntil(lambda: not self.studio.models.scanning and bool(self.names()))

    def press(self, *keys: Qt.Key) -> None:
        for key in keys:
            QTest.keyClick(self.models.filter, key)


@pytest.fixture
def desk(
    qtbot: QtBot,
    tmp_path: Path,
    own_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    make_sd15: Callable[..., Path],
) -> Iterator[Desk]:
    monkeypatch.setattr(Path, "home", classmethod(lambda cls: tmp_path))
    for name in ("HF_HUB_CACHE", "HF_HOME", "INVOKEAI_ROOT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("UNDERPAINT_MODELS", str(make_sd15().parent))
    tree = tmp_path / "ComfyUI/models"
    write(tree / "loras/ink.safetensors", lora(), {"modelspec.license": "MIT"})
    write(tree / "checkpoints/bare.safetensors", unet(2048))
    (tree / "checkpoints/old.ckpt").write_bytes(b"\x80\x02}q\x00.")
    (tree / "checkpoints/cut.safetensors").write_bytes(struct.pack("<Q", 500) + b"{}")
    engine = FakeEngine()
    studio = Studio(None, "fake", make_engine=lambda: engine, read_model=read_capabilities)
    with living_window(qtbot, studio) as window:
        yield Desk(qtbot, studio, window, engine)
        window.models.close()


def test_models_are_found_filtered_described_and_loaded_by_keys_alone(
    desk: Desk, make_sd15: Callable[..., Path]
):
    qtbot, models = desk.qtbot, desk.models
    QTest.keyClick(desk.window, Qt.Key.Key_M, CONTROL)
    qtbot.waitUntil(lambda: not desk.studio.models.scanning and len(desk.names()) == 5)
    assert desk.names() == ["sd15", "bare", "ink", "cut", "old"]
    qtbot.waitUntil(lambda: models.load.isEnabled())
    said = models.details.text
    assert "U-Net with cross-attention" in said and "Ready to be loaded" in said
    assert "True guidance" in said and "DPM++ 2M Karras, 20 steps" in said
    assert "OpenRAIL" in said and "fits" not in said
    desk.press(Qt.Key.Key_Down)  # over the title of a group
    qtbot.waitUntil(lambda: "without its other parts" in models.details.text)
    assert not models.load.isEnabled()
    assert "autoencoder: it would go into" in models.details.text
    desk.press(Qt.Key.Key_Down)
    assert "MIT, as the file states it. Commercial use is allowed" in models.details.text
    assert "rank 2" in models.details.text
    desk.press(Qt.Key.Key_PageDown)
    assert "pickle" in models.details.text
    models.filter.setText("sd15")
    assert desk.names() == ["sd15"]
    qtbot.waitUntil(lambda: models.load.isEnabled())
    desk.engine.calls.clear()
    with qtbot.waitSignal(desk.studio.model_changed):
        desk.press(Qt.Key.Key_Return)
    assert "load" in desk.engine.calls and desk.studio.model == "sd15"
    assert "It draws now" in models.details.text and not models.load.isEnabled()
    models.filter.setText("no such thing")
    assert models.pages.currentWidget() is models.empty and "Nothing fits" in models.empty.text()
    assert models.chosen is None and models.details.text == "" and not models.load.isEnabled()
    assert all(
        label.textFormat() == Qt.TextFormat.PlainText
        for label in models.details.findChildren(QLabel)
        if len(label.text()) > 20
    )


def test_unloading_leaves_nothing_open_until_something_is(desk: Desk):
    studio = desk.studio
    desk.look()
    with desk.qtbot.waitSignal(studio.model_changed):
        desk.models.unload.click()
    assert studio.capabilities is None and studio.model == ""
    assert "unload" in desk.engine.calls
    assert not desk.models.unload.isEnabled()
    with desk.qtbot.waitSignal(studio.model_changed):
        studio.open_model("fake")
    assert studio.capabilities == CAN


def test_a_load_that_is_stopped_leaves_the_open_model(desk: Desk):
    studio, said = desk.studio, list[Any]()
    studio.message.connect(said.append)
    desk.look()
    seen: list[float] = []
    halfway = threading.Event()
    studio.model_progress.connect(lambda _, share: seen.append(share))

    def load(model: str, progress: Callable[[str, float], None]) -> Any:
        for i in range(100_000):
            progress("unet", i / 100_000)
            if i == 3000:
                halfway.wait()
        return CAN

    desk.engine.load = load  # type: ignore[method-assign]
    studio.open_model("another")
    desk.qtbot.waitUntil(lambda: any(0.1 <= share < 1 for share in seen))
    studio.stop_loading()
    halfway.set()
    desk.qtbot.waitUntil(lambda: seen[-1] == 1.0)
    assert len(seen) < 120  # not one for every tensor
    assert said == []


def test_escape_stops_what_was_chosen_here_and_leaves_any_other_load_alone(desk: Desk):
    desk.look()
    begun, enough, stopped = threading.Event(), threading.Event(), list[bool]()

    def load(model: str, progress: Callable[[str, float], None]) -> Any:
        begun.set()
        try:
            while not enough.is_set():
                progress("unet", 0.5)
        except StudioError:
            stopped.append(True)
            raise
        return CAN

    desk.engine.load = load  # type: ignore[method-assign]
    with desk.qtbot.waitSignal(desk.studio.model_changed):
        desk.studio.open_model("another")  # at the top of the window, or at the start
        desk.qtbot.waitUntil(lambda: begun.is_set() and desk.models.progress.isVisible())
        desk.press(Qt.Key.Key_Escape)
        assert not desk.models.isVisible()
        enough.set()
    assert not stopped and desk.studio.model == "another"
    desk.look()
    desk.models.filter.setText("sd15")
    desk.qtbot.waitUntil(desk.models.load.isEnabled)
    begun.clear()
    enough.clear()
    desk.press(Qt.Key.Key_Return)
    desk.qtbot.waitUntil(lambda: begun.is_set() and desk.models.progress.isVisible())
    desk.press(Qt.Key.Key_Escape)
    desk.qtbot.waitUntil(lambda: bool(stopped) and not desk.models.progress.isVisible())
    assert desk.models.isVisible() and desk.studio.model == "another"


def test_a_folder_that_was_added_is_looked_through_at_every_start(desk: Desk, tmp_path: Path):
    mine = tmp_path / "mine"
    write(mine / "deep/wash.safetensors", lora())
    desk.look()
    desk.studio.models.add_folder(mine)
    desk.qtbot.waitUntil(lambda: "wash" in desk.names())
    desk.qtbot.waitUntil(lambda: load_settings().model_folders == (str(mine),))
    desk.studio.models.remove_folder(mine)
    desk.qtbot.waitUntil(lambda: "wash" not in desk.names() and not desk.studio.models.scanning)
    assert (mine / "deep/wash.safetensors").exists()


def test_a_preset_brings_its_model(desk: Desk):
    preset = Preset("sketch", "Sketch")
    desk.models.open_window(preset)
    desk.qtbot.waitUntil(lambda: desk.models.default.isEnabled())
    desk.models.default.click()
    assert desk.studio.models.default_for("sketch") == "sd15"
    desk.qtbot.waitUntil(lambda: load_settings().preset_models == {"sketch": "sd15"})
    with desk.qtbot.waitSignal(desk.studio.model_changed):
        desk.studio.apply_preset(preset)
    assert desk.studio.model == "sd15"


def test_a_file_that_needs_other_kernels_is_refused_by_name(tmp_path: Path):
    path = tmp_path / "a.safetensors"
    write(path, {name: TensorInfo("F16", (2, 2)) for name in ("a.wscales", "b.smooth_factor", "c")})
    with pytest.raises(StudioError, match="SVDQuant"):
        read_capabilities(path)
