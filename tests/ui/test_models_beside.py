"""What goes with the open model is chosen in the window of models, and drawn with: the real engine, tiny models."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import UNet2DConditionModel
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from safetensors.torch import save_file

from studio_app.core.fittings import fitting_key
from studio_app.core.settings import load_settings
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.families.model_card import read_capabilities
from studio_app.session.studio import Studio
from studio_app.ui.main_window import MainWindow
from studio_app.ui.models.models_window import ModelsWindow
from tests.engine.conftest import CPU
from tests.living_window import living_window
from tests.tiny.likeness import write_adapter, write_sight, write_siglip

WEIGHTS = "diffusion_pytorch_model.safetensors"


class Desk:
    """A window whose open model is a tiny Stable Diffusion 1 without anything for drawings."""

    def __init__(self, qtbot: QtBot, studio: Studio, window: MainWindow, tree: Path) -> None:
        self.qtbot, self.studio, self.window, self.tree = qtbot, studio, window, tree
        self.models: ModelsWindow = window.models
        self.bar = self.models.beside
        self.model = Path(studio.model)

    def choose(self, name: str) -> None:
        self.models.filter.setText(name)
        self.qtbot.waitUntil(
            lambda: self.models.chosen is not None and self.models.chosen.name == name
        )

    def controls(self) -> tuple[str, ...]:
        return self.studio.capabilities.controls if self.studio.capabilities else ()


@pytest.fixture
def desk(
    qtbot: QtBot,
    tmp_path: Path,
    own_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    make_sd15: Callable[..., Path],
    make_sdxl: Callable[..., Path],
) -> Iterator[Desk]:
    monkeypatch.setattr(Path, "home", classmethod(lambda cls: tmp_path))
    for name in ("HF_HUB_CACHE", "HF_HOME", "INVOKEAI_ROOT"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "none").mkdir()
    monkeypatch.setenv("UNDERPAINT_MODELS", str(tmp_path / "none"))
    tree = tmp_path / "ComfyUI/models"
    ignored = shutil.ignore_patterns("controlnet_*", "adapter_*")
    shutil.copytree(make_sd15(), tree / "checkpoints/ink", ignore=ignored)
    for source, name in (
        (make_sd15() / "controlnet_depth", "tiny-depth"),
        (make_sdxl() / "controlnet_union", "tiny-union"),
    ):
        shutil.copytree(source, tree / "controlnet" / name)
    unet = UNet2DConditionModel.from_pretrained(tree / "checkpoints/ink/unet")
    write_siglip(tree / "clip_vision/apart")  # of the same width, and found first
    write_sight(tree / "clip_vision/seer")
    (tree / "ipadapter").mkdir()
    write_adapter(tree / "ipadapter/like.safetensors", unet)
    (tree / "loras").mkdir()
    rank = {"lora_down": (2, 32), "lora_up": (16, 2)}
    save_file(
        {
            f"lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.{part}.weight": torch.ones(
                shape
            )
            for part, shape in rank.items()
        },
        tree / "loras/wash.safetensors",
    )
    studio = Studio(
        None,
        str(tree / "checkpoints/ink"),
        make_engine=lambda: DiffusionEngine(CPU),
        read_model=read_capabilities,
    )
    with living_window(qtbot, studio) as window:
        window.command["models"].trigger()
        qtbot.waitUntil(lambda: not studio.models.scanning and len(studio.models.found) >= 6)
        yield Desk(qtbot, studio, window, tree)
        window.models.close()


def test_a_controlnet_is_used_with_the_open_model_and_taken_off_again(desk: Desk):
    qtbot, bar = desk.qtbot, desk.bar
    assert desk.controls() == ()
    desk.choose("tiny-depth")
    assert bar.use.isVisible() and bar.use.isEnabled() and not bar.use.isChecked()
    assert bar.use.text() == "&Use with ink" and bar.drawing.currentData() == "depth"
    QTest.mouseClick(bar.use, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: desk.controls() == ("depth",))
    assert bar.use.isChecked()
    bar.drawing.setCurrentIndex(bar.drawing.findData("normal"))
    bar.drawing.activated.emit(bar.drawing.currentIndex())
    qtbot.waitUntil(lambda: desk.controls() == ("normal",))
    desk.choose("ink")
    qtbot.waitUntil(lambda: "Normal: tiny-depth" in desk.models.details.text)
    desk.choose("tiny-depth")
    assert bar.drawing.currentData() == "normal"
    QTest.mouseClick(bar.use, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: desk.controls() == ())
    qtbot.waitUntil(lambda: load_settings().fittings == {})


def test_an_ip_adapter_brings_the_image_encoder_that_was_found_and_reads_references(desk: Desk):
    desk.choose("like")
    assert "the layer Reference" in desk.models.details.text.replace("The layer", "the layer")
    assert desk.bar.use.isEnabled()
    QTest.mouseClick(desk.bar.use, Qt.MouseButton.LeftButton)
    desk.qtbot.waitUntil(lambda: desk.controls() == ("reference",))
    fitting = load_settings().fittings[fitting_key(desk.model)]
    assert Path(fitting.sight).parent.name == "seer" and "reference" in desk.bar.said.text().lower()
    QTest.mouseClick(desk.bar.use, Qt.MouseButton.LeftButton)
    desk.qtbot.waitUntil(lambda: desk.controls() == ())


def test_what_is_for_another_family_says_so_and_can_t_be_used(desk: Desk):
    found = next(i for i in desk.studio.models.found if i.name == "tiny-union")
    desk.choose("tiny-union")
    assert found.identity.role == "union controlnet"
    if found.identity.family == "sdxl":
        assert not desk.bar.use.isEnabled()
        assert "It is for Stable Diffusion XL" in desk.bar.said.text()
    with desk.qtbot.waitSignal(desk.studio.model_changed):
        desk.models.unload.click()
    assert not desk.bar.use.isEnabled() and "Load the model first" in desk.bar.said.text()


def test_a_lora_is_worn_as_one_of_the_list(desk: Desk):
    desk.choose("wash")
    assert desk.bar.use.isEnabled()
    QTest.mouseClick(desk.bar.use, Qt.MouseButton.LeftButton)
    assert desk.studio.settings.loras == ((str(desk.tree / "loras/wash.safetensors"), 1.0),)
    assert desk.bar.use.isChecked()
    desk.window.command["undo"].trigger()
    assert not desk.bar.use.isChecked() and desk.studio.settings.loras == ()


def test_what_was_guessed_can_be_said_and_is_remembered_for_the_model(desk: Desk):
    qtbot, bar = desk.qtbot, desk.bar
    desk.choose("ink")
    qtbot.waitUntil(lambda: bar.few_step.isVisible())
    assert not bar.use.isVisible() and "As recognised" in bar.few_step.currentText()
    for box, value in ((bar.few_step, "Lightning"), (bar.prediction, "v")):
        box.setCurrentIndex(box.findData(value))
        box.activated.emit(box.currentIndex())
    key, kept = fitting_key(desk.model), load_settings
    qtbot.waitUntil(lambda: key in kept().fittings and kept().fittings[key].prediction == "v")
    assert kept().fittings[key].few_step == "Lightning"
    qtbot.waitUntil(lambda: bool(desk.studio.capabilities and desk.studio.capabilities.few_step))
    qtbot.waitUntil(lambda: "remembered" in bar.said.text())
    assert (bar.few_step.currentData(), bar.prediction.currentData()) == ("Lightning", "v")


def test_a_model_can_be_told_to_be_compiled_and_draws_on_where_it_can_t_be(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    asked: list[object] = []

    def no_compiler(call: object, **_: object) -> object:
        asked.append(call)
        raise RuntimeError("no compiler here")

    monkeypatch.setattr("torch.compile", no_compiler)
    qtbot, bar = desk.qtbot, desk.bar
    desk.choose("ink")
    qtbot.waitUntil(lambda: bar.speed.isVisible())
    assert bar.speed.currentData() == "" and bar.speed.accessibleName() and bar.speed.toolTip()
    bar.speed.setCurrentIndex(bar.speed.findData("compiled"))
    bar.speed.activated.emit(bar.speed.currentIndex())
    key, kept = fitting_key(desk.model), load_settings
    qtbot.waitUntil(lambda: key in kept().fittings and kept().fittings[key].compiled)
    qtbot.waitUntil(lambda: bool(asked))
    qtbot.waitUntil(lambda: bool(desk.studio.capabilities))
    assert bar.speed.currentData() == "compiled"


def test_nothing_of_it_is_lost_by_a_file_that_names_no_model(own_home: Path):
    (own_home / "settings.json").write_text(
        json.dumps({"version": 1, "fittings": {"/a": {"few_step": "LCM", "sight": "x", "new": 1}}})
    )
    fitting: Any = load_settings().fittings["/a"]
    assert (fitting.few_step, fitting.sight) == ("LCM", "x")


def test_of_a_model_that_finds_its_own_it_is_said_so(desk: Desk):
    desk.choose("tiny-depth")
    can = desk.studio.capabilities
    assert can is not None
    for controls, said in ((("depth",), "from beside its file"), ((), "nothing of this kind")):
        desk.studio._live.capabilities = replace(can, fits=(), controls=controls)
        desk.studio.model_changed.emit()
        assert not desk.bar.use.isEnabled() and said in desk.bar.said.text()
