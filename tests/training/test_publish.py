"""The checkpoint folder: the stock pipeline and our own engine both read it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import LatentConsistencyModelPipeline
from safetensors import safe_open

from studio_app.core.controls import Control
from studio_app.core.errors import StudioError
from studio_app.core.manifest import check_model
from studio_app.core.request import GenerationRequest
from studio_app.engine.engine import DiffusionEngine
from studio_app.training.publish import publish


def test_the_stock_pipeline_loads_it_and_draws(tiny_run):
    pipe: Any = LatentConsistencyModelPipeline.from_pretrained(
        tiny_run.model, local_files_only=True
    )
    pipe.set_progress_bar_config(disable=True)
    generator = torch.Generator().manual_seed(0)
    image = pipe("a red disc", num_inference_steps=2, guidance_scale=4.0, generator=generator)
    assert image.images[0].size == (64, 64)
    assert pipe.scheduler.config.prediction_type == "v_prediction"
    assert pipe.tokenizer.model_max_length == 40


@pytest.mark.parametrize("sampler", ["consistency", "ddim"])
def test_the_engine_draws_with_everything_it_offers(tiny_run, sampler: str):
    depth = Control("depth", np.full((64, 64), 128, np.uint8), None)
    request = GenerationRequest(
        "a red disc",
        negative_prompt="blue",
        steps=4,
        sampler=sampler,
        width=64,
        height=64,
        model=str(tiny_run.model),
        controls=(depth,),
    )
    frames = list(DiffusionEngine().run(request))
    assert frames[-1].kind == "final"
    assert frames[-1].pixels.shape == (64, 64, 4)


def test_all_weights_are_half_precision_safetensors(tiny_run):
    files = sorted(tiny_run.model.rglob("*.safetensors"))
    assert {path.parent.name for path in files} == {
        "vae", "unet", "teacher", "text_encoder", "adapter_depth", "adapter_pose",
    }  # fmt: skip
    for path in files:
        with safe_open(str(path), framework="pt") as file:
            names = file.keys()
            kinds = {file.get_slice(name).get_dtype() for name in names}
        assert kinds == {"F16"}


def test_student_and_teacher_are_not_the_same(tiny_run):
    name = "diffusion_pytorch_model.safetensors"
    student, teacher = ((tiny_run.model / part / name).read_bytes() for part in ("unet", "teacher"))
    assert student != teacher


def test_what_it_can_do_is_written_down(tiny_run):
    table = json.loads((tiny_run.model / "underpaint.json").read_text())
    assert table["format"] == 1
    assert table["negative"] == "shifted"
    assert table["sizes"] == [[64, 64]]
    assert np.array(table["latent_rgb"]).shape == (4, 3)
    assert table["thing_words"]["colour"] == ["red", "green", "blue"]


def test_the_card_tells_where_it_came_from(tiny_run):
    card = (tiny_run.model / "README.md").read_text()
    for said in (
        "Apache-2.0",
        "48 rendered pictures",
        "`unet/`",
        "ae_psnr",
        "smoke",
        "| distill |",
    ):
        assert said in card
    assert "$" not in card.replace("${", "")


def test_the_manifest_holds(tiny_run):
    assert check_model(tiny_run.model.name, tiny_run.model.parent).sound


def test_a_teacher_without_a_student_stands_in_for_it(tiny_run, tmp_path: Path):
    out = tmp_path / "run"
    shutil.copytree(tiny_run.out, out, ignore=shutil.ignore_patterns("distill", "models"))
    folder = publish(tiny_run.recipe, out, tmp_path / "models" / "half")
    name = "diffusion_pytorch_model.safetensors"
    assert (folder / "unet" / name).read_bytes() == (folder / "teacher" / name).read_bytes()
    request = GenerationRequest("a red disc", steps=1, width=64, height=64, model=str(folder))
    assert list(DiffusionEngine().run(request))


def test_a_run_that_only_distilled_keeps_the_folders_other_parts(tiny_run, tmp_path: Path):
    out, folder = tmp_path / "run", tmp_path / "models" / "tiny-64"
    shutil.copytree(tiny_run.model, folder)
    shutil.copytree(tiny_run.out / "distill", out / "distill")
    shutil.rmtree(folder / "unet")
    publish(tiny_run.recipe, out, folder)
    name = "diffusion_pytorch_model.safetensors"
    assert (folder / "unet" / name).read_bytes() == (tiny_run.model / "unet" / name).read_bytes()
    assert (folder / "teacher" / name).exists()


def test_a_run_of_decoders_leaves_what_the_denoiser_knows(tiny_run, tmp_path: Path):
    folder, out = tmp_path / "models" / "tiny-64", tmp_path / "run"
    shutil.copytree(tiny_run.model, folder)
    path = folder / "underpaint.json"
    before = json.loads(path.read_text()) | {"negative_efficacy": 0.5}
    path.write_text(json.dumps(before))
    shutil.copytree(tiny_run.out / "autoencoder", out / "autoencoder")
    publish(tiny_run.recipe, out, folder)
    after = json.loads(path.read_text())
    assert after["thing_words"] == before["thing_words"] and after["thing_words"]["colour"]
    assert after["negative_efficacy"] == 0.5


def test_nothing_trained_is_nothing_exported(tiny_recipe, tmp_path: Path):
    with pytest.raises(StudioError, match="Nothing to publish"):
        publish(tiny_recipe, tmp_path / "run", tmp_path / "model")
    assert not (tmp_path / "model").exists()
