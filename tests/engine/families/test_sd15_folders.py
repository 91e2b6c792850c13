"""Folders of Stable Diffusion 1 as programs of several years have left them, and those that nothing may be made of."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.families.registry import load_model
from studio_app.engine.families.sd15 import StableDiffusion1
from tests.engine.conftest import CPU, depth, final
from tests.engine.families.kinds import KINDS
from tests.tiny.networks import edit_json


@pytest.fixture(scope="module")
def sd15(make_sd15: Callable[..., Path]) -> Path:
    return make_sd15()


@pytest.fixture(scope="module")
def base(sd15: Path) -> GenerationRequest:
    return KINDS["sd15"].base(sd15)


def test_files_of_the_first_years_load(sd15: Path, tmp_path: Path, base: GenerationRequest):
    """The autoencoder's attention had other names then, and so had the text encoder."""
    folder = Path(shutil.copytree(sd15, tmp_path / "old"))
    path = folder / "vae" / "diffusion_pytorch_model.safetensors"
    old = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
    renamed = {}
    for name, tensor in load_file(path).items():
        for new, former in old.items():
            name = name.replace(f".attentions.0.{new}.", f".attentions.0.{former}.")
        renamed[name] = tensor
    assert any("proj_attn" in name for name in renamed)
    save_file(renamed, path)
    path = folder / "text_encoder" / "model.safetensors"
    save_file({f"text_model.{name}": tensor for name, tensor in load_file(path).items()}, path)
    engine = DiffusionEngine(CPU)
    one, two = final(engine, base), final(engine, replace(base, model=str(folder)))
    assert np.array_equal(one, two)


def test_a_folder_that_a_controlnet_s_pipeline_saved_is_read(
    sd15: Path, tmp_path: Path, base: GenerationRequest
):
    folder = Path(shutil.copytree(sd15, tmp_path / "saved"))
    (folder / "controlnet_depth").rename(folder / "controlnet")
    edit_json(folder / "model_index.json", controlnet=["diffusers", "ControlNetModel"])
    engine = DiffusionEngine(CPU)
    assert "depth" not in engine.load(str(folder)).controls
    assert np.array_equal(final(engine, replace(base, model=str(folder))), final(engine, base))


def test_the_folder_of_1_5_itself_is_read(sd15: Path, tmp_path: Path, base: GenerationRequest):
    """As it was published: a safety checker of the pipeline's own module, and pickles beside what is read."""
    folder = Path(shutil.copytree(sd15, tmp_path / "stable-diffusion-v1-5"))
    edit_json(
        folder / "model_index.json",
        safety_checker=["stable_diffusion", "StableDiffusionSafetyChecker"],
        feature_extractor=["transformers", "CLIPImageProcessor"],
    )
    (folder / "safety_checker").mkdir()
    for name in ("safety_checker/pytorch_model.bin", "v1-5-pruned.ckpt", ".gitattributes"):
        (folder / name).write_bytes(b"x")
    engine = DiffusionEngine(CPU)
    assert np.array_equal(final(engine, replace(base, model=str(folder))), final(engine, base))


SPOILT: dict[str, tuple[Callable[[Path], Any], str]] = {
    "code": (lambda f: (f / "unet" / "evil.py").write_text("boom"), "code"),
    "class": (
        lambda f: edit_json(f / "model_index.json", text_encoder=["transformers", "BertModel"]),
        "unknown class",
    ),
    "library": (
        lambda f: edit_json(f / "model_index.json", vae=["os", "system"]),
        "unknown library",
    ),
    "class of a list": (
        lambda f: edit_json(f / "controlnet_depth/config.json", _class_name=["ControlNetModel"]),
        "unknown class",
    ),
    "another ControlNet": (
        lambda f: edit_json(f / "controlnet_depth/config.json", cross_attention_dim=64),
        "controlnet_depth",
    ),
    "another adapter": (
        lambda f: (
            (
                shutil.copytree(f / "adapter_edge", f / "adapter_depth")
                and edit_json(f / "adapter_depth/config.json", downscale_factor=16)
            )
            or shutil.rmtree(f / "controlnet_depth")
        ),
        "adapter_depth",
    ),
    "code of its own": (
        lambda f: edit_json(f / "text_encoder/config.json", auto_map={"AutoModel": "x.y"}),
        "code of its own",
    ),
    "pickle": (
        lambda f: (f / "unet/diffusion_pytorch_model.safetensors").rename(
            f / "unet/diffusion_pytorch_model.bin"
        ),
        "pickle",
    ),
    "noise and zero": (
        lambda f: edit_json(f / "scheduler/scheduler_config.json", rescale_betas_zero_snr=True),
        "divide by 0",
    ),
    "no such family": (
        lambda f: edit_json(f / "model_index.json", unet=[None, None]),
        "no family",
    ),
}


@pytest.mark.parametrize("case", SPOILT)
def test_spoilt_folders_are_refused(sd15: Path, tmp_path: Path, base: GenerationRequest, case: str):
    spoil, said = SPOILT[case]
    folder = Path(shutil.copytree(sd15, tmp_path / "copy"))
    spoil(folder)
    with pytest.raises(StudioError, match=said):
        final(DiffusionEngine(CPU), replace(base, model=str(folder), controls=depth()))


def test_keys_that_no_class_reads_never_reach_the_libraries(
    sd15: Path, tmp_path: Path, base: GenerationRequest
):
    folder = Path(shutil.copytree(sd15, tmp_path / "keys"))
    edit_json(
        folder / "text_encoder/config.json",
        _attn_implementation="x/kernels",
        torch_dtype="bfloat16",
    )
    edit_json(folder / "unet/config.json", _attn_implementation="x/kernels", whatever=[1, 2])
    model = load_model(str(folder), CPU)
    assert isinstance(model, StableDiffusion1)
    assert model.text.model.config._attn_implementation in (None, "eager", "sdpa")
    engine = DiffusionEngine(CPU)
    assert np.array_equal(final(engine, base), final(engine, replace(base, model=str(folder))))
