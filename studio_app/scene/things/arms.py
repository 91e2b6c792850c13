"""More weapons: dagger, bow, spear, staff, mace, scythe."""

from __future__ import annotations

import itertools
import math

from studio_app.scene.primitives import Group
from studio_app.scene.things.registry import thing
from studio_app.scene.things.shapes import (
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
    tube,
    turned,
)
from studio_app.scene.transform import rotate, translate


@thing("dagger", stance="planted", float_roll=(128, 232))
def dagger(rng: Rng) -> Group:
    """Point down, short and broad: a leaf of a blade under a big hilt."""
    half, guard_y = between(rng, 0.13, 0.17), between(rng, 0.52, 0.58)
    belly = guard_y * between(rng, 0.45, 0.6)
    thick = 0.32
    trim = pick(rng, "trim_gold", "trim_dark", "trim_metal")
    solids: list[Solid] = [
        facet(4, 0.0, belly, 0.0, half * 1.15, flat=thick),
        facet(4, belly, guard_y, half * 1.15, half * 0.8, flat=thick),
        block((0, guard_y + 0.02, 0), (between(rng, 0.24, 0.3), 0.045, 0.07), trim, 0.6),
        turned(guard_y + 0.05, guard_y + 0.3, 0.06, 0.075, "trim_leather"),
        ball((0, guard_y + 0.35, 0), between(rng, 0.085, 0.105), trim),
        ball((0, guard_y + 0.02, 0.07), (0.06, 0.06, 0.035), "liquid"),
    ]
    for y in (0.12, 0.2):
        solids.append(ring((0, guard_y + y, 0), 0.066, 0.014, "trim_dark"))
    if chance(rng, 0.5):
        for s in (-1, 1):
            solids.append(rod((s * 0.25, guard_y, 0), (s * 0.3, guard_y - 0.1, 0), 0.035, trim))
    return group(*solids)


@thing("bow", stance="planted", float_roll=(-40, 40))
def bow(rng: Rng) -> Group:
    """A drawn curve with its string, and an arrow laid on."""
    deep, curl = between(rng, 0.24, 0.32), between(rng, 0.1, 0.2)
    spots = [(-deep - curl * 0.2, 0.02), (-deep * 0.72 + 0.02, 0.1), (-0.1, 0.27), (0.0, 0.5)]
    if chance(rng, 0.5):
        spots[0] = (-deep + curl, 0.0)
    points = spots + [(x, 1 - y) for x, y in spots[-2::-1]]
    solids: list[Solid] = []
    widths = (0.028, 0.042, 0.052, 0.052, 0.042, 0.028)
    for (a, b), r in zip(itertools.pairwise(points), widths, strict=True):
        solids.append(rod((a[0], a[1], 0), (b[0], b[1], 0), r))
    x = points[0][0]
    solids.append(rod((x, 0.02, 0), (x, 0.98, 0), 0.012, "trim_light"))
    solids.append(turned(0.41, 0.59, 0.066, 0.066, "trim_leather"))
    for y in (0.4, 0.6):
        solids.append(ring((0, y, 0), 0.062, 0.018, "trim_gold"))
    if chance(rng, 0.6):
        solids.append(rod((x, 0.52, 0.05), (0.28, 0.52, 0.05), 0.016, "trim_wood"))
        solids.append(tube((0.26, 0.52, 0.05), (0.4, 0.52, 0.05), 0.05, 0.0, "trim_metal"))
        solids.append(block((x + 0.05, 0.52, 0.05), (0.07, 0.05, 0.008), "trim_light"))
    return group(*solids)


@thing("spear", stance="planted", float_roll=(-45, 45))
def spear(rng: Rng) -> Group:
    grip, neck = between(rng, 0.038, 0.046), between(rng, 0.56, 0.62)
    half = between(rng, 0.125, 0.155)
    trim = pick(rng, "trim_gold", "trim_metal", "trim_dark")
    middle = neck + between(rng, 0.07, 0.12)
    solids: list[Solid] = [
        turned(0, neck, grip, grip, "trim_wood"),
        facet(4, neck, middle, 0.04, half, flat=0.34),
        facet(4, middle, 1.04, half, 0.0, flat=0.34),
        turned(neck - 0.08, neck + 0.01, 0.05, 0.055, trim),
        ring((0, neck - 0.08, 0), 0.05, 0.018, trim),
    ]
    if chance(rng, 0.5):
        tassel = pick(rng, "cloth2", "main")
        solids.append(turned(neck - 0.22, neck - 0.08, 0.075, 0.03, tassel))
    style = int(rng.integers(3))
    if style == 0:
        # Lugs, as on a boar spear.
        solids.append(rod((-0.13, neck + 0.0, 0), (0.13, neck + 0.0, 0), 0.028))
    elif style == 1:
        # Two side prongs make it a trident.
        for s in (-1, 1):
            solids.append(rod((0, neck, 0), (s * 0.14, neck + 0.05, 0), 0.028))
            solids.append(facet(4, 0, 0.25, 0.05, 0.0, flat=0.5))
            solids[-1] = group(solids[-1], at=translate(s * 0.14, neck + 0.05, 0))
    for y in (0.3, 0.36):
        solids.append(ring((0, y, 0), grip, 0.012, "trim_dark"))
    return group(*solids)


@thing("staff", stance="planted", float_roll=(-40, 40))
def staff(rng: Rng) -> Group:
    """A magic staff: a shaft whose crook holds a big shining stone."""
    grip, neck = between(rng, 0.042, 0.052), between(rng, 0.62, 0.67)
    stone, y = between(rng, 0.12, 0.15), 0.86
    solids: list[Solid] = [
        turned(0, neck, grip * 0.8, grip * 1.15),
        ring((0, neck, 0), grip * 1.3, 0.022, "trim_gold"),
        ring((0, neck * 0.5, 0), grip * 1.05, 0.016, "trim_gold"),
    ]
    style = int(rng.integers(3))
    if style == 0:
        # Claws that hold it from below.
        for x, z, _ in around(4, 1.0, 45):
            a, b, c = 0.02, stone * 1.25, stone * 0.8
            solids.append(rod((a * x, neck, a * z), (b * x, y - 0.02, b * z), 0.03))
            solids.append(rod((b * x, y - 0.02, b * z), (c * x, y + 0.13, c * z), 0.022))
        solids.append(ball((0, y, 0), stone, "liquid"))
    elif style == 1:
        # A crescent.
        for k in range(7):
            a, b = (math.radians(-60 - 300 * (k + s) / 7) for s in (0, 1))
            r = stone * 1.55
            solids.append(
                rod(
                    (r * math.cos(a + 2.4), y + r * math.sin(a + 2.4), 0),
                    (r * math.cos(b + 2.4), y + r * math.sin(b + 2.4), 0),
                    0.03 - 0.002 * abs(k - 3),
                )
            )
        solids.append(facet(6, y - stone, y, 0.0, stone * 0.75, "liquid"))
        solids.append(facet(6, y, y + stone, stone * 0.75, 0.0, "liquid"))
    else:
        solids.append(turned(neck, neck + 0.09, grip, 0.1))
        solids.append(facet(6, neck + 0.06, y + 0.04, 0.085, 0.1, "liquid"))
        solids.append(facet(6, y + 0.04, y + 0.22, 0.1, 0.0, "liquid"))
        for s in (-1, 1):
            solids.append(facet(5, 0, 0.22, 0.05, 0.0, "liquid"))
            at = translate(s * 0.07, neck + 0.06, 0.03) @ rotate("z", -s * 28)
            solids[-1] = group(solids[-1], at=at)
    return group(*solids)


@thing("mace", stance="planted", float_roll=(-45, 45))
def mace(rng: Rng) -> Group:
    """A ball of spikes or flanges on a stout handle."""
    grip, y = between(rng, 0.045, 0.055), 0.76
    r = between(rng, 0.17, 0.2)
    trim = pick(rng, "trim_gold", "trim_metal", "trim_dark")
    solids: list[Solid] = [
        turned(0, y, grip, grip * 0.9, "trim_wood"),
        turned(0.05, 0.3, grip * 1.25, grip * 1.25, "trim_leather"),
        ball((0, 0.02, 0), grip * 1.6, trim),
        turned(y - r - 0.08, y - r * 0.8, grip * 1.2, grip * 2, trim),
    ]
    if chance(rng, 0.6):
        solids.append(ball((0, y, 0), r))
        ups = [(8, 0.0, 0), (5, 0.75, 20), (5, -0.7, 20)]
        for n, lift, phase in ups:
            for x, z, _ in around(n, math.cos(lift), phase):
                d = (x, math.sin(lift), z)
                a, b = r * 0.9, r * between(rng, 1.5, 1.65)
                solids.append(
                    tube(
                        (a * d[0], y + a * d[1], a * d[2]), (b * d[0], y + b * d[1], b * d[2]),
                        0.045, 0.0, "trim_light",
                    )
                )  # fmt: skip
        solids.append(tube((0, y + r * 0.9, 0), (0, y + r * 1.6, 0), 0.045, 0.0, "trim_light"))
    else:
        solids.append(turned(y - r, y + r, 0.08, 0.08, trim))
        for _, _, turn in around(int(rng.integers(6, 9)), 1):
            low = facet(4, -r * 1.1, 0, 0.03, r * 1.05, flat=0.1)
            high = facet(4, 0, r * 1.1, r * 1.05, 0.03, flat=0.1)
            solids.append(group(low, high, at=translate(0, y, 0) @ turn))
        solids.append(tube((0, y + r, 0), (0, y + r * 1.55, 0), 0.06, 0.0, trim))
    return group(*solids)


@thing("scythe", stance="planted", float_roll=(-30, 30))
def scythe(rng: Rng) -> Group:
    """A long shaft and one great curved blade at its top."""
    grip = between(rng, 0.03, 0.036)
    solids: list[Solid] = [
        rod((0.06, 0.0, 0), (0.0, 0.5, 0), grip, "trim_wood"),
        rod((0.0, 0.5, 0), (0.05, 0.98, 0), grip, "trim_wood"),
        rod((0.02, 0.4, 0), (0.14, 0.42, 0.0), 0.026, "trim_wood"),
        ball((0.05, 0.98, 0), 0.06, pick(rng, "trim_gold", "trim_metal", "trim_dark")),
    ]
    # Pieces of a shrinking arc.
    drop, reach = between(rng, 0.26, 0.36), between(rng, 0.6, 0.72)
    steps = 6
    for k in range(steps):
        a, b = k / steps, (k + 1) / steps
        xa, xb = 0.05 - reach * a, 0.05 - reach * b
        ya, yb = 0.98 - drop * a**2, 0.98 - drop * b**2
        turn = math.degrees(math.atan2(ya - yb, xa - xb))
        wide = 0.11 * (1 - 0.72 * (a + b) / 2) + 0.02
        long = math.hypot(xa - xb, ya - yb) / 2
        piece = block((0, -wide * 0.5, 0), (long * 1.16, wide, 0.025), "main", 0.2)
        edge = block((0, -wide * 1.42, 0), (long * 1.16, wide * 0.2, 0.018), "trim_light")
        at = translate((xa + xb) / 2, (ya + yb) / 2, 0) @ rotate("z", turn)
        solids.append(group(piece, edge, at=at))
    tip = facet(4, 0, 0.16, 0.055, 0.0, flat=0.4)
    solids.append(group(tip, at=translate(0.05 - reach, 0.98 - drop - 0.015, 0) @ rotate("z", 142)))
    return group(*solids)
