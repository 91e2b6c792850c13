"""Sprites: the grey goes out of the edges, and colour runs on into what is transparent."""

from __future__ import annotations

import numpy as np
import pytest

from studio_app.document.sprites import bled, matte, sprite

COLOUR = np.array([200, 60, 30])


def soft_disc(size: int = 32) -> np.ndarray:
    """Alpha [size, size] of a disc with an edge of several pixels."""
    ys, xs = np.mgrid[0:size, 0:size] + 0.5
    distance = np.hypot(xs - size / 2, ys - size / 2)
    return np.clip((size / 3 - distance) / 4 + 0.5, 0, 1).astype(np.float32)


def over_grey(alpha: np.ndarray) -> np.ndarray:
    mixed = alpha[..., None] * COLOUR + (1 - alpha[..., None]) * 127.5
    return np.rint(mixed).astype(np.uint8)


def test_a_sprite_has_the_things_own_colour_to_its_last_pixel():
    alpha = soft_disc()
    pixels = sprite(over_grey(matte(alpha)), alpha)
    assert pixels.shape == (32, 32, 4)
    seen = pixels[..., 3] > 0
    assert np.abs(pixels[..., :3][seen].astype(int) - COLOUR).max() <= 8
    # Beyond the edge too: mipmaps and filtering look there.
    assert np.abs(pixels[..., :3].astype(int) - COLOUR).max() <= 8


def test_laid_over_grey_again_it_is_the_picture():
    alpha = soft_disc()
    picture = over_grey(matte(alpha))
    pixels = sprite(picture, alpha).astype(np.float32)
    cover = pixels[..., 3:] / 255
    again = pixels[..., :3] * cover + 127.5 * (1 - cover)
    assert np.abs(again - picture).max() < 4


def test_empty_is_empty_and_full_is_full():
    ends = matte(np.array([[0.0, 0.02, 0.5, 0.98, 1.0]], np.float32))
    assert ends[0, 1] == 0
    assert ends[0, 2] == pytest.approx(0.5)
    assert ends[0, 3] == 1


def test_values_run_on_to_the_nearest():
    values = np.zeros((5, 7, 1), np.float32)
    weight = np.zeros((5, 7), np.float32)
    values[2, 0], values[2, 6] = 0.25, 0.75
    weight[2, 0] = weight[2, 6] = 1
    filled = bled(values, weight)[..., 0]
    assert filled[2, 0] == pytest.approx(0.25)
    assert filled[2, 6] == pytest.approx(0.75)
    assert filled[:4, 0].max() < 0.5 < filled[:4, 6].min()
    assert 0.25 - 1e-6 <= filled.min() <= filled.max() <= 0.75 + 1e-6


def test_where_nothing_is_known_nothing_is_made_up():
    assert bled(np.ones((3, 3, 3), np.float32) * 0, np.zeros((3, 3), np.float32)).max() == 0
