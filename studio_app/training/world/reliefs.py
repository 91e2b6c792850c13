"""Reliefs of seamless textures: the core world's four families, and what all families are made from.

Every function of position is periodic on [0, 1)^2 on both axes, so that the right edge continues at the left one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from studio_app.training.world.noise import tile_noise


@dataclass(frozen=True, eq=False)
class Relief:
    """height 0..1; shade: brightness of each stone about 1; gap: 1 between them, 0 on them; all [size, size]."""

    height: Tensor
    shade: Tensor
    gap: Tensor


def cell_values(ids: Tensor, generator: torch.Generator, count: int) -> Tensor:
    """A random number in 0..1 for each cell, of `count` that there are."""
    return torch.rand(count, generator=generator)[ids % count]


def grid(size: int) -> tuple[Tensor, Tensor]:
    """u to the right and v down, each [size, size], the middles of pixels in 0..1."""
    axis = (torch.arange(size) + 0.5) / size
    return axis[None, :].expand(size, size), axis[:, None].expand(size, size)


def blocks(
    size: int, g: torch.Generator, rows: int, columns: int, shift: float, edge: float, wobble: float
) -> tuple[Tensor, Tensor]:
    """A running bond: distance to the nearest joint in units of a row's height, and an id for each block."""
    u, v = grid(size)
    warp = wobble * tile_noise(g, size, 3)
    row = (v + warp) * rows
    r = row.floor()
    column = (u + wobble * tile_noise(g, size, 3)) * columns + r * shift
    c = column.floor()
    fy = torch.minimum(row - r, 1 - (row - r))
    fx = torch.minimum(column - c, 1 - (column - c)) * rows / columns
    # A rounded corner: joints meet softly.
    distance = -torch.log(torch.exp(-fx / edge) + torch.exp(-fy / edge)) * edge
    return distance, ((r % rows) * 131 + (c % columns) * 17).long()


def bricks(size: int, g: torch.Generator, rng: np.random.Generator) -> Relief:
    rows = int(rng.choice([4, 6, 8]))
    columns = max(rows // 2, 2)
    d, ids = blocks(size, g, rows, columns, 0.5, 0.05, 0.006)
    body = ((d - 0.045) / 0.10).clamp(0, 1)
    body = body * body * (3 - 2 * body)
    lift = cell_values(ids, g, 977)
    rough = 0.05 * tile_noise(g, size, 10) + 0.035 * tile_noise(g, size, 28)
    return Relief(
        body * (0.72 + 0.2 * lift + rough) + 0.08, 0.72 + 0.5 * cell_values(ids, g, 977), 1 - body
    )


def planks(size: int, g: torch.Generator, rng: np.random.Generator) -> Relief:
    rows = int(rng.choice([4, 6]))
    d, ids = blocks(size, g, rows, 1 if rows < 5 else 2, 0.5, 0.02, 0.0015)
    body = ((d - 0.02) / 0.06).clamp(0, 1)
    wide = tile_noise(g, size, 3)
    _, v = grid(size)
    # Grain: fine lines along the plank that bend round slow knots.
    lines = torch.sin(2 * np.pi * (v * rows * 5) + 3.2 * wide + 9 * cell_values(ids, g, 977))
    fine = F.avg_pool2d(
        F.pad(torch.randn(1, 1, size, size, generator=g), (20, 20, 0, 0), mode="circular"),
        (1, 41),
        1,
    )[0, 0]
    grain = 0.5 * lines + 2.2 * fine
    shade = 0.74 + 0.42 * cell_values(ids, g, 977) + 0.13 * grain
    return Relief(
        body * (0.78 + 0.045 * grain + 0.12 * cell_values(ids, g, 977)) + 0.06, shade, 1 - body
    )


def voronoi(size: int, g: torch.Generator, n: int, jitter: float) -> tuple[Tensor, Tensor, Tensor]:
    """First and second distances to jittered points of an n x n periodic grid (in cells), and the nearest one's id."""
    u, v = grid(size)
    x, y = u * n, v * n
    px, py = (0.5 + jitter * (torch.rand(n, n, generator=g) - 0.5) for _ in range(2))
    first = torch.full_like(x, 9.0)
    second, ids = first.clone(), torch.zeros_like(x, dtype=torch.long)
    cx, cy = x.floor().long(), y.floor().long()
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            ix, iy = cx + dx, cy + dy
            r = ((ix + px[iy % n, ix % n] - x) ** 2 + (iy + py[iy % n, ix % n] - y) ** 2).sqrt()
            closer = r < first
            second = torch.where(closer, first, torch.minimum(second, r))
            ids = torch.where(closer, (iy % n) * n + ix % n, ids)
            first = torch.where(closer, r, first)
    return first, second, ids


def pebbles(size: int, g: torch.Generator, rng: np.random.Generator) -> Relief:
    n = int(rng.choice([4, 5, 6, 7]))
    first, second, ids = voronoi(size, g, n, 0.85)
    edge = (second - first).clamp(min=0)
    body = ((edge - 0.06) / 0.34).clamp(0, 1)
    dome = (body * (2 - body)).sqrt()
    rough = 0.02 * tile_noise(g, size, 16)
    height = dome * (0.7 + 0.25 * cell_values(ids, g, n * n) + rough) + 0.04
    return Relief(height, 0.62 + 0.66 * cell_values(ids, g, n * n), (1 - body * 4).clamp(0, 1))


def scales(size: int, g: torch.Generator, rng: np.random.Generator) -> Relief:
    n = int(rng.choice([4, 6, 8]))
    u, v = grid(size)
    height, gap = torch.zeros(size, size), torch.ones(size, size)
    shade, best = torch.ones(size, size), torch.full((size, size), 99.0)
    tint = torch.rand(n, n, generator=g)
    # Rows of rounded tongues, each row lying over the one below it: the first tongue that covers a point wins.
    for k in (1, 0):
        row = (v * n).floor() - k
        x = u * n - (row % 2) * 0.5
        column = x.floor()
        dx, dy = x - column - 0.5, v * n - row
        r = ((dx * 1.9) ** 2 + (dy - 0.62).clamp(min=0).mul(1.28) ** 2).sqrt()
        covers = (r < 1.0) & (best > 50)
        slope = (0.25 + 0.42 * dy) * (1 - 0.55 * r.pow(4))
        height = torch.where(covers, slope, height)
        shade = torch.where(
            covers,
            (0.5 + 0.5 * tint[(row % n).long(), (column % n).long()]) * (0.55 + 0.5 * dy),
            shade,
        )
        gap = torch.where(covers, ((r - 0.93) / 0.07).clamp(0, 1), gap)
        best = torch.where(covers, r, best)
    return Relief(height * 0.9 + 0.03 + 0.008 * tile_noise(g, size, 20), shade, gap)
