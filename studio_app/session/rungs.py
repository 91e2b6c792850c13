"""The rungs of the live ladder: which runs a document asks of a model, with the pen down, lifted, at rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from studio_app.core.capabilities import Capabilities, is_slow
from studio_app.document.document import Document, request_of
from studio_app.session.orders import Rung

SLOW_STEPS = 6
"""With which a model that was not distilled follows the pen."""

Plan = Callable[[Document, Capabilities, str], tuple[Rung, ...]]
"""The runs that a document asks of a model. StudioError where it asks for what can't be."""


def chosen_rungs(document: Document, can: Capabilities, model: str) -> tuple[Rung, ...]:
    """The chosen steps; before a slow sampler, what the few-step one makes of it. StudioError of the request."""
    chosen = Rung(request_of(document, can, model=model))
    quick = can.quick_sampler
    if quick is None or not is_slow(document.settings.sampler) or document.start is not None:
        return (chosen,)
    steps = int(can.steps_of(quick).default)
    preview = request_of(document, can, model=model, sampler=quick, steps=steps)
    return Rung(preview, keep=False), chosen


def pen_down_rungs(document: Document, can: Capabilities, model: str) -> tuple[Rung, ...]:
    """One step; a few where only a slow sampler can follow, whose first step shows nothing yet. A branch keeps its own
    steps: its start means nothing on another grid."""
    if document.start is not None:
        return (Rung(request_of(document, can, model=model), keep=False),)
    quick = document.settings.sampler
    if is_slow(quick):
        quick = can.quick_sampler or quick
    steps = 1
    if is_slow(quick):
        least, most = (int(end) for end in (can.steps_of(quick).min, can.steps_of(quick).max))
        steps = min(max(min(SLOW_STEPS, document.settings.steps), least), most)
    request = request_of(document, can, model=model, sampler=quick, steps=steps)
    return (Rung(request, keep=False, draft=True),)


def variation_rungs(
    document: Document, can: Capabilities, model: str, seeds: tuple[int, ...]
) -> tuple[Rung, ...]:
    """The pen-down picture of each seed, whole."""
    base = pen_down_rungs(document, can, model)[0].request
    return tuple(Rung(replace(base, seed=seed), keep=False) for seed in seeds)


def finish_rungs(document: Document, can: Capabilities, model: str) -> tuple[Rung, ...]:
    """What an idle studio finishes the picture with."""
    knobs = document.settings
    request = request_of(document, can, model=model, sampler=knobs.finish, steps=knobs.finish_steps)
    return (Rung(request),)
