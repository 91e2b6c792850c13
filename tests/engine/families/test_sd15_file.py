"""Stable Diffusion 1 in one file: known by its header alone, and drawn as the same networks in a folder are."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.families.model_card import read_capabilities
from studio_app.engine.families.registry import load_model
from studio_app.engine.loading import ldm
from studio_app.engine.loading.checkpoint import TensorInfo, read_header
from studio_app.engine.words.clip_words import clip_tokenizer
from tests.engine.conftest import CPU, INIT, final
from tests.tiny.sd15 import write_single_file


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("single") / "ink.safetensors"
    write_single_file(path)
    return path


@pytest.fixture(scope="module")
def base(file: Path) -> GenerationRequest:
    return GenerationRequest(
        "a red potion, (ink:1.2)",
        negative_prompt="photo",
        sampler="ddim",
        steps=3,
        guidance_scale=4,
        width=64,
        height=64,
        model=str(file),
    )


@pytest.mark.parametrize("changes", [{}, {"init": INIT, "strength": 0.7}])
def test_a_file_draws_what_the_same_networks_draw_as_a_folder(
    engine: DiffusionEngine, base: GenerationRequest, file: Path, changes: dict[str, Any]
):
    one = final(engine, replace(base, **changes))
    two = final(engine, replace(base, model=str(file.with_suffix("")), **changes))
    assert one.std() > 1
    assert np.array_equal(one, two)


def test_what_it_can_is_read_off_its_header(file: Path, engine: DiffusionEngine):
    can = read_capabilities(file)
    assert can == engine.load(str(file))
    assert can.sizes == ((512, 512),)
    assert can.controls == () and not can.few_step
    header = read_header(file, file)
    unet = ldm.unet_config(header)
    assert unet["block_out_channels"] == [32, 32, 64, 64]
    assert unet["layers_per_block"] == 2
    assert unet["down_block_types"] == ["CrossAttnDownBlock2D"] * 3 + ["DownBlock2D"]


def test_the_names_are_diffusers_own(file: Path):
    """Its converters give every tensor the name that ours do."""
    from diffusers.loaders import single_file_utils as theirs

    header = read_header(file, file)
    unet, vae = ldm.unet_config(header), ldm.vae_config(header)
    tensors = load_file(file)
    for convert, config, rename in (
        (theirs.convert_ldm_unet_checkpoint, unet, ldm.unet_name(header)),
        (theirs.convert_ldm_vae_checkpoint, vae, ldm.vae_name(header)),
    ):
        expected = convert(dict(tensors), config)
        ours = {rename(name): tensor for name, tensor in tensors.items() if rename(name)}
        assert ours.keys() == expected.keys()
        for name, tensor in expected.items():
            assert torch.equal(ours[name].flatten(), tensor.flatten()), name


def test_clip_s_words_are_clip_s():
    words = clip_tokenizer()
    assert words("a photo of a cat")["input_ids"] == [49406, 320, 1125, 539, 320, 2368, 49407]
    assert len(words) == 49408 and words.model_max_length == 77
    assert words.pad_token_id == words.eos_token_id == 49407


def test_marks_of_its_prediction_are_seen(file: Path, tmp_path: Path):
    marked = tmp_path / "v.safetensors"
    save_file(load_file(file) | {"v_pred": torch.zeros(0), "ztsnr": torch.zeros(0)}, marked)
    schedule: Any = load_model(str(marked), CPU).schedule
    assert schedule.prediction == "v_prediction" and schedule.abar[-1] == 0
    plain: Any = load_model(str(file), CPU).schedule
    assert plain.prediction == "epsilon" and plain.abar[-1] > 0


def without(*beginnings: str) -> Callable[[dict[str, Any]], Any]:
    def change(tensors: dict[str, Any]) -> None:
        for name in [name for name in tensors if name.startswith(beginnings)]:
            del tensors[name]

    return change


def renamed(old: str, new: str) -> Callable[[dict[str, Any]], Any]:
    def change(tensors: dict[str, Any]) -> None:
        for name in list(tensors):
            tensors[name.replace(old, new)] = tensors.pop(name)

    return change


UNET = "model.diffusion_model."
SPOILT: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "no autoencoder": (without("first_stage_model."), "without its autoencoder"),
    "no words": (without("cond_stage_model."), "without the text encoder CLIP-L"),
    "no middle": (without(f"{UNET}middle_block."), "no known make"),
    "half of a block": (without(f"{UNET}input_blocks.4.0.in_layers"), "lacks the tensor"),
    "another tensor": (
        lambda t: t.update({f"{UNET}extra.weight": torch.zeros(1)}),
        "unknown tensor",
    ),
    "other shape": (
        lambda t: t.update({f"{UNET}out.0.weight": torch.zeros(3)}),
        "conv_norm_out.weight is 3",
    ),
    "not finite": (
        lambda t: t[f"{UNET}out.0.weight"].fill_(torch.nan),
        "not finite",
    ),
    "sdxl": (renamed("cond_stage_model.transformer.", "conditioner.embedders.0."), "Diffusion XL"),
    "sd2": (renamed("cond_stage_model.transformer.", "cond_stage_model.model."), "Diffusion 2"),
    "a LoRA": (
        lambda t: (t.clear(), t.update({"lora_unet_x.lora_up.weight": torch.zeros(1)})),
        "a LoRA",
    ),
    "a thousand levels": (
        lambda t: t.update(
            {f"{UNET}input_blocks.{i}.0.op.weight": torch.zeros(1) for i in range(12, 999)}
        ),
        "no known make|makes no network|lacks",
    ),
}


@pytest.mark.parametrize("case", SPOILT)
def test_spoilt_files_are_refused(file: Path, tmp_path: Path, case: str):
    change, said = SPOILT[case]
    tensors = {name: tensor.clone() for name, tensor in load_file(file).items()}
    change(tensors)
    path = tmp_path / "spoilt.safetensors"
    save_file(tensors, path)
    with pytest.raises(StudioError, match=said) as caught:
        load_model(str(path), CPU)
    assert "spoilt.safetensors" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.ckpt", b"\x80\x02}q\x00.", "pickle"),
        ("a.safetensors", b"\x80\x02}q\x00.", "broken"),
        ("a.safetensors", struct.pack("<Q", 2**40) + b"{}", "broken"),
        ("a.txt", b"hello", "neither a folder"),
        ("a.safetensors", b"", "broken"),
    ],
)
def test_what_is_no_model_is_refused(tmp_path: Path, name: str, data: bytes, said: str):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(StudioError, match=said):
        load_model(str(tmp_path / name), CPU)


def test_any_table_of_names_is_read_or_refused(file: Path):
    """Numbers in names count blocks: none makes a network of thousands, or an error that is not said."""
    header = dict(read_header(file, file))
    for name in (f"{UNET}input_blocks.999.0.op.weight", f"{UNET}input_blocks.0.0.op.weight"):
        spoilt = header | {name: TensorInfo("F16", (1,))}
        try:
            config = ldm.unet_config(spoilt)
        except (KeyError, IndexError, ValueError):
            continue
        assert len(json.dumps(config)) < 2000
