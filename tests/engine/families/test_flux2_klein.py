"""FLUX.2 klein in diffusers' layout draws what the stock pipeline draws, and says what it can."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from studio_app.core.controls import Control
from studio_app.core.errors import StudioError
from studio_app.core.fittings import Fitting, fitting_key
from studio_app.core.request import GenerationRequest
from studio_app.core.settings import Settings, save_settings
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.families.flux2_klein import Flux2Klein, empirical_mu, seen_reference
from studio_app.engine.families.model_card import read_capabilities
from studio_app.engine.families.registry import load_model
from tests.engine.conftest import CPU, DEPTH, POSE, distance, final
from tests.engine.families.kinds import KINDS, WIDE
from tests.engine.families.stock import CLOSE, pipeline, shown
from tests.tiny.networks import edit_json

TALL = np.random.default_rng(1).integers(0, 256, (96, 64, 3), np.uint8)


@pytest.fixture(scope="module")
def folder(make_klein: Callable[..., Path]) -> Path:
    return make_klein("FLUX.2-klein-4B")


@pytest.fixture(scope="module")
def slow(make_klein: Callable[..., Path]) -> Path:
    return make_klein("FLUX.2-klein-base-4B", distilled=False, shards=True)


@pytest.fixture(scope="module")
def base(folder: Path) -> GenerationRequest:
    return replace(KINDS["klein"].base(folder), height=96)


@cache
def known(folder: Path) -> Any:
    return pipeline(folder, "Flux2KleinPipeline")


def stock(folder: Path, **given: Any) -> Any:
    return shown(known(folder), **{"num_inference_steps": 4, "guidance_scale": 1.0} | given)


def test_it_draws_what_the_stock_pipeline_draws(
    engine: DiffusionEngine, folder: Path, base: GenerationRequest
):
    theirs = stock(folder)
    assert theirs.std() > 5
    assert np.abs(theirs - final(engine, base)).max() < CLOSE


def test_what_it_was_distilled_of_is_guided_as_in_the_stock_pipeline(
    engine: DiffusionEngine, slow: Path, base: GenerationRequest
):
    """It lies in shards."""
    assert len(list((slow / "transformer").glob("*.safetensors"))) > 1
    theirs = stock(slow, guidance_scale=3.0)
    request = replace(base, model=str(slow), sampler="euler", guidance_scale=3)
    assert np.abs(theirs - final(engine, request)).max() < CLOSE
    can = engine.load(str(slow))
    assert not can.few_step and can.guidance.default > 1


def test_drawings_and_references_are_pictures_that_it_looks_at(
    engine: DiffusionEngine, folder: Path, base: GenerationRequest
):
    """One in the picture's size, one in its own, cut to whole tokens."""
    theirs = stock(folder, image=[Image.fromarray(TALL), Image.fromarray(WIDE)])
    request = replace(base, controls=(Control("pose", TALL), Control("reference", WIDE)))
    drawn = final(engine, request)
    assert np.abs(theirs - drawn).max() < CLOSE
    assert distance(drawn, final(engine, replace(request, controls=request.controls[:1]))) > 2
    assert distance(drawn, final(engine, base)) > 2


def test_its_steps_move_as_diffusers_moves_them():
    from diffusers.pipelines.flux2 import pipeline_flux2_klein

    for tokens in (24, 1024, 4096, 5000):
        for steps in (1, 4, 50):
            theirs = pipeline_flux2_klein.compute_empirical_mu(tokens, steps)
            assert empirical_mu(tokens, steps) == pytest.approx(theirs)


def test_a_reference_is_cut_to_whole_tokens():
    ramp = np.linspace(0, 1, 3 * 70 * 45, dtype=np.float32).reshape(70, 45, 3)
    assert seen_reference(ramp).shape == (64, 32, 3)
    assert np.array_equal(seen_reference(ramp), np.round(ramp[3:67, 6:38] * 255).astype(np.uint8))
    large = seen_reference(np.zeros((3000, 1500, 3), np.float32))
    assert large.shape[0] * large.shape[1] <= 1024 * 1024 and large.shape == (1440, 720, 3)
    assert seen_reference(np.zeros((5, 40, 3), np.float32)).shape == (32, 256, 3)


def test_it_says_what_it_can(
    engine: DiffusionEngine, folder: Path, slow: Path, base: GenerationRequest
):
    can = engine.load(str(folder))
    assert can.quick_sampler == "euler_trailing" and "reference" in can.controls
    assert can.steps_of("euler_trailing").default == 4 and can.guidance.default == 1
    assert not can.tiling and not can.control_strength
    with pytest.raises(StudioError, match="no seamless"):
        final(engine, replace(base, tile=(True, False)))
    half = replace(base, controls=(Control("depth", DEPTH, strength=0.5),))
    assert any("no strength" in note for note in engine.notes(half))
    assert not any(
        "no strength" in n for n in engine.notes(replace(half, controls=(Control("depth", DEPTH),)))
    )


def test_what_the_artist_says_goes_before_what_the_folder_does(folder: Path, own_home: Path):
    model: Any = load_model(str(folder), CPU)
    assert model.capabilities.few_step
    save_settings(Settings(fittings={fitting_key(folder): Fitting(few_step="none")}))
    can = read_capabilities(folder)
    assert not can.few_step and can.guidance.default == 4 and can.samplers[0] == "euler"
    assert model.refit(can) and not model.capabilities.few_step


def test_another_seed_encodes_nothing_again(folder: Path, base: GenerationRequest):
    engine = DiffusionEngine(CPU)
    request = replace(
        base, height=64, steps=2, controls=(Control("depth", DEPTH), Control("pose", POSE))
    )
    final(engine, request)
    known = engine.encoded
    assert known == 3
    final(engine, replace(request, seed=8))
    assert engine.encoded == known


def test_a_latent_is_packed_and_comes_back(engine: DiffusionEngine, base: GenerationRequest):
    model = engine._model(base.model)
    latent = torch.randn(1, 128, 4, 6, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(model.packed(model.unpacked(latent)), latent, atol=1e-5)


def test_only_the_layers_that_are_read_are_there(folder: Path):
    model = load_model(str(folder), CPU)
    assert isinstance(model, Flux2Klein)
    assert len(model.text.model.layers) == 27
    words = model.encode_prompt("a (red:1.5) potion", None)["words"]
    assert words.shape == (1, 512, 96)
    assert not torch.equal(words, model.encode_prompt("a red potion", None)["words"])


SPOILT: dict[str, tuple[Callable[[Path], Any], str]] = {
    "a network of another kind": (
        lambda f: edit_json(f / "vae/config.json", _class_name="os.system"), "unknown class"
    ),
    "told of guidance": (
        lambda f: edit_json(f / "transformer/config.json", guidance_embeds=True), "guidance_embedder"
    ),
    "variances of nothing": (
        lambda f: edit_json(f / "vae/config.json", batch_norm_eps=-100.0), "batch_norm_eps"
    ),
    "places that do not turn": (
        lambda f: edit_json(f / "transformer/config.json", axes_dims_rope=[8, 8, 8, 4]), "another make"
    ),
    "places that turn by nothing": (
        lambda f: edit_json(f / "transformer/config.json", axes_dims_rope=None),
        "another make|no network",
    ),
    "latents of another kind": (
        lambda f: edit_json(f / "vae/config.json", patch_size=[1, 1]), "running_mean"
    ),
    "words of FLUX.2 itself": (
        lambda f: edit_json(f / "model_index.json", text_encoder=["transformers", "Mistral3ForConditionalGeneration"]),
        "FLUX.2",
    ),
    "few layers of words": (
        lambda f: _without_layers(f / "text_encoder/model.safetensors"), "28 layers|27 layers"
    ),
}  # fmt: skip


def _without_layers(path: Path) -> None:
    from safetensors.torch import load_file, save_file

    save_file({n: t for n, t in load_file(path).items() if ".layers.27." not in n}, path)


@pytest.mark.parametrize("case", SPOILT)
def test_spoilt_folders_are_refused(folder: Path, tmp_path: Path, case: str):
    change, said = SPOILT[case]
    spoilt = tmp_path / "FLUX.2-klein-4B"
    shutil.copytree(folder, spoilt)
    change(spoilt)
    with pytest.raises(StudioError, match=said):
        load_model(str(spoilt), CPU)
