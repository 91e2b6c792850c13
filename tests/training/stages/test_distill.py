"""Distillation: the teacher's ways, the jumps along them, and that they are learnt."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from studio_app.engine.diffusion.schedule import (
    add_noise,
    coefficients,
    consistency_timesteps,
    jump,
    leaping_timesteps,
    predict_x0_eps,
    v_target,
)
from studio_app.training.corpus import open_corpus, open_vae
from studio_app.training.loop import Draw
from studio_app.training.networks import frozen
from studio_app.training.recipe import Distill, Plan
from studio_app.training.stages import distill, teacher
from studio_app.training.stages.distill import EARLY, Stage, draw_jumps
from studio_app.training.stages.trajectories import Ways, digest, draw_ways, encoded, open_ways
from studio_app.training.tokenizer import load_tokenizer

CPU = torch.device("cpu")
SETTINGS = Distill(plan=Plan())


def draw(seed: int, size: int = 8, fraction: float = 0.5) -> Draw:
    return Draw(
        seed, fraction, size, torch.Generator().manual_seed(seed), np.random.default_rng(seed)
    )


def walked(noise: torch.Tensor, clean: torch.Tensor) -> list[torch.Tensor]:
    """x at every edge of the grid and at the end, jump by jump, as a sampler goes."""
    steps = clean.shape[1]
    grid = consistency_timesteps(steps)
    x, points = noise, [noise]
    for i, t in enumerate(grid):
        alpha, sigma = coefficients(t, x)
        x = jump(clean[:, i], (x - alpha * clean[:, i]) / sigma, [*grid[1:], 0][i])
        points.append(x)
    return points


@pytest.fixture(scope="module")
def way() -> Ways:
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(3, 4, 8, 8, generator=generator)
    clean = torch.randn(3, 8, 4, 8, 8, generator=generator)
    return Ways(noise, clean, torch.zeros(3), torch.zeros(3, 2, 4), (), wraps=False)


def test_a_way_passes_where_the_sampler_stood(way: Ways):
    points = walked(way.noise, way.clean)
    for t, x in zip(consistency_timesteps(8), points, strict=False):
        torch.testing.assert_close(way.at(torch.full((3,), t)), x, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(("t", "s"), [(999, 750), (750, 500), (875, 125), (999, 875), (500, 0)])
def test_the_answer_to_a_jump_lands_on_the_way(way: Ways, t: int, s: int):
    points = dict(zip([*consistency_timesteps(8), 0], walked(way.noise, way.clean), strict=True))
    now, target = torch.full((3,), t), torch.full((3,), s)
    answer = way.answers(now, target)
    alpha, sigma = coefficients(t, answer)
    landed = jump(answer, (points[t] - alpha * answer) / sigma, s)
    torch.testing.assert_close(landed, points[s], rtol=1e-3, atol=2e-3)


def test_early_jumps_are_those_of_few_steps_that_begin_far_out():
    t, s = draw_jumps(
        SETTINGS.model_copy(update={"free_share": 0.0, "early": 1.0}), draw(1, 400), CPU
    )
    assert int(t.min()) >= EARLY
    grids = [[*leaping_timesteps(n), 0] for n in SETTINGS.edges]
    jumps = {pair for grid in grids for pair in pairwise(grid)}
    assert set(zip(t.tolist(), s.tolist(), strict=True)) <= jumps
    assert len(set(t.tolist())) > 4


def test_between_two_steps_the_way_goes_on_straight(way: Ways):
    """Two jumps of one step's halves are the step."""
    t, u, s = (torch.full((3,), n) for n in (500, 440, 375))
    torch.testing.assert_close(way.answers(t, u), way.clean[:, 4], rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(way.answers(u, s), way.clean[:, 4], rtol=1e-3, atol=1e-3)


def test_jumps_are_those_that_sampling_asks_for():
    times = draw_jumps(SETTINGS, draw(0, 4000), CPU)
    t, s = (x.numpy() for x in times)
    assert (s < t).all() and (s >= 0).all() and t.max() == 999 and t.min() >= 1
    pairs = {pair for n in SETTINGS.edges for pair in pairwise([*leaping_timesteps(n), 0])}
    asked = [pair in pairs for pair in zip(t.tolist(), s.tolist(), strict=True)]
    assert 0.75 < np.mean(asked) < 0.87
    assert pairs <= set(zip(t.tolist(), s.tolist(), strict=True))


@pytest.fixture(scope="module")
def stage(tiny_run) -> Stage:
    torch.manual_seed(0)
    tokenizer = load_tokenizer(tiny_run.out / "tokenizer")
    vae = open_vae(tiny_run.recipe, tiny_run.out, None, CPU)
    corpus = open_corpus(tiny_run.recipe, tiny_run.data, tiny_run.out, vae, tokenizer)
    networks = teacher.load_networks(tiny_run.recipe, tiny_run.out, tokenizer, CPU)
    for module in networks.modules().values():
        frozen(module)
    with torch.no_grad():  # a teacher with something to say
        torch.nn.init.normal_(networks.unet.conv_out.weight, std=0.05)
    ways = open_ways(tiny_run.recipe, networks, corpus, tiny_run.out / "own ways")
    return Stage(tiny_run.recipe, networks, distill.make_student(networks.unet), corpus, ways)


def test_a_way_ends_where_the_teacher_ends(stage: Stage):
    """Many steps of the one solver against very many of the other, from the same noise."""
    settings = SETTINGS.model_copy(update={"ways_batch": 4, "ways_steps": 40, "w_max": 0.0})
    shard = draw_ways(settings, stage.teacher, stage.corpus, 0, 0)
    choices = np.random.default_rng([0, 3, 0])
    generator = torch.Generator().manual_seed(int(choices.integers(2**62)))
    batch = stage.corpus.draw(Draw(0, 0.0, 4, generator, choices))
    with torch.no_grad():
        positive, negative = encoded(stage.teacher, stage.corpus, batch)
        wanted = teacher.ddim(
            stage.teacher, batch, shard["noise"].float(), positive, negative, 1.0, 200
        )
    difference = (shard["clean"][:, -1].float() - wanted).square().mean().sqrt()
    assert difference < 0.05 * wanted.square().mean().sqrt()


def test_ways_are_kept_and_drawn_again_for_another_teacher(stage: Stage, tmp_path: Path):
    recipe, said = stage.recipe, []
    first = open_ways(recipe, stage.teacher, stage.corpus, tmp_path, said.append)
    assert said and sum(len(ways) for ways in first) == recipe.distill.ways
    said.clear()
    again = open_ways(recipe, stage.teacher, stage.corpus, tmp_path, said.append)
    assert not said
    torch.testing.assert_close(again[0].clean, first[0].clean)
    shard = next((tmp_path / "trajectories").rglob("*.safetensors"))
    shard.write_bytes(shard.read_bytes()[:200])
    open_ways(recipe, stage.teacher, stage.corpus, tmp_path, said.append)
    assert len(said) == 1, "a torn shard, and only that, is drawn again"
    before = digest(stage.teacher, recipe)
    bias = stage.teacher.unet.conv_out.bias
    assert bias is not None
    with torch.no_grad():
        bias += 1
    try:
        assert digest(stage.teacher, recipe) != before
    finally:
        with torch.no_grad():
            bias -= 1


def test_the_loss_falls(stage: Stage):
    """Led astray, the student finds back to its teacher."""
    student = stage.student
    with torch.no_grad():
        torch.nn.init.normal_(student.conv_out.weight, std=0.05)
    optimizer = torch.optim.AdamW(student.parameters(), lr=2e-3)

    def loss_at(seed: int) -> torch.Tensor:
        return stage.loss(draw(seed, 16))["loss"]

    with torch.no_grad():
        before = np.mean([loss_at(100 + k).item() for k in range(4)])
    for step in range(30):
        loss_at(step).backward()
        optimizer.step()
        optimizer.zero_grad()
    with torch.no_grad():
        after = np.mean([loss_at(100 + k).item() for k in range(4)])
    assert after < 0.8 * before


def test_only_the_student_learns(stage: Stage):
    stage.student.zero_grad()
    stage.loss(draw(5, 16))["loss"].backward()
    assert any(p.grad is not None for p in stage.student.parameters())
    frozen_ones = stage.teacher.modules().values()
    assert all(p.grad is None for module in frozen_ones for p in module.parameters())


def test_guidance_is_heard_from_the_start(stage: Stage):
    weight = stage.student.time_embedding.cond_proj.weight  # type: ignore[union-attr]
    assert float(weight.detach().abs().max()) > 0
    student = distill.make_student(stage.teacher.unet)
    batch = stage.corpus.draw(draw(1))
    text = stage.teacher.text_encoder(batch.ids).last_hidden_state
    probe = Stage(stage.recipe, stage.teacher, student, stage.corpus, stage.ways)
    x = torch.randn(batch.latents.shape, generator=torch.Generator().manual_seed(1))
    low, high = (distill.few_steps(probe.few_step, batch, x, text, g, 1) for g in (1.0, 9.0))
    assert (low - high).abs().max() > 1e-5


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
