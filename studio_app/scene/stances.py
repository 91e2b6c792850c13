"""How a character stands that nobody has posed: in a pose that its words name, else in one that the seed chooses.

A small model makes lumps of people of whom it knows words alone, and people of those that have a pose: of 32 pictures
of four characters by words alone none has a head, arms and legs that one can name, and 28 where they stand like this
(counted by eye; of three more a robe hides the legs). Where it is known what they wear, they are dressed too.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from studio_app.core.controls import Control
from studio_app.core.lexicon import forms
from studio_app.core.request import GenerationRequest
from studio_app.scene.dressed import Figure, dressed_figure, outfit_named
from studio_app.scene.openpose import draw_pose

Joints = NDArray[np.float32]
"""[18, 3]: x and y in pixels, and 1."""

STANCES = (
    "standing", "relaxed", "hands_on_hips", "heroic", "a_pose", "waving", "summoning", "shrugging",
    "casting", "staff_planted", "torch_raised", "carrying", "sword_ready", "cheering",
)  # fmt: skip
"""Of the library, those in which arms and legs are seen best."""
TALL, GROUND = 0.74, 0.91
"""Shares of the picture's height: from the lowest joint to the highest, the head comes on top; and where it stands."""
WIDE, LARGE = 0.86, 1.3
"""Of the picture's width, at most; and of the size of who stands upright, where one sits or kneels."""
NEAR = 3
"""How many words on the next word of a pose is still looked for."""
_TURNS = (0, -12, 12, -25, 25)
"""Degrees by which it may be turned away."""
_WORD = re.compile(r"[^\W_]+")
_LETTERED = re.compile(r"\b([at])[-_]pose\b")
"""A-pose and T-pose: one word, since anybody may stand in "a pose"."""


def is_bare(request: GenerationRequest) -> bool:
    """Whether words are all that says what is to be seen, and where: nothing is drawn, and no edges have to meet."""
    return not request.controls and request.init is None and not any(request.tile)


def stance_of(request: GenerationRequest) -> Joints | None:
    """How the character of a request stands; None where it means no character, or something of it is drawn."""
    if not _is_character(request):
        return None
    figure = figure_of(request)
    if figure is not None:
        return figure.joints
    return _placed(*_pose_of(request), request.width, request.height)


def is_dressed(request: GenerationRequest) -> bool:
    """Whether there is a `figure_of` a request, without a look at it."""
    return _is_character(request) and outfit_named(request.prompt) is not None


def figure_of(request: GenerationRequest) -> Figure | None:
    """The character of a request in what it wears; None where nobody knows what, or something of it is drawn."""
    outfit = outfit_named(request.prompt) if _is_character(request) else None
    if outfit is None:
        return None
    name, chance = _pose_of(request)
    mirrored = chance % 2 == 1
    return dressed_figure(outfit, name, mirrored, request.seed, request.width, request.height)


def standing(request: GenerationRequest) -> GenerationRequest:
    """The same request; where nothing of its character is drawn, with a pose, and where it is known what such a
    character wears, with its depth."""
    joints = stance_of(request)
    if joints is None:
        return request
    posed = Control("pose", draw_pose(joints, request.width, request.height))
    figure = figure_of(request)
    worn = () if figure is None else (Control("depth", figure.depth),)
    return replace(request, controls=(*worn, posed))


def _is_character(request: GenerationRequest) -> bool:
    return request.kind == "character" and is_bare(request)


def _pose_of(request: GenerationRequest) -> tuple[str, int]:
    """The name of the pose, and another number that follows from the seed."""
    name = pose_named(request.prompt) or STANCES[request.seed % len(STANCES)]
    return name, request.seed // len(STANCES)


def pose_named(prompt: str) -> str | None:
    """The pose of the library that a prompt's words name ("a knight who sits on the ground"), with most words; of
    several with as many the first that is said."""
    said = _LETTERED.sub(r"\1pose", prompt.lower())
    words = [frozenset(forms(word)) for word in _WORD.findall(said)]
    best: tuple[int, int, str | None] = (0, 0, None)
    for name, parts in _names().items():
        at = _said(parts, words)
        if at is not None and (len(parts), -at) > best[:2]:
            best = len(parts), -at, name
    return best[2]


def pose_words() -> frozenset[str]:
    """Those that name poses of the library, in all their forms."""
    return frozenset(form for parts in _names().values() for words in parts for form in words)


def _said(parts: tuple[frozenset[str], ...], words: list[frozenset[str]]) -> int | None:
    """Where these words stand, in their order and close together; each in any of its forms."""
    for first, word in enumerate(words):
        if not word & parts[0]:
            continue
        at = first
        for part in parts[1:]:
            following = range(at + 1, min(at + 1 + NEAR, len(words)))
            at = next((i for i in following if words[i] & part), -1)
            if at < 0:
                break
        else:
            return first
    return None


@lru_cache(maxsize=1)
def _names() -> dict[str, tuple[frozenset[str], ...]]:
    """Of each pose of the library its words, in all their forms."""
    from studio_app.scene.poses import POSES

    parts = {name: _LETTERED.sub(r"\1pose", name).split("_") for name in POSES}
    return {name: tuple(frozenset(forms(word)) for word in words) for name, words in parts.items()}


@lru_cache(maxsize=32)
def _placed(name: str, chance: int, width: int, height: int) -> Joints:
    """A pose of the library on the ground of a picture. chance: any number; which way it looks follows from it."""
    from studio_app.scene.mannequin import BODIES, POSES, solve  # costs 50 ms: not at the start

    body = next(iter(BODIES.values()))
    pose = POSES[name] if chance // len(_TURNS) % 2 == 0 else POSES[name].mirrored()
    turn = np.radians(_TURNS[chance % len(_TURNS)])
    joints = solve(body, pose).joints
    x = joints[:, 0] * np.cos(turn) + joints[:, 2] * np.sin(turn)
    y = -joints[:, 1]
    upright = solve(body, POSES[STANCES[0]]).joints[:, 1]
    scale = min(
        TALL * height / max(np.ptp(y), 1e-6),
        LARGE * TALL * height / np.ptp(upright),
        WIDE * width / max(np.ptp(x), 1e-6),
    )
    x = width / 2 + scale * (x - (x.max() + x.min()) / 2)
    y = GROUND * height + scale * (y - y.max())
    made = np.column_stack([x, y, np.ones(len(x))]).astype(np.float32)
    made.flags.writeable = False
    return made
