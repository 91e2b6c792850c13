"""What a dragon sleeps on: crown, gem, key."""

from __future__ import annotations

import math

from studio_app.scene.primitives import Group, Primitive
from studio_app.scene.things.registry import thing
from studio_app.scene.things.shapes import (
    TO_Z,
    Rng,
    Solid,
    around,
    ball,
    between,
    block,
    chance,
    facet,
    group,
    pick,
    ring,
    rod,
    turned,
)
from studio_app.scene.transform import rotate, scale, translate


def _band(low: float, high: float, top: float) -> Primitive:
    """A hollow band: a torus drawn out upwards."""
    ring_radius, thick = (low + high) / 2, 0.05
    place = translate(0, top / 2 + 0.02, 0) @ scale(
        ring_radius, ring_radius * top * 0.52 / thick, ring_radius
    )
    return Primitive("torus", (thick / ring_radius,), place)


@thing("crown", float_roll=(-12, 12))
def crown(rng: Rng) -> Group:
    n = int(rng.integers(5, 8))
    low, high = between(rng, 0.36, 0.4), between(rng, 0.42, 0.47)
    band, spike = between(rng, 0.24, 0.3), between(rng, 0.3, 0.4)
    tip = pick(rng, "trim_gold", "trim_light", "liquid")
    solids: list[Solid] = [
        _band(low, high, band),
        ring((0, 0.05, 0), (low + high) / 2 + 0.02, 0.052, "trim_gold"),
        ring((0, band, 0), (low + high) / 2 + 0.028, 0.03, "trim_gold"),
    ]
    if chance(rng, 0.3):
        # A velvet cap, low enough to leave the back points in sight.
        solids.append(ball((0, band * 0.6, 0), (high * 0.82, 0.17, high * 0.82), "cloth2"))
    tall_front = between(rng, 1.0, 1.25)
    for i, (x, z, turn) in enumerate(around(n, (low + high) / 2)):
        h = spike * (tall_front if i == 0 else 1.0)
        point = facet(4, -0.06, h, math.pi * high / n * 1.06, 0.0, flat=0.3)
        pearl = ball((0, h + 0.01, 0), 0.058, tip)
        jewel = ball(
            (0, -0.12, 0.055), (0.05, 0.062, 0.035), "liquid" if i % 2 == 0 else "trim_light"
        )
        solids.append(group(point, pearl, jewel, at=translate(x, band, z) @ turn @ rotate("x", 13)))
    return group(*solids)


@thing("gem", stance="hover", float_roll=(-16, 16))
def gem(rng: Rng) -> Group:
    style = (0, 0, 1, 2)[int(rng.integers(4))]
    solids: list[Solid] = []
    if style == 0:
        # A brilliant: table, crown, girdle, pavilion; each storey half a facet further round.
        n, r = int(rng.integers(6, 9)), between(rng, 0.46, 0.52)
        girdle, table = between(rng, 0.58, 0.66), between(rng, 0.52, 0.64)
        mid = girdle * between(rng, 0.3, 0.42)
        solids += [
            facet(n, 0, mid, 0.0, r * (mid / girdle) * 1.1, twist=0.5),
            facet(n, mid * 0.85, girdle, r * (mid / girdle), r * 0.99),
            facet(n, girdle, girdle + 0.04, r, r),
            facet(n, girdle + 0.04, girdle + 0.15, r * 0.98, r * 0.84, twist=0.5),
            facet(n, girdle + 0.04, girdle + between(rng, 0.24, 0.3), r, r * table),
        ]
    elif style == 1:
        # A double-ended crystal.
        n, r = int(rng.integers(5, 8)), between(rng, 0.27, 0.34)
        low, high = between(rng, 0.22, 0.32), between(rng, 0.62, 0.7)
        solids += [
            facet(n, 0, low, 0.0, r * 0.9),
            facet(n, low, high, r * 0.9, r),
            facet(n, high, 1.0, r, 0.0),
        ]
    else:
        # A cushion: a broad octagon seen from its table side, stepped like an emerald cut.
        w = between(rng, 0.4, 0.46)
        steps = (
            (-0.2, 0.0, 0.25, 0.5),
            (0.0, 0.06, 0.5, 0.5),
            (0.06, 0.14, 0.5, 0.4),
            (0.14, 0.2, 0.38, 0.25),
        )
        for z0, z1, r0, r1 in steps:
            cut = facet(8, z0, z1, r0, r1, twist=0.5)
            solids.append(group(cut, at=translate(0, 0.54, 0) @ scale(w / 0.5, 1.1, 1.5) @ TO_Z))
    if chance(rng, 0.5):
        # Splinters that float along.
        for side in (-1, 1):
            s, y = between(rng, 0.07, 0.11), between(rng, 0.12, 0.3)
            shard = [facet(4, -s * 1.6, 0, 0.0, s), facet(4, 0, s * 1.6, s, 0.0)]
            solids.append(group(*shard, at=translate(side * between(rng, 0.4, 0.5), y, 0.1)))
    return group(*solids)


@thing("key", stance="planted", float_roll=(-52, 46))
def key(rng: Rng) -> Group:
    """Bow up, bit down, teeth towards +x."""
    thick, shaft = between(rng, 0.05, 0.064), between(rng, 0.045, 0.055)
    bow_y = between(rng, 0.74, 0.78)
    style = int(rng.integers(4))
    solids: list[Solid] = []
    if style == 0:
        solids.append(ring((0, bow_y, 0), between(rng, 0.19, 0.22), thick, axis=TO_Z))
    elif style == 1:
        r = 0.12
        for x, y in ((-0.145, -0.04), (0.145, -0.04), (0, 0.13)):
            solids.append(ring((x, bow_y + y, 0), r, thick * 0.9, axis=TO_Z))
    elif style == 2:
        # A heart: two rings over a V.
        for s in (-1, 1):
            solids.append(ring((s * 0.115, bow_y + 0.06, 0), 0.115, thick, axis=TO_Z))
            solids.append(rod((s * 0.215, bow_y + 0.02, 0), (0, bow_y - 0.19, 0), thick))
    else:
        corners = [(0.0, 0.22), (0.22, 0.0), (0.0, -0.22), (-0.22, 0.0)]
        for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1], strict=True):
            solids.append(rod((ax, bow_y + ay, 0), (bx, bow_y + by, 0), thick))
    if chance(rng, 0.55):
        solids.append(
            ball((0, bow_y + (0.0 if style != 1 else 0.02), 0), (0.085, 0.085, 0.06), "liquid")
        )
    solids.append(turned(0.02, bow_y - 0.15, shaft, shaft))
    collar = bow_y - 0.24
    solids.append(turned(collar, collar + 0.07, 0.085, 0.085, "trim_gold"))
    solids.append(ring((0, collar - 0.05, 0), shaft * 1.25, 0.024, "trim_gold"))
    solids.append(ball((0, 0.03, 0), shaft * 1.25))
    # The bit: a plate with teeth.
    n = int(rng.integers(2, 4))
    long = between(rng, 0.2, 0.25)
    plate = 0.12 if n == 2 else 0.15
    solids.append(block((long * 0.36, 0.07 + plate, 0), (long * 0.36, plate, 0.036), "main", 0.2))
    for i in range(n):
        y = 0.07 + 0.04 + i * (2 * plate - 0.08) / (n - 1)
        reach = long * (1.0 if i != 1 or n == 2 else between(rng, 0.86, 1.2))
        solids.append(block((reach * 0.62, y, 0), (reach * 0.42, 0.042, 0.042), "main", 0.25))
    return group(*solids)
