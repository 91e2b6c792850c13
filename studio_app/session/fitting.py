"""Knobs that a model can't do, brought to what it can."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from studio_app.core.capabilities import SAMPLERS, Capabilities, is_slow
from studio_app.document.settings import Settings


def fitted(settings: Settings, can: Capabilities) -> Settings:
    """`settings` themselves where the model can do them all. Out of range becomes the model's default."""
    samplers = can.known_samplers
    if settings.sampler not in samplers and samplers:
        few, settings = not is_slow(settings.sampler), replace(settings, sampler=samplers[0])
        if (
            is_slow(samplers[0]) == few
        ):  # four steps of a slow one are a blur, thirty of a quick one a wait
            steps, guidance = can.steps_of(samplers[0]).default, can.guidance.default
            settings = replace(settings, steps=int(steps), guidance_scale=guidance)
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
    if any(settings.tile) and not can.tiling:
        settings = replace(settings, tile=(False, False))
    if settings.finish and settings.finish not in samplers:
        settings = replace(settings, finish="")
    if settings.finish:
        steps = can.steps_of(settings.finish)
        if not steps.min <= settings.finish_steps <= steps.max:
            settings = replace(settings, finish_steps=int(steps.default))
    return settings


def with_steps_of_sampler(
    settings: Settings, before: Settings, given: Collection[str], can: Capabilities | None
) -> Settings:
    """`settings` with as many steps as their sampler is good for, where it was just chosen.

    A few steps of a slow sampler are a blur, and many of a few-step one a wait. Steps that were given (their names in
    `given`) stay, and so do those of a sampler that drives the same denoiser.
    """
    chosen = SAMPLERS.get(settings.sampler)
    if chosen is None or "steps" in given or settings.sampler == before.sampler:
        return settings
    if chosen.teacher == is_slow(before.sampler) and before.sampler in SAMPLERS:
        return settings
    steps = chosen.steps if can is None else can.steps_of(chosen.name)
    return replace(settings, steps=int(steps.default))
