"""Compiling a model's passes, for who chose it: by drawing pictures of its own size while somebody is told."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from studio_app.core.controls import Control
from studio_app.core.engine import LoadStopped, Progress
from studio_app.core.errors import StudioError
from studio_app.core.frame import Frame
from studio_app.core.request import GenerationRequest
from studio_app.engine.models.family import Model
from studio_app.engine.operators.compiling import compiled
from studio_app.engine.operators.one_call import made_at_once

WHAT = "Compiling the networks, which takes minutes at each load"
SHARE = 0.95
"""Of a load, that is done when this begins."""


def compile_passes(
    name: str,
    model: Model,
    draw: Callable[[GenerationRequest], Iterator[Frame]],
    progress: Progress,
) -> list[str]:
    """Those of a picture of the model's own size at its usual guidance, with and without a drawing; of a transformer
    that is the code for every size, of others other pictures are drawn as ever. What could not be compiled, a sentence
    each. Where `progress` stops it, the rest is not compiled."""
    can = model.capabilities
    width, height = can.sizes[0]
    plain = GenerationRequest(
        "a picture",
        model=name,
        sampler=can.samplers[0],
        steps=int(can.steps_of(can.samplers[0]).min),
        guidance_scale=can.guidance.default,
        width=width,
        height=height,
    )
    requests = [plain]
    if "depth" in can.controls:
        blank = Control("depth", np.zeros((height, width), np.uint8))
        requests.append(replace(plain, controls=(blank,)))
    with made_at_once(compiled), contextlib.suppress(LoadStopped, StudioError):
        for number, request in enumerate(requests):
            progress(WHAT, SHARE + number * (1 - SHARE) / len(requests))
            for _ in draw(request):
                pass
    return _refusals(model)


def passes_of(request: GenerationRequest) -> tuple[object, ...]:
    """What decides which passes a picture takes, and on what they run."""
    kinds = tuple(control.kind for control in request.controls)
    guided, unwanted = request.guidance_scale != 1.0, bool(request.negative_prompt.strip())
    return request.width, request.height, request.sampler, guided, unwanted, request.tile, kinds


def compile_for(
    request: GenerationRequest, model: Model, draw: Callable[[GenerationRequest], Iterator[Frame]]
) -> list[str]:
    """Those of one picture, by drawing it in few steps. What could not be compiled, a sentence each."""
    can = model.capabilities
    if not can.compiles:
        return [f"{model.name} is of a kind that is not compiled, and runs as ever"]
    least = int(can.steps_of(request.sampler).min)
    with made_at_once(compiled), contextlib.suppress(StudioError):
        for _ in draw(replace(request, steps=least, start=None)):
            pass
    return _refusals(model)


def _refusals(model: Model) -> list[str]:
    refused = (call.refused for call in model.calls.values())
    return [f"could not be compiled and runs as ever: {why}" for why in refused if why]
