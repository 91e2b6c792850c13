"""Stable Diffusion XL in one file is the same networks as a folder of diffusers."""

from __future__ import annotations

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
from studio_app.engine.families import sdxl_file
from studio_app.engine.families.model_card import read_capabilities
from studio_app.engine.families.registry import load_model
from studio_app.engine.loading import ldm
from studio_app.engine.loading.checkpoint import read_header
from tests.engine.conftest import CPU, INIT, final
from tests.tiny.sdxl import write_single_file


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
        steps=2,
        guidance_scale=4,
        width=64,
        height=64,
        model=str(file),
    )


def test_a_file_draws_what_the_same_networks_draw_as_a_folder(
    engine: DiffusionEngine, base: GenerationRequest, file: Path
):
    cases: tuple[dict[str, Any], ...] = (
        {},
        {"init": INIT, "strength": 0.7},
        {"negative_prompt": ""},
    )
    ones = [final(engine, replace(base, **changes)) for changes in cases]
    folder = str(file.with_suffix(""))
    twos = [final(engine, replace(base, model=folder, **changes)) for changes in cases]
    assert ones[0].std() > 1
    assert all(np.array_equal(one, two) for one, two in zip(ones, twos, strict=True))


def test_what_it_can_is_read_off_its_header(file: Path):
    can = read_capabilities(file)
    assert can.sizes[0] == (1024, 1024) and (832, 1216) in can.sizes
    assert not can.few_step and can.max_side == 2048
    unet = sdxl_file.unet_config(read_header(file, file))
    assert unet["transformer_layers_per_block"] == [1, 1, 2]
    assert unet["attention_head_dim"] == [1, 1, 1] and unet["use_linear_projection"]
    assert unet["addition_time_embed_dim"] == 8
    assert unet["down_block_types"] == ["DownBlock2D"] + ["CrossAttnDownBlock2D"] * 2


def test_the_names_are_diffusers_own(file: Path):
    """Its converters give every tensor the name that ours do."""
    from diffusers.loaders import single_file_utils as theirs

    header, tensors = read_header(file, file), load_file(file)
    unet = sdxl_file.unet_config(header)
    expected = theirs.convert_ldm_unet_checkpoint(dict(tensors), unet)
    rename = ldm.unet_name(header)
    ours = {rename(name): tensor for name, tensor in tensors.items() if rename(name)}
    assert ours.keys() == expected.keys()
    assert all(torch.equal(ours[name], tensor) for name, tensor in expected.items())


@pytest.mark.parametrize(
    ("name", "sampler"),
    [
        ("ink_lightning_4step", "euler_trailing"),
        ("dreamXL-Turbo", "euler_trailing"),
        ("ink-LCM", "lcm"),
        ("ink_dmd2", "lcm"),
        ("Hyper-SDXL-8steps", "tcd"),
        ("lightningrod", None),
        ("hypersonic", None),
    ],
)
def test_its_name_tells_what_few_step_kind_it_is(
    file: Path, tmp_path: Path, name: str, sampler: str | None
):
    (tmp_path / f"{name}.safetensors").hardlink_to(file)
    can = read_capabilities(tmp_path / f"{name}.safetensors")
    assert can.quick_sampler == sampler


def test_marks_of_its_prediction_are_seen(file: Path, tmp_path: Path):
    """As NoobAI's files have them."""
    marked = tmp_path / "v.safetensors"
    save_file(load_file(file) | {"v_pred": torch.zeros(0), "ztsnr": torch.zeros(0)}, marked)
    schedule: Any = load_model(str(marked), CPU).schedule
    assert schedule.prediction == "v_prediction" and schedule.abar[-1] == 0


TEXT = "conditioner.embedders."
SPOILT: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "no second encoder": (
        lambda t: [t.pop(name) for name in list(t) if name.startswith(f"{TEXT}1.")],
        "without the text encoder",
    ),
    "half of a layer": (
        lambda t: t.pop(f"{TEXT}1.model.transformer.resblocks.1.attn.in_proj_weight"),
        "lacks the tensor",
    ),
    "another tensor": (
        lambda t: t.update({f"{TEXT}1.model.extra": torch.zeros(1)}),
        "unknown tensor",
    ),
    "a projection of no shape": (
        lambda t: t.update({f"{TEXT}1.model.text_projection": torch.zeros(())}),
        "no known make",
    ),
    "no sizes": (
        lambda t: [t.pop(name) for name in list(t) if ".label_emb." in name],
        "no known make",
    ),
}


@pytest.mark.parametrize("case", SPOILT)
def test_spoilt_files_are_refused(file: Path, tmp_path: Path, case: str):
    change, said = SPOILT[case]
    tensors = {name: tensor.clone() for name, tensor in load_file(file).items()}
    change(tensors)
    path = tmp_path / "spoilt.safetensors"
    save_file(tensors, path)
    with pytest.raises(StudioError, match=said):
        load_model(str(path), CPU)
