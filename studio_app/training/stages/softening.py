"""Encoders' latents as a denoiser makes them, for those who learn from the former and read the latter."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from studio_app.training.loop import Draw
from studio_app.training.recipe import Maps


def softened(z: Tensor, settings: Maps, draw: Draw) -> Tensor:
    """Latents [B, 4, h, w] as a denoiser makes them: a little noisy, some of them blurred."""
    amount = draw.choices.uniform(0, 0.8, len(z)) * (draw.choices.random(len(z)) < settings.soft)
    level = draw.choices.uniform(0, settings.noise, len(z))
    shape = (-1, 1, 1, 1)
    blurred = F.avg_pool2d(F.pad(z, (1, 1, 1, 1), mode="replicate"), 3, 1)
    z = torch.lerp(z, blurred, z.new_tensor(amount).view(shape))
    noise = torch.randn(z.shape, generator=draw.generator, device=z.device)
    return z + z.new_tensor(level).view(shape) * noise
