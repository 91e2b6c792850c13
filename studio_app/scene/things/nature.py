"""What grows: mushrooms and trees."""

from __future__ import annotations

import math

from studio_app.scene.primitives import Group
from studio_app.scene.things.registry import thing
from studio_app.scene.things.shapes import (
    Rng,
    Solid,
    ball,
    between,
    chance,
    group,
    pick,
    ring,
    rod,
    tube,
    turned,
)
from studio_app.scene.transform import rotate, scale, translate


def _toadstool(rng: Rng, spots: int, high: float) -> Group:
    """One mushroom, `high` units tall."""
    r, dome = between(rng, 0.42, 0.52), between(rng, 0.3, 0.46)
    eave = 1.0 - dome
    stem = between(rng, 0.12, 0.17)
    belly = between(rng, 1.15, 1.6)
    solids: list[Solid] = [
        turned(0.08, eave + 0.06, stem * 1.12, stem * 0.92, "trim_light"),
        ball((0, 0.12, 0), (stem * belly, 0.12, stem * belly), "trim_light"),
        turned(eave - 0.075, eave + 0.005, r * 0.62, r * 0.93, "trim_light"),
        ball((0, eave, 0), (r, dome, r), "main", clip=(0, -1, 0, 0.0)),
        ring((0, eave + 0.01, 0), r * 0.955, 0.042, "main"),
    ]
    if chance(rng, 0.6):
        y = eave - between(rng, 0.14, 0.2)
        solids.append(turned(y, y + 0.05, stem * 1.55, stem * 0.95, "trim_light"))
    if spots:
        phase = between(rng, 0, 360)
        # The golden angle spreads the spots as evenly as seeds.
        for i in range(spots):
            up = math.radians(16 + 66 * (1 - (i + 0.6) / spots))
            a = math.radians(phase + 137.5 * i)
            size = between(rng, 0.06, 0.1)
            p = (
                r * math.cos(up) * math.sin(a),
                eave + dome * math.sin(up),
                r * math.cos(up) * math.cos(a),
            )
            normal = (p[0] / r**2, (p[1] - eave) / dome**2, p[2] / r**2)
            length = math.sqrt(sum(v * v for v in normal))
            tip = tuple(q + 0.012 * v / length for q, v in zip(p, normal, strict=True))
            disc = tube((p[0], p[1], p[2]), (tip[0], tip[1], tip[2]), 1, 1, "trim_light")
            turn = disc.transform.matrix[:3, :3] / [[1, 0.006, 1]]
            place = translate(*p)
            place.matrix[:3, :3] = turn @ scale(size, 0.03, size).matrix[:3, :3]
            solids.append(ball((0, 0, 0), 1.0, "trim_light").moved(place))
    return group(*solids, at=scale(high))


@thing("mushroom", float_roll=(-10, 10))
def mushroom(rng: Rng) -> Group:
    solids: list[Solid] = [_toadstool(rng, int(rng.integers(8, 13)), 1.0)]
    for side in ((), (1,), (-1,), (-1, 1))[int(rng.integers(4))]:
        small = _toadstool(rng, 0, between(rng, 0.34, 0.5))
        lean = rotate("z", -side * between(rng, 4, 14))
        solids.append(
            group(
                small,
                at=translate(side * between(rng, 0.34, 0.44), 0, between(rng, 0.1, 0.26)) @ lean,
            )
        )
    return group(*solids)


def _roots(rng: Rng, r: float, n: int = 4) -> list[Solid]:
    out: list[Solid] = []
    phase = between(rng, 0, 90)
    for i in range(n):
        a = math.radians(phase + 360 * i / n)
        s, c = math.sin(a), math.cos(a)
        out.append(
            tube(
                (s * r * 0.4, 0.1, c * r * 0.4),
                (s * r * 2.1, 0.0, c * r * 2.1),
                r * 0.6,
                r * 0.2,
                "bark",
            )
        )
    return out


def _broadleaf(rng: Rng) -> list[Solid]:
    trunk, fork = between(rng, 0.075, 0.1), between(rng, 0.3, 0.38)
    solids: list[Solid] = [
        turned(0, fork + 0.15, trunk * 1.25, trunk * 0.8, "bark"),
        *_roots(rng, trunk),
    ]
    for side in (-1, 1):
        solids.append(
            rod((0, fork - 0.08, 0), (side * 0.2, fork + 0.12, 0.05), trunk * 0.42, "bark")
        )
    wide = between(rng, 0.24, 0.3)
    crown_y = fork + between(rng, 0.3, 0.36)
    solids.append(ball((0, crown_y, 0), (wide * 1.1, 0.28, wide * 1.1)))
    n, phase = int(rng.integers(5, 7)), between(rng, 0, 360)
    for i in range(n):
        a = math.radians(phase + 360 * i / n + between(rng, -14, 14))
        r = between(rng, 0.2, 0.26)
        y = crown_y - 0.06 + between(rng, -0.07, 0.09)
        solids.append(
            ball((wide * 0.92 * math.sin(a), y, wide * 0.92 * math.cos(a)), (r, r * 0.8, r))
        )
    for _ in range(2):
        r = between(rng, 0.2, 0.25)
        x, z = between(rng, -0.13, 0.13), between(rng, -0.1, 0.1)
        solids.append(ball((x, crown_y + between(rng, 0.16, 0.22), z), (r, r * 0.8, r)))
    if chance(rng, 0.3):
        # Fruit on the outside of the crown.
        fruit = pick(rng, "trim_gold", "trim_light")
        for i in range(5):
            a = math.radians(phase + 72 * i)
            reach = wide * 1.05 + 0.17
            p = (reach * math.sin(a), crown_y + between(rng, -0.12, 0.1), reach * math.cos(a))
            solids.append(ball(p, 0.036, fruit))
    return solids


def _conifer(rng: Rng) -> list[Solid]:
    n = int(rng.integers(3, 6))
    trunk, start = between(rng, 0.07, 0.09), between(rng, 0.22, 0.29)
    wide = between(rng, 0.36, 0.46)
    solids: list[Solid] = [turned(0, 0.5, trunk * 1.3, trunk, "bark"), *_roots(rng, trunk, 3)]
    step = (1.0 - start) / (n + 0.7)
    for i in range(n):
        y = start + i * step
        r = wide * (1 - i / (n + 0.55))
        tilt = rotate("z", between(rng, -4, 4)) @ rotate("x", between(rng, -4, 4))
        skirt = turned(0, step * 1.75, r, 0.0 if i == n - 1 else r * 0.12)
        fringe = turned(-0.035, 0, r * 0.86, r)
        solids.append(group(skirt, fringe, at=translate(0, y, 0) @ tilt))
    if chance(rng, 0.2):
        solids.append(ball((0, 1.0, 0), 0.05, "trim_gold"))
    return solids


@thing("tree", float_roll=(-5, 5))
def tree(rng: Rng) -> Group:
    make = _broadleaf if chance(rng, 0.55) else _conifer
    return group(*make(rng))
