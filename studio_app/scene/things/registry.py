"""Where things are registered, found and brought to size."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import numpy as np

from studio_app.scene.bounds import extent
from studio_app.scene.primitives import Group, Primitive
from studio_app.scene.transform import scale, translate

SURFACES = (
    "main",  # takes the caption's material and colour
    "trim_metal",
    "trim_gold",
    "trim_wood",
    "trim_leather",
    "trim_dark",
    "trim_light",
    "liquid",  # the main colour, glowing
    "glow",
    "leaf",
    "bark",
    "skin",
    "hair",
    "cloth2",
    "ground_detail",  # takes the ground's look
)
"""Names a solid's `surface` may have; a solid's part id is 1 + its place here."""

Stance = Literal["stand", "planted", "hover"]
"""How a thing meets the ground: it stands on it, it is stuck in it upright, or it floats above it."""

Build = Callable[[np.random.Generator], Group]


@dataclass(frozen=True)
class Thing:
    """A thing's builder and how compositions may place it.

    float_roll: degrees about z, low and high, for an isolated picture (an icon sword points up and askew).
    """

    name: str
    build: Build
    stance: Stance = "stand"
    float_roll: tuple[float, float] = (0.0, 0.0)


_REGISTERED: dict[str, Thing] = {}


def thing(
    name: str, stance: Stance = "stand", float_roll: tuple[float, float] = (0.0, 0.0)
) -> Callable[[Build], Build]:
    """Registers a thing's function under its canonical word."""

    def register(build: Build) -> Build:
        if name in _REGISTERED:
            raise ValueError(f"two things are called {name!r}")
        _REGISTERED[name] = Thing(name, build, stance, float_roll)
        return build

    return register


@cache
def things() -> dict[str, Thing]:
    """All things by name; imports every file of this folder."""
    package = importlib.import_module(__name__.rpartition(".")[0])
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return dict(sorted(_REGISTERED.items()))


def numbered(primitives: tuple[Primitive, ...]) -> tuple[Primitive, ...]:
    """The same solids with their part ids set by surface."""
    return tuple(replace(p, part=1 + SURFACES.index(p.surface)) for p in primitives)


def settled(primitives: tuple[Primitive, ...]) -> tuple[Primitive, ...]:
    """Brought to size: standing on y = 0, centred on x = z = 0, one unit high (wide things a little less)."""
    low, high = extent(primitives)
    size = high - low
    unit = 1.0 / max(float(size[1]), 0.85 * float(size[0]), 0.7 * float(size[2]))
    move = scale(unit) @ translate(
        -float(low[0] + high[0]) / 2, -float(low[1]), -float(low[2] + high[2]) / 2
    )
    return tuple(p.moved(move) for p in primitives)


def build_thing(name: str, rng: np.random.Generator) -> tuple[Primitive, ...]:
    """One random specimen of a thing: settled, flat, part ids by surface."""
    return numbered(settled(things()[name].build(rng).flatten()))
