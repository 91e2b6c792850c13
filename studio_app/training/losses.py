"""What the autoencoder is asked to keep: light, colour, edges, and the thing before its ground."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Of R, G, B: ITU-R BT.601."""


def to_ycc(rgb: Tensor) -> Tensor:
    """[B,3,H,W] RGB to luma and two colour differences (ITU-R BT.601, without offsets)."""
    r, g, b = rgb.unbind(1)
    y = 0.299 * r + 0.587 * g + 0.114 * b
    return torch.stack([y, 0.564 * (b - y), 0.713 * (r - y)], 1)


def edges(rgb: Tensor) -> Tensor:
    """Gradient magnitude of luma, [B,1,H,W], clipped to 0..1 where 1 is a step of half the range."""
    luma = to_ycc(rgb)[:, :1]
    dx = F.pad((luma[..., 1:] - luma[..., :-1]).abs(), (0, 1))
    dy = F.pad((luma[..., 1:, :] - luma[..., :-1, :]).abs(), (0, 0, 0, 1))
    return F.max_pool2d((dx + dy).clamp(max=1.0), 3, 1, 1)


def pixel_weights(
    rgb: Tensor, subject: Tensor, subject_weight: float, edge_weight: float
) -> Tensor:
    """[B,1,H,W] with mean 1: more where the subject (0..1, [B,1,H,W]) and its edges are."""
    weights = 1 + subject_weight * subject + edge_weight * edges(rgb)
    return weights / weights.mean()


def huber(difference: Tensor, c: float) -> Tensor:
    """Pseudo-Huber of each element: quadratic below c, linear above (Song and Dhariwal 2310.14189)."""
    return (difference.square() + c * c).sqrt() - c


def laplacian_terms(difference: Tensor, levels: int = 3) -> Tensor:
    """Mean absolute value of the difference's Laplacian pyramid, summed over octaves.

    The pyramid is linear, so that of the difference is the difference of the two pyramids.
    """
    total = difference.new_zeros(())
    for level in range(levels):
        if min(difference.shape[-2:]) < 4:
            break
        coarse = F.avg_pool2d(difference, 2)
        up = F.interpolate(coarse, scale_factor=2, mode="bilinear", align_corners=False)
        total = total + (difference - up).abs().mean() / 2**level
        difference = coarse
    return total


def weave_share(pictures: Tensor, cell: int = 8, window: int = 8) -> Tensor:
    """Share of the fine grain of pictures [B,3,H,W] that repeats from cell to cell of `cell` pixels.

    Fine is what 5x5 pixels do not have in common, repeated what `window` x `window` cells have: detail that does
    not keep step with the cells averages out, to 1 / window^2 of its power. A decoder that is asked for grain where
    its latents hold none answers with a weave.
    """
    around = F.avg_pool2d(F.pad(pictures, (2, 2, 2, 2), mode="reflect"), 5, 1)
    fine = F.pixel_unshuffle(pictures - around, cell)
    window = min(window, *fine.shape[-2:])
    repeated = F.avg_pool2d(fine, window, max(1, window // 2))
    return repeated.square().mean() / fine.square().mean().clamp_min(1e-9)


def reconstruction_loss(
    output: Tensor,
    target: Tensor,
    weights: Tensor,
    *,
    chroma: float,
    l2: float,
    laplacian: float,
) -> Tensor:
    """L1 + l2 * L2 + laplacian * pyramid of the YCC difference; pictures in -1..1, weights mean 1."""
    scale = output.new_tensor([1.0, chroma, chroma]).view(1, 3, 1, 1)
    difference = to_ycc(output - target) * scale
    plain = (weights * (difference.abs() + l2 * difference.square())).mean()
    return plain + laplacian * laplacian_terms(difference)


def latent_drift(latents: Tensor) -> Tensor:
    """Keeps channels near mean 0 and deviation 1 (a plain stand-in for the KL term)."""
    flat = latents.transpose(0, 1).flatten(1)
    return flat.mean(1).square().mean() + flat.std(1).clamp_min(1e-3).log().square().mean()


def psnr(output: Tensor, target: Tensor, mask: Tensor | None = None) -> Tensor:
    """Peak signal-to-noise ratio per picture in dB, [B]; pictures in -1..1; mask [B,1,H,W] 0/1."""
    error = ((output - target) / 2).square()
    if mask is None:
        mean = error.flatten(1).mean(1)
    else:
        mean = (error * mask).flatten(1).sum(1) / (3 * mask.flatten(1).sum(1)).clamp_min(1)
    return -10 * torch.log10(mean.clamp_min(1e-10))


def sharpness_of(pictures: NDArray[np.floating] | NDArray[np.uint8]) -> NDArray[np.float64]:
    """RMS of the Laplacian of luma of each picture [n]; pictures [n,H,W,3] in 0..255."""
    kernel = torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]]).view(1, 1, 3, 3)
    found = [
        float(F.conv2d(torch.from_numpy(one @ LUMA)[None, None], kernel).square().mean().sqrt())
        for one in (picture.astype(np.float32) for picture in pictures)
    ]
    return np.array(found)
