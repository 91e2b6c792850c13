"""Optimisers, learning-rate curves and averages."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from studio_app.training.optim import (
    Muon,
    make_optimizers,
    orthogonal,
    power_ema_beta,
    schedule,
    set_lr,
    update_ema,
)
from studio_app.training.recipe import Plan


@pytest.mark.parametrize("shape", [(8, 8), (6, 30), (30, 6)])
def test_orthogonal_brings_singular_values_near_one(shape: tuple[int, int]):
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonal(torch.randn(shape)))
    assert values.max() < 1.4
    assert values.min() > 0.4  # five steps of the quintic: near enough, says the paper


def test_muon_trains_convolutions():
    torch.manual_seed(0)
    conv = nn.Conv2d(3, 8, 3, bias=False)
    x, wanted = torch.randn(16, 3, 8, 8), torch.randn(16, 8, 6, 6)
    optimizer = Muon([{"params": [conv.weight]}], lr=0.02)
    losses = []
    for _ in range(30):
        loss = (conv(x) - wanted).square().mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < 0.8 * losses[0]


def test_muon_takes_inner_matrices_and_adamw_the_rest():
    net = nn.ModuleDict(
        {
            "conv_in": nn.Conv2d(3, 8, 3),
            "inner": nn.Conv2d(8, 8, 3),
            "norm": nn.GroupNorm(2, 8),
            "token_embedding": nn.Embedding(4, 8),
            "cond_proj": nn.Linear(8, 8, bias=False),
        }
    )
    optimizers = make_optimizers(
        Plan(optimizer="muon"), net.named_parameters(), {"cond_proj": 10.0}
    )
    muon = next(o for o in optimizers if isinstance(o, Muon))
    assert [p.shape for g in muon.param_groups for p in g["params"]] == [(8, 8, 3, 3)]
    adam = next(o for o in optimizers if not isinstance(o, Muon))
    rates = {g["base_lr"] for g in adam.param_groups}
    assert rates == {Plan().lr, 10 * Plan().lr}
    set_lr(optimizers, 0.5)
    assert muon.param_groups[0]["lr"] == 0.5 * Plan().muon_lr


@pytest.mark.parametrize("decay", ["linear", "cosine"])
def test_the_rate_warms_up_and_decays(decay: str):
    plan = Plan(warmup=0.1, floor=0.02).model_copy(update={"decay": decay})
    assert schedule(plan, 0.05) == pytest.approx(0.5)
    assert schedule(plan, 0.1) == pytest.approx(1.0)
    assert schedule(plan, 1.0) == pytest.approx(0.02)
    assert schedule(plan, 0.3) > schedule(plan, 0.7)


def test_the_average_forgets_its_start_and_keeps_its_width():
    assert power_ema_beta(1, 0.07) == 0
    assert power_ema_beta(100, 0.05) > power_ema_beta(100, 0.02)
    # Relative width (mean distance of weight mass, 2312.02696 eq. 4) at two lengths of run.
    for steps in (400, 1600):
        weights = torch.zeros(steps)
        for step in range(1, steps + 1):
            beta = power_ema_beta(step, 0.1)
            weights[: step - 1] *= beta
            weights[step - 1] += 1 - beta
        at = torch.arange(steps) / steps
        mean = (weights * at).sum()
        assert ((weights * (at - mean) ** 2).sum().sqrt()).item() == pytest.approx(0.1, abs=0.01)


def test_update_ema_moves_in_place():
    average, current = torch.zeros(3), torch.ones(3)
    update_ema([average], [current], 0.75)
    torch.testing.assert_close(average, torch.full((3,), 0.25))
