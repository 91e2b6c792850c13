"""Many pictures in one pass: for measuring and for sheets, where nobody waits for the first.

The same networks, samplers and noises as the engine's own loop. A batch's sums may round otherwise than those of
a single picture, so the last bits differ; the picture does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from studio_app.core.request import GenerationRequest
from studio_app.engine.cache import ContentCache
from studio_app.engine.diffusion.samplers import Course, sample
from studio_app.engine.drawing.checks import check_request
from studio_app.engine.drawing.course import jumps_of, noises_of
from studio_app.engine.models.family import Model
from studio_app.engine.models.memory import Memory

KEPT_TEXTS = 4096
"""Whoever measures asks for the same words again and again."""


@dataclass(frozen=True, eq=False)
class Painted:
    """rgb uint8 [B, H, W, 3]; latents float32 [B, C, h, w], what they were decoded from."""

    rgb: NDArray[np.uint8]
    latents: NDArray[np.float32]


class BatchPainter:
    """Draws requests that differ in words, seeds and drawings only. Keeps the embeddings of its texts."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._memory = Memory(prompts=ContentCache(KEPT_TEXTS))

    @torch.inference_mode()
    def paint(self, requests: Sequence[GenerationRequest]) -> Painted:
        """The final pictures, in order. ValueError where the requests are no batch; else as the engine."""
        first, model, memory = requests[0], self.model, self._memory
        for request in requests:
            if alike(request, model) != alike(first, model) or not _plain(request):
                raise ValueError("these requests are no batch")
            check_request(request, model.capabilities, model.name)
        noises = noises_of(requests, model, memory)
        course = Course(noises[0], jumps_of(first, model, memory), noises[1:])
        x_0 = noises[0]
        for step in sample(model.denoiser(requests, memory, first.steps), course):
            x_0 = step.denoised
        rgb = [
            model.decode(x_0[i : i + 1], first.tile, quick=False)[:, :, 2::-1]
            for i in range(len(requests))
        ]
        return Painted(np.ascontiguousarray(np.stack(rgb)), x_0.float().cpu().numpy())


def alike(request: GenerationRequest, model: Model) -> tuple[object, ...]:
    """What must be the same throughout a batch of this model's."""
    controls = tuple((c.kind, c.strength, c.start, c.end) for c in model.meant(request).controls)
    return (
        request.width,
        request.height,
        request.steps,
        request.sampler,
        request.guidance_scale,
        request.tile,
        request.loras,
        request.clip_skip,
        bool(request.negative_prompt.strip()),
        model.span(request),
        bool(request.controls),
        controls,
    )


def _plain(request: GenerationRequest) -> bool:
    return request.init is None and request.mask is None and request.start is None
