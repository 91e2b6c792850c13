"""What the artist chooses for one model: ControlNets and adapters in files, a tiny decoder, how it is meant."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from studio_app.core.controls import Control
from studio_app.core.errors import StudioError
from studio_app.core.fittings import Fitting, fitting_key
from studio_app.core.request import GenerationRequest
from studio_app.core.settings import Settings, load_settings, save_settings
from studio_app.engine.diffusion.levels import TableSchedule
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.families.model_card import read_capabilities
from studio_app.engine.families.registry import load_model
from studio_app.engine.loading import weights
from tests.engine.conftest import CPU, DEPTH, depth, distance
from tests.tiny.networks import liven
from tests.tiny.sd15 import ldm_unet_name, write_single_file

EDGE = np.where(DEPTH > 0.9, 255, 0).astype(np.uint8)


@pytest.fixture(scope="module")
def bare(make_sd15: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same model, without anything for drawings."""
    folder = tmp_path_factory.mktemp("bare") / "bare"
    shutil.copytree(make_sd15(), folder, ignore=shutil.ignore_patterns("controlnet_*", "adapter_*"))
    return folder


@pytest.fixture(scope="module")
def base(bare: Path) -> GenerationRequest:
    return GenerationRequest(
        "a red potion",
        sampler="ddim",
        steps=3,
        guidance_scale=4,
        width=64,
        height=64,
        model=str(bare),
        seed=7,
    )


def choose(model: Path, **values: Any) -> None:
    save_settings(Settings(fittings={fitting_key(model): Fitting(**values)}))


def final(engine: DiffusionEngine, request: GenerationRequest) -> np.ndarray:
    return list(engine.run(request, wanted=("final",)))[-1].rgb


def ldm_control_name(name: str) -> str:
    """Of diffusers' -> of the first ControlNets."""
    hint = "controlnet_cond_embedding."
    if name.startswith(f"{hint}conv_in"):
        return name.replace(f"{hint}conv_in", "input_hint_block.0")
    if name.startswith(f"{hint}blocks"):
        _, _, number, end = name.split(".")
        return f"input_hint_block.{2 * int(number) + 2}.{end}"
    if name.startswith(f"{hint}conv_out"):
        return name.replace(f"{hint}conv_out", "input_hint_block.14")
    if name.startswith("controlnet_down_blocks"):
        _, number, end = name.split(".")
        return f"zero_convs.{number}.0.{end}"
    if name.startswith("controlnet_mid_block"):
        return name.replace("controlnet_mid_block", "middle_block_out.0")
    return ldm_unet_name(name).removeprefix("model.diffusion_model.")


def adapter_name(name: str) -> str:
    """Of diffusers' -> of T2I-Adapter, one block to a level."""
    return name.removeprefix("adapter.").replace(".resnets.0.", ".")


def unwritten(name: str) -> str:
    return name


@pytest.fixture(scope="module")
def written(
    make_sd15: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Path]:
    """`written(component, rename)` -> its tensors in one file under other names, without a config."""
    folder = tmp_path_factory.mktemp("controls")

    def write(component: str, rename: Callable[[str], str]) -> Path:
        own = load_file(make_sd15() / component / "diffusion_pytorch_model.safetensors")
        path = folder / f"{component}-{rename.__name__}.safetensors"
        save_file({rename(name): tensor for name, tensor in own.items()}, path)
        return path

    return write


@pytest.mark.parametrize(
    ("component", "rename"),
    [
        ("controlnet_depth", None),
        ("controlnet_depth", unwritten),
        ("adapter_edge", unwritten),
        ("adapter_edge", adapter_name),
    ],
)
def test_a_chosen_file_draws_as_the_same_network_in_a_model_s_folder(
    make_sd15: Callable[..., Path],
    bare: Path,
    base: GenerationRequest,
    written: Callable[..., Path],
    component: str,
    rename: Callable[[str], str] | None,
):
    kind = component.partition("_")[2]
    drawn = replace(base, controls=depth() if kind == "depth" else (Control("edge", EDGE),))
    theirs = final(DiffusionEngine(CPU), replace(drawn, model=str(make_sd15())))
    path = make_sd15() / component / "diffusion_pytorch_model.safetensors"
    choose(bare, controls={kind: str(written(component, rename) if rename else path)})
    assert kind in read_capabilities(bare).controls
    assert np.array_equal(final(DiffusionEngine(CPU), drawn), theirs)


def test_a_controlnet_in_the_names_of_the_first_ones_is_read(tmp_path: Path):
    from diffusers import ControlNetModel, UNet2DConditionModel

    folder = write_single_file(tmp_path / "ink.safetensors")
    unet: Any = UNet2DConditionModel.from_pretrained(folder / "unet")
    network: Any = ControlNetModel.from_unet(unet)
    liven(network)
    own = {name: tensor.contiguous() for name, tensor in network.half().state_dict().items()}
    save_file(own, tmp_path / "depth.safetensors")
    older = {f"control_model.{ldm_control_name(name)}": tensor for name, tensor in own.items()}
    save_file(older, tmp_path / "control_sd15_depth.safetensors")
    request = GenerationRequest(
        "a red potion",
        sampler="ddim",
        steps=1,
        width=64,
        height=64,
        model=str(tmp_path / "ink.safetensors"),
        guidance_scale=1,
    )
    drawn = [final(DiffusionEngine(CPU), request)]
    for name in ("depth", "control_sd15_depth"):
        choose(
            tmp_path / "ink.safetensors", controls={"depth": str(tmp_path / f"{name}.safetensors")}
        )
        drawn.append(final(DiffusionEngine(CPU), replace(request, controls=depth())))
    assert np.array_equal(drawn[1], drawn[2])
    assert distance(drawn[0], drawn[1]) > 0.1


def test_what_is_chosen_for_an_open_model_is_there_without_reading_it_again(
    make_sd15: Callable[..., Path],
    bare: Path,
    base: GenerationRequest,
    monkeypatch: pytest.MonkeyPatch,
):
    engine, read = DiffusionEngine(CPU), list[str]()
    assert engine.load(str(bare)).controls == ()
    known = weights.Weights.read_small

    def counted(self: weights.Weights, *given: Any) -> Any:
        read.append(self.part)
        return known(self, *given)

    monkeypatch.setattr(weights.Weights, "read_small", counted)
    plain = final(engine, base)
    places = {
        kind: str(make_sd15() / f"controlnet_{kind}/diffusion_pytorch_model.safetensors")
        for kind in ("depth", "pose")
    }
    choose(bare, controls={"depth": places["depth"]})
    assert engine.load(str(bare)).controls == ("depth",)
    drawn = final(engine, replace(base, controls=depth()))
    assert read == ["diffusion_pytorch_model"] and distance(plain, drawn) > 0.1
    choose(bare, controls=places)
    assert engine.load(str(bare)).controls == ("depth", "pose")
    assert np.array_equal(final(engine, replace(base, controls=depth())), drawn)
    assert len(read) == 1
    choose(bare)
    assert engine.load(str(bare)).controls == ()
    with pytest.raises(StudioError, match="depth"):
        final(engine, replace(base, controls=depth()))
    assert np.array_equal(final(engine, base), plain) and len(read) == 1


def test_what_it_was_distilled_for_and_what_it_predicts_can_be_said(
    bare: Path, base: GenerationRequest, make_sd15: Callable[..., Path]
):
    engine = DiffusionEngine(CPU)
    can = engine.load(str(bare))
    assert not can.few_step and can.quick_sampler is None
    plain = final(engine, base)
    choose(bare, few_step="Lightning", prediction="v")
    can = engine.load(str(bare))
    assert can.quick_sampler == "euler_trailing" and can.guidance.default == 1
    said = final(engine, base)
    assert distance(said, plain) > 1
    assert np.array_equal(said, final(DiffusionEngine(CPU), base))
    choose(bare, few_step="none")
    assert not engine.load(str(bare)).few_step
    assert np.array_equal(final(engine, base), plain)
    lcm = make_sd15("lcm-kin", scheduler="LCMScheduler", controlnets=(), adapters=())
    assert read_capabilities(lcm).few_step
    choose(lcm, few_step="none")
    assert not read_capabilities(lcm).few_step


def test_only_a_stable_diffusion_xl_that_is_said_to_predict_v_begins_with_nothing_but_noise(
    make_sdxl: Callable[..., Path], make_sd15: Callable[..., Path]
):
    for make, begins in ((make_sdxl, True), (make_sd15, False)):
        folder = make()
        choose(folder, prediction="v")
        schedule = load_model(str(folder), CPU).schedule
        assert isinstance(schedule, TableSchedule) and schedule.prediction == "v_prediction"
        assert (schedule.abar[-1] == 0) == begins


def test_what_fits_another_model_is_refused_and_what_is_gone_is_no_reason_to_draw_nothing(
    make_sdxl: Callable[..., Path], bare: Path, base: GenerationRequest, tmp_path: Path
):
    other = make_sdxl() / "controlnet_depth/diffusion_pytorch_model.safetensors"
    choose(bare, controls={"depth": str(other)})
    with pytest.raises(StudioError, match="another model"):
        final(DiffusionEngine(CPU), replace(base, controls=depth()))
    save_file({"ink": torch.ones(3)}, tmp_path / "ink.safetensors")
    choose(bare, controls={"depth": str(tmp_path / "ink.safetensors")})
    with pytest.raises(StudioError, match="no ControlNet"):
        final(DiffusionEngine(CPU), replace(base, controls=depth()))
    choose(bare, controls={"depth": str(tmp_path / "gone.safetensors")})
    assert read_capabilities(bare).controls == ()
    assert final(DiffusionEngine(CPU), base).std() > 1


def test_a_chosen_tiny_decoder_follows_the_pen(tmp_path: Path, bare: Path):
    from diffusers import AutoencoderTiny

    torch.manual_seed(0)
    tensors = AutoencoderTiny().state_dict()
    path = tmp_path / "taesd.safetensors"
    save_file({k: v for k, v in tensors.items() if k.startswith("decoder.")}, path)
    model = load_model(str(bare), CPU)
    assert model.draft is model.decoder
    choose(bare, draft=str(path))
    assert model.refit(read_capabilities(bare))
    assert model.draft is not model.decoder
    assert not model.refit(read_capabilities(bare))
    assert fitting_key(bare) in load_settings().fittings
