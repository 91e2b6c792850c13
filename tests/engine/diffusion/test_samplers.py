"""Samplers against a denoiser that knows the truth, on tables and on flow."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from studio_app.core.capabilities import SAMPLERS as FACTS
from studio_app.engine.diffusion.levels import FlowSchedule, Level, Schedule, TableSchedule
from studio_app.engine.diffusion.samplers import SAMPLERS, Course, Jump, jumps, sample
from studio_app.engine.diffusion.schedule import LAST, alphas_cumprod, consistency_timesteps

X_0 = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(1))
TABLE = TableSchedule("v_prediction", "even", tuple(alphas_cumprod().double().tolist()))
SCHEDULES: dict[str, Schedule] = {"table": TABLE, "flow": FlowSchedule(shift=3.0)}


def way(name: str, n: int, schedule: Schedule = TABLE) -> tuple[Jump, ...]:
    return jumps(SAMPLERS[name], schedule, n, LAST, "even")


def course(name: str, n: int, schedule: Schedule = TABLE) -> Course:
    generator = torch.Generator().manual_seed(2)
    noises = [torch.randn(1, 4, 8, 8, generator=generator) for _ in range(n + 1)]
    return Course(noises[0], way(name, n, schedule), noises[1:])


def truth(x_t: Tensor, jump: Jump) -> tuple[Tensor, Tensor]:
    return X_0, (x_t - jump.here.alpha * X_0) / jump.here.sigma


@pytest.mark.parametrize("kind", SCHEDULES)
@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("n", [1, 4, 7])
def test_the_truth_is_found(name: str, n: int, kind: str):
    run = course(name, n, SCHEDULES[kind])
    steps = list(sample(truth, run))
    assert [step.i for step in steps] == list(range(n))
    assert [step.t for step in steps] == [jump.here.t for jump in run.jumps]
    assert (steps[-1].denoised == X_0).all()


@pytest.mark.parametrize("kind", SCHEDULES)
@pytest.mark.parametrize("name", [name for name in SAMPLERS if not FACTS[name].noisy])
def test_what_needs_no_noise_keeps_its_own(name: str, kind: str):
    run = course(name, 6, SCHEDULES[kind])
    for step, jump in zip(sample(truth, run), run.jumps, strict=True):
        expected = jump.here.alpha * X_0 + jump.here.sigma * run.x_t
        torch.testing.assert_close(step.x_t, expected, atol=1e-4, rtol=0)


def test_consistency_names_its_targets():
    assert [jump.target for jump in way("consistency", 4)] == [750, 500, 250, 0]
    assert {jump.target for jump in way("ddim", 4)} == {0}


def test_every_sampler_has_its_row():
    assert set(SAMPLERS) == set(FACTS)


@pytest.mark.parametrize("name", SAMPLERS)
def test_the_row_says_whether_noise_is_drawn(name: str):
    run = course(name, 4)
    ours = list(sample(truth, run))[-1]
    theirs = list(sample(truth, replace(run, noises=[noise * 0.5 for noise in run.noises])))[-1]
    assert FACTS[name].noisy == (not torch.equal(ours.x_t, theirs.x_t))


@pytest.mark.parametrize("kind", SCHEDULES)
@pytest.mark.parametrize("name", [name for name, facts in FACTS.items() if facts.noisy])
def test_fresh_noise_keeps_the_right_size(name: str, kind: str):
    run = course(name, 20, SCHEDULES[kind])
    for step, jump in zip(sample(truth, run), run.jumps, strict=True):
        spread = float((step.x_t - jump.here.alpha * X_0).std())
        assert spread == pytest.approx(jump.here.sigma, rel=0.25, abs=0.02)


@pytest.mark.parametrize("name", ["consistency", "ddpm", "tcd"])
def test_a_branch_follows_the_whole_run(name: str):
    run = course(name, 5)
    whole = list(sample(truth, run))
    branch = replace(run, x_t=whole[2].x_t, first=2)
    for ours, theirs in zip(sample(truth, branch), whole[2:], strict=True):
        assert torch.equal(ours.x_t, theirs.x_t)
        assert ours.i == theirs.i


def test_the_guard_sees_every_landing_that_is_gone_on_from():
    seen: list[float] = []

    def guard(x_s: Tensor, at: Level) -> Tensor:
        seen.append(at.t)
        return x_s

    list(sample(truth, replace(course("consistency", 3), guard=guard)))
    assert seen == [666, 333]


def test_the_embedded_model_s_steps_are_those_it_was_trained_at():
    assert [jump.here.t for jump in way("consistency", 4)] == consistency_timesteps(4)
