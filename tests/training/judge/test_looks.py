"""Figures that need no judge: right on pictures whose answer is known."""

from __future__ import annotations

import numpy as np

from studio_app.training.judge import looks
from studio_app.training.losses import sharpness_of
from studio_app.training.world.samples import as_bytes
from studio_app.training.world.tiles import render_tile

RNG = np.random.default_rng(0)
TILES = np.stack(
    [as_bytes(render_tile(f, "red", "midday", 3, 64).rgb) for f in ("pebbles", "scales")]
)


def waves(count: int = 2) -> np.ndarray:
    """Pictures that wrap, and whose steps are everywhere alike."""
    ys, xs = np.mgrid[0:64, 0:64]
    wave = 128 + 100 * np.sin(2 * np.pi * (3 * xs + 5 * ys) / 64)
    return np.repeat(wave[None, :, :, None], count, 0).repeat(3, 3).astype(np.uint8)


def ramps(count: int = 4) -> np.ndarray:
    """Pictures that are dark on the left and light on the right: they do not tile."""
    ramp = np.linspace(0, 255, 64)[None, None, :, None]
    return np.broadcast_to(ramp, (count, 64, 64, 3)).astype(np.uint8)


def test_a_tile_that_wraps_has_no_seam():
    assert np.all(np.abs(looks.seams(waves()) - 1) < 0.05)
    assert np.all(looks.seams(waves()[:, :, : 64 - 13]) > 3)
    assert np.all(looks.seams(TILES) < 3)
    assert np.all(looks.seams(ramps()) > 20)


def test_the_seam_ratio_is_of_real_tiles():
    figures = looks.seam_figures(TILES, TILES)
    assert figures["seam_ratio"][0].value == 1
    assert looks.seam_figures(ramps(2), TILES)["seam_ratio"][0].low > 10


def test_blur_is_less_sharp():
    noise = RNG.integers(0, 256, (3, 32, 32, 3)).astype(np.uint8)
    soft = (noise.astype(np.float32) + np.roll(noise, 1, 1) + np.roll(noise, 1, 2)) / 3
    assert np.all(sharpness_of(noise) > 2 * sharpness_of(soft))
    figures = looks.sharpness_figures(soft.astype(np.uint8), noise)
    found, good = figures["sharpness"]
    assert found.value < 0.5 and good == "one"


def test_a_pattern_at_the_cells_of_latents_is_a_weave():
    plain = RNG.normal(128, 8, (4, 64, 64, 1)).repeat(3, 3)
    cells = np.zeros((64, 64))
    cells[::8], cells[:, ::8] = 12, 12
    figures = looks.weave_figures(
        (plain + cells[None, :, :, None]).clip(0, 255).astype(np.uint8), plain.astype(np.uint8)
    )
    found, good = figures["weave_ratio"]
    assert found.value > 2 and good == "low"
    # Another rhythm is none: it is the picture's own.
    bars = (plain / 4 + waves(4) / 2).clip(0, 255).astype(np.uint8)
    assert np.all(looks.rhythms(bars) < 2)


def test_pictures_that_are_all_alike_have_no_diversity():
    real = RNG.integers(0, 256, (12, 64, 64, 3)).astype(np.uint8)
    alike = np.repeat(real[::4], 4, axis=0)
    share = looks.diversity_figures(alike, real, 4)["diversity_share"][0]
    assert share.value < 1e-3
    assert looks.diversity_figures(real, real, 4)["diversity_share"][0].value == 1


def test_the_random_features_are_always_the_same():
    picture = RNG.integers(0, 256, (1, 64, 64, 3)).astype(np.uint8)
    np.testing.assert_array_equal(looks.features(picture), looks.features(picture))


def test_a_matte_is_what_is_not_grey():
    pictures = np.full((1, 64, 64, 3), 128, np.uint8)
    pictures[0, 16:48, 16:48] = (200, 40, 40)
    mattes = looks.threshold_mattes(pictures)
    assert mattes.sum() == 32 * 32
    alpha = mattes.astype(np.float32)
    assert looks.matte_figures(alpha, pictures)["gen_alpha_iou"][0].value == 1
    half = alpha.copy()
    half[:, :, 32:] = 0
    assert looks.matte_figures(half, pictures)["gen_alpha_iou"][0].value == 0.5
