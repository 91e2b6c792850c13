"""Greys are the same to the bit wherever they are asked for."""

from __future__ import annotations

import hashlib

import numpy as np

from studio_app.document.greys import grey_of


def test_greys_are_the_same_bits_on_every_machine():
    rgba = np.random.default_rng(3).integers(0, 256, (61, 67, 4), np.uint8)
    grey = grey_of(rgba)
    assert grey.dtype == np.float32 and grey.shape == (61, 67)
    assert hashlib.md5(grey.tobytes()).hexdigest() == "330c447d0cba88cf505456bd8b85bced"
    exact = rgba[..., :3].astype(np.float64) @ np.array([0.299, 0.587, 0.114])
    assert np.abs(grey - exact).max() < 1e-4


def test_white_is_white_and_black_is_black():
    assert grey_of(np.full((1, 1, 3), 255, np.uint8))[0, 0] == 255
    assert grey_of(np.zeros((1, 1, 3), np.uint8))[0, 0] == 0
