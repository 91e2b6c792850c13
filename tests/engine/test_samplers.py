"""Samplers against a denoiser that knows the truth."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from studio_app.core.capabilities import SAMPLERS as FACTS
from studio_app.engine.samplers import SAMPLERS, Course, consistency, ddpm
from studio_app.engine.schedule import (
    add_noise,
    alphas_cumprod,
    coefficients,
    consistency_timesteps,
)

X_0 = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(1))
ABAR = alphas_cumprod()


def course(n: int, first: int = 0) -> Course:
    generator = torch.Generator().manual_seed(2)
    noises = [torch.randn(1, 4, 8, 8, generator=generator) for _ in range(n + 1)]
    return Course(noises[0], consistency_timesteps(n), ABAR, noises[1:], first)


def truth(x_t: Tensor, t: int, target: int) -> tuple[Tensor, Tensor]:
    alpha, sigma = coefficients(t, x_t)
    return X_0, (x_t - alpha * X_0) / sigma


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("n", [1, 4, 7])
def test_the_truth_is_found(name: str, n: int):
    steps = list(SAMPLERS[name](truth, course(n)))
    assert [step.i for step in steps] == list(range(n))
    assert [step.t for step in steps] == consistency_timesteps(n)
    assert (steps[-1].denoised == X_0).all()


def test_consistency_keeps_its_noise():
    run = course(4)
    for step in consistency(truth, run):
        torch.testing.assert_close(step.x_t, add_noise(X_0, run.x_t, step.t), atol=1e-4, rtol=0)


def test_consistency_names_its_targets():
    targets: list[int] = []

    def denoise(x_t: Tensor, t: int, target: int) -> tuple[Tensor, Tensor]:
        targets.append(target)
        return truth(x_t, t, target)

    list(consistency(denoise, course(4)))
    assert targets == [750, 500, 250, 0]


def test_every_sampler_has_its_row():
    assert set(SAMPLERS) == set(FACTS)


@pytest.mark.parametrize("name", SAMPLERS)
def test_the_row_says_whether_noise_is_drawn(name: str):
    ours, run = list(SAMPLERS[name](truth, course(4)))[-1], course(4)
    other = Course(run.x_t, run.grid, ABAR, [noise * 0.5 for noise in run.noises])
    theirs = list(SAMPLERS[name](truth, other))[-1]
    assert FACTS[name].noisy == (not torch.equal(ours.x_t, theirs.x_t))


@pytest.mark.parametrize("name", [name for name, facts in FACTS.items() if facts.noisy])
def test_fresh_noise_keeps_the_right_size(name: str):
    for step in SAMPLERS[name](truth, course(20)):
        alpha, sigma = coefficients(step.t, X_0)
        spread = float((step.x_t - alpha * X_0).std())
        assert spread == pytest.approx(sigma, rel=0.25, abs=0.02)


def test_a_branch_follows_the_whole_run():
    for sampler in (consistency, ddpm):
        whole = list(sampler(truth, course(5)))
        run = course(5, first=2)
        branch = Course(whole[2].x_t, run.grid, run.abar, run.noises, 2)
        for ours, theirs in zip(sampler(truth, branch), whole[2:], strict=True):
            assert torch.equal(ours.x_t, theirs.x_t)
            assert ours.i == theirs.i


def test_the_guard_sees_every_landing():
    seen: list[int] = []

    def guard(x_s: Tensor, s: int) -> Tensor:
        seen.append(s)
        return x_s

    run = course(3)
    list(consistency(truth, Course(run.x_t, run.grid, ABAR, run.noises, guard=guard)))
    assert seen == [666, 333, 0]
