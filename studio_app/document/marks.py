"""Marks: what a tool other than the brush puts on a content at once: a filled shape, a line, a gradient, a solid.

A mark says for any rectangle how much of each pixel it covers, and with what paint; so it costs only the tiles that it
touches, whatever the size of the canvas. Lengths are pixels of the canvas (pixel centres at +0.5).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, hypot
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from studio_app.document.brushes import Brush
from studio_app.document.contents.content import Content
from studio_app.document.deferring import AT_ONCE, deferred
from studio_app.document.painting import smoothing_radius
from studio_app.document.planes import NOWHERE, Plane, Rect, overlap, union
from studio_app.document.selections import within

Values = NDArray[Any]
Point = tuple[float, float]
_FINE = 4
"""Samples of a pixel's side at the edge of a polygon."""
EVERYWHERE: Rect = (-(1 << 20), -(1 << 20), 1 << 21, 1 << 21)


class Mark(ABC):
    """Frozen. Its answers are of any rectangle, inside its bounds or not."""

    @property
    @abstractmethod
    def bounds(self) -> Rect:
        """Around all that it touches."""

    @abstractmethod
    def cover(self, rect: Rect) -> Values:
        """How much of each pixel it covers: float32 0..1 [h, w]."""

    def misses(self, rect: Rect) -> bool:
        """Whether it is known, without a look at pixels, to cover none of a rectangle."""
        return False

    def paint(self, rect: Rect) -> Values | None:
        """Its own paint, float32 [h, w, C] as a content's `sheet`; None: the brush's."""
        return None


@dataclass(frozen=True)
class Everywhere(Mark):
    """All of the canvas."""

    @property
    def bounds(self) -> Rect:
        return EVERYWHERE

    def cover(self, rect: Rect) -> Values:
        return np.ones((rect[3], rect[2]), np.float32)


@dataclass(frozen=True)
class Selected(Mark):
    """What a plane of cover says."""

    plane: Plane

    @property
    def bounds(self) -> Rect:
        return self.plane.bounds

    def misses(self, rect: Rect) -> bool:
        return self.plane.blank_in(rect)

    def cover(self, rect: Rect) -> Values:
        return self.plane.read(*rect).astype(np.float32) / np.float32(255)


@dataclass(frozen=True)
class Cornered(Mark):
    """What lies between two corners. outline: width of its line, inside its edge; 0: it is full."""

    one: Point
    other: Point
    outline: float = 0.0

    @property
    def bounds(self) -> Rect:
        return around(self.one, self.other)


class Box(Cornered):
    """A rectangle."""

    def cover(self, rect: Rect) -> Values:
        (left, top), (right, bottom) = low_high(self.one, self.other)
        full = self._full(rect, left, top, right, bottom)
        line = self.outline
        if line <= 0 or 2 * line >= min(right - left, bottom - top):
            return full
        return full - self._full(rect, left + line, top + line, right - line, bottom - line)

    def _full(self, rect: Rect, left: float, top: float, right: float, bottom: float) -> Values:
        x, y, width, height = rect
        columns = np.arange(x, x + width, dtype=np.float32)
        rows = np.arange(y, y + height, dtype=np.float32)
        across = (np.minimum(columns + 1, right) - np.maximum(columns, left)).clip(0, 1)
        down = (np.minimum(rows + 1, bottom) - np.maximum(rows, top)).clip(0, 1)
        return (down[:, None] * across[None, :]).astype(np.float32)


class Ellipse(Cornered):
    """As large as the box between its corners."""

    def cover(self, rect: Rect) -> Values:
        (left, top), (right, bottom) = low_high(self.one, self.other)
        a, b = max((right - left) / 2, 0.5), max((bottom - top) / 2, 0.5)
        u, v = grid(rect, (left + right) / 2, (top + bottom) / 2)
        full = _inside_ellipse(u, v, a, b)
        line = self.outline
        if line <= 0 or line >= min(a, b):
            return full
        return full - _inside_ellipse(u, v, a - line, b - line)


@dataclass(frozen=True)
class Polygon(Mark):
    """What a closed line through the points goes around."""

    points: tuple[Point, ...]

    @property
    def bounds(self) -> Rect:
        if len(self.points) < 3:
            return NOWHERE
        xs, ys = zip(*self.points, strict=True)
        return around((min(xs) - 1, min(ys) - 1), (max(xs) + 1, max(ys) + 1))

    def cover(self, rect: Rect) -> Values:
        x, y, width, height = rect
        if len(self.points) < 3 or overlap(rect, self.bounds)[2] <= 0:
            return np.zeros((height, width), np.float32)
        fine = Image.new("L", (width * _FINE, height * _FINE))
        corners = [((px - x) * _FINE - 0.5, (py - y) * _FINE - 0.5) for px, py in self.points]
        ImageDraw.Draw(fine).polygon(corners, fill=255)
        return np.asarray(fine.reduce(_FINE)).astype(np.float32) / np.float32(255)


@dataclass(frozen=True)
class Line(Mark):
    """From one point to another, with round ends. hardness: as of a brush of that width."""

    one: Point
    other: Point
    width: float
    hardness: float = 1.0

    @property
    def bounds(self) -> Rect:
        (left, top), (right, bottom) = low_high(self.one, self.other)
        reach = self.width / 2 + 1
        return around((left - reach, top - reach), (right + reach, bottom + reach))

    def cover(self, rect: Rect) -> Values:
        u, v = grid(rect, *self.one)
        along = self.other[0] - self.one[0], self.other[1] - self.one[1]
        length = max(along[0] ** 2 + along[1] ** 2, 1e-9)
        share = ((u * along[0] + v * along[1]) / length).clip(0, 1)
        distance = np.hypot(u - share * along[0], v - share * along[1])
        radius = max(self.width, 1.0) / 2
        inner = min(radius * min(max(self.hardness, 0.0), 1.0), radius - 0.5)
        edge = np.clip((radius + 0.5 - distance) / (radius + 0.5 - inner), 0, 1)
        return (edge * edge * (3 - 2 * edge)).astype(np.float32)


@dataclass(frozen=True)
class Gradient(Mark):
    """Everywhere: from the paint at one point to that at another; beyond them it stays, or (endless) goes on as it
    went: of depth, which is linear in 1/z, that is a plane in space. first, last: [C]. radial: around the first point,
    as far as the other."""

    one: Point
    other: Point
    first: tuple[float, ...]
    last: tuple[float, ...]
    radial: bool = False
    endless: bool = False

    @property
    def bounds(self) -> Rect:
        return EVERYWHERE

    def cover(self, rect: Rect) -> Values:
        return np.ones((rect[3], rect[2]), np.float32)

    def paint(self, rect: Rect) -> Values:
        way = _way(rect, self.one, self.other, radial=self.radial)
        share = (way if self.endless else way.clip(0, 1))[..., None]
        first, last = np.array(self.first, np.float32), np.array(self.last, np.float32)
        return (first + share * (last - first)).clip(0, 1)


@dataclass(frozen=True)
class Fade(Mark):
    """Everywhere, by less and less: all of it at one point, nothing at the other and beyond. radial: around the first
    point. What a brush shifts or smooths by a gradient."""

    one: Point
    other: Point
    radial: bool = False

    @property
    def bounds(self) -> Rect:
        return EVERYWHERE

    def cover(self, rect: Rect) -> Values:
        return 1 - _way(rect, self.one, self.other, radial=self.radial).clip(0, 1)


def marked(
    content: Content,
    mark: Mark,
    brush: Brush,
    size: tuple[int, int],
    selection: Plane | None = None,
    *,
    alpha_lock: bool = False,
) -> tuple[Content, Rect]:
    """A content of a canvas of that size with a mark on it, and where it may look different. The brush gives paint,
    opacity and mode. What goes over more than a few tiles is made when somebody looks at it."""
    page = Plane(next(iter(content.plane_kinds.values())), *size)
    touched = overlap(mark.bounds, page.bounds)
    places = [place for place in page.places(touched) if not mark.misses(page.box(place))]
    if selection is not None:
        places = [place for place in places if not selection.blank_in(page.box(place))]

    def painted(into: Content, before: Content, rect: Rect, x: int, y: int) -> Content | None:
        """x, y: of the corner of `before` on the canvas."""
        coverage = within(selection, rect, mark.cover(rect) * np.float32(brush.opacity))
        if not coverage.any():
            return None
        paint = None if brush.eraser else mark.paint(rect)
        there = (rect[0] - x, rect[1] - y, *rect[2:])
        return into.painted(before, there, coverage, brush, alpha_lock=alpha_lock, paint=paint)

    def change(part: Content, wide: Rect, box: Rect) -> Content:
        return painted(part, part, overlap(box, touched), *wide[:2]) or part

    if len(places) > AT_ONCE:
        margin = 3 * round(smoothing_radius(brush.size)) + 1 if brush.mode == "smooth" else 0
        return deferred(content, places, change, margin), touched
    made, dirty = content, NOWHERE
    for place in places:
        rect = overlap(page.box(place), touched)
        found = painted(made, content, rect, 0, 0)
        if found is not None:
            made, dirty = found, union(dirty, rect)
    return made, dirty


def around(one: Point, other: Point) -> Rect:
    """Whole pixels around two points."""
    (left, top), (right, bottom) = low_high(one, other)
    x, y = floor(left), floor(top)
    return x, y, max(ceil(right) - x, 1), max(ceil(bottom) - y, 1)


def low_high(one: Point, other: Point) -> tuple[Point, Point]:
    """The upper left and the lower right corner of the box between two points."""
    return (
        (min(one[0], other[0]), min(one[1], other[1])),
        (max(one[0], other[0]), max(one[1], other[1])),
    )


def grid(rect: Rect, x: float, y: float) -> tuple[Values, Values]:
    """Where the pixels of a rectangle lie, seen from a point: [1, w] and [h, 1]."""
    u = np.arange(rect[0], rect[0] + rect[2], dtype=np.float32)[None, :] + np.float32(0.5 - x)
    v = np.arange(rect[1], rect[1] + rect[3], dtype=np.float32)[:, None] + np.float32(0.5 - y)
    return u, v


def points_of(points: Sequence[Point]) -> tuple[Point, ...]:
    """As a Polygon takes them: without those that lie on the one before."""
    kept: list[Point] = []
    for point in points:
        if not kept or hypot(point[0] - kept[-1][0], point[1] - kept[-1][1]) >= 0.5:
            kept.append(point)
    return tuple(kept)


def _way(rect: Rect, one: Point, other: Point, *, radial: bool) -> Values:
    """How far each pixel lies on the way from one point (0) to another (1): float32 [h, w]."""
    u, v = grid(rect, *one)
    along = other[0] - one[0], other[1] - one[1]
    length = max(hypot(*along), 1e-6)
    way = np.hypot(u, v) if radial else (u * along[0] + v * along[1]) / length
    return (way / length).astype(np.float32)


def _inside_ellipse(u: Values, v: Values, a: float, b: float) -> Values:
    """Coverage, by the distance to the first order (Taubin 1991)."""
    value = np.hypot(u / a, v / b)
    slope = np.hypot(u / (a * a), v / (b * b)) / np.maximum(value, 1e-6)
    return (0.5 - (value - 1) / np.maximum(slope, 1e-9)).clip(0, 1).astype(np.float32)
