"""Depth and pose as artists draw them, from depth and pose as a renderer knows them.

Depth is a value channel and a known channel, both 0..1: where nothing is known, nothing is said, which
is not the same as "background". Every kind of drawing here is one an artist makes: an exact render, a
blurred one, a flat silhouette, a few grey bands, a rescaled range, wobbly edges, missing parts, the
subject alone, a handful of soft dabs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from studio_app.scene.openpose import LIMB_SHADE, LIMBS, PALETTE, draw_pose, stroke_radius

# A drawing is one of these bases, then perhaps a few of the changes below.
EXACT, SILHOUETTE, BANDS, SUBJECT, DABS = range(5)
BASE_SHARES = (0.15, 0.2, 0.15, 0.2, 0.3)
MIRRORED = [0, 1, 5, 6, 7, 2, 3, 4, 11, 12, 13, 8, 9, 10, 15, 14, 17, 16]
"""The joints in a mirror: whose place each of the eighteen takes."""


def draw_depths(
    depth: Tensor, subject: Tensor, generator: torch.Generator, choices: np.random.Generator
) -> Tensor:
    """uint8 [B,H,W] inverse depth and subject mask to float32 [B,2,H,W] (value x known, known).

    Runs on the tensors' device, where `generator` lives; what kind of drawing each becomes is decided
    by `choices` on the CPU, so that a GPU never waits. A quarter are the render itself; the others are
    drawn at half size, which is four times cheaper and no coarser than a hand.
    """
    exact = depth.float() / 255
    pen = Pen(len(depth), depth.device, generator, choices)
    drawn = _drawn(exact[:, ::2, ::2].clone(), (subject[:, ::2, ::2] > 127).float(), pen)
    value, known = _enlarged(drawn, depth.shape[1:])
    pure = pen.chance(0.25)
    value, known = chosen(pure, exact, value), chosen(pure, torch.ones_like(known), known)
    return torch.stack([value.clamp(0, 1), known], 1)


def draw_dabs(
    depth: Tensor, subject: Tensor, generator: torch.Generator, choices: np.random.Generator
) -> Tensor:
    """The same, but every drawing is a handful of soft dabs and nothing else."""
    pen = Pen(len(depth), depth.device, generator, choices)
    value, known = dabs(depth[:, ::2, ::2].float() / 255, (subject[:, ::2, ::2] > 127).float(), pen)
    value, known = _enlarged(torch.stack([value * known, known], 1), depth.shape[1:])
    return torch.stack([value.clamp(0, 1), known], 1)


def _enlarged(drawn: Tensor, size: Sequence[int]) -> tuple[Tensor, Tensor]:
    """(value x known, known) of a drawing [B,2,h,w] at full size; an edge is known from its half on."""
    drawn = F.interpolate(drawn, tuple(size), mode="bilinear", align_corners=False)
    known = (drawn[:, 1] > 0.5).float()
    return drawn[:, 0] / drawn[:, 1].clamp_min(1e-3) * known, known


def _drawn(value: Tensor, mask: Tensor, pen: Pen) -> Tensor:
    """[B,H,W] depth and mask, both 0..1, to a drawing [B,2,H,W] (value x known, known)."""
    base = pen.choices.choice(len(BASE_SHARES), pen.count, p=BASE_SHARES)
    known = torch.ones_like(value)
    rows = pen.some(0.3)
    if len(rows):
        value[rows], mask[rows] = wobbled(value[rows], mask[rows], pen.part(rows))
    value = chosen(pen.there(base == BANDS), banded(value, pen.uniform(3, 6).round()), value)
    flat = silhouettes(mask, pen.uniform(0.35, 0.95))
    value = chosen(pen.there(base == SILHOUETTE), flat, value)
    # A silhouette on paper or on black: half of them know nothing of the background.
    paper = (base == SILHOUETTE) & (pen.choices.random(pen.count) < 0.5)
    alone = pen.there((base == SUBJECT) | paper)
    known = chosen(alone, F.max_pool2d(mask[:, None], 3, 1, 1)[:, 0], known)
    rows = pen.there(np.flatnonzero(base == DABS))
    if len(rows):
        value[rows], known[rows] = dabs(value[rows], mask[rows], pen.part(rows))
    value = chosen(pen.chance(0.3), rescaled(value, pen), value)
    rows = pen.some(0.25)
    if len(rows):
        known[rows] = torch.minimum(known[rows], holes(value.shape[-1], pen.part(rows)))
    for radius in (1, 2, 4):
        rows = pen.some(0.12)
        if len(rows):
            value[rows] = blurred(value[rows], radius)
    return torch.stack([value.clamp(0, 1) * known, known], 1)


def banded(value: Tensor, levels: Tensor) -> Tensor:
    """Posterised to `levels` [B] grey bands; the background stays 0."""
    n = levels.view(-1, 1, 1)
    return torch.where(value > 0, ((value * n).floor() + 0.5).clamp(max=n - 0.5) / n, value)


def silhouettes(mask: Tensor, grey: Tensor) -> Tensor:
    """The subject at one grey [B], all else 0."""
    return mask * grey.view(-1, 1, 1)


def rescaled(value: Tensor, pen: Pen) -> Tensor:
    """Another range of greys: value ** gamma * gain, background still 0."""
    gamma, gain = (pen.uniform(*r).view(-1, 1, 1) for r in ((0.6, 1.6), (0.6, 1.3)))
    return (value.clamp_min(1e-6) ** gamma * gain).clamp(0, 1) * (value > 0)


def holes(size: int, pen: Pen) -> Tensor:
    """1 but in a blob or two of 10 to 50% of the picture, where it is 0; [B,size,size]."""
    noise = torch.rand(pen.count, 1, 5, 5, generator=pen.generator, device=pen.device)
    field = F.interpolate(noise, (size, size), mode="bicubic", align_corners=True)[:, 0]
    flat = field[:, ::8, ::8].flatten(1).sort(1).values
    at = (pen.uniform(0.1, 0.5) * (flat.shape[1] - 1)).long()
    return (field > flat.gather(1, at[:, None])[:, :, None]).float()


def dabs(value: Tensor, mask: Tensor, pen: Pen, most: int = 24) -> tuple[Tensor, Tensor]:
    """Overlapping soft round dabs on the subject, each with the depth under its centre.

    Returns (value, known), known only where something was painted. Late dabs cover early ones.
    """
    _, height, width = value.shape
    ys = torch.arange(height, device=pen.device).view(1, -1, 1)
    xs = torch.arange(width, device=pen.device).view(1, 1, -1)
    small = mask[:, 2::4, 2::4]
    picks = torch.multinomial(
        small.flatten(1) + 1e-5, most, replacement=True, generator=pen.generator
    )
    cy, cx = picks // small.shape[2] * 4 + 2, picks % small.shape[2] * 4 + 2
    number = pen.uniform(3, most)
    radius = pen.uniform(0.05, 0.16) * width
    hardness = pen.uniform(0.3, 0.95).view(-1, 1, 1)
    out, known = torch.zeros_like(value), torch.zeros_like(value)
    rows = torch.arange(pen.count, device=pen.device)
    for k in range(most):
        y, x = cy[:, k].view(-1, 1, 1), cx[:, k].view(-1, 1, 1)
        r = (radius * pen.uniform(0.6, 1.5)).view(-1, 1, 1)
        distance = ((ys - y).square() + (xs - x).square()).sqrt() / r
        alpha = ((1 - distance) / (1 - hardness)).clamp(0, 1)
        alpha = alpha * (k < number).view(-1, 1, 1)
        grey = value[rows, cy[:, k], cx[:, k]] + 0.03 * pen.normal()
        # Premultiplied over: the value of half-painted pixels stays the paint's own.
        out = out * (1 - alpha) + grey.clamp(0.02, 1).view(-1, 1, 1) * alpha
        known = known * (1 - alpha) + alpha
    solid = (known > 0.5).float()
    return out / known.clamp_min(1e-3) * solid, solid


def wobbled(value: Tensor, mask: Tensor, pen: Pen) -> tuple[Tensor, Tensor]:
    """Both warped by a smooth random field of 1 to 3.5% of the picture."""
    b, height, width = value.shape
    coarse = torch.randn(b, 2, 9, 9, generator=pen.generator, device=pen.device)
    coarse = coarse * pen.uniform(0.01, 0.035).view(-1, 1, 1, 1)
    shift = F.interpolate(coarse, (height, width), mode="bicubic", align_corners=True)
    identity = torch.eye(2, 3, device=pen.device).expand(b, 2, 3)
    grid = F.affine_grid(identity, [b, 1, height, width], align_corners=False)
    moved = F.grid_sample(
        torch.stack([value, mask], 1),
        grid + shift.permute(0, 2, 3, 1),
        padding_mode="border",
        align_corners=False,
    )
    return moved[:, 0], (moved[:, 1] > 0.5).float()


def blurred(value: Tensor, radius: int) -> Tensor:
    """Two box blurs: near enough to a soft brush."""
    x = value[:, None]
    for _ in range(2):
        x = F.avg_pool2d(F.pad(x, (radius,) * 4, mode="replicate"), 2 * radius + 1, 1)
    return x[:, 0]


def draw_poses(
    joints: np.ndarray, size: int, choices: np.random.Generator, device: torch.device
) -> Tensor:
    """float32 [B,18,3] joints in pixels to OpenPose pictures, float32 [B,3,size,size] in 0..1.

    Joints go missing and move a little, limbs change their length; a third are left exact.
    """
    drawn = [f if choices.random() < 0.35 else sketched(f, choices) for f in joints]
    figures = np.stack(drawn) if drawn else np.zeros((0, 18, 3), np.float32)
    if device.type != "cpu":
        return draw_figures(torch.from_numpy(figures.astype(np.float32)).to(device), size)
    pictures = np.zeros((len(joints), size, size, 3), np.uint8)
    for row, figure in enumerate(figures):
        pictures[row] = draw_pose(figure[None], size, size)
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255


def draw_figures(joints: Tensor, size: int) -> Tensor:
    """`draw_pose` of one figure a picture, on any device: [B,18,3] to float32 [B,3,size,size] in 0..1.

    The same picture but for pixels on the very rim of a stroke. Draws every limb over every pixel:
    right for a GPU and a large batch, slower than `draw_pose` on a CPU.
    """
    radius = stroke_radius(size, size)
    centres = torch.arange(size, device=joints.device, dtype=torch.float32) + 0.5
    xs, ys = centres.view(1, 1, -1), centres.view(1, -1, 1)
    canvas = torch.zeros(len(joints), 3, size, size, device=joints.device)
    strokes = [
        (a, b, [c * LIMB_SHADE for c in colour])
        for (a, b), colour in zip(LIMBS, PALETTE, strict=False)
    ]
    strokes += [(j, j, list(colour)) for j, colour in enumerate(PALETTE)]
    for a, b, colour in strokes:
        start, end = joints[:, a], joints[:, b]
        middle = (start + end) / 2
        along = end - start
        half = along[:, :2].norm(dim=1) / 2
        is_limb = half > 1e-6
        u = torch.where(is_limb[:, None], along[:, :2] / (2 * half).clamp_min(1e-6)[:, None], 0.0)
        u[:, 0] = torch.where(is_limb, u[:, 0], torch.ones_like(half))
        reach = torch.where(is_limb, half, torch.full_like(half, radius)).view(-1, 1, 1)
        dx, dy = xs - middle[:, 0].view(-1, 1, 1), ys - middle[:, 1].view(-1, 1, 1)
        ux, uy = u[:, 0].view(-1, 1, 1), u[:, 1].view(-1, 1, 1)
        p, q = (dx * ux + dy * uy) / reach, (dy * ux - dx * uy) / radius
        there = ((start[:, 2] > 0) & (end[:, 2] > 0)).view(-1, 1, 1)
        inside = (p * p + q * q <= 1) & there
        ink = torch.tensor([int(c) / 255 for c in colour], device=joints.device).view(1, 3, 1, 1)
        canvas = torch.where(inside[:, None], ink, canvas)
    return canvas


def sketched(figure: np.ndarray, choices: np.random.Generator) -> np.ndarray:
    """One figure [18,3] with jitter, other proportions, and joints dropped; absent ones stay absent."""
    drawn = figure.copy()
    seen = drawn[:, 2] > 0
    if not seen.any():
        return drawn
    centre = drawn[seen, :2].mean(0)
    extent = max(float(np.ptp(drawn[seen, 1])), 8.0)
    if choices.random() < 0.5:  # taller, broader, or with another size of head
        drawn[:, :2] = centre + (drawn[:, :2] - centre) * choices.uniform(0.92, 1.08, 2)
        head = [0, 14, 15, 16, 17]
        drawn[head, :2] = drawn[1, :2] + (drawn[head, :2] - drawn[1, :2]) * choices.uniform(
            0.8, 1.25
        )
    if choices.random() < 0.6:
        drawn[:, :2] += choices.normal(0, 0.012 * extent, (18, 2))
    if choices.random() < 0.35:
        drawn[choices.random(18) < choices.uniform(0.05, 0.3), 2] = 0
    if choices.random() < 0.2:  # many detectors give no face
        drawn[[14, 15, 16, 17], 2] = 0
    return drawn.astype(np.float32)


def mirrored_joints(joints: np.ndarray, width: int) -> np.ndarray:
    """[B,18,3] seen in a mirror: x flips, and left and right change places."""
    flipped = joints[:, MIRRORED].copy()
    flipped[..., 0] = np.where(flipped[..., 2] > 0, width - flipped[..., 0], flipped[..., 0])
    return flipped


class Pen:
    """Random numbers for a batch: kinds from the CPU's choices, fields from the device's generator."""

    def __init__(
        self,
        count: int,
        device: torch.device,
        generator: torch.Generator,
        choices: np.random.Generator,
    ) -> None:
        self.count = count
        self.device = device
        self.generator = generator
        self.choices = choices

    def part(self, rows: Tensor) -> Pen:
        """A pen for some of the rows."""
        return Pen(len(rows), self.device, self.generator, self.choices)

    def there(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(self.device, non_blocking=True)

    def uniform(self, low: float, high: float) -> Tensor:
        return self.there(self.choices.uniform(low, high, self.count).astype(np.float32))

    def normal(self) -> Tensor:
        return self.there(self.choices.standard_normal(self.count).astype(np.float32))

    def chance(self, share: float) -> Tensor:
        return self.there(self.choices.random(self.count) < share)

    def some(self, share: float) -> Tensor:
        """Indices of the rows that something happens to."""
        return self.there(np.flatnonzero(self.choices.random(self.count) < share))


def chosen(on: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """The drawings [B,H,W] of `a` where `on` [B] says, else those of `b`."""
    return torch.where(on.view(-1, 1, 1), a, b)
