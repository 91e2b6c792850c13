"""Where a thing stands, how it is turned and how large it is; turns are unit quaternions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.scene.transform import Transform

Vector = tuple[float, float, float]
Turn = tuple[float, float, float, float]
"""A rotation as a unit quaternion (w, x, y, z)."""

UPRIGHT: Turn = (1.0, 0.0, 0.0, 0.0)
MOST_FAR = 1000.0
"""No coordinate of a place is beyond this."""
LEAST_SIZE, MOST_SIZE = 1e-3, 1000.0


@dataclass(frozen=True)
class Placement:
    """Scaled by `size` along its own axes, turned by `turn`, then put to `at` (world).

    A negative size mirrors along that axis. Raises ValueError where a number is not finite or beyond its bounds
    (`MOST_FAR`, `LEAST_SIZE` to `MOST_SIZE`), or the turn has no length; `within` clamps instead.
    """

    at: Vector = (0.0, 0.0, 0.0)
    turn: Turn = UPRIGHT
    size: Vector = (1.0, 1.0, 1.0)

    def __post_init__(self) -> None:
        numbers = (*self.at, *self.turn, *self.size)
        if not all(map(math.isfinite, numbers)):
            raise ValueError("a placement has finite numbers")
        if any(abs(v) > MOST_FAR for v in self.at):
            raise ValueError(f"a place lies within {MOST_FAR:g} of the origin")
        if any(not LEAST_SIZE <= abs(v) <= MOST_SIZE for v in self.size):
            raise ValueError(f"a size is {LEAST_SIZE:g} to {MOST_SIZE:g}")
        length = math.hypot(*self.turn)
        if length < 1e-6:
            raise ValueError("a turn has a length")
        scale = length if abs(length - 1) > 1e-12 else 1.0
        # A turn and its opposite are one: written with its first number above 0, and no zero below it.
        scale = math.copysign(scale, next(v for v in self.turn if v))
        w, x, y, z = (v / scale + 0.0 for v in self.turn)
        object.__setattr__(self, "turn", (w, x, y, z))

    @classmethod
    def within(cls, at: Any, turn: Any, size: Any) -> Placement:
        """Of any finite numbers, clamped to the bounds."""
        x, y, z = (min(max(float(v), -MOST_FAR), MOST_FAR) for v in at)
        w, i, j, k = (float(v) for v in turn)
        a, b, c = (
            math.copysign(min(max(abs(float(v)), LEAST_SIZE), MOST_SIZE), float(v)) for v in size
        )
        return cls((x, y, z), (w, i, j, k), (a, b, c))

    @property
    def transform(self) -> Transform:
        m = np.eye(4)
        m[:3, :3] = matrix_of(self.turn) * np.asarray(self.size)
        m[:3, 3] = self.at
        return Transform(m)

    @property
    def rigid(self) -> Transform:
        """The same without the size."""
        m = np.eye(4)
        m[:3, :3] = matrix_of(self.turn)
        m[:3, 3] = self.at
        return Transform(m)

    def moved(self, by: Vector) -> Placement:
        """Shifted in the world, within the bounds."""
        return Placement.within(np.add(self.at, by), self.turn, self.size)

    def turned(self, by: Turn, about: Vector) -> Placement:
        """Turned in the world about a point, within the bounds."""
        offset = matrix_of(by) @ np.subtract(self.at, about)
        return Placement.within(offset + np.asarray(about), product(by, self.turn), self.size)

    def scaled(self, by: Vector, about: Vector | None = None) -> Placement:
        """Scaled along its own axes by factors, about a point of the world or its own place, within the bounds."""
        sized = Placement.within(self.at, self.turn, np.multiply(self.size, by))
        if about is None:
            return sized
        # The factors that were really applied: clamped, so that what can't grow doesn't wander off.
        real = np.divide(sized.size, self.size)
        axes = matrix_of(self.turn)
        offset = axes @ (real * (axes.T @ np.subtract(self.at, about)))
        return Placement.within(offset + np.asarray(about), self.turn, sized.size)


def axis_turn(axis: Any, degrees: float) -> Turn:
    """The right-handed turn about an axis of any length; none about one without length."""
    x, y, z = (float(v) for v in axis)
    length = math.hypot(x, y, z)
    if length < 1e-12:
        return UPRIGHT
    half = math.radians(degrees) / 2
    s = math.sin(half) / length
    return math.cos(half), x * s, y * s, z * s


def product(a: Turn, b: Turn) -> Turn:
    """The turn that first turns by b, then by a."""
    aw, ax, ay, az = a
    bw, bx, by, bz = b
    return (
        aw * bw - ax * bx - ay * by - az * bz,
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
    )


def matrix_of(turn: Turn) -> NDArray[np.float64]:
    """The rotation matrix [3, 3] of a turn."""
    w, x, y, z = turn
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def turn_of(matrix: NDArray[np.float64]) -> Turn:
    """The turn of a rotation matrix [3, 3] (Shepperd 1978: by its largest component)."""
    m = matrix
    squares = np.array(
        [
            1 + m[0, 0] + m[1, 1] + m[2, 2],
            1 + m[0, 0] - m[1, 1] - m[2, 2],
            1 - m[0, 0] + m[1, 1] - m[2, 2],
            1 - m[0, 0] - m[1, 1] + m[2, 2],
        ]
    )
    largest = int(np.argmax(squares))
    s = 2 * math.sqrt(max(float(squares[largest]), 0.0))
    rows = (
        (s / 4, (m[2, 1] - m[1, 2]) / s, (m[0, 2] - m[2, 0]) / s, (m[1, 0] - m[0, 1]) / s),
        ((m[2, 1] - m[1, 2]) / s, s / 4, (m[0, 1] + m[1, 0]) / s, (m[0, 2] + m[2, 0]) / s),
        ((m[0, 2] - m[2, 0]) / s, (m[0, 1] + m[1, 0]) / s, s / 4, (m[1, 2] + m[2, 1]) / s),
        ((m[1, 0] - m[0, 1]) / s, (m[0, 2] + m[2, 0]) / s, (m[1, 2] + m[2, 1]) / s, s / 4),
    )
    w, x, y, z = rows[largest]
    return float(w), float(x), float(y), float(z)
