"""Larger buildings: windmill, tent, castle."""

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
    gable,
    group,
    pick,
    ring,
    rod,
    turned,
)
from studio_app.scene.transform import rotate, translate


@thing("windmill")
def windmill(rng: Rng) -> Group:
    """A tapered tower, a cap, four lattice sails."""
    low, high = between(rng, 0.28, 0.32), between(rng, 0.19, 0.22)
    top = 0.64
    cap = pick(rng, "main", "trim_dark", "main")
    sail = pick(rng, "trim_light", "cloth2", "trim_light")
    sides = pick(rng, "round", "eight") == "round"
    body = turned(0, top, low, high) if sides else facet(8, 0, top, low, high)
    solids: list[Solid] = [
        body,
        turned(0, 0.05, low * 1.15, low * 1.1, "trim_dark"),
        ring((0, top, 0), high * 1.05, 0.035, "trim_wood"),
        turned(top, top + 0.22, high * 1.15, 0.03, cap),
        block((0, 0.11, low * 0.93), (0.07, 0.11, 0.05), "trim_wood", 0.2),
    ]
    for y in (0.34, 0.5):
        z = low + (high - low) * y / top
        solids.append(block((0, y, z - 0.01), (0.035, 0.05, 0.03), "glow"))
        solids.append(block((0, y - 0.06, z), (0.055, 0.012, 0.03), "trim_wood"))
    hub = (0.0, top + 0.06, high + 0.1)
    solids.append(rod((0, top + 0.06, 0), hub, 0.035, "trim_wood"))
    solids.append(ball(hub, 0.055, "trim_metal"))
    phase = between(rng, 15, 75)
    for k in range(4):
        blade = [
            rod((0, 0, 0), (0, 0.46, 0), 0.018, "trim_wood"),
            block((0.055, 0.3, 0), (0.05, 0.16, 0.008), sail),
            block((0.065, 0.46, 0.005), (0.07, 0.012, 0.012), "trim_wood"),
            block((0.065, 0.3, 0.008), (0.065, 0.01, 0.01), "trim_wood"),
        ]
        solids.append(group(*blade, at=translate(*hub) @ rotate("z", phase + 90 * k)))
    return group(*solids)


@thing("tent")
def tent(rng: Rng) -> Group:
    """A ridge tent with an open front, or a round pavilion with a pennant."""
    solids: list[Solid] = []
    if chance(rng, 0.5):
        w, h, long = between(rng, 0.5, 0.58), 0.78, between(rng, 0.42, 0.5)
        solids.append(gable((0, 0, 0), w, h, long, "main"))
        solids.append(gable((0, 0, long), w * 0.5, h * 0.72, 0.012, "trim_dark"))
        for s in (-1, 1):
            flap = block((0, 0.26, 0), (0.055, 0.3, 0.012), "trim_light", 0.2)
            solids.append(
                group(flap, at=translate(s * w * 0.36, 0, long + 0.02) @ rotate("z", s * 20))
            )
            solids.append(
                rod(
                    (s * w * 0.08, h * 1.1, long + 0.01),
                    (s * -w * 1.0, 0, long + 0.01),
                    0.022,
                    "trim_wood",
                )
            )
            solids.append(rod((s * w, 0.03, 0.2), (s * (w + 0.2), 0, 0.25), 0.014, "trim_light"))
        solids.append(rod((0, h, -long), (0, h, long + 0.08), 0.026, "trim_wood"))
        solids.append(ball((0, 0.04, long * 0.7), (0.22, 0.06, 0.2), "cloth2"))
    else:
        r, wall = 0.42, between(rng, 0.36, 0.44)
        solids.append(turned(0, wall, r, r * 0.98))
        solids.append(turned(wall, 0.9, r * 1.14, 0.02))
        for k, (x, z, turn) in enumerate(around(12, r * 1.1, 15)):
            if k % 2:
                scallop = ball((0, wall, 0), (0.12, 0.08, 0.03), "trim_light")
                solids.append(group(scallop, at=translate(x, 0, z) @ turn))
            else:
                scallop = ball((0, wall, 0), (0.12, 0.08, 0.03), "cloth2")
                solids.append(group(scallop, at=translate(x, 0, z) @ turn))
        solids.append(gable((0, 0, r - 0.02), 0.17, 0.4, 0.03, "trim_dark"))
        solids.append(rod((0, 0.85, 0), (0, 1.12, 0), 0.02, "trim_wood"))
        pennant = gable((0, 0, 0), 0.07, 0.2, 0.01, "cloth2")
        solids.append(group(pennant, at=translate(0.0, 1.05, 0) @ rotate("z", -90)))
        solids.append(ball((0, 1.13, 0), 0.035, "trim_gold"))
    return group(*solids)


@thing("castle")
def castle(rng: Rng) -> Group:
    """A gate house between round towers with pointed roofs, and a keep behind."""
    roof = pick(rng, "cloth2", "trim_dark", "trim_wood")
    wall = between(rng, 0.34, 0.4)
    solids: list[Solid] = [block((0, wall / 2, 0), (0.46, wall / 2, 0.2))]
    for k in range(5):
        solids.append(block((-0.28 + 0.14 * k, wall + 0.03, 0.17), (0.038, 0.035, 0.035)))
    solids += [
        block((0, 0.11, 0.2), (0.09, 0.11, 0.03), "trim_dark"),
        group(turned(-0.03, 0.03, 0.09, 0.09, "trim_dark"), at=translate(0, 0.22, 0.2) @ TO_Z),
        block((0, 0.1, 0.215), (0.06, 0.1, 0.02), "trim_wood"),
    ]
    tall = between(rng, 0.54, 0.64)
    for s in (-1, 1):
        x = s * 0.44
        solids += [
            turned(0, tall, 0.15, 0.135, "main", x, 0.1),
            turned(tall - 0.03, tall + 0.05, 0.15, 0.175, "main", x, 0.1),
            turned(tall + 0.05, tall + 0.32, 0.185, 0.0, roof, x, 0.1),
            block((x, tall * 0.66, 0.235), (0.022, 0.05, 0.02), "glow"),
            ball((x, tall + 0.33, 0.1), 0.022, "trim_gold"),
        ]
    keep = between(rng, 0.74, 0.84)
    solids += [
        block((0, keep / 2, -0.18), (0.2, keep / 2, 0.16)),
        block((0, keep + 0.02, -0.18), (0.225, 0.035, 0.185)),
        block((0, keep * 0.78, -0.01), (0.03, 0.055, 0.02), "glow"),
    ]
    if chance(rng, 0.5):
        solids.append(
            facet(4, keep + 0.05, keep + 0.3, 0.31, 0.0, roof, twist=0.5).moved(
                translate(0, 0, -0.18)
            )
        )
        top = keep + 0.3
    else:
        for s in (-1, 0, 1):
            solids.append(block((s * 0.16, keep + 0.08, -0.02), (0.04, 0.04, 0.03)))
        top = keep + 0.05
    solids.append(rod((0, top, -0.18), (0, top + 0.22, -0.18), 0.013, "trim_wood"))
    flag = gable((0, 0, 0), 0.06, 0.18, 0.008, "cloth2")
    side = -1 if chance(rng, 0.5) else 1
    solids.append(group(flag, at=translate(0, top + 0.17, -0.18) @ rotate("z", -90 * side)))
    return group(*solids)
