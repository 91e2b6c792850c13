"""What there is to eat and drink: apple, bread, cheese, cake, drumstick, pumpkin, carrot, goblet."""

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


@thing("apple", float_roll=(-18, 18))
def apple(rng: Rng) -> Group:
    """Two lobes, a dent with a stalk, one leaf."""
    r = 0.4
    solids: list[Solid] = [
        ball((s * 0.13, 0.46, z), (r * 0.8, r * between(rng, 0.84, 0.92), r * 0.84))
        for s, z in ((-0.8, 0.0), (0.8, 0.0), (0, -0.1), (0.05, 0.1))
    ]
    solids.append(ball((0, 0.3, 0.02), (r * 0.84, 0.3, r * 0.84)))
    lean = between(rng, -0.08, 0.08)
    solids.append(rod((0, 0.7, 0.05), (lean, 1.02, 0.05), 0.038, "bark"))
    solids.append(ball((0, 0.81, 0.02), (0.12, 0.03, 0.1), "trim_dark"))
    if chance(rng, 0.85):
        leaf = ball((0.2, 0, 0), (0.2, 0.035, 0.1), "leaf")
        turn = rotate("z", between(rng, 10, 35)) @ rotate("x", 25)
        solids.append(group(leaf, at=translate(lean * 0.6, 0.86, 0.08) @ turn))
    if chance(rng, 0.3):
        solids.append(ball((0.33, 0.5, 0.22), (0.13, 0.15, 0.13), "trim_light"))
    return group(*solids)


@thing("bread", float_roll=(-14, 14))
def bread(rng: Rng) -> Group:
    """A loaf with slashes, or a long one cut open."""
    long, high = between(rng, 0.5, 0.58), between(rng, 0.3, 0.36)
    solids: list[Solid] = [
        ball((0, high * 0.75, 0), (long, high, 0.34)),
        block((0, high * 0.45, 0), (long * 0.84, high * 0.45, 0.3), "main", 0.6),
    ]
    n = int(rng.integers(3, 5))
    for k in range(n):
        x = long * (-0.58 + 1.16 * k / (n - 1))
        # On the upper front, where a low camera sees them, each a little askew.
        swell = math.sqrt(1 - (x / long) ** 2)
        up = math.radians(52)
        y, z = high * (0.75 + 0.97 * swell * math.sin(up)), 0.33 * swell * math.cos(up)
        slash = ball((0, 0, 0), (0.045, 0.17, 0.035), "trim_light")
        at = translate(x, y, z) @ rotate("z", 24) @ rotate("x", -52)
        solids.append(group(slash, at=at))
    if chance(rng, 0.4):
        board = block((0, -0.03, 0), (long + 0.12, 0.035, 0.44), "trim_wood", 0.3)
        solids.append(board)
    return group(*solids)


@thing("cheese", float_roll=(-14, 14))
def cheese(rng: Rng) -> Group:
    """A wedge with holes in its cut faces."""
    h, long = between(rng, 0.44, 0.52), 0.62
    wide = between(rng, 0.4, 0.46)
    wedge = gable((0, 0, 0), wide, long * 1.6, h / 2, "main")
    # Lying on its side: the point to the front left.
    body = group(wedge, at=translate(0, h / 2, 0) @ rotate("x", 90))
    solids: list[Solid] = [body]
    rind = block((0, h / 2, -0.02), (wide + 0.02, h / 2 + 0.012, 0.045), "trim_gold", 0.2)
    solids.append(rind)
    # Dark dimples along the two sides that meet in the point (at +z).
    deep = long * 1.6
    for s in (-1, 1):
        for _ in range(int(rng.integers(4, 6))):
            share, y = between(rng, 0.18, 0.8), between(rng, 0.12, h - 0.12)
            x, z = s * wide * (1 - share), deep * share
            r = between(rng, 0.05, 0.1)
            solids.append(ball((x, y, z), (r, r, r), "trim_dark"))
    for _ in range(3):
        share, side = between(rng, 0.15, 0.5), between(rng, -0.5, 0.5)
        r = between(rng, 0.05, 0.09)
        solids.append(ball((side * wide * (1 - share), h, deep * share), (r, 0.02, r), "trim_dark"))
    # Laid back, so that its triangle shows; the point to one side.
    turn = rotate("x", between(rng, 34, 44)) @ rotate("y", between(rng, 62, 76))
    return group(group(*solids, at=translate(0, 0, -0.3)), at=turn)


@thing("cake", float_roll=(-8, 8))
def cake(rng: Rng) -> Group:
    """Two or three tiers with cream, candles or a cherry on top."""
    tiers = int(rng.integers(2, 4))
    cream = pick(rng, "trim_light", "trim_light", "cloth2")
    solids: list[Solid] = [turned(-0.05, 0.0, 0.62, 0.62, "trim_light")]
    y, r = 0.0, 0.52
    for _ in range(tiers):
        h = 0.26
        solids.append(turned(y, y + h, r, r * 0.97))
        solids.append(turned(y + h - 0.03, y + h + 0.03, r * 1.02, r * 0.95, cream))
        for x, z, _ in around(9 if r > 0.4 else 6, r * 0.97, 10):
            long = between(rng, 0.05, 0.13)
            solids.append(rod((x, y + h, z), (x, y + h - long, z), 0.05, cream))
        y, r = y + h, r * 0.68
    if chance(rng, 0.55):
        for x, z, _ in around(3, r * 0.7, 30):
            solids.append(turned(y, y + 0.2, 0.028, 0.028, "trim_light", x, z))
            solids.append(ball((x, y + 0.26, z), (0.035, 0.06, 0.035), "glow"))
    else:
        solids.append(ball((0, y + 0.1, 0), 0.1, "liquid"))
        solids.append(rod((0, y + 0.18, 0), (0.05, y + 0.3, 0), 0.014, "bark"))
    return group(*solids[-40:])


@thing("drumstick", stance="hover", float_roll=(-60, -10))
def drumstick(rng: Rng) -> Group:
    """A fat piece of meat and the bone that sticks out of it."""
    r = between(rng, 0.29, 0.34)
    solids: list[Solid] = [
        ball((0, 0.66, 0), (r, r * between(rng, 1.0, 1.15), r * 0.95)),
        turned(0.3, 0.56, 0.09, r * 0.86),
        ball((0, 0.31, 0), (0.1, 0.06, 0.1)),
        turned(0.03, 0.32, 0.055, 0.065, "trim_light"),
    ]
    for s in (-1, 1):
        solids.append(ball((s * 0.075, 0.02, 0), 0.095, "trim_light"))
    if chance(rng, 0.5):
        solids.append(ring((0, 0.4, 0), 0.17, 0.02, "trim_dark"))
    for s in (-1, 1):
        solids.append(ball((s * r * 0.3, 0.6, 0.04), (r * 0.74, r * 0.7, r * 0.8)))
    return group(*solids)


@thing("pumpkin", float_roll=(-10, 10))
def pumpkin(rng: Rng) -> Group:
    """Ribs all round, a crooked stalk; sometimes a cut and lit face."""
    n = int(rng.integers(8, 11))
    squash = between(rng, 0.76, 0.96)
    solids: list[Solid] = []
    for _, _, turn in around(n, 1):
        rib = ball((0, 0.42 * squash, 0.2), (0.19, 0.42 * squash, 0.29))
        solids.append(group(rib, at=turn))
    top = 0.84 * squash
    lean = between(rng, -0.14, 0.14)
    solids.append(tube((0, top - 0.1, 0), (lean, top + 0.14, 0), 0.1, 0.055, "leaf"))
    solids.append(ball((lean, top + 0.14, 0), 0.06, "leaf"))
    if chance(rng, 0.5):
        leaf = ball((0.2, 0.02, 0.1), (0.18, 0.03, 0.12), "leaf")
        solids.append(group(leaf, at=translate(0, top, 0) @ rotate("y", between(rng, 0, 90))))
    if chance(rng, 0.5):
        z = 0.47
        for s in (-1, 1):
            solids.append(gable((s * 0.16, 0.44 * squash, z - 0.05), 0.09, 0.15, 0.05, "glow"))
        solids.append(block((0, 0.24 * squash, z - 0.03), (0.2, 0.045, 0.05), "glow", 0.6))
        for s in (-1, 1):
            tip = block((s * 0.2, 0.3 * squash, z - 0.06), (0.04, 0.06, 0.05), "glow", 0.5)
            solids.append(tip)
    return group(*solids)


@thing("carrot", stance="hover", float_roll=(-40, 40))
def carrot(rng: Rng) -> Group:
    """A pointed root with rings and a crown of green."""
    r = between(rng, 0.15, 0.19)
    top = 0.7
    bend = between(rng, -0.06, 0.06)
    solids: list[Solid] = [
        tube((bend * 2, 0.0, 0), (bend * 0.5, 0.26, 0), 0.02, r * 0.62),
        tube((bend * 0.5, 0.24, 0), (0, top - 0.06, 0), r * 0.6, r),
        ball((0, top - 0.06, 0), (r, 0.08, r)),
    ]
    for y in (0.2, 0.34, 0.46, 0.58):
        wide = r * (0.42 + 0.55 * min(y / 0.6, 1.0))
        solids.append(ring((bend * 0.4 * (1 - y), y, 0), wide, 0.012, "trim_dark"))
    n = int(rng.integers(5, 8))
    for x, z, _ in around(n, 1.0, between(rng, 0, 60)):
        lean, high = between(rng, 0.08, 0.16), between(rng, 0.2, 0.3)
        tip = (x * lean, top + high, z * lean)
        solids.append(rod((x * 0.03, top - 0.02, z * 0.03), tip, 0.022, "leaf"))
        solids.append(ball(tip, (0.05, 0.08, 0.05), "leaf"))
        mid = (x * lean * 0.55, top + high * 0.55, z * lean * 0.55)
        solids.append(ball(mid, (0.045, 0.06, 0.045), "leaf"))
    return group(*solids)


@thing("goblet", float_roll=(-14, 14))
def goblet(rng: Rng) -> Group:
    """A cup on a stem with a knob, jewels round the bowl."""
    r = between(rng, 0.27, 0.33)
    trim = pick(rng, "trim_gold", "trim_metal", "trim_light")
    bowl = between(rng, 0.5, 0.56)
    solids: list[Solid] = [
        turned(0, 0.04, 0.3, 0.28),
        turned(0.04, 0.14, 0.26, 0.07),
        turned(0.12, bowl, 0.055, 0.065),
        ball((0, 0.3, 0), (0.1, 0.08, 0.1), trim),
        ball((0, bowl + 0.16, 0), (r, 0.24, r), clip=(0, 1, 0, 0.1)),
        turned(bowl + 0.17, 0.98, r * 0.99, r * 1.06),
        ring((0, 0.98, 0), r * 1.05, 0.03, trim),
        turned(0.96, 0.985, r * 0.97, r * 0.97, "liquid"),
        ring((0, bowl + 0.18, 0), r * 1.0, 0.022, trim),
    ]
    for x, z, _ in around(6, r * 1.03, 0):
        solids.append(ball((x, 0.84, z), (0.055, 0.07, 0.055), pick(rng, "liquid", trim)))
    if chance(rng, 0.35):
        for s in (-1, 1):
            solids.append(ring((s * (r + 0.1), 0.82, 0), 0.12, 0.028, trim, TO_Z))
    return group(*solids)
