"""Reliefs of the full world's further families of seamless texture; periodic like those of `reliefs`."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from studio_app.training.world.noise import tile_noise
from studio_app.training.world.reliefs import Relief, blocks, cell_values, grid, voronoi


def _smooth(x: Tensor) -> Tensor:
    x = x.clamp(0, 1)
    return x * x * (3 - 2 * x)


def tiles(size: int, g: torch.Generator, rng: np.random.Generator) -> Relief:
    """Square glazed tiles in two tones, or with a diamond in each."""
    n = int(rng.choice([4, 6]))
    d, _ = blocks(size, g, n, n, 0.0, 0.03, 0.0)
    u, v = grid(size)
    x, y = (u * n).floor(), (v * n).floor()
    ids = (x * 131 + y * 17).long()
    body = _smooth((d - 0.03) / 0.07)
    if rng.random() < 0.6:
        tone = torch.where((x + y) % 2 == 0, 1.25, 0.42)
    else:
        inner = ((u * n - x - 0.5).abs() + (v * n - y - 0.5).abs() - 0.34) * 40
        tone = 0.55 + 0.7 * (1 - inner.clamp(0, 1))
    shade = tone * (0.92 + 0.16 * cell_values(ids, g, 977))
    return Relief(body * (0.8 + 0.04 * cell_values(ids, g, 977)) + 0.08, shade, 1 - body)


def plates(size: int, g: torch.Generator, rng: np.random.Generator) -> Relief:
    """Metal sheets with rounded corners, a rivet in each corner, a slot in some."""
    n = int(rng.choice([2, 3, 4]))
    d, ids = blocks(size, g, n, n, 0.5 if n != 3 else 0.0, 0.06, 0.0)
    u, v = grid(size)
    row = (v * n).floor()
    x = u * n + row * (0.5 if n != 3 else 0.0)
    fx, fy = (x - x.floor() - 0.5).abs(), (v * n - row - 0.5).abs()
    body = _smooth((d - 0.03) / 0.05)
    r = ((fx - 0.36) ** 2 + (fy - 0.36) ** 2).sqrt()
    rivet = (1 - (r / 0.055) ** 2).clamp(min=0).sqrt()
    ring = (1 - ((r - 0.068) / 0.018).abs()).clamp(0, 1)
    slot = ((0.16 - fx) * 30).clamp(0, 1) * (
        (0.055 - ((fy * 6.7) % 1 - 0.5).abs() * 0.2) * 40
    ).clamp(0, 1)
    slot = slot * (fy < 0.23) * (cell_values(ids, g, 977) > 0.5)
    lift = cell_values(ids, g, 977)
    scratch = 0.02 * tile_noise(g, size, 24)
    height = body * (0.55 + 0.12 * lift) + 0.22 * rivet - 0.08 * ring - 0.16 * slot + 0.05
    shade = 0.8 + 0.3 * lift + scratch - 0.45 * slot - 0.3 * ring + 0.25 * rivet
    return Relief(height, shade, 1 - body)


def weave(size: int, g: torch.Generator, rng: np.random.Generator) -> Relief:
    """Threads over and under."""
    n = int(rng.choice([8, 10, 12]))
    u, v = grid(size)
    x, y = u * n, v * n
    over = (x.floor() + y.floor()) % 2 == 0
    across = (torch.sin(torch.pi * (x - x.floor()))).clamp(min=0)
    down = (torch.sin(torch.pi * (y - y.floor()))).clamp(min=0)
    warp = across.sqrt() * (0.55 + 0.45 * down)
    weft = down.sqrt() * (0.55 + 0.45 * across)
    height = torch.where(over, warp, weft)
    thread = torch.where(over, x.floor() * 7, y.floor() * 13 + 101).long()
    fine = torch.where(over, torch.sin(2 * torch.pi * x * 4), torch.sin(2 * torch.pi * y * 4))
    shade = 0.62 + 0.3 * height + 0.28 * cell_values(thread, g, 499) + 0.06 * fine
    gap = (1 - 2.6 * height).clamp(0, 1)
    return Relief(height * 0.75 + 0.03 * fine + 0.06, shade, gap)


def bark(size: int, g: torch.Generator, rng: np.random.Generator) -> Relief:
    """Long upright ridges that split and join."""
    n = int(rng.choice([6, 8, 10]))
    u, v = grid(size)
    bend = 0.022 * tile_noise(g, size, 2) + 0.007 * tile_noise(g, size, 5)
    x = (u + bend) * n
    column = x.floor()
    y = v * 3 + 0.37 * (column % n) + 0.2 * tile_noise(g, size, 3)
    fx = 0.5 - (x - column - 0.5).abs()
    fy = 0.5 - (y - y.floor() - 0.5).abs()
    ridge = _smooth(fx / 0.34) * (0.35 + 0.65 * _smooth(fy / 0.12))
    ids = ((column % n) * 17 + (y.floor() % 3) * 5).long()
    rough = 0.09 * tile_noise(g, size, 14) + 0.05 * tile_noise(g, size, 34)
    height = ridge * (0.6 + 0.25 * cell_values(ids, g, 499)) + rough
    shade = 0.55 + 0.5 * ridge + 0.2 * cell_values(ids, g, 499) + rough
    return Relief(height * 0.85 + 0.1, shade, (1 - 2.4 * ridge).clamp(0, 0.9))


def marble(size: int, g: torch.Generator, rng: np.random.Generator) -> Relief:
    """Polished slabs with thin forked veins."""
    broad, fine = tile_noise(g, size, 2), tile_noise(g, size, 6)
    veins = torch.zeros(size, size)
    for frequency, width in ((2, 0.34), (3, 0.28), (5, 0.2)):
        line = tile_noise(g, size, frequency) + 0.3 * fine + 0.2 * tile_noise(g, size, 10)
        veins = torch.maximum(
            veins, (1 - line.abs() / width).clamp(0, 1) ** 1.5 * (1.25 - 0.1 * frequency)
        )
    cloud = (0.5 + 0.25 * broad + 0.16 * fine).clamp(0, 1)
    n = int(rng.choice([1, 2]))
    u, v = grid(size)
    fx, fy = ((u * n + 0.5) % 1 - 0.5).abs(), ((v * n + 0.5) % 1 - 0.5).abs()
    joint = (1 - torch.minimum(fx, fy) * 140 / n).clamp(0, 1)
    return Relief(0.8 - 0.6 * joint + 0.01 * fine, 0.85 + 0.4 * cloud, torch.maximum(veins, joint))


def cracks(size: int, g: torch.Generator, rng: np.random.Generator) -> Relief:
    """Dried clods: flat, with wide jagged gaps."""
    n = int(rng.choice([3, 4, 5]))
    first, second, ids = voronoi(size, g, n, 0.95)
    jag = 0.045 * tile_noise(g, size, 9) + 0.025 * tile_noise(g, size, 22)
    edge = second - first + jag
    body = _smooth((edge - 0.05) / 0.09)
    curl = (0.55 - edge).clamp(0, 0.5)
    rough = 0.03 * tile_noise(g, size, 18)
    height = body * (0.62 + 0.3 * curl + 0.12 * cell_values(ids, g, n * n) + rough) + 0.05
    return Relief(height, 0.78 + 0.36 * cell_values(ids, g, n * n) + 2 * rough, 1 - body)


def hexagons(size: int, g: torch.Generator, rng: np.random.Generator) -> Relief:
    """A honeycomb: raised or sunken six-sided cells."""
    n = int(rng.choice([4, 6]))
    u, v = grid(size)
    # Two interleaved rectangular grids; rows n * 2 / sqrt(3) are rounded so that the tile closes.
    rows = max(round(n * 2 / 3**0.5 / 2), 1)
    wide, high = 1.0, n / rows / 2
    x, y = u * n, v * rows * 2 * high
    best = torch.full((size, size), 99.0)
    ids = torch.zeros(size, size, dtype=torch.long)
    for shift in (0.0, 0.5):
        px, py = x - shift * wide, y - shift * 2 * high
        cx, cy = (px / wide).round(), (py / (2 * high)).round()
        dx, dy = (px - cx * wide).abs(), (py - cy * 2 * high).abs()
        # The hexagon's distance: three pairs of sides.
        r = torch.maximum(dx, 0.5 * dx + 0.866 * dy * (0.866 / high) * 1.0)
        closer = r < best
        best = torch.where(closer, r, best)
        number = ((cx % n) * 31 + (cy % rows) * 7 + int(shift * 2) * 501).long()
        ids = torch.where(closer, number, ids)
    body = _smooth((0.5 - best - 0.035) / 0.06)
    lift = cell_values(ids, g, 1009)
    bowl = (best / 0.5) ** 2
    if rng.random() < 0.5:
        height = body * (0.7 + 0.2 * lift - 0.25 * bowl) + 0.06
    else:
        height = 0.9 - body * (0.35 + 0.3 * lift - 0.2 * bowl)
    return Relief(height, 0.7 + 0.5 * lift, (1 - body) * 0.9)


def waves(size: int, g: torch.Generator, rng: np.random.Generator) -> Relief:
    """Water seen from above: crossing swells and a net of bright lines."""
    u, v = grid(size)
    height = torch.zeros(size, size)
    for _ in range(7):
        kx, ky = int(rng.integers(-3, 4)), int(rng.integers(1, 5))
        phase = float(rng.uniform(0, 6.28))
        bend = 0.35 * tile_noise(g, size, 2)
        height += torch.sin(2 * torch.pi * (kx * u + ky * v) + phase + bend) / (1 + 0.3 * ky)
    height = (height - height.min()) / (height.max() - height.min())
    n = int(rng.choice([4, 5, 6]))
    first, second, _ = voronoi(size, g, n, 1.0)
    net = (1 - (second - first + 0.05 * tile_noise(g, size, 6)) * 7).clamp(0, 1) ** 2
    shade = 0.4 + 0.55 * height + 1.1 * net
    return Relief(0.25 + 0.5 * height + 0.05 * net, shade, torch.zeros(size, size))
