"""Shapes that no word names: random assemblies of primitives, so that only their drawing says what they are."""

from __future__ import annotations

import numpy as np

from studio_app.scene.primitives import Kind, Primitive
from studio_app.scene.things.registry import numbered, settled
from studio_app.scene.transform import Transform, rotate, scale, translate

BLOCKOUT = "blockout"
"""What their description has for a thing. It is no word of any vocabulary."""

SAID = ("shape", "shape", "object", "form", "thing")
"""What a caption calls them."""

_KINDS: tuple[Kind, ...] = (
    "sphere", "box", "rounded_box", "cylinder", "cone", "capsule", "torus", "prism",
)  # fmt: skip
_TRIMS = ("trim_metal", "trim_gold", "trim_wood", "trim_dark", "trim_light")
_MOST = 6


def assembly(rng: np.random.Generator) -> tuple[Primitive, ...]:
    """One to six solids of any size and turn, each near the one before; settled, part ids by surface."""
    middle = np.zeros(3)
    solids: list[Primitive] = []
    for number in range(int(rng.integers(1, _MOST + 1))):
        if number:
            middle = middle + rng.normal(0, 0.28, 3) * np.array([1.0, 1.1, 0.6])
        kind = _KINDS[int(rng.integers(len(_KINDS)))]
        surface = "main" if rng.random() < 0.8 else _TRIMS[int(rng.integers(len(_TRIMS)))]
        place = translate(*(float(v) for v in middle)) @ _turn(rng) @ _size(rng, kind)
        solids.append(Primitive(kind, _params(rng, kind), place, surface=surface))
    return numbered(settled(tuple(solids)))


def _params(rng: np.random.Generator, kind: Kind) -> tuple[float, ...]:
    ranges: dict[str, tuple[tuple[float, float], ...]] = {
        "rounded_box": ((0.1, 0.5),),
        "cone": ((0.0, 0.7),),
        "capsule": ((0.5, 4.0),),
        "torus": ((0.12, 0.45),),
    }
    if kind == "prism":
        return float(rng.integers(3, 8)), float(rng.uniform(0, 1))
    return tuple(float(rng.uniform(*r)) for r in ranges.get(kind, ()))


def _size(rng: np.random.Generator, kind: Kind) -> Transform:
    if kind == "capsule":  # stretched, its ends would be no caps
        return scale(float(np.exp(rng.uniform(np.log(0.05), np.log(0.2)))))
    return scale(*(float(v) for v in np.exp(rng.uniform(np.log(0.08), np.log(0.5), 3))))


def _turn(rng: np.random.Generator) -> Transform:
    if rng.random() < 0.3:
        return rotate("y", float(rng.uniform(0, 90)))
    x, y, z = (float(v) for v in rng.uniform(0, 180, 3))
    return rotate("z", z) @ rotate("y", y) @ rotate("x", x)
