"""Families of seamless texture: a periodic relief with colour and gloss, lit like a wall or a floor.

Every function of position is periodic on [0, 1)^2 on both axes, so that the right edge continues at the left one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from studio_app.training.world import reliefs, reliefs_full
from studio_app.training.world.lights import MOODS
from studio_app.training.world.materials import COLOURS
from studio_app.training.world.noise import tile_noise
from studio_app.training.world.reliefs import Relief


@dataclass(frozen=True, eq=False)
class Tile:
    """One tile, [C, size, size]: display RGB, height 0..1 (its depth), normals (-1..1, y up), albedo, roughness."""

    rgb: Tensor
    height: Tensor
    normals: Tensor
    albedo: Tensor
    roughness: Tensor


Make = Callable[[int, torch.Generator, np.random.Generator], Relief]


@dataclass(frozen=True)
class Family:
    """make: the relief. gloss: roughness 0..1. depth: how steep."""

    make: Make
    gloss: float
    depth: float


FAMILIES: dict[str, Family] = {
    "bricks": Family(reliefs.bricks, 0.9, 7.0),
    "planks": Family(reliefs.planks, 0.7, 5.0),
    "pebbles": Family(reliefs.pebbles, 0.55, 14.0),
    "scales": Family(reliefs.scales, 0.3, 9.0),
    "tiles": Family(reliefs_full.tiles, 0.15, 6.0),
    "plates": Family(reliefs_full.plates, 0.35, 8.0),
    "weave": Family(reliefs_full.weave, 0.95, 9.0),
    "bark": Family(reliefs_full.bark, 0.95, 14.0),
    "marble": Family(reliefs_full.marble, 0.12, 1.5),
    "cracks": Family(reliefs_full.cracks, 0.95, 12.0),
    "hexagons": Family(reliefs_full.hexagons, 0.4, 10.0),
    "waves": Family(reliefs_full.waves, 0.1, 8.0),
}


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
    made = FAMILIES[family]
    relief = made.make(full, g, rng)
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
    lift = made.depth * full / 512
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
    rough = torch.full_like(height, made.gloss) * (1 - 0.15 * mottle) + 0.1 * relief.gap
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
