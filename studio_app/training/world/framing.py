"""Where the camera stands: what it shows of the subject, from which side, in which format."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio_app.scene.camera import Camera
from studio_app.scene.transform import rotate

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


def frame(
    points: np.ndarray,
    fov: float,
    elevation: float,
    azimuth: float,
    fill: float,
    place: tuple[float, float] = (0.5, 0.5),
    aspect: float = 1.0,
) -> Camera:
    """A camera for which world points [N, 3] span `fill` of the height, or 0.92 of the width if that is less.

    elevation, azimuth: degrees from which it looks. place: where the middle of their box lies in the picture,
    shares of width and height from the upper left. aspect: width over height.
    """
    middle = (points.min(0) + points.max(0)) / 2
    back = _back(elevation, azimuth)
    half = np.tan(np.radians(fov) / 2)
    distance, target = 0.5 * float(np.ptp(points[:, 1])) / half / fill + 1.0, middle.copy()
    camera = Camera(fov=fov)
    for _ in range(5):
        camera = Camera(eye=_vector(target + distance * back), target=_vector(target), fov=fov)
        low, high, size = _box(camera, points, aspect)
        shift = (low + high) / 2 - np.asarray(place)
        right, up, _f = camera.basis()
        target = target + 2 * half * distance * (shift[0] * aspect * right - shift[1] * up)
        distance *= max(float(size[1]) / fill, float(size[0]) / 0.92)
    return camera


def frame_parallel(
    points: np.ndarray, elevation: float, azimuth: float, fill: float, aspect: float = 1.0
) -> Camera:
    """A camera without perspective that shows the points in the middle."""
    middle = (points.min(0) + points.max(0)) / 2
    back = _back(elevation, azimuth)
    target, height = middle.copy(), 2.0
    camera = Camera()
    for _ in range(3):
        camera = Camera(
            eye=_vector(target + 7.0 * back), target=_vector(target), fov=None, height=height
        )
        low, high, size = _box(camera, points, aspect)
        shift = (low + high) / 2 - 0.5
        right, up, _f = camera.basis()
        target = target + height * (shift[0] * aspect * right - shift[1] * up)
        height *= max(float(size[1]) / fill, float(size[0]) / 0.88)
    return camera


def _back(elevation: float, azimuth: float) -> np.ndarray:
    turn = rotate("y", azimuth) @ rotate("x", -elevation)
    return turn.matrix[:3, :3] @ np.array([0.0, 0.0, 1.0])


def _box(
    camera: Camera, points: np.ndarray, aspect: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Low corner, high corner and size of the points' box in shares of the picture."""
    pixels, _z = camera.project(points, 1, 1)
    if aspect != 1.0:
        pixels = np.stack([(pixels[:, 0] - 0.5) / aspect + 0.5, pixels[:, 1]], -1)
    low, high = pixels.min(0), pixels.max(0)
    return low, high, high - low


def _vector(v: np.ndarray) -> tuple[float, float, float]:
    return float(v[0]), float(v[1]), float(v[2])
