"""Where a run begins and along which levels it goes: its jumps, its noises, the latent of a picture to start from."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from studio_app.core.arrays import digest
from studio_app.core.capabilities import SAMPLERS as FACTS
from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.engine.device import seeded_noise, sent
from studio_app.engine.diffusion.levels import Level
from studio_app.engine.diffusion.samplers import SAMPLERS, Course, Guard, Jump, jumps
from studio_app.engine.diffusion.schedule import LAST
from studio_app.engine.models.family import Model
from studio_app.engine.models.memory import Memory


def latent_size(request: GenerationRequest, model: Model) -> tuple[int, int]:
    """(height, width) of the latent. StudioError where the model can't do that size."""
    if request.height % model.scale or request.width % model.scale:
        raise StudioError(f"This model needs sizes that are multiples of {model.scale}")
    return request.height // model.scale, request.width // model.scale


def latent_shape(request: GenerationRequest, model: Model) -> tuple[int, int, int]:
    """[C, h, w]"""
    return (model.latent_channels, *latent_size(request, model))


def jumps_of(request: GenerationRequest, model: Model, memory: Memory) -> tuple[Jump, ...]:
    """The request's steps with their coefficients: all are spent between where `strength` enters and clean."""
    n, sampler = request.steps, request.sampler
    start = LAST if request.init is None else max(round(LAST * request.strength), n)
    schedule, spacing = model.schedule_of(request), model.spacing_of(sampler, n)
    key = (sampler, n, start, spacing, schedule.key)
    return memory.jumps.get(key, lambda: jumps(SAMPLERS[sampler], schedule, n, start, spacing))


def noised(x_0: Tensor, noise: Tensor, at: Level) -> Tensor:
    """The forward process: x_t at a level."""
    return at.alpha * x_0 + at.sigma * noise


def noises_of(requests: Sequence[GenerationRequest], model: Model, memory: Memory) -> list[Tensor]:
    """Of requests that share size, steps and sampler, each [B, C, h, w]: the first is where the run starts from,
    number 1 + i is for step i, where the sampler wants it."""
    each = [_noises(request, model, memory) for request in requests]
    return each[0] if len(each) == 1 else [torch.cat(rows) for rows in zip(*each, strict=True)]


def _noises(request: GenerationRequest, model: Model, memory: Memory) -> list[Tensor]:
    shape = (1, *latent_shape(request, model))
    draws = request.steps + 1 if FACTS[request.sampler].noisy else 1

    def draw() -> list[Tensor]:
        noises = seeded_noise(request.seed, shape, draws)
        return [sent(noise, model.device.place) for noise in noises]

    return memory.noises.get((request.seed, shape, draws), draw)


def init_of(request: GenerationRequest, model: Model, memory: Memory) -> Tensor | None:
    """The latent [1, C, h, w] of the picture to start from, if there is one."""
    init = request.init
    if init is None:
        return None

    key = (digest(init), request.tile)
    return memory.encoded.get(key, lambda: model.encode(init, request.tile))


def course_of(
    request: GenerationRequest,
    model: Model,
    memory: Memory,
    init: Tensor | None,
    guard: Guard | None = None,
) -> Course:
    """Where the sampler starts and how it goes on. init: as of `init_of`. guard: what stays in place on the way.

    StudioError where a branch's start does not fit.
    """
    way, noises = jumps_of(request, model, memory), noises_of([request], model, memory)
    x_t, first = noises[0], 0
    start = request.start
    if start is not None:
        expected = tuple(noises[0].shape[1:])
        if start.latent.shape != expected:
            raise StudioError(
                "The start does not fit the picture",
                f"its latent is {start.latent.shape}, and this size needs {expected}",
            )
        x_t = sent(torch.from_numpy(start.latent.copy())[None], model.device.place)
        first = start.step
    elif init is not None:
        x_t = noised(init, noises[0], way[0].here)
    return Course(x_t, way, noises[1:], first, guard)
