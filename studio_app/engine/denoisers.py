"""The two denoisers of a model as functions `denoise(x_t, t, target) -> (denoised, eps_hat)`.

All that depends only on words, guidance and timestep is prepared once, and remembered for the next picture by
whoever calls; a step is one forward pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
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


Prepared = tuple[Tensor | None, ...]
Remember = Callable[[tuple[int, int], Callable[[], Prepared]], Prepared]
"""`(t, target), make` -> what `make` gave for these last time, for the same words and guidance, or gives now."""


@dataclass(frozen=True)
class Pass:
    """A U-Net's forward pass in two parts.

    prepare: (timestep, embeddings, condition or None, shift of the pooled prompt or None) -> all that does not
    depend on the picture.
    run: (x_t, *prepared, *residuals) -> output.
    """

    prepare: Callable[[Tensor, Tensor, Tensor | None, Tensor | None], Prepared]
    run: Callable[..., Tensor]


def unet_pass(unet: Any) -> Pass:
    """The plain one, of a diffusers U-Net: nothing is done ahead."""

    def run(
        x_t: Tensor,
        t: Tensor,
        embeddings: Tensor,
        condition: Tensor | None,
        shift: Tensor | None,
        *residuals: Tensor,
    ) -> Tensor:
        with _pooled_moved(unet, shift):
            return unet(
                x_t,
                t,
                encoder_hidden_states=embeddings,
                timestep_cond=condition,
                # The U-Net empties the list it is given: a fresh one each time, or step 2 has no control.
                down_intrablock_additional_residuals=list(residuals) if residuals else None,
                return_dict=False,
            )[0]

    return Pass(lambda *given: given, run)


@contextmanager
def _pooled_moved(unet: Any, shift: Tensor | None) -> Iterator[None]:
    if shift is None:
        yield
        return
    hook = unet.add_embedding.register_forward_hook(lambda module, given, pooled: pooled + shift)
    try:
        yield
    finally:
        hook.remove()


def forgetful(_: tuple[int, int], make: Callable[[], Prepared]) -> Prepared:
    """A `Remember` that doesn't."""
    return make()


@dataclass(frozen=True)
class Denoising:
    """A U-Net as one run uses it.

    forward: a pass of it; where something tiles, the plain one. tile: on x, on y. grid: the run's timesteps, by
    which `controls` are asked.
    """

    unet: Any
    forward: Pass
    abar: Tensor
    prediction: Prediction
    device: Device
    tile: tuple[bool, bool]
    grid: Sequence[int]
    controls: ControlsAt
    remember: Remember = forgetful

    def asked(self, x: Tensor, t: int, ready: Prepared) -> Tensor:
        """The network's output, float32, at timestep t of the grid."""
        picture = x.to(self.device.dtype).contiguous(memory_format=self.device.memory_format)
        added = self.controls(self.grid.index(t)) or ()
        with circular_padding((self.unet,), *self.tile):
            output = self.forward.run(picture, *ready, *added)
        return output.float()


def student(
    network: Denoising,
    embeddings: Tensor,
    guidance_scale: float,
    *,
    target_time: bool,
    shift: Tensor | None = None,
) -> Denoiser:
    """The distilled x_0 function: guidance is an embedding of w = guidance_scale - 1, one pass a step.

    embeddings: [B, L, D]. A U-Net without time_cond_proj_dim is asked without guidance. shift: of a negative
    prompt (`avoidance`).
    """
    device = network.device
    dim: int | None = network.unet.config.time_cond_proj_dim

    def prepared(t: int, target: int) -> Prepared:
        condition = None
        if dim is not None:
            w = guidance_embedding(guidance_scale - 1.0, dim)
            both = w + target_embedding(target, dim) if target_time and target > 0 else w
            condition = both.to(device.place, device.dtype)
        times = torch.tensor([t], device=device.place)
        return network.forward.prepare(times, embeddings, condition, shift)

    def denoise(x_t: Tensor, t: int, target: int) -> tuple[Tensor, Tensor]:
        ready = network.remember((t, target), lambda: prepared(t, target))
        output = network.asked(x_t, t, ready)
        return predict_x0_eps(output, x_t, t, network.abar, network.prediction)

    return denoise


def teacher(
    network: Denoising, positive: Tensor, negative: Tensor, guidance_scale: float
) -> Denoiser:
    """True classifier-free guidance (Ho and Salimans 2207.12598), both halves in one batch.

    out = out_neg + guidance_scale (out_pos - out_neg); at 1 only the positive is run. Controls go to both.
    positive, negative: [B, L, D].
    """
    device = network.device
    guided = guidance_scale != 1.0
    embeddings = torch.cat([negative, positive]) if guided else positive
    dim: int | None = network.unet.config.time_cond_proj_dim
    blank = None
    if dim is not None:
        blank = torch.zeros(len(embeddings), dim, device=device.place, dtype=device.dtype)

    def prepared(t: int) -> Prepared:
        both = torch.tensor([t] * len(embeddings), device=device.place)
        return network.forward.prepare(both, embeddings, blank, None)

    def denoise(x_t: Tensor, t: int, target: int) -> tuple[Tensor, Tensor]:
        batch = torch.cat([x_t, x_t]) if guided else x_t
        ready = network.remember((t, 0), lambda: prepared(t))
        output = network.asked(batch, t, ready)
        if guided:
            without, with_words = output.chunk(2)
            output = without + guidance_scale * (with_words - without)
        return predict_x0_eps(output, x_t, t, network.abar, network.prediction)

    return denoise
