"""The forward process, the few-step time grid and the two embeddings the student is told about.

Variance preserving diffusion (Ho et al. 2006.11239) with 1000 timesteps 0..999:
x_t = sqrt(abar_t) x_0 + sqrt(1 - abar_t) eps. The denoisers predict v (Salimans and Ho 2202.00512):
v = sqrt(abar_t) eps - sqrt(1 - abar_t) x_0, which stays well defined at abar_999 = 0 (Lin et al. 2305.08891).

The student is an x_0 function with a target time s (CTM, Kim et al. 2310.02279; TCD, Zheng et al. 2402.19159):
asked at time t where the sampler will land next, it answers with a v whose deterministic jump lands there.

Everything is pure torch and serves training (batches of timesteps) and sampling (one python int) alike.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Literal

import torch
from torch import Tensor

TIMESTEPS = 1000
LAST = TIMESTEPS - 1
EMBEDDING_DIM = 256
LEAP = 750
"""Above this timestep the light and the ground that no word names are not decided yet. A student's answer there is
their mean; told to stop half-way it decides otherwise than its teacher, for good."""

Timestep = int | Tensor
BetaSchedule = Literal["linear", "scaled_linear", "squaredcos_cap_v2"]
Prediction = Literal["v_prediction", "epsilon", "sample", "flow"]
"""What a network gives: v, the noise, the picture, or the velocity eps - x_0 of a flow."""


@lru_cache(maxsize=32)
def alphas_cumprod(
    device: torch.device | str = "cpu",
    *,
    beta_start: float = 0.00085,
    beta_end: float = 0.012,
    beta_schedule: BetaSchedule = "scaled_linear",
    zero_terminal_snr: bool = True,
    timesteps: int = TIMESTEPS,
) -> Tensor:
    """abar_t, float32 [timesteps], decreasing; with zero_terminal_snr the last one is exactly 0.

    Computed in float64 and shared between callers (cached per device): do not write into it.
    """
    if beta_schedule == "linear":
        betas = torch.linspace(beta_start, beta_end, timesteps, dtype=torch.float64)
    elif beta_schedule == "scaled_linear":
        betas = torch.linspace(beta_start**0.5, beta_end**0.5, timesteps, dtype=torch.float64) ** 2
    else:  # Nichol and Dhariwal 2102.09672
        u = torch.arange(timesteps + 1, dtype=torch.float64) / timesteps
        bar = torch.cos((u + 0.008) / 1.008 * math.pi / 2) ** 2
        betas = (1 - bar[1:] / bar[:-1]).clamp(max=0.999)
    root = (1 - betas).cumprod(0).sqrt()
    if zero_terminal_snr:  # algorithm 1 of 2305.08891: shift the last to 0, scale the first back
        first, last = root[0].item(), root[-1].item()
        root = (root - last) * (first / (first - last))
        root[-1] = 0.0
    return (root**2).to(torch.float32).to(device)


def guidance_embedding(w: float | Tensor, dim: int = EMBEDDING_DIM) -> Tensor:
    """The timestep_cond of w = guidance_scale - 1: float32 [B, dim], sines first, of 1000 w.

    Equal to LatentConsistencyModelPipeline.get_guidance_scale_embedding(w, dim). A float gives B = 1.
    """
    scaled = _batch(w) * 1000.0
    angles = scaled[:, None] * _frequencies(dim, scaled.device)[None]
    return _even([angles.sin(), angles.cos()], dim)


def target_embedding(s: Timestep, dim: int = EMBEDDING_DIM) -> Tensor:
    """What is added to timestep_cond for a jump to timestep s: float32 [B, dim], cosines first, of s.

    Rows with s = 0 (the jump to a clean picture) are zero, so that a pipeline that knows nothing of
    targets asks for exactly that jump. The halves are swapped against `guidance_embedding` so that the
    sum of the two stays separable. An int gives B = 1.
    """
    target = _batch(s)
    angles = target[:, None] * _frequencies(dim, target.device)[None]
    embedding = _even([angles.cos(), angles.sin()], dim)
    return torch.where(target[:, None] > 0, embedding, torch.zeros_like(embedding))


def consistency_timesteps(n: int, start: int = LAST) -> list[int]:
    """The grid of n steps from `start` down: t_i = start - (start * i) // n for i = 0..n-1.

    The target of step i is t_{i+1}; that of the last step is a clean picture. Python ints, strictly
    decreasing as long as start >= n.
    """
    if n < 1:
        raise ValueError(f"n must be at least 1, not {n}")
    return [start - (start * i) // n for i in range(n)]


def leaping_timesteps(n: int, start: int = LAST) -> list[int]:
    """`consistency_timesteps`, but no step from above LEAP lands above it: more than four steps from pure noise begin
    with one as long as four have, and the others lie evenly below."""
    grid = consistency_timesteps(n, start)
    return grid if n == 1 or grid[1] <= LEAP else [start, *consistency_timesteps(n - 1, LEAP)]


def add_noise(x_0: Tensor, noise: Tensor, t: Timestep, abar: Tensor | None = None) -> Tensor:
    """The closed form of the forward process: x_t. `t` is an int or a tensor [B] of timesteps."""
    alpha, sigma = coefficients(t, x_0, abar)
    return alpha * x_0 + sigma * noise


def v_target(x_0: Tensor, noise: Tensor, t: Timestep, abar: Tensor | None = None) -> Tensor:
    """v = sqrt(abar_t) eps - sqrt(1 - abar_t) x_0."""
    alpha, sigma = coefficients(t, x_0, abar)
    return alpha * noise - sigma * x_0


def predict_x0_eps(
    output: Tensor,
    x_t: Tensor,
    t: Timestep,
    abar: Tensor | None = None,
    prediction: Prediction = "v_prediction",
) -> tuple[Tensor, Tensor]:
    """(denoised, eps_hat) from a denoiser's output at x_t [B, C, H, W] and t (int or [B]).

    With v: denoised = alpha x_t - sigma v; eps_hat = alpha v + sigma x_t, alpha = sqrt(abar_t).
    """
    return split(output, x_t, *coefficients(t, x_t, abar), prediction)


def split(
    output: Tensor,
    x_t: Tensor,
    alpha: float | Tensor,
    sigma: float | Tensor,
    prediction: Prediction,
) -> tuple[Tensor, Tensor]:
    """`predict_x0_eps` where alpha and sigma are known; for "flow" alpha + sigma = 1."""
    if prediction == "v_prediction":
        return alpha * x_t - sigma * output, alpha * output + sigma * x_t
    if prediction == "epsilon":
        return (x_t - sigma * output) / alpha, output
    if prediction == "flow":
        return x_t - sigma * output, x_t + alpha * output
    return output, (x_t - alpha * output) / sigma


def jump(denoised: Tensor, eps: Tensor, s: Timestep, abar: Tensor | None = None) -> Tensor:
    """The deterministic jump to s (DDIM 2010.02502; TCD with gamma 0): sqrt(abar_s) x_0 + sqrt(1 - abar_s) eps.

    s = 0 means clean: `denoised` itself. A tensor [B] may mix both.
    """
    if isinstance(s, int) and s <= 0:
        return denoised
    alpha, sigma = coefficients(s, denoised, abar)
    if isinstance(alpha, Tensor) and isinstance(sigma, Tensor) and isinstance(s, Tensor):
        clean = (s.to(alpha.device) <= 0).view(alpha.shape)
        alpha = torch.where(clean, torch.ones_like(alpha), alpha)
        sigma = torch.where(clean, torch.zeros_like(sigma), sigma)
    return alpha * denoised + sigma * eps


def coefficients(
    t: Timestep, like: Tensor, abar: Tensor | None = None
) -> tuple[float, float] | tuple[Tensor, Tensor]:
    """(sqrt(abar_t), sqrt(1 - abar_t)): python floats for an int t, float32 [B, 1, 1, 1] for a tensor.

    An int never touches the device, so a sampler's loop stays free of syncs.
    """
    if not isinstance(t, Tensor):
        level = _table(abar)[t]
        return math.sqrt(level), math.sqrt(1.0 - level)
    table = alphas_cumprod(like.device) if abar is None else abar.to(like.device)
    value = table[t.to(like.device)].view(-1, *([1] * (like.ndim - 1)))
    return value.sqrt(), (1 - value).sqrt()


@lru_cache(maxsize=8)
def _floats(key: Tensor) -> list[float]:
    return key.double().tolist()


def _table(abar: Tensor | None) -> list[float]:
    # Tensors hash by identity: a table becomes a list once per object, not once per step.
    return _floats(alphas_cumprod() if abar is None else abar)


def _batch(value: float | Tensor) -> Tensor:
    if isinstance(value, Tensor):
        return value.to(torch.float32).reshape(-1)
    return torch.tensor([value], dtype=torch.float32)


@lru_cache(maxsize=8)
def _frequencies(dim: int, device: torch.device) -> Tensor:
    half = dim // 2
    step = torch.log(torch.tensor(10000.0)) / (half - 1)
    return torch.exp(torch.arange(half, dtype=torch.float32) * -step).to(device)


def _even(halves: list[Tensor], dim: int) -> Tensor:
    embedding = torch.cat(halves, dim=1)
    return torch.nn.functional.pad(embedding, (0, 1)) if dim % 2 else embedding
