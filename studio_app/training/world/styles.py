"""Styles of rendering: what they do to matter, to light, and to the finished picture.

Each function changes only the pictures of a batch whose style asks for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from studio_app.training.world import noise
from studio_app.training.world.caster import Hits
from studio_app.training.world.shading import Matter

STYLES = ("painterly", "cel-shaded", "clay", "glossy", "pixel-art")


def matter(m: Matter, looks: Sequence[str | None], position: Tensor) -> Matter:
    """Clay is dull all over, with the prints of fingers; glossy is lacquered, without a pattern in its relief."""
    if not {"clay", "glossy"} & set(looks):
        return m
    clay = _rows(looks, "clay", position)
    gloss = _rows(looks, "glossy", position)
    prints = noise.sample(position * 1.5)[:, 0:1] + 0.4 * noise.sample(position * 4.1)[:, 0:1]
    either = torch.maximum(clay, gloss)
    # Plasticine is pastel: towards a light grey, and never darker than it.
    pastel = 0.10 + 0.72 * m.albedo
    return replace(
        m,
        albedo=m.albedo + (pastel - m.albedo) * clay,
        roughness=m.roughness + clay * (0.8 - m.roughness) + gloss * (0.1 - m.roughness),
        metallic=m.metallic * (1 - either),
        emission=m.emission * (1 - 0.6 * clay),
        transmission=m.transmission * (1 - either),
        wrap=torch.maximum(m.wrap, 0.45 * clay),
        relief=m.relief * (1 - either) + clay * 0.045 * prints,
    )


def drawn(colour: Tensor, m: Matter, hits: Hits, looks: Sequence[str | None]) -> Tensor:
    """Cel shading: light in three flat steps, and a black line where solids or their faces meet."""
    if "cel-shaded" not in looks:
        return colour
    on = _rows(looks, "cel-shaded", colour)
    base = m.albedo.mean(1, keepdim=True).clamp(min=0.02)
    solid = (hits.index >= 0).float()
    ratio = colour.mean(1, keepdim=True) / base
    step = torch.where(ratio < 0.55, 0.3, torch.where(ratio < 1.5, 0.95, 1.55))
    # Highlights and glows stay as they are.
    keep = ((ratio - 2.6) * 2).clamp(0, 1)
    flat = m.albedo * step * (1 - keep) + colour * keep
    flat = flat * solid + colour * (1 - solid)
    line = _lines(hits, max(1, round(colour.shape[-2] / 160)))
    flat = flat * (1 - line) + 0.012 * line
    return colour + (flat - colour) * on


def picture(rgb: Tensor, looks: Sequence[str | None]) -> Tensor:
    """Brush strokes, or few large pixels in few colours."""
    for b, look in enumerate(looks):
        if look == "painterly":
            rgb[b : b + 1] = _kuwahara(rgb[b : b + 1], max(2, round(rgb.shape[-2] / 64)))
        elif look == "pixel-art":
            rgb[b : b + 1] = _pixels(rgb[b : b + 1])
    return rgb


def _rows(looks: Sequence[str | None], name: str, like: Tensor) -> Tensor:
    values = [float(look == name) for look in looks]
    return torch.tensor(values, device=like.device)[:, None, None, None]


def _lines(hits: Hits, thick: int) -> Tensor:
    """1 on outlines and creases [B, 1, H, W]."""
    inverse = 1 / hits.z.clamp(max=60)
    edge = torch.zeros_like(inverse)
    for axis in (-1, -2):
        jump = (inverse - inverse.roll(1, axis)).abs() > 0.035 * inverse
        same = hits.index == hits.index.roll(1, axis)
        bend = (hits.normals * hits.normals.roll(1, axis)).sum(1, keepdim=True) < 0.72
        both = (hits.index >= 0) & (hits.index.roll(1, axis) >= 0)
        # Where two round solids melt into each other smoothly there is no line.
        found = (jump & ~same) | (bend & both)
        edge = torch.maximum(edge, found.float())
    edge[..., 0, :] = 0
    edge[..., :, 0] = 0
    return F.max_pool2d(edge, 2 * thick + 1, 1, thick)


def _kuwahara(x: Tensor, radius: int) -> Tensor:
    """The mean of the calmest of four corners around each pixel (Kuwahara et al. 1976): flat dabs, sharp edges."""
    size = radius + 1
    wide = F.pad(x, (radius,) * 4, mode="replicate")
    mean = F.avg_pool2d(wide, size, 1)
    square = F.avg_pool2d(wide * wide, size, 1)
    unrest = (square - mean * mean).sum(1, keepdim=True)
    h, w = x.shape[-2:]
    best, least = torch.zeros_like(x), torch.full_like(x[:, :1], 1e9)
    for dy in (0, radius):
        for dx in (0, radius):
            here = unrest[..., dy : dy + h, dx : dx + w]
            calmer = here < least
            best = torch.where(calmer, mean[..., dy : dy + h, dx : dx + w], best)
            least = torch.where(calmer, here, least)
    # A little canvas and richer colour.
    grey = best.mean(1, keepdim=True)
    return (grey + (best - grey) * 1.15).clamp(0, 1)


def _pixels(x: Tensor) -> Tensor:
    """64 pixels high, six levels a channel with ordered dither, enlarged without smoothing."""
    h, w = x.shape[-2:]
    small = F.interpolate(x, (64, max(round(64 * w / h), 1)), mode="area")
    bayer = x.new_tensor([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16 - 0.47
    rows, columns = small.shape[-2:]
    dither = bayer.repeat(-(-rows // 4), -(-columns // 4))[:rows, :columns]
    grey = small.mean(1, keepdim=True)
    small = (grey + (small - grey) * 1.25).clamp(0, 1)
    small = ((small * 6 + 0.35 * dither).round() / 6).clamp(0, 1)
    return F.interpolate(small, (h, w), mode="nearest-exact")
