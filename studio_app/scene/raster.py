"""Triangles drawn into the caster's buffers: by rows, all triangles at once, with depth tested per pixel.

Edge functions are affine in the pixel and need no clipping at the eye (Olano and Greer 1997): for a triangle with
corners v0, v1, v2 in camera axes, the rows of [v0 v1 v2]^-1 times the pixel's ray are its weights over z.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio_app.scene.camera import Camera
from studio_app.scene.cast import Buffers
from studio_app.scene.mesh import Mesh
from studio_app.scene.transform import Transform
from studio_app.scene.window import Window

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_PIXELS = 1 << 20
"""Pixels of triangles that are looked at together."""
_LAYERS = 24
"""Nothing that an artist wants to see covers a picture more often than this."""
_SPREAD = 1e-6
"""Pixels by which a row reaches over its ends, so that no crack is left between two triangles."""


def draw_mesh(
    mesh: Mesh,
    transform: Transform,
    camera: Camera,
    into: Buffers,
    number: int,
    region: Window | None = None,
    most: int | None = None,
) -> int:
    """Draws a mesh where it is nearer than what is there (at one depth, where its number is lower).

    Normals face the camera: a mesh that is open is seen from both sides, a closed one from outside.
    region: the part of the picture that may change. most: pixels of triangles that may be looked at; beyond it the
    mesh is drawn at half its size, or at half of that; None: `_LAYERS` pictures full.
    Returns how many pixels of triangles were looked at, the work that it was.
    """
    height, width = into.z.shape
    x0, y0, x1, y1 = region or (0, 0, width, height)
    if x0 >= x1 or y0 >= y1:
        return 0
    limit = _LAYERS * width * height if most is None else most
    setup = _Setup(mesh, transform, camera, width, height)
    rows = setup.rows((x0, y0, x1, y1), max(limit // 8, 1 << 16))
    if rows is None or (total := int(rows[3].sum())) > limit:
        return _halved(mesh, transform, camera, into, number, region, limit)
    triangle, row, first, count = rows
    ends = np.cumsum(count)
    begin = 0
    while begin < len(count):
        done = int(ends[begin - 1]) if begin else 0
        end = max(int(np.searchsorted(ends, done + _PIXELS, "right")), begin + 1)
        part = slice(begin, end)
        _fill(setup, triangle[part], row[part], first[part], count[part], into, number)
        begin = end
    return total


class _Setup:
    """Weights over z of every triangle that has a front or a back, affine in the pixel: [N, 3 corners]."""

    def __init__(
        self, mesh: Mesh, transform: Transform, camera: Camera, width: int, height: int
    ) -> None:
        self.width, self.height = width, height
        self.perspective = camera.fov is not None
        basis = camera.basis()
        m = transform.matrix
        world = mesh.vertices.astype(np.float64) @ m[:3, :3].T + m[:3, 3]
        local = (world - np.asarray(camera.eye)) @ basis.T
        corners = local[mesh.triangles]
        self.z = corners[..., 2]
        v = corners if self.perspective else np.concatenate(
            [corners[..., :2], np.ones_like(corners[..., :1])], -1
        )  # fmt: skip
        a, b, c = v[:, 0], v[:, 1], v[:, 2]
        inverse = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], 1)
        determinant = np.einsum("nk,nk->n", a, inverse[:, 0])
        size = np.sqrt(np.prod([np.einsum("nk,nk->n", w, w) for w in (a, b, c)], 0))
        there = (np.abs(determinant) > 1e-12 * size) & (_widest(self.z) > 1e-6)
        # In the camera's axes (right, up, forward), which are left-handed, corners that run counter-clockwise for
        # the viewer have a positive determinant.
        if mesh.closed:
            there &= determinant * np.linalg.det(m[:3, :3]) > 0
        self.kept = np.flatnonzero(there)
        self.z, corners = self.z[there], corners[there]
        inverse = inverse[there] / determinant[there, None, None]
        # A pixel (u, v) sees along ((u - w/2) s, (h/2 - v) s, 1).
        s = 2 * camera.plane_half_height() / height
        self.du, self.dv = inverse[..., 0] * s, -inverse[..., 1] * s
        self.base = inverse[..., 2] - self.du * (width / 2) - self.dv * (height / 2)
        self.corners = corners
        self.scale = 1 / s
        self.front = np.sign(determinant[there])
        self.normals = self._normals(mesh, m, basis)

    def _normals(self, mesh: Mesh, m: Array, basis: Array) -> Array:
        """Of the kept triangles' corners [N, 3, 3] in the caster's axes (z to the viewer), facing the camera."""
        linear = np.linalg.inv(m[:3, :3]).T
        axes = basis * np.array([[1.0], [1.0], [-1.0]])
        turned = mesh.corner_normals[self.kept].astype(np.float64) @ (axes @ linear).T
        # A mirroring transform turns the corners round, but not the normals.
        return turned * (self.front[:, None, None] * np.sign(np.linalg.det(m[:3, :3])))

    def rows(self, region: Window, most: int) -> tuple[Ints, Ints, Ints, Ints] | None:
        """Rows of pixels inside triangles: (triangle, row, first pixel, count); None where they are too many."""
        x0, y0, x1, y1 = region
        low, high = self._reach()
        top = np.clip(np.ceil(low - 0.5 - _SPREAD), y0, y1).astype(np.int64)
        bottom = np.clip(np.floor(high + 0.5 + _SPREAD), y0, y1).astype(np.int64)
        tall = np.maximum(bottom - top, 0)
        if int(tall.sum()) > most:
            return None
        triangle = np.repeat(np.arange(len(tall)), tall)
        row = np.arange(len(triangle)) - np.repeat(np.cumsum(tall) - tall, tall) + top[triangle]
        left = np.full(len(triangle), x0 + 0.0)
        right = np.full(len(triangle), x1 - 0.0)
        with np.errstate(all="ignore"):
            for k in range(3):
                slope = self.du[triangle, k]
                here = self.base[triangle, k] + self.dv[triangle, k] * (row + 0.5)
                cross = -here / slope
                # Flat along the row: all of it, or nothing.
                cross = np.where(slope == 0, np.where(here >= 0, -np.inf, np.inf), cross)
                np.maximum(left, np.where(slope >= 0, cross, left), out=left)
                np.minimum(right, np.where(slope < 0, cross, right), out=right)
        left, right = np.clip(left, x0, x1 + 1.0), np.clip(right, x0 - 1.0, x1)
        first = np.maximum(np.ceil(left - 0.5 - _SPREAD).astype(np.int64), x0)
        last = np.minimum(np.floor(right - 0.5 + _SPREAD).astype(np.int64), x1 - 1)
        some = last >= first
        return triangle[some], row[some], first[some], (last - first + 1)[some]

    def _reach(self) -> tuple[Array, Array]:
        """The rows, in pixels, between which each triangle lies."""
        y, z = self.corners[..., 1], self.z
        if self.perspective:
            front = -_widest(-z) > 1e-6
            with np.errstate(all="ignore"):
                y = np.where(front[:, None], y / z, 0.0)
        else:
            front = np.ones(len(z), bool)
        rows = self.height / 2 - y * self.scale
        # Who reaches behind the eye may be anywhere.
        low, high = -_widest(-rows), _widest(rows)
        return np.where(front, low, 0.0), np.where(front, high, float(self.height))


def _widest(corners: Array) -> Array:
    """The largest of three columns; a reduction along so short an axis takes ten times as long."""
    return np.maximum(np.maximum(corners[:, 0], corners[:, 1]), corners[:, 2])


def _fill(
    setup: _Setup,
    triangle: Ints,
    row: Ints,
    first: Ints,
    count: Ints,
    into: Buffers,
    number: int,
) -> None:
    """Writes the pixels of some rows where they are seen."""
    span = np.repeat(np.arange(len(count)), count)
    column = np.arange(len(span)) - np.repeat(np.cumsum(count) - count, count) + first[span]
    owner, line = triangle[span], row[span]
    pixel = line * setup.width + column
    weights = setup.base[owner] + setup.du[owner] * (column + 0.5)[:, None]
    weights += setup.dv[owner] * (line + 0.5)[:, None]
    np.maximum(weights, 0.0, out=weights)
    total = weights.sum(1)
    with np.errstate(all="ignore"):
        z = 1 / total if setup.perspective else (weights * setup.z[owner]).sum(1) / total
    z = np.where((total > 0) & (z > 1e-6), z, np.inf).astype(np.float32)
    flat_z, flat_index = into.z.reshape(-1), into.index.reshape(-1)
    before = flat_z[pixel]
    np.minimum.at(flat_z, pixel, z)
    now = flat_z[pixel]
    won = (z == now) & np.isfinite(z) & (
        (z < before) | ((z == before) & (number < flat_index[pixel]))
    )  # fmt: skip
    # Of two triangles at one depth the first stays: written last.
    chosen = np.flatnonzero(won)[::-1]
    place = pixel[chosen]
    flat_index[place] = number
    shares = weights[chosen] / total[chosen, None]
    corners = setup.normals[owner[chosen]]
    normals = sum(shares[:, k, None] * corners[:, k] for k in range(3))
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    into.normals.reshape(3, -1)[:, place] = normals.T


def _halved(
    mesh: Mesh,
    transform: Transform,
    camera: Camera,
    into: Buffers,
    number: int,
    region: Window | None,
    most: int,
) -> int:
    """Draws at half the size and writes every pixel four times: a bounded time for a mesh of any layers."""
    height, width = into.z.shape
    small = Buffers.blank(max(width // 2, 1), max(height // 2, 1))
    work = 0
    if width * height > 1:
        work = draw_mesh(mesh, transform, camera, small, number, most=most)
    down, across = (
        np.arange(large, dtype=np.int64) * less // large
        for large, less in zip(into.z.shape, small.z.shape, strict=True)
    )
    x0, y0, x1, y1 = region or (0, 0, width, height)
    pick = np.ix_(down[y0:y1], across[x0:x1])
    z = small.z[pick]
    target, index = into.z[y0:y1, x0:x1], into.index[y0:y1, x0:x1]
    won = np.isfinite(z) & ((z < target) | ((z == target) & (number < index)))
    np.copyto(target, z, where=won)
    index[won] = number
    into.normals[:, y0:y1, x0:x1][:, won] = small.normals[:, *pick][:, won]
    return work
