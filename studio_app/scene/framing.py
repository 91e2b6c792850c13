"""A camera that shows some points of the world as large as they should be, where they should be."""

from __future__ import annotations

import numpy as np

from studio_app.scene.camera import Camera
from studio_app.scene.transform import rotate


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
