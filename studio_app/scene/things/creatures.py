"""What lives in a house or a wood: cat, owl, rabbit, spider, ghost, skull."""

from __future__ import annotations

import itertools
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
    facet,
    gable,
    group,
    pick,
    ring,
    rod,
    tube,
    turned,
)
from studio_app.scene.transform import rotate, translate


@thing("cat", float_roll=(-5, 5))
def cat(rng: Rng) -> Group:
    """Sitting, seen from the front: pointed ears, whiskers, a tail that curls to one side."""
    fat = between(rng, 0.95, 1.15)
    side = 1 if chance(rng, 0.5) else -1
    solids: list[Solid] = [
        ball((0, 0.28, -0.03), (0.25 * fat, 0.29, 0.25)),
        ball((0, 0.44, 0.04), (0.17 * fat, 0.22, 0.16)),
        ball((0, 0.72, 0.08), (0.24, 0.2, 0.2)),
        ball((0, 0.36, 0.16), (0.1, 0.17, 0.07), "trim_light"),
        ball((0, 0.66, 0.26), (0.1, 0.07, 0.06), "trim_light"),
        ball((0, 0.695, 0.315), (0.03, 0.022, 0.02), "cloth2"),
    ]
    for s in (-1, 1):
        ear = facet(4, 0, 0.2, 0.11, 0.0, flat=0.5)
        solids.append(group(ear, at=translate(s * 0.15, 0.84, 0.06) @ rotate("z", -s * 14)))
        inner = facet(4, 0, 0.13, 0.065, 0.0, "cloth2", flat=0.5)
        solids.append(group(inner, at=translate(s * 0.15, 0.85, 0.1) @ rotate("z", -s * 14)))
        solids.append(rod((s * 0.1, 0.34, 0.15), (s * 0.09, 0.05, 0.22), 0.06))
        solids.append(ball((s * 0.09, 0.04, 0.25), (0.07, 0.045, 0.09)))
        solids.append(ball((s * 0.24 * fat, 0.12, 0.06), (0.11, 0.13, 0.19)))
        for k in (-1, 1):
            tip = (s * 0.36, 0.66 + 0.05 * k, 0.24)
            solids.append(rod((s * 0.1, 0.66, 0.29), tip, 0.008, "trim_light"))
        eye = ball((s * 0.1, 0.75, 0.255), (0.052, 0.06, 0.03), "trim_gold")
        solids += [eye, ball((s * 0.1, 0.75, 0.28), (0.018, 0.05, 0.012), "trim_dark")]
    points = [(0.18, 0.06, -0.2), (0.42, 0.08, -0.08), (0.5, 0.24, 0.0), (0.42, 0.4, 0.02)]
    for a, b in itertools.pairwise(points):
        solids.append(rod((side * a[0], a[1], a[2]), (side * b[0], b[1], b[2]), 0.052))
    if chance(rng, 0.5):
        solids.append(ring((0, 0.56, 0.06), 0.15, 0.03, "cloth2"))
        solids.append(ball((0, 0.52, 0.22), 0.045, "trim_gold"))
    return group(*solids)


@thing("owl", float_roll=(-6, 6))
def owl(rng: Rng) -> Group:
    """An egg with a face: huge eyes, a beak, ear tufts, wings at its sides."""
    fat = between(rng, 0.92, 1.1)
    solids: list[Solid] = [
        ball((0, 0.38, 0), (0.34 * fat, 0.36, 0.3)),
        ball((0, 0.68, 0.02), (0.32 * fat, 0.26, 0.28)),
        ball((0, 0.34, 0.12), (0.23 * fat, 0.27, 0.2), "trim_light"),
    ]
    for s in (-1, 1):
        solids += [
            group(
                turned(0, 0.03, 0.15, 0.14, "trim_light"),
                at=translate(s * 0.135, 0.7, 0.23) @ rotate("y", s * 14) @ TO_Z,
            ),
            ball((s * 0.135, 0.7, 0.265), (0.095, 0.095, 0.04), "trim_gold"),
            ball((s * 0.125, 0.7, 0.295), (0.055, 0.055, 0.03), "trim_dark"),
        ]
        tuft = facet(4, 0, 0.22, 0.09, 0.0, flat=0.6)
        solids.append(group(tuft, at=translate(s * 0.2, 0.84, 0.04) @ rotate("z", -s * 30)))
        wing = ball((0, 0, 0), (0.09, 0.28, 0.2))
        solids.append(group(wing, at=translate(s * 0.33 * fat, 0.38, 0.0) @ rotate("z", s * 10)))
        solids.append(
            tube(
                (s * 0.37 * fat, 0.26, -0.06), (s * 0.34 * fat, 0.02, -0.1), 0.07, 0.0, "trim_dark"
            )
        )
        for k in (-1, 0, 1):
            solids.append(ball((s * 0.12 + 0.05 * k, 0.02, 0.24), (0.028, 0.03, 0.07), "trim_gold"))
    solids.append(tube((0, 0.66, 0.26), (0, 0.55, 0.34), 0.06, 0.0, "trim_gold"))
    for row, n in ((0.42, 3), (0.31, 4)):
        for k in range(n):
            x = (k - (n - 1) / 2) * 0.1
            solids.append(ball((x, row, 0.31 - abs(x) * 0.25), (0.03, 0.022, 0.02), "trim_wood"))
    return group(*solids)


@thing("rabbit", float_roll=(-5, 5))
def rabbit(rng: Rng) -> Group:
    """Long upright ears, round haunches, a white tail, buck teeth."""
    tall = between(rng, 0.16, 0.2)
    flop = chance(rng, 0.35)
    solids: list[Solid] = [
        ball((0, 0.22, -0.04), (0.21, 0.22, 0.24)),
        ball((0, 0.46, 0.07), (0.18, 0.165, 0.165)),
        ball((0, 0.24, 0.14), (0.11, 0.14, 0.08), "trim_light"),
        ball((0, 0.2, -0.27), 0.085, "trim_light"),
        ball((0, 0.425, 0.215), (0.085, 0.055, 0.05), "trim_light"),
        ball((0, 0.455, 0.255), (0.028, 0.02, 0.02), "cloth2"),
        block((0, 0.37, 0.225), (0.024, 0.03, 0.014), "trim_light"),
    ]
    for s in (-1, 1):
        bend = -s * (60 if flop and s > 0 else between(rng, 8, 20))
        ear = [
            ball((0, tall, 0), (0.065, tall, 0.035)),
            ball((0, tall, 0.022), (0.036, tall * 0.76, 0.022), "cloth2"),
        ]
        solids.append(group(*ear, at=translate(s * 0.08, 0.57, 0.05) @ rotate("z", bend)))
        solids.append(ball((s * 0.17, 0.14, 0.0), (0.11, 0.15, 0.17)))
        solids.append(ball((s * 0.15, 0.035, 0.14), (0.075, 0.04, 0.15)))
        solids.append(rod((s * 0.08, 0.26, 0.14), (s * 0.07, 0.08, 0.24), 0.05))
        solids.append(ball((s * 0.085, 0.49, 0.205), (0.036, 0.045, 0.025), "trim_dark"))
        solids.append(ball((s * 0.078, 0.505, 0.225), 0.012, "trim_light"))
    return group(*solids)


@thing("spider")
def spider(rng: Rng) -> Group:
    """A fat abdomen, eight arched legs, too many eyes."""
    fat = between(rng, 0.24, 0.29)
    mark = pick(rng, "trim_gold", "trim_light", "cloth2", "trim_dark")
    solids: list[Solid] = [
        ball((0, 0.44, -0.2), (fat, fat * 0.88, fat * 1.1)),
        ball((0, 0.34, 0.12), (0.18, 0.15, 0.19)),
        ball((0, 0.36, 0.27), (0.13, 0.11, 0.1)),
        ball((0, 0.62, -0.14), (0.1, 0.07, 0.15), mark),
    ]
    for s in (-1, 1):
        solids.append(tube((s * 0.05, 0.3, 0.32), (s * 0.03, 0.17, 0.4), 0.035, 0.0, "trim_light"))
        for x, y, r in ((0.045, 0.41, 0.04), (0.1, 0.43, 0.03), (0.05, 0.47, 0.025)):
            solids.append(ball((s * x, y, 0.35 - x * 0.3), r, "glow"))
        for k in range(4):
            a = math.radians(52 - 34 * k)
            lift, reach = between(rng, 0.6, 0.72), between(rng, 0.62, 0.72)
            c, d = math.cos(a), math.sin(a)
            knee = (s * 0.38 * c, lift, 0.05 + 0.38 * d)
            foot = (s * reach * c, 0.0, 0.05 + reach * d)
            solids.append(tube((s * 0.1 * c, 0.34, 0.08 + 0.1 * d), knee, 0.038, 0.032))
            solids.append(tube(knee, foot, 0.036, 0.012))
            solids.append(ball(knee, 0.042, "main"))
    return group(*solids[:40])


@thing("ghost", stance="hover", float_roll=(-10, 10))
def ghost(rng: Rng) -> Group:
    """A sheet with dark eyes and a mouth, its hem in points, little arms raised."""
    r = between(rng, 0.3, 0.35)
    solids: list[Solid] = [
        ball((0, 1.0 - r, 0), (r, r, r * 0.9)),
        turned(0.2, 1.0 - r, r * 1.12, r),
    ]
    n = int(rng.integers(6, 9))
    for x, z, _ in around(n, r * 0.86, between(rng, 0, 40)):
        long = between(rng, 0.16, 0.26)
        solids.append(tube((x, 0.24, z), (x * 1.1, 0.24 - long, z * 1.1), r * 0.44, 0.02))
    y = 1.0 - r * 0.98
    z = r * 0.86
    for s in (-1, 1):
        solids.append(ball((s * 0.11, y + 0.02, z - 0.02), (0.06, 0.09, 0.05), "trim_dark"))
        solids.append(ball((s * 0.1, y + 0.05, z + 0.025), 0.018, "trim_light"))
        lift = between(rng, 0.0, 0.16)
        solids.append(
            tube((s * r * 0.8, y - 0.14, 0.08), (s * (r + 0.2), y - 0.08 + lift, 0.16), 0.11, 0.055)
        )
        solids.append(ball((s * (r + 0.2), y - 0.08 + lift, 0.16), 0.062))
    solids.append(
        ball((0, y - 0.15, z + 0.005), (0.06, between(rng, 0.04, 0.08), 0.04), "trim_dark")
    )
    return group(*solids)


@thing("skull", float_roll=(-10, 10))
def skull(rng: Rng) -> Group:
    """A round cranium, black sockets, a row of teeth; a candle or a crack on top."""
    solids: list[Solid] = [
        ball((0, 0.62, -0.03), (0.4, 0.38, 0.44)),
        block((0, 0.3, 0.16), (0.25, 0.15, 0.2), "main", 0.5),
        ball((0, 0.5, 0.24), (0.3, 0.16, 0.16)),
    ]
    for s in (-1, 1):
        solids.append(ball((s * 0.16, 0.52, 0.36), (0.115, 0.12, 0.07), "trim_dark"))
        solids.append(ball((s * 0.3, 0.4, 0.2), (0.1, 0.09, 0.16)))
        if chance(rng, 0.4):
            solids.append(ball((s * 0.16, 0.52, 0.41), 0.035, "glow"))
    solids.append(gable((0, 0.33, 0.38), 0.055, 0.12, 0.03, "trim_dark"))
    for k in range(5):
        x = -0.16 + 0.08 * k
        solids.append(block((x, 0.22, 0.355), (0.033, 0.06, 0.025), "trim_light", 0.3))
        solids.append(block((x, 0.1, 0.33), (0.031, 0.045, 0.025), "trim_light", 0.3))
    solids.append(block((0, 0.06, 0.14), (0.21, 0.06, 0.19), "main", 0.5))
    solids.append(block((0, 0.155, 0.33), (0.19, 0.012, 0.02), "trim_dark"))
    style = int(rng.integers(3))
    if style == 0:
        solids.append(turned(0.94, 1.16, 0.1, 0.09, "trim_light"))
        solids.append(ball((0, 1.25, 0), (0.05, 0.09, 0.05), "glow"))
    elif style == 1:
        for a, b in itertools.pairwise(
            [(0.1, 0.97, 0.14), (0.16, 0.88, 0.28), (0.08, 0.8, 0.36), (0.13, 0.73, 0.385)]
        ):
            solids.append(rod(a, b, 0.013, "trim_dark"))
    return group(*solids)
