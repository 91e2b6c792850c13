"""Outfits of the full world for people of towns and ports: monk, pirate, king, chef."""

from __future__ import annotations

from studio_app.scene.mannequin import Rig
from studio_app.scene.outfits.registry import outfit
from studio_app.scene.outfits.wardrobe import (
    COVERED,
    SIDES,
    beard,
    belt,
    boots,
    cape,
    face,
    flesh,
    hair,
    head_halves,
    held_sword,
    on,
    skirt,
    sleeves,
    upright,
)
from studio_app.scene.primitives import Primitive
from studio_app.scene.things.shapes import (
    TO_X,
    Rng,
    around,
    ball,
    between,
    chance,
    pick,
    ring,
    rod,
    tube,
    turned,
)
from studio_app.scene.transform import rotate, scale, translate


@outfit("monk")
def monk(rig: Rig, rng: Rng) -> list[Primitive]:
    """A hooded habit with a rope belt; the hood down and a tonsure, or up."""
    m = rig.measures
    w, h, d = head_halves(rig)
    out = flesh(rig, {**COVERED, "foot": "trim_leather"})
    out += face(rig)
    out.append(skirt(rig, between(rng, 0.88, 0.95), between(rng, 1.7, 2.0), "main"))
    out += sleeves(rig, "main", 3.2)
    rope = "trim_light"
    out += belt(rig, rope, rope)
    at = rig.socket("belt") @ translate(0.03, 0, m.radius("waist") * 1.7)
    k = rig.body.height
    for s, long in ((0.0, 0.24), (0.035, 0.18)):
        out += on(at, rod((s, 0, 0), (s, -long * k, 0.02), 0.012 * k, rope))
        out += on(at, ball((s, -long * k, 0.02), 0.022 * k, rope))
    rise = m.shoulder - m.chest
    collar = ring((0, 1.0 * rise, 0.0), m.radius("neck") * 1.9, 0.05 * m.thickness)
    if chance(rng, 0.5):
        out += on(rig.bones["chest"], collar)
        tonsure = ring((0, 0.62 * h, -0.04 * d), 0.86 * w, 0.24 * w, "hair")
        out += on(rig.bones["head"], tonsure)
    else:
        shell = ball((0, 0, 0), (1.22 * w, 0.62 * h, 1.2 * d), clip=(0, 0, 1, 0.34))
        place = translate(0, 0.52 * h, -0.1 * d) @ rotate("x", -10)
        out += on(rig.bones["head"], shell.moved(place))
        mantle = turned(0, 0.7 * rise, m.shoulder_width * 1.25, m.radius("neck") * 1.8)
        at = rig.bones["chest"] @ translate(0, 0.55 * rise, 0) @ scale(1, 1, 0.82)
        out += on(at, mantle)
    beads = rig.bones["chest"] @ translate(0, 0.5 * rise, m.radius("chest") * 1.05)
    out += on(beads, ball((0, 0, 0.02), 0.03 * k, pick(rng, "trim_gold", "trim_wood")))
    if chance(rng, 0.5):
        staff = [rod((0, -0.42 * k, 0), (0, 0.36 * k, 0), 0.016 * k, "trim_wood")]
        out += on(upright(rig, "right", 0.42 * k), *staff)
    return out


@outfit("pirate")
def pirate(rig: Rig, rng: Rng) -> list[Primitive]:
    """A long coat, a broad hat turned up at the front, an eye patch, a sash, a sabre."""
    m = rig.measures
    w, h, d = head_halves(rig)
    t = m.thickness
    out = flesh(
        rig,
        {"torso": "main", "upper_arm": "main", "lower_arm": "main", "upper_leg": "trim_light",
         "lower_leg": "trim_dark", "foot": "trim_dark"},
    )  # fmt: skip
    out += face(rig)
    patch = ball((0.36 * w, 0.45 * h, 0.9 * d), (0.26 * w, 0.12 * h, 0.12 * d), "trim_dark")
    out += on(rig.bones["head"], patch)
    out.append(skirt(rig, between(rng, 0.55, 0.68), 1.9, "main"))
    out += belt(rig, "cloth2", "trim_gold")
    out += boots(rig, "trim_dark", "trim_leather")
    shirt = ball((0, 0, 0), (0.06 * t, 0.14 * t, 0.05 * t), "trim_light")
    out += on(
        rig.bones["chest"] @ translate(0, 0.4 * (m.shoulder - m.chest), m.radius("chest")), shirt
    )
    for side, _ in SIDES:
        cuff = tube(
            (0, -0.62 * m.lower_arm, 0), (0, -0.95 * m.lower_arm, 0),
            m.radius("elbow") * 1.4, m.radius("wrist") * 2.3, "trim_gold",
        )  # fmt: skip
        out += on(rig.bones[f"{side}_lower_arm"], cuff)
    hat = rig.bones["head"] @ translate(0, 0.7 * h, -0.05 * d) @ rotate("x", -8)
    crown = ball((0, 0.02 * h, 0), (1.06 * w, 0.36 * h, 1.06 * d), "trim_dark", (0, -1, 0, 0.0))
    out += on(hat, crown, turned(-0.02 * h, 0.04 * h, 1.5 * w, 1.6 * w, "trim_dark"))
    for turn in (-58, 58, 180):
        # The three sides of the brim, turned up.
        side = ball((0, 0.14 * h, 0), (1.25 * w, 0.24 * h, 0.1 * d), "trim_dark")
        edge = ball((0, 0.2 * h, -0.01), (1.28 * w, 0.22 * h, 0.07 * d), "trim_gold")
        out += on(hat @ rotate("y", turn) @ translate(0, 0, 1.12 * d), side, edge)
    badge = rig.bones["head"] @ translate(0, 0.86 * h, 1.14 * d)
    out += on(badge, ball((0, 0, 0), (0.2 * w, 0.12 * h, 0.1 * d), "trim_light"))
    out += held_sword(rig, "right")
    if chance(rng, 0.5):
        out += beard(rig, "hair", 0.25)
    return out


@outfit("king")
def king(rig: Rig, rng: Rng) -> list[Primitive]:
    """A fur-edged robe and cape, a crown, a sceptre."""
    m = rig.measures
    w, h, d = head_halves(rig)
    k = rig.body.height
    out = flesh(
        rig,
        {"torso": "main", "upper_arm": "main", "lower_arm": "main", "upper_leg": "main",
         "lower_leg": "trim_light", "foot": "trim_leather"},
    )  # fmt: skip
    out += face(rig)
    out += hair(rig, rng)
    length = between(rng, 0.82, 0.92)
    # Of the fur only the hem shows, below the robe.
    out += [skirt(rig, length * 1.05, 1.86, "trim_light"), skirt(rig, length, 2.05, "main")]
    out += belt(rig, "trim_gold", "trim_gold")
    out += cape(rig, rng, "main", between(rng, 0.9, 0.98))
    rise = m.shoulder - m.chest
    fur = turned(0, 0.6 * rise, m.shoulder_width * 1.35, m.radius("neck") * 1.8, "trim_light")
    out += on(rig.bones["chest"] @ translate(0, 0.62 * rise, 0) @ scale(1, 1, 0.85), fur)
    for s in (-0.5, 0.1, 0.6):
        spot = ball(
            (s * m.shoulder_width, 0.85 * rise, m.radius("chest") * 1.05), 0.014 * k, "trim_dark"
        )
        out += on(rig.bones["chest"], spot)
    out += sleeves(rig, "main", 2.6)
    crown = rig.bones["head"] @ translate(0, 0.78 * h, -0.04 * d) @ rotate("x", -6)
    out += on(crown, turned(0, 0.16 * h, 1.0 * w, 1.06 * w, "trim_gold"))
    for x, z, turn in around(7, 1.0 * w):
        spike = tube((0, 0.1 * h, 0), (0, 0.4 * h, 0.04 * w), 0.24 * w, 0.0, "trim_gold")
        gem = ball((0, 0.1 * h, 0.1 * w), (0.1 * w, 0.06 * h, 0.06 * w), "liquid")
        out += on(crown @ translate(x, 0, z) @ turn, spike, gem)
    if chance(rng, 0.65):
        out += beard(rig, pick(rng, "trim_light", "hair"), 0.32)
    sceptre = [
        rod((0, -0.16 * k, 0), (0, 0.2 * k, 0), 0.014 * k, "trim_gold"),
        ball((0, 0.24 * k, 0), 0.042 * k, "liquid"),
        ring((0, 0.2 * k, 0), 0.03 * k, 0.012 * k, "trim_gold"),
    ]
    out += on(rig.socket("right_grip"), *sceptre)
    return out


@outfit("chef")
def chef(rig: Rig, rng: Rng) -> list[Primitive]:
    """A tall puffed hat, a double row of buttons, an apron, a ladle or a pan."""
    m = rig.measures
    w, h, d = head_halves(rig)
    t, k = m.thickness, rig.body.height
    out = flesh(
        rig,
        {"torso": "main", "upper_arm": "main", "lower_arm": "main", "upper_leg": "main",
         "lower_leg": "main", "foot": "trim_dark"},
    )  # fmt: skip
    out += face(rig)
    out += hair(rig, rng)[:1]
    out.append(skirt(rig, between(rng, 0.26, 0.34), 1.6, "main"))
    apron = tube(
        (0, 0.02, 0),
        (0, -0.34 * m.hip, 0),
        m.radius("waist") * 1.35,
        m.radius("waist") * 1.9,
        "trim_light",
    )
    out += on(rig.socket("belt") @ translate(0, 0, 0.06 * t) @ scale(0.62, 1, 0.95), apron)
    out += belt(rig, "trim_light", "trim_light")
    rise = m.shoulder - m.chest
    for s in (-1, 1):
        for y in (0.1, 0.45, 0.8):
            at = (s * 0.07 * t, y * rise, m.radius("chest") * 1.12)
            out += on(rig.bones["chest"], ball(at, 0.022 * t, "trim_gold"))
    out += on(
        rig.bones["chest"], ring((0, 1.0 * rise, 0), m.radius("neck") * 1.5, 0.04 * t, "cloth2")
    )
    hat = rig.bones["head"] @ translate(0, 0.74 * h, -0.05 * d) @ rotate("x", -6)
    tall = between(rng, 0.3, 0.5) * h
    out += on(hat, turned(0, tall, 0.98 * w, 0.96 * w, "trim_light"))
    for x, z, _ in around(6, 0.62 * w, 30):
        out += on(hat, ball((x, tall + 0.06 * h, z), (0.6 * w, 0.26 * h, 0.6 * w), "trim_light"))
    out += on(hat, ball((0, tall + 0.14 * h, 0), (0.8 * w, 0.28 * h, 0.8 * w), "trim_light"))
    if chance(rng, 0.5):
        moustache = [
            ball((s * 0.26 * w, 0.24 * h, 0.98 * d), (0.34 * w, 0.07 * h, 0.14 * d), "hair")
            for s in (-1, 1)
        ]
        out += on(rig.bones["head"], *moustache)
    grip = rig.socket("right_grip")
    if chance(rng, 0.5):
        ladle = ball((0, 0.3 * k, 0.02 * k), (0.055 * k, 0.04 * k, 0.055 * k), "trim_metal")
        out += on(grip, rod((0, -0.06 * k, 0), (0, 0.28 * k, 0), 0.012 * k, "trim_metal"), ladle)
    else:
        pan = turned(-0.015 * k, 0.02 * k, 0.1 * k, 0.12 * k, "trim_dark")
        at = grip @ translate(0, 0.26 * k, 0) @ TO_X
        out += on(grip, rod((0, -0.06 * k, 0), (0, 0.16 * k, 0), 0.014 * k, "trim_dark"))
        out += on(at, pan)
    if chance(rng, 0.5):
        plate = [
            turned(0, 0.015 * k, 0.07 * k, 0.11 * k, "trim_light"),
            ball((0, 0.04 * k, 0), (0.06 * k, 0.045 * k, 0.06 * k), "cloth2"),
        ]
        out += on(translate(*rig.socket("left_grip").origin) @ translate(0, 0.03 * k, 0), *plate)
    return out
