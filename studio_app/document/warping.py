"""Warping: a net of points over a piece, and what lies between them bends along.

Between the points runs the surface of Catmull and Rom, through each of them. It is cut into small triangles, each of
which says for the pixels of the canvas that it comes to cover where they come from; where it lies on itself, the last
one counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil, floor, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.document.planes import Rect

Values = NDArray[Any]
Point = tuple[float, float]
CELLS = 3
"""Between the points of a new net, across and down, if nobody says otherwise."""
MOST_CELLS = 5
_FINE, _MOST = 12.0, 72
"""Pixels of a side of a triangle, about; parts of a side of the net, at most."""
_FAR = -1e7
_SPREAD = 1e-6
"""Pixels by which a row reaches over its ends, so that no crack is left between two triangles."""


@dataclass(frozen=True, eq=False)
class Mesh:
    """rect: of the piece. points: where the points of the net have come to lie, float64 [rows + 1, columns + 1, 2] (x,
    y), row by row of a grid that is even over the rectangle. A Placing."""

    rect: Rect
    points: Values

    @classmethod
    def over(cls, rect: Rect, columns: int = CELLS, rows: int = CELLS) -> Mesh:
        """Nothing bent yet."""
        x, y, width, height = rect
        across, down = np.linspace(x, x + width, columns + 1), np.linspace(y, y + height, rows + 1)
        return cls(rect, np.stack(np.meshgrid(across, down), axis=-1))

    def moved(self, row: int, column: int, to: Point) -> Mesh:
        """With one point elsewhere."""
        points = self.points.copy()
        points[row, column] = to
        return replace(self, points=points)

    def with_cells(self, columns: int, rows: int) -> Mesh:
        """With a net of another fineness, as near to how it is bent as that allows."""
        if (columns, rows) == self.cells:
            return self
        plain, shift = Mesh.over(self.rect, columns, rows), self.shift
        if shift is not None:
            return plain.shifted(shift)
        even = plain.points
        return replace(self, points=np.array([[self.of((x, y)) for x, y in row] for row in even]))

    def shifted(self, by: Point) -> Mesh:
        """All of it elsewhere."""
        return replace(self, points=self.points + np.array(by))

    # ---- as a Placing ----

    @property
    def usable(self) -> bool:
        return bool(np.isfinite(self.points).all()) and self._area > 0.5

    @property
    def shift(self) -> tuple[int, int] | None:
        by = self.points - Mesh.over(self.rect, *self.cells).points
        first = by[0, 0]
        whole = bool((by == first).all()) and bool((first == np.rint(first)).all())
        return (int(first[0]), int(first[1])) if whole else None

    @property
    def smaller(self) -> float:
        return sqrt(self.rect[2] * self.rect[3] / max(self._area, 1.0))

    def turns(self, rect: Rect) -> Values:
        """Of the surface, between the corners of its triangles."""
        x, y, width, height = self.rect
        rows, columns = self._slopes.shape[0] - 1, self._slopes.shape[1] - 1
        u, v = self.sources(rect)
        u = ((u - x) / width * columns).clip(0, columns)
        v = ((v - y) / height * rows).clip(0, rows)
        column, row = np.minimum(u.astype(int), columns - 1), np.minimum(v.astype(int), rows - 1)
        across, down = (u - column)[..., None, None], (v - row)[..., None, None]
        at = self._slopes
        upper = at[row, column] * (1 - across) + at[row, column + 1] * across
        lower = at[row + 1, column] * (1 - across) + at[row + 1, column + 1] * across
        return upper * (1 - down) + lower * down

    @property
    def mirrors(self) -> bool:
        return self._signed < 0

    def of(self, point: Point) -> Point:
        x, y, width, height = self.rect
        rows, columns = self.lattice.shape[0] - 1, self.lattice.shape[1] - 1
        u, v = (point[0] - x) / width * columns, (point[1] - y) / height * rows
        column, row = min(max(int(u), 0), columns - 1), min(max(int(v), 0), rows - 1)
        u, v = u - column, v - row
        corners = self.lattice[row : row + 2, column : column + 2]
        upper = corners[0, 0] * (1 - u) + corners[0, 1] * u
        lower = corners[1, 0] * (1 - u) + corners[1, 1] * u
        found = upper * (1 - v) + lower * v
        return float(found[0]), float(found[1])

    def bounds(self, rect: Rect) -> Rect:
        low, high = self.lattice.min((0, 1)), self.lattice.max((0, 1))
        left, top = floor(low[0]), floor(low[1])
        return left, top, ceil(high[0]) - left, ceil(high[1]) - top

    def sources(self, rect: Rect) -> tuple[Values, Values]:
        x, y, width, height = rect
        found = np.full((2, height * width), _FAR)
        triangles = self._triangles
        low, high = triangles.corners.min(1), triangles.corners.max(1)
        near = (high[:, 0] >= x) & (low[:, 0] <= x + width)
        near &= (high[:, 1] >= y) & (low[:, 1] <= y + height)
        owner, pixel = _pixels(triangles.corners[near] - (x, y), width, height)
        chosen = np.flatnonzero(near)[owner]
        u, v = pixel % width + (x + 0.5), pixel // width + (y + 0.5)
        along = np.stack([np.ones(len(u)), u, v])
        for axis in (0, 1):
            found[axis, pixel] = np.einsum("kn,nk->n", along, triangles.maps[chosen, axis])
        return found[0].reshape(height, width), found[1].reshape(height, width)

    # ---- inside ----

    @property
    def cells(self) -> tuple[int, int]:
        """Across and down."""
        return self.points.shape[1] - 1, self.points.shape[0] - 1

    @cached_property
    def lattice(self) -> Values:
        """The surface at the corners of its triangles: [N, M, 2]."""
        columns, rows = self.cells
        across = _parts(self.rect[2] / columns, self.points, columns)
        down = _parts(self.rect[3] / rows, self.points, rows)
        return _through(_through(self.points, down).transpose(1, 0, 2), across).transpose(1, 0, 2)

    @cached_property
    def _slopes(self) -> Values:
        """How the surface runs at the corners of its triangles: [N, M, 2, 2], of x and y by x and y of the piece."""
        there = self.lattice
        _, _, width, height = self.rect
        rows, columns = there.shape[0] - 1, there.shape[1] - 1
        by_x = np.gradient(there, axis=1) * (columns / width)
        by_y = np.gradient(there, axis=0) * (rows / height)
        return np.stack([by_x, by_y], axis=-1)

    @cached_property
    def _triangles(self) -> _Triangles:
        x, y, width, height = self.rect
        there = self.lattice
        rows, columns = there.shape[:2]
        across, down = np.linspace(x, x + width, columns), np.linspace(y, y + height, rows)
        here = np.stack(np.meshgrid(across, down), axis=-1)
        corners, sources = _cut(there), _cut(here)
        edges = corners[:, 1:] - corners[:, :1]
        size = edges[:, 0, 0] * edges[:, 1, 1] - edges[:, 0, 1] * edges[:, 1, 0]
        kept = np.abs(size) > 1e-9
        corners, sources, edges = corners[kept], sources[kept], edges[kept]
        slopes = np.linalg.solve(edges, sources[:, 1:] - sources[:, :1])  # [N, x y, source x y]
        start = sources[:, 0] - np.einsum("nk,nka->na", corners[:, 0], slopes)
        maps = np.concatenate([start[:, :, None], slopes.transpose(0, 2, 1)], axis=2)
        return _Triangles(corners, maps)

    @cached_property
    def _signed(self) -> float:
        """The area that the net goes around."""
        p = self.points
        rim = np.concatenate([p[0], p[1:, -1], p[-1, -2::-1], p[-2:0:-1, 0]])
        following = np.roll(rim, -1, axis=0)
        return float((rim[:, 0] * following[:, 1] - following[:, 0] * rim[:, 1]).sum()) / 2

    @property
    def _area(self) -> float:
        return abs(self._signed)


@dataclass(frozen=True, eq=False)
class _Triangles:
    """corners: [N, 3, 2] on the canvas. maps: [N, 2, 3], of 1, x, y of the canvas to x and y of the piece."""

    corners: Values
    maps: Values


def _parts(length: float, points: Values, cells: int) -> int:
    """Of a cell of that length, of so many: as many as its triangles are small in, before and after."""
    spread = points.reshape(-1, 2)
    after = float(np.ptp(spread, axis=0).max()) / max(points.shape[0] - 1, points.shape[1] - 1)
    return min(max(ceil(max(length, after) / _FINE), 2), _MOST // cells)


def _through(points: Values, parts: int) -> Values:
    """The curves through the columns of some points [N, M, 2], `parts` places from one to the next: uniform
    Catmull-Rom; beyond its ends a curve goes straight on."""
    padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    share = (np.arange(parts) / parts)[None, :, None, None]
    p0, p1, p2, p3 = (padded[k : len(padded) - 3 + k, None] for k in range(4))
    made = 0.5 * (
        2 * p1
        + (p2 - p0) * share
        + (2 * p0 - 5 * p1 + 4 * p2 - p3) * share**2
        + (3 * p1 - p0 - 3 * p2 + p3) * share**3
    )
    return np.concatenate([made.reshape(-1, *points.shape[1:]), points[-1:]])


def _cut(lattice: Values) -> Values:
    """Two triangles of every cell: [N, 3, 2]."""
    a, b = lattice[:-1, :-1].reshape(-1, 2), lattice[:-1, 1:].reshape(-1, 2)
    c, d = lattice[1:, :-1].reshape(-1, 2), lattice[1:, 1:].reshape(-1, 2)
    return np.concatenate([np.stack([a, b, c], 1), np.stack([b, d, c], 1)])


def _pixels(corners: Values, width: int, height: int) -> tuple[Values, Values]:
    """(triangle, pixel) of every pixel of a picture whose middle lies in a triangle of [N, 3, 2]; row by row."""
    low, high = corners[..., 1].min(1), corners[..., 1].max(1)
    top = np.ceil(low - 0.5 - _SPREAD).clip(0, height).astype(np.intp)
    bottom = (np.floor(high - 0.5 + _SPREAD) + 1).clip(0, height).astype(np.intp)
    tall = np.maximum(bottom - top, 0)
    triangle = np.repeat(np.arange(len(tall)), tall)
    row = np.arange(len(triangle)) - np.repeat(np.cumsum(tall) - tall, tall) + top[triangle]
    middle = row + 0.5
    left, right = np.full(len(row), np.inf), np.full(len(row), -np.inf)
    for k in range(3):
        one, other = corners[triangle, k], corners[triangle, (k + 1) % 3]
        rise = other[:, 1] - one[:, 1]
        with np.errstate(all="ignore"):
            share = (middle - one[:, 1]) / rise
            at = one[:, 0] + share * (other[:, 0] - one[:, 0])
        met = (rise != 0) & (share >= -_SPREAD) & (share <= 1 + _SPREAD)
        left, right = (
            np.where(met, np.minimum(left, at), left),
            np.where(met, np.maximum(right, at), right),
        )
    some = right >= left
    triangle, row, left, right = triangle[some], row[some], left[some], right[some]
    first = np.ceil(left - 0.5 - _SPREAD).clip(0, width).astype(np.intp)
    count = (np.floor(right - 0.5 + _SPREAD) + 1).clip(0, width).astype(np.intp) - first
    count = np.maximum(count, 0)
    span = np.repeat(np.arange(len(count)), count)
    column = np.arange(len(span)) - np.repeat(np.cumsum(count) - count, count) + first[span]
    return triangle[span], row[span] * width + column
