"""The blend modes: the formulas of the W3C, and the luminance of BT.601, at alpha of every sort."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from studio_app.document.blending import BLENDS, Blend, blended, composited

RNG = np.random.default_rng(0)
GRID = np.linspace(0, 1, 11, dtype=np.float32)


def one(value: float) -> np.ndarray:
    return np.full((1, 1, 3), value, np.float32)


WANTED = {
    "normal": lambda b, s: s,
    "multiply": lambda b, s: b * s,
    "screen": lambda b, s: 1 - (1 - b) * (1 - s),
    "overlay": lambda b, s: 2 * b * s if b <= 0.5 else 1 - 2 * (1 - b) * (1 - s),
    "darken": min,
    "lighten": max,
    "color-dodge": lambda b, s: 0 if b == 0 else 1 if s == 1 else min(1, b / (1 - s)),
    "color-burn": lambda b, s: 1 if b == 1 else 0 if s == 0 else 1 - min(1, (1 - b) / s),
    "hard-light": lambda b, s: 2 * b * s if s <= 0.5 else 1 - 2 * (1 - b) * (1 - s),
    "difference": lambda b, s: abs(b - s),
}


@pytest.mark.parametrize("blend", WANTED)
def test_of_grey_sheets_it_is_the_formula(blend: Any):
    for below in GRID:
        for above in GRID:
            found = blended(one(below), one(above), blend)
            wanted = WANTED[blend](float(below), float(above))
            assert found[0, 0, 0] == pytest.approx(wanted, abs=1e-5), (below, above)


def test_soft_light_keeps_black_and_white_and_is_nothing_at_half():
    values = GRID[:, None, None] * np.ones((1, 1, 3), np.float32)
    assert np.allclose(blended(values, np.full_like(values, 0.5), "soft-light"), values, atol=1e-6)
    assert np.allclose(blended(one(0), one(0.9), "soft-light"), 0)
    assert np.allclose(blended(one(1), one(0.1), "soft-light"), 1)


@pytest.mark.parametrize("blend", ["hue", "saturation", "color", "luminosity"])
def test_of_colours_each_takes_what_it_is_called_after(blend: Any):
    weights = np.array([0.299, 0.587, 0.114])
    below, above = RNG.random((2, 40, 40, 3), np.float32)
    found = blended(below, above, blend)
    assert found.min() >= -1e-4 and found.max() <= 1 + 1e-4
    source = above if blend == "luminosity" else below
    assert np.allclose(found @ weights, source @ weights, atol=1e-3)


@pytest.mark.parametrize("blend", BLENDS)
def test_whatever_the_alphas_all_stays_in_range_and_finite(blend: Any):
    cover, alpha = (RNG.random((2, 30, 30, 1), np.float32) * 1.4 - 0.2).clip(0, 1)
    under = RNG.random((30, 30, 3), np.float32) * cover
    colour = RNG.random((30, 30, 3), np.float32)
    out, total = composited((under, cover), colour, alpha, blend)
    assert np.isfinite(out).all() and np.isfinite(total).all()
    assert total.min() >= 0 and total.max() <= 1 + 1e-6
    assert out.min() >= -1e-5 and (out <= total + 1e-4).all()


@pytest.mark.parametrize("blend", [b for b in BLENDS if not b.startswith(("dst", "src"))])
def test_over_nothing_a_sheet_is_itself_and_a_sheet_of_nothing_changes_nothing(blend: Any):
    nothing = np.zeros((4, 4, 3), np.float32), np.zeros((4, 4, 1), np.float32)
    colour, alpha = RNG.random((4, 4, 3), np.float32), RNG.random((4, 4, 1), np.float32)
    out, total = composited(nothing, colour, alpha, blend)
    assert np.allclose(out, colour * alpha, atol=1e-6) and np.allclose(total, alpha)
    ground = colour * alpha, alpha
    out, total = composited(ground, RNG.random((4, 4, 3), np.float32), 0 * alpha, blend)
    assert np.allclose(out, ground[0], atol=1e-6) and np.allclose(total, alpha, atol=1e-6)


def test_the_modes_that_cut():
    ground = one(0.4) * 0.5, np.full((1, 1, 1), 0.5, np.float32)
    quarter = np.full((1, 1, 1), 0.25, np.float32)
    cutting: tuple[Blend, ...] = ("dst-in", "dst-out", "src-atop", "dst-atop", "plus")
    totals = {
        blend: float(composited(ground, one(1), quarter, blend)[1][0, 0, 0]) for blend in cutting
    }
    assert totals == pytest.approx(
        {"dst-in": 0.125, "dst-out": 0.375, "src-atop": 0.5, "dst-atop": 0.25, "plus": 0.75}
    )
