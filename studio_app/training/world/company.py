"""What else stands in a scene: one or two more things, each where a word says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio_app.scene.bounds import extent
from studio_app.scene.primitives import Primitive
from studio_app.scene.things.registry import build_thing
from studio_app.scene.transform import rotate, scale, translate
from studio_app.training.world.words import Vocabulary


@dataclass(frozen=True)
class Companion:
    """Another thing of a scene, with its own material and colour. relation: where the subject is, seen from it.

    "a sword behind a chest": the chest is the companion, its relation is "behind", and it stands before the sword.
    """

    thing: str
    material: str
    colour: str
    relation: str
    seed: int
    yaw: float = 0.0
    size: float = 1.0
    gap: float = 0.1


_SIDE = {"left": 1.0, "right": -1.0}


def draw_company(
    rng: np.random.Generator, known: Vocabulary, subject: str, most: int
) -> tuple[Companion, ...]:
    """One or two companions that the train split may show, unlike the subject and each other."""
    count = 2 if most > 1 and rng.random() < 0.35 else 1
    relations = [w.name for w in known.relations if w.name != "between"]
    relation = "between" if count == 2 else relations[int(rng.integers(len(relations)))]
    out: list[Companion] = []
    while len(out) < count:
        thing = known.things[int(rng.integers(len(known.things)))].name
        material = known.materials[int(rng.integers(len(known.materials)))].name
        colour = known.colours[int(rng.integers(len(known.colours)))].name
        if thing in ("character", subject, *(c.thing for c in out)):
            continue
        if (thing, material, colour) in known.held_out:
            continue
        size = {"before": 1.2, "behind": 0.62}.get(relation, 1.0) * float(rng.uniform(0.75, 1.05))
        out.append(
            Companion(
                thing,
                material,
                "" if material in known.untinted else colour,
                relation,
                seed=int(rng.integers(2**31)),
                yaw=float(rng.uniform(-35, 35)),
                size=size,
                gap=float(rng.uniform(0.04, 0.2)),
            )
        )
    return tuple(out)


def stand(
    company: tuple[Companion, ...], subject: tuple[Primitive, ...]
) -> list[tuple[Primitive, ...]]:
    """The companions' solids in the world, each around the subject as its relation says."""
    low, high = extent(subject)
    out: list[tuple[Primitive, ...]] = []
    for i, c in enumerate(company):
        solids = build_thing(c.thing, np.random.default_rng([c.seed, 1]))
        solids = tuple(p.moved(scale(c.size) @ rotate("y", c.yaw)) for p in solids)
        own_low, own_high = extent(solids)
        # Which side it stands on: "to the left of a chest" puts the chest to the right.
        side = _SIDE.get(c.relation) or (1.0 if c.seed % 2 else -1.0)
        if c.relation == "between":
            side = 1.0 if i == 0 else -1.0
        x = (high[0] + c.gap - own_low[0]) if side > 0 else (low[0] - c.gap - own_high[0])
        z = 0.0
        if c.relation == "behind":
            # It stands before the subject, a little aside, so that both are seen.
            x, z = 0.75 * x, float(high[2] + c.gap - own_low[2])
        elif c.relation == "before":
            x, z = 0.5 * x, float(low[2] - c.gap - own_high[2])
        place = translate(float(x), -float(own_low[1]), z)
        out.append(tuple(p.moved(place) for p in solids))
    return out
