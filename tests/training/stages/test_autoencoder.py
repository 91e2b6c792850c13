"""The autoencoder stage: baking is exact, and what is written is what was trained."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import AutoencoderDC

from studio_app.training.data import open_pictures
from studio_app.training.loop import Draw
from studio_app.training.networks import make_vae
from studio_app.training.recipe import Recipe
from studio_app.training.stages.autoencoder import (
    bake,
    decode,
    draw_crops,
    encode,
    fit_latent_rgb,
    latent_statistics,
    measure,
    to_signed,
    train,
)


@pytest.fixture
def vae(tiny_recipe: Recipe) -> Any:
    torch.manual_seed(0)
    made = make_vae(tiny_recipe.autoencoder)
    for parameter in made.parameters():  # zero biases would hide half of what baking does
        torch.nn.init.normal_(parameter, std=0.2)
    return made.eval()


def test_baking_moves_nothing_but_the_scale(vae: Any):
    x = torch.rand(2, 3, 64, 64) * 2 - 1
    with torch.no_grad():
        before = vae.encode(x).latent
        first = vae.decoder.conv_in(before)
        mean, std = torch.tensor([0.5, -1, 2, 0]), torch.tensor([2.0, 0.5, 1.5, 3])
        bake(vae, mean, std)
        after = vae.encode(x).latent
        again = vae.decoder.conv_in(after)
    shape = (1, 4, 1, 1)
    wanted = (before - mean.view(shape)) / std.view(shape)
    torch.testing.assert_close(after, wanted, rtol=1e-4, atol=1e-4)
    inside = (..., slice(1, -1), slice(1, -1))  # at the border zeros are padded
    torch.testing.assert_close(again[inside], first[inside], rtol=1e-3, atol=1e-4)


def test_baked_with_its_own_statistics_latents_are_standard(vae: Any, tiny_data: Path):
    pictures = open_pictures(tiny_data)
    bake(vae, *latent_statistics(vae, pictures))
    mean, std = latent_statistics(vae, pictures)
    torch.testing.assert_close(mean, torch.zeros(4), rtol=0, atol=1e-3)
    torch.testing.assert_close(std, torch.ones(4), rtol=0, atol=1e-3)


def test_encode_and_decode_are_the_models_own(vae: Any, tiny_data: Path):
    rgb = open_pictures(tiny_data).take("rgb", [0, 30])
    with torch.no_grad():
        z = encode(vae, rgb)
        torch.testing.assert_close(z, vae.encode(to_signed(rgb)).latent)
        torch.testing.assert_close(decode(vae, z), vae.decode(z).sample)


def test_crops_grow_and_gather_at_the_subject(tiny_recipe: Recipe, tiny_data: Path):
    settings = tiny_recipe.autoencoder.model_copy(update={"subject_share": 1.0})
    pictures = open_pictures(tiny_data)

    def crops(fraction: float) -> tuple[torch.Tensor, torch.Tensor]:
        import numpy as np

        draw = Draw(0, fraction, 16, torch.Generator(), np.random.default_rng(0))
        stages = ((0.0, 16), (0.5, 32))
        return draw_crops(pictures, settings, stages, draw, torch.device("cpu"))

    x, weights = crops(0.1)
    assert x.shape == (16, 3, 16, 16)
    assert weights.shape == (16, 1, 16, 16)
    assert crops(0.6)[0].shape == (4, 3, 32, 32)  # as many pixels
    grey = torch.tensor([150, 160, 170]).view(1, 3, 1, 1) / 127.5 - 1
    on_subject = ((x - grey).abs().amax(1) > 0.05).flatten(1).any(1).double().mean()
    assert on_subject > 0.7  # textures have their subject everywhere


def test_the_preview_map_is_the_best_linear_one(vae: Any, tiny_data: Path):
    table = fit_latent_rgb(vae, open_pictures(tiny_data))
    assert [len(row) for row in table["latent_rgb"]] == [3] * 4
    assert len(table["latent_rgb_bias"]) == 3


def test_the_stage_writes_a_folder_diffusers_reads(tiny_run):
    folder = tiny_run.out / "autoencoder"
    vae = AutoencoderDC.from_pretrained(folder / "vae")
    assert vae.config["scaling_factor"] == 1
    mean, std = latent_statistics(vae, open_pictures(tiny_run.data))
    assert mean.abs().max() < 1e-2
    assert (std - 1).abs().max() < 1e-2
    figures = measure(vae, open_pictures(tiny_run.data, "val"))
    noted = json.loads((folder / "decoder" / "figures.json").read_text())
    assert figures["ae_psnr"] == pytest.approx(noted["ae_psnr"], abs=0.05)
    assert (folder / "decoder" / "sheet.png").exists()


def test_only_the_decoder_learns_after_baking(tiny_run):
    from studio_app.training.checkpoints import load_state

    state = load_state(tiny_run.out / "autoencoder" / "decoder")
    assert state is not None
    trained = {name.split(".")[1] for name in state.part("ema")}
    assert trained == {"decoder"}


def test_decoder_only_leaves_the_latents_alone(tiny_run, tmp_path: Path):
    recipe = tiny_run.recipe
    settings = recipe.autoencoder.model_copy(update={"decoder_only": True})
    again = recipe.model_copy(update={"autoencoder": settings})
    folder = train(again, tiny_run.data, tmp_path, tiny_run.model)
    old = AutoencoderDC.from_pretrained(tiny_run.model / "vae")
    new = AutoencoderDC.from_pretrained(folder)
    rgb = open_pictures(tiny_run.data).take("rgb", [0, 1])
    with torch.no_grad():
        torch.testing.assert_close(encode(new, rgb), encode(old, rgb))
        assert not torch.equal(decode(new, encode(new, rgb)), decode(old, encode(old, rgb)))
