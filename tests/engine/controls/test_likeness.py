"""An IP-Adapter that was chosen for a model: it reads references as diffusers' pipeline does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from studio_app.core.controls import Control
from studio_app.core.errors import StudioError
from studio_app.core.fittings import Fitting, fitting_key
from studio_app.core.regions import Region
from studio_app.core.request import GenerationRequest
from studio_app.core.settings import Settings, save_settings
from studio_app.engine.engine import DiffusionEngine
from tests.engine.conftest import CPU, INIT, distance
from tests.tiny.likeness import PROJECTED, SIDE, WIDTH, write_adapter, write_sight

LIKE = Control("reference", INIT[:SIDE, :SIDE])
"""As large as the encoder sees: nothing is scaled, here or in the pipeline."""


@pytest.fixture(scope="module")
def sight(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sight(tmp_path_factory.mktemp("sight") / "image_encoder")


def write_plus(path: Path, unet: Any, queries: int = 6, hidden: int = 48) -> Path:
    """Of the kind that looks at all of a picture (plus, and plus-face, which differ in nothing but what they learnt):
    a resampler of four layers instead of one product."""
    write_adapter(path, unet)
    tensors = {n: t for n, t in load_file(path).items() if not n.startswith("image_proj.")}
    dim = unet.config.cross_attention_dim

    def linear(name: str, out: int, into: int, *, bias: bool = False) -> None:
        tensors[f"image_proj.{name}.weight"] = torch.randn(out, into) * into**-0.5
        if bias:
            tensors[f"image_proj.{name}.bias"] = torch.zeros(out)

    def norm(name: str, wide: int) -> None:
        tensors[f"image_proj.{name}.weight"] = torch.ones(wide)
        tensors[f"image_proj.{name}.bias"] = torch.zeros(wide)

    tensors["image_proj.latents"] = torch.randn(1, queries, hidden)
    linear("proj_in", hidden, WIDTH, bias=True)
    linear("proj_out", dim, hidden, bias=True)
    norm("norm_out", dim)
    for i in range(4):
        norm(f"layers.{i}.0.norm1", hidden)
        norm(f"layers.{i}.0.norm2", hidden)
        linear(f"layers.{i}.0.to_q", 64, hidden)
        linear(f"layers.{i}.0.to_kv", 128, hidden)
        linear(f"layers.{i}.0.to_out", hidden, 64)
        norm(f"layers.{i}.1.0", hidden)
        linear(f"layers.{i}.1.1", 4 * hidden, hidden)
        linear(f"layers.{i}.1.3", hidden, 4 * hidden)
    save_file(tensors, path)
    return path


def write_full(path: Path, unet: Any) -> Path:
    """Of the kind that hears every patch of a picture as a word (full-face)."""
    write_adapter(path, unet)
    tensors = {n: t for n, t in load_file(path).items() if not n.startswith("image_proj.")}
    dim = unet.config.cross_attention_dim
    tensors |= {
        "image_proj.proj.0.weight": torch.randn(WIDTH, WIDTH) * 0.2,
        "image_proj.proj.0.bias": torch.zeros(WIDTH),
        "image_proj.proj.2.weight": torch.randn(dim, WIDTH) * 0.2,
        "image_proj.proj.2.bias": torch.zeros(dim),
        "image_proj.proj.3.weight": torch.ones(dim),
        "image_proj.proj.3.bias": torch.zeros(dim),
    }
    save_file(tensors, path)
    return path


@pytest.fixture(scope="module", params=["sd15", "sdxl"])
def model(request: pytest.FixtureRequest) -> Path:
    return request.getfixturevalue(f"make_{request.param}")()


@pytest.fixture(scope="module")
def adapter(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from diffusers import UNet2DConditionModel

    unet = UNet2DConditionModel.from_pretrained(model / "unet")
    return write_adapter(tmp_path_factory.mktemp("ip") / "ip-adapter.safetensors", unet)


@pytest.fixture
def chosen(model: Path, adapter: Path, sight: Path, own_home: Path) -> Path:
    fitting = Fitting(likeness=str(adapter), sight=str(sight))
    save_settings(Settings(fittings={fitting_key(model): fitting}))
    return model


def base_of(model: Path, **more: Any) -> GenerationRequest:
    return GenerationRequest(
        "a red potion",
        **{"sampler": "ddim", "steps": 10, "guidance_scale": 4, "seed": 7} | more,
        width=64,
        height=64,
        model=str(model),
    )


def final(engine: DiffusionEngine, request: GenerationRequest) -> np.ndarray:
    return list(engine.run(request, wanted=("final",)))[-1].rgb.astype(int)


def stock(model: Path, adapter: Path, sight: Path, strength: float) -> np.ndarray:
    import diffusers
    from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection

    kind: Any = (
        diffusers.StableDiffusionXLPipeline
        if (model / "text_encoder_2").is_dir()
        else diffusers.StableDiffusionPipeline
    )
    scheduler = diffusers.DDIMScheduler.from_pretrained(
        model / "scheduler", set_alpha_to_one=True, clip_sample=False
    )
    size = {"height": SIDE, "width": SIDE}
    pipe: Any = kind.from_pretrained(
        model,
        dtype=torch.float32,
        local_files_only=True,
        scheduler=scheduler,
        image_encoder=CLIPVisionModelWithProjection.from_pretrained(sight.parent),
        feature_extractor=CLIPImageProcessor(size={"shortest_edge": SIDE}, crop_size=size),
    )
    pipe.set_progress_bar_config(disable=True)
    pipe.load_ip_adapter(
        str(adapter.parent), subfolder="", weight_name=adapter.name, image_encoder_folder=None
    )
    pipe.set_ip_adapter_scale(strength)
    shown = pipe(
        "a red potion",
        ip_adapter_image=Image.fromarray(LIKE.pixels),
        generator=torch.Generator().manual_seed(7),
        num_inference_steps=10,
        guidance_scale=4.0,
        height=64,
        width=64,
        output_type="np",
    )
    return shown.images[0] * 255


def test_a_reference_acts_as_in_the_stock_pipeline(chosen: Path, adapter: Path, sight: Path):
    engine = DiffusionEngine(CPU)
    assert "reference" in engine.load(str(chosen)).controls
    request = base_of(chosen, controls=(LIKE.acting(0.6),))
    ours = final(engine, request)
    assert np.abs(stock(chosen, adapter, sight, 0.6) - ours).max() < 1.5
    plain = final(engine, replace(request, controls=()))
    assert distance(ours, plain) > 0.3
    assert np.array_equal(final(engine, request), ours)
    assert engine._loaded is not None and engine._loaded[1].beside > 0


@pytest.mark.parametrize("write", [write_plus, write_full])
def test_one_that_sees_every_patch_acts_as_in_the_stock_pipeline(
    write: Callable[..., Path], make_sd15: Callable[..., Path], sight: Path, tmp_path: Path
):
    from diffusers import UNet2DConditionModel

    model = make_sd15()
    adapter = write(
        tmp_path / "ip.safetensors", UNet2DConditionModel.from_pretrained(model / "unet")
    )
    fitting = Fitting(likeness=str(adapter), sight=str(sight))
    save_settings(Settings(fittings={fitting_key(model): fitting}))
    engine, request = DiffusionEngine(CPU), base_of(model, controls=(LIKE.acting(0.6),))
    ours = final(engine, request)
    assert np.abs(stock(model, adapter, sight, 0.6) - ours).max() < 1.5
    assert distance(ours, final(engine, replace(request, controls=()))) > 0.1


def test_it_goes_with_regions_negatives_and_a_part_of_the_run(chosen: Path):
    engine = DiffusionEngine(CPU)
    left = np.zeros((64, 64), np.uint8)
    left[:, :32] = 255
    for guidance in (1.0, 4.0):
        request = base_of(chosen, guidance_scale=guidance, steps=2, negative_prompt="blue")
        request = replace(request, regions=(Region("a blue crown", left),))
        plain = final(engine, request)
        drawn = final(engine, replace(request, controls=(LIKE,)))
        first = final(engine, replace(request, controls=(LIKE.acting(1.0, 0.0, 0.5),)))
        two = final(
            engine, replace(request, controls=(LIKE, Control("reference", 255 - LIKE.pixels)))
        )
        assert distance(plain, drawn) > 0.1 and distance(first, drawn) > 0.05
        assert distance(two, drawn) > 0.05
        assert np.array_equal(final(engine, request), plain)


def test_what_does_not_belong_together_is_refused(
    make_sd15: Callable[..., Path], make_sdxl: Callable[..., Path], sight: Path, tmp_path: Path
):
    from diffusers import UNet2DConditionModel

    model = make_sd15()
    own = UNet2DConditionModel.from_pretrained(model / "unet")
    other = UNet2DConditionModel.from_pretrained(make_sdxl() / "unet")
    face = {"image_proj.perceiver_resampler.proj_in.weight": torch.ones(4, 4)}
    save_file(face, tmp_path / "face.safetensors")
    bomb = load_file(write_plus(tmp_path / "bomb.safetensors", own))
    # A megabyte, whose resampler would take terabytes.
    bomb["image_proj.latents"] = torch.ones(1, 1, 1 << 18)
    save_file(bomb, tmp_path / "bomb.safetensors")
    for adapter, said in (
        (
            write_adapter(tmp_path / "narrow.safetensors", own, seen=PROJECTED + 8),
            "does not see for",
        ),
        (write_adapter(tmp_path / "xl.safetensors", other), "another model"),
        (tmp_path / "face.safetensors", "faces"),
        (tmp_path / "bomb.safetensors", "another model"),
    ):
        fitting = Fitting(likeness=str(adapter), sight=str(sight))
        save_settings(Settings(fittings={fitting_key(model): fitting}))
        with pytest.raises(StudioError, match=said):
            final(DiffusionEngine(CPU), base_of(model, steps=1, controls=(LIKE,)))
    save_settings(Settings())
    with pytest.raises(StudioError, match="reference"):
        final(DiffusionEngine(CPU), base_of(model, steps=1, controls=(LIKE,)))
