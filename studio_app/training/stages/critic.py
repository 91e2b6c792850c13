"""The critic of the sharpening stage: is this patch rendered or decoded?

A game of pairs (relativistic, Jolicoeur-Martineau 1807.00734; with both penalties it converges, Huang et al.
2501.05441): the critic says how much more rendered one patch looks than another.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_NOISE = 0.02
"""Deviation, in a picture of -1..1, of the small step that the penalty measures a slope with."""
_LOUDER = 6.0


class Critic(nn.Module):
    """Pictures [B,3,H,W] in -1..1 to one answer for each 8x8 pixels, [B,1,H/8,W/8], each seeing about 50 of them.

    It is shown the picture and, much louder, what differs from a pixel's neighbourhood: that is where rendered and
    decoded part, and a hundredth of the picture's power. No norms: with the penalty they only hide how bright and
    how contrasty a patch is. Pixels are folded into channels first: at full size a few channels cost as much as all
    the rest.
    """

    def __init__(self, channels: Sequence[int] = (32, 64, 128)) -> None:
        super().__init__()
        first, *halved = channels
        layers: list[nn.Module] = [nn.PixelUnshuffle(2), nn.Conv2d(24, first, 3, padding=1)]
        before = first
        for count in halved:
            layers += [nn.LeakyReLU(0.2), nn.Conv2d(before, count, 4, 2, 1)]
            before = count
        layers += [nn.LeakyReLU(0.2), nn.Conv2d(before, before, 3, padding=1)]
        layers += [nn.LeakyReLU(0.2), nn.Conv2d(before, 1, 1)]
        self.layers = nn.Sequential(*layers)

    def forward(self, pictures: Tensor) -> Tensor:
        around = F.avg_pool2d(F.pad(pictures, (1, 1, 1, 1), mode="reflect"), 3, 1)
        return self.layers(torch.cat([pictures, _LOUDER * (pictures - around)], 1)).float()


def decoder_loss(critic: Critic, decoded: Tensor, rendered: Tensor) -> Tensor:
    """What the decoder pays for being told apart; gradients reach `decoded` [B,3,H,W] only."""
    critic.requires_grad_(False)
    try:
        with torch.no_grad():
            real = critic(rendered)
        return F.softplus(real - critic(decoded)).mean()
    finally:
        critic.requires_grad_(True)


def critic_loss(
    critic: Critic, decoded: Tensor, rendered: Tensor, penalty: float, generator: torch.Generator
) -> Tensor:
    """What the critic pays for mistaking them, and for slopes steeper than it needs.

    The slope along a random direction stands for the gradient's norm (zero-centred penalties R1 and R2): its mean
    square is the same, and no second derivative is needed.
    """
    fake, real = critic(torch.cat([decoded.detach(), rendered])).chunk(2)
    # A quarter of the batch, of both sorts, tells as much about slopes.
    some = slice(0, None, 4)
    pictures = torch.cat([decoded.detach()[some], rendered[some]])
    noise = torch.randn(pictures.shape, generator=generator, device=pictures.device)
    near = critic(pictures + _NOISE * noise)
    slope = ((near - torch.cat([fake[some], real[some]])) / _NOISE).square().mean()
    return F.softplus(fake - real).mean() + penalty * slope
