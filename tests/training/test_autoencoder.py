"""The autoencoder stage: baking is exact, and what is written is what was trained."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import AutoencoderKL

from studio_app.training.autoencoder import (
    bake,
    decode,
    draw_crops,
    encode,
    fit_latent_rgb,
    latent_statistics,
    measure,
    posterior_mean,
    quiet_logvar,
    to_signed,
    train,
)
from studio_app.training.data import open_pictures
from studio_app.training.loop import Draw
from studio_app.training.networks import make_vae
from studio_app.training.recipe import Recipe


@pytest.fixture
def vae(tiny_recipe: Recipe) -> Any:
    torch.manual_seed(0)
    made = make_vae(tiny_recipe.autoencoder, 64)
    for parameter in made.parameters():  # zero biases would hide half of what baking does
        torch.nn.init.normal_(parameter, std=0.2)
    return made.eval()


def test_baking_moves_nothing_but_the_scale(vae: Any):
    x = torch.rand(2, 3, 64, 64) * 2 - 1
    with torch.no_grad():
        before = vae.encode(x).latent_dist
        picture = vae.decode(before.mean).sample
        mean, std = torch.tensor([0.5, -1, 2, 0]), torch.tensor([2.0, 0.5, 1.5, 3])
        bake(vae, mean, std)
        after = vae.encode(x).latent_dist
        again = vae.decode(after.mean).sample
    shape = (1, 4, 1, 1)
    wanted = (before.mean - mean.view(shape)) / std.view(shape)
    torch.testing.assert_close(after.mean, wanted, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(after.std, before.std / std.view(shape), rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(again, picture, rtol=1e-3, atol=1e-4)  # at the borders too


def test_baked_with_its_own_statistics_latents_are_standard(vae: Any, tiny_data: Path):
    pictures = open_pictures(tiny_data)
    bake(vae, *latent_statistics(vae, pictures))
    mean, std = latent_statistics(vae, pictures)
    torch.testing.assert_close(mean, torch.zeros(4), rtol=0, atol=1e-3)
    torch.testing.assert_close(std, torch.ones(4), rtol=0, atol=1e-3)


def test_the_posterior_has_one_spread(vae: Any):
    quiet_logvar(vae, 0.05)
    with torch.no_grad():
        spread = vae.encode(torch.rand(1, 3, 64, 64)).latent_dist.std
    torch.testing.assert_close(spread, torch.full_like(spread, 0.05))


def test_encode_and_decode_are_the_models_own(vae: Any, tiny_data: Path):
    rgb = open_pictures(tiny_data).take("rgb", [0, 30])
    with torch.no_grad():
        z = encode(vae, rgb)
        torch.testing.assert_close(z, vae.encode(to_signed(rgb)).latent_dist.mean)
        torch.testing.assert_close(decode(vae, z), vae.decode(z).sample)
        torch.testing.assert_close(z, posterior_mean(vae, to_signed(rgb)))


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
    vae = AutoencoderKL.from_pretrained(folder / "vae")
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
    assert trained == {"decoder", "post_quant_conv"}


def test_decoder_only_leaves_the_latents_alone(tiny_run, tmp_path: Path):
    recipe = tiny_run.recipe
    settings = recipe.autoencoder.model_copy(update={"decoder_only": True})
    again = recipe.model_copy(update={"autoencoder": settings})
    folder = train(again, tiny_run.data, tmp_path, tiny_run.model)
    old = AutoencoderKL.from_pretrained(tiny_run.model / "vae")
    new = AutoencoderKL.from_pretrained(folder)
    rgb = open_pictures(tiny_run.data).take("rgb", [0, 1])
    with torch.no_grad():
        torch.testing.assert_close(encode(new, rgb), encode(old, rgb))
        assert not torch.equal(decode(new, encode(new, rgb)), decode(old, encode(old, rgb)))
