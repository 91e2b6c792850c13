"""What an artist does to a picture before the encoder sees it: strokes over it, and other colours.

An encoder that has only seen renders forgets flat paint and thin lines; these make them known ground.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def draw_marks(pictures: Tensor, choices: np.random.Generator, share: float) -> Tensor:
    """`share` of the pictures [B,3,H,W] in -1..1 with one to five flat strokes over them.

    A stroke is a round-ended segment, 1 to a fifth of the side wide, hard or soft, in any colour.
    """
    rows = np.flatnonzero(choices.random(len(pictures)) < share)
    if not len(rows):
        return pictures
    height, width = pictures.shape[2:]
    side = min(height, width)
    ys = torch.arange(height, device=pictures.device).view(-1, 1) + 0.5
    xs = torch.arange(width, device=pictures.device).view(1, -1) + 0.5
    drawn = pictures.clone()
    for row in rows:
        for _ in range(int(choices.integers(1, 6))):
            ax, bx = choices.uniform(0, width, 2).tolist()
            ay, by = choices.uniform(0, height, 2).tolist()
            radius = 0.5 * max(1.0, side * 0.2 * float(choices.random()) ** 2)
            softness = 0.5 if choices.random() < 0.7 else radius
            dx, dy = bx - ax, by - ay
            along = ((xs - ax) * dx + (ys - ay) * dy) / max(dx * dx + dy * dy, 1e-6)
            along = along.clamp(0, 1)
            distance = ((xs - ax - along * dx).square() + (ys - ay - along * dy).square()).sqrt()
            cover = ((radius + softness - distance) / (2 * softness)).clamp(0, 1)
            colour = drawn.new_tensor(choices.uniform(-1, 1, 3)).view(3, 1, 1)
            drawn[row] += cover * (colour - drawn[row])
    return drawn


def recoloured(pictures: Tensor, choices: np.random.Generator, share: float) -> Tensor:
    """`share` of the pictures [B,3,H,W] with their channels exchanged, and half of those inverted."""
    rows = np.flatnonzero(choices.random(len(pictures)) < share)
    if not len(rows):
        return pictures
    changed = pictures.clone()
    for row in rows:
        order = torch.from_numpy(choices.permutation(3)).to(pictures.device)
        sign = -1.0 if choices.random() < 0.5 else 1.0
        changed[row] = sign * pictures[row, order]
    return changed
