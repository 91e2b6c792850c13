"""`underpaint eval --autoencoder`: every figure of what can be measured, and none of what can't."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter

from studio_app.cli import main
from studio_app.engine.device import Device
from studio_app.engine.families.registry import load_model
from studio_app.training.checkpoints import save_weights
from studio_app.training.judge import meter, ui_samples
from studio_app.training.stages import probe
from studio_app.training.stages.probe_network import Probe
from studio_app.training.world.words import CORE

ALWAYS = {
    "ae_psnr", "ae_psnr_subject", "ae_psnr_texture", "ae_seam_ratio", "ae_line_share",
    "ae_text_share", "decode_ms",
}  # fmt: skip
OF_MAPS = {
    "ae_alpha_iou", "map_depth_rmse", "map_normal_deg", "map_normal_deg_texture",
    "map_albedo_rmse", "maps_ms",
}  # fmt: skip
CPU = Device(torch.device("cpu"), torch.float32)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the held-out pictures of this module are kept."""
    return tmp_path_factory.mktemp("meter")


def test_the_command_prints_every_figure(
    maps_model: Path, kept: Path, capsys: pytest.CaptureFixture[str]
):
    words = ["eval", str(maps_model), "--autoencoder", "--count", "2", "--data", str(kept)]
    assert main([*words, "--json"]) == 0
    out, err = capsys.readouterr()
    figures = json.loads(out)["figures"]
    assert set(figures) == ALWAYS | OF_MAPS
    assert all(np.isfinite(value) for value in figures.values())
    assert figures["maps_ms"] > 0
    assert "rendered: 32/32" in err


def test_the_pictures_are_kept_and_the_figures_repeat(maps_model: Path, kept: Path):
    said: list[str] = []
    first = meter.measure(maps_model, 2, kept, progress=said.append)
    second = meter.measure(maps_model, 2, kept)
    assert not any("rendered" in text for text in said)
    for key in (ALWAYS | OF_MAPS) - {"decode_ms", "maps_ms"}:
        assert first[key] == second[key], key


def test_without_a_maps_decoder_its_figures_are_absent(tiny_model: Path, kept: Path):
    assert set(meter.measure(tiny_model, 2, kept)) == ALWAYS


def test_held_out_pictures_are_of_their_kind_and_half_of_held_out_combinations(
    tiny_model: Path, kept: Path
):
    held = meter.held_out(load_model(str(tiny_model), CPU), 8, kept)
    slots = CORE.label_slots()
    never = 0
    for kind, pictures in held.items():
        rows = pictures.small("labels")[:8].tolist()
        assert {slots["kind"][row[0]] for row in rows} == {kind}
        if kind != "texture":
            names = [
                (slots["thing"][r[1]], slots["material"][r[2]], slots["colour"][r[3]]) for r in rows
            ]
            never += sum(name in CORE.held_out for name in names)
    assert 4 <= never <= 20


def test_a_model_of_the_full_world_is_measured_on_it(tiny_model: Path, tmp_path: Path):
    assert meter.world_of(load_model(str(tiny_model), CPU)).name == "core"
    folder = Path(shutil.copytree(tiny_model, tmp_path / "copy"))
    table = json.loads((folder / "underpaint.json").read_text())
    (folder / "underpaint.json").write_text(
        json.dumps(table | {"thing_words": {"thing": ["potion", "bark"]}})
    )
    assert meter.world_of(load_model(str(folder), CPU)).name == "full"


def write_probe(folder: Path, words: dict[str, list[str]]) -> Path:
    judge = Probe({slot: len(names) for slot, names in words.items()}, (16, 16, 16, 16))
    save_weights(folder / "probe.safetensors", judge.state_dict(), torch.float32)
    table = {"words": words, "channels": [16, 16, 16, 16]}
    (folder / "probe.json").write_text(json.dumps(table))
    return folder


def test_a_probe_below_its_bar_is_not_asked(tiny_model: Path, kept: Path, tmp_path: Path):
    said: list[str] = []
    judge = write_probe(tmp_path, CORE.label_slots())
    figures = meter.measure(tiny_model, 2, kept, judge, said.append)
    assert "ae_attribute_share" not in figures
    assert any("below 0.97" in text for text in said)


def test_a_probe_of_other_words_is_not_asked(tiny_model: Path, kept: Path, tmp_path: Path):
    said: list[str] = []
    judge = write_probe(tmp_path, {"kind": ["scene"]})
    assert "ae_attribute_share" not in meter.measure(tiny_model, 2, kept, judge, said.append)
    assert any("other words" in text for text in said)


def test_a_good_probe_tells_what_share_of_its_words_is_kept(
    tiny_model: Path, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    judge = write_probe(tmp_path, CORE.label_slots())
    asked: list[torch.Tensor] = []

    def fake(network: Probe, pictures: probe.Pictures, count: int) -> dict[str, float]:
        asked.append(pictures.take("rgb", range(count)))
        accuracy = 1.0 if len(asked) == 1 else 0.5
        return {f"probe_{slot}": accuracy for slot in network.heads}

    monkeypatch.setattr(probe, "measure", fake)
    assert meter.measure(tiny_model, 2, kept, judge)["ae_attribute_share"] == 0.5
    before, after = asked
    assert before.shape == after.shape == (8, 64, 64, 3)
    assert not torch.equal(before, after)


def test_a_missing_probe_is_one_line(tiny_model: Path, capsys: pytest.CaptureFixture[str]):
    words = ["eval", str(tiny_model), "--probe", "nowhere"]
    for more in ([], ["--autoencoder"]):
        assert main([*words, *more, "--count", "2"]) == 2
        assert "no probe" in capsys.readouterr().err


def test_a_seam_is_seen():
    waves = np.sin(np.arange(64) / 64 * 2 * np.pi * 4)
    tile = np.rint((waves[:, None, None] + waves[None, :, None] + 2) * 60).repeat(3, 2)
    pixels = tile.astype(np.uint8)
    assert meter.seam(pixels) < 1.7
    assert meter.seam(pixels[:56, :60]) > 2


def test_lines_and_letters_survive_when_nothing_happens_and_not_when_blurred():
    for seed in range(3):
        sample = ui_samples.draw_sample(np.random.default_rng(seed), 128)
        kept, total = ui_samples.lines_kept(sample, sample.pixels)
        assert kept == total > 300
        right, letters = ui_samples.letters_read(sample, sample.pixels)
        assert right == letters > 20
        blurred = Image.fromarray(sample.pixels).filter(ImageFilter.GaussianBlur(3))
        after = np.asarray(blurred)
        assert ui_samples.lines_kept(sample, after)[0] < 0.1 * total
        assert ui_samples.letters_read(sample, after)[0] < 0.7 * letters
