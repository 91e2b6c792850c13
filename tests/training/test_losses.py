"""What the autoencoder's losses see."""

from __future__ import annotations

import pytest
import torch

from studio_app.training.losses import (
    edges,
    laplacian_terms,
    latent_drift,
    pixel_weights,
    psnr,
    reconstruction_loss,
    to_ycc,
    weave_cost,
    weaves,
)


def test_grey_has_no_chroma():
    grey = torch.full((1, 3, 4, 4), 0.3)
    y, cb, cr = to_ycc(grey).unbind(1)
    torch.testing.assert_close(y, torch.full_like(y, 0.3))
    assert cb.abs().max() < 1e-6
    assert cr.abs().max() < 1e-6


def test_a_wrong_hue_costs_more_with_chroma_weight():
    a, b = torch.zeros(1, 3, 8, 8), torch.zeros(1, 3, 8, 8)
    b[:, 2] = 0.5
    ones = torch.ones(1, 1, 8, 8)
    losses = [
        reconstruction_loss(a, b, ones, chroma=c, l2=1, laplacian=1).item() for c in (1.0, 3.0)
    ]
    assert losses[1] > 1.5 * losses[0]


def test_weights_have_mean_one_and_favour_subject_and_edges():
    rgb = -torch.ones(1, 3, 16, 16)
    rgb[..., 8:] = 1
    subject = torch.zeros(1, 1, 16, 16)
    subject[..., 4:] = 1
    weights = pixel_weights(rgb, subject, 1.0, 2.0)
    assert weights.mean().item() == pytest.approx(1)
    assert weights[0, 0, 8, 8] > weights[0, 0, 8, 12] > weights[0, 0, 8, 1]
    assert edges(rgb).max() == 1


def test_the_pyramid_ignores_what_is_smooth():
    flat = torch.full((1, 3, 32, 32), 0.5)
    assert laplacian_terms(flat).item() == pytest.approx(0, abs=1e-6)
    assert laplacian_terms(torch.randn(1, 3, 32, 32)) > 0.5


def test_drift_is_nothing_for_normal_latents():
    torch.manual_seed(0)
    z = torch.randn(64, 4, 16, 16)
    assert latent_drift(z) < 1e-3
    assert latent_drift(3 * z + 1) > 1


def test_psnr_of_a_known_error():
    a = torch.zeros(2, 3, 4, 4)
    b = a + 0.2  # a tenth of the range
    torch.testing.assert_close(psnr(a, b), torch.full((2,), 20.0))
    mask = torch.zeros(2, 1, 4, 4)
    mask[:, :, 0] = 1
    c = a.clone()
    c[:, :, 0] = 0.02
    torch.testing.assert_close(psnr(a, c, mask), torch.full((2,), 40.0))


def noise(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("period", [8, 4])
def test_what_repeats_with_the_cells_is_a_weave_and_other_grain_is_not(period: int):
    grain = 0.05 * noise(0, 4, 3, 128, 128)
    weave = 0.05 * noise(1, 4, 3, period, period).repeat(1, 1, 128 // period, 128 // period)
    assert weaves(grain).mean().item() == pytest.approx(1, abs=0.1)
    assert weave_cost(grain) < 0.1
    half, whole = (grain + share * weave for share in (0.5, 1.0))
    for measured in (weaves, weave_cost):
        costs = [float(measured(x).mean()) for x in (grain, half, whole)]
        assert costs[0] < 0.5 * costs[1] < 0.5 * costs[2]


def test_a_weave_is_not_cheaper_where_grain_drowns_it():
    """What lies beside a rhythm in the spectrum has no part in the slope of its cost."""
    weave = noise(2, 1, 3, 8, 8).repeat(1, 1, 16, 16)
    x = (0.02 * noise(3, 1, 3, 128, 128) + 0.05 * weave).requires_grad_(True)
    (slope,) = torch.autograd.grad(weave_cost(x), x)
    with torch.no_grad():
        lower = x - 0.002 * slope / slope.abs().max()
        grain = [combed_out(picture) for picture in (x, lower)]
    assert weave_cost(lower) < weave_cost(x)
    assert grain[1] <= grain[0] * 1.0001


def combed_out(pictures: torch.Tensor) -> float:
    """Power of a picture's rows at frequencies that no weave has."""
    power = torch.fft.rfft(pictures.mean(1)).abs().square().mean((0, 1))
    return float(power[[k for k in range(4, 56) if 3 < k % 16 < 13]].sum())


def test_a_weave_too_faint_to_be_seen_costs_nothing():
    weave = noise(4, 1, 3, 8, 8).repeat(1, 1, 16, 16)
    x = (1e-4 * weave).requires_grad_(True)
    cost = weave_cost(x)
    (slope,) = torch.autograd.grad(cost, x)
    assert cost < 0.05
    assert slope.isfinite().all() and slope.norm() < 20
