"""A tiny model of every family that is drawn with, and what is asked of it, for what all of them keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio_app.core.controls import Control
from studio_app.core.request import GenerationRequest
from tests.engine.conftest import DEPTH, INIT, POSE, depth

EDGE = np.where(DEPTH > 0.9, 255, 0).astype(np.uint8)
FULL = np.full((64, 64), 255, np.uint8)
WIDE = np.random.default_rng(2).integers(0, 256, (80, 104, 3), np.uint8)

Changes = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """maker: the fixture that makes its folder, which is called `name`; more: what it is given. asked: of a request,
    beside what all are asked. latent: shape of one of 64x64. ways: requests that differ in how they are drawn, by what
    they change. tiles: whether pictures wrap.
    """

    maker: str
    name: str
    asked: Changes
    latent: tuple[int, int, int]
    ways: Mapping[str, Changes]
    more: Changes = field(default_factory=dict[str, Any])
    tiles: bool = False

    def folder(self, request: pytest.FixtureRequest) -> Path:
        make: Path | Callable[..., Path] = request.getfixturevalue(self.maker)
        return make if isinstance(make, Path) else make(self.name, **self.more)

    def base(self, folder: Path) -> GenerationRequest:
        return GenerationRequest(
            "a red potion", width=64, height=64, model=str(folder), seed=7, **self.asked
        )


SLOW = {"sampler": "ddim", "steps": 5, "guidance_scale": 4}
FEW = {"sampler": "euler_trailing", "steps": 4, "guidance_scale": 1}
GUIDED = {"guidance_scale": 2, "negative_prompt": "blue"}
AVOIDING = {"guidance_scale": 1, "negative_prompt": "a blue crown"}

KINDS = {
    "embedded": Kind(
        "tiny_model",
        "tiny",
        {"sampler": "consistency", "steps": 4, "guidance_scale": 3},
        (4, 8, 8),
        {"controlled": {"controls": depth(end=0.5)}, "slow": {"sampler": "ddim"}},
        tiles=True,
    ),
    "sd15": Kind(
        "make_sd15",
        "sd15",
        SLOW,
        (4, 8, 8),
        {
            "unguided": {"guidance_scale": 1},
            "controlnet": {"controls": depth(strength=0.5)},
            "adapter": {"controls": (Control("edge", EDGE),)},
            "both": {
                "controls": (
                    *depth(end=0.5),
                    Control("pose", POSE, strength=0.5),
                    Control("edge", EDGE, start=0.4),
                )
            },
            "tile": {"tile": (True, True), "controls": depth()},
        },
        tiles=True,
    ),
    "sdxl": Kind(
        "make_sdxl",
        "sdxl",
        SLOW,
        (4, 8, 8),
        {
            "unguided": {"guidance_scale": 1},
            "drawn": {
                "controls": (
                    *depth(end=0.5),
                    Control("pose", POSE, strength=0.5),
                    Control("normal", POSE, start=0.4),
                    Control("edge", EDGE),
                )
            },
            "tile": {"tile": (True, True), "controls": depth()},
            "long": {"prompt": "red potion, " * 60, "negative_prompt": "blue"},
        },
        tiles=True,
    ),
    "pixart": Kind(
        "make_pixart",
        "pixart",
        SLOW,
        (4, 8, 8),
        {
            "unguided": {"guidance_scale": 1},
            "avoiding": AVOIDING,
            "euler": {"sampler": "euler", "negative_prompt": "blue"},
        },
    ),
    "sd3": Kind(
        "make_sd3",
        "drawn",
        SLOW | {"sampler": "euler"},
        (16, 8, 8),
        {
            "few": {"sampler": "lcm", "guidance_scale": 1},
            "avoiding": AVOIDING,
            "drawn": {
                "controls": (*depth(end=0.5), Control("edge", (DEPTH * 255).astype(np.uint8)))
            },
        },
        more={"controls": True},
    ),
    "z_image": Kind(
        "make_z_image",
        "Z-Image-Turbo",
        FEW,
        (16, 8, 8),
        {
            "guided": GUIDED | {"sampler": "euler"},
            "drawn": {
                "sampler": "lcm",
                "controls": (*depth(end=0.5), Control("pose", POSE, strength=0.5, start=0.4)),
            },
            "avoiding": AVOIDING | {"controls": depth(end=0.5)},
        },
    ),
    "klein": Kind(
        "make_klein",
        "FLUX.2-klein-4B",
        FEW,
        (128, 4, 4),
        {
            "guided": GUIDED,
            "avoiding": AVOIDING | {"controls": depth(end=0.5)},
            "drawn": {
                "sampler": "lcm",
                "controls": (*depth(end=0.5), Control("reference", WIDE, start=0.4)),
            },
        },
    ),
}
COMMON: Mapping[str, Changes] = {
    "plain": {},
    "mask": {"init": INIT, "strength": 0.6, "mask": FULL},
}
WAYS = [(kind, way) for kind, known in KINDS.items() for way in (*COMMON, *known.ways)]
"""Of every kind all the ways in which it draws."""


def changes_of(kind: Kind, way: str) -> Changes:
    return COMMON[way] if way in COMMON else kind.ways[way]
