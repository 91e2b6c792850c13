"""What is said of a model that can't be drawn with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studio_app.catalogue.families import FAMILIES
from studio_app.catalogue.headers import TensorInfo
from studio_app.core.errors import StudioError
from studio_app.engine.families.model_card import CARDS, read_capabilities
from tests.catalogue import layouts as of
from tests.catalogue.model_files import lora, write


def said_of(path: Path) -> str:
    with pytest.raises(StudioError) as caught:
        read_capabilities(path)
    return caught.value.detail


def halves(tensors: of.Tensors) -> of.Tensors:
    """All of two bytes, as the writer of the tests has it."""
    return {name: TensorInfo("F16", info.shape) for name, info in tensors.items()}


def test_a_family_that_is_recognised_alone_is_said_to_be(tmp_path: Path):
    path = write(tmp_path / "a.safetensors", halves(of.bfl_flux1(False)))
    assert said_of(path) == (
        "it is the denoiser of FLUX.1, schnell, without its other parts, a family that is not drawn with yet"
    )
    assert (
        said_of(write(tmp_path / "b.safetensors", lora())) == "it is a LoRA for Stable Diffusion 1"
    )
    strange = {"x": TensorInfo("F16", (2, 2, 2))}
    assert "no family" in said_of(write(tmp_path / "c.safetensors", strange))


def test_one_that_makes_video_is_not_waited_for(tmp_path: Path):
    said = said_of(write(tmp_path / "a.safetensors", of.marks("patchify_proj.weight")))
    assert "LTX (video)" in said and said.endswith("and pictures in time are not drawn here")


def test_so_is_a_folder(tmp_path: Path):
    index = {
        "transformer": ["diffusers", "FluxTransformer2DModel"],
        "vae": ["diffusers", "AutoencoderKL"],
    }
    (tmp_path / "model_index.json").write_text(json.dumps(index))
    names = (
        "single_transformer_blocks.0.proj_mlp.weight",
        "transformer_blocks.0.attn.norm_added_q.weight",
    )
    weights = "transformer/diffusion_pytorch_model.safetensors"
    write(tmp_path / weights, halves(of.marks(*names)))
    assert said_of(tmp_path) == "it is FLUX.1, schnell, a family that is not drawn with yet"
    (tmp_path / weights).write_bytes(b"")
    assert said_of(tmp_path) == "it is of no family that this program knows"


def test_cards_name_families_that_are_known():
    named = [family for card in CARDS for family in card.FAMILIES]
    assert set(named) <= set(FAMILIES)
    assert len(named) == len(set(named))


def test_what_goes_with_a_model_says_where_and_what_is_unknown_what_is_drawn_with(tmp_path: Path):
    hints: list[str] = []
    for name, tensors in (
        ("wash", lora()),
        ("odd", of.marks("weight.a", "weight.b", shape=(3, 3, 3))),
    ):
        with pytest.raises(StudioError) as caught:
            read_capabilities(write(tmp_path / f"{name}.safetensors", halves(tensors)))
        hints.append(caught.value.hint)
    assert "Ctrl+M" in hints[0] and "FLUX.2 klein are drawn with" in hints[1]
