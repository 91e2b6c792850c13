"""How pictures look, by figures that need no trained judge: sharpness, weave, variety, seams, mattes."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from studio_app.training.judge.intervals import Figures, add, ratio
from studio_app.training.judge.reals import Reals
from studio_app.training.losses import sharpness_of, weaves
from studio_app.training.stages.autoencoder import to_signed
from studio_app.training.world.render import MID_GREY

_NEAR_GREY = 14
"""Levels of 255 by which a pixel may differ from the grey of an isolated asset and still be background."""

_TRUSTED_MATTE = 0.95
"""Overlap of the threshold's matte with the true one on a real render, from which on it is a reference."""

Pixels = NDArray[np.uint8]
"""[n,H,W,3]."""


def sharpness_figures(drawn: Pixels, real: Pixels) -> Figures:
    """sharpness: of the model's pictures over that of real renders of the same words."""
    figures: Figures = {}
    add(figures, "sharpness", ratio(sharpness_of(drawn), sharpness_of(real)), "one")
    return figures


def weave_figures(drawn: Pixels, real: Pixels) -> Figures:
    """weave_ratio: the rhythm of the latents' cells in the model's pictures over that in real renders."""
    figures: Figures = {}
    add(figures, "weave_ratio", ratio(rhythms(drawn), rhythms(real)), "low")
    return figures


def rhythms(pictures: Pixels) -> NDArray[np.float64]:
    """`weaves` (training/losses.py) of each picture [n]."""
    each = (torch.from_numpy(picture).permute(2, 0, 1)[None].double() for picture in pictures)
    return np.array([float(weaves(picture)) for picture in each])


class RandomFeatures(nn.Module):
    """Three convolutions with fixed random weights: features that owe nothing to any training.

    A picture becomes its channels' responses on an 8x8 grid at three scales.
    """

    def __init__(self, channels: tuple[int, ...] = (32, 64, 128)) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(20_231)
        self.layers = nn.ModuleList()
        before = 3
        for count in channels:
            layer = nn.Conv2d(before, count, 3, 2, 1, bias=False)
            weight = torch.randn(layer.weight.shape, generator=generator)
            layer.weight = nn.Parameter(weight * (2 / (9 * before)) ** 0.5, requires_grad=False)
            self.layers.append(layer)
            before = count

    def forward(self, pictures: Tensor) -> Tensor:
        """[B,3,H,W] in -1..1 to [B,F]."""
        x, found = F.interpolate(pictures, (128, 128), mode="area"), []
        for layer in self.layers:
            x = F.relu(layer(x))
            found.append(F.adaptive_avg_pool2d(x, 8).flatten(1))
        return torch.cat(found, 1)


@torch.inference_mode()
def features(pictures: Pixels) -> NDArray[np.float32]:
    """[n,F] of `RandomFeatures`."""
    network = RandomFeatures()
    parts = [
        network(to_signed(torch.from_numpy(np.array(pictures[i : i + 32]))))
        for i in range(0, len(pictures), 32)
    ]
    return torch.cat(parts).numpy()


def diversity_figures(drawn: Pixels, real: Pixels, seeds: int) -> Figures:
    """diversity_share: how far apart pictures of the same words are, over how far apart real renders of them are.

    Both [n * seeds,H,W,3], a prompt's pictures together. In features of a fixed random network, each divided by
    its deviation over all real renders.
    """
    figures: Figures = {}
    mine, theirs = features(drawn), features(real)
    deviation = theirs.std(0)
    scale = (
        deviation + 0.1 * float(np.median(deviation)) + 1e-6
    )  # a feature that hardly varies says little
    found = ratio(_spread(mine / scale, seeds), _spread(theirs / scale, seeds))
    add(figures, "diversity_share", found)
    return figures


def _spread(found: NDArray[np.float32], seeds: int) -> NDArray[np.float64]:
    """RMS distance between a prompt's pictures, by prompt."""
    groups = found.reshape(-1, seeds, found.shape[1]).astype(np.float64)
    return np.sqrt(groups.var(1).sum(1))


def seams(pictures: Pixels) -> NDArray[np.float64]:
    """How much harder the step from one tile to the next is than a step inside, of each picture [n].

    1 where the edges continue each other. The harder of both axes.
    """
    found: list[float] = []
    for picture in pictures.astype(np.float32):
        axes: list[float] = []
        for axis in (0, 1):
            steps = np.abs(picture - np.roll(picture, 1, axis)).mean((1 - axis, 2))
            axes.append(float(steps[0] / max(float(steps[1:].mean()), 1e-6)))
        found.append(max(axes))
    return np.array(found)


def seam_figures(drawn: Pixels, real: Pixels) -> Figures:
    """seam_ratio: seams of the model's textures over those of real tiles."""
    figures: Figures = {}
    add(figures, "seam_ratio", ratio(seams(drawn), seams(real)), "low")
    return figures


def threshold_mattes(pictures: Pixels) -> NDArray[np.bool_]:
    """[n,H,W]: what is not the grey that isolated assets lie on."""
    grey = round(MID_GREY * 255)
    return np.abs(pictures.astype(np.int16) - grey).max(3) > _NEAR_GREY


def plainly_cut(reals: Reals) -> NDArray[np.bool_]:
    """[n]: whether the threshold finds the subject of a real render, that is, no grey was asked for."""
    truth = reals.column("subject").numpy() > 127
    return overlaps(threshold_mattes(reals.rgb), truth)[0] >= _TRUSTED_MATTE


def overlaps(
    a: NDArray[np.bool_], b: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Intersection over union of masks [n,H,W], and both parts, each [n]."""
    both = (a & b).sum((1, 2)).astype(np.float64)
    either = (a | b).sum((1, 2)).astype(np.float64)
    return both / np.maximum(either, 1), both, either


def matte_figures(alpha: NDArray[np.floating], drawn: Pixels) -> Figures:
    """gen_alpha_iou: the maps decoder's mattes [n,H,W] in 0..1 against those of a threshold."""
    figures: Figures = {}
    shared, _, either = overlaps(alpha > 0.5, threshold_mattes(drawn))
    there = either > 0
    add(figures, "gen_alpha_iou", ratio(shared[there], np.ones(int(there.sum()))))
    return figures
