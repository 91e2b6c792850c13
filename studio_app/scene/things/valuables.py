"""More that a dragon would keep: ring, coins, scroll, book, orb."""

from __future__ import annotations

from studio_app.scene.primitives import Group
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


@thing("ring", stance="hover", float_roll=(-18, 18))
def finger_ring(rng: Rng) -> Group:
    """A band standing upright with one great stone on top."""
    r, thick = 0.34, between(rng, 0.055, 0.075)
    trim = pick(rng, "trim_gold", "trim_metal", "trim_dark")
    top = 2 * r + 0.06
    size = between(rng, 0.16, 0.2)
    solids: list[Solid] = [
        group(
            ring((0, 0, 0), r, thick, axis=TO_Z), at=translate(0, r + 0.06, 0) @ scale(1, 1, 1.5)
        ),
        turned(top - 0.04, top + 0.06, 0.1, size * 1.08, trim),
    ]
    cut = int(rng.integers(3))
    if cut == 0:
        solids.append(facet(6, top + 0.05, top + 0.17, size, size * 1.05, "liquid"))
        solids.append(facet(6, top + 0.17, top + 0.3, size * 1.05, size * 0.5, "liquid"))
    elif cut == 1:
        solids.append(ball((0, top + 0.12, 0), (size, size * 0.85, size), "liquid"))
    else:
        solids.append(facet(4, top + 0.04, top + 0.15, size * 0.8, size * 1.2, "liquid"))
        solids.append(facet(4, top + 0.15, top + 0.34, size * 1.2, 0.0, "liquid"))
    for x, z, _ in around(4, size * 0.95, 45):
        solids.append(rod((x, top + 0.03, z), (x, top + 0.15, z), 0.028, trim))
    if chance(rng, 0.5):
        for s in (-1, 1):
            solids.append(ball((s * r * 0.72, r * 1.75 + 0.06, 0), 0.075, "liquid"))
    return group(*solids)


@thing("coins")
def coins(rng: Rng) -> Group:
    """Stacks of thick discs, one leaning against them."""
    r = 0.24
    high = 0.075
    solids: list[Solid] = []
    spots = [(-0.26, -0.05, int(rng.integers(6, 9))), (0.24, -0.1, int(rng.integers(3, 7)))]
    spots.append((0.02, 0.3, int(rng.integers(2, 4))))
    for x, z, n in spots:
        for k in range(n):
            dx, dz = between(rng, -0.03, 0.03), between(rng, -0.03, 0.03)
            y = k * high
            solids.append(turned(y, y + high * 0.82, r, r, "main", x + dx, z + dz))
            solids.append(
                turned(y + high * 0.82, y + high, r * 0.86, r * 0.86, "trim_dark", x + dx, z + dz)
            )
        solids.append(turned(n * high, n * high + 0.012, r * 0.6, r * 0.6, "main", x, z))
    lean = group(
        turned(-0.035, 0.035, r, r),
        ring((0, 0, 0), r * 0.96, 0.045),
        turned(0.03, 0.05, r * 0.45, r * 0.45, "trim_light"),
        at=translate(0.44, r * 0.9, 0.24) @ rotate("y", 25) @ rotate("x", 72),
    )
    return group(*solids[:34], lean)


@thing("scroll", stance="hover", float_roll=(-20, 20))
def scroll(rng: Rng) -> Group:
    """An open sheet between two rolls with knobs."""
    w, h = between(rng, 0.36, 0.42), between(rng, 0.34, 0.4)
    knob = pick(rng, "trim_gold", "trim_dark", "trim_wood")
    solids: list[Solid] = [
        block((0, 0.5, 0), (w, h, 0.02), "trim_light"),
    ]
    for s in (-1, 1):
        y = 0.5 + s * (h + 0.03)
        solids.append(tube((-w * 1.06, y, 0.03), (w * 1.06, y, 0.03), 0.11, 0.11))
        for e in (-1, 1):
            solids.append(tube((e * w * 1.06, y, 0.03), (e * w * 1.2, y, 0.03), 0.05, 0.05, knob))
            solids.append(ball((e * w * 1.24, y, 0.03), 0.075, knob))
    for k in range(4):
        long = w * between(rng, 0.45, 0.78)
        y = 0.5 + h * (0.5 - 0.3 * k)
        solids.append(block((long - w * 0.8, y, 0.024), (long, 0.024, 0.008), "trim_dark"))
    seal = (w * 0.5, 0.5 - h * 0.55, 0.03)
    solids.append(ball(seal, (0.1, 0.1, 0.03), "main"))
    # The wrapper makes it coloured: a ribbon over the sheet's middle or a broad border.
    border = between(rng, 0.05, 0.08)
    for s in (-1, 1):
        solids.append(block((s * (w - border), 0.5, 0.006), (border, h, 0.022)))
    return group(*solids)


@thing("book", float_roll=(-14, 14))
def book(rng: Rng) -> Group:
    """A thick closed tome standing upright, with metal corners and a device; or lying open."""
    trim = pick(rng, "trim_gold", "trim_metal", "trim_gold")
    w, h, t = between(rng, 0.34, 0.4), 0.5, between(rng, 0.1, 0.15)
    solids: list[Solid] = [
        block((0.02, h, 0), (w - 0.02, h - 0.05, t), "trim_light"),
        block((0, h, t), (w, h, 0.035), "main", 0.2),
        block((0, h, -t), (w, h, 0.035), "main", 0.2),
        tube((-w, 0, 0), (-w, 2 * h, 0), t + 0.035, t + 0.035),
    ]
    for y in (0.22, 0.5, 0.78):
        solids.append(turned(2 * h * y - 0.025, 2 * h * y + 0.025, t + 0.06, t + 0.06, trim, x=-w))
    for x in (-0.62 * w, w * 0.86):
        for y in (0.07, 2 * h - 0.07):
            solids.append(block((x, y, t + 0.03), (0.075, 0.075, 0.025), trim, 0.3))
    kind = int(rng.integers(4))
    z = t + 0.045
    if kind == 0:
        solids.append(ball((0.05, h, z), (0.14, 0.14, 0.06), "liquid"))
        solids.append(ring((0.05, h, z), 0.17, 0.028, trim, TO_Z))
    elif kind == 1:
        solids.append(gable((0.05, h - 0.12, z), 0.16, 0.26, 0.02, trim))
        solids.append(ball((0.05, h - 0.03, z + 0.01), 0.05, "liquid"))
    elif kind == 2:
        solids.append(block((0.05, h + 0.02, z), (0.035, 0.2, 0.02), trim, 0.2))
        solids.append(block((0.05, h + 0.08, z), (0.13, 0.035, 0.02), trim, 0.2))
    else:
        for k in range(3):
            solids.append(block((0.05, h + 0.2 - 0.12 * k, z), (0.17, 0.028, 0.015), trim))
    solids.append(block((w, h, 0), (0.035, 0.06, t + 0.06), trim, 0.3))
    if chance(rng, 0.6):
        solids.append(block((0.14, -0.0, 0.02), (0.05, 0.1, 0.012), "cloth2"))
    return group(*solids)


@thing("orb", float_roll=(-6, 6))
def orb(rng: Rng) -> Group:
    """A big glassy ball on a small ornate stand."""
    trim = pick(rng, "trim_gold", "trim_metal", "trim_wood")
    r = between(rng, 0.34, 0.38)
    y = 0.25 + r
    solids: list[Solid] = [
        ball((0, y, 0), r),
        ball((0.04, y - 0.02, 0.02), r * 0.5, "liquid"),
        turned(0, 0.06, 0.36, 0.32, trim),
        turned(0.06, 0.17, 0.28, 0.14, trim),
        turned(0.17, 0.26, 0.14, 0.24, trim),
        ring((0, 0.27, 0), 0.23, 0.04, trim),
    ]
    for x, z, _ in around(3, 1.0, between(rng, 0, 120)):
        solids.append(ball((0.34 * x, 0.04, 0.34 * z), 0.07, trim))
        solids.append(rod((0.22 * x, 0.24, 0.22 * z), (0.35 * x, 0.42, 0.35 * z), 0.03, trim))
    if chance(rng, 0.4):
        solids.append(ring((0, y, 0), r * 1.02, 0.022, trim, TO_X @ rotate("x", 20)))
    return group(*solids)
