"""How fast the caster is on the scene an artist drags about: a mannequin among six primitives."""

from __future__ import annotations

import time

import numpy as np

from studio_app.scene.camera import Camera
from studio_app.scene.cast import cast
from studio_app.scene.mannequin import POSES, Body, solids, solve
from studio_app.scene.primitives import Primitive
from studio_app.scene.transform import scale, translate

_AROUND = (
    Primitive("plane", part=2),
    Primitive("box", (), translate(0.5, 0.15, -0.2) @ scale(0.15), 3),
    Primitive("sphere", (), translate(-0.45, 0.12, 0.2) @ scale(0.12), 4),
    Primitive("cylinder", (), translate(-0.5, 0.2, -0.3) @ scale(0.1, 0.2, 0.1), 5),
    Primitive("cone", (0.0,), translate(0.45, 0.2, 0.3) @ scale(0.12, 0.2, 0.12), 6),
    Primitive("torus", (0.3,), translate(0.0, 0.05, 0.4) @ scale(0.12), 7),
)


def measure(size: int = 256, repeats: int = 30) -> dict[str, float]:
    """Median milliseconds: `cast_numpy_256_ms` for a G-buffer, `pose_ms` for a pose and its solids.

    The key names the picture's size. Everything is recomputed each time, as when a limb is dragged.
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
