"""From what requests say to the denoiser that obeys it: words, guidance, what is unwanted, and drawings.

The one place where a denoiser is put together, for a picture that somebody waits for and for a batch alike. A single
request uses the quick passes and the memory; a batch, of requests that differ in words, seeds and drawings only,
goes through the plain networks at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from studio_app.core.capabilities import SAMPLERS
from studio_app.core.request import GenerationRequest
from studio_app.engine import avoidance
from studio_app.engine.controls import Features, adapter_input, residuals
from studio_app.engine.denoisers import (
    ControlsAt,
    Denoising,
    Prepared,
    Remember,
    forgetful,
    student,
    teacher,
    unet_pass,
)
from studio_app.engine.memory import Memory
from studio_app.engine.model import Model
from studio_app.engine.samplers import Denoiser
from studio_app.engine.tiling import circular_padding


def denoiser_of(
    requests: Sequence[GenerationRequest], model: Model, memory: Memory, grid: Sequence[int]
) -> Denoiser:
    """For latents [B, C, h, w] of these requests along `grid`. StudioError where the model lacks a part."""
    first, alone = requests[0], len(requests) == 1
    slow = SAMPLERS[first.sampler].teacher
    positive = _words(requests, model, memory)
    unet = model.teacher if slow else model.unet
    network = Denoising(
        unet,
        model.denoising(unet) if alone and not any(first.tile) else unet_pass(unet),
        model.abar,
        model.prediction,
        model.device,
        first.tile,
        grid,
        _controls(requests, model, memory, len(grid)),
        _remembering(first, memory) if alone else forgetful,
    )
    if slow:
        negative = _unwanted(requests, model, memory)
        return _inferring(teacher(network, positive, negative, first.guidance_scale))
    shift = None
    if first.negative_prompt.strip():
        with torch.inference_mode():
            empty = _embedding(model, memory, "")
            shift = avoidance.shift(unet, empty, _unwanted(requests, model, memory))
    return _inferring(
        student(
            network,
            positive,
            first.guidance_scale,
            target_time=model.capabilities.target_time,
            shift=shift,
        )
    )


def _words(requests: Sequence[GenerationRequest], model: Model, memory: Memory) -> Tensor:
    return _joined([_embedding(model, memory, r.prompt, r.kind) for r in requests])


def _unwanted(requests: Sequence[GenerationRequest], model: Model, memory: Memory) -> Tensor:
    return _joined([_embedding(model, memory, r.negative_prompt.strip()) for r in requests])


def _embedding(model: Model, memory: Memory, prompt: str, kind: str | None = None) -> Tensor:
    def encode() -> Tensor:
        embedding = model.text.encode(prompt, kind)
        return embedding.to(model.device.place, model.device.dtype)

    return memory.embeddings.get((prompt, kind), lambda: memory.timed("text", encode))


def _remembering(request: GenerationRequest, memory: Memory) -> Remember:
    """By everything that a denoiser is told before it sees x_t."""
    slow, tiled = SAMPLERS[request.sampler].teacher, any(request.tile)
    unwanted = request.negative_prompt.strip()
    words = (slow, tiled, request.prompt, request.kind, unwanted, request.guidance_scale)

    def remember(times: tuple[int, int], make: Callable[[], Prepared]) -> Prepared:
        return memory.prepared.get((*words, *times), make)

    return remember


def _controls(
    requests: Sequence[GenerationRequest], model: Model, memory: Memory, n: int
) -> ControlsAt:
    """The residuals by step. A control that acts on none of the n steps is not even looked at."""
    first = requests[0]
    # Without words to avoid the teacher runs once; with, what it is told is repeated for both halves.
    guided = SAMPLERS[first.sampler].teacher and first.guidance_scale != 1.0
    places = [
        place
        for place, control in enumerate(first.controls)
        if any(control.acts(i, n) for i in range(n))
    ]
    if len(requests) == 1:
        features = [_features(first, place, model, memory) for place in places]
    else:
        features = [_features_of_all(requests, place, model) for place in places]
        if guided:
            features = [tuple(torch.cat([f, f]) for f in levels) for levels in features]
    controls = [first.controls[place] for place in places]
    gains = model.capabilities.control_gain
    return lambda i: residuals(controls, features, i, n, gains)


def _features(request: GenerationRequest, place: int, model: Model, memory: Memory) -> Features:
    control, size = request.controls[place], (request.width, request.height)
    adapter = model.adapter(control.kind)

    def compute() -> Features:
        picture = adapter_input(control, adapter.config.in_channels, *size)
        picture = picture.to(model.device.place, model.device.dtype)
        with torch.inference_mode():
            if not any(request.tile):
                return model.features(control.kind)(picture)
            with circular_padding((adapter,), *request.tile):
                return tuple(adapter(picture))

    key = (control.drawing, size, request.tile)
    return memory.features.get(key, lambda: memory.timed("control", compute))


def _features_of_all(requests: Sequence[GenerationRequest], place: int, model: Model) -> Features:
    first = requests[0]
    adapter = model.adapter(first.controls[place].kind)
    channels, size = adapter.config.in_channels, (first.width, first.height)
    drawn = [adapter_input(request.controls[place], channels, *size) for request in requests]
    pictures = torch.cat(drawn).to(model.device.place, model.device.dtype)
    with torch.inference_mode(), circular_padding((adapter,), *first.tile):
        return tuple(adapter(pictures))


def _joined(tensors: list[Tensor]) -> Tensor:
    return tensors[0] if len(tensors) == 1 else torch.cat(tensors)


def _inferring(denoise: Denoiser) -> Denoiser:
    """`denoise` without autograd. Per call, since a generator would leak the mode into its consumer."""

    def wrapped(x_t: Tensor, t: int, target: int) -> tuple[Tensor, Tensor]:
        with torch.inference_mode():
            return denoise(x_t, t, target)

    return wrapped
