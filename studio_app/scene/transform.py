"""Affine transforms: 4x4 matrices that take local points to world points.

Column-vector convention, p_world = M @ p_local, right-handed axes: x right, y up, z towards the
viewer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Transform:
    """An affine map; `a @ b` first applies b, then a, as matrices do."""

    matrix: Matrix

    def __matmul__(self, other: Transform) -> Transform:
        return Transform(self.matrix @ other.matrix)

    def point(self, p: tuple[float, float, float]) -> tuple[float, float, float]:
        """The image of a point."""
        x, y, z = self.matrix[:3, :3] @ np.asarray(p, float) + self.matrix[:3, 3]
        return float(x), float(y), float(z)

    def inverse(self) -> Transform:
        return Transform(np.linalg.inv(self.matrix).astype(np.float64))

    @property
    def origin(self) -> tuple[float, float, float]:
        x, y, z = self.matrix[:3, 3]
        return float(x), float(y), float(z)


def identity() -> Transform:
    return Transform(np.eye(4))


def translate(x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Transform:
    m = np.eye(4)
    m[:3, 3] = (x, y, z)
    return Transform(m)


def scale(x: float, y: float | None = None, z: float | None = None) -> Transform:
    """Scale along the axes; one argument scales all three."""
    m = np.eye(4)
    m[0, 0], m[1, 1], m[2, 2] = x, x if y is None else y, x if z is None else z
    return Transform(m)


def rotate(axis: str, degrees: float) -> Transform:
    """Right-handed rotation about the axis "x", "y" or "z"."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    m = np.eye(4)
    m[i, i], m[i, j], m[j, i], m[j, j] = c, -s, s, c
    return Transform(m)


def rotation_between(a: tuple[float, float, float], b: tuple[float, float, float]) -> Transform:
    """The smallest rotation that takes direction a to direction b (Rodrigues)."""
    u = np.asarray(a, float) / np.linalg.norm(a)
    v = np.asarray(b, float) / np.linalg.norm(b)
    c = float(u @ v)
    if c < -1.0 + 1e-9:
        # Opposite directions: half a turn about any perpendicular axis.
        other = np.array([1.0, 0, 0]) if abs(u[0]) < 0.9 else np.array([0, 1.0, 0])
        k = np.cross(u, other)
        k /= np.linalg.norm(k)
        r = 2.0 * np.outer(k, k) - np.eye(3)
    else:
        w = np.cross(u, v)
        k = np.array([[0, -w[2], w[1]], [w[2], 0, -w[0]], [-w[1], w[0], 0]])
        r = np.eye(3) + k + k @ k / (1.0 + c)
    m = np.eye(4)
    m[:3, :3] = r
    return Transform(m)


def along(start: tuple[float, float, float], end: tuple[float, float, float]) -> Transform:
    """Takes the y axis from -1 .. 1 onto the segment start .. end; x and z keep their lengths."""
    a, b = np.asarray(start, float), np.asarray(end, float)
    d = b - a
    length = float(np.linalg.norm(d))
    if length < 1e-9:
        return translate(*start)
    r = rotation_between((0, 1, 0), (float(d[0]), float(d[1]), float(d[2])))
    mid = (a + b) / 2
    return translate(*(float(v) for v in mid)) @ r @ scale(1.0, length / 2, 1.0)
