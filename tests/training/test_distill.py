"""Distillation: the lesson's arithmetic, its times, and that it is learnt."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from studio_app.engine.schedule import (
    add_noise,
    consistency_timesteps,
    jump,
    predict_x0_eps,
    v_target,
)
from studio_app.training import distill, teacher
from studio_app.training.corpus import open_corpus, open_vae
from studio_app.training.distill import Lesson, Stage, draw_lesson, teacher_share
from studio_app.training.loop import Draw
from studio_app.training.networks import frozen
from studio_app.training.recipe import Distill, Plan
from studio_app.training.tokenizer import load_tokenizer

CPU = torch.device("cpu")
SETTINGS = Distill(plan=Plan())


def draw(seed: int, size: int = 8, fraction: float = 0.5) -> Draw:
    return Draw(
        seed, fraction, size, torch.Generator().manual_seed(seed), np.random.default_rng(seed)
    )


@pytest.mark.parametrize(
    ("t", "u", "s"),
    [(999, 979, 500), (999, 979, 0), (750, 730, 500), (500, 480, 250), (300, 280, 0), (40, 20, 0)],
)
def test_the_lesson_is_two_jumps_in_one(t: int, u: int, s: int):
    """Teacher t -> u, student u -> s, against one jump t -> s of the mixed clean picture."""
    generator = torch.Generator().manual_seed(0)
    x_t, first, second = (
        torch.randn(2, 4, 8, 8, generator=generator, dtype=torch.float64).float() for _ in range(3)
    )

    def noise_of(clean: torch.Tensor, x: torch.Tensor, time: int) -> torch.Tensor:
        blank = torch.zeros_like(x)
        alpha_x = add_noise(clean, blank, time)
        sigma = add_noise(blank, torch.ones_like(x), time)
        return (x - alpha_x) / sigma

    x_u = jump(first, noise_of(first, x_t, t), u)
    x_s = jump(second, noise_of(second, x_u, u), s)
    lesson = Lesson(*(torch.full((2,), n) for n in (t, u, s)))
    share = teacher_share(lesson, x_t)
    mixed = share * first + (1 - share) * second
    assert bool(((share >= 0) & (share <= 1)).all())
    torch.testing.assert_close(jump(mixed, noise_of(mixed, x_t, t), s), x_s, rtol=1e-3, atol=1e-3)


def test_the_teacher_alone_decides_short_jumps():
    lesson = Lesson(
        torch.tensor([500, 500, 15]), torch.tensor([480, 480, 0]), torch.tensor([480, 490, 0])
    )
    assert teacher_share(lesson, torch.zeros(3, 4, 2, 2)).flatten().tolist() == [1, 1, 1]


def test_times_are_those_that_sampling_asks_for():
    lesson = draw_lesson(SETTINGS, draw(0, 4000), CPU)
    t, u, s = (x.numpy() for x in (lesson.t, lesson.u, lesson.s))
    assert (t > u).all() and (u >= 0).all()
    assert (s < t).all() and (s >= 0).all() and t.max() == 999 and t.min() >= 1
    assert (t - u <= 20).all()
    assert 0.22 < (t == 999).mean() < 0.45
    assert 0.35 < (s == 0).mean() < 0.6
    edges = {e for n in SETTINGS.edges for e in consistency_timesteps(n)}
    assert edges <= set(t.tolist())
    between = s[(s > 0) & (s != u)]
    assert set(between.tolist()) <= edges


def test_warming_up_asks_the_teacher_alone():
    lesson = draw_lesson(SETTINGS, draw(0, 500, fraction=0.05), CPU)
    assert bool((lesson.s == lesson.u).all())
    clean = (lesson.s == 0).double().mean()
    assert 0.4 < clean < 0.65


@pytest.fixture(scope="module")
def stage(tiny_run) -> Stage:
    torch.manual_seed(0)
    tokenizer = load_tokenizer(tiny_run.out / "tokenizer")
    vae = open_vae(tiny_run.recipe, tiny_run.out, None, CPU)
    corpus = open_corpus(tiny_run.recipe, tiny_run.data, tiny_run.out, vae, tokenizer, half=True)
    networks = teacher.load_networks(tiny_run.recipe, tiny_run.out, tokenizer, CPU)
    for module in networks.modules().values():
        frozen(module)
    with torch.no_grad():  # a teacher with something to say
        torch.nn.init.normal_(networks.unet.conv_out.weight, std=0.05)
    student = distill.make_student(networks.unet)
    target = frozen(copy.deepcopy(student))
    return Stage(tiny_run.recipe, networks, student, target, corpus)


def test_the_loss_falls(stage: Stage):
    """Led astray, the student finds back to its teacher."""
    student = stage.student
    with torch.no_grad():
        torch.nn.init.normal_(student.conv_out.weight, std=0.05)
    optimizer = torch.optim.AdamW(student.parameters(), lr=2e-3)

    def loss_at(seed: int, fraction: float) -> torch.Tensor:
        return stage.loss(draw(seed, 16, fraction))["loss"]

    with torch.no_grad():
        before = np.mean([loss_at(100 + k, 0.05).item() for k in range(4)])
    for step in range(30):
        loss_at(step, 0.05).backward()
        optimizer.step()
        optimizer.zero_grad()
    with torch.no_grad():
        after = np.mean([loss_at(100 + k, 0.05).item() for k in range(4)])
    assert after < 0.8 * before


def test_only_the_student_learns(stage: Stage):
    stage.student.zero_grad()
    stage.loss(draw(5, 16))["loss"].backward()
    assert any(p.grad is not None for p in stage.student.parameters())
    frozen_ones = [*stage.teacher.modules().values(), stage.target]
    assert all(p.grad is None for module in frozen_ones for p in module.parameters())


def test_guidance_is_heard_from_the_start(stage: Stage):
    weight = stage.student.time_embedding.cond_proj.weight  # type: ignore[union-attr]
    assert float(weight.detach().abs().max()) > 0
    student = distill.make_student(stage.teacher.unet)
    batch = stage.corpus.draw(draw(1))
    text = stage.teacher.text_encoder(batch.ids).last_hidden_state
    probe = Stage(stage.recipe, stage.teacher, student, stage.target, stage.corpus)
    x = torch.randn(batch.latents.shape, generator=torch.Generator().manual_seed(1))
    low, high = (distill.few_steps(probe, batch, x, text, g, 1) for g in (1.0, 9.0))
    assert (low - high).abs().max() > 1e-5


def test_negatives_are_appended_for_the_student_and_plain_for_the_teacher(stage: Stage):
    batch = stage.corpus.draw(draw(2))
    lengths = set()
    for seed in range(20):
        with torch.no_grad():
            words = stage._words(batch, draw(seed))
        length = stage.recipe.text.tokens
        assert words.positive.shape[1] == words.negative.shape[1] == length
        lengths.add(words.student.shape[1])
        torch.testing.assert_close(words.student[:, :length], words.positive)
    assert lengths == {stage.recipe.text.tokens, 2 * stage.recipe.text.tokens}


def test_a_perfect_denoiser_would_land_on_the_trajectory():
    """jump and v agree with the engine: the formulas that training imports are those that run."""
    generator = torch.Generator().manual_seed(0)
    x_0, noise = (torch.randn(1, 4, 4, 4, generator=generator) for _ in range(2))
    t = torch.tensor([700])
    x_t = add_noise(x_0, noise, t)
    clean, eps = predict_x0_eps(v_target(x_0, noise, t), x_t, t)
    torch.testing.assert_close(jump(clean, eps, 300), add_noise(x_0, noise, 300))


def test_figures_and_sheet_are_left_behind(tiny_run):
    import json

    figures = json.loads((tiny_run.out / "distill" / "figures.json").read_text())
    assert {f"g{g}_steps{n}" for g in (3, 5) for n in (1, 2, 4, 8)} <= figures.keys()
    assert (tiny_run.out / "distill" / "sheet.png").exists()
