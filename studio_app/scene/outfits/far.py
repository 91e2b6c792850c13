"""Outfits of the full world from further off: ninja, barbarian, skeleton, astronaut."""

from __future__ import annotations

import itertools

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
    head_halves,
    held_shield,
    held_sword,
    on,
    skirt,
)
from studio_app.scene.primitives import Primitive
from studio_app.scene.things.shapes import (
    Rng,
    ball,
    between,
    block,
    chance,
    ring,
    rod,
    tube,
    turned,
)
from studio_app.scene.transform import rotate, scale, translate


@outfit("ninja")
def ninja(rig: Rig, rng: Rng) -> list[Primitive]:
    """Wrapped from head to foot but for the eyes; a scarf, a blade on the back."""
    m = rig.measures
    w, h, d = head_halves(rig)
    t, k = m.thickness, rig.body.height
    dark = "trim_dark"
    out = flesh(
        rig,
        {"torso": "main", "upper_arm": "main", "lower_arm": dark, "hand": dark, "upper_leg": "main",
         "lower_leg": dark, "foot": dark, "neck": "main", "head": "skin"},
    )  # fmt: skip
    out += face(rig)
    hood = [
        ball((0, 0, 0), (1.12 * w, 0.55 * h, 1.14 * d), clip=(0, -1, 0, -0.12)),
        ball((0, 0, 0), (1.1 * w, 0.55 * h, 1.12 * d), clip=(0, 1, 0, -0.3)),
        ball((0, 0, -0.1 * d), (1.1 * w, 0.54 * h, 1.06 * d), clip=(0, 0, 1, 0.2)),
    ]
    at = rig.bones["head"] @ translate(0, 0.5 * h, 0)
    out += on(at, *hood)
    band = turned(0.62 * h, 0.72 * h, 1.13 * w, 1.1 * w, "cloth2")
    out += on(rig.bones["head"] @ scale(1, 1, d / w), band)
    out += belt(rig, "cloth2", "cloth2")
    for s in (-1, 1):
        tail = tube((s * 0.05, 0, 0), (s * 0.16, -0.3 * k, 0), 0.03 * k, 0.015 * k, "cloth2")
        out += on(rig.socket("belt") @ translate(0.1 * t, 0, -m.radius("waist") * 1.6), tail)
    rise = m.shoulder - m.chest
    out += on(
        rig.bones["chest"],
        ring((0, 1.0 * rise, 0), m.radius("neck") * 1.7, 0.045 * t, "cloth2"),
        rod(
            (m.shoulder_width, rise, 0.04),
            (-m.shoulder_width * 0.8, -0.4 * rise, 0.09 * t),
            0.02 * t,
            "trim_leather",
        ),
    )
    flutter = between(rng, 0.2, 0.34) * k
    scarf = tube((0, 0, 0), (0.12 * k, -0.3 * flutter, -flutter), 0.05 * k, 0.03 * k, "cloth2")
    out += on(rig.bones["chest"] @ translate(0.05 * t, 0.95 * rise, -m.radius("neck")), scarf)
    sheath = [
        rod((0, -0.26 * k, 0), (0, 0.2 * k, 0), 0.022 * k, dark),
        rod((0, 0.2 * k, 0), (0, 0.34 * k, 0), 0.018 * k, "trim_leather"),
        turned(0.2 * k, 0.22 * k, 0.045 * k, 0.045 * k, "trim_gold"),
    ]
    out += on(rig.socket("back") @ translate(0, 0.02, 0.03 * t) @ rotate("z", 42), *sheath)
    if chance(rng, 0.5):
        out += held_sword(rig, "right")
    return out


@outfit("barbarian")
def barbarian(rig: Rig, rng: Rng) -> list[Primitive]:
    """Bare chest, fur round hips and shoulders, a horned helmet, a big axe."""
    m = rig.measures
    w, h, d = head_halves(rig)
    k = rig.body.height
    out = flesh(rig, {"upper_leg": "skin", "lower_leg": "main", "foot": "trim_leather"})
    out += face(rig)
    out.append(skirt(rig, between(rng, 0.3, 0.4), 1.7, "main"))
    out += belt(rig)
    out += boots(rig, "main", "trim_light")
    rise = m.shoulder - m.chest
    fur = turned(0, 0.7 * rise, m.shoulder_width * 1.45, m.radius("neck") * 1.9)
    out += on(rig.bones["chest"] @ translate(0, 0.6 * rise, 0) @ scale(1, 1, 0.9), fur)
    for side, s in SIDES:
        r = m.radius("shoulder") * 1.9
        cup = ball((s * 0.25 * r, 0.2 * r, 0), (r, r * 0.8, r))
        out += on(rig.socket(f"{side}_shoulder"), cup)
        cuff = tube(
            (0, -0.35 * m.lower_arm, 0), (0, -0.9 * m.lower_arm, 0),
            m.radius("elbow") * 1.35, m.radius("wrist") * 1.6, "trim_leather",
        )  # fmt: skip
        out += on(rig.bones[f"{side}_lower_arm"], cuff)
    strap = rod(
        (m.shoulder_width * 0.9, rise, 0.07), (-m.hip_width, -0.5 * rise, 0.1), 0.02, "trim_leather"
    )
    out += on(rig.bones["chest"], strap)
    helm = rig.bones["head"] @ translate(0, 0.58 * h, -0.04 * d) @ rotate("x", -8)
    cap = ball((0, 0, 0), (1.12 * w, 0.5 * h, 1.14 * d), "trim_metal", (0, -1, 0, 0.0))
    out += on(helm, cap, ring((0, 0.01 * h, 0), 1.06 * w, 0.13 * w, "trim_gold"))
    for _, s in SIDES:
        base, bend = (s * 0.95 * w, 0.16 * h, 0.0), (s * 1.7 * w, 0.3 * h, 0.0)
        out += on(helm, tube(base, bend, 0.3 * w, 0.22 * w, "trim_light"))
        out += on(helm, tube(bend, (s * 1.95 * w, 0.85 * h, 0.0), 0.23 * w, 0.0, "trim_light"))
    if chance(rng, 0.7):
        out += beard(rig, "hair", 0.45)
    axe = [rod((0, -0.14 * k, 0), (0, 0.34 * k, 0), 0.017 * k, "trim_wood")]
    for s in (-1, 1):
        blade = ball((0, 0, 0), (0.05 * k, 0.1 * k, 0.014 * k), "trim_metal")
        fan = tube((0, 0, 0), (0.1 * k, 0, 0), 0.035 * k, 0.1 * k, "trim_metal")
        flat = rotate("y", 0 if s > 0 else 180) @ scale(1, 1, 0.18)
        at = rig.socket("right_grip") @ translate(0, 0.29 * k, 0) @ rotate("y", 90)
        out += on(at @ flat, fan, blade.moved(translate(0.1 * k, 0, 0)))
    out += on(rig.socket("right_grip"), *axe)
    return out


@outfit("skeleton")
def skeleton(rig: Rig, rng: Rng) -> list[Primitive]:
    """Bones in the main colour: a grinning skull, ribs, long shafts with knobs; rags or rusty arms."""
    m = rig.measures
    w, h, d = head_halves(rig)
    t, k = m.thickness, rig.body.height
    out: list[Primitive] = []
    skull = [
        ball((0, 0.62 * h, -0.05 * d), (1.0 * w, 0.42 * h, 1.0 * d)),
        block((0, 0.22 * h, 0.32 * d), (0.6 * w, 0.2 * h, 0.55 * d), "main", 0.5),
        block((0, 0.13 * h, 0.84 * d), (0.46 * w, 0.025 * h, 0.08 * d), "trim_dark"),
        ball((0, 0.36 * h, 0.9 * d), (0.12 * w, 0.07 * h, 0.1 * d), "trim_dark"),
    ]
    for _, s in SIDES:
        socket = ball((s * 0.4 * w, 0.52 * h, 0.78 * d), (0.3 * w, 0.13 * h, 0.24 * d), "trim_dark")
        skull += [socket, ball((s * 0.4 * w, 0.52 * h, 0.98 * d), 0.08 * w, "glow")]
    out += on(rig.bones["head"], *skull)
    spine, chest, neck = (rig.bones[b].origin for b in ("spine", "chest", "neck"))
    out.append(rod(spine, chest, 0.035 * t))
    out.append(rod(chest, neck, 0.03 * t))
    out.append(rod(neck, rig.bones["head"].origin, 0.03 * t))
    rise = m.shoulder - m.chest
    for j, (y, wide) in enumerate(((0.95, 0.9), (0.62, 1.0), (0.28, 0.94), (-0.06, 0.78))):
        rib = ring((0, 0, 0), 1.0, 0.1)
        size = m.shoulder_width * wide
        place = (
            translate(0, y * rise, 0.01)
            @ rotate("x", 14)
            @ scale(size, size * (0.9 + 0.05 * j), m.radius("chest") * 1.2)
        )
        out += on(rig.bones["chest"], rib.moved(place))
    pelvis = ring((0, 0, 0), 1.0, 0.34).moved(
        scale(m.hip_width * 1.25, 0.1 * t / 0.34, m.radius("pelvis"))
    )
    out += on(rig.bones["hips"], pelvis)
    for side, _ in SIDES:
        chain = [rig.bones[f"{side}_{b}"].origin for b in ("upper_arm", "lower_arm", "hand")]
        legs = [rig.bones[f"{side}_{b}"].origin for b in ("upper_leg", "lower_leg", "foot")]
        for points, thick in ((chain, 0.024 * t), (legs, 0.03 * t)):
            for a, b in itertools.pairwise(points):
                out.append(rod(a, b, thick))
                out.append(ball(a, thick * 1.9))
        hand = rig.socket(f"{side}_grip").origin
        out.append(ball(hand, m.radius("wrist") * 1.5))
        sole = block(
            (0, -0.6 * m.ankle, 0.3 * m.foot_length),
            (m.foot_width * 0.4, m.ankle * 0.35, m.foot_length * 0.5),
            "main",
            0.5,
        )
        out += on(rig.bones[f"{side}_foot"], sole)
    style = int(rng.integers(3))
    if style == 0:
        out.append(skirt(rig, 0.3, 1.6, "cloth2"))
    elif style == 1:
        out += cape(rig, rng, "cloth2", between(rng, 0.6, 0.8))
        out += belt(rig)
    else:
        out += held_shield(rig, "left", k, "trim_wood")
    if chance(rng, 0.7):
        out += held_sword(rig, "right")
    return out


@outfit("astronaut")
def astronaut(rig: Rig, rng: Rng) -> list[Primitive]:
    """A puffed suit, a bubble helmet, a pack on the back, lights on the chest."""
    m = rig.measures
    w, h, d = head_halves(rig)
    t = m.thickness
    out = flesh(rig, {**COVERED, "hand": "main", "foot": "main", "neck": "trim_dark"})
    out += face(rig)
    size = max(w, d) * 1.5
    bubble = [
        ball((0, 0.5 * h, -0.05 * d), (size, 0.72 * h, size), clip=(0, 0, 1, 0.3)),
        ring((0, 0, 0), 1.0, 0.1, "trim_metal").moved(
            translate(0, 0.5 * h, 0.26 * size)
            @ rotate("x", 90)
            @ scale(0.94 * size, 1.0 * size, 0.69 * h)
        ),
    ]
    if chance(rng, 0.55):
        visor = ball((0, 0.5 * h, -0.05 * d), (size * 0.97, 0.69 * h, size * 0.97), "trim_gold")
        bubble.append(visor)
    out += on(rig.bones["head"], *bubble)
    rise = m.shoulder - m.chest
    out += on(
        rig.bones["chest"],
        ring((0, 1.0 * rise, 0), m.radius("neck") * 2.0, 0.055 * t, "trim_metal"),
    )
    pack = block((0, 0, 0), (m.shoulder_width * 0.8, 0.2 * t, 0.09 * t), "trim_light", 0.35)
    tanks = [
        rod(
            (s * 0.09 * t, -0.12 * t, 0.1 * t),
            (s * 0.09 * t, 0.12 * t, 0.1 * t),
            0.06 * t,
            "trim_metal",
        )
        for s in (-1, 1)
    ]
    out += on(rig.socket("back") @ translate(0, 0, 0.05 * t), pack, *tanks)
    panel = [
        block((0, 0, 0), (0.13 * t, 0.09 * t, 0.03 * t), "trim_light", 0.3),
        ball((-0.06 * t, 0.02 * t, 0.03 * t), 0.022 * t, "liquid"),
        ball((0.0, 0.02 * t, 0.03 * t), 0.022 * t, "glow"),
        block((0.07 * t, -0.02 * t, 0.03 * t), (0.03 * t, 0.04 * t, 0.008 * t), "trim_dark"),
    ]
    out += on(rig.bones["chest"] @ translate(0, 0.35 * rise, m.radius("chest") * 1.15), *panel)
    hose = [(0.11, 0.2, 1.2), (0.2, 0.0, 1.1), (0.18, -0.3, 0.3)]
    spots = [(x * t, y * rise + 0.1 * t, z * m.radius("chest")) for x, y, z in hose]
    for a, b in itertools.pairwise(spots):
        out += on(rig.bones["chest"], rod(a, b, 0.022 * t, "trim_metal"))
    for side, _ in SIDES:
        for bone, length, joint in (
            ("lower_arm", m.lower_arm, "elbow"),
            ("upper_arm", m.upper_arm, "shoulder"),
        ):
            for share in (0.3, 0.75):
                puff = ring((0, -share * length, 0), m.radius(joint) * 1.2, m.radius(joint) * 0.42)
                out += on(rig.bones[f"{side}_{bone}"], puff)
        shin = m.knee - m.ankle
        for share in (0.2, 0.55):
            puff = ring((0, -share * shin, 0), m.radius("knee") * 1.1, m.radius("knee") * 0.42)
            out += on(rig.bones[f"{side}_lower_leg"], puff)
    out += boots(rig, "trim_light", "trim_metal")
    out += belt(rig, "trim_metal", "liquid")
    return out
