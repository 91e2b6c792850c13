"""Forward processes, what a network predicts of them, and which times it is asked about.

A schedule is a signal level abar(t): x_t = sqrt(abar) x_0 + sqrt(1 - abar) eps (Ho et al. 2006.11239,
eq. 4). The embedded model uses `scaled_linear` with `zero_terminal_snr` and predicts v; its table is
engine/diffusion/schedule.py's, so that what is trained is what runs. The others are here to be compared with.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

# Schedules: signal level abar at each timestep, [n], decreasing


def linear(n: int = 1000, first: float = 1e-4, last: float = 0.02) -> Tensor:
    """Betas evenly spaced (Ho et al. 2006.11239)."""
    return (1 - torch.linspace(first, last, n, dtype=torch.float64)).cumprod(0)


def scaled_linear(n: int = 1000, first: float = 0.00085, last: float = 0.012) -> Tensor:
    """Square roots of beta evenly spaced (latent diffusion, Rombach et al. 2112.10752)."""
    betas = torch.linspace(first**0.5, last**0.5, n, dtype=torch.float64) ** 2
    return (1 - betas).cumprod(0)


def cosine(n: int = 1000, offset: float = 0.008) -> Tensor:
    """abar a squared cosine of time (Nichol and Dhariwal 2102.09672, eq. 17; beta capped at 0.999)."""
    t = torch.arange(n + 1, dtype=torch.float64) / n
    level = ((t + offset) / (1 + offset) * math.pi / 2).cos().square()
    return (1 - (1 - level[1:] / level[:-1]).clamp(max=0.999)).cumprod(0)


def zero_terminal_snr(abar: Tensor) -> Tensor:
    """Shifts and scales sqrt(abar) so that the last level is 0 (Lin et al. 2305.08891, algorithm 1).

    Without it the last step still shows the picture's mean, and a model cannot paint black or white.
    """
    root = abar.sqrt()
    root = (root - root[-1]) * root[0] / (root[0] - root[-1])
    return root.square()


# The forward process and its targets; `a` is abar at each sample's time, broadcast to x_0


def diffuse(x_0: Tensor, noise: Tensor, a: Tensor) -> Tensor:
    """x_t in closed form (2006.11239, eq. 4)."""
    return a.sqrt() * x_0 + (1 - a).sqrt() * noise


def epsilon_target(x_0: Tensor, noise: Tensor, a: Tensor) -> Tensor:
    """The noise itself (2006.11239, eq. 14)."""
    del x_0, a
    return noise


def x0_target(x_0: Tensor, noise: Tensor, a: Tensor) -> Tensor:
    """The clean picture."""
    del noise, a
    return x_0


def v_target(x_0: Tensor, noise: Tensor, a: Tensor) -> Tensor:
    """v = sqrt(abar) eps - sqrt(1 - abar) x_0 (Salimans and Ho 2202.00512, appendix D)."""
    return a.sqrt() * noise - (1 - a).sqrt() * x_0


def flow_target(x_0: Tensor, noise: Tensor, a: Tensor) -> Tensor:
    """Velocity of the straight path x_t = (1 - t) x_0 + t eps (Lipman et al. 2210.02747)."""
    del a
    return noise - x_0


# Which times, and how much they weigh


def uniform_times(count: int, n: int, choices: np.random.Generator) -> Tensor:
    """Timesteps 0..n-1, one in each of `count` equal strata, in random order: less variance."""
    u = (np.arange(count) + choices.random(count)) / count
    return torch.from_numpy((choices.permutation(u) * n).astype(np.int64).clip(0, n - 1))


def early_times(count: int, steps: int, choices: np.random.Generator) -> Tensor:
    """Half of them uniform, half from 0.4 of all times up, where a picture's outline is decided; int64 [count]."""
    low = np.where(choices.random(count) < 0.5, int(0.4 * steps), 0)
    return torch.from_numpy(choices.integers(low, steps))


def logit_normal_times(
    count: int, n: int, choices: np.random.Generator, mean: float = 0.0, std: float = 1.0
) -> Tensor:
    """Timesteps whose logit is normal (Esser et al. 2403.03206, eq. 19)."""
    u = 1 / (1 + np.exp(-(mean + std * choices.standard_normal(count))))
    return torch.from_numpy((u * n).astype(np.int64).clip(0, n - 1))


def min_snr_weight(a: Tensor, gamma: float = 5.0) -> Tensor:
    """Weight of the squared v error (min-SNR, Hang et al. 2303.09556), SNR = abar / (1 - abar).

    Min-SNR for v is min(SNR, gamma) / (SNR + 1), which is 0 at the end of a zero-terminal-SNR schedule:
    just where a one-step student begins. So this is its truncated form, (min(SNR, gamma) + 1) / (SNR + 1):
    1 up to gamma, and falling off the same way beyond.
    """
    snr = a / (1 - a).clamp_min(1e-8)
    return (snr.clamp(max=gamma) + 1) / (snr + 1)
