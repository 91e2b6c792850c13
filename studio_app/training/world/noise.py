"""Periodic noise: one small volume of several patterns, sampled by every material, and 2D noise for tiles.

A lookup in a prepared volume costs the same for any number of octaves, so the renderer stays fast.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

SIZE = 48
CHANNELS = ("fbm", "cells", "veins", "grain")
"""fbm: soft mottling; cells: 0 on the joints between cells; veins: thin lines; grain: fine speckle.

All are about 0..1.
"""


def _periodic_smooth(rng: np.random.Generator, frequency: int) -> NDArray[np.float32]:
    """Smooth noise on SIZE^3 with `frequency` cells a side, periodic, built in the Fourier domain."""
    spectrum = np.fft.fftn(rng.standard_normal((SIZE, SIZE, SIZE)))
    k = np.fft.fftfreq(SIZE) * SIZE
    r = np.sqrt(k[:, None, None] ** 2 + k[None, :, None] ** 2 + k[None, None, :] ** 2)
    band = np.exp(-(((r - frequency) / (0.5 * frequency + 0.5)) ** 2))
    out = np.fft.ifftn(spectrum * band).real
    return (out / out.std()).astype(np.float32)


@cache
def volume(device: str = "cpu") -> Tensor:
    """The noise volume [1, len(CHANNELS), SIZE + 1, SIZE + 1, SIZE + 1]: the last plane repeats the first."""
    rng = np.random.default_rng(11)
    octaves = [_periodic_smooth(rng, f) for f in (2, 4, 8, 16)]
    fbm = sum(o * a for o, a in zip(octaves, (0.5, 0.25, 0.14, 0.08), strict=True))
    veins = 1 - np.minimum(np.abs(octaves[0] * 0.7 + octaves[1] * 0.5) * 2.2, 1.0)
    grain = _periodic_smooth(rng, 20)
    points = rng.random((40, 3)).astype(np.float32)
    axis = (np.arange(SIZE, dtype=np.float32) + 0.5) / SIZE
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1)
    first = np.full((SIZE,) * 3, 9.0, np.float32)
    second = first.copy()
    for p in points:
        gap = np.abs(grid - p)
        gap = np.minimum(gap, 1 - gap)
        r = np.sqrt((gap**2).sum(-1))
        second = np.minimum(second, np.maximum(first, r))
        first = np.minimum(first, r)
    cells = np.clip((second - first) / 0.16, 0, 1)
    stack = np.stack(
        [np.clip(0.5 + 0.32 * fbm, 0, 1), cells, veins, np.clip(0.5 + 0.22 * grain, 0, 1)]
    )
    stack = np.pad(stack, ((0, 0), (0, 1), (0, 1), (0, 1)), mode="wrap")
    return torch.from_numpy(np.ascontiguousarray(stack[None], dtype=np.float32)).to(device)


def sample(points: Tensor) -> Tensor:
    """The patterns at points [B, 3, H, W] (any range; period 1): [B, len(CHANNELS), H, W]."""
    grid = (points - points.floor()).permute(0, 2, 3, 1)[:, None] * 2 - 1
    table = volume(str(points.device)).expand(points.shape[0], -1, -1, -1, -1)
    out = torch.nn.functional.grid_sample(table, grid, mode="bilinear", align_corners=True)
    return out[:, :, 0]


def tile_noise(generator: torch.Generator, size: int, frequency: float) -> Tensor:
    """Smooth 2D noise [size, size], periodic on both axes, mean 0, deviation 1; frequency in cells a side."""
    spectrum = torch.fft.fft2(torch.randn(size, size, generator=generator))
    k = torch.fft.fftfreq(size) * size
    r = (k[:, None] ** 2 + k[None, :] ** 2).sqrt()
    band = torch.exp(-(((r - frequency) / (0.5 * frequency + 0.5)) ** 2))
    out = torch.fft.ifft2(spectrum * band).real
    return out / out.std()
