"""The mannequin's flesh: which solids hang on which bone, and what of it can touch the ground."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from studio_app.scene.body import Measures
from studio_app.scene.primitives import Primitive
from studio_app.scene.transform import along, rotate, scale, translate

Vector = tuple[float, float, float]
Piece = tuple[str, Primitive]


def ellipsoid(centre: Vector, radii: Vector, surface: str, pitch: float = 0.0) -> Primitive:
    """An ellipsoid; pitch turns it about x, in degrees."""
    place = translate(*centre) @ rotate("x", pitch) @ scale(*radii)
    return Primitive("sphere", (), place, surface=surface)


def taper(a: Vector, b: Vector, ra: float, rb: float, surface: str) -> Primitive:
    """The cone around two balls, of radius ra at a and rb at b: with them, a round tapered limb.

    The circles of contact lie (ra - rb) / |b - a| of a radius past the centres, towards the thin
    end.
    """
    if ra < rb:
        a, b, ra, rb = b, a, rb, ra
    start, end = np.asarray(a, float), np.asarray(b, float)
    length = float(np.linalg.norm(end - start))
    sine = min((ra - rb) / length, 0.95)
    cosine = float(np.sqrt(1 - sine * sine))
    direction = (end - start) / length
    p, q = start + direction * (sine * ra), end + direction * (sine * rb)
    place = along((p[0], p[1], p[2]), (q[0], q[1], q[2])) @ scale(ra * cosine, 1.0, ra * cosine)
    return Primitive("cone", (rb / ra,), place, surface=surface)


@lru_cache(maxsize=1024)
def flesh(m: Measures) -> tuple[Piece, ...]:
    """(bone, solid in the bone's axes) for a whole body."""
    pieces = [*_trunk(m), *_head(m)]
    for side, x in (("left", 1.0), ("right", -1.0)):
        pieces += _arm(m, side, x)
        pieces += _leg(m, side)
    return tuple(pieces)


def hull(
    a: Vector, b: Vector, ra: float, rb: float, stretch: Vector, surface: str
) -> list[Primitive]:
    """Two ellipsoids of one shape and the taper that joins them smoothly.

    a, b: centres. ra, rb: radii before the stretch along x, y and z.
    """
    out = [
        ellipsoid(centre, (r * stretch[0], r * stretch[1], r * stretch[2]), surface)
        for centre, r in ((a, ra), (b, rb))
    ]
    flat_a, flat_b = ((p[0] / stretch[0], p[1] / stretch[1], p[2] / stretch[2]) for p in (a, b))
    return [*out, taper(flat_a, flat_b, ra, rb, surface).moved(scale(*stretch))]


def _trunk(m: Measures) -> list[Piece]:
    t = m.thickness
    rise, belly = m.shoulder - m.chest, m.chest - m.spine
    chest, waist, pelvis = (m.radius(n) for n in ("chest", "waist", "pelvis"))
    wide = (m.shoulder_width - 0.1 * m.radius("shoulder")) / chest
    hips = (m.hip_width + 0.046 * t) / pelvis
    chest_at: Vector = (0.0, 0.62 * rise, 0.006 * t)
    neck_top: Vector = (0.0, m.head - m.neck + 0.1 * m.head_height, 0.012 * t)
    # Both end in a ball near the waist, so that a bent back shows no seam.
    ribs = hull(chest_at, (0.0, -0.75 * belly, 0.004 * t), chest, waist, (wide, 1.08, 1.0), "torso")
    loins = hull(
        (0.0, 0.15 * (m.hip - m.hips), -0.004 * t),
        (0.0, m.spine - m.hips + 0.15 * belly, 0.004 * t),
        pelvis,
        waist * 0.97,
        (hips, 1.0, 1.0),
        "torso",
    )
    return [
        *(("chest", solid) for solid in ribs),
        *(("hips", solid) for solid in loins),
        ("neck", taper((0, 0, 0), neck_top, m.radius("neck") * 1.1, m.radius("neck"), "neck")),
    ]


def _head(m: Measures) -> list[Piece]:
    w, h, d = m.head_width / 2, m.head_height, m.head_depth / 2
    egg = hull(
        (0.0, 0.58 * h, -0.02 * d),
        (0.0, 0.29 * h, 0.27 * d),
        0.42 * h,
        0.29 * h,
        (w / (0.42 * h), 1.0, d / (0.42 * h)),
        "head",
    )
    nose = ellipsoid((0, 0.38 * h, 0.96 * d), (0.13 * w, 0.09 * h, 0.17 * d), "head", -20)
    return [("head", solid) for solid in (*egg, nose)]


def _limb(bones: tuple[str, str], length: float, ra: float, rb: float, surface: str) -> list[Piece]:
    """A ball at the upper joint and the taper to the lower one, where the next bone has a ball."""
    here: Vector = (0.0, 0.0, 0.0)
    return [
        (bones[0], ellipsoid(here, (ra, ra, ra), surface)),
        (bones[0], taper(here, (0.0, -length, 0.0), ra, rb, surface)),
    ]


def _arm(m: Measures, side: str, x: float) -> list[Piece]:
    shoulder, elbow, wrist = (m.radius(n) for n in ("shoulder", "elbow", "wrist"))
    upper, lower, hand = (f"{side}_{b}" for b in ("upper_arm", "lower_arm", "hand"))
    n, across = m.hand, m.shoulder_width - m.collar_width
    # The slope from the neck to the shoulder, which follows a shrug.
    slope = taper(
        (-x * 0.3 * m.collar_width, 0.8 * (m.neck - m.shoulder), -0.008 * m.thickness),
        (x * across, 0.0, 0.0),
        0.72 * shoulder,
        0.99 * shoulder,
        "torso",
    )
    return [
        (f"{side}_collar", slope),
        *_limb((upper, lower), m.upper_arm, shoulder, elbow, "upper_arm"),
        *_limb((lower, hand), m.lower_arm, elbow * 1.04, wrist, "lower_arm"),
        (hand, ellipsoid((0, -0.32 * n, 0.02 * n), (0.21 * n, 0.42 * n, 0.33 * n), "hand")),
        (
            hand,
            ellipsoid((-x * 0.1 * n, -0.74 * n, 0.02 * n), (0.16 * n, 0.32 * n, 0.28 * n), "hand"),
        ),
        (
            hand,
            ellipsoid(
                (-x * 0.08 * n, -0.42 * n, 0.33 * n), (0.11 * n, 0.3 * n, 0.11 * n), "hand", -28
            ),
        ),
    ]


def _leg(m: Measures, side: str) -> list[Piece]:
    hip, knee, ankle = (m.radius(n) for n in ("hip", "knee", "ankle"))
    upper, lower, foot = (f"{side}_{b}" for b in ("upper_leg", "lower_leg", "foot"))
    thigh, shin = m.hip - m.knee, m.knee - m.ankle
    drop = 0.72 * m.ankle
    sole, tall = m.ankle - drop, 0.36 * m.foot_length
    shoe = Primitive(
        "sphere",
        (),
        translate(0, -drop, 0.27 * m.foot_length)
        @ scale(m.foot_width / 2, tall, 0.52 * m.foot_length),
        surface="foot",
        clip=(0.0, -1.0, 0.0, sole / tall),
    )
    return [
        *_limb((upper, lower), thigh, hip, knee, "upper_leg"),
        *_limb((lower, foot), shin, knee * 1.02, ankle, "lower_leg"),
        (
            lower,
            ellipsoid(
                (0, -0.3 * shin, -0.2 * knee),
                (0.9 * knee, 0.27 * shin, 0.92 * knee),
                "lower_leg",
                4,
            ),
        ),
        (foot, ellipsoid((0, 0, 0), (ankle * 1.1, ankle * 1.25, ankle * 1.2), "foot")),
        (foot, shoe),
    ]


@lru_cache(maxsize=1024)
def contacts(m: Measures) -> tuple[tuple[str, ...], NDArray[np.float64], NDArray[np.float64]]:
    """Balls that can touch the ground: bones, centres [N, 4] (homogeneous, bone axes), radii [N].

    Soles are outlines of points; everything else a ball a little inside its flesh.
    """
    balls: list[tuple[str, Vector, float]] = [
        ("head", (0.0, 0.58 * m.head_height, 0.0), 0.42 * m.head_height),
        ("chest", (0.0, 0.5 * (m.shoulder - m.chest), 0.0), m.radius("chest")),
        ("hips", (0.0, 0.0, 0.0), m.radius("pelvis")),
    ]
    for side in ("left", "right"):
        balls += [
            (f"{side}_upper_arm", (0.0, 0.0, 0.0), m.radius("shoulder")),
            (f"{side}_lower_arm", (0.0, 0.0, 0.0), m.radius("elbow")),
            (f"{side}_hand", (0.0, -0.35 * m.hand, 0.0), 0.25 * m.hand),
            (f"{side}_hand", (0.0, -0.85 * m.hand, 0.0), 0.18 * m.hand),
            (f"{side}_upper_leg", (0.0, 0.0, 0.0), m.radius("hip")),
            (f"{side}_lower_leg", (0.0, 0.0, 0.0), m.radius("knee") * 1.02),
        ]
        for turn in np.linspace(0, 2 * np.pi, 12, endpoint=False):
            x = 0.49 * m.foot_width * float(np.cos(turn))
            z = (0.27 + 0.51 * float(np.sin(turn))) * m.foot_length
            balls.append((f"{side}_foot", (x, -m.ankle, z), 0.0))
    names = tuple(name for name, _, _ in balls)
    points = np.array([(*centre, 1.0) for _, centre, _ in balls])
    return names, points, np.array([radius for _, _, radius in balls])
