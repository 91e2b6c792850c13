"""The parts of FLUX.2 klein in files of their own are the model that they were cut from."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from gguf import GGMLQuantizationType
from safetensors.torch import load_file, save_file

from studio_app.catalogue import encoders, marks
from studio_app.core.errors import StudioError
from studio_app.engine.families.flux2_klein import Flux2Klein
from studio_app.engine.families.model_card import read_capabilities
from studio_app.engine.families.registry import load_model
from tests.engine.conftest import CPU
from tests.tiny.gguf import write_gguf
from tests.tiny.klein import make_transformer, original, write_parts
from tests.tiny.networks import assert_alike


@pytest.fixture(scope="module")
def folder(make_klein: Callable[..., Path]) -> Path:
    return make_klein("FLUX.2-klein-4B")


@pytest.fixture(autouse=True)
def known_widths(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny networks of the tests are as wide as no real ones."""
    monkeypatch.setitem(encoders._QWEN3, 32, "qwen3-4b")
    monkeypatch.setitem(marks._BY_WIDTH, 64, "flux2-klein")


@pytest.fixture
def parts(folder: Path, tmp_path: Path) -> Path:
    return write_parts(folder, tmp_path)


def same(one: Any, two: Any, near: float = 0.0) -> None:
    networks = [
        (one.transformer, two.transformer),
        (one.vae, two.vae),
        (one.text.model, two.text.model),
    ]
    for mine, theirs in networks:
        assert_alike(mine, theirs, near)
    assert two.transformer.config.mlp_ratio == one.transformer.config.mlp_ratio


def test_the_names_of_the_tests_are_those_that_diffusers_reads():
    from diffusers.loaders.single_file_utils import (
        convert_flux2_transformer_checkpoint_to_diffusers,
    )

    tensors = make_transformer().state_dict()
    read = convert_flux2_transformer_checkpoint_to_diffusers(original(tensors))
    assert set(read) == set(tensors)
    assert all(torch.equal(read[name], tensor) for name, tensor in tensors.items())


def test_split_files_are_the_whole(folder: Path, parts: Path):
    can = read_capabilities(parts)
    assert can.few_step and can.quick_sampler == "euler_trailing"
    one, two = load_model(str(folder), CPU), load_model(str(parts), CPU)
    assert isinstance(two, Flux2Klein)
    same(one, two)
    path = parts.rename(parts.with_stem("flux-2-klein-base-4b"))
    assert not read_capabilities(path).few_step


def test_its_denoiser_may_have_the_names_of_diffusers(folder: Path, parts: Path):
    shutil.copy(folder / "transformer/diffusion_pytorch_model.safetensors", parts)
    same(load_model(str(folder), CPU), load_model(str(parts), CPU))


def test_a_gguf_goes_with_what_lies_beside_it(folder: Path, parts: Path):
    path = parts.with_suffix(".gguf")
    write_gguf(path, load_file(parts), GGMLQuantizationType.Q8_0)
    same(load_model(str(folder), CPU), load_model(str(path), CPU), 0.02)


def test_eight_bits_with_a_scale_for_each_row_are_multiplied_out(folder: Path, parts: Path):
    tensors = load_file(parts)
    for name in ("double_blocks.0.img_attn.qkv", "final_layer.adaLN_modulation.1"):
        scale = tensors[f"{name}.weight"].float().abs().amax(1) / 448
        packed = tensors[f"{name}.weight"].float() / scale[:, None]
        tensors[f"{name}.weight"] = packed.to(torch.float8_e4m3fn)
        tensors[f"{name}.weight_scale"] = scale
    save_file(tensors, parts)
    same(load_model(str(folder), CPU), load_model(str(parts), CPU), 0.08)


def test_what_is_missing_is_said_with_the_place_where_it_goes(parts: Path):
    (parts.parents[1] / "vae/flux2-vae.safetensors").unlink()
    with pytest.raises(StudioError, match="its autoencoder into") as caught:
        read_capabilities(parts)
    assert "denoiser of FLUX.2 klein" in caught.value.detail
    (parts.parents[1] / "text_encoders/qwen_3_4b.safetensors").unlink()
    with pytest.raises(StudioError, match="Qwen3 4B into"):
        read_capabilities(parts)
