"""How fast the caster is on scenes that an artist drags about."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from studio_app.scene.camera import Camera
from studio_app.scene.cast import cast
from studio_app.scene.mannequin import POSES, Body, solids, solve
from studio_app.scene.primitives import Kind, Primitive
from studio_app.scene.stage import edits, posing, viewing
from studio_app.scene.stage.look import Looker
from studio_app.scene.stage.placement import Placement
from studio_app.scene.stage.stage import Stage
from studio_app.scene.stage.things import Mannequin, Solid
from studio_app.scene.transform import scale, translate

_AROUND = (
    Primitive("plane", part=2),
    Primitive("box", (), translate(0.5, 0.15, -0.2) @ scale(0.15), 3),
    Primitive("sphere", (), translate(-0.45, 0.12, 0.2) @ scale(0.12), 4),
    Primitive("cylinder", (), translate(-0.5, 0.2, -0.3) @ scale(0.1, 0.2, 0.1), 5),
    Primitive("cone", (0.0,), translate(0.45, 0.2, 0.3) @ scale(0.12, 0.2, 0.12), 6),
    Primitive("torus", (0.3,), translate(0.0, 0.05, 0.4) @ scale(0.12), 7),
)

_KINDS: tuple[Kind, ...] = (
    "sphere", "box", "rounded_box", "cylinder", "cone", "capsule", "torus", "prism",
)  # fmt: skip


def measure(size: int = 256, repeats: int = 30) -> dict[str, float]:
    """Median milliseconds: `cast_numpy_256_ms` for a G-buffer, `pose_ms` for a pose and its solids.

    The key names the picture's size. Everything is recomputed each time, of a mannequin among six primitives.
    """
    camera = Camera(eye=(0.8, 0.8, 2.6), target=(0.0, 0.5, 0.0), fov=28.0)
    casts: list[float] = []
    poses: list[float] = []
    for _ in range(repeats + 2):
        begin = time.perf_counter()
        figure = solids(solve(Body(), POSES["walking"]))
        posed = time.perf_counter()
        cast((*figure, *_AROUND), camera, (size, size))
        casts.append(1e3 * (time.perf_counter() - posed))
        poses.append(1e3 * (posed - begin))
    return {
        f"cast_numpy_{size}_ms": float(np.median(casts[2:])),
        "pose_ms": float(np.median(poses[2:])),
    }


def measure_drags(size: int = 256, steps: int = 40) -> dict[str, float]:
    """Redraws per second while something is dragged: distance, normals, ids, depth and people of every step.

    Of a mannequin among a solid of every kind, on the ground. `scene_fps` is the slowest of the drags that keep the
    camera: the figure over the ground, its hand by IK, a box. `scene_orbit_fps`: the camera. Each of the median step.
    """
    stage = crowded()
    joint = posing.figure(stage, 1).rig().joints[7]

    def reached(share: float) -> Stage:
        x, y, z = joint + share * np.array([0.1, 0.5, 0.3])
        return posing.dragged(stage, 1, 7, (float(x), float(y), float(z)))

    drags: list[Callable[[float], Stage]] = [
        lambda share: edits.moved(stage, [1], (0.5 * share, 0.0, 0.4 * share)),
        reached,
        lambda share: edits.moved(stage, [3], (0.6 * share, 0.2 * share, 0.0)),
    ]
    rates = [_rate(stage, drag, size, steps) for drag in drags]
    orbit = _rate(
        stage,
        lambda s: replace(stage, camera=viewing.orbited(stage.camera, 60 * s, 0)),
        size,
        steps,
    )
    return {"scene_fps": min(rates), "scene_orbit_fps": orbit}


def crowded() -> Stage:
    """A mannequin among eight solids, on the ground."""
    stage, _ = edits.added(Stage(), Mannequin(pose=POSES["walking"]), Placement())
    for number, kind in enumerate(_KINDS):
        angle = 2 * np.pi * number / len(_KINDS)
        place = (0.75 * float(np.cos(angle)), 0.0, 0.75 * float(np.sin(angle)))
        stage, _ = edits.placed(stage, Solid.of(kind), place)
    return replace(stage, camera=viewing.preset(stage, "three-quarter"))


def _rate(stage: Stage, drag: Callable[[float], Stage], size: int, steps: int) -> float:
    looker = Looker((size, size))
    looker.look(stage)
    times = list(_steps(looker, drag, steps))
    return 1 / float(np.median(times))


def _steps(looker: Looker, drag: Callable[[float], Stage], steps: int) -> Iterator[float]:
    for step in range(steps):
        begin = time.perf_counter()
        seen = looker.look(drag((step + 1) / steps))
        _ = seen.depth, seen.ids, seen.normals, seen.people
        yield time.perf_counter() - begin
