"""What people build: towers, houses, lanterns."""

from __future__ import annotations

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
    facet,
    gable,
    group,
    pick,
    ring,
    rod,
    turned,
)
from studio_app.scene.transform import rotate, translate


def _arch_door(y: float, z: float, half: float, high: float, frame: str) -> list[Solid]:
    """A door with a round top and its frame, standing on height y in a wall at z."""
    out: list[Solid] = []
    for grow, push, surface in ((0.03, 0.0, frame), (0.0, 0.015, "trim_wood")):
        r = half + grow
        out.append(block((0, y + high / 2, z + push), (r, high / 2, 0.03), surface))
        out.append(
            group(turned(-0.03, 0.03, r, r, surface), at=translate(0, y + high, z + push) @ TO_Z)
        )
    out.append(ball((half * 0.55, y + high * 0.6, z + 0.055), 0.018, "trim_gold"))
    return out


def _window(frame: str, half: float, tall: float) -> Group:
    """A lit window in the plane z = 0."""
    return group(
        block((0, 0, 0), (half + 0.025, tall + 0.025, 0.022), frame, 0.2),
        block((0, 0, 0.012), (half, tall, 0.022), "glow"),
        block((0, 0, 0.02), (0.012, tall, 0.022), frame),
    )


@thing("tower")
def tower(rng: Rng) -> Group:
    low, high = between(rng, 0.25, 0.3), between(rng, 0.19, 0.23)
    deck = between(rng, 0.68, 0.74)
    square = chance(rng, 0.3)
    frame = pick(rng, "trim_dark", "trim_light", "trim_wood")

    def storey(y0: float, y1: float, r0: float, r1: float, surface: str = "main") -> Solid:
        if square:
            return facet(4, y0, y1, r0 * 1.3, r1 * 1.3, surface, twist=0.5)
        return turned(y0, y1, r0, r1, surface)

    def face(y: float) -> float:
        """Where the front wall is at height y."""
        r = low + (high - low) * y / deck
        return r * 1.3 * math.sqrt(0.5) if square else r

    solids: list[Solid] = [
        storey(0, 0.08, low * 1.16, low * 1.06),
        storey(0, deck, low, high),
        storey(deck - 0.06, deck, high, high * 1.34),
        storey(deck, deck + 0.07, high * 1.34, high * 1.34),
    ]
    solids += _arch_door(0.0, face(0.12) - 0.005, 0.085, 0.16, frame)
    for y in (0.42, 0.57)[: int(rng.integers(1, 3))]:
        solids.append(group(_window(frame, 0.038, 0.055), at=translate(0, y, face(y) - 0.005)))
    wide = high * 1.34
    if chance(rng, 0.5):
        # Merlons all round.
        top = deck + 0.07
        solids.append(storey(top, top + 0.004, wide * 0.8, wide * 0.8, "trim_dark"))
        n = 8
        for i, (x, z, turn) in enumerate(around(n, wide * (0.88 if not square else 0.86))):
            if square:
                # On a square wall the corners lie further out.
                k = 1.0 if i % 2 else math.sqrt(0.5) / 1.0
                x, z = x * k * 1.14, z * k * 1.14
                turn = rotate("y", 0)
            merlon = block((0, 0.055, 0), (0.062, 0.06, 0.045), "main", 0.1)
            solids.append(group(merlon, at=translate(x, top, z) @ turn))
        if chance(rng, 0.5):
            solids += _flag(rng, top, 0.26)
    else:
        roof = between(rng, 0.34, 0.46)
        color = pick(rng, "trim_dark", "trim_wood", "cloth2")
        base = deck + 0.07
        solids.append(storey(base, base + 0.03, wide * 1.18, wide * 1.12, color))
        solids.append(storey(base + 0.03, base + roof, wide * 1.12, 0.0, color))
        solids.append(ball((0, base + roof, 0), 0.035, "trim_gold"))
        if chance(rng, 0.4):
            solids += _flag(rng, base + roof, 0.18)
    return group(*solids)


def _flag(rng: Rng, y: float, high: float) -> list[Solid]:
    side = -1 if chance(rng, 0.5) else 1
    pole = rod((0, y, 0), (0, y + high, 0), 0.014, "trim_wood")
    pennant = gable((0, 0, 0), 0.07, 0.19, 0.01, "cloth2")
    return [pole, group(pennant, at=translate(0, y + high - 0.07, 0) @ rotate("z", -90 * side))]


@thing("house")
def house(rng: Rng) -> Group:
    w, d = between(rng, 0.36, 0.44), between(rng, 0.34, 0.42)
    front = chance(rng, 0.6)
    # Seen from the eaves a roof hides much: those houses get higher walls.
    wall = between(rng, 0.42, 0.5) if front else between(rng, 0.52, 0.6)
    roof = between(rng, 0.4, 0.5) if front else between(rng, 0.3, 0.38)
    tiles = pick(rng, "trim_dark", "trim_wood", "cloth2")
    frame = pick(rng, "trim_wood", "trim_light")
    solids: list[Solid] = [
        block((0, 0.03, 0), (w + 0.045, 0.03, d + 0.045), "trim_dark", 0.2),
        block((0, wall / 2, 0), (w, wall / 2, d)),
    ]
    over = between(rng, 0.08, 0.12)
    span, run = (w, d) if front else (d, w)
    roofing: list[Solid] = [gable((0, 0, 0), span, roof, run, "main")]
    slope = math.degrees(math.atan2(roof, span))
    long = math.hypot(roof, span) / 2 + over * 0.6
    for s in (-1, 1):
        plate = block((0, 0.03, 0), (long, 0.035, run + over), tiles, 0.15)
        # Each plate lies on its slope, a little past the eaves.
        at = translate(s * (span / 2 + 0.02), roof / 2 - 0.02, 0) @ rotate("z", -s * slope)
        roofing.append(group(plate, at=at))
    roofing.append(rod((0, roof + 0.03, -run - over), (0, roof + 0.03, run + over), 0.035, tiles))
    solids.append(group(*roofing, at=translate(0, wall, 0) @ rotate("y", 0 if front else 90)))
    door_x = between(rng, -0.14, 0.14) if front else between(rng, -0.2, 0.2)
    solids.append(group(*_arch_door(0.04, d, 0.085, 0.17, frame), at=translate(door_x, 0, 0)))
    for x in (-0.27, 0.27):
        if abs(x - door_x) > 0.2 and abs(x) < w - 0.07:
            solids.append(group(_window(frame, 0.06, 0.065), at=translate(x, wall * 0.62, d)))
    if front:
        eye = turned(-0.02, 0.02, 0.075, 0.075, frame)
        lit = turned(-0.02, 0.035, 0.052, 0.052, "glow")
        solids.append(group(eye, lit, at=translate(0, wall + roof * 0.36, d) @ TO_Z))
    solids.append(
        group(_window(frame, 0.06, 0.065), at=translate(w, wall * 0.6, 0) @ rotate("y", 90))
    )
    side = -1 if chance(rng, 0.5) else 1
    x, z = side * w * 0.55, -d * 0.35
    solids.append(block((x, wall + roof * 0.62, z), (0.075, roof * 0.42, 0.075), "trim_metal", 0.1))
    solids.append(block((x, wall + roof * 1.05, z), (0.095, 0.03, 0.095), "trim_dark", 0.2))
    return group(*solids)


@thing("lantern", float_roll=(-10, 10))
def lantern(rng: Rng) -> Group:
    n = (4, 4, 6)[int(rng.integers(3))]
    r, high = between(rng, 0.25, 0.3), between(rng, 0.4, 0.48)
    base = 0.13
    twist = 0.5
    trim = pick(rng, "trim_gold", "trim_dark", "main")
    solids: list[Solid] = [
        facet(n, 0, 0.05, r * 1.32, r * 1.32, "main", twist),
        facet(n, 0.05, base, r * 1.28, r * 1.05, "main", twist),
    ]
    top = base + high
    for x, z, turn in around(n, r * 1.0, 180.0 / n if n == 4 else 0.0):
        post = block((0, high / 2, 0), (0.034, high / 2, 0.034), "main", 0.2)
        solids.append(group(post, at=translate(x, base, z) @ turn))
    flame = between(rng, 0.12, 0.15)
    solids += [
        ball((0, base + high * 0.42, 0), (flame, high * 0.4, flame), "glow"),
        turned(base, base + high * 0.16, 0.1, 0.08, "trim_light"),
        facet(n, top, top + 0.06, r * 1.26, r * 1.34, "main", twist),
    ]
    roof = between(rng, 0.16, 0.24)
    solids.append(facet(n, top + 0.06, top + 0.06 + roof, r * 1.34, r * 0.36, "main", twist))
    y = top + 0.06 + roof
    solids.append(turned(y, y + 0.04, r * 0.42, r * 0.3, trim))
    if chance(rng, 0.75):
        size = between(rng, 0.1, 0.14)
        solids.append(ring((0, y + size + 0.03, 0), size, 0.028, trim, TO_Z))
    else:
        solids.append(ball((0, y + 0.08, 0), 0.06, trim))
    solids.append(ring((0, base + 0.01, 0), r * 0.72, 0.024, trim))
    if chance(rng, 0.4):
        solids.append(ring((0, base + high * 0.5, 0), r * 1.02, 0.02, trim))
    return group(*solids)
