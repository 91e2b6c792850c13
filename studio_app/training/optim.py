"""Optimisers, the learning-rate curve and the weight average of the training stages."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from studio_app.training.recipe import Plan


class Muon(torch.optim.Optimizer):
    """Momentum orthogonalised by Newton-Schulz (Jordan et al. 2024), for weights of 2 or more axes.

    torch.optim.Muon takes matrices only; convolutions are U-Nets' main weights, so here they are
    read as matrices [out, in * height * width]. Steps are scaled by 0.2 * sqrt(max(out, in)) as in
    Moonlight (2502.16982), so that AdamW's learning rates and weight decays fit.
    """

    def __init__(self, params: Any, lr: float = 4e-4, momentum: float = 0.95) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """One update from the gradients in place; parameters without a gradient are left alone."""
        del closure
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if "momentum_buffer" not in state:
                    state["momentum_buffer"] = torch.zeros_like(p)
                buffer = state["momentum_buffer"]
                buffer.lerp_(p.grad, 1 - group["momentum"])
                update = p.grad.lerp(buffer, group["momentum"]).flatten(1)
                scale = 0.2 * math.sqrt(max(update.shape))
                p.add_(orthogonal(update).view_as(p), alpha=-group["lr"] * scale)


def orthogonal(matrix: Tensor, steps: int = 5) -> Tensor:
    """The nearest semi-orthogonal matrix, roughly: quintic Newton-Schulz in bfloat16."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = matrix.bfloat16()
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.T if tall else x).to(matrix.dtype)


def make_optimizers(
    plan: Plan, named: Iterable[tuple[str, nn.Parameter]], scales: dict[str, float]
) -> list[torch.optim.Optimizer]:
    """AdamW, and Muon for the inner matrices when the plan asks.

    scales: learning-rate factor for parameters whose name contains the key.
    Every group holds `base_lr`; `set_lr` multiplies it by the schedule.
    """
    adam: dict[float, list[nn.Parameter]] = {}
    muon: list[nn.Parameter] = []
    for name, parameter in named:
        scale = next((s for key, s in scales.items() if key in name), 1.0)
        inner = parameter.ndim >= 2 and "embedding" not in name and not _is_edge(name)
        if plan.optimizer == "muon" and inner and scale == 1.0:
            muon.append(parameter)
        else:
            adam.setdefault(scale, []).append(parameter)
    groups = [{"params": p, "lr": plan.lr * s, "base_lr": plan.lr * s} for s, p in adam.items()]
    result: list[torch.optim.Optimizer] = []
    if groups:
        device = groups[0]["params"][0].device.type
        result.append(
            torch.optim.AdamW(
                groups,
                betas=plan.betas,
                weight_decay=plan.weight_decay,
                eps=1e-8,
                fused=device in ("cpu", "cuda"),
            )
        )
    if muon:
        result.append(Muon([{"params": muon, "lr": plan.muon_lr, "base_lr": plan.muon_lr}]))
    return result


def schedule(plan: Plan, fraction: float) -> float:
    """Factor of the learning rate when `fraction` (0..1) of the run is done."""
    if fraction < plan.warmup:
        return max(fraction / plan.warmup, 1e-3)
    left = (fraction - plan.warmup) / max(1e-9, 1 - plan.warmup)
    left = min(1.0, left)
    if plan.decay == "none":
        return 1.0
    curve = 1 - left if plan.decay == "linear" else 0.5 + 0.5 * math.cos(math.pi * left)
    return plan.floor + (1 - plan.floor) * curve


def set_lr(optimizers: Iterable[torch.optim.Optimizer], factor: float) -> None:
    """Sets every group's rate to its own base times `factor`."""
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = group["base_lr"] * factor


def power_ema_beta(step: int, sigma_rel: float) -> float:
    """Decay of the power-function average after `step` updates (Karras et al. 2312.02696, eq. 3).

    Its width stays the fraction sigma_rel of the run so far, whatever the run's length.
    """
    t = sigma_rel**-2
    gamma = float(np.roots([1, 7, 16 - t, 12 - t]).real.max())
    return (1 - 1 / max(step, 1)) ** (gamma + 1)


@torch.no_grad()
def update_ema(average: Sequence[Tensor], current: Sequence[Tensor], beta: float) -> None:
    """average <- beta * average + (1 - beta) * current, in place."""
    torch._foreach_lerp_(list(average), list(current), 1 - beta)


def _is_edge(name: str) -> bool:
    """First and last layers keep AdamW: their rows are pixels or latents, not features."""
    return any(part in name for part in ("conv_in.", "conv_out.", "quant_conv."))
