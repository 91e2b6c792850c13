"""What stands by the road: well, bridge, archway, pillar, gravestone, signpost."""

from __future__ import annotations

import itertools
import math

from studio_app.scene.primitives import Group
from studio_app.scene.things.registry import thing
from studio_app.scene.things.shapes import (
    TO_X,
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
    tube,
    turned,
)
from studio_app.scene.transform import rotate, scale, translate


@thing("well")
def well(rng: Rng) -> Group:
    """A ring of stones, two posts, a roof, a bucket on a rope."""
    r, h = between(rng, 0.34, 0.38), between(rng, 0.3, 0.36)
    wood = pick(rng, "trim_wood", "trim_wood", "trim_dark")
    solids: list[Solid] = [
        turned(0, h, r * 1.04, r),
        turned(0, 0.06, r * 1.16, r * 1.12),
        ring((0, h, 0), r * 0.98, 0.075),
        turned(h + 0.005, h + 0.02, r * 0.86, r * 0.86, "trim_dark"),
    ]
    for k, (x, z, turn) in enumerate(around(9, r * 1.0, 20)):
        stone = block((0, 0.1 + 0.12 * (k % 2), 0), (0.1, 0.05, 0.05), "main", 0.4)
        solids.append(group(stone, at=translate(x, 0, z) @ turn))
    top = between(rng, 0.82, 0.9)
    for s in (-1, 1):
        solids.append(block((s * r, top / 2, 0), (0.035, top / 2, 0.04), wood))
    solids.append(rod((-r, 0.66, 0), (r, 0.66, 0), 0.045, wood))
    solids.append(tube((0, 0.64, 0), (0, 0.5, 0), 0.012, 0.012, "trim_light"))
    solids.append(turned(0.4, 0.52, 0.06, 0.075, "trim_metal"))
    tiles = pick(rng, "cloth2", "trim_dark", "trim_wood")
    wide = 0.36
    for s in (-1, 1):
        plate = block((0, 0, 0), (r + 0.13, 0.025, 0.24), tiles, 0.1)
        solids.append(group(plate, at=translate(0, top + 0.06, s * 0.17) @ rotate("x", s * 38)))
    solids.append(rod((-r - 0.13, top + 0.21, 0), (r + 0.13, top + 0.21, 0), 0.03, tiles))
    solids.append(rod((r + 0.02, 0.66, 0), (r + 0.13, 0.66, 0), 0.02, "trim_metal"))
    solids.append(rod((r + 0.13, 0.66, 0), (r + 0.13, wide + 0.16, 0), 0.02, "trim_metal"))
    return group(*solids)


@thing("bridge")
def bridge(rng: Rng) -> Group:
    """A humped span between two abutments, with rails."""
    long, rise = 0.74, between(rng, 0.3, 0.38)
    wide = between(rng, 0.22, 0.28)
    solids: list[Solid] = []
    n = 7
    at = [(-long + 2 * long * k / n, rise * math.sin(math.pi * k / n)) for k in range(n + 1)]
    for (ax, ay), (bx, by) in itertools.pairwise(at):
        turn = math.degrees(math.atan2(by - ay, bx - ax))
        half = math.hypot(bx - ax, by - ay) / 2
        deck = block((0, 0, 0), (half * 1.08, 0.055, wide), "main", 0.1)
        solids.append(
            group(deck, at=translate((ax + bx) / 2, 0.22 + (ay + by) / 2, 0) @ rotate("z", turn))
        )
    for s in (-1, 1):
        solids.append(block((s * long, 0.13, 0), (0.11, 0.15, wide + 0.05), "main", 0.1))
        for k in (0, 2, 3, 5, 7) if n == 7 else ():
            x, y = at[k]
            if k in (0, 7):
                solids.append(turned(0.2, 0.56, 0.05, 0.05, "trim_wood", x, s * wide))
                solids.append(ball((x, 0.58, s * wide), 0.065, "trim_gold"))
            else:
                solids.append(turned(0.2 + y, 0.46 + y, 0.028, 0.028, "trim_wood", x, s * wide))
        for i, j in ((0, 2), (2, 5), (5, 7)):
            (ax, ay), (bx, by) = at[i], at[j]
            lift = 0.46
            solids.append(
                rod((ax, lift + ay, s * wide), (bx, lift + by, s * wide), 0.03, "trim_wood")
            )
    return group(group(*solids), at=rotate("y", between(rng, -24, 24)))


@thing("archway")
def archway(rng: Rng) -> Group:
    """Two piers and a round arch of separate stones; one side broken, perhaps."""
    half, spring = between(rng, 0.28, 0.33), between(rng, 0.48, 0.56)
    deep, t = 0.13, 0.11
    solids: list[Solid] = []
    for s in (-1, 1):
        x = s * (half + t * 0.4)
        solids.append(block((x, spring / 2, 0), (t, spring / 2, deep), "main", 0.06))
        solids.append(block((x, 0.04, 0), (t + 0.05, 0.05, deep + 0.05), "main", 0.15))
        solids.append(block((x, spring, 0), (t + 0.035, 0.035, deep + 0.035), "trim_light", 0.2))
    n, r = 9, half + t * 0.4
    missing = int(rng.integers(6, 9)) if chance(rng, 0.4) else n
    for k in range(min(n, missing)):
        a = math.pi * (k + 0.5) / n
        wide = math.pi * r / n * 0.5 * 1.06
        stone = block((0, 0, 0), (wide, t * 0.95, deep * 0.96), "main", 0.12)
        place = translate(-r * math.cos(a), spring + 0.03 + r * math.sin(a), 0)
        solids.append(group(stone, at=place @ rotate("z", 90 - math.degrees(a))))
    if missing == n:
        key = block((0, spring + r + 0.06, 0), (0.07, t * 1.3, deep * 1.15), "trim_light", 0.15)
        solids.append(key)
    else:
        for k in range(3):
            p = (half * 0.5 + 0.22 * k, 0.06, 0.24 + 0.05 * k)
            rubble = block((0, 0, 0), (0.08, 0.06, 0.07), "main", 0.2)
            solids.append(group(rubble, at=translate(*p) @ rotate("y", 37 * k) @ rotate("x", 12)))
    if chance(rng, 0.6):
        for k in range(5):
            p = (-(half + 0.05) + 0.07 * math.sin(2 * k), 0.2 + 0.16 * k, deep + 0.02)
            solids.append(ball(p, (0.085, 0.1, 0.05), "leaf"))
    return group(*solids)


@thing("pillar")
def pillar(rng: Rng) -> Group:
    """A fluted column: whole with its capital, or broken off askew with the drum beside it."""
    r = between(rng, 0.15, 0.18)
    broken = chance(rng, 0.55)
    top = between(rng, 0.6, 0.78) if broken else 0.86
    solids: list[Solid] = [
        block((0, 0.05, 0), (r * 1.75, 0.05, r * 1.75), "main", 0.1),
        turned(0.1, 0.15, r * 1.4, r * 1.25),
        ring((0, 0.16, 0), r * 1.12, 0.04),
        turned(0.14, top, r, r * 0.9),
    ]
    for x, z, _ in around(10, r * 0.98):
        solids.append(rod((x, 0.2, z), (x * 0.9, top - 0.03, z * 0.9), 0.028))
    if broken:
        for dx, dz, lift in ((-0.06, 0.0, 0.1), (0.05, 0.05, 0.03), (0.02, -0.06, 0.07)):
            piece = facet(5, top - 0.06, top + lift, r * 0.55, r * 0.3)
            solids.append(piece.moved(translate(dx, 0, dz)))
        drum = group(
            turned(-0.13, 0.13, r * 0.94, r * 0.94),
            *(turned(-0.12, 0.12, 0.026, 0.026, "main", x, z) for x, z, _ in around(8, r * 0.93)),
            at=translate(r * 2.7, r * 0.92, 0.14) @ rotate("y", 60) @ TO_X,
        )
        solids.append(drum)
    else:
        solids += [
            ring((0, top - 0.01, 0), r * 0.95, 0.035),
            turned(top, top + 0.08, r * 0.95, r * 1.45),
            block((0, top + 0.12, 0), (r * 1.6, 0.045, r * 1.6), "main", 0.1),
        ]
        for s in (-1, 1):
            at = (s * r * 1.45, top + 0.03, r * 0.9)
            solids.append(group(turned(-0.05, 0.05, 0.07, 0.07), at=translate(*at) @ TO_Z))
    if chance(rng, 0.5):
        for k in range(4):
            p = (r * 0.75 * math.sin(k), 0.2 + 0.12 * k, r * 0.95)
            solids.append(ball(p, (0.065, 0.07, 0.04), "leaf"))
    return group(*solids)


@thing("gravestone")
def gravestone(rng: Rng) -> Group:
    """A slab with a round head and carved lines, before a mound of earth."""
    w, shoulder, t = between(rng, 0.28, 0.34), between(rng, 0.58, 0.66), 0.09
    face: list[Solid] = [block((0, shoulder / 2, 0), (w, shoulder / 2, t), "main", 0.06)]
    style = int(rng.integers(3))
    if style == 0:
        face.append(group(turned(-t, t, w, w), at=translate(0, shoulder, 0) @ TO_Z))
        middle = shoulder
    elif style == 1:
        face.append(gable((0, shoulder, 0), w, 0.3, t, "main"))
        middle = shoulder - 0.02
    else:
        face.append(group(turned(-t, t, w * 0.72, w * 0.72), at=translate(0, shoulder, 0) @ TO_Z))
        for s in (-1, 1):
            face.append(
                group(turned(-t, t, 0.1, 0.1), at=translate(s * (w - 0.1), shoulder, 0) @ TO_Z)
            )
        middle = shoulder
    face.append(block((0, middle + 0.02, t), (0.032, 0.13, 0.012), "trim_dark", 0.2))
    face.append(block((0, middle + 0.05, t), (0.09, 0.032, 0.012), "trim_dark", 0.2))
    for k in range(3):
        long = w * (0.62 - 0.1 * k)
        face.append(block((0, shoulder * 0.66 - 0.1 * k, t), (long, 0.02, 0.01), "trim_dark"))
    lean = rotate("z", between(rng, -7, 7)) @ rotate("x", between(rng, -6, 2))
    solids: list[Solid] = [
        group(*face, at=lean),
        block((0, 0.04, 0), (w + 0.09, 0.06, t + 0.08), "main", 0.2),
        ball((0, 0, 0.36), (w * 0.95, 0.13, 0.34), "bark"),
    ]
    if chance(rng, 0.6):
        for _ in range(4):
            x = between(rng, -0.2, 0.2)
            solids.append(rod((x, 0.08, 0.3), (x * 1.2, 0.24, 0.3), 0.014, "leaf"))
            solids.append(ball((x * 1.2, 0.26, 0.3), 0.05, pick(rng, "trim_light", "cloth2")))
    return group(*solids)


@thing("signpost")
def signpost(rng: Rng) -> Group:
    """Arrow-shaped boards pointing both ways on one post."""
    solids: list[Solid] = [
        turned(0, 0.98, 0.05, 0.045, "trim_wood"),
        tube((0, 0.97, 0), (0, 1.05, 0), 0.06, 0.0, "trim_wood"),
    ]
    n = int(rng.integers(2, 4))
    side = 1 if chance(rng, 0.5) else -1
    for k in range(n):
        y = 0.86 - 0.22 * k
        long = between(rng, 0.26, 0.32)
        board: list[Solid] = [block((0.05, 0, 0.06), (long, 0.085, 0.025), "main", 0.06)]
        tip = group(
            gable((0, 0, 0), 0.085, 0.13, 0.025, "main"),
            at=translate(0.05 + long, 0, 0.06) @ rotate("z", -90),
        )
        board.append(tip)
        for j in range(2):
            stroke = between(rng, 0.4, 0.7) * long
            board.append(
                block((0.02, 0.028 - 0.05 * j, 0.086), (stroke, 0.013, 0.006), "trim_dark")
            )
        board.append(ball((-0.0, 0.055, 0.09), 0.018, "trim_metal"))
        turn = (
            rotate("y", 0 if side > 0 else 180)
            if k % 2 == 0
            else rotate("y", 180 if side > 0 else 0)
        )
        # Turned about, the writing must look forwards again.
        flip = turn if turn.matrix[0, 0] > 0 else scale(-1, 1, 1)
        solids.append(
            group(*board, at=translate(0, y, 0) @ rotate("z", between(rng, -6, 6)) @ flip)
        )
    for x, z, _ in around(4, 0.1, 20):
        solids.append(ball((x, 0.02, z), (0.08, 0.06, 0.07), "trim_light"))
    return group(*solids)
