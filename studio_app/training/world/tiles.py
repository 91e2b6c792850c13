"""Four families of seamless texture: a periodic relief with colour and gloss, lit like a wall or a floor.

Every function of position is periodic on [0, 1)^2 on both axes, so that the right edge continues at the left one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from studio_app.training.world.lights import MOODS
from studio_app.training.world.materials import COLOURS
from studio_app.training.world.noise import tile_noise


@dataclass(frozen=True, eq=False)
class Tile:
    """One tile, [C, size, size]: display RGB, height 0..1 (its depth), normals (-1..1, y up), albedo, roughness."""

    rgb: Tensor
    height: Tensor
    normals: Tensor
    albedo: Tensor
    roughness: Tensor


@dataclass(frozen=True, eq=False)
class Relief:
    """height 0..1; shade: brightness of each stone about 1; gap: 1 between them, 0 on them; all [size, size]."""

    height: Tensor
    shade: Tensor
    gap: Tensor


def _cell_values(ids: Tensor, generator: torch.Generator, count: int) -> Tensor:
    return torch.rand(count, generator=generator)[ids % count]


def _grid(size: int) -> tuple[Tensor, Tensor]:
    axis = (torch.arange(size) + 0.5) / size
    return axis[None, :].expand(size, size), axis[:, None].expand(size, size)


def _blocks(
    size: int, g: torch.Generator, rows: int, columns: int, shift: float, edge: float, wobble: float
) -> tuple[Tensor, Tensor]:
    """A running bond: distance to the nearest joint in units of a row's height, and an id for each block."""
    u, v = _grid(size)
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
    d, ids = _blocks(size, g, rows, columns, 0.5, 0.05, 0.006)
    body = ((d - 0.045) / 0.10).clamp(0, 1)
    body = body * body * (3 - 2 * body)
    lift = _cell_values(ids, g, 977)
    rough = 0.05 * tile_noise(g, size, 10) + 0.035 * tile_noise(g, size, 28)
    return Relief(
        body * (0.72 + 0.2 * lift + rough) + 0.08, 0.72 + 0.5 * _cell_values(ids, g, 977), 1 - body
    )


def planks(size: int, g: torch.Generator, rng: np.random.Generator) -> Relief:
    rows = int(rng.choice([4, 6]))
    d, ids = _blocks(size, g, rows, 1 if rows < 5 else 2, 0.5, 0.02, 0.0015)
    body = ((d - 0.02) / 0.06).clamp(0, 1)
    wide = tile_noise(g, size, 3)
    _, v = _grid(size)
    # Grain: fine lines along the plank that bend round slow knots.
    lines = torch.sin(2 * np.pi * (v * rows * 5) + 3.2 * wide + 9 * _cell_values(ids, g, 977))
    fine = F.avg_pool2d(
        F.pad(torch.randn(1, 1, size, size, generator=g), (20, 20, 0, 0), mode="circular"),
        (1, 41),
        1,
    )[0, 0]
    grain = 0.5 * lines + 2.2 * fine
    shade = 0.74 + 0.42 * _cell_values(ids, g, 977) + 0.13 * grain
    return Relief(
        body * (0.78 + 0.045 * grain + 0.12 * _cell_values(ids, g, 977)) + 0.06, shade, 1 - body
    )


def _voronoi(size: int, g: torch.Generator, n: int, jitter: float) -> tuple[Tensor, Tensor, Tensor]:
    """First and second distances to jittered points of an n x n periodic grid (in cells), and the nearest one's id."""
    u, v = _grid(size)
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
    first, second, ids = _voronoi(size, g, n, 0.85)
    edge = (second - first).clamp(min=0)
    body = ((edge - 0.06) / 0.34).clamp(0, 1)
    dome = (body * (2 - body)).sqrt()
    rough = 0.02 * tile_noise(g, size, 16)
    height = dome * (0.7 + 0.25 * _cell_values(ids, g, n * n) + rough) + 0.04
    return Relief(height, 0.62 + 0.66 * _cell_values(ids, g, n * n), (1 - body * 4).clamp(0, 1))


def scales(size: int, g: torch.Generator, rng: np.random.Generator) -> Relief:
    n = int(rng.choice([4, 6, 8]))
    u, v = _grid(size)
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


FAMILIES: dict[str, Callable[[int, torch.Generator, np.random.Generator], Relief]] = {
    "bricks": bricks, "planks": planks, "pebbles": pebbles, "scales": scales,
}  # fmt: skip

_GLOSS = {"bricks": 0.9, "planks": 0.7, "pebbles": 0.55, "scales": 0.3}
_DEPTH = {"bricks": 7.0, "planks": 5.0, "pebbles": 14.0, "scales": 9.0}


def _slopes(height: Tensor) -> tuple[Tensor, Tensor]:
    return (height.roll(-1, 1) - height.roll(1, 1)) / 2, (
        height.roll(-1, 0) - height.roll(1, 0)
    ) / 2


def _blurred(x: Tensor, radius: int) -> Tensor:
    """A box blur that wraps round, as two passes."""
    wide = F.pad(x[None, None], (radius, radius, 0, 0), mode="circular")
    wide = F.avg_pool2d(wide, (1, 2 * radius + 1), 1)
    wide = F.pad(wide, (0, 0, radius, radius), mode="circular")
    return F.avg_pool2d(wide, (2 * radius + 1, 1), 1)[0, 0]


@torch.inference_mode()
def render_tile(family: str, colour: str, light: str, seed: int, size: int = 256) -> Tile:
    """One seamless tile, computed at twice its size and averaged down."""
    rng = np.random.default_rng([seed, 9])
    g = torch.Generator().manual_seed(seed % (2**62))
    full = 2 * size
    relief = FAMILIES[family](full, g, rng)
    height = relief.height.clamp(0, 1)
    base = torch.tensor(COLOURS[colour])[:, None, None]
    mottle = 1 + 0.10 * tile_noise(g, full, 3) + 0.06 * tile_noise(g, full, 14)
    grout = 0.35 * base + torch.tensor([0.05, 0.045, 0.04])[:, None, None]
    albedo = base * (relief.shade * mottle).clamp(0.3, 1.6)
    # Worn edges catch light; joints keep dirt.
    worn = ((height - _blurred(height, full // 64)) * 4).clamp(-0.3, 0.35)
    albedo = (albedo * (1 + worn) + 0.06 * worn.clamp(min=0)).clamp(0, 1)
    albedo = albedo + (grout - albedo) * relief.gap
    sx, sy = _slopes(height)
    lift = _DEPTH[family] * full / 512
    n = torch.stack([-sx * lift, sy * lift, torch.ones_like(sx)])
    n = n / (n * n).sum(0).sqrt()
    mood = MOODS[light]
    key, zenith, horizon, bounce = (
        torch.tensor(c)[:, None, None] for c in (mood.key, mood.zenith, mood.horizon, mood.bounce)
    )
    side = 1.0 if rng.random() < 0.5 else -1.0
    direction = torch.tensor([-0.5 * side, 0.55, 0.67])
    ndl = (n * direction[:, None, None]).sum(0).clamp(min=0)
    reach = max(full // 80, 2)
    shifted = torch.stack([
        height.roll((round(0.55 * k * reach / 2), round(-0.5 * side * k * reach / 2)), (0, 1)) - 0.05 * k
        for k in range(1, 7)
    ]).amax(0)  # fmt: skip
    shade = 1 - ((shifted - height) * 7).clamp(0, 1) * 0.75
    ambient = (1 - 2.4 * (_blurred(height, full // 40) - height).clamp(min=0)).clamp(0.25, 1)
    rough = torch.full_like(height, _GLOSS[family]) * (1 - 0.15 * mottle) + 0.1 * relief.gap
    half = torch.nn.functional.normalize(direction + torch.tensor([0.0, 0.0, 1.0]), dim=0)[
        :, None, None
    ]
    gloss = (n * half).sum(0).clamp(0, 1).pow(8 + 70 * (1 - rough) ** 2) * (1 - rough) * 0.5
    fill = bounce * 0.5 + (0.5 * zenith + 0.5 * horizon) * (0.6 + 0.4 * n[1])
    colour_out = albedo * (key * ndl * shade * 0.72 + fill * ambient) + key * gloss * shade * 0.5
    x = colour_out * mood.exposure * 0.62
    x = (x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14)
    rgb = x.clamp(0, 1).pow(1 / 2.2)

    def down(t: Tensor) -> Tensor:
        return F.avg_pool2d(t[None], 2)[0]

    low, high = height.min(), height.max()
    return Tile(
        rgb=down(rgb), height=down(((height - low) / (high - low + 1e-6))[None]), normals=F.normalize(down(n), dim=0),
        albedo=down(albedo.pow(1 / 2.2)), roughness=down(rough[None]),
    )  # fmt: skip
