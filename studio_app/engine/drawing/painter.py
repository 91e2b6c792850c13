"""From the steps of a sampler to frames: previews, pictures, and what a mask keeps in place."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio_app.core.errors import StudioError
from studio_app.core.frame import Frame, FrameKind
from studio_app.core.request import GenerationRequest
from studio_app.engine.decoding import latents
from studio_app.engine.decoding.latents import fell_apart
from studio_app.engine.diffusion.levels import Level
from studio_app.engine.diffusion.samplers import Step
from studio_app.engine.diffusion.schedule import LAST
from studio_app.engine.drawing.course import course_of, init_of, noised, noises_of
from studio_app.engine.models.family import Model
from studio_app.engine.models.memory import Memory


class Painter:
    """Turns the steps of one request into frames, and keeps in place what its mask does not free.

    course: for the sampler, which has to run it.
    """

    def __init__(self, request: GenerationRequest, model: Model, memory: Memory) -> None:
        self._request = request
        self._model = model
        self._memory = memory
        self._init = init_of(request, model, memory)
        self._noise = noises_of([request], model, memory)[0]
        self._mask: Tensor | None = None
        mask = _mask(request)
        if mask is not None:
            self._mask = latents.latent_mask(mask, model.scale).to(model.device.place)
        guard = None if self._mask is None else self._keep
        self.course = course_of(request, model, memory, self._init, guard)

    def frames(self, step: Step, wanted: Collection[FrameKind]) -> Iterator[Frame]:
        """Of one step, in the order noisy, draft, denoised, final; a draft and a final one of the last step only."""
        n = self._request.steps
        last = step.i == n - 1
        if "noisy" in wanted:
            yield self._noisy(step, n)
        if last and "draft" in wanted:
            yield self._denoised(step, n, "draft")
        if "denoised" in wanted or (last and "final" in wanted):
            denoised = self._denoised(step, n)
            if "denoised" in wanted:
                yield denoised
            if last and "final" in wanted:
                yield self._final(denoised)

    def _keep(self, x_s: Tensor, at: Level) -> Tensor:
        if self._mask is None or self._init is None:
            return x_s
        original = noised(self._init, self._noise, at)
        return torch.lerp(original, x_s, self._mask)  # exact at both ends

    def _noisy(self, step: Step, n: int) -> Frame:
        def draw() -> NDArray[np.uint8]:
            return self._model.preview(step.x_t)

        # Pure noise looks the same as long as the seed does: while one paints, it is drawn once.
        key = (self._request.seed, tuple(step.x_t.shape))
        pixels = self._memory.starts.get(key, draw) if step.x_t is self._noise else draw()
        return self._frame("noisy", step, n, pixels, step.x_t)

    def _denoised(
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

    def _final(self, frame: Frame) -> Frame:
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
        copy, timestep = _on_host(latent, step, n), min(round(step.t), LAST)
        return Frame(self._request.digest, step.i + 1, n, timestep, kind, pixels, copy)


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
    pixels = model.decode(x_0, request.tile, draft=draft)
    mask = _mask(request)
    if request.init is not None and mask is not None:
        pixels = latents.composite(pixels, request.init, mask)
    return pixels


def _mask(request: GenerationRequest) -> NDArray[np.uint8] | None:
    """What may be painted anew: at strength 0 nothing, since the picture may not go from its init at all."""
    if request.init is not None and request.strength == 0:
        return np.zeros((request.height, request.width), np.uint8)
    return request.mask
