"""What holds something: potions, chests, barrels."""

from __future__ import annotations

import itertools

from studio_app.scene.primitives import Group, Primitive
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
    group,
    pick,
    ring,
    rod,
    turned,
)
from studio_app.scene.transform import rotate, scale, translate


def _flask(rng: Rng) -> tuple[list[Solid], float, float]:
    """A round belly in three storeys: foot, a window of liquid, shoulders. Also the neck's height and radius."""
    r, squash = between(rng, 0.36, 0.44), between(rng, 0.86, 1.04)
    center, radii = (0.0, r * squash, 0.0), (r, r * squash, r)
    inner = (r * 0.965, r * squash * 0.965, r * 0.965)
    level, foot = between(rng, 0.1, 0.35), between(rng, -0.78, -0.6)
    neck = r * between(rng, 0.3, 0.38)
    return (
        [
            ball(center, radii, "main", clip=(0, -1, 0, -level)),
            ball(center, inner, "liquid", clip=(0, 1, 0, level)),
            ball(center, radii, "main", clip=(0, 1, 0, foot)),
            turned(0, 0.035, r * 0.62, r * 0.55, "main"),
        ],
        2 * r * squash - 0.035,
        neck,
    )


def _cone_flask(rng: Rng) -> tuple[list[Solid], float, float]:
    """A chemist's flask: wide foot, straight shoulders."""
    r, neck = between(rng, 0.38, 0.46), between(rng, 0.12, 0.15)
    top = between(rng, 0.62, 0.7)
    foot, level = between(rng, 0.1, 0.14), between(rng, 0.36, 0.46)

    def at(y: float) -> float:
        return r + (neck - r) * (y - 0.05) / (top - 0.05)

    return (
        [
            turned(0.0, 0.05, r * 0.94, r),
            turned(0.05, foot, r, at(foot)),
            turned(foot, level, at(foot) * 0.965, at(level) * 0.965, "liquid"),
            turned(level, top, at(level), neck),
        ],
        top - 0.01,
        neck,
    )


def _tall_bottle(rng: Rng) -> tuple[list[Solid], float, float]:
    """A bottle with straight sides and round shoulders."""
    r, shoulder = between(rng, 0.25, 0.31), between(rng, 0.5, 0.58)
    foot, level = between(rng, 0.1, 0.15), between(rng, 0.34, 0.44)
    neck = r * between(rng, 0.36, 0.44)
    return (
        [
            turned(0.0, foot, r * 0.96, r),
            turned(foot, level, r * 0.96, r * 0.96, "liquid"),
            turned(level, shoulder, r, r),
            ball((0, shoulder, 0), (r, r * 0.62, r), clip=(0, -1, 0, 0)),
        ],
        shoulder + r * 0.5,
        neck,
    )


@thing("potion", float_roll=(-14, 14))
def potion(rng: Rng) -> Group:
    make = (_flask, _flask, _flask, _cone_flask, _cone_flask, _tall_bottle)[int(rng.integers(6))]
    body, y, neck = make(rng)
    long = between(rng, 0.14, 0.24)
    top = y + long
    solids = [*body, turned(y - 0.06, top, neck * 1.06, neck)]
    solids.append(ring((0, top, 0), neck * 1.08, 0.038))
    # The stopper: a cork, or a jewel on a gold collar.
    if chance(rng, 0.72):
        cork = between(rng, 0.08, 0.13)
        solids.append(turned(top, top + cork, neck * 0.82, neck * 1.12, "trim_wood"))
        solids.append(turned(top + cork, top + cork + 0.015, neck * 1.12, neck * 0.9, "trim_wood"))
    else:
        solids.append(turned(top, top + 0.05, neck * 0.8, neck * 0.8, "trim_gold"))
        solids.append(ball((0, top + 0.11, 0), (neck * 0.95, neck * 1.05, neck * 0.95), "liquid"))
    collar = pick(rng, "trim_gold", "trim_leather", "trim_leather", "trim_metal")
    solids.append(ring((0, y + 0.01, 0), neck * 1.2, 0.032, collar))
    if chance(rng, 0.5):
        # A tag on a string.
        solids.append(
            block((0, 0, 0.012), (0.062, 0.085, 0.012), "trim_light", 0.3).moved(
                translate(neck * 1.15, y - 0.08, neck * 1.0)
                @ rotate("y", between(rng, 20, 50))
                @ rotate("x", -28)
                @ rotate("z", between(rng, -16, 16))
            )
        )
    return group(*solids)


@thing("chest")
def chest(rng: Rng) -> Group:
    w, h, d = between(rng, 0.5, 0.58), between(rng, 0.4, 0.48), between(rng, 0.32, 0.38)
    arch = between(rng, 0.75, 1.0) * d
    band = pick(rng, "trim_metal", "trim_gold", "trim_gold")
    tilt = between(rng, -62, -38) if chance(rng, 0.35) else 0.0
    base: list[Solid] = [block((0, h / 2, 0), (w, h / 2, d), "main", 0.08)]
    places = (-0.9 * w, 0.9 * w) if chance(rng, 0.5) else (-0.92 * w, -0.38 * w, 0.38 * w, 0.92 * w)
    for x in places:
        base.append(block((x, h / 2, 0), (0.05, h / 2 + 0.005, d + 0.025), band, 0.2))
    base.append(block((0, 0.045, 0), (w + 0.025, 0.045, d + 0.02), band, 0.2))
    lid: list[Solid] = [_half_drum(w, arch, d, "main", 0.0)]
    for x in places:
        lid.append(_half_drum(0.05, arch + 0.028, d + 0.028, band, x))
    lid.append(block((0, 0.03, d), (w + 0.01, 0.035, 0.028), band, 0.2))
    lid.append(block((0, 0.0, d + 0.035), (0.105, 0.12, 0.035), "trim_gold", 0.35))
    lid.append(ball((0, 0.0, d + 0.072), (0.032, 0.042, 0.014), "trim_dark"))
    # The hinge is the upper back edge.
    hinge = translate(0, h, -d) @ rotate("x", tilt) @ translate(0, 0, d)
    solids = [*base, group(*lid, at=hinge)]
    if tilt:
        solids.append(block((0, h, 0), (w * 0.9, 0.012, d * 0.86), "trim_dark"))
        for _ in range(5):
            x, z = between(rng, -0.62, 0.62) * w, between(rng, -0.5, 0.5) * d
            r = between(rng, 0.1, 0.16)
            solids.append(ball((x, h + 0.01, z), (r, r * 0.75, r), "trim_gold"))
        solids.append(ball((between(rng, -0.3, 0.3) * w, h + 0.09, 0.35 * d), 0.085, "glow"))
    return group(*solids)


def _half_drum(
    half_length: float, height: float, depth: float, surface: str, x: float
) -> Primitive:
    """The upper half of a cylinder lying along x."""
    place = translate(x, 0, 0) @ scale(half_length, height, depth) @ TO_X
    # Locally up is -x once the axis lies along world x.
    return Primitive("cylinder", (), place, surface=surface, clip=(1, 0, 0, 0))


@thing("barrel")
def barrel(rng: Rng) -> Group:
    belly, end = between(rng, 0.38, 0.44), between(rng, 0.29, 0.33)
    hoop = pick(rng, "trim_metal", "trim_metal", "trim_gold", "trim_dark")

    def radius(y: float) -> float:
        return belly - (belly - end) * (2 * y - 1) ** 2

    levels = (0.0, 0.16, 0.36, 0.64, 0.84, 1.0)
    solids: list[Solid] = [
        turned(a, b, radius(a), radius(b)) for a, b in itertools.pairwise(levels)
    ]
    wide = between(rng, 0.03, 0.045)
    for y in (0.07, 0.29, 0.71, 0.93):
        low, high = radius(y - wide) + 0.022, radius(y + wide) + 0.022
        solids.append(turned(y - wide, y + wide, low, high, hoop))
    solids.append(turned(1.0, 1.006, end * 0.86, end * 0.86, "trim_dark"))
    if chance(rng, 0.5):
        solids.append(block((0, 1.01, 0), (end * 0.8, 0.02, 0.05), "trim_wood"))
        turn = between(rng, -30, 30)
        solids[-1] = group(solids[-1], at=rotate("y", turn))
    if chance(rng, 0.6):
        # A tap, or a bung.
        y = between(rng, 0.42, 0.56)
        z = radius(y)
        if chance(rng, 0.5):
            solids.append(rod((0, y, z), (0, y, z + 0.13), 0.035, "trim_gold"))
            solids.append(rod((0, y, z + 0.12), (0, y - 0.07, z + 0.12), 0.028, "trim_gold"))
            solids.append(block((0, y + 0.07, z + 0.08), (0.06, 0.02, 0.02), "trim_gold", 0.5))
        else:
            bung = turned(-0.03, 0.03, 0.065, 0.055, "trim_wood")
            solids.append(group(bung, at=translate(0, y, z) @ TO_Z))
    if chance(rng, 0.3):
        for x, z, turn in around(6, end + 0.035, between(rng, 0, 60)):
            solids.append(
                group(ball((0, 0.07, 0), 0.022, "trim_light"), at=translate(x, 0, z) @ turn)
            )
    return group(*solids)
