"""Short words for placing solids: what the things are written in."""

from __future__ import annotations

import math

import numpy as np

from studio_app.scene.primitives import Group, Primitive
from studio_app.scene.transform import (
    Transform,
    along,
    identity,
    rotate,
    rotation_between,
    scale,
    translate,
)

Vector = tuple[float, float, float]
Rng = np.random.Generator
Solid = Primitive | Group

UP = identity()
TO_X = rotate("z", -90)
"""Lays a y axis along +x."""
TO_Z = rotate("x", 90)
"""Lays a y axis along +z."""


def chance(rng: Rng, p: float) -> bool:
    return bool(rng.random() < p)


def between(rng: Rng, low: float, high: float) -> float:
    return float(rng.uniform(low, high))


def pick(rng: Rng, *options: str) -> str:
    return options[int(rng.integers(len(options)))]


def group(*solids: Solid, at: Transform = UP) -> Group:
    return Group(tuple(solids), at)


def ball(
    center: Vector,
    radii: float | Vector,
    surface: str = "main",
    clip: tuple[float, float, float, float] | None = None,
) -> Primitive:
    """A sphere or an ellipsoid; clip is in units of the radii."""
    r = (radii, radii, radii) if isinstance(radii, float | int) else radii
    return Primitive("sphere", (), translate(*center) @ scale(*r), surface=surface, clip=clip)


def turned(
    y0: float, y1: float, r0: float, r1: float, surface: str = "main", x: float = 0, z: float = 0
) -> Primitive:
    """A round section standing upright: radius r0 at y0, r1 at y1 (y0 < y1), as from a lathe."""
    return tube((x, y0, z), (x, y1, z), r0, r1, surface)


def tube(a: Vector, b: Vector, ra: float, rb: float, surface: str = "main") -> Primitive:
    """A round bar from a to b with flat ends, radius ra at a and rb at b."""
    if rb > ra:
        a, b, ra, rb = b, a, rb, ra
    place = along(a, b) @ scale(ra, 1.0, ra)
    if abs(ra - rb) < 1e-6:
        return Primitive("cylinder", (), place, surface=surface)
    return Primitive("cone", (max(rb, 0.0) / ra,), place, surface=surface)


def rod(a: Vector, b: Vector, r: float, surface: str = "main") -> Primitive:
    """A bar with round ends (their centres are a and b)."""
    d = np.asarray(b, float) - np.asarray(a, float)
    length = float(np.linalg.norm(d))
    turn = rotation_between((0, 1, 0), (float(d[0]), float(d[1]), float(d[2])))
    mid = (np.asarray(a) + np.asarray(b)) / 2
    place = translate(*(float(v) for v in mid)) @ turn @ scale(r)
    return Primitive("capsule", (length / 2 / r,), place, surface=surface)


def ring(
    center: Vector, radius: float, tube_radius: float, surface: str = "main", axis: Transform = UP
) -> Primitive:
    """A torus around the axis (up unless told)."""
    place = translate(*center) @ axis @ scale(radius)
    return Primitive("torus", (tube_radius / radius,), place, surface=surface)


def block(center: Vector, half: Vector, surface: str = "main", soft: float = 0.0) -> Primitive:
    """A box with half sizes; soft > 0 rounds its edges (share of each half size)."""
    place = translate(*center) @ scale(*half)
    if soft > 0:
        return Primitive("rounded_box", (soft,), place, surface=surface)
    return Primitive("box", (), place, surface=surface)


def facet(
    sides: int,
    y0: float,
    y1: float,
    r0: float,
    r1: float,
    surface: str = "main",
    twist: float = 0.0,
    flat: float = 1.0,
) -> Primitive:
    """An upright n-sided section: circumradius r0 at y0, r1 at y1; flat squeezes z; twist in steps of a side."""
    upside = r1 > r0
    wide, narrow = max(r0, r1), min(r0, r1)
    half = (y1 - y0) / 2
    turn = rotate("y", 360.0 / sides * twist)
    place = translate(0, (y0 + y1) / 2, 0) @ scale(wide, -half if upside else half, wide * flat)
    return Primitive("prism", (float(sides), narrow / wide), place @ turn, surface=surface)


def gable(
    center: Vector, half_width: float, height: float, half_length: float, surface: str
) -> Primitive:
    """A roof: a triangle in the xy plane with its base middle at `center`, running along z."""
    x, y, z = center
    # A regular triangle of circumradius 1: base at -1/2, half width sqrt(3)/2, height 3/2.
    place = (
        translate(x, y, z)
        @ scale(half_width / (math.sqrt(3) / 2), height / 1.5, half_length)
        @ translate(0, 0.5, 0)
        @ rotate("x", 90)
        @ rotate("y", 90)
    )
    return Primitive("prism", (3.0, 1.0), place, surface=surface)


def slab(primitive: Primitive, at: Transform) -> Primitive:
    """The solid moved by a transform."""
    return primitive.moved(at)


def around(n: int, radius: float, phase: float = 0.0) -> list[tuple[float, float, Transform]]:
    """n places on a circle: (x, z, turn), where turn faces the solid's +z outwards. Phase in degrees from +z."""
    out: list[tuple[float, float, Transform]] = []
    for i in range(n):
        a = phase + 360.0 * i / n
        s, c = math.sin(math.radians(a)), math.cos(math.radians(a))
        out.append((radius * s, radius * c, rotate("y", a)))
    return out
