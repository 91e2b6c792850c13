"""The outfits of the core world: knight, wizard, ranger, villager, robot."""

from __future__ import annotations

from studio_app.scene.mannequin import Rig
from studio_app.scene.outfits.registry import outfit
from studio_app.scene.outfits.wardrobe import (
    SIDES,
    belt,
    boots,
    bow,
    cape,
    face,
    flesh,
    hair,
    held_shield,
    held_sword,
    on,
    skirt,
    upright,
)
from studio_app.scene.primitives import Primitive
from studio_app.scene.things.shapes import (
    TO_Z,
    Rng,
    ball,
    between,
    block,
    chance,
    pick,
    ring,
    rod,
    tube,
    turned,
)
from studio_app.scene.transform import rotate, scale, translate


@outfit("knight")
def knight(rig: Rig, rng: Rng) -> list[Primitive]:
    m = rig.measures
    t = m.thickness
    w, h, d = m.head_width / 2, m.head_height, m.head_depth / 2
    trim = pick(rng, "trim_gold", "trim_gold", "trim_metal")
    out = flesh(
        rig,
        {
            "torso": "main", "upper_arm": "trim_dark", "lower_arm": "main", "hand": "trim_metal",
            "upper_leg": "trim_dark", "lower_leg": "main", "foot": "main", "neck": "trim_dark",
        },
        but=("head",),
    )  # fmt: skip
    helm = [
        ball((0, 0.52 * h, 0), (1.12 * w, 0.52 * h, 1.14 * d)),
        turned(0.06 * h, 0.5 * h, 1.02 * w, 1.12 * w),
        block((0, 0.47 * h, 0.82 * d), (0.74 * w, 0.055 * h, 0.38 * d), "trim_dark", 0.3),
        ring((0, 0.1 * h, 0), 0.98 * w, 0.1 * w, trim),
        block((0, 0.24 * h, 1.02 * d), (0.05 * w, 0.14 * h, 0.12 * d), trim, 0.3),
    ]
    style = int(rng.integers(3))
    if style == 0:
        helm += [
            ball((0, 1.12 * h, -0.1 * d), (0.16 * w, 0.24 * h, 0.5 * d), "cloth2"),
            ball((0, 1.02 * h, -0.75 * d), (0.16 * w, 0.3 * h, 0.42 * d), "cloth2"),
        ]
    elif style == 1:
        for _, s in SIDES:
            helm.append(
                tube((s * 0.9 * w, 0.72 * h, 0), (s * 1.6 * w, 1.12 * h, 0), 0.24 * w, 0.0, trim)
            )
    else:
        helm.append(block((0, 0.98 * h, 0), (0.1 * w, 0.14 * h, 0.9 * d), trim, 0.5))
    out += on(rig.bones["head"], *helm)
    rise = m.shoulder - m.chest
    wide = m.shoulder_width
    plate = ball((0, 0.55 * rise, 0.012 * t), (wide * 0.98, 0.72 * rise, m.radius("chest") * 1.24))
    out += on(rig.bones["chest"], plate)
    for side, s in SIDES:
        r = m.radius("shoulder") * between(rng, 1.75, 2.0)
        cup = ball((0, 0, 0), (r, r * 0.9, r), clip=(0, -1, 0, 0.15))
        edge = ring((0, -0.12 * r, 0), r * 0.96, 0.012 * t, trim)
        at = (
            rig.socket(f"{side}_shoulder")
            @ translate(s * 0.3 * r, 0.1 * r, 0)
            @ rotate("z", -s * 24)
        )
        out += on(at, cup, edge)
        out += on(
            rig.bones[f"{side}_lower_leg"],
            ball((0, 0, 0.3 * m.radius("knee")), m.radius("knee") * 1.25, trim),
        )
        cuff = tube(
            (0, -0.15 * m.lower_arm, 0),
            (0, -0.9 * m.lower_arm, 0),
            m.radius("elbow") * 1.5,
            m.radius("wrist") * 1.5,
        )
        out += on(rig.bones[f"{side}_lower_arm"], cuff)
    out.append(skirt(rig, 0.26, 1.5, "main"))
    out += belt(rig)
    if chance(rng, 0.5):
        out += cape(rig, rng, "cloth2", between(rng, 0.7, 0.86))
    out += held_sword(rig, "right")
    if chance(rng, 0.55):
        out += held_shield(rig, "left", rig.body.height, trim)
    return out


@outfit("wizard")
def wizard(rig: Rig, rng: Rng) -> list[Primitive]:
    m = rig.measures
    w, h, d = m.head_width / 2, m.head_height, m.head_depth / 2
    out = flesh(
        rig,
        {"torso": "main", "upper_arm": "main", "lower_arm": "main", "upper_leg": "main", "lower_leg": "main",
         "foot": "trim_leather"},
    )  # fmt: skip
    out += face(rig)
    out.append(skirt(rig, between(rng, 0.84, 0.92), between(rng, 2.0, 2.5), "main"))
    out += belt(rig, pick(rng, "trim_gold", "trim_leather"))
    # A hat with a bent tip.
    bend, lean = between(rng, -50, 50), between(rng, -30, 10)
    tall = h * between(rng, 0.6, 0.8)
    brim = turned(0, 0.05 * h, 1.85 * w, 1.7 * w)
    cone = turned(0.03 * h, tall, 1.08 * w, 0.5 * w)
    tip = turned(0, 0.62 * tall, 0.5 * w, 0.0).moved(
        translate(0, 0.97 * tall, 0) @ rotate("z", bend) @ rotate("x", lean)
    )
    band = turned(0.05 * h, 0.17 * h, 1.1 * w, 1.02 * w, "trim_gold")
    hat = rig.bones["head"] @ translate(0, 0.68 * h, -0.06 * d) @ rotate("x", -10)
    out += on(hat, brim, cone, tip, ball((0, 0.97 * tall, 0), 0.5 * w), band)
    if chance(rng, 0.7):
        beard = [
            tube((0, 0.24 * h, 0.62 * d), (0, -0.62 * h, 0.72 * d), 0.62 * w, 0.0, "trim_light"),
            ball((0, 0.2 * h, 0.62 * d), (0.66 * w, 0.17 * h, 0.42 * d), "trim_light"),
        ]
        out += on(rig.bones["head"], *beard)
    else:
        out += on(
            rig.bones["head"], ball((0, 0.4 * h, -0.42 * d), (1.06 * w, 0.5 * h, 0.72 * d), "hair")
        )
    for side, _ in SIDES:
        sleeve = tube(
            (0, 0.02, 0),
            (0, -1.02 * m.lower_arm, 0),
            m.radius("elbow") * 1.3,
            m.radius("wrist") * 3.0,
        )
        out += on(rig.bones[f"{side}_lower_arm"], sleeve)
    mantle = turned(
        0, 0.62 * (m.shoulder - m.chest), m.shoulder_width * 1.25, m.radius("neck") * 1.7
    )
    out += on(
        rig.bones["chest"],
        mantle.moved(translate(0, 0.62 * (m.shoulder - m.chest), 0) @ scale(1, 1, 0.8)),
    )
    k = rig.body.height
    staff = [
        rod((0, -0.42 * k, 0), (0, 0.42 * k, 0), 0.017 * k, "trim_wood"),
        ball((0, 0.5 * k, 0), 0.06 * k, "liquid"),
        ring((0, 0.48 * k, 0), 0.06 * k, 0.016 * k, "trim_gold"),
        ring((0, 0.5 * k, 0), 0.075 * k, 0.014 * k, "trim_wood", TO_Z),
    ]
    out += on(upright(rig, "right", 0.42 * k), *staff)
    if chance(rng, 0.3):
        out += on(rig.socket("left_grip"), ball((0, 0.09 * k, 0), 0.05 * k, "glow"))
    return out


@outfit("ranger")
def ranger(rig: Rig, rng: Rng) -> list[Primitive]:
    m = rig.measures
    t = m.thickness
    w, h, d = m.head_width / 2, m.head_height, m.head_depth / 2
    trousers = pick(rng, "cloth2", "trim_leather", "trim_dark")
    out = flesh(
        rig,
        {"torso": "main", "upper_arm": "main", "lower_arm": "trim_leather", "upper_leg": trousers,
         "lower_leg": trousers, "foot": "trim_leather"},
    )  # fmt: skip
    out += face(rig)
    # The hood: a shell behind the face, a peak at the back, cloth over the shoulders.
    shell = ball((0, 0, 0), (1.24 * w, 0.6 * h, 1.2 * d), clip=(0, 0, 1, 0.36))
    hood = [
        shell.moved(translate(0, 0.53 * h, -0.12 * d) @ rotate("x", -12)),
        ring((0, 0, 0), 1.0, 0.13).moved(
            translate(0, 0.5 * h, 0.34 * d) @ rotate("x", 78) @ scale(1.06 * w, 0.9 * d, 0.54 * h)
        ),
        tube((0, 0.8 * h, -0.5 * d), (0, between(rng, 0.85, 1.15) * h, -1.7 * d), 0.66 * w, 0.0),
        ball((0, 0.72 * h, 0.3 * d), (0.95 * w, 0.26 * h, 0.68 * d), "hair"),
    ]
    out += on(rig.bones["head"], *hood)
    rise = m.shoulder - m.chest
    mantle = turned(0, 0.85 * rise, m.shoulder_width * 1.35, m.radius("neck") * 1.9)
    out += on(rig.bones["chest"], mantle.moved(translate(0, 0.5 * rise, 0) @ scale(1, 1, 0.82)))
    out += cape(rig, rng, "main", between(rng, 0.62, 0.85))
    out.append(skirt(rig, between(rng, 0.34, 0.42), 1.75, "main"))
    out += belt(rig)
    out += boots(rig, "trim_leather", "trim_wood")
    k = rig.body.height
    out += on(rig.socket("left_grip"), *bow(k))
    quiver = [
        turned(-0.16 * k, 0.1 * k, 0.034 * k, 0.044 * k, "trim_leather"),
        ring((0, 0.1 * k, 0), 0.042 * k, 0.009 * k, "trim_gold"),
    ]
    for x, z in ((-0.018, 0.0), (0.018, 0.01), (0.0, -0.018)):
        quiver.append(turned(0.1 * k, 0.18 * k, 0.007 * k, 0.016 * k, "trim_light", x * k, z * k))
    out += on(rig.socket("back") @ translate(0, 0.05 * k, 0.05 * t) @ rotate("z", 28), *quiver)
    return out


@outfit("villager")
def villager(rig: Rig, rng: Rng) -> list[Primitive]:
    m = rig.measures
    w, h, d = m.head_width / 2, m.head_height, m.head_depth / 2
    trousers = pick(rng, "cloth2", "trim_leather", "trim_dark")
    out = flesh(
        rig,
        {"torso": "main", "upper_arm": "main", "upper_leg": trousers, "lower_leg": trousers,
         "foot": "trim_leather", "lower_arm": pick(rng, "skin", "trim_light")},
    )  # fmt: skip
    out += face(rig)
    out += hair(rig, rng)
    for side, _ in SIDES:
        cuff = tube(
            (0, 0.02, 0),
            (0, -0.3 * m.lower_arm, 0),
            m.radius("elbow") * 1.2,
            m.radius("elbow") * 1.35,
        )
        out += on(rig.bones[f"{side}_lower_arm"], cuff)
    long = chance(rng, 0.4)
    out.append(
        skirt(
            rig,
            between(rng, 0.7, 0.86) if long else between(rng, 0.26, 0.34),
            1.9 if long else 1.5,
            "main",
        )
    )
    out += belt(rig, "trim_leather")
    out += boots(rig, "trim_leather", "trim_leather")
    rise = m.shoulder - m.chest
    collar = ring((0, 1.0 * rise, 0), m.radius("neck") * 1.45, 0.02 * m.thickness, "trim_light")
    out += on(rig.bones["chest"], collar)
    if chance(rng, 0.5):
        apron = block((0, 0, 0), (m.hip_width * 1.1, 0.19 * m.hip, 0.012), "trim_light", 0.3)
        out += on(
            rig.socket("belt")
            @ translate(0, -0.2 * m.hip, m.radius("waist") * 1.8)
            @ rotate("x", -13),
            apron,
        )
    if chance(rng, 0.6):
        straw = pick(rng, "trim_gold", "trim_wood", "main")
        straw = "trim_leather" if straw == "trim_gold" else straw
        hat = rig.bones["head"] @ translate(0, 0.72 * h, -0.06 * d) @ rotate("x", -10)
        out += on(
            hat,
            turned(0, 0.06 * h, 1.5 * w, 1.4 * w, straw),
            turned(0.04 * h, 0.36 * h, 1.06 * w, 0.86 * w, straw),
            turned(0.05 * h, 0.14 * h, 1.1 * w, 1.06 * w, "trim_dark"),
        )
    k = rig.body.height
    tool = int(rng.integers(3))
    if tool == 0:
        fork = [rod((0, -0.4 * k, 0), (0, 0.34 * k, 0), 0.014 * k, "trim_wood")]
        fork.append(rod((-0.07 * k, 0.36 * k, 0), (0.07 * k, 0.36 * k, 0), 0.012 * k, "trim_metal"))
        fork += [
            tube((x * k, 0.36 * k, 0), (x * k, 0.52 * k, 0), 0.012 * k, 0.003 * k, "trim_metal")
            for x in (-0.07, 0.0, 0.07)
        ]
        out += on(upright(rig, "right", 0.4 * k), *fork)
    elif tool == 1:
        basket = [
            ball(
                (0, -0.12 * k, 0), (0.1 * k, 0.08 * k, 0.08 * k), "trim_wood", clip=(0, 1, 0, 0.3)
            ),
            ring((0, -0.08 * k, 0), 0.1 * k, 0.018 * k, "trim_wood", TO_Z),
        ]
        # A basket hangs upright whatever the hand does.
        out += on(translate(*rig.socket("left_grip").origin), *basket)
    return out


@outfit("robot")
def robot(rig: Rig, rng: Rng) -> list[Primitive]:
    m = rig.measures
    t = m.thickness
    w, h, d = m.head_width / 2, m.head_height, m.head_depth / 2
    out = flesh(
        rig,
        {"neck": "trim_dark", "upper_arm": "trim_metal", "lower_arm": "trim_metal", "hand": "trim_metal",
         "upper_leg": "trim_metal", "lower_leg": "trim_metal", "foot": "main", "torso": "trim_dark"},
        but=("head", "foot"),
    )  # fmt: skip
    head = [
        block((0, 0.48 * h, 0), (1.12 * w, 0.44 * h, 1.02 * d), "main", 0.35),
        block((0, 0.5 * h, 0.82 * d), (0.88 * w, 0.25 * h, 0.26 * d), "trim_dark", 0.4),
    ]
    if chance(rng, 0.3):
        head.append(ball((0, 0.5 * h, 1.0 * d), (0.34 * w, 0.18 * h, 0.2 * d), "glow"))
    else:
        head += [
            ball((s * 0.42 * w, 0.5 * h, 1.02 * d), (0.22 * w, 0.13 * h, 0.12 * d), "glow")
            for _, s in SIDES
        ]
    if chance(rng, 0.6):
        head += [
            rod((0, 0.9 * h, 0), (0, 1.2 * h, 0), 0.05 * w, "trim_metal"),
            ball((0, 1.24 * h, 0), 0.17 * w, "liquid"),
        ]
    for _, s in SIDES:
        ear = tube(
            (s * 1.05 * w, 0.5 * h, 0), (s * 1.3 * w, 0.5 * h, 0), 0.34 * w, 0.26 * w, "trim_metal"
        )
        head.append(ear)
    out += on(rig.bones["head"], *head)
    rise = m.shoulder - m.chest
    deep = m.radius("chest")
    out += on(
        rig.bones["chest"],
        block((0, 0.5 * rise, 0), (m.shoulder_width * 0.92, 0.82 * rise, deep * 1.5), "main", 0.3),
        turned(-0.02 * t, 0.02 * t, 0.05 * t, 0.05 * t, "trim_metal").moved(
            translate(0, 0.55 * rise, deep * 1.5) @ TO_Z
        ),
        ball((0, 0.55 * rise, deep * 1.52), (0.038 * t, 0.038 * t, 0.03 * t), "liquid"),
    )
    out += on(
        rig.bones["hips"],
        block((0, 0, 0), (m.hip_width * 1.7, 0.055 * t, m.radius("pelvis") * 1.2), "main", 0.35),
    )
    for side, s in SIDES:
        out += on(
            rig.socket(f"{side}_shoulder") @ translate(s * 0.02 * t, 0, 0),
            ball((0, 0, 0), m.radius("shoulder") * 1.7),
        )
        arm = block(
            (0, -0.6 * m.lower_arm, 0),
            (m.radius("elbow") * 1.6, 0.42 * m.lower_arm, m.radius("elbow") * 1.6),
            "main",
            0.3,
        )
        out += on(rig.bones[f"{side}_lower_arm"], arm)
        shin = m.knee - m.ankle
        leg = block(
            (0, -0.62 * shin, 0),
            (m.radius("knee") * 1.35, 0.4 * shin, m.radius("knee") * 1.35),
            "main",
            0.3,
        )
        out += on(rig.bones[f"{side}_lower_leg"], leg)
        sole = m.ankle * 0.55
        shoe = block(
            (0, -m.ankle + sole, 0.24 * m.foot_length),
            (m.foot_width * 0.72, sole, 0.55 * m.foot_length),
            "main",
            0.35,
        )
        out += on(rig.bones[f"{side}_foot"], shoe)
    return out
