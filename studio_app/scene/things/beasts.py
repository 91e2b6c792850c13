"""Scaly ones: fish, snake, dragon, turtle."""

from __future__ import annotations

import itertools
import math

from studio_app.scene.primitives import Group
from studio_app.scene.things.registry import thing
from studio_app.scene.things.shapes import (
    Rng,
    Solid,
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
    tube,
)
from studio_app.scene.transform import rotate, scale, translate


@thing("fish", stance="hover", float_roll=(-20, 20))
def fish(rng: Rng) -> Group:
    """In profile, head to one side: a deep body, fan of a tail, fins, one round eye."""
    deep, thick = between(rng, 0.27, 0.34), 0.16
    fin = pick(rng, "trim_gold", "trim_light", "cloth2", "main")
    solids: list[Solid] = [
        ball((0.06, 0.5, 0), (0.46, deep, thick)),
        ball((0.3, 0.48, 0), (0.24, deep * 0.72, thick * 0.85)),
        ball((0.06, 0.44, 0), (0.42, deep * 0.82, thick * 0.93), "trim_light"),
    ]
    for s in (-1, 1):
        lobe = ball((0, 0.2, 0), (0.1, 0.22, 0.035), fin)
        solids.append(group(lobe, at=translate(-0.4, 0.5, 0) @ rotate("z", 90 - s * 42)))
    back = ball((0, 0, 0), (0.26, between(rng, 0.14, 0.2), 0.03), fin)
    solids.append(group(back, at=translate(0.0, 0.5 + deep * 0.94, 0) @ rotate("z", 8)))
    belly = ball((0, 0, 0), (0.12, 0.12, 0.03), fin)
    solids.append(group(belly, at=translate(-0.06, 0.5 - deep * 0.98, 0) @ rotate("z", -24)))
    for z in (-1, 1):
        side = ball((-0.1, 0, 0), (0.15, 0.075, 0.022), fin)
        solids.append(
            group(side, at=translate(0.14, 0.43, z * thick) @ rotate("y", z * 24) @ rotate("z", 24))
        )
        solids.append(ball((0.34, 0.56, z * thick * 0.74), (0.07, 0.07, 0.035), "trim_light"))
        solids.append(ball((0.355, 0.56, z * thick * 0.92), (0.037, 0.037, 0.025), "trim_dark"))
    solids.append(ball((0.52, 0.45, 0), (0.045, 0.055, 0.07), fin))
    for k in range(int(rng.integers(0, 4))):
        stripe = ball((0, 0, 0), (0.035, deep * (0.98 - 0.08 * k), thick * 1.03), fin)
        solids.append(group(stripe, at=translate(0.13 - 0.16 * k, 0.5, 0)))
    if chance(rng, 0.4):
        for k in range(3):
            solids.append(ball((0.6 + 0.06 * k, 0.58 + 0.12 * k, 0), 0.035 + 0.01 * k, "liquid"))
    mirror = scale(-1, 1, 1) if chance(rng, 0.5) else scale(1)
    return group(group(*solids), at=mirror)


@thing("snake")
def snake(rng: Rng) -> Group:
    """A pile of coils and a raised neck, with a forked tongue."""
    band = pick(rng, "trim_gold", "trim_light", "trim_dark")
    solids: list[Solid] = []
    for k in range(3):
        r, y = 0.36 - 0.085 * k, 0.1 + 0.17 * k
        solids.append(ring((0, y, 0), r, 0.105))
        solids.append(ring((0, y + 0.055, 0), r + 0.035, 0.062, band))
    side = 1 if chance(rng, 0.5) else -1
    points = [(0.1, 0.5, 0.1), (-0.02, 0.68, 0.02), (-0.06, 0.84, 0.02), (0.02, 0.96, 0.12)]
    for k, (a, b) in enumerate(itertools.pairwise(points)):
        r = 0.095 - 0.008 * k
        solids.append(rod((side * a[0], a[1], a[2]), (side * b[0], b[1], b[2]), r))
    for k in (0.25, 0.6):
        a, b = points[1], points[2]
        y = a[1] + (b[1] - a[1]) * k
        solids.append(ball((-0.04 * side, y, 0.075), (0.06, 0.035, 0.045), "trim_light"))
    head: list[Solid] = [
        ball((0, 0, 0.07), (0.13, 0.09, 0.17)),
        ball((0, -0.045, 0.08), (0.1, 0.05, 0.14), "trim_light"),
        rod((0, -0.03, 0.2), (0, -0.05, 0.32), 0.013, "cloth2"),
        rod((0, -0.05, 0.32), (0.04, -0.07, 0.38), 0.011, "cloth2"),
        rod((0, -0.05, 0.32), (-0.04, -0.07, 0.38), 0.011, "cloth2"),
    ]
    for s in (-1, 1):
        head.append(ball((s * 0.09, 0.055, 0.12), (0.04, 0.042, 0.045), "glow"))
        head.append(ball((s * 0.11, 0.055, 0.15), (0.016, 0.035, 0.02), "trim_dark"))
    if chance(rng, 0.45):
        # A cobra's hood.
        solids.append(ball((side * -0.03, 0.82, -0.02), (0.22, 0.2, 0.05)))
        solids.append(ball((side * -0.03, 0.82, 0.02), (0.14, 0.14, 0.03), band))
    solids.append(group(*head, at=translate(side * 0.02, 0.98, 0.12) @ rotate("y", -side * 10)))
    solids.append(tube((side * -0.36, 0.06, 0.16), (side * -0.6, 0.14, 0.3), 0.09, 0.0))
    return group(*solids)


@thing("dragon")
def dragon(rng: Rng) -> Group:
    """Sitting up: pot belly, wings spread, horns, a spiked tail."""
    fat = between(rng, 0.92, 1.1)
    horn = pick(rng, "trim_light", "trim_gold", "trim_dark")
    membrane = pick(rng, "cloth2", "trim_gold", "main")
    side = 1 if chance(rng, 0.5) else -1
    solids: list[Solid] = [
        ball((0, 0.3, 0), (0.23 * fat, 0.3, 0.23)),
        ball((0, 0.28, 0.09), (0.17 * fat, 0.24, 0.17), "trim_light"),
        rod((0, 0.5, 0), (0, 0.72, 0.08), 0.105),
        ball((0, 0.8, 0.1), (0.17, 0.15, 0.17)),
        block((0, 0.76, 0.26), (0.11, 0.075, 0.12), "main", 0.6),
    ]
    for s in (-1, 1):
        solids += [
            ball((s * 0.1, 0.86, 0.21), (0.045, 0.055, 0.035), "glow"),
            ball((s * 0.1, 0.86, 0.24), (0.018, 0.042, 0.015), "trim_dark"),
            tube((s * 0.1, 0.9, 0.04), (s * 0.2, 1.12, -0.08), 0.055, 0.0, horn),
            ball((s * 0.045, 0.8, 0.375), 0.018, "trim_dark"),
            ball((s * 0.2 * fat, 0.13, 0.06), (0.12, 0.15, 0.16)),
            ball((s * 0.2 * fat, 0.035, 0.18), (0.09, 0.045, 0.13)),
            rod((s * 0.17, 0.46, 0.14), (s * 0.2, 0.33, 0.27), 0.05),
        ]
        wing: list[Solid] = [
            rod((0, 0, 0), (0.22, 0.26, 0), 0.035),
            rod((0.22, 0.26, 0), (0.44, 0.14, 0), 0.025),
            rod((0.22, 0.26, 0), (0.34, -0.06, 0), 0.02),
            group(
                gable((0, 0, 0), 0.15, 0.3, 0.012, membrane),
                at=translate(0.34, -0.02, -0.01) @ rotate("z", 12),
            ),
            group(
                gable((0, 0, 0), 0.14, 0.34, 0.012, membrane),
                at=translate(0.16, -0.08, -0.01) @ rotate("z", -8),
            ),
        ]
        mirror = scale(s, 1, 1)
        solids.append(
            group(*wing, at=translate(s * 0.1, 0.5, -0.16) @ rotate("y", -s * 12) @ mirror)
        )
    points = [(0.08, 0.12, -0.18), (0.34, 0.07, -0.12), (0.5, 0.09, 0.04), (0.54, 0.2, 0.12)]
    for k, (a, b) in enumerate(itertools.pairwise(points)):
        solids.append(
            tube(
                (side * a[0], a[1], a[2]),
                (side * b[0], b[1], b[2]),
                0.11 - 0.03 * k,
                0.085 - 0.03 * k,
            )
        )
    tip = (side * 0.54, 0.26, 0.12)
    solids.append(group(facet(4, -0.09, 0.1, 0.09, 0.0, horn, flat=0.4), at=translate(*tip)))
    for y, z in ((1.0, 0.06), (0.9, -0.06), (0.74, -0.06)):
        solids.append(tube((0, y - 0.08, z), (0, y + 0.05, z - 0.06), 0.045, 0.0, horn))
    return group(*solids[:40])


@thing("turtle")
def turtle(rng: Rng) -> Group:
    """A high shell with plates, a head on a neck, stub legs."""
    skin = pick(rng, "leaf", "trim_light", "trim_leather")
    w, high = between(rng, 0.46, 0.52), between(rng, 0.42, 0.5)
    solids: list[Solid] = [
        ball((0, 0.16, 0), (w, high, w * 0.85), clip=(0, -1, 0, 0.0)),
        group(
            ring((0, 0, 0), w * 0.98, 0.06, "trim_wood"),
            at=translate(0, 0.17, 0) @ scale(1, 1, 0.85),
        ),
        ball((0, 0.16, 0), (w * 0.92, 0.1, w * 0.78), "trim_light"),
    ]
    plates = [(0.0, 0.0)] + [(52.0, 60.0 * k + 20) for k in range(6)]
    for tilt, turn in plates:
        a, b = math.radians(tilt), math.radians(turn)
        d = (math.sin(a) * math.sin(b), math.cos(a), math.sin(a) * math.cos(b))
        p = (d[0] * w * 0.97, 0.16 + d[1] * high * 0.97, d[2] * w * 0.83)
        plate = facet(6, -0.02, 0.035, 0.165, 0.12, "main")
        solids.append(group(plate, at=translate(*p) @ rotate("y", turn) @ rotate("x", tilt)))
        spot = facet(6, -0.01, 0.042, 0.07, 0.05, "trim_dark")
        solids.append(group(spot, at=translate(*p) @ rotate("y", turn) @ rotate("x", tilt)))
    face = [
        rod((0.4, 0.18, 0.1), (0.62, 0.32, 0.16), 0.1, skin),
        ball((0.68, 0.4, 0.18), (0.15, 0.13, 0.13), skin),
        ball((0.72, 0.45, 0.3), (0.035, 0.045, 0.025), "trim_dark"),
        ball((0.81, 0.45, 0.16), (0.025, 0.045, 0.035), "trim_dark"),
    ]
    solids += face
    for x, z in ((0.3, 0.32), (-0.3, 0.32), (0.3, -0.32), (-0.3, -0.32)):
        solids.append(rod((x, 0.14, z), (x * 1.25, 0.06, z * 1.25), 0.095, skin))
    solids.append(tube((-0.4, 0.12, 0), (-0.66, 0.06, 0), 0.07, 0.0, skin))
    mirror = scale(-1, 1, 1) if chance(rng, 0.5) else scale(1)
    return group(group(*solids), at=mirror)
