"""What the autoencoder is asked to keep: light, colour, edges, and the thing before its ground."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

_LEVEL = 1 / 127.5
"""A level of 255 of pictures in -1..1."""

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


def weaves(pictures: Tensor, cell: int = 8) -> Tensor:
    """How much louder the rhythm of the latents' cells is than what lies beside it in the spectrum, of each of pictures
    [B,3,H,W]; about 1 where nothing repeats every `cell` pixels.

    Power of luma along both axes, at the cell's frequency and its first two multiples, over that two to four
    frequencies below and above.
    """
    louder = [at / beside.clamp_min(1e-12) for at, beside in _lines(pictures, cell)]
    return torch.stack(louder).mean(0)


def weave_cost(pictures: Tensor, cell: int = 8) -> Tensor:
    """What pictures [B,3,H,W] in -1..1 pay for rhythm that is louder than what lies beside it, meaned; 0 where none is.

    Its gradient makes the rhythm fainter and leaves alone what lies beside it: there is no end of grain that drowns a
    weave. Where hardly anything lies there, fainter than a level of 255, it counts as much as beside that.
    """
    faintest = (
        0.375 * pictures.shape[-1] * _LEVEL**2
    )  # the power of noise of that deviation, in such a window
    costs = [
        F.relu(at - beside.detach()) / (beside.detach() + faintest)
        for at, beside in _lines(pictures, cell)
    ]
    return torch.stack(costs).mean()


def _lines(pictures: Tensor, cell: int) -> list[tuple[Tensor, Tensor]]:
    """(power at a multiple of the cells' frequency, that beside it), each [B], along both axes."""
    luma = to_ycc(pictures)[:, 0]
    found: list[tuple[Tensor, Tensor]] = []
    for lines in (luma, luma.transpose(1, 2)):
        size = lines.shape[2] // cell * cell
        window = torch.hann_window(size, periodic=False, dtype=lines.dtype, device=lines.device)
        power = torch.fft.rfft(lines[..., :size] * window).abs().square().mean(1)
        for k in (size // cell * m for m in (1, 2, 3)):
            beside = torch.cat([power[:, k - 4 : k - 1], power[:, k + 2 : k + 5]], 1).mean(1)
            found.append((power[:, k], beside))
    return found


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
