"""Previews and masks."""

from __future__ import annotations

import numpy as np
import torch

from studio_app.engine.decoding.latents import composite, latent_mask, preview


def test_the_preview_is_linear_and_blue_first():
    latent = torch.zeros(1, 4, 2, 2)
    latent[:, 0] = 1
    matrix = torch.tensor([[1.0, 0.0, -1.0], [0.0] * 3, [0.0] * 3, [0.0] * 3])
    pixels = preview(latent, matrix, torch.zeros(3), 8).at_once()
    assert pixels.shape == (16, 16, 4)
    assert (pixels == [0, 128, 255, 255]).all()


def test_composite_is_exact_at_both_ends():
    rng = np.random.default_rng(0)
    bgra = rng.integers(0, 256, (16, 16, 4), np.uint8)
    init = rng.integers(0, 256, (16, 16, 3), np.uint8)
    mask = np.zeros((16, 16), np.uint8)
    mask[:8] = 255
    mask[8] = 128
    out = composite(bgra, init, mask)
    assert (out[:8] == bgra[:8]).all()
    assert (out[9:, :, 2::-1] == init[9:]).all()
    middle = (bgra[8, :, :3].astype(int) + init[8, :, ::-1]) / 2
    assert np.abs(out[8, :, :3] - middle).max() <= 1.5


def test_latent_masks_average():
    mask = np.zeros((16, 16), np.uint8)
    mask[:8] = 255
    mask[8:12, 8:] = 255
    assert latent_mask(mask, 8).tolist() == [[[[1.0, 1.0], [0.0, 0.5]]]]
