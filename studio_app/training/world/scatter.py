"""Small things that lie about on a ground, so that it has a scale: stones, tufts of grass, heaps of snow."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from studio_app.scene.primitives import Primitive
from studio_app.scene.transform import rotate, scale, translate
from studio_app.training.world.things.shapes import Rng, ball, between, tube

GROUND_SURFACE = "ground_detail"


def _tuft(rng: Rng) -> list[Primitive]:
    blades: list[Primitive] = []
    for _ in range(int(rng.integers(3, 6))):
        lean, high = between(rng, -0.5, 0.5), between(rng, 0.7, 1.3)
        root = (between(rng, -0.3, 0.3), -0.05, between(rng, -0.3, 0.3))
        tip = (root[0] + lean * high, high, root[2] + between(rng, -0.3, 0.3))
        blades.append(tube(root, tip, 0.16, 0.0, GROUND_SURFACE))
    return blades


def _stones(rng: Rng) -> list[Primitive]:
    stones: list[Primitive] = []
    for i in range(int(rng.integers(1, 4))):
        r = between(rng, 0.5, 0.8) * (1.0 if i == 0 else 0.5)
        x, z = (0.0, 0.0) if i == 0 else (between(rng, -1.1, 1.1), between(rng, -0.4, 0.9))
        stone = ball(
            (0, 0, 0), (r, r * between(rng, 0.6, 0.8), r * between(rng, 0.75, 1.0)), GROUND_SURFACE
        )
        turn = (
            translate(x, r * 0.3, z)
            @ rotate("y", between(rng, 0, 180))
            @ rotate("z", between(rng, -20, 20))
        )
        stones.append(stone.moved(turn))
    return stones


def _heap(rng: Rng) -> list[Primitive]:
    wide = between(rng, 1.2, 2.2)
    return [
        ball((0, -0.2, 0), (wide, between(rng, 0.6, 0.9), wide * 0.8), GROUND_SURFACE),
        ball(
            (wide * between(rng, -0.7, 0.7), -0.15, 0.2),
            (wide * 0.6, 0.5, wide * 0.5),
            GROUND_SURFACE,
        ),
    ]


_KINDS: dict[str, tuple[Callable[[Rng], list[Primitive]], ...]] = {
    "grass": (_tuft, _tuft, _tuft, _stones),
    "sand": (_stones, _heap),
    "snow": (_heap, _heap, _stones),
    "cobblestone": (_stones,),
}


def scatter(
    rng: Rng, ground: str, count: int, around: tuple[np.ndarray, np.ndarray]
) -> tuple[Primitive, ...]:
    """`count` small clusters beside and behind the box `around` (low, high corner), never in front of it."""
    low, high = around
    reach = max(float(np.abs(low[[0, 2]]).max()), float(np.abs(high[[0, 2]]).max()))
    out: list[Primitive] = []
    for _ in range(count):
        options = _KINDS[ground]
        cluster = options[int(rng.integers(len(options)))](rng)
        size = between(rng, 0.05, 0.1)
        # Angles from the right (0) over the back (90) to the left (180), and a little forward on both sides.
        a = math.radians(between(rng, -25, 205))
        distance = reach + between(rng, 0.15, 0.8)
        place = translate(distance * math.cos(a), 0, -distance * math.sin(a)) @ scale(size)
        out.extend(p.moved(place) for p in cluster)
    return tuple(out)
