"""Small things that lie about on a ground, so that it has a scale; and what stands at the back of it."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from studio_app.scene.primitives import Primitive
from studio_app.scene.things.shapes import Rng, ball, between, block, tube
from studio_app.scene.transform import rotate, scale, translate

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


def _pads(rng: Rng) -> list[Primitive]:
    """Leaves that float."""
    out: list[Primitive] = []
    for _ in range(int(rng.integers(2, 4))):
        r = between(rng, 0.6, 1.1)
        x, z = between(rng, -1.4, 1.4), between(rng, -0.9, 0.9)
        out.append(ball((x, 0.02, z), (r, 0.07, r), GROUND_SURFACE))
    return out


def _spires(rng: Rng) -> list[Primitive]:
    out: list[Primitive] = []
    for _ in range(int(rng.integers(1, 4))):
        x, z, high = between(rng, -0.9, 0.9), between(rng, -0.5, 0.5), between(rng, 1.0, 2.6)
        tip = (x + between(rng, -0.3, 0.3), high, z)
        out.append(tube((x, -0.1, z), tip, between(rng, 0.35, 0.6), 0.0, GROUND_SURFACE))
    return out


def _jars(rng: Rng) -> list[Primitive]:
    r = between(rng, 0.5, 0.8)
    return [
        ball((0, r, 0), (r, r * 1.1, r), GROUND_SURFACE),
        tube((0, r * 1.8, 0), (0, r * 2.4, 0), r * 0.4, r * 0.55, GROUND_SURFACE),
    ]


def _toadstools(rng: Rng) -> list[Primitive]:
    out: list[Primitive] = []
    for _ in range(int(rng.integers(2, 4))):
        x, z, high = between(rng, -0.8, 0.8), between(rng, -0.4, 0.4), between(rng, 0.5, 1.0)
        out.append(tube((x, 0, z), (x, high, z), 0.16, 0.12, "trim_light"))
        out.append(ball((x, high, z), (0.42, 0.3, 0.42), "cloth2", clip=(0, -1, 0, 0.0)))
    return out


def _trunks(rng: Rng, reach: float) -> list[Primitive]:
    """A wood at the back: tall stems with roots and low leaves between."""
    out: list[Primitive] = []
    for k in range(6):
        x = (k - 2.5) * 0.95 + between(rng, -0.3, 0.3)
        z = -reach - between(rng, 0.5, 1.8)
        r = between(rng, 0.13, 0.24)
        out.append(tube((x, -0.1, z), (x + between(rng, -0.2, 0.2), 5.0, z), r, r * 0.75, "bark"))
        out.append(tube((x, -0.1, z), (x, 0.3, z), r * 1.7, r, "bark"))
        for s in (-1, 1):
            size = between(rng, 0.25, 0.45)
            out.append(ball((x + s * 0.45, size * 0.4, z - 0.1), (size * 1.2, size, size), "leaf"))
    return out


def _wall(rng: Rng, reach: float) -> list[Primitive]:
    """A wall at the back with two half pillars."""
    z = -reach - between(rng, 0.5, 0.9)
    out = [block((0, 3.0, z - 0.2), (9.0, 3.2, 0.2), GROUND_SURFACE)]
    for s in (-1, 1):
        x = s * between(rng, 0.9, 1.4)
        out.append(block((x, 3.0, z), (0.17, 3.2, 0.12), GROUND_SURFACE))
        out.append(block((x, 0.1, z + 0.03), (0.24, 0.12, 0.18), GROUND_SURFACE))
    return out


_BACKDROPS: dict[str, Callable[[Rng, float], list[Primitive]]] = {
    "floorboards": _wall,
    "dungeon": _wall,
    "forest": _trunks,
}


def backdrop(rng: Rng, ground: str, around: tuple[np.ndarray, np.ndarray]) -> tuple[Primitive, ...]:
    """What stands behind the box `around` on this ground; most grounds have none."""
    make = _BACKDROPS.get(ground)
    return tuple(make(rng, max(0.5, -float(around[0][2])))) if make else ()


_KINDS: dict[str, tuple[Callable[[Rng], list[Primitive]], ...]] = {
    "grass": (_tuft, _tuft, _tuft, _stones),
    "sand": (_stones, _heap),
    "snow": (_heap, _heap, _stones),
    "cobblestone": (_stones,),
    "dirt": (_stones, _stones, _tuft),
    "water": (_pads, _pads, _stones),
    "volcano": (_stones, _spires),
    "floorboards": (_jars,),
    "dungeon": (_stones, _jars),
    "forest": (_toadstools, _tuft, _tuft, _stones),
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
