"""What is worn in battle: helmet, breastplate, boot."""

from __future__ import annotations

import math

from studio_app.scene.primitives import Group
from studio_app.scene.things.registry import thing
from studio_app.scene.things.shapes import (
    Rng,
    Solid,
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
from studio_app.scene.transform import rotate, scale, translate


@thing("helmet", float_roll=(-8, 8))
def helmet(rng: Rng) -> Group:
    """A steel pot with a dark slit, and a plume, horns or a ridge on top."""
    trim = pick(rng, "trim_gold", "trim_metal", "trim_dark")
    solids: list[Solid] = [
        ball((0, 0.5, 0), (0.4, 0.42, 0.44), clip=(0, -1, 0, 0.0)),
        turned(0.06, 0.5, 0.37, 0.405),
        turned(0.0, 0.08, 0.43, 0.39),
        ring((0, 0.08, 0), 0.385, 0.035, trim),
        block((0, 0.42, 0.28), (0.3, 0.045, 0.16), "trim_dark", 0.3),
        block((0, 0.27, 0.38), (0.035, 0.2, 0.06), trim, 0.4),
    ]
    for k in range(3):
        for s in (-1, 1):
            solids.append(ball((s * (0.1 + 0.07 * k), 0.22, 0.385 - 0.035 * k), 0.022, "trim_dark"))
    style = int(rng.integers(3))
    if style == 0:
        for k in range(4):
            a = math.radians(35 + 38 * k)
            p = (0, 0.52 + 0.5 * math.sin(a), 0.48 * math.cos(a))
            solids.append(ball(p, (0.07, 0.16, 0.16), "cloth2"))
    elif style == 1:
        for s in (-1, 1):
            solids.append(tube((s * 0.34, 0.6, 0), (s * 0.56, 0.7, 0), 0.1, 0.075, "trim_light"))
            solids.append(tube((s * 0.55, 0.68, 0), (s * 0.62, 1.02, 0), 0.078, 0.0, "trim_light"))
    else:
        solids.append(block((0, 0.92, 0), (0.035, 0.07, 0.32), trim, 0.5))
        for s in (-1, 1):
            wing = block((s * 0.44, 0.62, -0.1), (0.02, 0.22, 0.12), trim, 0.5)
            solids.append(group(wing, at=translate(0, 0, 0) @ rotate("x", -14)))
    return group(*solids)


@thing("breastplate", float_roll=(-8, 8))
def breastplate(rng: Rng) -> Group:
    """A headless, armless steel torso: chest, belly hoops, shoulder cups."""
    trim = pick(rng, "trim_gold", "trim_metal", "trim_dark")
    wide, waist = between(rng, 0.38, 0.44), between(rng, 0.26, 0.3)
    solids: list[Solid] = [
        ball((0, 0.62, 0), (wide, 0.36, 0.27)),
        ball((-0.15, 0.66, 0.1), (0.22, 0.2, 0.2)),
        ball((0.15, 0.66, 0.1), (0.22, 0.2, 0.2)),
    ]
    for k in range(3):
        y = 0.36 - 0.09 * k
        grow = 1 + 0.1 * max(k - 1, 0)
        hoop = turned(-0.06, 0.06, waist * grow * 1.07, waist * grow)
        solids.append(group(hoop, at=translate(0, y, 0) @ scale(1.12, 1, 0.85)))
    flare = turned(0, 0.16, 0.42, 0.3)
    solids.append(group(flare, at=scale(1.05, 1, 0.8)))
    band = turned(0.14, 0.19, 0.33, 0.33, "trim_leather")
    solids.append(group(band, at=scale(1.05, 1, 0.8)))
    solids.append(group(ring((0, 0, 0), 0.15, 0.045, trim), at=translate(0, 0.93, 0)))
    solids.append(ball((0, 0.93, 0), (0.13, 0.03, 0.1), "trim_dark"))
    for s in (-1, 1):
        at = translate(s * (wide + 0.02), 0.78, 0) @ rotate("z", -s * 30)
        cup = ball((0, 0, 0), (0.19, 0.17, 0.2), clip=(0, -1, 0, 0.2))
        solids.append(group(cup, ring((0, -0.03, 0), 0.18, 0.025, trim), at=at))
    kind = int(rng.integers(3))
    if kind == 0:
        solids.append(ball((0, 0.64, 0.28), (0.07, 0.09, 0.04), "liquid"))
    elif kind == 1:
        solids.append(block((0, 0.6, 0.285), (0.03, 0.16, 0.03), trim, 0.3))
        solids.append(block((0, 0.65, 0.285), (0.1, 0.03, 0.03), trim, 0.3))
    else:
        solids.append(rod((-0.24, 0.88, 0.14), (0.24, 0.42, 0.24), 0.035, "trim_leather"))
    return group(*solids)


@thing("boot", float_roll=(-12, 12))
def boot(rng: Rng) -> Group:
    """One tall boot in profile, toe to the right."""
    cuff = pick(rng, "trim_light", "trim_leather", "trim_gold")
    tall = between(rng, 0.85, 1.0)
    toe = between(rng, 0.4, 0.5)
    solids: list[Solid] = [
        turned(0.12, tall, 0.17, 0.22),
        ball((0.02, 0.18, 0), (0.2, 0.16, 0.19)),
        ball((toe * 0.55, 0.13, 0), (toe * 0.72, 0.13, 0.17)),
        ball((toe * 0.2, 0.24, 0), (0.24, 0.16, 0.16)),
        block((toe * 0.45, 0.025, 0), (toe * 0.85 + 0.04, 0.035, 0.17), "trim_dark", 0.4),
        block((-0.1, 0.03, 0), (0.09, 0.08, 0.15), "trim_dark", 0.2),
        turned(tall - 0.16, tall + 0.02, 0.25, 0.27, cuff),
        turned(tall + 0.015, tall + 0.022, 0.21, 0.21, "trim_dark"),
    ]
    solids.append(ring((0.0, 0.33, 0), 0.185, 0.035, "trim_leather"))
    solids.append(block((0.12, 0.33, 0.15), (0.05, 0.05, 0.03), "trim_gold", 0.3))
    if chance(rng, 0.5):
        # A curled tip.
        solids.append(tube((toe * 1.1, 0.12, 0), (toe * 1.45, 0.3, 0), 0.09, 0.03))
        solids.append(ball((toe * 1.45, 0.31, 0), 0.05, "trim_gold"))
    return group(*solids)
