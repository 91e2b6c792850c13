"""Grounds: albedo, relief and gloss of a plane, from its world position; and what lies about on each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from studio_app.training.world import noise
from studio_app.training.world.materials import RGB, Cover, Surface, srgb


@dataclass(frozen=True, eq=False)
class GroundLook:
    """albedo [B, 3, H, W] linear, relief [B, 1, H, W] in world units, roughness [B, 1, H, W]."""

    albedo: Tensor
    relief: Tensor
    roughness: Tensor
    emission: Tensor | None = None


def _mix(a: RGB, b: RGB, t: Tensor) -> Tensor:
    low, high = (t.new_tensor(c)[None, :, None, None] for c in (a, b))
    return low + (high - low) * t.clamp(0, 1)


def _patterns(p: Tensor, fx: float, fz: float, level: float) -> Tensor:
    return noise.sample(
        torch.cat([p[:, 0:1] * fx, torch.full_like(p[:, 0:1], level), p[:, 2:3] * fz], 1)
    )


def grass(p: Tensor) -> GroundLook:
    broad, fine = _patterns(p, 0.33, 0.33, 0.2), _patterns(p, 2.4, 0.9, 0.6)
    blades = fine[:, 3:4]
    t = 0.62 * broad[:, 0:1] + 0.6 * (blades - 0.5) + 0.1
    return GroundLook(
        _mix(srgb(44, 92, 30), srgb(148, 186, 66), t), blades * 0.05 + broad[:, 0:1] * 0.05,
        torch.full_like(t, 0.9),
    )  # fmt: skip


def sand(p: Tensor) -> GroundLook:
    broad, fine = _patterns(p, 0.25, 0.25, 0.4), _patterns(p, 2.0, 2.0, 0.1)
    ripple = torch.sin(p[:, 2:3] * 15 + p[:, 0:1] * 3 + (broad[:, 0:1] - 0.5) * 26)
    t = 0.45 * broad[:, 0:1] + 0.12 * ripple + 0.3 * fine[:, 3:4] + 0.1
    return GroundLook(
        _mix(srgb(186, 138, 84), srgb(248, 216, 156), t), ripple * 0.011 + fine[:, 3:4] * 0.012,
        torch.full_like(t, 0.95),
    )  # fmt: skip


def snow(p: Tensor) -> GroundLook:
    broad, fine = _patterns(p, 0.3, 0.3, 0.7), _patterns(p, 2.6, 2.6, 0.3)
    sparkle = ((fine[:, 3:4] - 0.72) * 8).clamp(0, 1)
    t = 0.35 + 0.6 * broad[:, 0:1] + sparkle * 0.4
    return GroundLook(
        _mix(srgb(172, 192, 222), srgb(232, 238, 246), t), broad[:, 0:1] * 0.16 + fine[:, 0:1] * 0.012,
        0.75 - 0.4 * sparkle,
    )  # fmt: skip


def cobblestone(p: Tensor) -> GroundLook:
    broad, fine = _patterns(p, 0.36, 0.36, 0.35), _patterns(p, 1.7, 1.7, 0.8)
    cells = _patterns(p, 0.55, 0.55, 0.15)[:, 1:2]
    stone = (cells * 2.2).clamp(0, 1)
    t = stone * (0.45 + 0.5 * (broad[:, 0:1] - 0.5) + 0.3 * (fine[:, 0:1] - 0.5)) + 0.08
    return GroundLook(
        _mix(srgb(40, 38, 36), srgb(186, 182, 176), t), stone.sqrt() * 0.06 + fine[:, 3:4] * 0.006,
        0.95 - 0.35 * stone,
    )  # fmt: skip


def dirt(p: Tensor) -> GroundLook:
    broad, fine = _patterns(p, 0.3, 0.3, 0.55), _patterns(p, 2.2, 2.2, 0.25)
    cracks = (1 - _patterns(p, 0.42, 0.42, 0.6)[:, 1:2] * 3).clamp(0, 1)
    t = 0.6 * broad[:, 0:1] + 0.4 * (fine[:, 3:4] - 0.5) - 0.35 * cracks + 0.15
    return GroundLook(
        _mix(srgb(66, 42, 26), srgb(158, 112, 72), t), broad[:, 0:1] * 0.08 + fine[:, 3:4] * 0.02 - cracks * 0.03,
        torch.full_like(t, 0.95),
    )  # fmt: skip


def water(p: Tensor) -> GroundLook:
    broad, fine = _patterns(p, 0.22, 0.3, 0.15), _patterns(p, 0.5, 0.9, 0.75)
    rings = torch.sin(11 * (p[:, 0:1] ** 2 + p[:, 2:3] ** 2).sqrt() + 9 * (broad[:, 0:1] - 0.5))
    fade = torch.exp(-0.5 * (p[:, 0:1] ** 2 + p[:, 2:3] ** 2).sqrt())
    height = 0.05 * fine[:, 0:1] + 0.012 * rings * fade
    t = 0.5 * broad[:, 0:1] + 0.9 * (fine[:, 0:1] - 0.5) + 0.1 * rings * fade + 0.2
    return GroundLook(
        _mix(srgb(6, 44, 92), srgb(40, 128, 164), t), height, torch.full_like(t, 0.07)
    )


def volcano(p: Tensor) -> GroundLook:
    broad, fine = _patterns(p, 0.3, 0.3, 0.3), _patterns(p, 1.7, 1.7, 0.5)
    cells = _patterns(p, 0.4, 0.4, 0.45)[:, 1:2]
    heat = ((0.34 + 0.5 * (broad[:, 0:1] - 0.5) - cells) * 4).clamp(0, 1)
    crust = _mix(srgb(30, 24, 26), srgb(84, 70, 68), fine[:, 0:1] * 0.8)
    albedo = crust + (_mix(srgb(214, 34, 4), srgb(255, 128, 16), heat) - crust) * heat.sqrt()
    return GroundLook(
        albedo, cells * 0.07 + fine[:, 3:4] * 0.02, torch.full_like(heat, 0.9), 1.3 * heat
    )


def floorboards(p: Tensor) -> GroundLook:
    board = p[:, 2:3] * 3.0
    row = board.floor()
    along = p[:, 0:1] * 0.55 + 0.37 * row
    joint = torch.maximum(
        ((board - row - 0.5).abs() - 0.465) * 28,
        ((along - along.floor() - 0.5).abs() - 0.493) * 140,
    ).clamp(0, 1)
    grain = _patterns(p + 0.31 * row, 0.35, 3.0, 0.4)
    tint = torch.sin(row * 12.9 + along.floor() * 7.3) * 0.2
    t = 0.5 + tint + 0.9 * (grain[:, 0:1] - 0.5) + 0.5 * (grain[:, 3:4] - 0.5)
    albedo = _mix(srgb(92, 54, 28), srgb(184, 124, 72), t) * (1 - 0.8 * joint)
    return GroundLook(albedo, -0.03 * joint + grain[:, 0:1] * 0.01, torch.full_like(t, 0.5))


def dungeon(p: Tensor) -> GroundLook:
    row = (p[:, 2:3] * 1.7).floor()
    x, z = p[:, 0:1] * 1.4 + 0.5 * (row % 2), p[:, 2:3] * 1.7
    edge = torch.maximum((x - x.floor() - 0.5).abs(), (z - row - 0.5).abs())
    joint = ((edge - 0.44) * 22).clamp(0, 1)
    broad, fine = _patterns(p, 0.4, 0.4, 0.9), _patterns(p, 1.6, 1.6, 0.35)
    tint = torch.sin(x.floor() * 5.1 + row * 9.7) * 0.18
    t = 0.45 + tint + 0.5 * (broad[:, 0:1] - 0.5) + 0.4 * (fine[:, 3:4] - 0.5)
    albedo = _mix(srgb(52, 52, 60), srgb(136, 136, 144), t) * (1 - 0.75 * joint)
    return GroundLook(albedo, -0.05 * joint + fine[:, 0:1] * 0.02, 0.85 - 0.3 * t.clamp(0, 1))


def forest(p: Tensor) -> GroundLook:
    broad, fine = _patterns(p, 0.34, 0.34, 0.65), _patterns(p, 1.9, 1.9, 0.05)
    leaves = ((_patterns(p, 1.1, 1.1, 0.8)[:, 3:4] - 0.55) * 7).clamp(0, 1)
    t = 0.6 * broad[:, 0:1] + 0.5 * (fine[:, 3:4] - 0.5) + 0.1
    moss = _mix(srgb(30, 50, 22), srgb(84, 110, 44), t)
    litter = _mix(srgb(120, 62, 22), srgb(196, 124, 44), fine[:, 0:1])
    return GroundLook(
        moss + (litter - moss) * leaves * 0.85,
        fine[:, 3:4] * 0.03 + leaves * 0.025,
        torch.full_like(t, 0.95),
    )


GROUNDS: dict[str, Callable[[Tensor], GroundLook]] = {
    "grass": grass, "sand": sand, "snow": snow, "cobblestone": cobblestone,
    "dirt": dirt, "water": water, "volcano": volcano, "floorboards": floorboards, "dungeon": dungeon, "forest": forest,
}  # fmt: skip

DETAIL: dict[str, Surface] = {
    "grass": Surface(albedo=srgb(92, 150, 46), roughness=0.85, wrap=0.4, tone=(0.5, 0.0, 0.0, 0.3)),
    "sand": Surface(albedo=srgb(176, 140, 96), roughness=0.95, tone=(0.5, 0.3, 0.0, 0.3), bump=(0.03, 0.02, 0.0, 0.02)),
    "snow": Surface(albedo=srgb(238, 244, 252), roughness=0.8, wrap=0.6, tone=(0.1, 0.0, 0.0, 0.1)),
    "cobblestone": Surface(
        albedo=srgb(134, 130, 124), roughness=0.9, tone=(0.5, 0.3, 0.0, 0.3), bump=(0.03, 0.03, 0.0, 0.02)
    ),
    "dirt": Surface(albedo=srgb(120, 88, 60), roughness=0.95, tone=(0.5, 0.3, 0.0, 0.3), bump=(0.03, 0.02, 0.0, 0.02)),
    "water": Surface(albedo=srgb(84, 150, 66), roughness=0.6, wrap=0.3, tone=(0.3, 0.0, 0.0, 0.3)),
    "volcano": Surface(albedo=srgb(52, 44, 46), roughness=0.95, tone=(0.6, 0.4, 0.0, 0.3), bump=(0.04, 0.05, 0.0, 0.0)),
    "floorboards": Surface(
        albedo=srgb(156, 116, 82), roughness=0.8, frequency=(0.5, 0.5, 0.5), tone=(0.25, 0.0, 0.0, 0.2),
        cover=Cover(srgb(78, 48, 28), (0.0, 0.0, 0.0, 0.0, 1.0), 0.5, 0.2, 0.7, lift=-0.02),
    ),
    "dungeon": Surface(
        albedo=srgb(104, 104, 114), roughness=0.95, frequency=(0.42, 0.42, 0.42), tone=(0.6, 0.0, 0.0, 0.4),
        bump=(0.03, 0.0, 0.0, 0.02),
        cover=Cover(srgb(44, 44, 50), (0.0, 0.0, 0.0, 0.1, 1.0), 0.5, 0.25, 1.0, lift=-0.04),
    ),
    "forest": Surface(albedo=srgb(76, 112, 46), roughness=0.9, wrap=0.3, tone=(0.5, 0.3, 0.0, 0.3)),
}  # fmt: skip
"""What the stones, tufts and heaps that lie about on each ground are made of."""
