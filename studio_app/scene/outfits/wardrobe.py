"""What outfits are put together from: faces and hair, skirts, belts, boots, capes, and what hands hold.

Everything is measured by the body it is made for and comes back as solids in the world.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from studio_app.scene.mannequin import Rig, solids
from studio_app.scene.primitives import Primitive
from studio_app.scene.things.shapes import (
    TO_Z,
    Rng,
    ball,
    between,
    block,
    chance,
    facet,
    ring,
    rod,
    tube,
    turned,
)
from studio_app.scene.transform import Transform, rotate, scale, translate

SIDES = (("left", 1.0), ("right", -1.0))

COVERED = dict.fromkeys(("torso", "upper_arm", "lower_arm", "upper_leg", "lower_leg"), "main")
"""Flesh that a robe or a suit hides."""


def flesh(rig: Rig, surfaces: Mapping[str, str], but: tuple[str, ...] = ()) -> list[Primitive]:
    """The body's solids with surfaces by flesh name (skin where none is given), some left out."""
    return [
        replace(p, surface=surfaces.get(p.surface, "skin"))
        for p in solids(rig)
        if p.surface not in but
    ]


def on(at: Transform, *pieces: Primitive) -> list[Primitive]:
    """Pieces given in the axes of a bone or socket, put in the world."""
    return [p.moved(at) for p in pieces]


def face(rig: Rig) -> list[Primitive]:
    """Two eyes and a mouth, large enough to be told apart in a picture of 128 pixels."""
    m = rig.measures
    w, h, d = m.head_width / 2, m.head_height, m.head_depth / 2
    pieces = [ball((0, 0.19 * h, 0.82 * d), (0.3 * w, 0.04 * h, 0.12 * d), "trim_dark")]
    for _, s in SIDES:
        white = ball(
            (s * 0.4 * w, 0.44 * h, 0.82 * d), (0.27 * w, 0.15 * h, 0.14 * d), "trim_light"
        )
        pupil = ball(
            (s * 0.37 * w, 0.43 * h, 0.93 * d), (0.15 * w, 0.105 * h, 0.1 * d), "trim_dark"
        )
        pieces += [white, pupil]
    return on(rig.bones["head"], *pieces)


def hair(rig: Rig, rng: Rng) -> list[Primitive]:
    m = rig.measures
    w, h, d = m.head_width / 2, m.head_height, m.head_depth / 2
    cap = ball((0, 0, 0), (1.1 * w, 0.5 * h, 1.12 * d), "hair", clip=(0, -1, 0, -0.08))
    pieces = [cap.moved(translate(0, 0.56 * h, -0.06 * d) @ rotate("x", -24))]
    if chance(rng, 0.5):
        pieces.append(ball((0, 0.42 * h, -0.5 * d), (1.02 * w, 0.42 * h, 0.66 * d), "hair"))
    if chance(rng, 0.4):
        pieces.append(ball((0, 0.95 * h, -0.5 * d), 0.2 * h, "hair"))
    return on(rig.bones["head"], *pieces)


def skirt(rig: Rig, length: float, flare: float, surface: str) -> Primitive:
    """Cloth from the waist down, wide enough for the legs; length: share of the way from hip to sole."""
    m = rig.measures
    belt = np.asarray(rig.bones["spine"].origin)
    knees = [np.asarray(rig.bones[f"{s}_lower_leg"].origin) for s, _ in SIDES]
    feet = [np.asarray(rig.bones[f"{s}_foot"].origin) for s, _ in SIDES]
    share = min(length * 1.6, 1.0)
    ends = [(k + (f - k) * max(share * 1.4 - 0.4, 0)) for k, f in zip(knees, feet, strict=True)]
    middle = (ends[0] + ends[1]) / 2
    down = middle - belt
    reach = float(np.linalg.norm(down))
    end = belt + down / max(reach, 1e-6) * (m.hip * 1.12 * length)
    top = belt + np.array([0, 0.02 * m.thickness, 0])
    spread = float(np.linalg.norm((ends[0] - ends[1])[[0, 2]])) / 2
    waist = m.radius("waist") * 1.5
    hem = min(max(waist * flare, spread + 0.07 * m.thickness), 0.34 * rig.body.height)
    return tube(_v(top), _v(end), waist, hem, surface)


def _v(p: np.ndarray) -> tuple[float, float, float]:
    return float(p[0]), float(p[1]), float(p[2])


def belt(rig: Rig, surface: str = "trim_leather", buckle: str = "trim_gold") -> list[Primitive]:
    m = rig.measures
    r = m.radius("waist") * 1.55
    band = turned(-0.02 * m.thickness, 0.026 * m.thickness, r, r, surface)
    plate = block((0, 0, r * 0.98), (0.026 * m.thickness, 0.024 * m.thickness, 0.014), buckle, 0.3)
    return on(rig.socket("belt"), band, plate)


def cape(rig: Rig, rng: Rng, surface: str, length: float) -> list[Primitive]:
    """Cloth that hangs from the shoulders down the back and swings a little."""
    m = rig.measures
    wide, rise = m.shoulder_width, m.shoulder - m.chest
    drop = (m.shoulder - 0.04) * length
    # A flat cone in the chest's axes: narrow at the neck, wide at the hem, bulging backwards.
    cone = Primitive("cone", (0.5,), surface=surface)
    place = (
        translate(0, rise, -m.radius("chest") * 0.7)
        @ rotate("x", between(rng, 6, 16))
        @ rotate("z", between(rng, -5, 5))
        @ translate(0, -drop / 2, 0)
        @ scale(wide * between(rng, 1.2, 1.5), drop / 2, 0.05)
    )
    return on(rig.bones["chest"], cone.moved(place))


def boots(rig: Rig, surface: str, cuff: str) -> list[Primitive]:
    m = rig.measures
    shin = m.knee - m.ankle
    out: list[Primitive] = []
    for side, _ in SIDES:
        leg = rig.bones[f"{side}_lower_leg"]
        low, high = m.radius("ankle") * 1.45, m.radius("knee") * 1.25
        out += on(
            leg,
            tube((0, -shin * 1.02, 0), (0, -shin * 0.42, 0), low, high, surface),
            turned(-shin * 0.48, -shin * 0.36, high * 1.14, high * 1.14, cuff),
        )
    return out


def upright(rig: Rig, side: str, below: float) -> Transform:
    """Where a shaft is held so that it stands upright.

    below: how far its foot is from its middle; it stands on the ground where the hand is low enough.
    """
    x, y, z = rig.socket(f"{side}_grip").origin
    return translate(x, max(below, y - 0.3 * below), z)


def held_sword(rig: Rig, side: str, blade: str = "trim_metal") -> list[Primitive]:
    k = 0.85 * rig.body.height
    flat = 0.28
    pieces = [
        turned(-0.09 * k, 0.06 * k, 0.02 * k, 0.02 * k, "trim_leather"),
        ball((0, -0.1 * k, 0), 0.03 * k, "trim_gold"),
        block((0, 0.07 * k, 0), (0.03 * k, 0.02 * k, 0.11 * k), "trim_gold", 0.5),
    ]
    edge = [
        facet(4, 0.08 * k, 0.46 * k, 0.048 * k, 0.044 * k, blade, flat=flat),
        facet(4, 0.46 * k, 0.56 * k, 0.044 * k, 0.0, blade, flat=flat),
    ]
    pieces += [p.moved(rotate("y", 90)) for p in edge]
    return on(rig.socket(f"{side}_grip"), *pieces)


def held_shield(rig: Rig, side: str, k: float, rim: str) -> list[Primitive]:
    m = rig.measures
    x = 1.0 if side == "left" else -1.0
    disc = ball((0, 0, 0), (0.17 * k, 0.17 * k, 0.06 * k), "main", clip=(0, 0, -1, 0.1))
    parts = [
        disc,
        ring((0, 0, 0), 0.17 * k, 0.022 * k, rim, TO_Z),
        ball((0, 0, 0.05 * k), (0.05 * k, 0.05 * k, 0.03 * k), rim),
    ]
    # Strapped to the forearm; it looks outwards and forwards.
    at = (
        rig.bones[f"{side}_lower_arm"]
        @ translate(x * 0.045 * k, -0.75 * m.lower_arm, 0.03 * k)
        @ rotate("y", x * 52)
    )
    return on(at, *parts)


def bow(k: float) -> list[Primitive]:
    """Along y, its belly away from the wrist (+z), the string behind."""
    points = [
        (0.34 * k * math.sin(a), 0.2 * k * (math.cos(a) - 0.62) / 0.38)
        for a in np.radians([-72, -40, -13, 13, 40, 72])
    ]
    out = [
        rod((0, y0, z0 - 0.2 * k), (0, y1, z1 - 0.2 * k), 0.016 * k, "trim_wood")
        for (y0, z0), (y1, z1) in itertools.pairwise(points)
    ]
    (y0, z0), (y1, z1) = points[0], points[-1]
    out.append(rod((0, y0, z0 - 0.2 * k), (0, y1, z1 - 0.2 * k), 0.005 * k, "trim_light"))
    return out


def head_halves(rig: Rig) -> tuple[float, float, float]:
    """Half width, height and half depth of the head."""
    m = rig.measures
    return m.head_width / 2, m.head_height, m.head_depth / 2


def sleeves(rig: Rig, surface: str, flare: float) -> list[Primitive]:
    m = rig.measures
    out: list[Primitive] = []
    for side, _ in SIDES:
        low, high = m.radius("wrist") * flare, m.radius("elbow") * 1.3
        sleeve = tube((0, 0.02, 0), (0, -1.0 * m.lower_arm, 0), high, low, surface)
        out += on(rig.bones[f"{side}_lower_arm"], sleeve)
    return out


def beard(rig: Rig, surface: str, length: float) -> list[Primitive]:
    w, h, d = head_halves(rig)
    return on(
        rig.bones["head"],
        tube((0, 0.26 * h, 0.6 * d), (0, -length * h, 0.74 * d), 0.64 * w, 0.12 * w, surface),
        ball((0, 0.22 * h, 0.62 * d), (0.66 * w, 0.16 * h, 0.4 * d), surface),
    )
