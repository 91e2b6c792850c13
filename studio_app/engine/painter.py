"""From the steps of a sampler to frames: previews, pictures, and what a mask keeps in place."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio_app.core.errors import StudioError
from studio_app.core.frame import Frame, FrameKind
from studio_app.core.request import GenerationRequest
from studio_app.engine import latents
from studio_app.engine.cache import ContentCache
from studio_app.engine.latents import fell_apart
from studio_app.engine.model import Model
from studio_app.engine.samplers import Course, Step
from studio_app.engine.schedule import add_noise
from studio_app.engine.tiling import circular_padding


class Painter:
    """Turns the steps of one request into frames, and knows its init picture and mask."""

    def __init__(
        self,
        request: GenerationRequest,
        model: Model,
        init: Tensor | None,
        starts: ContentCache[NDArray[np.uint8]],
    ) -> None:
        self._request = request
        self._model = model
        self._init = init
        self._starts = starts
        self._noise: Tensor | None = None
        self._mask: Tensor | None = None
        mask = _mask(request)
        if mask is not None:
            self._mask = latents.latent_mask(mask, model.scale).to(model.device.place)

    def course(self, grid: list[int], noises: list[Tensor]) -> Course:
        """Where the sampler starts, and what keeps the unmasked part in place on the way."""
        start = self._request.start
        abar = self._model.abar
        x_t, first = noises[0], 0
        self._noise = x_t
        if start is not None:
            expected = tuple(noises[0].shape[1:])
            if start.latent.shape != expected:
                raise StudioError(
                    "The start does not fit the picture",
                    f"its latent is {start.latent.shape}, and this size needs {expected}",
                )
            x_t = torch.from_numpy(start.latent.copy())[None].to(self._model.device.place)
            first = start.step
        elif self._init is not None:
            x_t = add_noise(self._init, noises[0], grid[0], abar)

        def keep(x_s: Tensor, s: int) -> Tensor:
            if self._mask is None or self._init is None:
                return x_s
            original = add_noise(self._init, noises[0], s, abar) if s > 0 else self._init
            return torch.lerp(original, x_s, self._mask)  # exact at both ends

        return Course(x_t, grid, abar, noises[1:], first, keep if self._mask is not None else None)

    def noisy(self, step: Step, n: int) -> Frame:
        def draw() -> NDArray[np.uint8]:
            matrix, bias = self._model.latent_rgb
            return latents.preview(step.x_t, matrix, bias, self._model.scale)

        # Pure noise looks the same as long as the seed does: while one paints, it is drawn once.
        key = (self._request.seed, tuple(step.x_t.shape))
        pixels = self._starts.get(key, draw) if step.x_t is self._noise else draw()
        return self._frame("noisy", step, n, pixels, step.x_t)

    def denoised(
        self, step: Step, n: int, kind: Literal["denoised", "draft"] = "denoised"
    ) -> Frame:
        x_0 = step.denoised
        if self._mask is not None and self._init is not None:
            x_0 = torch.lerp(self._init, x_0, self._mask)
        try:
            pixels = decoded(self._request, self._model, x_0, draft=kind == "draft")
        except StudioError:
            _on_host(x_0, step, n)  # where it was broken before it was decoded, this says so
            raise
        return self._frame(kind, step, n, pixels, x_0)

    def final(self, frame: Frame) -> Frame:
        return Frame(
            frame.request,
            frame.step,
            frame.steps,
            frame.timestep,
            "final",
            frame.pixels,
            frame.latent,
        )

    def _frame(
        self, kind: FrameKind, step: Step, n: int, pixels: NDArray[np.uint8], latent: Tensor
    ) -> Frame:
        copy = _on_host(latent, step, n)
        return Frame(self._request.digest, step.i + 1, n, step.t, kind, pixels, copy)


def _on_host(latent: Tensor, step: Step, n: int) -> NDArray[np.float32]:
    """float32 [C, h, w] of a latent. StudioError where it holds NaN or infinity."""
    # The copy to the host has just waited for the device: looking for NaN here costs no sync.
    copy = latent[0].float().cpu().numpy().copy()
    if not np.isfinite(copy).all():
        raise fell_apart(f"step {step.i + 1} of {n}")
    return copy


def decoded(
    request: GenerationRequest, model: Model, x_0: Tensor, *, draft: bool = False
) -> NDArray[np.uint8]:
    """uint8 [H, W, 4] BGRA of an x_0 [1, C, h, w]; outside the mask it is the init, bit for bit.

    draft: by the model's smaller decoder, if it has one; a picture that tiles has no draft.
    """
    quick = model.draft if draft else model.decoder
    vae = model.vae if any(request.tile) else quick
    with circular_padding((model.vae,), *request.tile), torch.inference_mode():
        pixels = latents.decode(vae, x_0, model.device)
    mask = _mask(request)
    if request.init is not None and mask is not None:
        pixels = latents.composite(pixels, request.init, mask)
    return pixels


def _mask(request: GenerationRequest) -> NDArray[np.uint8] | None:
    """What may be painted anew: at strength 0 nothing, since the picture may not go from its init at all."""
    if request.init is not None and request.strength == 0:
        return np.zeros((request.height, request.width), np.uint8)
    return request.mask


def latent_size(request: GenerationRequest, model: Model) -> tuple[int, int]:
    """(height, width) of the latent. StudioError where the model can't do that size."""
    if request.height % model.scale or request.width % model.scale:
        raise StudioError(f"This model needs sizes that are multiples of {model.scale}")
    return request.height // model.scale, request.width // model.scale
