"""Blocks of GGML's types are the numbers that the package `gguf` makes of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType
from gguf.quants import dequantize

from studio_app.catalogue.gguf import TYPES
from studio_app.engine.operators.unpacking import UNPACKED, unpacked


@pytest.mark.parametrize("kind", UNPACKED)
def test_every_bit_is_that_of_the_reference(kind: str):
    """Of any bytes: every pattern of bits is a number, but where a scale is none."""
    number, size, length = next(
        (n, size, b) for n, (name, size, b) in TYPES.items() if name == kind
    )
    rows = np.random.default_rng(0).integers(0, 256, (24, 3 * length), np.uint8)
    made = unpacked(torch.from_numpy(rows), kind)
    assert made.shape == (24, 3 * size) and made.dtype == torch.float32
    with np.errstate(all="ignore"):
        expected = dequantize(rows, GGMLQuantizationType(number))
    there = np.isfinite(expected)
    assert there.mean() > 0.5
    assert np.array_equal(made.numpy()[there], expected[there])
    assert not np.isfinite(made.numpy()[~there]).any()
