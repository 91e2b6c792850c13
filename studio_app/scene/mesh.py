"""A triangle mesh as a value: bounded, brought to a common size, thinned out, and with smooth normals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from studio_app.core.arrays import digest, frozen

MOST_TRIANGLES = 20_000
"""What a mesh of a scene may have; a larger one is thinned out first."""
MOST_READ = 1_000_000
"""Triangles, and corners, that are looked at to be thinned out."""
MOST_REACH = 1e4
_CREASE = np.cos(np.radians(40.0))
_MOST_VALENCE = 64
"""A corner where more triangles meet is shaded flat: the pairs of them grow with its square."""

Vertices = NDArray[np.float32]
Triangles = NDArray[np.int32]
Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Mesh:
    """vertices: float32 [V, 3]; triangles: int32 [T, 3], counter-clockwise seen from outside. Compares by content.

    Raises ValueError where they are of other shapes or types, or a number is out of bounds.
    """

    vertices: Vertices
    triangles: Triangles

    def __post_init__(self) -> None:
        vertices, triangles = frozen(self.vertices), frozen(self.triangles)
        if vertices.dtype != np.float32 or vertices.ndim != 2 or vertices.shape[1] != 3:
            raise ValueError("vertices are float32 [V, 3]")
        if triangles.dtype != np.int32 or triangles.ndim != 2 or triangles.shape[1] != 3:
            raise ValueError("triangles are int32 [T, 3]")
        if not 1 <= len(triangles) <= MOST_TRIANGLES or len(vertices) > 3 * MOST_TRIANGLES:
            raise ValueError(f"a mesh has 1 to {MOST_TRIANGLES} triangles")
        if triangles.min() < 0 or triangles.max() >= len(vertices):
            raise ValueError("a triangle has a corner that is none")
        if not np.isfinite(vertices).all() or np.abs(vertices).max() > MOST_REACH:
            raise ValueError("a corner of the mesh is out of bounds")
        object.__setattr__(self, "vertices", vertices)
        object.__setattr__(self, "triangles", triangles)

    @cached_property
    def digest(self) -> str:
        return digest(self.vertices, self.triangles)

    @cached_property
    def corner_normals(self) -> NDArray[np.float32]:
        """Unit normals [T, 3, 3] of every triangle's corners: smooth where faces meet at less than 40 degrees."""
        return _corner_normals(self.vertices.astype(np.float64), self.triangles)

    @cached_property
    def closed(self) -> bool:
        """Whether it has an outside that is seen whole: every edge is run along as often one way as the other, and
        it holds a volume."""
        edges = np.concatenate([self.triangles[:, [k, (k + 1) % 3]] for k in range(3)]).astype(
            np.int64
        )
        there = edges[:, 0] * len(self.vertices) + edges[:, 1]
        back = edges[:, 1] * len(self.vertices) + edges[:, 0]
        if not np.array_equal(np.sort(there), np.sort(back)):
            return False
        a, b, c = (self.vertices[self.triangles[:, k]].astype(np.float64) for k in range(3))
        return float((a * np.cross(b, c)).sum()) > 0

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Mesh) and self.digest == other.digest)

    def __hash__(self) -> int:
        return hash(self.digest)


def blockout(vertices: Array, triangles: NDArray[np.integer]) -> Mesh:
    """A mesh of any size, made ready to stand in a scene.

    What is no triangle (a corner that is not finite, no area) is left out; the rest is moved so that its middle
    stands over the origin and its lowest point at y = 0, scaled so that its largest side is 1, and thinned out to
    at most `MOST_TRIANGLES`. Raises ValueError where nothing is left, there are more than `MOST_READ`,
    or a triangle has a corner that is none.
    """
    points = np.asarray(vertices, np.float64)
    corners = np.asarray(triangles, np.int64)
    if max(len(points), len(corners)) > MOST_READ:
        raise ValueError(f"it has more than {MOST_READ:,} triangles or corners")
    if len(corners) and (corners.min() < 0 or corners.max() >= len(points)):
        raise ValueError("a triangle has a corner that is none")
    good: NDArray[np.bool_] = np.all(np.isfinite(points), axis=1)
    corners = corners[np.all(good[corners], axis=1)]
    if not len(corners):
        raise ValueError("it has no triangles")
    used = np.unique(corners)
    # Halves, since the difference of two float64 may be no float64.
    low, high = points[used].min(0) / 2, points[used].max(0) / 2
    side = float((high - low).max())
    if not (np.isfinite(side) and side > 1e-150):
        raise ValueError("it has no size")
    shape = np.where(good[:, None], points, 0.0) / 2 - (low + high) / 2
    shape = np.clip(shape / side, -1.0, 1.0)
    shape[:, 1] -= shape[used, 1].min()
    merged, corners = _merged(shape, corners)
    corners = _with_area(merged, corners)
    if not len(corners):
        raise ValueError("its triangles have no area")
    if len(corners) > MOST_TRIANGLES:
        merged, corners = thinned(merged, corners, MOST_TRIANGLES)
    return Mesh(merged.astype(np.float32), corners.astype(np.int32))


def thinned(
    points: Array, corners: NDArray[np.int64], most: int
) -> tuple[Array, NDArray[np.int64]]:
    """A mesh of at most `most` triangles: corners in one cell of a grid become their mean (Rossignac and Borrel 1993).

    The finest grid that does is found by halving.
    """
    coarse, fine = 1, 2048
    best = _clustered(points, corners, coarse)
    while coarse < fine:
        middle = (coarse + fine + 1) // 2
        tried = _clustered(points, corners, middle)
        if len(tried[1]) <= most:
            coarse, best = middle, tried
        else:
            fine = middle - 1
    if not len(best[1]):  # finer than the finest grid: rather some of it than nothing
        return _merged(points, corners[:: -(-len(corners) // most)])
    return best


def _clustered(
    points: Array, corners: NDArray[np.int64], cells: int
) -> tuple[Array, NDArray[np.int64]]:
    low = points.min(0)
    size = float((points.max(0) - low).max()) / cells
    cell = np.floor((points - low) / size).astype(np.int64).clip(0, cells)
    key = (cell[:, 0] * (cells + 1) + cell[:, 1]) * (cells + 1) + cell[:, 2]
    _, place = np.unique(key, return_inverse=True)
    count = np.bincount(place).astype(np.float64)
    means = np.stack([np.bincount(place, points[:, k]) / count for k in range(3)], 1)
    return means, _with_area(means, _distinct(place[corners]))


def _merged(points: Array, corners: NDArray[np.int64]) -> tuple[Array, NDArray[np.int64]]:
    """With one corner where several lie at one place, and none that no triangle has."""
    used, place = np.unique(corners, return_inverse=True)
    unique, same = np.unique(points[used].astype(np.float32), axis=0, return_inverse=True)
    return unique.astype(np.float64), same[place].reshape(-1, 3)


def _distinct(corners: NDArray[np.int64]) -> NDArray[np.int64]:
    """Without triangles that have two corners in one, and with each only once, whatever corner it begins with."""
    a, b, c = corners.T
    corners = corners[(a != b) & (b != c) & (c != a)]
    if not len(corners):
        return corners
    first = corners.argmin(1)
    rolled = np.stack(
        [np.take_along_axis(corners, ((first + k) % 3)[:, None], 1)[:, 0] for k in range(3)], 1
    )
    count = int(rolled.max()) + 1  # below 2^21, so that three of them are one int64
    _, kept = np.unique(
        (rolled[:, 0] * count + rolled[:, 1]) * count + rolled[:, 2], return_index=True
    )
    return rolled[np.sort(kept)]


def _with_area(points: Array, corners: NDArray[np.int64]) -> NDArray[np.int64]:
    return corners[np.linalg.norm(_crosses(points, corners), axis=1) > 1e-14]


def _crosses(points: Array, corners: NDArray[np.integer]) -> Array:
    """Outward normals [T, 3], twice the area long."""
    a, b, c = (points[corners[:, k]] for k in range(3))
    return np.cross(b - a, c - a)


def _corner_normals(points: Array, corners: Triangles) -> NDArray[np.float32]:
    crosses = _crosses(points, corners)
    length = np.linalg.norm(crosses, axis=1, keepdims=True)
    units = crosses / np.maximum(length, 1e-30)
    flat = np.repeat(units[:, None], 3, axis=1)
    # Which triangles meet at each corner: corners sorted by vertex, every one paired with all of its run.
    vertex = corners.reshape(-1).astype(np.int64)
    order = np.argsort(vertex, kind="stable")
    valence = np.bincount(vertex)
    begins = np.concatenate([[0], np.cumsum(valence)[:-1]])
    partners = np.where(valence[vertex] <= _MOST_VALENCE, valence[vertex], 0)
    corner = np.repeat(np.arange(len(vertex)), partners)
    within = np.arange(len(corner)) - np.repeat(np.cumsum(partners) - partners, partners)
    other = order[begins[vertex[corner]] + within] // 3
    near = (units[corner // 3] * units[other]).sum(1) > _CREASE
    sums = np.stack(
        [np.bincount(corner[near], crosses[other[near], k], len(vertex)) for k in range(3)], 1
    )
    long = np.linalg.norm(sums, axis=1, keepdims=True)
    smooth = np.where(long > 1e-30, sums / np.maximum(long, 1e-30), flat.reshape(-1, 3))
    return smooth.reshape(-1, 3, 3).astype(np.float32)
