"""More that holds something: crate, vase, basket, cauldron, sack."""

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
    group,
    pick,
    ring,
    rod,
    tube,
    turned,
)
from studio_app.scene.transform import rotate, translate


@thing("crate")
def crate(rng: Rng) -> Group:
    """A box of boards with a frame on every edge and a diagonal brace."""
    h = between(rng, 0.36, 0.44)
    w = between(rng, 0.38, 0.5)
    edge = pick(rng, "trim_wood", "trim_metal", "trim_wood", "trim_dark")
    t = between(rng, 0.05, 0.065)
    solids: list[Solid] = [block((0, h, 0), (w, h, w))]
    for x in (-w, w):
        for z in (-w, w):
            solids.append(block((x, h, z), (t, h + t * 0.5, t), edge, 0.15))
    for y in (t * 0.7, 2 * h):
        for x in (-w, w):
            solids.append(block((x, y, 0), (t, t, w + t * 0.6), edge, 0.15))
            solids.append(block((0, y, x), (w + t * 0.6, t, t), edge, 0.15))
    slope = math.degrees(math.atan2(h, w))
    long = math.hypot(h, w) * 0.92
    brace = block((0, 0, 0), (long, t * 0.85, t * 0.8), edge)
    solids.append(group(brace, at=translate(0, h, w) @ rotate("z", slope)))
    if chance(rng, 0.5):
        other = block((0, 0, 0), (long, t * 0.85, t * 0.8), edge)
        solids.append(group(other, at=translate(0, h, w) @ rotate("z", -slope)))
    side = block((0, 0, 0), (long, t * 0.85, t * 0.8), edge)
    solids.append(group(side, at=translate(w, h, 0) @ rotate("y", 90) @ rotate("z", slope)))
    for y in (h * 0.66, h * 1.33):
        solids.append(block((0, y, 0), (w * 1.004, 0.012, w * 1.004), "trim_dark"))
    return group(*solids)


@thing("vase", float_roll=(-10, 10))
def vase(rng: Rng) -> Group:
    """An urn: narrow foot, broad shoulder, flared lip, often two handles."""
    r, foot = between(rng, 0.28, 0.36), between(rng, 0.13, 0.18)
    shoulder = between(rng, 0.46, 0.58)
    neck = r * between(rng, 0.36, 0.5)
    trim = pick(rng, "trim_gold", "trim_light", "trim_dark")
    top = 0.8
    solids: list[Solid] = [
        turned(0, 0.05, foot * 1.25, foot * 1.1),
        turned(0.05, shoulder, foot, r),
        ball((0, shoulder, 0), (r, top - shoulder, r), clip=(0, -1, 0, 0)),
        turned(top - 0.1, 0.94, neck, neck * 1.1),
        turned(0.94, 1.0, neck * 1.1, neck * 1.7),
        turned(0.997, 1.002, neck * 1.35, neck * 1.35, "trim_dark"),
        ring((0, shoulder, 0), r * 0.99, 0.022, trim),
        ring((0, shoulder * 0.62, 0), foot + (r - foot) * 0.6, 0.018, trim),
        ring((0, 0.92, 0), neck * 1.12, 0.022, trim),
    ]
    if chance(rng, 0.6):
        for s in (-1, 1):
            a = (s * neck, 0.88, 0.0)
            b = (s * (r + 0.1), 0.82, 0.0)
            c = (s * r * 0.97, shoulder, 0.0)
            solids += [rod(a, b, 0.03, trim), rod(b, c, 0.03, trim)]
    return group(*solids)


@thing("basket", float_roll=(-10, 10))
def basket(rng: Rng) -> Group:
    """Woven hoops, a high handle, and round things showing over the rim."""
    r, h = between(rng, 0.38, 0.44), between(rng, 0.38, 0.46)
    solids: list[Solid] = [turned(0, h, r * 0.78, r)]
    n = 4
    for k in range(n):
        y = h * (k + 0.5) / n
        wide = r * (0.78 + 0.22 * y / h) + 0.008
        solids.append(ring((0, y, 0), wide, h / n * 0.5))
    solids.append(ring((0, h, 0), r * 1.03, 0.05, "trim_wood"))
    points = [(math.cos(math.radians(a)), math.sin(math.radians(a))) for a in range(0, 181, 36)]
    for (ax, ay), (bx, by) in itertools.pairwise(points):
        lift = between(rng, 0.5, 0.52)
        solids.append(
            rod((ax * r, h + ay * lift, 0), (bx * r, h + by * lift, 0), 0.036, "trim_wood")
        )
    fill = pick(rng, "trim_gold", "leaf", "trim_light")
    for x, z, _ in around(5, r * 0.52, between(rng, 0, 72)):
        size = between(rng, 0.13, 0.17)
        solids.append(ball((x, h + 0.03, z), size, fill))
    solids.append(ball((0, h + 0.08, 0), 0.16, fill))
    return group(*solids)


@thing("cauldron")
def cauldron(rng: Rng) -> Group:
    """A round pot on three feet, its rim thick, the brew bubbling over."""
    r, squash = 0.46, between(rng, 0.8, 0.9)
    y = 0.12 + r * squash
    cut = between(rng, 0.42, 0.55)
    top, lip = y + r * squash * cut, r * math.sqrt(1 - cut * cut)
    solids: list[Solid] = [
        ball((0, y, 0), (r, r * squash, r), clip=(0, 1, 0, cut)),
        turned(top - 0.02, top + 0.05, lip * 0.98, lip * 1.05),
        ring((0, top + 0.05, 0), lip * 1.06, 0.055),
        turned(top + 0.03, top + 0.062, lip * 0.99, lip * 0.99, "liquid"),
    ]
    for x, z, _ in around(3, r * 0.62, 60):
        solids.append(tube((x * 0.8, 0.22, z * 0.8), (x * 1.1, 0.0, z * 1.1), 0.085, 0.06))
    for s in (-1, 1):
        solids.append(ring((s * lip * 1.2, top - 0.09, 0), 0.1, 0.03, "trim_metal", TO_Z))
    for _ in range(int(rng.integers(4, 7))):
        a, d = between(rng, 0, 6.28), lip * between(rng, 0.2, 0.75)
        size = between(rng, 0.05, 0.11)
        lift = between(rng, 0.0, 0.05)
        solids.append(ball((d * math.cos(a), top + 0.06 + lift, d * math.sin(a)), size, "liquid"))
    if chance(rng, 0.5):
        solids.append(rod((0.05, top - 0.05, 0), (0.3, top + 0.42, -0.05), 0.032, "trim_wood"))
    return group(*solids)


@thing("sack", float_roll=(-12, 12))
def sack(rng: Rng) -> Group:
    """A slouching bag tied at its neck."""
    r, squash = between(rng, 0.36, 0.42), between(rng, 0.84, 1.0)
    rope = pick(rng, "trim_gold", "trim_light", "trim_leather")
    top = r * squash * 1.86
    lean = between(rng, -0.06, 0.06)
    solids: list[Solid] = [
        ball((0, r * squash * 0.9, 0), (r, r * squash, r * 0.92), clip=(0, -1, 0, 0.86)),
        ball((r * 0.36, r * 0.5, 0.05), (r * 0.72, r * 0.52, r * 0.8)),
        ball((-r * 0.4, r * 0.46, 0), (r * 0.7, r * 0.48, r * 0.78)),
        turned(top - 0.22, top + 0.02, r * 0.62, 0.1, x=lean * 0.6),
        turned(top + 0.0, top + 0.2, 0.09, 0.24, x=lean),
        ring((lean, top + 0.02, 0), 0.11, 0.035, rope),
        turned(top + 0.198, top + 0.203, 0.19, 0.19, "trim_dark", x=lean),
    ]
    for s in (-1, 1):
        end = (lean + s * 0.2, top - 0.2, 0.32)
        solids.append(rod((lean + s * 0.03, top + 0.02, 0.12), end, 0.022, rope))
        solids.append(ball(end, 0.04, rope))
    if chance(rng, 0.55):
        patch = block((0, 0, 0), (0.12, 0.12, 0.03), "cloth2", 0.3)
        at = translate(-0.12, r * 0.8, r * 0.86) @ rotate("z", 14) @ rotate("x", -8)
        solids.append(group(patch, at=at))
    else:
        for k in range(4):
            x = -0.24 + 0.16 * k
            solids.append(ball((x, 0.06, r * 0.95), (0.08, 0.06, 0.08), "trim_gold"))
    return group(*solids)
