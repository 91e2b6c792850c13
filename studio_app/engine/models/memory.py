"""What was computed with one model, kept by content: an edit recomputes only what it touched."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from studio_app.core.capabilities import SAMPLERS
from studio_app.core.request import GenerationRequest
from studio_app.engine.cache import ContentCache
from studio_app.engine.controls.features import Features
from studio_app.engine.denoising.unets import Prepared, Remember
from studio_app.engine.diffusion.samplers import Jump
from studio_app.engine.words.conditioning import Conditioning

Value = TypeVar("Value")

FEW, MANY = 128 << 20, 512 << 20
"""Bytes that a memory of one kind holds at most: what a network is told of a long prompt takes 8 MB, what it makes of a
drawing many times that."""


@dataclass
class Memory:
    """Of one model; another begins with an empty one. Belongs to the engine's thread.

    prompts: by (prompt, kind). features: of a drawing. encoded: latents of pictures to start from. noises: by
    seed. prepared: what a denoiser knows before it sees x_t. jumps: the coefficients of a whole run. starts: previews
    of pure noise. times: milliseconds that the newest run spent on "text" and "control"; 0 where they were known.
    """

    prompts: ContentCache[Conditioning] = field(default_factory=lambda: ContentCache(64, FEW))
    features: ContentCache[Features] = field(default_factory=lambda: ContentCache(32, MANY))
    encoded: ContentCache[Tensor] = field(default_factory=lambda: ContentCache(8, FEW))
    noises: ContentCache[list[Tensor]] = field(default_factory=lambda: ContentCache(16, FEW))
    prepared: ContentCache[Prepared] = field(default_factory=lambda: ContentCache(64, MANY))
    jumps: ContentCache[tuple[Jump, ...]] = field(default_factory=lambda: ContentCache(64))
    starts: ContentCache[NDArray[np.uint8]] = field(default_factory=lambda: ContentCache(16, FEW))
    times: dict[str, float] = field(default_factory=dict[str, float])

    def begin(self) -> None:
        """A run begins: nothing was spent on it yet."""
        self.times = {"text": 0.0, "control": 0.0}

    def remembering(self, request: GenerationRequest, reading: tuple[object, ...]) -> Remember:
        """`prepared`, by everything that a denoiser is told before it sees x_t. reading: what changes how its prompts
        are read."""
        slow, tiled = SAMPLERS[request.sampler].teacher, any(request.tile)
        unwanted = request.negative_prompt.strip()
        words = (slow, tiled, request.prompt, request.kind, unwanted, request.guidance_scale)
        size = request.width, request.height  # SDXL is told of it

        def remember(times: tuple[float, float], make: Callable[[], Prepared]) -> Prepared:
            return self.prepared.get((*words, *size, *reading, *times), make)

        return remember

    def timed(self, stage: str, make: Callable[[], Value]) -> Value:
        began = time.perf_counter()
        value = make()
        self.times[stage] = self.times.get(stage, 0.0) + (time.perf_counter() - began) * 1000
        return value
