"""Larger pictures keep what they show: flat stays flat, edges have no fringe, tiles wrap."""

from __future__ import annotations

import numpy as np
import pytest

from studio_app.core.errors import StudioError
from studio_app.export.upscale import upscaled


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_a_flat_picture_stays_flat(dtype: type, scale: int):
    value = {np.uint8: 77, np.uint16: 30001, np.float32: 0.3}[dtype]
    pixels = np.full((6, 9, 3), value, dtype)
    large = upscaled(pixels, scale)
    assert large.dtype == dtype
    assert large.shape == (6 * scale, 9 * scale, 3)
    np.testing.assert_allclose(large, value, rtol=1e-5)


def test_nearest_gives_blocks():
    pixels = np.arange(6, dtype=np.uint8).reshape(2, 3)
    large = upscaled(pixels, 2, "nearest")
    np.testing.assert_array_equal(large, np.kron(pixels, np.ones((2, 2), np.uint8)))


def test_lanczos_follows_a_slope():
    pixels = np.tile(np.linspace(0, 1, 32, dtype=np.float32), (8, 1))
    large = upscaled(pixels, 2)
    wanted = (np.arange(64) + 0.5) / 2 - 0.5
    np.testing.assert_allclose(large[4, 10:-10], wanted[10:-10] / 31, atol=2e-3)


def test_what_is_not_there_does_not_colour_the_edge():
    pixels = np.zeros((12, 12, 4), np.uint8)
    pixels[..., :3] = [0, 255, 0]
    pixels[3:9, 3:9] = [200, 10, 20, 255]
    large = upscaled(pixels, 4)
    seen = large[large[..., 3] > 40]
    assert len(seen) > 24 * 24
    assert np.abs(seen[:, :3].astype(int) - [200, 10, 20]).max() <= 25


def test_a_tile_wraps_as_before():
    xs = np.arange(32)
    wave = np.tile(0.5 + 0.4 * np.sin(2 * np.pi * (xs + 5) / 32), (32, 1)).astype(np.float32)
    tiled = upscaled(wave, 2, tiles=(True, True))
    both = upscaled(np.concatenate([wave, wave], 1), 2)[:, :96]
    np.testing.assert_allclose(tiled[:, :32], both[:, 64:96], atol=1e-5)
    assert np.abs(upscaled(wave, 2)[:, :4] - both[:, 64:68]).max() > 1e-3


@pytest.mark.parametrize(("scale", "method"), [(3, "lanczos"), (2, "magic"), (0, "nearest")])
def test_other_scales_are_refused(scale: int, method: str):
    with pytest.raises(StudioError):
        upscaled(np.zeros((2, 2), np.uint8), scale, method)  # pyright: ignore[reportArgumentType]
