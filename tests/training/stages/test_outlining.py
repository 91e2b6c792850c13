"""A student that is asked for the outline that is drawn."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from studio_app.core.errors import StudioError
from studio_app.training.corpus import Corpus, open_corpus, open_vae
from studio_app.training.latents import TEXTURE, encoder_digest
from studio_app.training.loop import Draw
from studio_app.training.recipe import Outline, Plan
from studio_app.training.stages import distill
from studio_app.training.stages.outlining import (
    READER,
    Outliner,
    open_outliner,
    read_at,
    soft_overlap,
)
from studio_app.training.stages.teacher import load_networks
from studio_app.training.tokenizer import load_tokenizer

CPU = torch.device("cpu")


def draw(seed: int, size: int = 16) -> Draw:
    return Draw(seed, 0.5, size, torch.Generator().manual_seed(seed), np.random.default_rng(seed))


@pytest.fixture(scope="module")
def asked(tiny_run, tmp_path_factory: pytest.TempPathFactory) -> tuple[distill.Stage, Outliner]:
    """A student of the tiny run, all of whose batches ask for an outline, and what asks."""
    out = tmp_path_factory.mktemp("outlining")
    vae = open_vae(tiny_run.recipe, tiny_run.out, None, CPU)
    tokenizer = load_tokenizer(tiny_run.out / "tokenizer")
    outline = Outline(
        plan=Plan(steps=30, batch=16, lr=4e-3, optimizer="muon", muon_lr=4e-3),
        share=1.0,
        weight=2.0,
    )
    recipe = tiny_run.recipe.model_copy(update={"outline": outline})
    corpus = open_corpus(recipe, tiny_run.data, tiny_run.out, vae, tokenizer)
    networks = load_networks(recipe, tiny_run.out, tokenizer, CPU)
    for module in networks.modules().values():
        module.requires_grad_(False)
    student = copy.deepcopy(networks.unet).requires_grad_(True)
    outliner = open_outliner(recipe, out, networks, student, corpus, encoder_digest(vae))
    assert (out / READER).is_dir()
    return distill.Stage(recipe, networks, student, corpus, [], None, outliner), outliner


def test_the_reader_finds_the_thing_in_a_latent(asked: tuple[distill.Stage, Outliner]):
    outliner = asked[1]
    latents, subjects = outliner.corpus.outlines(draw(99))
    with torch.no_grad():
        found = outliner.read(latents)
    mask = read_at(subjects)
    nowhere = soft_overlap(torch.full_like(mask, float(mask.mean())), mask).mean()
    assert soft_overlap(found, mask).mean() > nowhere + 0.2


def test_a_batch_with_outlines_has_no_texture_and_each_subject_as_it_was_warped(
    asked: tuple[distill.Stage, Outliner],
):
    corpus: Corpus = asked[1].corpus
    for seed in range(4):
        batch = corpus.draw(draw(seed), textures=False)
        assert not (corpus.kinds[batch.indices] == TEXTURE).any()
        latents, subjects = corpus.outlines(draw(seed))
        torch.testing.assert_close(latents, batch.latents)
        assert torch.equal(subjects, corpus.subjects(batch))


def test_the_student_learns_to_follow_what_is_drawn(asked: tuple[distill.Stage, Outliner]):
    stage, outliner = asked
    before = copy.deepcopy(stage.student.state_dict())
    optimizer = torch.optim.AdamW(stage.student.parameters(), lr=2e-3)
    lacks: list[float] = []
    for step in range(24):
        losses = stage.loss(draw(step, 8))
        losses["loss"].backward()
        optimizer.step()
        optimizer.zero_grad()
        lacks.append(losses["outline"].item())
    stage.student.load_state_dict(before)
    assert np.mean(lacks[-8:]) < np.mean(lacks[:8]) - 0.02
    parts = (outliner.reader, outliner.before.unet, outliner.before.text_encoder)
    assert all(p.grad is None for part in parts for p in part.parameters())


def test_as_it_was_the_student_keeps_everything_unless_it_is_guided(
    asked: tuple[distill.Stage, Outliner],
):
    stage, outliner = asked
    plain = replace(outliner, settings=outliner.settings.model_copy(update={"guided": 0.0}))
    kept: list[list[float]] = [[], []]
    for seed in range(5):
        for place, one in enumerate((plain, outliner)):
            losses = one.losses(draw(seed), stage.student, stage.student)
            assert losses["outline"].item() > 0
            kept[place].append(losses["kept"].item())
    assert max(kept[0]) < 1e-4
    # The first step is never guided: there is no picture yet that would lose its outline.
    assert min(kept[1]) < 1e-4 < max(kept[1])


def test_textures_alone_have_no_outline(asked: tuple[distill.Stage, Outliner], tmp_path):
    stage, outliner = asked
    textures = copy.copy(outliner.corpus)
    textures._others = textures._others[:0]
    with pytest.raises(StudioError, match="no outline"):
        open_outliner(stage.recipe, tmp_path, stage.teacher, stage.student, textures, "digest")


def test_outlines_are_asked_of_a_student_that_draws(
    tiny_run, asked: tuple[distill.Stage, Outliner]
):
    with pytest.raises(StudioError, match="no student that draws"):
        distill.train(asked[0].recipe, tiny_run.data, tiny_run.out)
