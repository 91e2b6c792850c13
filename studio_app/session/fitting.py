"""Knobs that a model can't do, brought to what it can."""

from __future__ import annotations

from dataclasses import replace

from studio_app.core.capabilities import Capabilities, is_slow
from studio_app.document.settings import Settings


def fitted(settings: Settings, can: Capabilities) -> Settings:
    """`settings` themselves where the model can do them all. Out of range becomes the model's default."""
    samplers = can.known_samplers
    if settings.sampler not in samplers and samplers:
        settings = replace(settings, sampler=samplers[0])
    if settings.sampler in samplers:
        steps = can.steps_of(settings.sampler)
        if not steps.min <= settings.steps <= steps.max:
            settings = replace(settings, steps=int(steps.default))
    few_step = not is_slow(settings.sampler)
    if few_step and not can.guidance.min <= settings.guidance_scale <= can.guidance.max:
        settings = replace(settings, guidance_scale=can.guidance.default)
    if settings.kind not in can.kinds and can.kinds:
        kinds = [
            kind for kind in ("scene", "character", "isolated", "texture") if kind in can.kinds
        ]
        settings = replace(settings, kind=kinds[0]) if kinds else settings
    if (settings.width, settings.height) not in can.sizes and can.sizes:
        width, height = can.sizes[0]
        settings = replace(settings, width=width, height=height)
    if settings.finish and settings.finish not in samplers:
        settings = replace(settings, finish="")
    return settings
