"""Which timesteps a network is asked about while it learns, and how much each of them weighs.

The forward process and its target are engine/diffusion/schedule.py's: what is trained is what runs.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


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
