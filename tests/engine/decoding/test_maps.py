"""The maps decoder in the engine: frozen values, seamless where the picture is, refused where it does not fit."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.engine.decoding.maps import decode_maps, read_maps
from studio_app.engine.device import Device
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.families.embedded import load_maps
from studio_app.engine.families.model_card import read_capabilities
from studio_app.engine.families.registry import load_model

CPU = Device(torch.device("cpu"), torch.float32)


@pytest.fixture
def request_(maps_model: Path) -> GenerationRequest:
    return GenerationRequest(
        "a red potion", guidance_scale=3, width=64, height=64, model=str(maps_model), steps=2
    )


@pytest.fixture
def latent() -> torch.Tensor:
    return torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(3))


def test_the_maps_of_a_picture(request_: GenerationRequest):
    engine = DiffusionEngine(CPU)
    frame = list(engine.run(request_, wanted=("final",)))[-1]
    assert frame.latent is not None
    maps = engine.decode_maps(request_, frame.latent)
    for name in ("alpha", "depth", "roughness", "metallic"):
        plane = getattr(maps, name)
        assert plane.shape == (64, 64)
        assert 0 <= plane.min() <= plane.max() <= 1
    np.testing.assert_allclose(np.linalg.norm(maps.normal, axis=2), 1, atol=1e-5)
    assert maps.alpha.std() > 0
    assert not maps.alpha.flags.writeable


def test_they_are_read_only_when_somebody_asks(maps_model: Path):
    model = load_model(str(maps_model), CPU)
    assert model.capabilities.maps
    assert "maps" not in vars(model)
    assert model.maps is model.maps
    assert not hasattr(model.maps, "encoder")


def test_what_tiles_has_maps_that_tile(maps_model: Path, latent: torch.Tensor):
    network = load_maps(maps_model, CPU, 4)
    rolled = latent.roll((2, 3), (2, 3))
    whole = decode_maps(network, latent, CPU, (True, True))
    moved = decode_maps(network, rolled, CPU, (True, True))
    for name in ("alpha", "depth", "normal", "albedo"):
        wanted = np.roll(getattr(whole, name), (16, 24), (0, 1))
        np.testing.assert_allclose(getattr(moved, name), wanted, atol=1e-4)
    plain = decode_maps(network, latent, CPU, (False, False))
    assert np.abs(plain.alpha - whole.alpha).max() > 1e-4


def test_the_last_step_is_precise_whatever_the_rest_is(maps_model: Path, latent: torch.Tensor):
    half = Device(torch.device("cpu"), torch.bfloat16)
    network = load_maps(maps_model, half, 4)
    with torch.inference_mode():
        raw = network.decoder(latent.bfloat16())
    assert raw.dtype == torch.float32
    exact = decode_maps(load_maps(maps_model, CPU, 4), latent, CPU, (False, False))
    close = decode_maps(network, latent, half, (False, False))
    np.testing.assert_allclose(close.alpha, exact.alpha, atol=0.05)


def test_channels_are_read_in_their_ranges():
    raw = torch.linspace(-3, 3, 2 * 10 * 4).view(2, 10, 2, 2)
    maps = read_maps(raw)
    assert {name: plane.shape[1] for name, plane in maps.items()} == {
        "alpha": 1, "depth": 1, "normal": 3, "albedo": 3, "roughness": 1, "metallic": 1,
    }  # fmt: skip
    torch.testing.assert_close(maps["alpha"], raw[:, 0:1].sigmoid())
    torch.testing.assert_close(maps["normal"].norm(dim=1), torch.ones(2, 2, 2))
    assert maps["depth"].min() == 0


def test_a_model_without_maps_says_so(tiny_model: Path, request_: GenerationRequest):
    assert not read_capabilities(tiny_model).maps
    engine = DiffusionEngine(CPU)
    plain = replace(request_, model=str(tiny_model))
    with pytest.raises(StudioError, match="no maps decoder"):
        engine.load_maps(plain.model)
    with pytest.raises(StudioError, match="no maps decoder"):
        engine.decode_maps(plain, np.zeros((4, 8, 8), np.float32))


def test_a_latent_of_another_size_is_refused(request_: GenerationRequest):
    engine = DiffusionEngine(CPU)
    engine.load(request_.model)
    with pytest.raises(StudioError, match="another model"):
        engine.decode_maps(request_, np.zeros((4, 8, 4), np.float32))


def _changed(key: str, value: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "maps" / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_changed("_class_name", "AutoencoderKL"), "unknown class"),
        (_changed("in_channels", 9), "conv_out"),
        (_changed("latent_channels", 8), "conv_in"),
        (lambda folder: (folder / "maps" / "config.json").unlink(), "config.json is missing"),
        (
            lambda folder: (folder / "maps" / "diffusion_pytorch_model.safetensors").unlink(),
            "no .safetensors",
        ),
    ],
)
def test_a_broken_decoder_is_refused(
    maps_model: Path, tmp_path: Path, change: Callable[[Path], None], said: str
):
    folder = Path(shutil.copytree(maps_model, tmp_path / "copy"))
    change(folder)
    with pytest.raises(StudioError, match=said):
        _ = load_model(str(folder), CPU).maps
