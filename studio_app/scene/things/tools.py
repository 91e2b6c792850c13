"""What work is done with, and by what light: pickaxe, shovel, anvil, bell, hourglass, candle, torch."""

from __future__ import annotations

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
    facet,
    group,
    pick,
    ring,
    rod,
    tube,
    turned,
)
from studio_app.scene.transform import rotate, translate


@thing("pickaxe", stance="planted", float_roll=(-45, 45))
def pickaxe(rng: Rng) -> Group:
    """A long head curved down to two points, across a handle."""
    grip, y = between(rng, 0.042, 0.052), 0.84
    reach, drop = between(rng, 0.42, 0.5), between(rng, 0.1, 0.18)
    solids: list[Solid] = [
        turned(0, 0.97, grip * 0.95, grip * 1.1, "trim_wood"),
        block((0, y, 0), (0.1, 0.085, 0.085), "trim_dark", 0.25),
        turned(0.06, 0.28, grip * 1.25, grip * 1.25, "trim_leather"),
    ]
    chisel = chance(rng, 0.4)
    for s in (-1, 1):
        elbow = (s * reach * 0.55, y - drop * 0.15, 0.0)
        solids.append(tube((s * 0.05, y + 0.02, 0), elbow, 0.08, 0.07))
        solids.append(ball(elbow, 0.07))
        if s > 0 and chisel:
            flat = block((0, 0, 0), (reach * 0.26, 0.035, 0.1), "main", 0.3)
            at = translate(s * reach * 0.8, y - drop * 0.5, 0) @ rotate("z", -28)
            solids.append(group(flat, at=at))
        else:
            solids.append(tube(elbow, (s * reach, y - drop, 0), 0.068, 0.0))
    return group(*solids)


@thing("shovel", stance="planted", float_roll=(128, 232))
def shovel(rng: Rng) -> Group:
    """Blade down: a spade's rounded leaf, a shaft, a D for a handle."""
    half, top = between(rng, 0.17, 0.21), between(rng, 0.36, 0.42)
    square = chance(rng, 0.35)
    solids: list[Solid] = [block((0, top * 0.64, 0), (half, top * 0.36, 0.03), "main", 0.15)]
    if square:
        solids.append(block((0, top * 0.2, 0), (half * 0.96, top * 0.2, 0.02)))
    else:
        solids.append(ball((0, top * 0.36, 0), (half, top * 0.36, 0.032)))
    solids += [
        block((-half * 0.55, top, 0), (half * 0.42, 0.025, 0.045), "main", 0.3),
        block((half * 0.55, top, 0), (half * 0.42, 0.025, 0.045), "main", 0.3),
        turned(top * 0.5, top + 0.08, 0.03, 0.05),
        turned(top, 0.86, 0.036, 0.036, "trim_wood"),
    ]
    end = pick(rng, "trim_wood", "trim_dark", "trim_metal")
    for s in (-1, 1):
        solids.append(rod((0, 0.84, 0), (s * 0.1, 0.93, 0), 0.026, end))
        solids.append(rod((s * 0.1, 0.93, 0), (s * 0.1, 0.99, 0), 0.026, end))
    solids.append(rod((-0.11, 1.0, 0), (0.11, 1.0, 0), 0.034, "trim_leather"))
    return group(*solids)


@thing("anvil")
def anvil(rng: Rng) -> Group:
    """Horn to one side, heel to the other, a waist, a foot; on a block of wood now and then."""
    lift = between(rng, 0.3, 0.4) if chance(rng, 0.5) else 0.0
    solids: list[Solid] = []
    if lift:
        solids += [
            turned(0, lift, 0.42, 0.39, "bark"),
            turned(lift - 0.01, lift + 0.004, 0.36, 0.36, "trim_wood"),
            ring((0, lift * 0.65, 0), 0.405, 0.03, "trim_dark"),
        ]
    y = lift
    side = -1 if chance(rng, 0.5) else 1
    solids += [
        block((0, y + 0.06, 0), (0.42, 0.06, 0.25), "main", 0.15),
        facet(4, y + 0.12, y + 0.26, 0.42, 0.26, twist=0.5),
        facet(4, y + 0.26, y + 0.36, 0.26, 0.36, twist=0.5),
        block((-side * 0.04, y + 0.46, 0), (0.44, 0.11, 0.19), "main", 0.1),
        tube((side * 0.36, y + 0.46, 0), (side * 0.84, y + 0.52, 0), 0.13, 0.015),
        block((-side * 0.5, y + 0.5, 0), (0.12, 0.065, 0.16), "main", 0.1),
        block((-side * 0.04, y + 0.572, 0), (0.43, 0.006, 0.18), "trim_light"),
        block((-side * 0.48, y + 0.568, 0.05), (0.035, 0.008, 0.035), "trim_dark"),
    ]
    if chance(rng, 0.4):
        solids.append(rod((-0.1, y + 0.62, 0.02), (0.3, y + 0.62, 0.12), 0.03, "trim_wood"))
        head = block((-0.12, y + 0.64, 0.02), (0.07, 0.07, 0.12), "trim_metal", 0.2)
        solids.append(head)
    return group(*solids)


@thing("bell", float_roll=(-14, 14))
def bell(rng: Rng) -> Group:
    """Flared mouth, round shoulders, a crown ring, a clapper below."""
    r = between(rng, 0.42, 0.48)
    trim = pick(rng, "trim_gold", "trim_dark", "trim_metal")
    solids: list[Solid] = [
        turned(0.1, 0.24, r, r * 0.76),
        turned(0.24, 0.6, r * 0.76, r * 0.58),
        ball((0, 0.6, 0), (r * 0.58, 0.22, r * 0.58), clip=(0, -1, 0, 0)),
        ring((0, 0.11, 0), r * 0.98, 0.04),
        ring((0, 0.27, 0), r * 0.75, 0.022, trim),
        ring((0, 0.58, 0), r * 0.59, 0.022, trim),
        turned(0.1, 0.105, r * 0.85, r * 0.85, "trim_dark"),
        ball((0, 0.08, 0), 0.12, "trim_dark"),
    ]
    if chance(rng, 0.5):
        solids.append(ring((0, 0.92, 0), 0.1, 0.035, trim, TO_Z))
    else:
        solids.append(turned(0.78, 1.2, 0.05, 0.06, "trim_wood"))
        solids.append(ball((0, 1.22, 0), 0.08, "trim_wood"))
        solids.append(turned(0.76, 0.83, 0.12, 0.08, trim))
    return group(*solids)


@thing("hourglass", float_roll=(-16, 16))
def hourglass(rng: Rng) -> Group:
    """Two bulbs neck to neck between plates and posts; sand above and below."""
    plate = pick(rng, "trim_gold", "trim_wood", "main", "trim_metal")
    r, n = 0.29, int(rng.integers(3, 5))
    sand = between(rng, 0.1, 0.2)
    solids: list[Solid] = []
    for y0, y1 in ((0.0, 0.08), (0.92, 1.0)):
        solids.append(turned(y0, y1, 0.38, 0.38, plate))
        solids.append(ring((0, (y0 + y1) / 2, 0), 0.38, 0.045, plate))
    solids += [
        turned(0.08, 0.26, r, r * 0.98),
        turned(0.26, 0.5, r * 0.98, 0.05),
        turned(0.5, 0.74, 0.05, r * 0.98),
        turned(0.74, 0.92, r * 0.98, r),
        turned(0.08, 0.09 + sand, r * 1.02, r * 1.02, "trim_gold"),
        turned(0.09 + sand, 0.2 + sand, r * 0.95, 0.0, "trim_gold"),
        turned(0.6, 0.68, r * 0.43, r * 0.76, "trim_gold"),
        ring((0, 0.5, 0), 0.06, 0.03, plate),
    ]
    for x, z, _ in around(n, 0.35, between(rng, 20, 60)):
        solids.append(turned(0.05, 0.95, 0.032, 0.032, plate, x, z))
        solids.append(ball((x, 0.5, z), 0.055, plate))
    return group(*solids)


@thing("candle", float_roll=(-6, 6))
def candle(rng: Rng) -> Group:
    """A stub with running wax and a flame, in a holder with a handle or on a tall stick."""
    trim = pick(rng, "trim_gold", "trim_metal", "trim_dark")
    tall = chance(rng, 0.4)
    solids: list[Solid] = []
    if tall:
        solids += [
            turned(0, 0.05, 0.24, 0.2, trim),
            turned(0.05, 0.34, 0.05, 0.045, trim),
            ball((0, 0.2, 0), 0.08, trim),
            turned(0.32, 0.38, 0.1, 0.2, trim),
        ]
        foot, r, top = 0.36, 0.13, between(rng, 0.72, 0.8)
    else:
        solids += [
            turned(0, 0.05, 0.3, 0.36, trim),
            ring((0, 0.06, 0), 0.36, 0.03, trim),
            ring((0.42, 0.1, 0), 0.1, 0.03, trim, TO_Z),
        ]
        foot, r, top = 0.05, between(rng, 0.17, 0.22), between(rng, 0.62, 0.75)
    solids.append(turned(foot, top, r * 1.05, r))
    solids.append(ring((0, top, 0), r * 0.86, r * 0.2))
    for x, z, _ in around(6, r * 1.0, between(rng, 0, 60)):
        long = between(rng, 0.08, 0.3)
        solids.append(rod((x, top, z), (x, top - long, z), 0.04))
    solids += [
        turned(top, top + 0.06, 0.012, 0.012, "trim_dark"),
        ball((0, top + 0.13, 0), (0.07, 0.09, 0.07), "glow"),
        tube((0, top + 0.14, 0), (0, top + 0.32, 0), 0.066, 0.0, "glow"),
    ]
    return group(*solids)


@thing("torch", stance="planted", float_roll=(-35, 35))
def torch(rng: Rng) -> Group:
    """A handle, an iron basket of cloth, and tongues of fire."""
    grip = between(rng, 0.075, 0.09)
    trim = pick(rng, "trim_dark", "trim_metal", "trim_gold")
    solids: list[Solid] = [
        turned(0, 0.5, grip * 0.75, grip * 1.2),
        turned(0.46, 0.62, grip * 1.2, 0.17),
        turned(0.44, 0.48, grip * 1.35, grip * 1.4, trim),
        ring((0, 0.62, 0), 0.145, 0.03, trim),
        ring((0, 0.1, 0), grip * 0.9, 0.025, "trim_leather"),
    ]
    for x, z, _ in around(4, 0.17, 45):
        solids.append(rod((x * 0.7, 0.5, z * 0.7), (x * 1.08, 0.7, z * 1.08), 0.022, trim))
    solids.append(ball((0, 0.7, 0), (0.13, 0.13, 0.13), "glow"))
    tongues = [(0.0, 0.0, 0.4, 0.125), (0.07, 0.03, 0.24, 0.08), (-0.08, 0.02, 0.28, 0.085)]
    for x, z, high, r in tongues:
        lean = between(rng, -0.05, 0.05)
        solids.append(tube((x, 0.72, z), (x * 1.5 + lean, 0.72 + high, z), r, 0.0, "glow"))
    for _ in range(3):
        p = (between(rng, -0.16, 0.16), between(rng, 0.95, 1.15), between(rng, -0.05, 0.05))
        solids.append(ball(p, 0.018, "glow"))
    return group(*solids)
