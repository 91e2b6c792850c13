"""A recipe of any tool as a request of ours, and what of it could not be taken over."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.core.capabilities import sampler_known_as
from studio_app.core.errors import StudioError
from studio_app.core.reading import read_bytes
from studio_app.core.request import (
    MAX_CLIP_SKIP,
    MAX_PROMPT,
    MAX_SEED,
    MAX_STEPS,
    MIN_SIDE,
    SIDE_STEP,
    GenerationRequest,
)
from studio_app.document.recipes import KEYWORD, Intermediate, recipe_of
from studio_app.export.provenance import automatic1111, comfyui, invokeai
from studio_app.export.provenance.containers import Found, look
from studio_app.export.provenance.settings import Settings

LARGEST = 512
"""Pixels of a side: what every model bears, since whose recipe it was is not known here."""
_LORA = re.compile(r"<(lora|lyco|hypernet):([^:>]{1,200})(?::([^>]{0,60}))?>")


@dataclass(frozen=True)
class Taken:
    """tool: whose recipe it is. missed: what the request does not have, a phrase each. people, shows: as of our own
    `Recipe`.
    """

    tool: str
    request: GenerationRequest = field(repr=False)
    missed: tuple[str, ...] = ()
    people: NDArray[np.float32] | None = field(default=None, repr=False, compare=False)
    shows: Intermediate | None = None


def read_any_recipe(path: Path) -> Taken:
    """The recipe in a PNG, JPEG or WebP: ours, AUTOMATIC1111's (and Forge's), ComfyUI's or InvokeAI's.

    StudioError where there is none, or nothing in it can be used.
    """
    return taken_from(look(read_bytes(path), path.name), path.name)


def taken_from(found: Found, what: str) -> Taken:
    """As `read_any_recipe`, of what was found in a file named `what`."""
    ours = found.texts
    if not ours.get(KEYWORD) and found.xmp is not None:
        ours = found.xmp.recipe
    if ours.get(KEYWORD):
        recipe = recipe_of(ours, what)
        return Taken("Underpaint", recipe.request, (), recipe.people, recipe.shows)
    for tool, read in (
        ("InvokeAI", invokeai.read),
        ("ComfyUI", comfyui.read),
        ("AUTOMATIC1111", automatic1111.read),
    ):
        settings = read(found, what)
        if settings is not None:
            return _taken(tool, settings, what)
    raise StudioError(
        f"{what} has no recipe", "it holds none of Underpaint, AUTOMATIC1111, ComfyUI or InvokeAI"
    )


def _taken(tool: str, settings: Settings, what: str) -> Taken:
    missed = list(settings.missed)
    prompt = _words(settings.prompt, "prompt", missed)
    if not prompt.strip():
        raise StudioError(
            f"The recipe of {what} has no prompt", f"it is {tool}'s", "Write your own."
        )
    values: dict[str, Any] = {
        "prompt": prompt,
        "negative_prompt": _words(settings.negative, "negative prompt", missed),
    }
    sampler, with_schedule = sampler_known_as(settings.sampler, settings.schedule)
    if not with_schedule:
        missed.append(f"schedule {settings.schedule[:40]}")
    if sampler is not None:
        values["sampler"] = sampler
        _number(values, "steps", settings.steps, 1, MAX_STEPS, missed)
    else:
        if settings.sampler:
            missed.append(f"sampler {settings.sampler[:40]}")
        if settings.steps is not None:  # many steps of another sampler mean nothing to ours
            missed.append(f"{settings.steps:g} steps")
    _number(values, "guidance_scale", settings.guidance, 1.0, 30.0, missed)
    _number(values, "seed", settings.seed, 0, MAX_SEED, missed)
    _number(values, "clip_skip", settings.clip_skip, 1, MAX_CLIP_SKIP, missed)
    values |= _size(settings, missed)
    if settings.model:
        missed.append(f"model {settings.model[:80]}")
    return Taken(tool, GenerationRequest(**values), tuple(dict.fromkeys(missed)))


def _words(text: str, name: str, missed: list[str]) -> str:
    missed += [f"{kind[0]} {kind[1]}" for kind in _LORA.findall(text)]
    text = re.sub(r"[ \t]*,?[ \t]*$", "", _LORA.sub("", text)).strip()
    if len(text) > MAX_PROMPT:
        missed.append(f"the end of the {name}")
    return text[:MAX_PROMPT]


def _number(
    values: dict[str, Any],
    name: str,
    given: float | None,
    least: float,
    most: float,
    missed: list[str],
) -> None:
    if given is None:
        return
    if math.isfinite(given) and least <= given <= most:
        values[name] = type(least)(given)
    else:
        missed.append(f"{name.replace('_', ' ')} {given:g}")


def _size(settings: Settings, missed: list[str]) -> Mapping[str, int]:
    """The nearest size that a request can have, of the same proportions as far as they go."""
    if settings.size is None:
        return {}
    width, height = settings.size
    if not (1 <= width <= 1 << 20 and 1 <= height <= 1 << 20):
        missed.append(f"size {width}x{height}")
        return {}
    scale = min(1.0, LARGEST / max(width, height))
    near = [
        min(max(round(side * scale / SIDE_STEP) * SIDE_STEP, MIN_SIDE), LARGEST)
        for side in (width, height)
    ]
    if near != [width, height]:
        missed.append(f"size {width}x{height} (it becomes {near[0]}x{near[1]})")
    return {"width": near[0], "height": near[1]}
