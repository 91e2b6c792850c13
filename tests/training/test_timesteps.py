"""Timesteps that are trained on: where they lie, and what they weigh."""

from __future__ import annotations

import numpy as np
import pytest

from studio_app.engine.diffusion.schedule import alphas_cumprod
from studio_app.training import timesteps as s


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
