"""What a hero carries: sword, shield, axe, hammer."""

from __future__ import annotations

import math

from studio_app.scene.primitives import Group, Primitive
from studio_app.scene.things.registry import thing
from studio_app.scene.things.shapes import (
    TO_X,
    TO_Z,
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
    turned,
)
from studio_app.scene.transform import rotate, scale, translate


@thing("sword", stance="planted", float_roll=(128, 232))
def sword(rng: Rng) -> Group:
    """Point down: it stands stuck in the ground."""
    half, thick = between(rng, 0.1, 0.145), 0.042
    flare = between(rng, 0.82, 1.22)
    point, guard_y = between(rng, 0.16, 0.28), between(rng, 0.78, 0.86)
    gold = pick(rng, "trim_gold", "trim_gold", "trim_metal", "trim_dark")
    solids: list[Solid] = [
        facet(4, 0.0, point, 0.0, half * flare, flat=thick / half),
        facet(4, point, guard_y, half * flare, half, flat=thick / half),
        facet(
            4,
            point * 0.9,
            guard_y,
            half * 0.22,
            half * 0.3,
            "trim_light",
            flat=1.35 * thick / half / 0.3,
        ),
    ]
    reach, droop = between(rng, 0.24, 0.31), between(rng, -0.1, 0.1)
    for side in (-1, 1):
        solids.append(rod((0, guard_y, 0), (side * reach, guard_y + droop, 0), 0.042, gold))
        solids.append(ball((side * reach, guard_y + droop, 0), between(rng, 0.05, 0.062), gold))
    solids.append(block((0, guard_y, 0), (0.1, 0.06, 0.06), gold, 0.5))
    grip_top = guard_y + between(rng, 0.19, 0.24)
    solids.append(turned(guard_y, grip_top, 0.042, 0.036, "trim_leather"))
    for share in (0.38, 0.7):
        y = guard_y + share * (grip_top - guard_y)
        solids.append(ring((0, y, 0), 0.04, 0.012, "trim_dark"))
    r = between(rng, 0.055, 0.072)
    if chance(rng, 0.6):
        solids.append(ball((0, grip_top + r * 0.8, 0), r, gold))
    else:
        pommel = turned(-0.035, 0.035, r * 1.15, r * 1.15, gold)
        solids.append(group(pommel, at=translate(0, grip_top + r, 0) @ TO_Z))
    jewel = pick(rng, "liquid", "liquid", "trim_light")
    solids.append(ball((0, guard_y, 0.055), (0.04, 0.045, 0.025), jewel))
    return group(*solids)


def _crest(rng: Rng, y: float, z: float, size: float) -> list[Solid]:
    """A device on a shield's face, centred at height y."""
    color = pick(rng, "trim_gold", "trim_light", "trim_gold")
    kind = int(rng.integers(5))
    if kind == 0:
        arm = size * 0.2
        return [
            block((0, y, z), (arm, size, 0.03), color),
            block((0, y + size * 0.15, z), (size * 0.8, arm, 0.03), color),
        ]
    if kind == 1:
        diamond = facet(4, -0.03, 0.03, size * 0.75, size * 0.6, color)
        return [group(diamond, at=translate(0, y, z) @ scale(0.8, 1.1, 1) @ TO_Z)]
    if kind == 2:
        # A chevron.
        return [
            group(
                block((s * size * 0.4, 0, 0), (size * 0.6, size * 0.19, 0.03), color),
                at=translate(0, y + 0.05, z) @ rotate("z", s * -38),
            )
            for s in (-1, 1)
        ]
    if kind == 3:
        # A star of two triangles.
        star = [gable((0, 0, 0), size * 0.75, size * 1.2, 0.03, color) for _ in range(2)]
        return [
            group(star[0], at=translate(0, y - size * 0.36, z)),
            group(star[1], at=translate(0, y + size * 0.42, z) @ rotate("z", 180)),
        ]
    return [
        ball((0, y, z), (size * 0.5, size * 0.5, 0.09), color),
        ring((0, y, z), size * 0.66, 0.03, color, TO_Z),
    ]


@thing("shield", stance="planted", float_roll=(-12, 12))
def shield(rng: Rng) -> Group:
    rim = pick(rng, "trim_metal", "trim_gold", "trim_metal", "trim_wood")
    if chance(rng, 0.35):
        return _round_shield(rng, rim)
    w, top, split = between(rng, 0.38, 0.43), 1.0, between(rng, 0.5, 0.62)
    edge = between(rng, 0.05, 0.065)
    solids: list[Solid] = []
    # Twice the same outline: the rim behind, the field in front and a little smaller.
    for grow, z0, z1, surface in ((edge, -0.05, 0.035, rim), (0.0, -0.03, 0.07, "main")):
        half_z, mid = (z1 - z0) / 2, (z0 + z1) / 2
        solids.append(
            block(
                (0, (split + top) / 2, mid), (w + grow, (top - split) / 2 + grow, half_z), surface
            )
        )
        lower = Primitive("cylinder", (), TO_Z, surface=surface, clip=(0, 0, -1, 0))
        solids.append(
            group(lower, at=translate(0, split, mid) @ scale(w + grow, split * 0.86 + grow, half_z))
        )
        # Sharper than an ellipse: the point of a heater shield.
        solids.append(
            group(
                gable((0, 0, 0), (w + grow) * 0.86, split * 0.8 + grow * 1.2, half_z, surface),
                at=translate(0, split * 0.64, mid) @ scale(1, 1, 1) @ rotate("z", 180),
            )
        )
    # The field swells towards the middle.
    solids.append(ball((0, 0.62, 0.05), (w * 0.93, 0.35, 0.075), "main"))
    solids += _crest(rng, between(rng, 0.58, 0.64), 0.12, between(rng, 0.21, 0.26))
    for s in (-1, 1):
        solids.append(ball((s * w * 0.86, top - 0.07, 0.07), 0.032, rim))
    return group(*solids)


def _round_shield(rng: Rng, rim: str) -> Group:
    r = 0.46
    solids: list[Solid] = [
        ball((0, 0.5, 0), (r, r, between(rng, 0.12, 0.18)), "main", clip=(0, 0, -1, 0)),
        ring((0, 0.5, 0), r, between(rng, 0.045, 0.06), rim, TO_Z),
        ball((0, 0.5, 0.11), (0.13, 0.13, between(rng, 0.09, 0.13)), rim),
        ring((0, 0.5, 0.12), 0.14, 0.028, rim, TO_Z),
    ]
    spokes = int(rng.integers(0, 3))
    for i in range(spokes * 2):
        a = math.pi * i / (spokes * 2)
        c, s = math.cos(a) * r, math.sin(a) * r
        bar = tube((-c, 0.5 - s, 0), (c, 0.5 + s, 0), 0.035, 0.035, rim)
        solids.append(bar.moved(translate(0, 0, 0.09)))
    for i in range(8):
        a = math.pi * (i + 0.5) / 4
        solids.append(ball((r * math.cos(a), 0.5 + r * math.sin(a), 0.05), 0.03, "trim_gold"))
    return group(*solids)


def _blade(rng: Rng, neck: float, reach: float, edge: float) -> list[Solid]:
    """An axe blade towards +x, root at x = 0: a fan that ends in a sharpened curve."""
    thick = 0.05
    fan = Primitive("prism", (4.0, neck / edge), rotate("y", 45))
    # Locally y runs from the wide edge (-1) to the root (+1); half sizes after the quarter turn are sqrt(1/2).
    k = math.sqrt(2)
    place = translate(reach / 2, 0, 0) @ scale(reach / 2, edge * k, thick * k) @ rotate("z", 90)
    solids: list[Solid] = [group(fan, at=place)]
    bow = between(rng, 0.1, 0.16)
    # The curved edge: a slice of a disc whose chord is the fan's wide end.
    radius = (edge * edge + bow * bow) / (2 * bow)
    cut = (radius - bow) / radius
    disc = Primitive("cylinder", (), TO_Z, surface="trim_light", clip=(-1, 0, 0, -cut))
    at = translate(reach - 0.005 - (radius - bow), 0, 0) @ scale(radius, radius, thick * 0.6)
    solids.append(group(disc, at=at))
    inner = Primitive("cylinder", (), TO_Z, surface="main", clip=(-1, 0, 0, -cut))
    at = translate(reach - 0.045 - (radius - bow), 0, 0) @ scale(radius, radius, thick)
    solids.append(group(inner, at=at))
    return solids


@thing("axe", stance="planted", float_roll=(-48, 40))
def axe(rng: Rng) -> Group:
    """Head up; the handle's foot in the ground."""
    grip, y = between(rng, 0.042, 0.054), between(rng, 0.7, 0.76)
    metal = pick(rng, "trim_metal", "trim_gold", "trim_gold")
    neck, reach = between(rng, 0.09, 0.12), between(rng, 0.3, 0.37)
    edge = between(rng, 0.25, 0.3)
    solids: list[Solid] = [
        turned(0.0, 0.98, grip * 1.05, grip * 0.9, "trim_wood"),
        ball((0, 0.03, 0), (grip * 1.5, 0.045, grip * 1.5), metal),
        turned(0.12, 0.34, grip * 1.2, grip * 1.2, "trim_leather"),
        ring((0, 0.12, 0), grip * 1.2, 0.016, "trim_dark"),
        ring((0, 0.34, 0), grip * 1.2, 0.016, "trim_dark"),
        turned(y - neck - 0.03, y + neck + 0.03, grip * 1.7, grip * 1.7, metal),
    ]
    solids += _blade(rng, neck, reach, edge)
    head = solids[6:]
    solids = solids[:6]
    solids.append(group(*head, at=translate(0.02, y, 0)))
    style = int(rng.integers(3))
    if style == 0:
        other = _blade(rng, neck, reach, edge)
        solids.append(group(*other, at=translate(-0.02, y, 0) @ rotate("y", 180)))
        solids.append(turned(0.97, 1.1, grip * 1.3, 0.0, metal))
    elif style == 1:
        solids.append(tube((-0.04, y, 0), (-0.24, y - 0.02, 0), 0.065, 0.0, "main"))
        solids.append(ball((0, 0.99, 0), grip * 1.25, metal))
    else:
        solids.append(block((-0.1, y, 0), (0.08, 0.075, 0.06), "main", 0.2))
        solids.append(ball((0, 0.99, 0), grip * 1.25, metal))
    return group(*solids)


@thing("hammer", stance="planted", float_roll=(-48, 48))
def hammer(rng: Rng) -> Group:
    """Head up; the handle's foot in the ground."""
    grip, y = between(rng, 0.042, 0.055), between(rng, 0.78, 0.82)
    metal = pick(rng, "trim_metal", "trim_gold", "trim_gold", "trim_dark")
    long, tall = between(rng, 0.29, 0.36), between(rng, 0.145, 0.19)
    solids: list[Solid] = [
        turned(0.0, y, grip, grip, "trim_wood"),
        ball((0, 0.04, 0), (grip * 1.6, 0.05, grip * 1.6), metal),
        turned(0.12, 0.36, grip * 1.2, grip * 1.2, "trim_leather"),
        ring((0, 0.12, 0), grip * 1.2, 0.018, "trim_dark"),
        ring((0, 0.36, 0), grip * 1.2, 0.018, "trim_dark"),
        turned(y - tall - 0.07, y - tall, grip * 1.3, grip * 1.9, metal),
    ]
    head: list[Solid]
    if chance(rng, 0.55):
        head = [block((0, 0, 0), (long, tall, tall), "main", 0.22)]
        for s in (-1, 1):
            x = s * long * between(rng, 0.5, 0.6)
            head.append(block((x, 0, 0), (0.045, tall + 0.025, tall + 0.025), metal, 0.4))
            head.append(block((s * long, 0, 0), (0.035, tall * 0.86, tall * 0.86), metal, 0.4))
    else:
        sides = (6, 8)[int(rng.integers(2))]
        # A lathe's head: narrow waist, flared faces.
        head = [group(facet(sides, -long, long, tall * 0.85, tall * 0.85, twist=0.5), at=TO_X)]
        for s in (-1, 1):
            face = facet(sides, 0, 0.13, tall * 0.85, tall * 1.16, twist=0.5)
            cap = facet(sides, 0.13, 0.17, tall * 1.16, tall * 1.02, metal, twist=0.5)
            turn = rotate("y", 0 if s > 0 else 180)
            head.append(group(face, cap, at=turn @ translate(long - 0.13, 0, 0) @ TO_X))
        head.append(block((0, 0, 0), (0.09, tall * 0.95, tall * 0.95), metal, 0.3))
    head.append(ball((0, 0, tall * 0.98), (0.07, 0.07, 0.04), pick(rng, "liquid", metal)))
    solids.append(group(*head, at=translate(0, y, 0)))
    solids.append(turned(y + tall, y + tall + 0.05, grip * 1.5, grip * 0.7, metal))
    return group(*solids)
