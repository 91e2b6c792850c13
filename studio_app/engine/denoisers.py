"""The two denoisers of a model as functions `denoise(x_t, t, target) -> (denoised, eps_hat)`.

All that depends only on the request (embeddings, guidance, timestep tables, controls) is ready before the
loop begins; a step is one forward pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from studio_app.engine.controls import Features
from studio_app.engine.device import Device
from studio_app.engine.samplers import Denoiser
from studio_app.engine.schedule import (
    Prediction,
    guidance_embedding,
    predict_x0_eps,
    target_embedding,
)
from studio_app.engine.tiling import circular_padding

ControlsAt = Callable[[int], Features | None]
"""The residuals at step i."""


Pass = Callable[..., Tensor]
"""A U-Net's forward pass: (x_t, timestep, embeddings, condition or None, *residuals) -> output."""


def unet_pass(unet: Any) -> Pass:
    """The plain one, of a diffusers U-Net."""

    def forward(
        x_t: Tensor, t: Tensor, embeddings: Tensor, condition: Tensor | None, *residuals: Tensor
    ) -> Tensor:
        return unet(
            x_t,
            t,
            encoder_hidden_states=embeddings,
            timestep_cond=condition,
            # The U-Net empties the list it is given: a fresh one each time, or step 2 has no control.
            down_intrablock_additional_residuals=list(residuals) if residuals else None,
            return_dict=False,
        )[0]

    return forward


class _Table:
    """What the steps of a grid need beside x_t, on the device before the first step."""

    def __init__(self, grid: Sequence[int], device: Device) -> None:
        self.index = {t: i for i, t in enumerate(grid)}
        self._timesteps = torch.tensor(list(grid), device=device.place)

    def timestep(self, t: int) -> Tensor:
        i = self.index[t]
        return self._timesteps[i : i + 1]


def student(
    unet: Any,
    embeddings: Tensor,
    guidance_scale: float,
    controls: ControlsAt,
    grid: Sequence[int],
    abar: Tensor,
    prediction: Prediction,
    device: Device,
    *,
    target_time: bool,
    tile: tuple[bool, bool],
    quick: Pass | None = None,
) -> Denoiser:
    """The distilled x_0 function: guidance is an embedding of w = guidance_scale - 1, one pass a step.

    embeddings: [1, L, D], a negative prompt already appended. A U-Net without time_cond_proj_dim is
    asked without guidance. quick: a faster pass of the same bits, for where nothing tiles.
    """
    forward = unet_pass(unet) if quick is None or any(tile) else quick
    table = _Table(grid, device)
    dim: int | None = unet.config.time_cond_proj_dim
    targets = [*grid[1:], 0]
    conditions: dict[int, Tensor] = {}
    if dim is not None:
        w = guidance_embedding(guidance_scale - 1.0, dim)
        for s in {0, *targets}:
            both = w + target_embedding(s, dim) if target_time and s > 0 else w
            conditions[s] = both.to(device.place, device.dtype)

    def denoise(x_t: Tensor, t: int, target: int) -> tuple[Tensor, Tensor]:
        output = _forward(
            forward,
            unet,
            x_t,
            table.timestep(t),
            embeddings,
            conditions.get(target),
            controls(table.index[t]),
            device,
            tile,
        )
        return predict_x0_eps(output, x_t, t, abar, prediction)

    return denoise


def teacher(
    unet: Any,
    positive: Tensor,
    negative: Tensor,
    guidance_scale: float,
    controls: ControlsAt,
    grid: Sequence[int],
    abar: Tensor,
    prediction: Prediction,
    device: Device,
    *,
    tile: tuple[bool, bool],
    quick: Pass | None = None,
) -> Denoiser:
    """True classifier-free guidance (Ho and Salimans 2207.12598), both halves in one batch.

    out = out_neg + guidance_scale (out_pos - out_neg); at 1 only the positive is run. Controls go to both.
    quick: as of `student`.
    """
    forward = unet_pass(unet) if quick is None or any(tile) else quick
    table = _Table(grid, device)
    guided = guidance_scale != 1.0
    embeddings = torch.cat([negative, positive]) if guided else positive
    dim: int | None = unet.config.time_cond_proj_dim
    blank = None
    if dim is not None:
        blank = torch.zeros(len(embeddings), dim, device=device.place, dtype=device.dtype)

    def denoise(x_t: Tensor, t: int, target: int) -> tuple[Tensor, Tensor]:
        batch = torch.cat([x_t, x_t]) if guided else x_t
        output = _forward(
            forward,
            unet,
            batch,
            table.timestep(t).expand(len(batch)),
            embeddings,
            blank,
            controls(table.index[t]),
            device,
            tile,
        )
        if guided:
            without, with_words = output.chunk(2)
            output = without + guidance_scale * (with_words - without)
        return predict_x0_eps(output, x_t, t, abar, prediction)

    return denoise


def _forward(
    forward: Pass,
    unet: Any,
    x: Tensor,
    t: Tensor,
    embeddings: Tensor,
    condition: Tensor | None,
    residuals: Features | None,
    device: Device,
    tile: tuple[bool, bool],
) -> Tensor:
    picture = x.to(device.dtype).contiguous(memory_format=device.memory_format)
    with circular_padding((unet,), *tile):
        output = forward(picture, t, embeddings, condition, *(residuals or ()))
    return output.float()
