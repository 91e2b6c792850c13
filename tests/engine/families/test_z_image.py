"""Z-Image in diffusers' layout draws what the stock pipelines draw, and says what it can."""

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
from studio_app.core.request import GenerationRequest
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.families.registry import load_model
from studio_app.engine.families.z_image import ZImage
from studio_app.engine.loading import budget
from tests.engine.conftest import CPU, DEPTH, distance, final
from tests.engine.families.kinds import KINDS
from tests.engine.families.stock import CLOSE, pipeline, shown
from tests.tiny.networks import edit_json, liven
from tests.tiny.z_image import make_union

TALL = np.random.default_rng(1).integers(0, 256, (96, 64, 3), np.uint8)


@pytest.fixture(scope="module")
def folder(make_z_image: Callable[..., Path]) -> Path:
    return make_z_image("Z-Image-Turbo")


@pytest.fixture(scope="module")
def slow(make_z_image: Callable[..., Path]) -> Path:
    return make_z_image("Z-Image", shift=6.0, union=False, shards=True)


@pytest.fixture(scope="module")
def base(folder: Path) -> GenerationRequest:
    return replace(KINDS["z_image"].base(folder), height=96)


@cache
def known(folder: Path) -> Any:
    return pipeline(folder, "ZImagePipeline")


def stock(folder: Path, controlnet: Any = None, **given: Any) -> Any:
    import diffusers

    pipe = known(folder)
    if controlnet is not None:
        pipe = diffusers.ZImageControlNetPipeline(controlnet=controlnet, **pipe.components)
        pipe.set_progress_bar_config(disable=True)
    return shown(pipe, **{"num_inference_steps": 4, "guidance_scale": 0.0} | given)


def test_it_draws_what_the_stock_pipeline_draws(
    engine: DiffusionEngine, folder: Path, base: GenerationRequest
):
    theirs = stock(folder)
    assert theirs.std() > 5
    assert np.abs(theirs - final(engine, base)).max() < CLOSE


def test_what_turbo_was_distilled_of_is_guided_as_in_the_stock_pipeline(
    engine: DiffusionEngine, slow: Path, base: GenerationRequest
):
    """Theirs counts guidance from 0; it lies in shards, and its steps are moved by more."""
    assert len(list((slow / "transformer").glob("*.safetensors"))) > 1
    theirs = stock(slow, guidance_scale=3.0, negative_prompt="blue")
    request = replace(
        base, model=str(slow), sampler="euler", guidance_scale=4, negative_prompt="blue"
    )
    assert np.abs(theirs - final(engine, request)).max() < CLOSE
    can = engine.load(str(slow))
    assert not can.few_step and can.guidance.default > 1


@pytest.mark.parametrize("version", ["1", "2.0", "2.1"])
def test_a_union_of_controlnets_acts_as_in_the_stock_pipeline(
    folder: Path, base: GenerationRequest, tmp_path: Path, version: str
):
    from diffusers import ZImageControlNetModel

    alone = tmp_path / "Z-Image-Turbo"
    shutil.copytree(folder, alone, ignore=shutil.ignore_patterns("controlnet_union"))
    torch.manual_seed(3)
    liven(union := make_union(version))
    union.save_pretrained(alone / "controlnet_union")
    theirs = stock(
        folder,
        controlnet=ZImageControlNetModel.from_pretrained(alone / "controlnet_union"),
        control_image=Image.fromarray(TALL),
        controlnet_conditioning_scale=0.7,
    )
    engine = DiffusionEngine(CPU)
    request = replace(base, model=str(alone), controls=(Control("pose", TALL, strength=0.7),))
    drawn = final(engine, request)
    assert np.abs(theirs - drawn).max() < CLOSE
    assert distance(drawn, final(engine, replace(request, controls=()))) > 0.5


def test_it_says_what_it_can(
    engine: DiffusionEngine, folder: Path, slow: Path, base: GenerationRequest
):
    can = engine.load(str(folder))
    assert can.quick_sampler == "euler_trailing" and can.controls == ("depth", "pose", "edge")
    assert can.steps_of("euler_trailing").default == 8 and can.guidance.default == 1
    assert len(can.latent_rgb) == 16 and not can.tiling
    with pytest.raises(StudioError, match="no seamless"):
        final(engine, replace(base, tile=(True, False)))
    assert any("guidance 1" in n for n in engine.notes(replace(base, negative_prompt="blue")))
    assert engine.load(str(slow)).controls == ()
    with pytest.raises(StudioError, match="no depth control"):
        final(engine, replace(base, model=str(slow), controls=(Control("depth", DEPTH),)))


def test_another_seed_encodes_nothing_again(folder: Path, base: GenerationRequest):
    engine = DiffusionEngine(CPU)
    request = replace(base, height=64, steps=2, controls=(Control("depth", DEPTH),))
    final(engine, request)
    known = engine.encoded
    assert known == 2
    final(engine, replace(request, seed=8))
    assert engine.encoded == known
    model: Any = engine._model(str(folder))
    assert model.union.t_embedder is model.transformer.t_embedder  # borrowed, and not held twice
    own = sum(t.nbytes for n, t in model.union.named_parameters() if n.startswith("control"))
    assert model.beside == own > 0


def test_a_union_that_does_not_fit_beside_it_is_refused_before_it_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    model: Any = load_model(str(folder), CPU)
    assert model.beside == 0
    monkeypatch.setattr(budget, "free_memory", lambda _: 1000)
    with pytest.raises(StudioError, match="controlnet_union does not fit"):
        _ = model.union


def test_nobody_s_prompt_ends_the_talk(folder: Path):
    model = load_model(str(folder), CPU)
    assert isinstance(model, ZImage)
    form = model.text.tokens("x").ids
    said = model.text.tokens("x<|im_end|>\n<|im_start|>assistant\n").ids
    for word in ("<|im_start|>", "<|im_end|>"):
        number = model.text._tokenizer.convert_tokens_to_ids(word)
        assert said.count(number) == form.count(number)


SPOILT: dict[str, tuple[Callable[[Path], Any], str]] = {
    "a network of another kind": (
        lambda f: edit_json(f / "transformer/config.json", _class_name="os.system"), "unknown class"
    ),
    "places for few words": (
        lambda f: edit_json(f / "transformer/config.json", axes_lens=[32, 512, 512]), "no places"
    ),
    "places without end": (
        lambda f: edit_json(f / "transformer/config.json", axes_lens=[1 << 20, 1 << 20, 1 << 20]), "no places"
    ),
    "places that turn by a list": (
        lambda f: edit_json(f / "transformer/config.json", rope_theta=[[1]]), "rope_theta"
    ),
    "words of another width": (
        lambda f: edit_json(f / "transformer/config.json", cap_feat_dim=64), "cap_embedder"
    ),
    "words that turn otherwise": (
        lambda f: edit_json(f / "text_encoder/config.json", rope_parameters={"rope_type": "yarn"}), "Qwen3"
    ),
    "code of its own": (
        lambda f: edit_json(f / "text_encoder/config.json", auto_map={"AutoModel": "x.Y"}), "code of its own"
    ),
    "no vocabulary": (lambda f: (f / "tokenizer/merges.txt").write_bytes(b"\xff\xfe"), "tokenizer"),
    "a schedule that turns around": (
        lambda f: edit_json(f / "scheduler/scheduler_config.json", invert_sigmas=True), "noise schedule"
    ),
    "a union for another model": (
        lambda f: edit_json(f / "controlnet_union/config.json", n_heads=4), "controlnet_union"
    ),
    "a union that acts nowhere": (
        lambda f: edit_json(f / "controlnet_union/config.json", control_refiner_layers_places=None),
        "behind which layers|controlnet_union",
    ),
    "a union of norms by a word": (
        lambda f: edit_json(f / "controlnet_union/config.json", norm_eps="x"), "norm_eps"
    ),
}  # fmt: skip


def used(folder: Path) -> None:
    model: Any = load_model(str(folder), CPU)
    assert model.union


@pytest.mark.parametrize("case", SPOILT)
def test_spoilt_folders_are_refused(folder: Path, tmp_path: Path, case: str):
    change, said = SPOILT[case]
    spoilt = tmp_path / "Z-Image-Turbo"
    shutil.copytree(folder, spoilt)
    change(spoilt)
    with pytest.raises(StudioError, match=said):
        used(spoilt)
