"""Four grounds: albedo, relief and gloss of a plane, from its world position."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from studio_app.training.world import noise
from studio_app.training.world.materials import RGB, Surface, srgb


@dataclass(frozen=True, eq=False)
class GroundLook:
    """albedo [B, 3, H, W] linear, relief [B, 1, H, W] in world units, roughness [B, 1, H, W]."""

    albedo: Tensor
    relief: Tensor
    roughness: Tensor


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


GROUNDS: dict[str, Callable[[Tensor], GroundLook]] = {
    "grass": grass, "sand": sand, "snow": snow, "cobblestone": cobblestone,
}  # fmt: skip

DETAIL: dict[str, Surface] = {
    "grass": Surface(albedo=srgb(92, 150, 46), roughness=0.85, wrap=0.4, tone=(0.5, 0.0, 0.0, 0.3)),
    "sand": Surface(albedo=srgb(176, 140, 96), roughness=0.95, tone=(0.5, 0.3, 0.0, 0.3), bump=(0.03, 0.02, 0.0, 0.02)),
    "snow": Surface(albedo=srgb(238, 244, 252), roughness=0.8, wrap=0.6, tone=(0.1, 0.0, 0.0, 0.1)),
    "cobblestone": Surface(
        albedo=srgb(134, 130, 124), roughness=0.9, tone=(0.5, 0.3, 0.0, 0.3), bump=(0.03, 0.03, 0.0, 0.02)
    ),
}  # fmt: skip
"""What the stones, tufts and heaps that lie about on each ground are made of."""
