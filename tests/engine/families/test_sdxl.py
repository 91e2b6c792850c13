"""Stable Diffusion XL in diffusers' layout draws what the stock pipelines draw, and says what it can."""

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
from studio_app.engine.controls.folders import UNION_TYPES
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.families.registry import load_model
from studio_app.engine.families.sdxl import StableDiffusionXL
from tests.engine.conftest import CPU, depth, distance, final
from tests.engine.families.kinds import KINDS
from tests.engine.families.stock import CLOSE, pipeline, shown
from tests.tiny.networks import edit_json


@pytest.fixture(scope="module")
def sdxl(make_sdxl: Callable[..., Path]) -> Path:
    return make_sdxl()


@pytest.fixture(scope="module")
def base(sdxl: Path) -> GenerationRequest:
    return replace(KINDS["sdxl"].base(sdxl), steps=10, height=96)


def stock(folder: Path, kind: str, **given: Any) -> Any:
    parts = {name: given.pop(name) for name in ("controlnet", "adapter") if name in given}
    given = {"num_inference_steps": 10, "guidance_scale": 4.0} | given
    return shown(pipeline(folder, kind, "DDIMScheduler", **parts), **given)


def drawing(pixels: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pixels)[None, None].expand(1, 3, *pixels.shape)


TALL = np.random.default_rng(1).random((96, 64), np.float32)


@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
@pytest.mark.parametrize("negative", [None, "blue"])
def test_it_draws_what_the_stock_pipeline_draws(
    make_sdxl: Callable[..., Path],
    engine: DiffusionEngine,
    base: GenerationRequest,
    prediction: str,
    negative: str | None,
):
    """Nothing to avoid is no words at all, as the folder says."""
    v = prediction == "v_prediction"
    folder = make_sdxl(prediction, prediction=prediction, zero_snr=v, controls=False) if v else None
    request = replace(base, negative_prompt=negative or "", model=str(folder or base.model))
    theirs = stock(Path(request.model), "StableDiffusionXLPipeline", negative_prompt=negative)
    ours = final(engine, request)
    assert theirs.std() > 5
    assert np.abs(theirs - ours).max() < CLOSE


def test_a_folder_may_encode_the_empty_negative(
    make_sdxl: Callable[..., Path], engine: DiffusionEngine, base: GenerationRequest
):
    folder = make_sdxl("words", controls=False, force_zeros_for_empty_prompt=False)
    theirs = stock(folder, "StableDiffusionXLPipeline")
    assert np.abs(theirs - final(engine, replace(base, model=str(folder)))).max() < CLOSE


def test_a_controlnet_acts_as_in_the_stock_pipeline(
    sdxl: Path, engine: DiffusionEngine, base: GenerationRequest
):
    from diffusers import ControlNetModel

    theirs = stock(
        sdxl,
        "StableDiffusionXLControlNetPipeline",
        controlnet=ControlNetModel.from_pretrained(sdxl / "controlnet_depth", dtype=torch.float32),
        image=drawing(TALL),
        controlnet_conditioning_scale=0.7,
        control_guidance_end=0.6,
    )
    request = replace(base, controls=(Control("depth", TALL, strength=0.7, end=0.6),))
    assert np.abs(theirs - final(engine, request)).max() < CLOSE


@pytest.mark.parametrize("kinds", [("pose",), ("pose", "normal")])
def test_a_union_acts_as_in_the_stock_pipeline(
    sdxl: Path, engine: DiffusionEngine, base: GenerationRequest, kinds: tuple[Any, ...]
):
    """One network for several kinds, asked once for all of them."""
    from diffusers import ControlNetUnionModel

    union = ControlNetUnionModel.from_pretrained(sdxl / "controlnet_union", dtype=torch.float32)
    pictures = {
        k: np.random.default_rng(i).random((96, 64, 3), np.float32) for i, k in enumerate(kinds)
    }
    theirs = stock(
        sdxl,
        "StableDiffusionXLControlNetUnionPipeline",
        controlnet=union,
        control_image=[torch.from_numpy(p).permute(2, 0, 1)[None] for p in pictures.values()],
        control_mode=[UNION_TYPES[kind] for kind in kinds],
        controlnet_conditioning_scale=0.7,
    )
    controls = tuple(Control(kind, pixels, strength=0.7) for kind, pixels in pictures.items())
    ours = final(engine, replace(base, controls=controls))
    assert np.abs(theirs - ours).max() < CLOSE
    assert distance(ours, final(engine, base)) > 0.05


def test_an_adapter_acts_as_in_the_stock_pipeline(
    sdxl: Path, engine: DiffusionEngine, base: GenerationRequest
):
    from diffusers import T2IAdapter

    edge = (TALL > 0.9).astype(np.float32)
    theirs = stock(
        sdxl,
        "StableDiffusionXLAdapterPipeline",
        adapter=T2IAdapter.from_pretrained(sdxl / "adapter_edge", dtype=torch.float32),
        image=torch.from_numpy(edge)[None, None],
        adapter_conditioning_scale=0.8,
    )
    ours = final(engine, replace(base, controls=(Control("edge", edge, strength=0.8),)))
    assert np.abs(theirs - ours).max() < CLOSE


def test_it_says_what_it_can(
    make_sdxl: Callable[..., Path], engine: DiffusionEngine, sdxl: Path, base: GenerationRequest
):
    can = engine.load(str(sdxl))
    assert not can.few_step and can.quick_sampler is None
    assert set(can.controls) == {"depth", "pose", "edge", "normal"}
    assert can.sizes == ((64, 64),) and can.max_side == 2048
    assert can.negative == "cfg" and can.latent_rgb_bias != (0, 0, 0)
    with pytest.raises(StudioError, match="no maps"):
        engine.load_maps(str(sdxl))
    few = make_sdxl("lcm", scheduler="LCMScheduler", controls=False)
    can = engine.load(str(few))
    assert can.quick_sampler == "lcm" and can.controls == ()
    request = replace(base, model=str(few), sampler="lcm", steps=4, guidance_scale=1.5)
    assert final(engine, request).std() > 1


def test_every_word_of_a_long_prompt_tells(engine: DiffusionEngine, base: GenerationRequest):
    long = "red potion, " * 60
    shown = final(engine, replace(base, prompt=long))
    assert distance(shown, final(engine, replace(base, prompt=f"{long} blue"))) > 0
    assert distance(shown, final(engine, replace(base, prompt=f"({long}:1.3)"))) > 0
    assert not engine.notes(replace(base, prompt=long, height=64))
    assert any("too long" in note for note in engine.notes(replace(base, prompt=long * 5)))


def test_what_its_family_shares_draws_into_it_too(
    make_sdxl: Callable[..., Path],
    sdxl: Path,
    base: GenerationRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    """So that a model in one file, which has no folder of its own, takes drawings."""
    monkeypatch.setattr("studio_app.engine.controls.folders.user_dir", lambda: tmp_path)
    bare = make_sdxl("bare", controls=False)
    shared = tmp_path / "models" / "controls" / "sdxl"
    shutil.copytree(sdxl / "controlnet_depth", shared / "controlnet_depth")
    engine = DiffusionEngine(CPU)
    assert engine.load(str(bare)).controls == ("depth",)
    request = replace(base, model=str(bare), height=64, steps=2)
    drawn = final(engine, replace(request, controls=depth()))
    assert distance(drawn, final(engine, request)) > 0.05
    (shared / "controlnet_depth" / "evil.bin").write_bytes(b"\x80")
    edit_json(shared / "controlnet_depth" / "config.json", _class_name="os.system")
    with pytest.raises(StudioError, match="unknown class"):
        final(DiffusionEngine(CPU), replace(request, controls=depth()))


def test_it_is_told_its_size(sdxl: Path, base: GenerationRequest):
    engine = DiffusionEngine(CPU)
    model: Any = engine._model(str(sdxl))
    told: list[Any] = []
    model.unet.add_time_proj.register_forward_hook(lambda _, given, __: told.append(given[0]))
    final(engine, replace(base, guidance_scale=1, steps=1))
    final(engine, replace(base, guidance_scale=1, steps=1, height=64))
    assert [sizes.tolist() for sizes in told] == [[96, 64, 0, 0, 96, 64], [64, 64, 0, 0, 64, 64]]


def test_its_autoencoder_is_read_in_full_precision_where_half_overflows(sdxl: Path):
    from studio_app.engine.device import Device, picture_device

    half = Device(torch.device("cpu"), torch.float16)
    assert picture_device({"force_upcast": True}, half).dtype == torch.float32
    assert picture_device({"force_upcast": False}, half).dtype == torch.float16
    assert picture_device({}, CPU) is CPU


SPOILT: dict[str, tuple[Callable[[Path], Any], str]] = {
    "no second tokenizer": (lambda f: shutil.rmtree(f / "tokenizer_2"), "no tokenizer_2"),
    "a second encoder that does not pool": (
        lambda f: edit_json(f / "text_encoder_2/config.json", architectures=["CLIPTextModel"]),
        "unknown class",
    ),
    "told of other sizes": (
        lambda f: edit_json(f / "unet/config.json", addition_time_embed_dim=4),
        "words and sizes",
    ),
    "a union of few kinds": (
        lambda f: edit_json(f / "controlnet_union/config.json", num_control_type=2),
        "controlnet_union",
    ),
    "a union that is told of other sizes": (
        lambda f: edit_json(f / "controlnet_union/config.json", addition_time_embed_dim="x"),
        "controlnet_union",
    ),
    "words of another width": (
        lambda f: edit_json(f / "unet/config.json", cross_attention_dim=32),
        "unet",
    ),
}


def used(folder: Path) -> None:
    model = load_model(str(folder), CPU)
    assert isinstance(model, StableDiffusionXL)
    model.drawn.of("pose")


@pytest.mark.parametrize("case", SPOILT)
def test_spoilt_folders_are_refused(sdxl: Path, tmp_path: Path, case: str):
    change, said = SPOILT[case]
    folder = Path(shutil.copytree(sdxl, tmp_path / "spoilt"))
    change(folder)
    with pytest.raises(StudioError, match=said):
        used(folder)


def test_a_controlnet_that_can_t_be_asked_is_said_to_be(
    sdxl: Path, tmp_path: Path, base: GenerationRequest
):
    """What a stranger's config makes diffusers raise comes when it is drawn with first."""
    folder = Path(shutil.copytree(sdxl, tmp_path / "spoilt"))
    edit_json(folder / "controlnet_depth/config.json", controlnet_conditioning_channel_order="x")
    engine = DiffusionEngine(CPU)
    asked = replace(base, model=str(folder))
    with pytest.raises(StudioError, match="controlnet_depth can't be asked"):
        final(engine, replace(asked, controls=depth()))
    assert final(engine, asked).std() > 1


def test_one_layer_is_skipped_anyway(sdxl: Path, engine: DiffusionEngine, base: GenerationRequest):
    assert engine.load(str(sdxl)).clip_skip == 3
    pictures = [final(engine, replace(base, clip_skip=skip)) for skip in (1, 2, 3)]
    assert np.array_equal(pictures[0], pictures[1])
    assert distance(pictures[1], pictures[2]) > 0.1
