"""Drawings whose paint covers the subject: what an artist does who means the outline.

A brushed mask with banded greys, dabs whose union is the subject, a flat silhouette; under some of them the ground that
it stands on. What lies around the paint is either known to be background (as the studio says by default) or unknown.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from studio_app.training.controls import Pen, banded, chosen, draw_depths, rescaled, wobbled
from studio_app.training.recipe import Drawn

BRUSHED, DABS, FLAT = range(3)
SCALE = 4
"""Pixels to a side of what is drawn here at once: no coarser than a brush, and a sixteenth of the work."""


def draw_mixed(
    depth: Tensor,
    subject: Tensor,
    generator: torch.Generator,
    choices: np.random.Generator,
    drawn: Drawn,
) -> Tensor:
    """uint8 [B,H,W] inverse depth and subject mask to float32 [B,2,H,W] (value x known, known), each kind of drawing
    at its share."""
    names = ("exact", "partial", "brushed", "dabs", "flat")
    shares = np.array([getattr(drawn, name) for name in names])
    kind = choices.choice(len(names), len(depth), p=shares / shares.sum())
    exact = depth.float() / 255
    out = torch.stack([exact, torch.ones_like(exact)], 1)
    rows = np.flatnonzero(kind == 1)
    if len(rows):
        there = torch.from_numpy(rows).to(depth.device)
        out[there] = draw_depths(depth[there], subject[there], generator, choices)
    rows = np.flatnonzero(kind > 1)
    if len(rows):
        there = torch.from_numpy(rows).to(depth.device)
        background = choices.random(len(rows)) < drawn.background
        out[there] = draw_covering(
            depth[there],
            subject[there],
            generator,
            choices,
            kind[rows] - 2,
            background,
            drawn.ground,
        )
    return out


def draw_covering(
    depth: Tensor,
    subject: Tensor,
    generator: torch.Generator,
    choices: np.random.Generator,
    sort: np.ndarray,
    background: np.ndarray,
    ground: float = 0.0,
) -> Tensor:
    """uint8 [B,H,W] inverse depth and subject mask to drawings float32 [B,2,H,W] (value x known, known).

    sort: of each drawing, BRUSHED, DABS or FLAT. background: of each, whether all that is not painted is known, and 0.
    ground: share of the drawings that have some of their ground painted too, where there is any.
    """
    pen = Pen(len(depth), depth.device, generator, choices)
    half = SCALE // 2
    value = depth[:, half::SCALE, half::SCALE].float() / 255
    mask = (F.avg_pool2d(subject[:, None].float(), SCALE)[:, 0] > 120).float()
    rows = pen.some(0.3)
    if len(rows):
        value[rows], mask[rows] = wobbled(value[rows], mask[rows], pen.part(rows))
    grey = pen.uniform(0.35, 0.95).view(-1, 1, 1)
    out, known = mask * grey, mask.clone()
    for what, draw in ((BRUSHED, brushed), (DABS, covering_dabs)):
        rows = pen.there(np.flatnonzero(sort == what))
        if len(rows):
            out[rows], known[rows] = draw(value[rows], mask[rows], pen.part(rows))
    out = chosen(pen.chance(0.3), known * grey, out)
    rows = pen.some(ground)
    if len(rows):
        out[rows], known[rows] = grounded(
            out[rows], known[rows], value[rows], mask[rows], pen.part(rows)
        )
    out = chosen(pen.chance(0.3), banded(out, pen.uniform(3, 6).round()), out)
    rows = pen.some(0.3)
    if len(rows):
        out[rows] = rescaled(out[rows], pen.part(rows))
    # One paint after all: a pixel of the picture is painted where half of it is, and has the paint's own grey.
    both = torch.stack([out * known, known], 1)
    both = F.interpolate(both, tuple(depth.shape[1:]), mode="bilinear", align_corners=False)
    painted = (both[:, 1] > 0.5).float()
    shade = (both[:, 0] / both[:, 1].clamp_min(1e-3) * painted).clamp(0, 1)
    everywhere = pen.there(background).view(-1, 1, 1)
    return torch.stack([shade, torch.where(everywhere, torch.ones_like(painted), painted)], 1)


def grounded(
    out: Tensor, known: Tensor, value: Tensor, mask: Tensor, pen: Pen
) -> tuple[Tensor, Tensor]:
    """A drawing [B,h,w] and what of it is painted, with ground behind it: all of it or a strip along its lower edge, at
    its own depth or, as a quick hand has it, in one grey, which may be as near as the thing itself."""
    # The subject's rim is no ground.
    behind = (value > 0.02) & (F.max_pool2d(mask[:, None], 3, 1, 1)[:, 0] < 0.5)
    ys = torch.arange(value.shape[1], device=value.device).view(1, -1, 1)
    horizon = torch.where(behind, ys, value.shape[1]).amin((1, 2)).view(-1, 1, 1)
    cut = torch.where(pen.chance(0.5), 0.0, pen.uniform(0.0, 0.8)).view(-1, 1, 1)
    strip = behind & (ys >= horizon + cut * (value.shape[1] - horizon))
    # Up to the paint, which has not the subject's very outline.
    strip = (F.max_pool2d(strip[:, None].float(), 5, 1, 2)[:, 0] > 0.5) & (known < 0.5)
    flat = pen.uniform(0.2, 0.95).view(-1, 1, 1).expand_as(value)
    paint = chosen(pen.chance(0.5), flat, value)
    return torch.where(strip, paint, out), torch.where(strip, torch.ones_like(known), known)


def brushed(value: Tensor, mask: Tensor, pen: Pen) -> tuple[Tensor, Tensor]:
    """The mask [B,h,w] as a brush of 1 to 3 cells rounds it, and the depth pooled under the brush."""
    out, known = torch.zeros_like(value), torch.zeros_like(mask)
    radius, edge = pen.choices.integers(1, 4, pen.count), pen.uniform(0.3, 0.5)
    for r in range(1, 4):
        rows = pen.there(np.flatnonzero(radius == r))
        if len(rows):
            inside, depth = mask[rows][:, None], value[rows][:, None]
            share, pooled = (
                F.avg_pool2d(F.pad(x, (r,) * 4), 2 * r + 1, 1) for x in (inside, inside * depth)
            )
            painted = (share > edge[rows].view(-1, 1, 1, 1)).float()
            out[rows] = (pooled / share.clamp_min(0.02) * painted)[:, 0]
            known[rows] = painted[:, 0]
    return out, known


def covering_dabs(value: Tensor, mask: Tensor, pen: Pen, most: int = 48) -> tuple[Tensor, Tensor]:
    """Round dabs about as large as the subject is thick where each lies, so that their union is about the subject."""
    _, height, width = value.shape
    thick, left = torch.zeros_like(mask), mask[:, None]
    for _ in range(max(height, width) // 2):
        if not bool(left.any()):
            break
        thick = thick + left[:, 0]
        left = -F.max_pool2d(-left, 3, 1, 1)
    picks = torch.multinomial(
        mask.flatten(1) + 1e-6, most, replacement=True, generator=pen.generator
    )
    rows = torch.arange(len(mask), device=mask.device)
    ys = torch.arange(height, device=mask.device).view(1, -1, 1)
    xs = torch.arange(width, device=mask.device).view(1, 1, -1)
    factor, least = pen.uniform(1.0, 1.5), pen.uniform(1.3, 3.0)
    there = (mask.flatten(1).sum(1) > 4).view(-1, 1, 1)
    out, known = torch.zeros_like(value), torch.zeros_like(mask)
    for k in range(most):
        y, x = picks[:, k] // width, picks[:, k] % width
        radius = torch.maximum(thick[rows, y, x] * factor, least).view(-1, 1, 1)
        distance = ((ys - y.view(-1, 1, 1)).square() + (xs - x.view(-1, 1, 1)).square()).sqrt()
        dab = ((distance < radius) & there).float()
        out = out * (1 - dab) + value[rows, y, x].view(-1, 1, 1) * dab
        known = torch.maximum(known, dab)
    return out, known
