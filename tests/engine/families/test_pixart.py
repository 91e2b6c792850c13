"""PixArt in diffusers' layout, or with its transformer alone in a file, draws what the stock pipeline draws."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from studio_app.catalogue import encoders
from studio_app.core.controls import Control
from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.engine.engine import DiffusionEngine
from tests.engine.conftest import DEPTH, final
from tests.engine.families.kinds import KINDS
from tests.engine.families.stock import CLOSE, pipeline, shown
from tests.tiny.networks import edit_json
from tests.tiny.pixart import in_its_own_names
from tests.tiny.t5 import write_spiece

# diffusers makes numpy arrays of tensors.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def pixart(make_pixart: Callable[..., Path]) -> Path:
    return make_pixart()


@pytest.fixture(scope="module")
def base(pixart: Path) -> GenerationRequest:
    return replace(KINDS["pixart"].base(pixart), height=96)


def stock(folder: Path, kind: str, scheduler: str = "DDIMScheduler", **given: Any) -> Any:
    given = {
        "num_inference_steps": 5, "guidance_scale": 4.0, "use_resolution_binning": False,
        "clean_caption": False,
    } | given  # fmt: skip
    return shown(pipeline(folder, kind, scheduler), **given)


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


@pytest.mark.parametrize("own_names", [False, True])
def test_a_transformer_alone_goes_with_what_lies_beside_it(
    make_pixart: Callable[..., Path],
    engine: DiffusionEngine,
    base: GenerationRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    own_names: bool,
):
    from tests.tiny.pixart import write_split

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
    edit_json(folder / component / "config.json", **changes)
    with pytest.raises(StudioError, match=said):
        engine.load(str(folder))
