"""`cast`: what one camera sees of a few solids, analytically, each inside its own bounds.

Two passes: who is nearest at each pixel, then normals only where each solid is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio_app.scene.camera import Camera, inverse_depth
from studio_app.scene.intersect import hit, normal
from studio_app.scene.primitives import Group, Primitive
from studio_app.scene.window import Window, overlap, windows

__all__ = ["Buffers", "GBuffer", "cast", "draw", "flatten", "window"]

Float = NDArray[np.float32]
FAR_AWAY = 200.0
"""A solid whose camera is so far away, in its own units, is met from beside it: squares of longer ways leave float32
too few digits for the solid itself, and what is thin would be seen in specks."""


@dataclass(frozen=True, eq=False)
class GBuffer:
    """What the camera sees, one value a pixel; arrays are [height, width] or [height, width, 3].

    z: axial distance, inf on background. depth: inverse depth 0..1 (near 1, background 0).
    normals: unit, camera axes (x right, y up, z towards the viewer), zero on background.
    parts: part ids, 0 on background. index: position in the flattened scene, -1 on background.
    """

    z: Float
    depth: Float
    normals: Float
    parts: NDArray[np.int32]
    index: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Buffers:
    """What is drawn into, nearest first kept. As in `GBuffer`, but normals are [3, height, width]."""

    z: Float
    index: NDArray[np.int32]
    normals: Float

    @classmethod
    def blank(cls, width: int, height: int) -> Buffers:
        """Background everywhere."""
        return cls(
            np.full((height, width), np.inf, np.float32),
            np.full((height, width), -1, np.int32),
            np.zeros((3, height, width), np.float32),
        )

    def copy(self) -> Buffers:
        return Buffers(self.z.copy(), self.index.copy(), self.normals.copy())

    def clear(self, region: Window) -> None:
        """Background in one part of the picture."""
        x0, y0, x1, y1 = region
        self.z[y0:y1, x0:x1] = np.inf
        self.index[y0:y1, x0:x1] = -1
        self.normals[:, y0:y1, x0:x1] = 0


@dataclass(frozen=True, eq=False)
class _Rays:
    """The camera's rays in the local axes of N solids; float32, all [N, 3].

    A pixel's ray starts at `eye` + spread and runs along `forward` (a parallel camera), or starts at
    `eye` and runs along spread (a perspective); spread = base + u * du + v * dv. start [N]: so far along the rays
    `eye` and the origins lie, which is 0 but for what is `FAR_AWAY`: there each ray has its own origin.
    """

    perspective: bool
    start: Float
    eye: Float
    base: Float
    du: Float
    dv: Float
    forward: Float

    def at(self, i: int, u: Float, v: Float) -> tuple[tuple[Float, ...], tuple[Float, ...]]:
        """Origins and directions, by component, of solid i's rays through pixel positions u, v."""
        base, du, dv = self.base[i], self.du[i], self.dv[i]
        spread = tuple((base[k] + u * du[k]) + v * dv[k] for k in range(3))
        eye = tuple(self.eye[i])
        start = self.start[i]
        if self.perspective:
            if start:
                # `eye` is on the ray through `base` there; the others are so much farther to the side.
                eye = tuple(eye[k] + start * (u * du[k] + v * dv[k]) for k in range(3))
            return eye, spread
        return tuple(e + s for e, s in zip(eye, spread, strict=True)), tuple(self.forward[i])


def flatten(scene: Sequence[Primitive | Group]) -> tuple[Primitive, ...]:
    """All solids of a scene in world coordinates."""
    return Group(tuple(scene)).flatten()


def window(primitive: Primitive, camera: Camera, width: int, height: int) -> Window:
    """Pixels (x0, y0, x1, y1) outside which the solid cannot be seen; empty where x0 >= x1."""
    return windows([primitive], camera, width, height)[0]


def cast(scene: Sequence[Primitive | Group], camera: Camera, extent: tuple[int, int]) -> GBuffer:
    """Casts one ray through every pixel centre. extent: (width, height) in pixels."""
    width, height = extent
    solids = [item for item in scene if isinstance(item, Primitive)]
    if len(solids) < len(scene):
        solids = list(flatten(scene))
    into = Buffers.blank(width, height)
    draw(solids, camera, into)
    parts = np.array([0, *(s.part for s in solids)], np.int32)[into.index + 1]
    depth = inverse_depth(into.z, camera.near, camera.far).astype(np.float32, copy=False)
    normals = np.ascontiguousarray(into.normals.transpose(1, 2, 0))
    return GBuffer(into.z, depth, normals, parts, into.index)


def draw(
    solids: Sequence[Primitive],
    camera: Camera,
    into: Buffers,
    first: int = 0,
    region: Window | None = None,
) -> int:
    """Casts solids into what is drawn already, each where it is nearer (at one depth, where its index is lower).

    first: the index of the first of them. region: the part of the picture that may change. Returns how many rays
    it cast, the work that it was.
    """
    if not solids:
        return 0
    height, width = into.z.shape
    places = windows(solids, camera, width, height)
    if region is not None:
        places = [overlap(place, region) for place in places]
    matrices = np.stack([s.transform.matrix for s in solids])
    inverses = np.linalg.inv(matrices).astype(np.float64, copy=False)
    rays = _local_rays(camera, inverses, width, height)
    # Misses carry infinities through the interval arithmetic on purpose.
    with np.errstate(all="ignore"):
        for i, (solid, place) in enumerate(zip(solids, places, strict=True)):
            _nearest(i, solid, place, rays, into, first)
        _shade(solids, places, rays, _normal_maps(camera, inverses), into, first)
    return sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in places if x0 < x1 and y0 < y1)


def _local_rays(camera: Camera, inverses: NDArray[np.float64], width: int, height: int) -> _Rays:
    eye, base, du, dv = camera.pixel_rays(width, height)
    linear = inverses[:, :3, :3]
    forward = camera.basis()[2]
    # Differences of large numbers are taken in float64; what remains is safe in float32.
    origin = linear @ eye + inverses[:, :3, 3]
    across = linear @ np.stack([base, du, dv, forward], 1)
    ahead = across[:, :, 0 if camera.fov is not None else 3]
    far = np.abs(origin).max(1) > FAR_AWAY
    middle = np.linalg.inv(inverses[far])[:, :3, 3]
    start = np.zeros(len(origin))
    start[far] = np.maximum((middle - eye) @ forward, 0.0)
    start = start.astype(np.float32)
    origin = origin + start[:, None].astype(np.float64) * ahead
    origin, across = origin.astype(np.float32), across.astype(np.float32)
    rays = (across[:, :, k] for k in range(4))
    return _Rays(camera.fov is not None, start, origin, *rays)


def _normal_maps(camera: Camera, inverses: NDArray[np.float64]) -> Float:
    """[N, 3, 3]: a solid's local normal to the camera's axes (normals go by the inverse transpose)."""
    basis = camera.basis() * np.array([[1.0], [1.0], [-1.0]])
    return (basis @ inverses[:, :3, :3].transpose(0, 2, 1)).astype(np.float32)


def _positions(place: Window) -> tuple[Float, Float]:
    """Pixel centres of a window: u [1, w] and v [h, 1]."""
    x0, y0, x1, y1 = place
    u = np.arange(x0, x1, dtype=np.float32) + np.float32(0.5)
    v = np.arange(y0, y1, dtype=np.float32) + np.float32(0.5)
    return u[None, :], v[:, None]


def _nearest(
    i: int, solid: Primitive, place: Window, rays: _Rays, into: Buffers, first: int
) -> None:
    """Writes solid i into z and index where it is nearer than what is there."""
    x0, y0, x1, y1 = place
    if x0 >= x1 or y0 >= y1:
        return
    o, d = rays.at(i, *_positions(place))
    start = rays.start[i]
    t = hit(solid.kind, solid.params, solid.clip, o, d, np, -start) + start
    target, index = into.z[y0:y1, x0:x1], into.index[y0:y1, x0:x1]
    # Who is drawn first does not matter, so that what is drawn again lies where it lay.
    nearer = (t < target) | ((t == target) & (index > first + i))
    np.copyto(target, t, where=nearer)
    np.copyto(index, first + i, where=nearer)


def _shade(
    solids: Sequence[Primitive],
    places: Sequence[Window],
    rays: _Rays,
    maps: Float,
    into: Buffers,
    first: int,
) -> None:
    """Fills the normals from who is seen where."""
    width = into.z.shape[1]
    flat, flat_z = into.normals.reshape(3, -1), into.z.reshape(-1)
    for i, (solid, (x0, y0, x1, y1)) in enumerate(zip(solids, places, strict=True)):
        if x0 >= x1 or y0 >= y1:
            continue
        rows, columns = np.nonzero(into.index[y0:y1, x0:x1] == first + i)
        if not len(rows):
            continue
        rows, columns = rows + y0, columns + x0
        pixels = rows * width + columns
        if solid.kind == "plane":
            n = maps[i][:, 1:2]  # up, everywhere
        else:
            half = np.float32(0.5)
            o, d = rays.at(i, columns.astype(np.float32) + half, rows.astype(np.float32) + half)
            near = flat_z[pixels] - rays.start[i]
            x, y, w = (o[k] + near * d[k] for k in range(3))
            local = normal(solid.kind, solid.params, solid.clip, x, y, w, np)
            # Sums written out: a matrix product's last bits depend on how many pixels there are.
            n = np.stack([sum(row[k] * local[k] for k in range(3)) for row in maps[i]])
        length = np.sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2])
        flat[:, pixels] = n / np.maximum(length, np.float32(1e-12))
