"""What carries: cart, boat, balloon, rocket."""

from __future__ import annotations

import math

from studio_app.scene.primitives import Group
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
    gable,
    group,
    pick,
    ring,
    rod,
    tube,
    turned,
)
from studio_app.scene.transform import rotate, translate


def _wheel(r: float, spokes: int, rim: str) -> list[Solid]:
    """A spoked wheel in the xy plane."""
    out: list[Solid] = [ring((0, 0, 0), r, r * 0.17, rim, TO_Z)]
    for k in range(spokes):
        a = math.pi * k / spokes
        c, s = r * math.cos(a), r * math.sin(a)
        out.append(tube((-c, -s, 0), (c, s, 0), 0.028, 0.028, "trim_wood"))
    out.append(group(turned(-0.06, 0.06, 0.07, 0.055, "trim_metal"), at=TO_Z))
    return out


@thing("cart")
def cart(rng: Rng) -> Group:
    """A box on two or four big wheels, loaded or not, with shafts."""
    w, d, floor = 0.52, 0.26, between(rng, 0.3, 0.36)
    h = between(rng, 0.1, 0.14)
    rim = pick(rng, "trim_wood", "trim_dark", "trim_metal")
    r = between(rng, 0.24, 0.28)
    solids: list[Solid] = [block((0, floor, 0), (w, 0.04, d))]
    for z in (-d, d):
        solids.append(block((0, floor + 2 * h, z), (w, 0.045, 0.03), "main", 0.1))
        solids.append(block((0, floor + h, z), (w, 0.05, 0.022)))
        for x in (-w, 0, w):
            solids.append(block((x, floor + h, z), (0.035, h + 0.05, 0.035), "trim_wood"))
    for x in (-w, w):
        solids.append(block((x, floor + h, 0), (0.025, h, d)))
    places = (-0.3, 0.3) if chance(rng, 0.5) else (0.0,)
    for x in places:
        size = r if len(places) == 1 else r * 0.88
        for z in (-1, 1):
            wheel = _wheel(size, 3, rim)
            solids.append(group(*wheel, at=translate(x, size * 1.17, z * (d + 0.1))))
    for z in (-0.6, 0.6):
        solids.append(rod((w, floor, z * d), (w + 0.36, floor - 0.1, z * d), 0.026, "trim_wood"))
    if chance(rng, 0.6):
        load = pick(rng, "trim_gold", "trim_light", "leaf")
        for x in (-0.28, 0.02, 0.3):
            solids.append(ball((x, floor + 2 * h, 0), (0.24, between(rng, 0.14, 0.22), 0.22), load))
    return group(group(*solids), at=rotate("y", between(rng, 8, 30)))


@thing("boat")
def boat(rng: Rng) -> Group:
    """A round-bellied hull, a mast, one big sail; seen from its side."""
    long, deep = 0.5, between(rng, 0.24, 0.29)
    sail = pick(rng, "trim_light", "cloth2", "trim_light")
    solids: list[Solid] = [
        ball((0, deep, 0), (long, deep, 0.22), clip=(0, 1, 0, 0.25)),
        block((0, deep * 1.24, 0), (long * 0.93, 0.025, 0.2), "trim_wood", 0.6),
        tube((long * 0.78, deep * 1.0, 0), (long * 1.25, deep * 1.9, 0), 0.09, 0.03),
        tube((-long * 0.78, deep * 1.0, 0), (-long * 1.1, deep * 1.8, 0), 0.11, 0.05),
        turned(deep, 1.06, 0.028, 0.02, "trim_wood"),
        rod((-0.36, 0.94, 0.02), (0.36, 0.94, 0.02), 0.02, "trim_wood"),
        rod((-0.32, 0.48, 0.06), (0.32, 0.48, 0.06), 0.018, "trim_wood"),
        ball((0, deep * 1.02, 0), (long * 1.01, 0.03, 0.225), "trim_gold"),
    ]
    # The sail bulges: three bands on an arc.
    for k, (y, z, tilt) in enumerate(((0.85, 0.05, -22), (0.71, 0.09, 0), (0.57, 0.05, 22))):
        band = block(
            (0, 0, 0),
            (0.33 - 0.01 * k, 0.08, 0.012),
            "main" if k == 1 and sail != "cloth2" else sail,
        )
        solids.append(group(band, at=translate(0, y, z) @ rotate("x", tilt)))
    pennant = gable((0, 0, 0), 0.05, 0.16, 0.008, "cloth2")
    solids.append(group(pennant, at=translate(0, 1.04, 0) @ rotate("z", 90)))
    for x in (-0.24, 0, 0.24) if chance(rng, 0.5) else ():
        solids.append(
            group(
                turned(-0.02, 0.02, 0.075, 0.075, "trim_gold"),
                at=translate(x, deep * 0.95, 0.215) @ TO_Z,
            )
        )
    return group(*solids)


@thing("balloon", stance="hover", float_roll=(-8, 8))
def balloon(rng: Rng) -> Group:
    """A striped envelope over a small basket on ropes."""
    r = between(rng, 0.34, 0.38)
    y = 1.0 - r
    stripe = pick(rng, "trim_light", "trim_gold", "cloth2")
    solids: list[Solid] = [
        ball((0, y, 0), (r, r, r)),
        turned(0.3, y - r * 0.48, 0.12, r * 0.875),
        ring((0, 0.3, 0), 0.11, 0.025, "trim_leather"),
        turned(0.04, 0.16, 0.09, 0.11, "trim_wood"),
        ring((0, 0.16, 0), 0.11, 0.026, "trim_leather"),
        ball((0, 0.24, 0), (0.045, 0.065, 0.045), "glow"),
        ring((0, y + 0.02, 0), r * 0.99, 0.03, stripe),
    ]
    n = int(rng.integers(5, 8))
    for _, _, turn in around(n, 1, between(rng, 0, 40)):
        gore = ball((0, y, 0.015), (0.07, r * 0.995, r * 0.99), stripe)
        low = rod((0, 0.33, 0.115), (0, y - r * 0.46, r * 0.875), 0.03, stripe)
        solids.append(group(gore, low, at=turn))
    for x, z, _ in around(4, 0.1, 45):
        solids.append(rod((x, 0.14, z), (x * 1.05, 0.31, z * 1.05), 0.01, "trim_light"))
    for x, z, _ in around(4, 0.12, 0):
        solids.append(ball((x, 0.1, z), 0.035, "trim_leather"))
    return group(*solids)


@thing("rocket", float_roll=(-35, 35))
def rocket(rng: Rng) -> Group:
    """A cigar with a coloured nose, a round window, three fins."""
    r = between(rng, 0.17, 0.21)
    nose = pick(rng, "trim_gold", "trim_metal", "cloth2", "trim_light")
    fin = pick(rng, "cloth2", "trim_dark", nose)
    solids: list[Solid] = [
        turned(0.14, 0.24, r * 0.62, r * 0.88),
        turned(0.24, 0.46, r * 0.88, r),
        turned(0.46, 0.68, r, r * 0.86),
        turned(0.68, 0.78, r * 0.86, r * 0.66, nose),
        turned(0.78, 1.0, r * 0.66, 0.0, nose),
        ring((0, 0.68, 0), r * 0.87, 0.022, "trim_metal"),
        ring((0, 0.26, 0), r * 0.9, 0.022, "trim_metal"),
        turned(0.08, 0.15, r * 0.66, r * 0.5, "trim_dark"),
        ball((0, 0.55, r * 0.86), (0.085, 0.085, 0.05), "liquid"),
        ring((0, 0.55, r * 0.9), 0.085, 0.026, "trim_metal", TO_Z),
    ]
    for _, _, turn in around(3, 1, 60):
        blade = block((0, 0.2, r * 1.15), (0.025, 0.12, 0.1), fin, 0.3)
        foot = block((0, 0.08, r * 1.55), (0.025, 0.1, 0.06), fin, 0.3)
        solids.append(group(blade, foot, at=turn))
    if chance(rng, 0.5):
        solids.append(ball((0, 0.37, r * 0.88), (0.055, 0.055, 0.04), "liquid"))
    if chance(rng, 0.5):
        solids.append(tube((0, 0.08, 0), (0, -0.22, 0), r * 0.5, 0.0, "glow"))
    return group(*solids)
