"""The teacher stage: it learns, its parts fit the engine, its samples follow its own rules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from studio_app.training.corpus import open_corpus, open_vae
from studio_app.training.loop import Draw
from studio_app.training.networks import count
from studio_app.training.recipe import Half, load_recipe
from studio_app.training.stages import teacher
from studio_app.training.tokenizer import load_tokenizer

CPU = torch.device("cpu")


def draw(seed: int, size: int = 8) -> Draw:
    return Draw(seed, 0.5, size, torch.Generator().manual_seed(seed), np.random.default_rng(seed))


@pytest.fixture(scope="module")
def parts(tiny_run):
    torch.manual_seed(0)
    vae = open_vae(tiny_run.recipe, tiny_run.out, None, CPU)
    tokenizer = load_tokenizer(tiny_run.out / "tokenizer")
    corpus = open_corpus(tiny_run.recipe, tiny_run.data, tiny_run.out, vae, tokenizer, half=True)
    return corpus, teacher.make_networks(tiny_run.recipe, tokenizer, CPU)


def test_it_starts_from_nothing_and_learns(tiny_run, parts):
    corpus, networks = parts
    modules = networks.modules().values()
    parameters = [p for module in modules for p in module.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=3e-3)
    losses = []
    for step in range(25):
        loss = teacher.teacher_loss(tiny_run.recipe, networks, corpus, draw(step, 16))["v_error"]
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[0] == pytest.approx(1, abs=0.15)  # v has unit variance and the first guess is 0
    assert np.mean(losses[-5:]) < 0.9 * np.mean(losses[:3])


def test_the_first_part_of_a_run_is_at_half_size():
    half = Half(until=0.4, batch=3)
    early, late = replace(draw(0), fraction=0.39), replace(draw(0), fraction=0.4)
    assert teacher.sized(early, half)[0].size == 24 and teacher.sized(early, half)[1]
    assert teacher.sized(late, half) == (late, False)


def test_every_part_gets_a_gradient(tiny_run, parts):
    corpus, networks = parts
    for module in networks.modules().values():
        module.zero_grad()
    for seed in range(6):  # some batch has people in it
        teacher.teacher_loss(tiny_run.recipe, networks, corpus, draw(seed, 16))["loss"].backward()
    for name, module in networks.modules().items():
        grads = [p.grad for p in module.parameters() if p.grad is not None]
        assert grads, name
        assert any(float(g.abs().max()) > 0 for g in grads), name


def test_guidance_one_is_the_positive_alone(tiny_run, parts):
    corpus, networks = parts
    batch = corpus.draw(draw(3))
    x = torch.randn(batch.latents.shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        text = networks.text_encoder(batch.ids).last_hidden_state
        other = networks.text_encoder(corpus.prompter.encode(["red"] * 8)).last_hidden_state
    one = teacher.ddim(networks, batch, x, text, other, 1.0, 3)
    two = teacher.ddim(networks, batch, x, text, text, 5.0, 3)
    torch.testing.assert_close(one, two, rtol=1e-3, atol=1e-3)
    assert one.shape == x.shape


def test_the_stage_leaves_a_sheet_and_a_tokenizer(tiny_run):
    assert (tiny_run.out / "teacher" / "sheet.png").exists()
    assert (tiny_run.out / "teacher" / "curve.csv").exists()
    assert len(load_tokenizer(tiny_run.out / "tokenizer")) == tiny_run.recipe.text.vocabulary


@pytest.mark.parametrize("name", ["cpu", "gpu"])
def test_the_shipped_sizes_fit_forty_megabytes(name: str):
    from studio_app.core.resources import resources_dir
    from studio_app.training.networks import (
        make_adapter,
        make_text_encoder,
        make_unet,
        make_vae,
    )

    recipe = load_recipe(resources_dir() / "recipes" / f"{name}.toml")
    with torch.device("meta"):
        total = 2 * count(make_unet(recipe)) + count(make_vae(recipe.autoencoder))
        total += count(make_adapter(recipe, 2)) + count(make_adapter(recipe, 3))
        total += count(make_text_encoder(recipe, recipe.text.vocabulary, 1, 0))
    assert total * 2 < 40e6
