"""A pinhole or parallel camera, its rays, and what it makes of a point."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = tuple[float, float, float]


def _unit(x: float, y: float, z: float) -> Vector:
    length = math.sqrt(x * x + y * y + z * z)
    return x / length, y / length, z / length


def _cross(a: Vector, b: Vector) -> Vector:
    # np.cross costs more than all the rest of a camera.
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


@dataclass(frozen=True)
class Camera:
    """Looks from `eye` to `target`; the image plane is perpendicular to that axis.

    fov: vertical field of view in degrees (perspective), or None for a parallel projection.
    height: world height of the picture, for a parallel projection.
    near, far: z range of the depth encoding, distances along the optical axis.
    """

    eye: Vector = (0.0, 1.0, 4.0)
    target: Vector = (0.0, 0.5, 0.0)
    up: Vector = (0.0, 1.0, 0.0)
    fov: float | None = 35.0
    height: float = 2.0
    near: float = 0.1
    far: float = 100.0

    def basis(self) -> NDArray[np.float64]:
        """Rows right, up, forward [3, 3], orthonormal."""
        forward = _unit(*(t - e for t, e in zip(self.target, self.eye, strict=True)))
        up = _unit(*self.up)
        if abs(sum(f * u for f, u in zip(forward, up, strict=True))) > 0.9999:
            up = (0.0, 0.0, -1.0)  # looking straight down or up: the far side is the top
        right = _unit(*_cross(forward, up))
        return np.array([right, _cross(right, forward), forward])

    def plane_half_height(self) -> float:
        """Half the picture's height: at distance 1, or in world units for a parallel camera."""
        return self.height / 2 if self.fov is None else math.tan(math.radians(self.fov) / 2)

    def pixel_rays(
        self, width: int, height: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Rays, affine in the pixel: a perspective's directions, a parallel camera's origins.

        Returns (origin [3], base direction [3], du [3], dv [3]) where pixel centre (i, j) has u =
        i + 0.5 and v = j + 0.5 (v grows downwards) and, for a perspective, direction = base + u*du
        + v*dv with z-component along the axis exactly 1 (so the ray parameter IS the axial
        distance z); for a parallel camera the origin = eye + base + u*du + v*dv and the direction
        is the forward axis.
        """
        right, up, forward = self.basis()
        half = self.plane_half_height()
        du = right * (2 * half / height)
        dv = -up * (2 * half / height)
        base = -right * half * (width / height) + up * half
        if self.fov is not None:
            base = base + forward
        return np.asarray(self.eye, float), base, du, dv

    def project(
        self, points: NDArray[np.float64], width: int, height: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """World points [N, 3] to pixels [N, 2] (y down, pixel centres at +0.5) and axial z [N]."""
        local = (np.asarray(points, float) - np.asarray(self.eye)) @ self.basis().T
        z = local[:, 2]
        divisor = np.maximum(z, 1e-6) if self.fov is not None else np.ones_like(z)
        half = self.plane_half_height()
        x = (local[:, 0] / divisor / half * height + width) / 2
        y = (1 - local[:, 1] / divisor / half) * height / 2
        return np.stack([x, y], -1), z


def inverse_depth(z: NDArray[np.floating], near: float, far: float) -> NDArray[np.floating]:
    """d = (1/z - 1/far) / (1/near - 1/far), clipped: 1 at `near`, 0 at `far` and beyond.

    The background, z = inf, gives 0.
    """
    inverse = 1.0 / np.maximum(z, 1e-9)
    return np.clip((inverse - 1 / far) / (1 / near - 1 / far), 0.0, 1.0)
