"""Many pictures in one pass: for measuring and for sheets, where nobody waits for the first.

The same networks, samplers and noises as the engine's own loop. A batch's sums may round otherwise than those of
a single picture, so the last bits differ; the picture does not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio_app.core.capabilities import SAMPLERS as FACTS
from studio_app.core.request import GenerationRequest
from studio_app.engine import avoidance, latents
from studio_app.engine.checks import check_request
from studio_app.engine.controls import Features, adapter_input, residuals
from studio_app.engine.denoisers import student, teacher
from studio_app.engine.device import seeded_noise
from studio_app.engine.model import Model
from studio_app.engine.painter import latent_size
from studio_app.engine.samplers import SAMPLERS, Course, Denoiser
from studio_app.engine.schedule import consistency_timesteps
from studio_app.engine.tiling import circular_padding


@dataclass(frozen=True, eq=False)
class Painted:
    """rgb uint8 [B, H, W, 3]; latents float32 [B, C, h, w], what they were decoded from."""

    rgb: NDArray[np.uint8]
    latents: NDArray[np.float32]


class BatchPainter:
    """Draws requests that differ in words, seeds and drawings only. Keeps the embeddings of its texts."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._embeddings: dict[tuple[str, str | None], Tensor] = {}

    @torch.inference_mode()
    def paint(self, requests: Sequence[GenerationRequest]) -> Painted:
        """The final pictures, in order. ValueError where the requests are no batch; else as the engine."""
        first, model = requests[0], self.model
        for request in requests:
            if _shared(request) != _shared(first) or not _plain(request):
                raise ValueError("these requests are no batch")
            check_request(request, model.capabilities, model.folder.name)
        grid = consistency_timesteps(first.steps)
        noises = self._noises(requests)
        course = Course(noises[0], grid, model.abar, noises[1:])
        x_0 = noises[0]
        for step in SAMPLERS[first.sampler](self._denoiser(requests, grid), course):
            x_0 = step.denoised
        with circular_padding((model.vae,), *first.tile):
            rgb = [
                latents.decode(model.vae, x_0[i : i + 1], model.device)[:, :, 2::-1]
                for i in range(len(requests))
            ]
        return Painted(np.ascontiguousarray(np.stack(rgb)), x_0.float().cpu().numpy())

    def _noises(self, requests: Sequence[GenerationRequest]) -> list[Tensor]:
        first = requests[0]
        shape = (1, self.model.unet.config.in_channels, *latent_size(first, self.model))
        draws = first.steps + 1 if FACTS[first.sampler].noisy else 1
        each = [seeded_noise(request.seed, shape, draws) for request in requests]
        return [torch.cat(rows).to(self.model.device.place) for rows in zip(*each, strict=True)]

    def _denoiser(self, requests: Sequence[GenerationRequest], grid: list[int]) -> Denoiser:
        first, model = requests[0], self.model
        positive = torch.cat([self._embedding(r.prompt, r.kind) for r in requests])
        is_teacher = FACTS[first.sampler].teacher
        doubled = is_teacher and first.guidance_scale != 1.0
        controls = self._controls(requests, len(grid), 2 if doubled else 1)
        if is_teacher:
            negative = torch.cat([self._embedding(r.negative_prompt.strip()) for r in requests])
            return teacher(
                model.teacher,
                positive,
                negative,
                first.guidance_scale,
                controls,
                grid,
                model.abar,
                model.prediction,
                model.device,
                tile=first.tile,
            )
        shift = None
        if first.negative_prompt.strip():
            unwanted = torch.cat([self._embedding(r.negative_prompt.strip()) for r in requests])
            shift = avoidance.shift(model.unet, self._embedding(""), unwanted)
        return student(
            model.unet,
            positive,
            first.guidance_scale,
            controls,
            grid,
            model.abar,
            model.prediction,
            model.device,
            target_time=model.capabilities.target_time,
            tile=first.tile,
            shift=shift,
        )

    def _controls(
        self, requests: Sequence[GenerationRequest], steps: int, copies: int
    ) -> Callable[[int], Features | None]:
        """copies: how many times the batch is repeated in one pass (true guidance: twice)."""
        first, model = requests[0], self.model
        features: list[Features] = []
        for place, control in enumerate(first.controls):
            adapter = model.adapter(control.kind)
            channels = adapter.config.in_channels
            drawn = [
                adapter_input(r.controls[place], channels, first.width, first.height)
                for r in requests
            ]
            pictures = torch.cat(drawn).to(model.device.place, model.device.dtype)
            with circular_padding((adapter,), *first.tile):
                features.append(tuple(torch.cat([f] * copies) for f in adapter(pictures)))
        return lambda i: residuals(first.controls, features, i, steps)

    def _embedding(self, prompt: str, kind: str | None = None) -> Tensor:
        key = prompt, kind
        if key not in self._embeddings:
            embedding = self.model.text.encode(prompt, kind)
            device = self.model.device
            self._embeddings[key] = embedding.to(device.place, device.dtype)
        return self._embeddings[key]


def _shared(request: GenerationRequest) -> tuple[object, ...]:
    """What must be the same throughout a batch."""
    controls = tuple((c.kind, c.strength, c.start, c.end) for c in request.controls)
    return (
        request.width,
        request.height,
        request.steps,
        request.sampler,
        request.guidance_scale,
        request.tile,
        bool(request.negative_prompt.strip()),
        controls,
    )


def _plain(request: GenerationRequest) -> bool:
    return request.init is None and request.mask is None and request.start is None
