"""Forward processes against the engine's own table and against each other."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler

from studio_app.engine.diffusion.schedule import add_noise, alphas_cumprod
from studio_app.engine.diffusion.schedule import v_target as engine_v
from studio_app.training import schedules as s


def test_the_shipped_schedule_is_the_engines():
    mine = s.zero_terminal_snr(s.scaled_linear())
    torch.testing.assert_close(mine.float(), alphas_cumprod(), rtol=1e-5, atol=1e-7)
    assert mine[-1] == 0


@pytest.mark.parametrize(
    ("mine", "name"), [(s.linear(), "linear"), (s.cosine(), "squaredcos_cap_v2")]
)
def test_schedules_are_diffusers(mine: torch.Tensor, name: str):
    theirs = DDIMScheduler(beta_schedule=name).alphas_cumprod
    torch.testing.assert_close(mine.float(), theirs, rtol=2e-3, atol=1e-6)


def test_each_target_gives_the_picture_back():
    torch.manual_seed(0)
    x_0, noise = torch.randn(4, 4, 8, 8), torch.randn(4, 4, 8, 8)
    t = torch.tensor([10, 300, 700, 990])
    a = alphas_cumprod()[t].view(-1, 1, 1, 1)
    x_t = s.diffuse(x_0, noise, a)
    torch.testing.assert_close(x_t, add_noise(x_0, noise, t))
    v = s.v_target(x_0, noise, a)
    torch.testing.assert_close(v, engine_v(x_0, noise, t))
    torch.testing.assert_close(a.sqrt() * x_t - (1 - a).sqrt() * v, x_0, rtol=1e-4, atol=1e-4)
    epsilon = s.epsilon_target(x_0, noise, a)
    torch.testing.assert_close(
        (x_t - (1 - a).sqrt() * epsilon) / a.sqrt(), x_0, rtol=1e-3, atol=1e-3
    )
    torch.testing.assert_close(s.x0_target(x_0, noise, a), x_0)
    torch.testing.assert_close(x_0 + s.flow_target(x_0, noise, a), noise)


def test_times_cover_the_range_evenly():
    t = s.uniform_times(100, 1000, np.random.default_rng(0))
    assert len(set((t // 10).tolist())) == 100
    assert t.min() >= 0 and t.max() <= 999


def test_logit_normal_times_gather_in_the_middle():
    t = s.logit_normal_times(4000, 1000, np.random.default_rng(0), 0.0, 1.0).double()
    assert t.mean().item() == pytest.approx(500, abs=15)
    assert ((t > 250) & (t < 750)).double().mean() > 0.7


def test_the_weight_never_forgets_the_end_of_time():
    a = alphas_cumprod()
    weight = s.min_snr_weight(a, 5.0)
    assert weight[-1] == 1  # plain min-SNR for v would be 0 here
    snr = a / (1 - a)
    assert bool((weight[snr < 5] == 1).all())
    assert weight[0] < 0.02
