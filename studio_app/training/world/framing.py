"""Where the camera stands: what it shows of the subject, from which side, in which format."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio_app.scene.camera import Camera
from studio_app.scene.framing import frame, frame_parallel

Format = tuple[int, int]
"""Width to height of a picture, as a ratio of small numbers."""

FORMATS: dict[str, Format] = {"1:1": (1, 1), "3:2": (3, 2), "2:3": (2, 3), "16:9": (16, 9)}


def sides(shape: Format, size: int, step: int = 32) -> tuple[int, int]:
    """Width and height in pixels: multiples of `step`, about size * size pixels in about this format."""
    if shape == (1, 1):
        return size, size
    ratio = shape[0] / shape[1]
    step = min(step, max(size // 8 // 8 * 8, 8))
    options = [(w, h) for w in range(step, 3 * size, step) for h in range(step, 3 * size, step)]

    def miss(option: tuple[int, int]) -> float:
        w, h = option
        return abs(np.log(w / h / ratio)) + 0.7 * abs(np.log(w * h / size**2))

    return min(options, key=miss)


@dataclass(frozen=True)
class View:
    """Ranges in degrees that a camera is drawn from; parallel: without perspective."""

    elevation: tuple[float, float]
    azimuth: tuple[float, float]
    parallel: bool = False


VIEWS: dict[str, View] = {
    "three-quarter": View((16, 30), (30, 52)),
    "top-down": View((46, 66), (0, 12)),
    "isometric": View((28, 37), (40, 50), parallel=True),
}
"""The views beside the front one, which `compose.framed` draws as the core world always did."""


def viewed(
    points: np.ndarray, view: str, fov: float, fill: float, aspect: float, rng: np.random.Generator
) -> Camera:
    """A camera of one of VIEWS that shows world points [N, 3] about the middle of the picture."""
    known = VIEWS[view]
    side = 1.0 if rng.random() < 0.5 else -1.0
    elevation, azimuth = float(rng.uniform(*known.elevation)), float(rng.uniform(*known.azimuth))
    if known.parallel:
        return frame_parallel(points, elevation, side * azimuth, fill, aspect)
    return frame(points, fov, elevation, side * azimuth, fill, aspect=aspect)
