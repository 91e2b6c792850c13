"""PixArt in diffusers' layout, or with its transformer alone in a file, draws what the stock pipeline draws."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from studio_app.catalogue import encoders
from studio_app.core.controls import Control
from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest, Start
from studio_app.engine.drawing.batch import BatchPainter
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.families.registry import load_model
from tests.engine.conftest import CPU, DEPTH, INIT, distance
from tests.tiny_pixart import in_its_own_names
from tests.tiny_t5 import write_spiece

# diffusers makes numpy arrays of tensors.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

CLOSE = 1.5
"""Of 255, between a stock pipeline in float32 and ours."""


@pytest.fixture(scope="module")
def pixart(make_pixart: Callable[..., Path]) -> Path:
    return make_pixart()


@pytest.fixture(scope="module")
def base(pixart: Path) -> GenerationRequest:
    return GenerationRequest(
        "a red potion",
        sampler="ddim",
        steps=5,
        guidance_scale=4,
        width=64,
        height=96,
        model=str(pixart),
        seed=7,
    )


def final(engine: DiffusionEngine, request: GenerationRequest) -> np.ndarray:
    return list(engine.run(request, wanted=("final",)))[-1].rgb


def stock(folder: Path, kind: str, scheduler: str = "DDIMScheduler", **given: Any) -> Any:
    """Of a pipeline of diffusers, 0..255."""
    import diffusers

    config = json.loads((folder / "scheduler" / "scheduler_config.json").read_text())
    config |= {"set_alpha_to_one": True, "clip_sample": False, "timestep_spacing": "linspace"}
    pipe: Any = getattr(diffusers, kind).from_pretrained(
        folder,
        dtype=torch.float32,
        local_files_only=True,
        scheduler=getattr(diffusers, scheduler).from_config(config),
    )
    pipe.set_progress_bar_config(disable=True)
    given = {
        "num_inference_steps": 5, "guidance_scale": 4.0, "height": 96, "width": 64,
        "use_resolution_binning": False, "clean_caption": False, "prompt": "a red potion",
    } | given  # fmt: skip
    generator = torch.Generator().manual_seed(7)
    return pipe(generator=generator, output_type="np", **given).images[0] * 255


@pytest.mark.parametrize("negative", ["", "Blue potion"])
def test_alpha_draws_what_the_stock_pipeline_draws(
    pixart: Path, engine: DiffusionEngine, base: GenerationRequest, negative: str
):
    """By the sampler that its folder names, where that puts its steps."""
    theirs = stock(
        pixart, "PixArtAlphaPipeline", "DPMSolverMultistepScheduler", negative_prompt=negative
    )
    ours = final(engine, replace(base, sampler="dpmpp_2m", negative_prompt=negative))
    assert theirs.std() > 5
    assert np.abs(theirs - ours).max() < CLOSE


def test_sigma_draws_what_the_stock_pipeline_draws(
    make_pixart: Callable[..., Path], engine: DiffusionEngine, base: GenerationRequest
):
    """In several files, without SentencePiece's JSON, and at a size of its own."""
    folder = make_pixart("sigma", sigma=True, shards=True)
    theirs = stock(
        folder, "PixArtSigmaPipeline", "DPMSolverMultistepScheduler", height=64, width=128,
        prompt="a red potion " * 15,
    )  # fmt: skip
    request = replace(base, model=str(folder), sampler="dpmpp_2m", height=64, width=128)
    assert len(list((folder / "transformer").glob("*-of-*"))) > 1
    ours = final(engine, replace(request, prompt="A red potion " * 15))
    assert np.abs(theirs - ours).max() < CLOSE


def test_an_older_folder_s_transformer_and_words_are_the_same(
    make_pixart: Callable[..., Path], engine: DiffusionEngine, base: GenerationRequest
):
    folder = make_pixart("older", older=True, tokenizer="model")
    shown = final(engine, replace(base, model=str(folder)))
    assert np.array_equal(shown, final(engine, base))


def test_an_lcm_asks_once_a_step(
    make_pixart: Callable[..., Path], engine: DiffusionEngine, base: GenerationRequest
):
    folder = make_pixart("lcm", scheduler="LCMScheduler")
    can = engine.load(str(folder))
    assert can.few_step and can.quick_sampler == "lcm" and can.guidance.default == 1
    theirs = stock(
        folder, "PixArtAlphaPipeline", "LCMScheduler", num_inference_steps=4, guidance_scale=0.0
    )
    request = replace(base, model=str(folder), sampler="lcm", steps=4, guidance_scale=1)
    assert np.abs(theirs - final(engine, request)).max() < CLOSE


def test_a_dmd_takes_noise_for_a_time_of_its_own(
    make_pixart: Callable[..., Path], engine: DiffusionEngine, base: GenerationRequest
):
    """Known by its name alone."""
    folder = make_pixart("PixArt-Alpha-DMD-XL", scheduler="DDPMScheduler")
    can = engine.load(str(folder))
    assert can.quick_sampler == "lcm" and can.steps_of("lcm").default == 1
    theirs = stock(
        folder, "PixArtAlphaPipeline", "DDPMScheduler", num_inference_steps=1, timesteps=[400],
        guidance_scale=1.0,
    )  # fmt: skip
    request = replace(base, model=str(folder), sampler="lcm", steps=1, guidance_scale=1)
    assert np.abs(theirs - final(engine, request)).max() < CLOSE
    assert final(engine, replace(request, steps=3)).std() > 5


def test_it_says_what_it_can(engine: DiffusionEngine, base: GenerationRequest, pixart: Path):
    can = engine.load(str(pixart))
    assert not can.few_step and not can.tiling and can.loras and can.controls == ()
    assert can.sizes[:2] == ((1024, 1024), (1152, 896)) and can.negative == "cfg"
    for wrong, said in (
        ({"tile": (True, False)}, "seamless"),
        ({"controls": (Control("depth", DEPTH),)}, "no depth control"),
    ):
        with pytest.raises(StudioError, match=said):
            list(engine.run(replace(base, **wrong)))
    assert any("last 3 tokens" in note for note in engine.notes(replace(base, prompt="red " * 122)))


CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "unguided": {"guidance_scale": 1},
    "euler": {"sampler": "euler", "negative_prompt": "blue"},
    "mask": {"init": INIT, "strength": 0.6, "mask": np.full((64, 64), 255, np.uint8)},
}


@pytest.mark.parametrize("case", CASES)
def test_a_branch_follows_the_whole_run(
    engine: DiffusionEngine, base: GenerationRequest, case: str
):
    request = replace(base, **{"height": 64} | CASES[case])
    frames = list(engine.run(request))
    assert [frame.kind for frame in frames] == ["noisy", "denoised"] * 5 + ["final"]
    third = [frame for frame in frames if frame.kind == "noisy"][2].latent
    assert third is not None and third.shape == (4, 8, 8)
    continued = list(engine.run(replace(request, start=Start(third, 2))))
    assert np.array_equal(continued[-1].pixels, frames[-1].pixels)


def test_what_a_mask_keeps_stays(engine: DiffusionEngine, base: GenerationRequest):
    mask = np.zeros((64, 64), np.uint8)
    mask[:, :32] = 255
    drawn = final(engine, replace(base, height=64, init=INIT, strength=0.7, mask=mask))
    assert np.array_equal(drawn[:, 32:], INIT[:, 32:])
    assert not np.array_equal(drawn[:, :32], INIT[:, :32])


def test_weights_of_words_tell_and_prompts_are_read_once(
    engine: DiffusionEngine, base: GenerationRequest
):
    plain = final(engine, base)
    before = engine.encoded
    assert distance(plain, final(engine, replace(base, seed=8))) > 0
    assert engine.encoded == before
    near, far = (final(engine, replace(base, prompt=f"a (red:{w}) potion")) for w in (1.05, 3))
    assert 0 < distance(plain, near) < distance(plain, far)


def test_a_batch_is_its_pictures(engine: DiffusionEngine, base: GenerationRequest):
    """Of prompts of different lengths."""
    request = replace(base, height=64, steps=3)
    other = replace(request, seed=8, prompt="a blue sword, blue, blue", negative_prompt="")
    both = BatchPainter(load_model(base.model, CPU)).paint([request, other]).latents
    for i, one in enumerate((request, other)):
        latent = list(engine.run(one, wanted=("final",)))[-1].latent
        assert latent is not None
        assert np.abs(both[i] - latent).max() < 0.02


@pytest.mark.parametrize("own_names", [False, True])
def test_a_transformer_alone_goes_with_what_lies_beside_it(
    make_pixart: Callable[..., Path],
    engine: DiffusionEngine,
    base: GenerationRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    own_names: bool,
):
    from tests.tiny_pixart import write_split

    monkeypatch.setattr(encoders, "_T5", {32: "t5-xxl"})
    folder = write_split(tmp_path)
    state = load_file(folder / "transformer/diffusion_pytorch_model.safetensors")
    tree = tmp_path / "tree"
    path = tree / "diffusion_models/ink.safetensors"
    save_file(in_its_own_names(state) if own_names else state, path)
    for name in ("vae", "text_encoders"):
        (tree / name).rename(tree / f"no_{name}")
    with pytest.raises(StudioError) as said:
        engine.load(str(path))
    assert "T5-XXL" in said.value.hint and "autoencoder" in said.value.hint
    for name in ("vae", "text_encoders"):
        (tree / f"no_{name}").rename(tree / name)
    with pytest.raises(StudioError, match="words of its text encoder are missing"):
        engine.load(str(path))
    write_spiece(tree / "text_encoders/spiece.model")
    shown = final(engine, replace(base, model=str(path), height=64))
    theirs = final(engine, replace(base, model=str(folder), height=64))
    assert np.abs(shown.astype(int) - theirs).max() <= 1


BROKEN: dict[str, tuple[str, dict[str, Any]]] = {
    "unknown class": ("transformer", {"_class_name": "EvilTransformer"}),
    r"unknown class \['Pix": ("transformer", {"_class_name": ["PixArtTransformer2DModel"]}),
    "latents of": ("transformer", {"sample_size": 4096}),
    "num_layers": ("transformer", {"num_layers": 10**6}),
    "asks for far more": ("transformer", {"num_layers": 60}),
    "makes no network": ("transformer", {"norm_type": "layer_norm"}),
    "is 72x4x2x2": ("transformer", {"patch_size": 4}),
    "can't be made": ("text_encoder", {"feed_forward_proj": "evil-gelu-gelu"}),
    "buckets": ("text_encoder", {"relative_attention_max_distance": 1}),
    "not 2x72000000": ("transformer", {"num_attention_heads": 10**6}),
    "code of its own": ("text_encoder", {"auto_map": {"AutoModel": "evil.Model"}}),
    "its shared.weight|shared.weight is": ("text_encoder", {"d_model": 64}),
}


@pytest.mark.parametrize("said", BROKEN)
def test_what_is_crooked_is_refused(
    pixart: Path, engine: DiffusionEngine, tmp_path: Path, said: str
):
    folder = tmp_path / "crooked"
    shutil.copytree(pixart, folder)
    component, changes = BROKEN[said]
    path = folder / component / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(StudioError, match=said):
        engine.load(str(folder))
