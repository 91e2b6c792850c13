"""From the steps of a sampler to frames: previews, pictures, and what a mask keeps in place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio_app.core.engine import Wanted
from studio_app.core.frame import Frame, FrameKind
from studio_app.core.request import GenerationRequest
from studio_app.engine.decoding import latents
from studio_app.engine.decoding.latents import Drawn, fell_apart
from studio_app.engine.device import sent
from studio_app.engine.diffusion.levels import Level
from studio_app.engine.diffusion.samplers import Step
from studio_app.engine.diffusion.schedule import LAST
from studio_app.engine.drawing.course import course_of, init_of, noised, noises_of
from studio_app.engine.models.family import Model
from studio_app.engine.models.memory import Memory
from studio_app.engine.operators.delivery import Delivery, Parcel


class Painter:
    """Turns the steps of one request into frames, and keeps in place what its mask does not free.

    course: for the sampler, which has to run it.
    """

    def __init__(
        self, request: GenerationRequest, model: Model, memory: Memory, delivery: Delivery
    ) -> None:
        self._delivery = delivery
        self._request = request
        self._model = model
        self._memory = memory
        self._init = init_of(request, model, memory)
        self._noise = noises_of([request], model, memory)[0]
        self._mask: Tensor | None = None
        mask = _mask(request)
        if mask is not None:
            self._mask = sent(latents.latent_mask(mask, model.scale), model.device.place)
        guard = None if self._mask is None else self._keep
        self.course = course_of(request, model, memory, self._init, guard)

    def frames(self, step: Step, wanted: Collection[Wanted]) -> Iterator[Pending]:
        """Of one step, each begun when it is asked for, in the order noisy, draft, denoised, final; a final one of the
        last step only, and, unless drafts are wanted, a draft too."""
        last = step.i == self._request.steps - 1
        if "noisy" in wanted:
            yield self._noisy(step)
        if ("draft" if last else "drafts") in wanted:
            yield self._denoised(step, ("draft",))
            if not last:
                return
        both: tuple[FrameKind, ...] = ("denoised", "final") if last else ("denoised",)
        kinds: tuple[FrameKind, ...] = tuple(kind for kind in both if kind in wanted)
        if kinds:
            yield self._denoised(step, kinds)

    def _keep(self, x_s: Tensor, at: Level) -> Tensor:
        if self._mask is None or self._init is None:
            return x_s
        original = noised(self._init, self._noise, at)
        return torch.lerp(original, x_s, self._mask)  # exact at both ends

    @torch.inference_mode()
    def _noisy(self, step: Step) -> Pending:
        # Pure noise looks the same as long as the seed does: while one paints, it is drawn once.
        key = (self._request.seed, tuple(step.x_t.shape))
        starts, pure = self._memory.starts, step.x_t is self._noise
        if pure and key in starts:
            known = starts.get(key, lambda: np.empty(0, np.uint8))
            return self._sent(("noisy",), step, step.x_t, None, lambda _: known)
        with self._delivery.beside():
            drawn = self._model.preview(step.x_t)

        def finish(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
            pixels = drawn.finish(levels)
            return starts.get(key, lambda: pixels) if pure else pixels

        return self._sent(("noisy",), step, step.x_t, drawn.levels, finish)

    @torch.inference_mode()
    def _denoised(self, step: Step, kinds: tuple[FrameKind, ...]) -> Pending:
        x_0 = step.denoised
        with self._delivery.beside():
            if self._mask is not None and self._init is not None:
                x_0 = torch.lerp(self._init, x_0, self._mask)
            drawn = self._model.drawn_of(x_0, self._request.tile, draft="draft" in kinds)
        finish = _finished(self._request, drawn)
        return self._sent(kinds, step, x_0, drawn.levels, finish)

    def _sent(
        self,
        kinds: tuple[FrameKind, ...],
        step: Step,
        latent: Tensor,
        levels: Tensor | None,
        finish: Callable[[NDArray[np.uint8]], NDArray[np.uint8]],
    ) -> Pending:
        with self._delivery.beside():
            sent = [latent[0].float(), *(() if levels is None else (levels,))]
            parcel = self._delivery.send(sent, (latent, step.x_t, step.denoised))
        return Pending(self._request, step, kinds, parcel, finish)


@dataclass(frozen=True)
class Pending:
    """Frames of one step, on their way to the host. kinds: one for each."""

    request: GenerationRequest
    step: Step
    kinds: tuple[FrameKind, ...]
    parcel: Parcel
    finish: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]

    def frames(self) -> Iterator[Frame]:
        """Waits until they are there. StudioError where they hold NaN or infinity."""
        latent, *levels = self.parcel.take()
        step, n = self.step, self.request.steps
        if not np.isfinite(latent).all():
            raise fell_apart(f"step {step.i + 1} of {n}")
        latent, pixels = latent.copy(), self.finish(levels[0] if levels else _NOTHING)
        for kind in self.kinds:
            timestep = min(round(step.t), LAST)
            yield Frame(self.request.digest, step.i + 1, n, timestep, kind, pixels, latent)


_NOTHING = np.empty(0, np.uint8)


def decoded(
    request: GenerationRequest, model: Model, x_0: Tensor, delivery: Delivery
) -> NDArray[np.uint8]:
    """uint8 [H, W, 4] BGRA of an x_0 [1, C, h, w]; outside the mask it is the init, bit for bit. Waits for it."""
    with torch.inference_mode(), delivery.beside():
        drawn = model.drawn_of(x_0, request.tile)
        parcel = delivery.send([drawn.levels], [x_0])
    return _finished(request, drawn)(parcel.take()[0])


def _finished(
    request: GenerationRequest, drawn: Drawn
) -> Callable[[NDArray[np.uint8]], NDArray[np.uint8]]:
    mask, init = _mask(request), request.init
    if init is None or mask is None:
        return drawn.finish
    return lambda levels: latents.composite(drawn.finish(levels), init, mask)


def _mask(request: GenerationRequest) -> NDArray[np.uint8] | None:
    """What may be painted anew: at strength 0 nothing, since the picture may not go from its init at all."""
    if request.init is not None and request.strength == 0:
        return np.zeros((request.height, request.width), np.uint8)
    return request.mask
