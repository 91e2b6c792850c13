"""Moods of light: a key, a sky that fills, a rim that cuts the subject out, and the air between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

RGB = tuple[float, float, float]


@dataclass(frozen=True)
class Mood:
    """Linear RGB radiances. elevation: range of the key's height in degrees; azimuth: how far it stands aside."""

    key: RGB
    zenith: RGB
    horizon: RGB
    bounce: RGB
    rim: RGB
    elevation: tuple[float, float]
    azimuth: tuple[float, float]
    fog: float
    pool: float = 0.0
    stars: float = 0.0
    exposure: float = 1.0


MOODS: dict[str, Mood] = {
    "midday": Mood(
        key=(3.3, 3.1, 2.75), zenith=(0.20, 0.44, 0.92), horizon=(0.72, 0.86, 0.98), bounce=(0.34, 0.32, 0.27),
        rim=(0.75, 0.85, 1.0), elevation=(42, 62), azimuth=(35, 75), fog=0.035,
    ),
    "sunset": Mood(
        key=(3.9, 2.15, 1.05), zenith=(0.26, 0.20, 0.48), horizon=(1.30, 0.52, 0.24), bounce=(0.34, 0.20, 0.18),
        rim=(2.0, 0.85, 0.42), elevation=(16, 28), azimuth=(40, 75), fog=0.05,
    ),
    "moonlight": Mood(
        key=(1.15, 1.5, 2.3), zenith=(0.020, 0.035, 0.11), horizon=(0.075, 0.13, 0.30), bounce=(0.08, 0.10, 0.18),
        rim=(0.55, 0.85, 1.7), elevation=(38, 60), azimuth=(30, 70), fog=0.045, stars=1.0, exposure=1.12,
    ),
    "torchlight": Mood(
        key=(4.8, 2.75, 1.2), zenith=(0.014, 0.012, 0.020), horizon=(0.05, 0.032, 0.030), bounce=(0.17, 0.10, 0.065),
        rim=(0.75, 0.32, 0.14), elevation=(24, 40), azimuth=(25, 60), fog=0.10, pool=1.0, exposure=1.05,
    ),
    "dawn": Mood(
        key=(3.0, 2.15, 1.85), zenith=(0.34, 0.42, 0.70), horizon=(1.10, 0.72, 0.70), bounce=(0.36, 0.28, 0.32),
        rim=(1.3, 0.9, 0.95), elevation=(10, 20), azimuth=(50, 85), fog=0.13, exposure=0.95,
    ),
    "overcast": Mood(
        key=(0.80, 0.84, 0.88), zenith=(0.56, 0.61, 0.67), horizon=(0.70, 0.74, 0.78), bounce=(0.30, 0.31, 0.32),
        rim=(0.35, 0.38, 0.42), elevation=(60, 80), azimuth=(20, 60), fog=0.16, exposure=1.0,
    ),
    "neon": Mood(
        key=(3.0, 0.45, 2.5), zenith=(0.020, 0.012, 0.06), horizon=(0.10, 0.03, 0.20), bounce=(0.04, 0.14, 0.24),
        rim=(0.15, 2.3, 2.9), elevation=(24, 44), azimuth=(45, 80), fog=0.07, pool=0.5, exposure=1.1,
    ),
    "spooky": Mood(
        key=(0.75, 2.5, 0.85), zenith=(0.010, 0.030, 0.024), horizon=(0.05, 0.17, 0.09), bounce=(0.05, 0.09, 0.07),
        rim=(1.0, 0.25, 1.7), elevation=(30, 55), azimuth=(30, 70), fog=0.15, stars=0.4, exposure=1.1,
    ),
}  # fmt: skip
"""pool: how strongly the key falls off with distance from the subject (a torch lights a pool, the sun does not)."""


@dataclass(frozen=True, eq=False)
class Light:
    """The moods of a batch as tensors [B, 3, 1, 1] and [B, 1, 1, 1]; direction points towards the key."""

    key: Tensor
    zenith: Tensor
    horizon: Tensor
    bounce: Tensor
    rim: Tensor
    fog: Tensor
    pool: Tensor
    stars: Tensor
    exposure: Tensor
    direction: Tensor
    rim_direction: Tensor


def make_light(names: list[str], rngs: list[np.random.Generator], device: torch.device) -> Light:
    """Draws a direction for each picture's key inside its mood's ranges; the rim stands opposite, behind."""
    moods = [MOODS[n] for n in names]

    def stack(rows: list[RGB]) -> Tensor:
        return torch.tensor(rows, dtype=torch.float32, device=device)[:, :, None, None]

    def column(values: list[float]) -> Tensor:
        return torch.tensor(values, dtype=torch.float32, device=device)[:, None, None, None]

    directions: list[RGB] = []
    rims: list[RGB] = []
    for mood, rng in zip(moods, rngs, strict=True):
        e = np.radians(rng.uniform(*mood.elevation))
        a = np.radians(rng.uniform(*mood.azimuth)) * (1 if rng.random() < 0.5 else -1)
        directions.append(
            (float(np.cos(e) * np.sin(a)), float(np.sin(e)), float(np.cos(e) * np.cos(a)))
        )
        rims.append((float(-np.sign(a) * 0.75), 0.45, -0.6))
    return Light(
        *(
            stack([getattr(m, f) for m in moods])
            for f in ("key", "zenith", "horizon", "bounce", "rim")
        ),
        *(column([getattr(m, f) for m in moods]) for f in ("fog", "pool", "stars", "exposure")),
        direction=torch.nn.functional.normalize(stack(directions), dim=1),
        rim_direction=torch.nn.functional.normalize(stack(rims), dim=1),
    )


def environment(direction: Tensor, light: Light, blur: Tensor | float) -> Tensor:
    """Radiance [B, 3, H, W] arriving from `direction`: sky gradient, ground, and a soft box where the key stands.

    blur 0..1 widens the soft box; the box makes metals and glass sparkle in the shape of a window, as painters do.
    """
    y = direction[:, 1:2]
    up = y.clamp(0, 1).sqrt()
    sky = light.horizon + (light.zenith - light.horizon) * up
    ground = light.bounce * (0.55 + 0.45 * (1 + y).clamp(0, 1))
    blend = torch.sigmoid(y * 14)

    def along(axis: Tensor) -> Tensor:
        terms = (direction[:, k : k + 1] * axis[:, k : k + 1] for k in range(3))
        return sum(terms, torch.zeros_like(y)).clamp(min=0)

    towards = along(light.direction)
    box = towards.pow(4) * 0.16 + towards.pow(60) * (1.6 * (1 - 0.75 * blur))
    back = along(light.rim_direction).pow(6)
    return ground + (sky - ground) * blend + light.key * box + light.rim * back * 0.5
