"""Stable Diffusion 3 in diffusers' layout draws what the stock pipelines draw, and says what it can."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from studio_app.core.controls import Control
from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.engine.engine import DiffusionEngine
from tests.engine.conftest import INIT, depth, distance, final
from tests.engine.families.kinds import KINDS
from tests.engine.families.stock import CLOSE, pipeline, shown, without_chance
from tests.tiny.networks import edit_json


@pytest.fixture(scope="module")
def sd3(make_sd3: Callable[..., Path]) -> Path:
    return make_sd3("drawn", controls=True)


@pytest.fixture(scope="module")
def base(sd3: Path) -> GenerationRequest:
    return replace(KINDS["sd3"].base(sd3), steps=10, height=96)


def stock(folder: Path, kind: str = "StableDiffusion3Pipeline", **given: Any) -> Any:
    named = ("controlnet", "text_encoder_3", "tokenizer_3")
    parts = {name: given.pop(name) for name in named if name in given}
    given = {"num_inference_steps": 10, "guidance_scale": 4.0} | given
    return shown(without_chance(pipeline(folder, kind, **parts)), **given)


@pytest.mark.parametrize("negative", ["", "blue"])
def test_it_draws_what_the_stock_pipeline_draws(
    sd3: Path, engine: DiffusionEngine, base: GenerationRequest, negative: str
):
    theirs = stock(sd3, negative_prompt=negative)
    assert theirs.std() > 5
    ours = final(engine, replace(base, negative_prompt=negative))
    assert np.abs(theirs - ours).max() < CLOSE


def test_3_5_without_a_t5_in_several_files_does_too(
    make_sd3: Callable[..., Path], engine: DiffusionEngine, base: GenerationRequest
):
    """Its steps go by the size of the picture."""
    folder = make_sd3("newer", newer=True, t5=False, shards=True, use_dynamic_shifting=True)
    assert len(list((folder / "transformer").glob("*-of-*"))) > 1
    theirs = stock(folder, text_encoder_3=None, tokenizer_3=None)
    ours = final(engine, replace(base, model=str(folder)))
    assert np.abs(theirs - ours).max() < CLOSE
    assert distance(ours, final(engine, replace(base, model=str(folder), prompt="blue"))) > 0


def test_turbo_takes_four_even_steps_without_guidance(
    make_sd3: Callable[..., Path], engine: DiffusionEngine, base: GenerationRequest
):
    folder = make_sd3("3.5-large-turbo", newer=True)
    can = engine.load(str(folder))
    assert can.few_step and can.quick_sampler == "euler_trailing" and can.guidance.default == 1
    theirs = stock(folder, num_inference_steps=4, guidance_scale=0.0, sigmas=[1, 0.75, 0.5, 0.25])
    request = replace(base, model=str(folder), sampler="euler_trailing", steps=4, guidance_scale=1)
    assert np.abs(theirs - final(engine, request)).max() < CLOSE
    assert final(engine, replace(request, sampler="euler")).shape == (96, 64, 3)


@pytest.mark.parametrize("kind", ["depth", "edge"])
def test_a_controlnet_of_either_make_acts_as_in_the_stock_pipeline(
    sd3: Path, engine: DiffusionEngine, base: GenerationRequest, kind: Any
):
    from diffusers import SD3ControlNetModel

    drawn = np.random.default_rng(1).integers(0, 256, (96, 64), np.uint8)
    picture = torch.from_numpy(drawn.astype(np.float32) / 127.5 - 1)[None, None]
    name = f"controlnet_{kind}"
    theirs = stock(
        sd3,
        "StableDiffusion3ControlNetPipeline",
        controlnet=SD3ControlNetModel.from_pretrained(sd3 / name, dtype=torch.float32),
        control_image=picture.expand(1, 3, 96, 64),
        controlnet_conditioning_scale=0.7,
        control_guidance_end=0.6,
    )
    request = replace(base, controls=(Control(kind, drawn, strength=0.7, end=0.6),))
    ours = final(engine, request)
    assert np.abs(theirs - ours).max() < CLOSE
    assert distance(ours, final(engine, base)) > 0.05


def test_it_says_what_it_can(engine: DiffusionEngine, base: GenerationRequest, sd3: Path):
    can = engine.load(str(sd3))
    assert not can.few_step and can.quick_sampler is None and not can.tiling
    assert set(can.controls) == {"depth", "edge"} and can.negative == "cfg"
    assert can.sizes == ((64, 64),) and can.max_side == 384 and len(can.latent_rgb) == 16
    for wrong, said in (({"tile": (True, False)}, "seamless"), ({"width": 416}, "up to 384")):
        with pytest.raises(StudioError, match=said):
            list(engine.run(replace(base, **wrong)))
    long = engine.notes(replace(base, prompt="red " * 260))
    assert any("last 5 tokens" in note for note in long)
    assert not any("too long" in note for note in engine.notes(replace(base, prompt="red " * 99)))


def test_from_a_picture_it_draws_what_the_stock_pipeline_draws(
    sd3: Path, engine: DiffusionEngine, base: GenerationRequest
):
    """Half of their twenty steps are ten of ours."""
    pipe = without_chance(pipeline(sd3, "StableDiffusion3Img2ImgPipeline"))
    theirs = pipe(
        "a red potion",
        image=torch.from_numpy(INIT.astype(np.float32) / 255).permute(2, 0, 1)[None],
        strength=0.5,
        num_inference_steps=20,
        sigmas=[1 - i / 20 for i in range(20)],
        guidance_scale=4.0,
        generator=torch.Generator().manual_seed(7),
        output_type="np",
    ).images[0]
    request = replace(base, height=64, init=INIT, strength=0.5005, sampler="euler_trailing")
    assert np.abs(theirs * 255 - final(engine, request)).max() < CLOSE


BROKEN: dict[str, tuple[str, dict[str, Any]]] = {
    "unknown class": ("transformer", {"_class_name": "SD3TransformerOfMine"}),
    "no numbers": ("transformer", {"pos_embed_max_size": [96]}),
    "pos_embed is 1x576x64, not": ("transformer", {"pos_embed_max_size": 1024}),
    "asks for far more": ("transformer", {"num_layers": 60}),
    "num_layers": ("transformer", {"num_layers": 10**6}),
    "has the unknown|of the unknown": ("text_encoder", {"architectures": ["EvilModel"]}),
    "different latents|conv_out": ("vae", {"latent_channels": 4}),
    "shift_factor is x": ("vae", {"shift_factor": "x"}),
    "scaling_factor is 0": ("vae", {"scaling_factor": 0}),
    "noise schedule": ("scheduler", {"shift": 1e9}),
    "another model|is 64x": ("controlnet_depth", {"pooled_projection_dim": 64}),
}


@pytest.mark.parametrize("said", BROKEN)
def test_what_is_crooked_is_refused(
    sd3: Path, engine: DiffusionEngine, base: GenerationRequest, tmp_path: Path, said: str
):
    folder = tmp_path / "crooked"
    shutil.copytree(sd3, folder)
    component, changes = BROKEN[said]
    name = "scheduler_config.json" if component == "scheduler" else "config.json"
    edit_json(folder / component / name, **changes)
    with pytest.raises(StudioError, match=said):
        list(engine.run(replace(base, model=str(folder), height=64, controls=depth())))
