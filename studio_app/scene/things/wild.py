"""More that grows, and what lies about: flower, cactus, boulder, palm, bush, stump."""

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
    chance,
    facet,
    group,
    pick,
    ring,
    rod,
    tube,
    turned,
)
from studio_app.scene.transform import rotate, scale, translate


@thing("flower", float_roll=(-16, 16))
def flower(rng: Rng) -> Group:
    """One big head of petals on a stem with two leaves."""
    n, y = int(rng.integers(5, 10)), 0.72
    long = between(rng, 0.17, 0.22)
    heart = pick(rng, "trim_gold", "trim_dark", "trim_gold")
    head: list[Solid] = []
    for k in range(n):
        petal = ball((0, long * 1.02, 0), (min(0.62 * 3.0 / n * 0.3 + 0.02, 0.14), long, 0.05))
        head.append(group(petal, at=rotate("z", 360 * k / n) @ rotate("x", 14)))
    if n < 7:
        for k in range(n):
            inner = ball((0, long * 0.7, 0.05), (0.075, long * 0.66, 0.04))
            head.append(group(inner, at=rotate("z", 360 * (k + 0.5) / n) @ rotate("x", 24)))
    head.append(ball((0, 0, 0.04), (0.11, 0.11, 0.08), heart))
    lean = between(rng, -0.05, 0.05)
    solids: list[Solid] = [
        rod((0, 0, 0), (lean, 0.36, 0), 0.028, "leaf"),
        rod((lean, 0.36, 0), (0, y, -0.02), 0.026, "leaf"),
        group(*head, at=translate(0, y, 0.02) @ rotate("x", between(rng, -24, -6))),
    ]
    for s in (-1, 1):
        at = translate(lean * 0.5, between(rng, 0.1, 0.26), 0) @ rotate("z", s * 32)
        solids.append(group(ball((s * 0.15, 0, 0.02), (0.16, 0.045, 0.075), "leaf"), at=at))
    return group(*solids)


@thing("cactus")
def cactus(rng: Rng) -> Group:
    """A ribbed column with bent arms."""
    r = between(rng, 0.15, 0.19)
    top = 0.86
    solids: list[Solid] = [rod((0, 0, 0), (0, top - 0.02, 0), r)]
    for x, z, _ in around(8, r * 0.96, 0):
        solids.append(rod((x, 0.02, z), (x * 0.94, top, z * 0.94), 0.034))
    arms = [(-1, between(rng, 0.34, 0.48)), (1, between(rng, 0.46, 0.6))]
    for s, y in arms[: 2 if chance(rng, 0.75) else 1]:
        out, up = r + between(rng, 0.16, 0.22), between(rng, 0.18, 0.32)
        solids.append(rod((s * r * 0.6, y, 0), (s * out, y, 0), 0.088))
        solids.append(rod((s * out, y, 0), (s * out, y + up, 0), 0.088))
    if chance(rng, 0.6):
        for k in range(3):
            a = math.radians(90 + 55 * (k - 1))
            solids.append(
                ball((0.07 * math.cos(a), top + r + 0.01, 0.06), (0.06, 0.05, 0.06), "cloth2")
            )
    for k in range(8):
        y, a = 0.12 + 0.09 * k, 1.1 * k
        p = (r * 1.1 * math.sin(a) * 0.9, y, r * 1.1 * abs(math.cos(a)))
        solids.append(ball(p, 0.022, "trim_light"))
    if chance(rng, 0.3):
        solids.append(turned(0, 0.2, 0.24, 0.3, "trim_wood"))
        solids.append(ring((0, 0.2, 0), 0.3, 0.035, "trim_wood"))
    return group(*solids)


@thing("boulder", float_roll=(-20, 20))
def boulder(rng: Rng) -> Group:
    """A heap of broken angular blocks, the largest leaning."""
    solids: list[Solid] = []
    spots = [
        (0.0, 0.36, 0.0, 0.44),
        (-0.36, 0.2, 0.14, 0.25),
        (0.36, 0.22, 0.06, 0.27),
        (0.1, 0.14, 0.36, 0.17),
    ]
    spots.append((between(rng, -0.1, 0.16), 0.68, -0.06, 0.26))
    for x, y, z, r in spots[: int(rng.integers(3, 6))]:
        sides = int(rng.integers(5, 8))
        low = facet(sides, -r * 0.85, r * 0.1, r * 0.72, r, twist=between(rng, 0, 1))
        high = facet(sides, r * 0.1, r * between(rng, 0.7, 1.0), r, r * between(rng, 0.35, 0.6))
        turn = rotate("y", between(rng, 0, 90)) @ rotate("z", between(rng, -22, 22))
        squash = scale(1, between(rng, 0.8, 1.15), between(rng, 0.8, 1))
        solids.append(group(low, high, at=translate(x, y, z) @ turn @ squash))
    if chance(rng, 0.5):
        for _ in range(3):
            p = (between(rng, -0.5, 0.5), 0.03, between(rng, 0.36, 0.52))
            solids.append(ball(p, (0.08, 0.06, 0.07)))
    if chance(rng, 0.4):
        for k in range(3):
            p = (-0.18 + 0.16 * k, 0.05, 0.46)
            solids.append(
                tube(p, (p[0] + between(rng, -0.06, 0.06), 0.24, p[2]), 0.03, 0.0, "leaf")
            )
    return group(*solids)


@thing("palm", float_roll=(-5, 5))
def palm(rng: Rng) -> Group:
    """A bent ringed trunk under a star of drooping fronds."""
    bend = between(rng, 0.08, 0.2) * (1 if chance(rng, 0.5) else -1)
    points = [(bend * (k / 5) ** 2, 0.14 * k) for k in range(6)]
    solids: list[Solid] = []
    for k, ((ax, ay), (bx, by)) in enumerate(itertools.pairwise(points)):
        r = 0.068 - 0.006 * k
        solids.append(tube((ax, ay, 0), (bx, by + 0.01, 0), r * 0.86, r * 1.12, "bark"))
    x, y = points[-1]
    n = int(rng.integers(6, 9))
    for _, _, turn in around(n, 1, between(rng, 0, 60)):
        droop, long = between(rng, 14, 30), between(rng, 0.19, 0.23)
        inner = ball((0, 0, long), (0.085, 0.03, long), "main")
        outer = ball((0, 0, long), (0.072, 0.025, long), "main")
        tip = group(outer, at=translate(0, 0, 1.62 * long) @ rotate("x", 42))
        solids.append(group(inner, tip, at=translate(x, y, 0) @ turn @ rotate("x", droop - 34)))
    for dx, dz in ((-0.06, 0.05), (0.06, 0.06), (0.0, 0.09)):
        solids.append(ball((x + dx, y - 0.05, dz), 0.055, "trim_wood"))
    solids.append(ball((0, 0.0, 0), (0.14, 0.05, 0.14), "bark"))
    return group(*solids)


@thing("bush", float_roll=(-6, 6))
def bush(rng: Rng) -> Group:
    """Puffs close to the ground, with berries or blossoms."""
    solids: list[Solid] = [ball((0, 0.3, 0), (0.46, 0.34, 0.4))]
    n = int(rng.integers(6, 9))
    for x, z, _ in around(n, 0.38, between(rng, 0, 60)):
        r = between(rng, 0.2, 0.28)
        solids.append(ball((x, between(rng, 0.16, 0.32), z * 0.9), (r, r * 0.92, r)))
    for _ in range(4):
        r = between(rng, 0.18, 0.25)
        x, z = between(rng, -0.26, 0.26), between(rng, -0.2, 0.2)
        solids.append(ball((x, between(rng, 0.46, 0.58), z), (r, r * 0.9, r)))
    fruit = pick(rng, "trim_gold", "trim_light", "cloth2")
    for _ in range(10 if chance(rng, 0.7) else 0):
        a, up = between(rng, -1.3, 1.3), between(rng, 0.1, 1.2)
        d = (math.sin(a) * math.cos(up), math.sin(up), math.cos(a) * math.cos(up))
        solids.append(ball((0.6 * d[0], 0.28 + 0.46 * d[1], 0.56 * d[2]), 0.045, fruit))
    for s in (-1, 1):
        solids.append(rod((0, 0, 0.1), (s * 0.16, 0.2, 0.1), 0.04, "bark"))
    return group(*solids)


@thing("stump", float_roll=(-8, 8))
def stump(rng: Rng) -> Group:
    """A cut trunk: bark, pale rings on top, roots; an axe's bite or a sprout."""
    r, h = between(rng, 0.34, 0.4), between(rng, 0.42, 0.56)
    solids: list[Solid] = [
        turned(0, h, r * 1.12, r),
        turned(h - 0.01, h + 0.012, r * 0.9, r * 0.9, "trim_light"),
    ]
    for share in (0.72, 0.48, 0.24):
        solids.append(ring((0, h + 0.008, 0), r * share, 0.014, "trim_wood"))
    for x, z, _ in around(6, 1.0, between(rng, 0, 60)):
        reach = between(rng, 1.5, 1.8) * r
        solids.append(
            tube((x * r * 0.8, 0.16, z * r * 0.8), (x * reach, 0.0, z * reach), 0.13, 0.04)
        )
    for x, z, _ in around(9, r * 1.02, between(rng, 0, 40)):
        solids.append(rod((x * 1.04, 0.04, z * 1.04), (x * 0.98, h * 0.94, z * 0.98), 0.035))
    style = int(rng.integers(3))
    if style == 0:
        solids.append(rod((0.1, h, 0), (0.16, h + 0.26, 0), 0.02, "leaf"))
        solids.append(ball((0.24, h + 0.27, 0), (0.1, 0.03, 0.06), "leaf"))
        solids.append(ball((0.09, h + 0.24, 0), (0.08, 0.03, 0.05), "leaf"))
    elif style == 1:
        for k in range(3):
            y = h * (0.3 + 0.22 * k)
            cap = ball((0, 0, 0), (0.13, 0.045, 0.11), "trim_light")
            solids.append(group(cap, at=translate(0.1 * k - 0.06, y, r * 1.06)))
    return group(*solids)
