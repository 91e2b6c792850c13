"""Solids in depth, as marks: a sphere, a box, a cylinder, a cone that fill the box one drags.

Seen through the lens of a new scene, as if it looked at the middle of each, at eye level: so its outline is what was
dragged, and depth, which is linear in 1/z, says how large it is and how much of it recedes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.document.lens import depth_of, distance_of, focal_of
from studio_app.document.marks import Box, Ellipse, Mark, Point, Polygon, around, grid, low_high
from studio_app.document.planes import Rect

Values = NDArray[Any]


@dataclass(frozen=True)
class Solid(Mark):
    """kind: of SOLIDS. depth: of its nearest point, 0..1. high: of the picture that the camera sees, in pixels."""

    kind: str
    one: Point
    other: Point
    depth: float
    high: float

    @property
    def bounds(self) -> Rect:
        return around(self.one, self.other)

    @property
    def outline(self) -> Mark:
        return SOLIDS[self.kind][0](self.one, self.other)

    def cover(self, rect: Rect) -> Values:
        return self.outline.cover(rect)

    def paint(self, rect: Rect) -> Values:
        (left, top), (right, bottom) = low_high(self.one, self.other)
        a, b = max((right - left) / 2, 0.5), max((bottom - top) / 2, 0.5)
        u, v = grid(rect, (left + right) / 2, (top + bottom) / 2)
        tangent = (min(a, b) if self.kind == "sphere" else a) / focal_of(self.high)
        distance = SOLIDS[self.kind][1](u / a, v / b, tangent)
        depth = depth_of(distance_of(self.depth) * distance)
        shape = rect[3], rect[2], 1
        return np.broadcast_to(depth[..., None], shape).clip(0, self.depth).astype(np.float32)


def _round(across: Values, radius: Values | float, middle: float, tangent: float) -> Values:
    """Where a ray, `across` tangents beside the axis, meets a circle of that radius around a point `middle` away; that
    far itself where it passes by."""
    length = 1 + (across * tangent) ** 2
    inside = middle * middle - length * (middle * middle - radius * radius)
    return np.where(inside >= 0, middle - np.sqrt(inside.clip(0)), middle) / length


def _radius(tangent: float) -> float:
    """Of what fills so many tangents to both sides of the axis, its front 1 away: r / sqrt((1 + r)^2 - r^2) is that."""
    return tangent * (tangent + float(np.sqrt(1 + tangent * tangent)))


def _sphere(u: Values, v: Values, tangent: float) -> Values:
    radius = _radius(tangent)
    return _round(np.hypot(u, v), radius, 1 + radius, tangent)


def _box(u: Values, v: Values, tangent: float) -> Values:
    """An edge towards us: two faces that recede to both sides by 45 degrees."""
    return 1 / np.maximum(1 - np.abs(u) * tangent, 1e-3) + 0 * v


def _cylinder(u: Values, v: Values, tangent: float) -> Values:
    radius = _radius(tangent)
    return _round(u, radius, 1 + radius, tangent) + 0 * v


def _cone(u: Values, v: Values, tangent: float) -> Values:
    """Rounder and farther towards its top."""
    radius = _radius(tangent)
    wide = tangent * ((v + 1) / 2).clip(1e-3, 1)
    here = (1 + radius) * wide / np.sqrt(1 + wide * wide)
    return _round(u, here, 1 + radius, tangent)


def _triangle(one: Point, other: Point) -> Mark:
    (left, top), (right, bottom) = low_high(one, other)
    return Polygon((((left + right) / 2, top), (right, bottom), (left, bottom)))


Surface = Callable[[Values, Values, float], Values]
SOLIDS: Mapping[str, tuple[Callable[[Point, Point], Mark], Surface]] = {
    "sphere": (Ellipse, _sphere),
    "box": (Box, _box),
    "cylinder": (Box, _cylinder),
    "cone": (_triangle, _cone),
}
"""By name: its outline between two corners, and how far its surface lies away, in distances of its nearest point, of a
place in its box (-1..1), whose half width has that tangent."""
