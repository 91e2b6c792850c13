"""Where outfits are registered, and put on.

An outfit is a function (rig, rng) -> solids in the world, decorated with `@outfit("name")`; it names a surface for
every part of the flesh it shows and hangs the rest on bones and sockets. "main" is the dress's dominant part: armour,
robe, cloak, tunic, shell. Lengths scale with the body's own measures, so one outfit fits heroes and dwarves.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from studio_app.scene.mannequin import Body, Pose, Rig, solve
from studio_app.scene.primitives import Primitive
from studio_app.scene.things.registry import numbered
from studio_app.scene.things.shapes import Rng
from studio_app.scene.transform import Transform

Outfit = Callable[[Rig, Rng], list[Primitive]]
_OUTFITS: dict[str, Outfit] = {}


def outfit(name: str) -> Callable[[Outfit], Outfit]:
    """Registers an outfit under its canonical word."""

    def register(make: Outfit) -> Outfit:
        _OUTFITS[name] = make
        return make

    return register


def outfits() -> dict[str, Outfit]:
    """All of them, by name."""
    for family in ("heroes", "folk", "far"):
        importlib.import_module(f"{__package__}.{family}")
    return _OUTFITS


def dressed(
    rng: np.random.Generator, body: Body, pose: Pose, outfit: str, turn: Transform
) -> tuple[tuple[Primitive, ...], Rig]:
    """The figure's solids and its rig in the world.

    turn: a rotation about y with a uniform scale. Nothing, not even a held staff, sinks far into the ground.
    """
    rig = moved(solve(body, pose), turn)
    solids = numbered(tuple(outfits()[outfit](solve(body, pose), rng)))
    return tuple(p.moved(turn) for p in solids), rig


def readable(rng: np.random.Generator, body: Body) -> Body:
    """A body like this one, no two quite alike, with a large head and large hands: they are what reads in a small
    picture."""

    def about(v: float) -> float:
        return float(v * rng.uniform(0.93, 1.07))

    return replace(
        body,
        height=0.92,
        head=about(body.head) * (1.15 if body.head < 2 else 1.0),
        build=1.1 * about(body.build),
        hands=1.2 * about(body.hands),
        shoulders=about(body.shoulders),
        legs=about(body.legs),
        arms=about(body.arms),
    )


def moved(rig: Rig, turn: Transform) -> Rig:
    """The rig after a further transform (bones lose their rigidity if it scales)."""
    m = turn.matrix
    grown = float(np.cbrt(abs(np.linalg.det(m[:3, :3]))))
    return replace(
        rig,
        bones={name: turn @ bone for name, bone in rig.bones.items()},
        joints=rig.joints @ m[:3, :3].T + m[:3, 3],
        joint_radii=rig.joint_radii * grown,
    )
