"""The formulas that training and sampling share."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from diffusers import LatentConsistencyModelPipeline, LCMScheduler

from studio_app.engine.diffusion.schedule import (
    add_noise,
    alphas_cumprod,
    consistency_timesteps,
    guidance_embedding,
    jump,
    leaping_timesteps,
    predict_x0_eps,
    target_embedding,
    v_target,
)


@pytest.mark.parametrize("schedule", ["linear", "scaled_linear", "squaredcos_cap_v2"])
@pytest.mark.parametrize("zero", [False, True])
def test_alphas_are_those_of_diffusers(schedule: str, zero: bool):
    theirs = LCMScheduler(beta_schedule=schedule, rescale_betas_zero_snr=zero).alphas_cumprod
    ours = alphas_cumprod(beta_schedule=schedule, zero_terminal_snr=zero)  # type: ignore[arg-type]
    torch.testing.assert_close(ours, theirs, atol=2e-5, rtol=0)


def test_the_last_timestep_is_pure_noise():
    abar = alphas_cumprod()
    assert abar[999] == 0
    assert (abar.diff() < 0).all()
    noise = torch.randn(2, 4, 8, 8)
    assert (add_noise(torch.randn(2, 4, 8, 8), noise, 999) == noise).all()


def test_guidance_embedding_is_the_pipeline_s():
    w = torch.tensor([0.0, 0.5, 3.0, 8.0])
    theirs = LatentConsistencyModelPipeline.get_guidance_scale_embedding
    for dim in (256, 33):
        expected = theirs(None, w, embedding_dim=dim)  # type: ignore[arg-type]
        torch.testing.assert_close(guidance_embedding(w, dim), expected, atol=0, rtol=0)
    assert guidance_embedding(3.0).shape == (1, 256)
    assert (guidance_embedding(3.0) == guidance_embedding(w)[2:3]).all()


def test_a_target_is_told_by_its_sinusoid_with_the_halves_swapped():
    s = torch.tensor([0, 1, 500])
    embedding = target_embedding(s)
    assert embedding.shape == (3, 256)
    assert (embedding[0] == 0).all()
    # the sinusoid of s itself, with its halves swapped
    plain = guidance_embedding(s / 1000.0)
    torch.testing.assert_close(embedding[1:, :128], plain[1:, 128:], atol=1e-4, rtol=0)
    torch.testing.assert_close(embedding[1:, 128:], plain[1:, :128], atol=1e-4, rtol=0)
    assert (target_embedding(500) == embedding[2:]).all()


def test_grids_of_few_steps_fall_from_the_last_time():
    assert consistency_timesteps(1) == [999]
    assert consistency_timesteps(4) == [999, 750, 500, 250]
    assert consistency_timesteps(4, 400) == [400, 300, 200, 100]
    for n in (1, 3, 8, 50, 999):
        grid = consistency_timesteps(n)
        assert all(type(t) is int for t in grid)
        assert grid[-1] > 0
        assert all(a > b for a, b in pairwise(grid))


def test_more_than_four_steps_begin_with_one_as_long_as_four_have():
    for n in (1, 2, 3, 4):
        assert leaping_timesteps(n) == consistency_timesteps(n)
    assert leaping_timesteps(8) == [999, 750, 643, 536, 429, 322, 215, 108]
    assert leaping_timesteps(8, 900) == [900, *leaping_timesteps(8)[1:]]
    assert leaping_timesteps(8, 600) == consistency_timesteps(8, 600)  # nothing lands so high


@pytest.mark.parametrize("t", [0, 1, 250, 998, 999])
def test_v_gives_back_both_halves(t: int):
    x_0, noise = torch.randn(2, 3, 4, 8, 8).unbind(0)
    x_t = add_noise(x_0, noise, t)
    denoised, eps = predict_x0_eps(v_target(x_0, noise, t), x_t, t)
    torch.testing.assert_close(denoised, x_0, atol=1e-5, rtol=0)
    torch.testing.assert_close(eps, noise, atol=1e-5, rtol=0)


def test_batches_of_timesteps_agree_with_single_ones():
    torch.manual_seed(0)
    x, v = torch.randn(3, 4, 8, 8), torch.randn(3, 4, 8, 8)
    t, s = [999, 500, 7], [500, 0, 3]
    denoised, eps = predict_x0_eps(v, x, torch.tensor(t))
    landed = jump(denoised, eps, torch.tensor(s))
    for i in range(3):
        one, one_eps = predict_x0_eps(v[i : i + 1], x[i : i + 1], t[i])
        torch.testing.assert_close(denoised[i : i + 1], one)
        torch.testing.assert_close(landed[i : i + 1], jump(one, one_eps, s[i]))
    assert (landed[1] == denoised[1]).all()


def test_jumps_with_the_truth_stay_on_the_path():
    x_0, noise = torch.randn(2, 1, 4, 8, 8).unbind(0)
    torch.testing.assert_close(jump(x_0, noise, 250), add_noise(x_0, noise, 250))


def test_noise_and_picture_give_back_both_halves_too():
    x_0, noise = torch.randn(2, 1, 4, 8, 8).unbind(0)
    x_t = add_noise(x_0, noise, 500)
    for output, prediction in ((noise, "epsilon"), (x_0, "sample")):
        denoised, eps = predict_x0_eps(output, x_t, 500, prediction=prediction)  # type: ignore[arg-type]
        torch.testing.assert_close(denoised, x_0, atol=1e-5, rtol=0)
        torch.testing.assert_close(eps, noise, atol=1e-5, rtol=0)
