"""What a thing looks like that nobody has drawn: a specimen of the thing that a prompt names, as depth.

A small model knows what things are made of better than what shape they have, and follows a drawing well: of words alone
it made swords whose hilt is a tangle, and of the depth of a sword it makes one. So a picture of which nothing is drawn
is drawn of something: the things of `things/`, also those that the model has no word for.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from studio_app.core.controls import Control
from studio_app.core.errors import StudioError
from studio_app.core.lexicon import forms, load_lexicon, owns, words_of
from studio_app.core.request import GenerationRequest
from studio_app.scene.bounds import cloud
from studio_app.scene.camera import inverse_depth
from studio_app.scene.cast import cast
from studio_app.scene.dressed import WORN
from studio_app.scene.framing import frame
from studio_app.scene.primitives import Primitive
from studio_app.scene.stage.look import fitted_range
from studio_app.scene.stances import figure_of, is_bare, is_dressed, pose_words, standing
from studio_app.scene.things.placing import floating, put_down, turned
from studio_app.scene.things.registry import build_thing, things

Form = tuple[NDArray[np.float32], NDArray[np.uint8]]
"""Depth [H, W], 1 is nearest; and where it is known [H, W]: 255 where the thing is, else 0."""


def formed(request: GenerationRequest) -> GenerationRequest:
    """The same request; where nothing of its thing or character is drawn, with a drawing of one."""
    form = _form_of_thing(request)
    if form is None:
        return standing(request)
    return replace(request, controls=(Control("depth", *form),))


def form_of(request: GenerationRequest) -> Form | None:
    """The thing of a request, or its character in what it wears, and nothing of what is around; None where it names
    none, or something is drawn."""
    figure = figure_of(request)
    if figure is None:
        return _form_of_thing(request)
    return figure.depth, np.where(figure.depth > 0, np.uint8(255), np.uint8(0))


def has_form(request: GenerationRequest) -> bool:
    """Whether there is a `form_of` a request, without a look at it."""
    return _thing_of(request) is not None or is_dressed(request)


def _form_of_thing(request: GenerationRequest) -> Form | None:
    name = _thing_of(request)
    if name is None:
        return None
    alone = request.kind == "isolated"
    return _seen(name, request.seed, alone, request.width, request.height)


def _thing_of(request: GenerationRequest) -> str | None:
    bare = request.kind in ("scene", "isolated") and is_bare(request)
    return thing_named(request.prompt) if bare else None


def thing_named(prompt: str) -> str | None:
    """The thing that a prompt is of, by the name that it has in `things`: the first that is named, of several that
    stand together ("an apple tree") the last. None where a character comes first, and where there is none."""
    try:
        lexicon = load_lexicon()
    except StudioError:
        return None  # whoever looks a word up says so
    found: str | None = None
    for word in words_of(prompt):
        said = () if owns(word) else (form for form in forms(word) if form in lexicon.subjects)
        slot = next((lexicon.subjects[form] for form in said), "")
        if slot == "thing":
            found = lexicon.nearest(word, things())
        elif found is not None or slot == "character":
            break
    return found


@lru_cache(maxsize=1)
def acting_words() -> frozenset[str]:
    """In all their forms, the words that name a thing, a character whose dress is known, or a pose. StudioError where
    the lexicon can't be read."""
    lexicon = load_lexicon()
    named = {
        word
        for word, slot in lexicon.subjects.items()
        if slot == "thing" or (slot == "character" and lexicon.nearest(word, WORN) is not None)
    }
    return frozenset(form for word in named for form in forms(word)) | pose_words()


@lru_cache(maxsize=16)
def _seen(name: str, seed: int, alone: bool, width: int, height: int) -> Form:
    """A specimen, turned and framed by chance, as pictures of single things and of scenes have it."""
    rng = np.random.default_rng([seed, 5])
    known = things()[name]
    solids = build_thing(name, rng)
    yaw = float(rng.uniform(-35, 35))
    if alone:
        solids = floating(turned(solids, yaw, 0.0, float(rng.uniform(*known.float_roll))))
    elif known.stance == "planted":
        pitch, roll = float(rng.uniform(-10, 4)), float(rng.uniform(-13, 13))
        solids = put_down(turned(solids, yaw, pitch, roll), -float(rng.uniform(0.03, 0.11)))
    else:
        lift = 0.1 if known.stance == "hover" else 0.0
        solids = put_down(turned(solids, yaw, 0.0, 0.0), lift)
    points = cloud(solids)
    wide, high, _ = np.ptp(points, axis=0)
    roomy = alone or wide < 0.62 * high
    fill = float(rng.uniform(0.72, 0.86) if roomy else rng.uniform(0.6, 0.82))
    elevation = float(rng.uniform(4, 18) if alone else rng.uniform(6, 16))
    place = (0.5, 0.5 if alone else 0.53)
    azimuth = float(rng.uniform(-8, 8))
    camera = frame(points, 32.0, elevation, azimuth, fill, place, width / height)
    ground = () if alone else (Primitive("plane", ()),)
    shown = cast((*solids, *ground), camera, (width, height))
    there = (shown.index >= 0) & (shown.index < len(solids))  # the ground comes last
    depth = inverse_depth(shown.z, *fitted_range(shown.z))
    made = np.where(there, depth, 0).astype(np.float32), np.where(there, 255, 0).astype(np.uint8)
    for part in made:
        part.flags.writeable = False
    return made
