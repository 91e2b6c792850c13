"""Knobs that a model can't do, brought to what it can."""

from __future__ import annotations

from dataclasses import replace

from studio_app.document.settings import Settings
from studio_app.engine.capabilities import Capabilities
from studio_app.engine.checks import STEP_LIMITS, TEACHER_SAMPLERS


def step_range(sampler: str, can: Capabilities) -> tuple[int, int, int]:
    """(least, most, default) steps of a sampler with this model."""
    known = can.steps_of(sampler)
    low, high = STEP_LIMITS.get(sampler, (1, 1000))
    if known is None:
        return low, high, min(max(4, low), high)
    return int(known.min), int(known.max), int(known.default)


def fitted(settings: Settings, can: Capabilities) -> Settings:
    """`settings` themselves where the model can do them all. Out of range becomes the model's default."""
    samplers = [name for name in can.samplers if name in STEP_LIMITS]
    if settings.sampler not in samplers and samplers:
        settings = replace(settings, sampler=samplers[0])
    low, high, default = step_range(settings.sampler, can)
    if not low <= settings.steps <= high:
        settings = replace(settings, steps=default)
    few_step = settings.sampler not in TEACHER_SAMPLERS
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
