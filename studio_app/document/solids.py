"""Solids in depth, as marks: a sphere, a box, a cylinder, a cone that fill the box one drags.

Seen through the lens of a new scene's camera, at eye level, each with its own perspective taken as parallel (its
outline is what was dragged): depth is linear in 1/z, so how much a solid recedes follows from its size on the picture
and how near it stands.
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
        back = SOLIDS[self.kind][1](u / a, v / b)
        front = distance_of(self.depth)
        focal = focal_of(self.high)
        radius = front * (min(a, b) if self.kind == "sphere" else a) / focal
        depth = depth_of(front + radius * back)
        shape = rect[3], rect[2], 1
        return np.broadcast_to(depth[..., None], shape).clip(0, self.depth).astype(np.float32)


def _sphere(u: Values, v: Values) -> Values:
    return 1 - np.sqrt((1 - u * u - v * v).clip(0, 1))


def _box(u: Values, v: Values) -> Values:
    """An edge towards us: two faces that recede to both sides."""
    return np.abs(u) + 0 * v


def _cylinder(u: Values, v: Values) -> Values:
    return 1 - np.sqrt((1 - u * u).clip(0, 1)) + 0 * v


def _cone(u: Values, v: Values) -> Values:
    wide = ((v + 1) / 2).clip(1e-3, 1)
    return 1 - np.sqrt((wide * wide - u * u).clip(0, 1))


def _triangle(one: Point, other: Point) -> Mark:
    (left, top), (right, bottom) = low_high(one, other)
    return Polygon((((left + right) / 2, top), (right, bottom), (left, bottom)))


Back = Callable[[Values, Values], Values]
SOLIDS: Mapping[str, tuple[Callable[[Point, Point], Mark], Back]] = {
    "sphere": (Ellipse, _sphere),
    "box": (Box, _box),
    "cylinder": (Box, _cylinder),
    "cone": (_triangle, _cone),
}
"""By name: its outline between two corners, and how far its surface lies behind its nearest point, in radii, of a place
in its box (-1..1)."""
