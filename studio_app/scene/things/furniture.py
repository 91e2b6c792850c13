"""What stands in a room: chair, table, bed, bookshelf, throne."""

from __future__ import annotations

from studio_app.scene.primitives import Group
from studio_app.scene.things.registry import thing
from studio_app.scene.things.shapes import (
    TO_Z,
    Rng,
    Solid,
    ball,
    between,
    block,
    chance,
    gable,
    group,
    pick,
    ring,
    tube,
    turned,
)
from studio_app.scene.transform import rotate, translate


@thing("chair")
def chair(rng: Rng) -> Group:
    w, seat = between(rng, 0.24, 0.29), between(rng, 0.4, 0.46)
    leg, back = between(rng, 0.035, 0.05), 1.0
    solids: list[Solid] = [block((0, seat, 0), (w, 0.045, w), "main", 0.2)]
    for x in (-1, 1):
        solids.append(block((x * (w - leg), seat / 2, w - leg), (leg, seat / 2, leg)))
        solids.append(block((x * (w - leg), back / 2, -w + leg), (leg, back / 2, leg)))
        solids.append(block((x * (w - leg), seat * 0.4, 0), (leg * 0.6, leg * 0.7, w - leg)))
        solids.append(ball((x * (w - leg), back + 0.02, -w + leg), leg * 1.4))
    style = int(rng.integers(3))
    z = -w + leg
    if style == 0:
        for y in (0.62, 0.78, 0.93):
            solids.append(block((0, y, z), (w - leg, 0.045, 0.025), "main", 0.2))
    elif style == 1:
        solids.append(block((0, 0.94, z), (w, 0.06, 0.035), "main", 0.3))
        for k in range(4):
            x = (w - 2 * leg) * (-1 + 2 * k / 3) * 0.7
            solids.append(turned(seat, 0.9, 0.022, 0.022, "main", x, z))
    else:
        solids.append(block((0, 0.72, z), (w - leg, 0.24, 0.03), "main", 0.1))
        solids.append(block((0, 0.72, z + 0.04), (w * 0.62, 0.17, 0.02), "cloth2", 0.3))
    if chance(rng, 0.5):
        solids.append(block((0, seat + 0.06, 0.01), (w * 0.88, 0.035, w * 0.86), "cloth2", 0.6))
    return group(*solids)


@thing("table")
def table(rng: Rng) -> Group:
    """Four legs and a board, or a round top on one foot; a thing or two upon it."""
    high = between(rng, 0.58, 0.68)
    solids: list[Solid] = []
    if chance(rng, 0.65):
        w, d = between(rng, 0.56, 0.66), between(rng, 0.3, 0.38)
        leg = between(rng, 0.045, 0.065)
        solids.append(block((0, high, 0), (w, 0.045, d), "main", 0.15))
        solids.append(block((0, high - 0.09, 0), (w * 0.86, 0.05, d * 0.8)))
        for x in (-1, 1):
            for z in (-1, 1):
                at = (x * (w - 0.1), high / 2, z * (d - 0.08))
                solids.append(block(at, (leg, high / 2, leg)))
        solids.append(block((0, high * 0.28, 0), (w - 0.1, 0.03, 0.035)))
    else:
        w = between(rng, 0.5, 0.58)
        solids += [
            turned(high - 0.03, high + 0.045, w, w),
            turned(0.1, high, 0.07, 0.09),
            turned(0, 0.12, 0.32, 0.08),
            ring((0, high * 0.5, 0), 0.09, 0.035, "trim_gold"),
        ]
        d = w * 0.7
    y = high + 0.045
    if chance(rng, 0.6):
        runner = block((0, y + 0.002, 0), (w * 0.3, 0.006, d * 1.01), "cloth2")
        solids.append(runner)
        solids.append(block((0, y - 0.08, d + 0.006), (w * 0.3, 0.09, 0.008), "cloth2"))
    if chance(rng, 0.6):
        solids.append(turned(y, y + 0.17, 0.055, 0.075, "trim_metal", -w * 0.45, 0.05))
        solids.append(ball((w * 0.4, y + 0.07, 0.05), (0.13, 0.08, 0.1), "trim_wood"))
    if chance(rng, 0.4):
        solids.append(turned(y, y + 0.16, 0.035, 0.035, "trim_light", 0.06, -0.05))
        solids.append(ball((0.06, y + 0.21, -0.05), (0.03, 0.05, 0.03), "glow"))
    return group(*solids)


@thing("bed")
def bed(rng: Rng) -> Group:
    """Head board, foot board, a puffed blanket, a pillow; seen from its foot and side."""
    w, long = between(rng, 0.36, 0.42), 0.62
    wood = pick(rng, "trim_wood", "trim_wood", "trim_dark", "trim_light")
    head, foot = between(rng, 0.62, 0.8), between(rng, 0.36, 0.44)
    solids: list[Solid] = [
        block((0, 0.2, 0), (w, 0.07, long), wood),
        block((0, 0.3, 0), (w * 0.95, 0.08, long * 0.96), "trim_light", 0.4),
        block((0, 0.34, 0.13), (w * 1.02, 0.11, long * 0.8), "main", 0.45),
        block((0, 0.385, -0.33), (w * 1.03, 0.07, 0.08), "main", 0.6),
        ball((0, 0.43, -long * 0.78), (w * 0.66, 0.1, 0.15), "trim_light"),
    ]
    for z, high in ((-long, head), (long, foot)):
        solids.append(block((0, high * 0.58, z), (w, high * 0.34, 0.035), wood, 0.2))
        for x in (-1, 1):
            solids.append(block((x * w, high / 2 + 0.02, z), (0.05, high / 2 + 0.02, 0.05), wood))
            solids.append(ball((x * w, high + 0.07, z), 0.065, pick(rng, "trim_gold", wood)))
    if chance(rng, 0.35):
        for x in (-1, 1):
            for z in (-1, 1):
                solids.append(turned(0, 1.05, 0.032, 0.032, wood, x * w, z * long))
        solids.append(block((0, 1.08, 0), (w + 0.07, 0.05, long + 0.07), "main", 0.3))
    return group(group(*solids), at=rotate("y", between(rng, 38, 55)))


@thing("bookshelf")
def bookshelf(rng: Rng) -> Group:
    """A tall case, three boards of books, gaps and a trinket."""
    w, d, t = between(rng, 0.32, 0.38), 0.16, 0.045
    solids: list[Solid] = [
        block((0, 0.5, -d + 0.015), (w, 0.5, 0.015), "trim_dark"),
        block((0, 1.0, 0), (w + 0.035, 0.05, d + 0.03), "main", 0.2),
        block((0, 0.045, 0), (w + 0.02, 0.045, d + 0.015), "main", 0.2),
    ]
    for s in (-1, 1):
        solids.append(block((s * (w - t * 0.5), 0.5, 0), (t, 0.5, d)))
    for y in (0.36, 0.67):
        solids.append(block((0, y, 0), (w - t, 0.028, d)))
    covers = ("cloth2", "trim_leather", "trim_gold", "trim_light", "liquid", "trim_metal")
    for floor in (0.09, 0.388, 0.698):
        x = -w + 2 * t
        while x < w - 2 * t - 0.05 and len(solids) < 38:
            wide, high = between(rng, 0.035, 0.055), between(rng, 0.15, 0.22)
            if chance(rng, 0.85):
                lean = group(
                    block((0, high / 2, 0), (wide, high / 2, d * 0.7), pick(rng, *covers)),
                    at=translate(x + wide, floor, 0.02),
                )
                solids.append(lean)
            x += 2 * wide + 0.012
    return group(*solids)


@thing("throne")
def throne(rng: Rng) -> Group:
    """A seat on steps with a tall, pointed back."""
    w = between(rng, 0.26, 0.3)
    trim = pick(rng, "trim_gold", "trim_gold", "trim_metal")
    solids: list[Solid] = [
        block((0, 0.04, 0.05), (w + 0.2, 0.04, 0.38), "trim_light"),
        block((0, 0.12, 0.0), (w + 0.1, 0.05, 0.3), "trim_light"),
        block((0, 0.3, 0.0), (w, 0.14, 0.23)),
        block((0, 0.45, 0.03), (w * 0.8, 0.04, 0.2), "cloth2", 0.6),
        block((0, 0.66, -0.2), (w, 0.36, 0.05)),
        block((0, 0.68, -0.145), (w * 0.7, 0.24, 0.02), "cloth2", 0.3),
        gable((0, 1.02, -0.2), w * 1.08, between(rng, 0.16, 0.26), 0.055, "main"),
    ]
    for s in (-1, 1):
        solids.append(block((s * w, 0.5, 0.02), (0.055, 0.06, 0.24), "main", 0.3))
        solids.append(block((s * w, 0.36, 0.2), (0.045, 0.2, 0.045)))
        solids.append(ball((s * w, 0.55, 0.25), 0.07, trim))
        solids.append(turned(0.16, 1.1, 0.05, 0.042, "main", s * (w + 0.02), -0.2))
        solids.append(ball((s * (w + 0.02), 1.13, -0.2), 0.065, trim))
        solids.append(
            tube((s * (w + 0.02), 1.15, -0.2), (s * (w + 0.02), 1.28, -0.2), 0.04, 0.0, trim)
        )
    solids.append(ball((0, 1.08, -0.14), (0.07, 0.08, 0.04), "liquid"))
    solids.append(ring((0, 1.08, -0.14), 0.085, 0.02, trim, TO_Z))
    solids.append(block((0, 0.085, 0.2), (w * 0.55, 0.006, 0.22), "cloth2"))
    return group(*solids)
