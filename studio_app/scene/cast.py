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
from studio_app.scene.window import Window, windows

__all__ = ["GBuffer", "cast", "flatten", "window"]

Float = NDArray[np.float32]


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
class _Rays:
    """The camera's rays in the local axes of N solids; float32, all [N, 3].

    A pixel's ray starts at `eye` + spread and runs along `forward` (a parallel camera), or starts at
    `eye` and runs along spread (a perspective); spread = base + u * du + v * dv.
    """

    perspective: bool
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
        if self.perspective:
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
    z = np.full((height, width), np.inf, np.float32)
    index = np.full((height, width), -1, np.int32)
    normals = np.zeros((3, height, width), np.float32)
    solids = [item for item in scene if isinstance(item, Primitive)]
    if len(solids) < len(scene):
        solids = list(flatten(scene))
    if solids:
        places = windows(solids, camera, width, height)
        matrices = np.stack([s.transform.matrix for s in solids])
        inverses = np.linalg.inv(matrices).astype(np.float64, copy=False)
        rays = _local_rays(camera, inverses, width, height)
        # Misses carry infinities through the interval arithmetic on purpose.
        with np.errstate(all="ignore"):
            for i, (solid, place) in enumerate(zip(solids, places, strict=True)):
                _nearest(i, solid, place, rays, z, index)
            _shade(solids, places, rays, _normal_maps(camera, inverses), z, index, normals)
    parts = np.array([0, *(s.part for s in solids)], np.int32)[index + 1]
    depth = inverse_depth(z, camera.near, camera.far).astype(np.float32, copy=False)
    return GBuffer(z, depth, np.ascontiguousarray(normals.transpose(1, 2, 0)), parts, index)


def _local_rays(camera: Camera, inverses: NDArray[np.float64], width: int, height: int) -> _Rays:
    eye, base, du, dv = camera.pixel_rays(width, height)
    linear = inverses[:, :3, :3]
    forward = camera.basis()[2]
    # Differences of large numbers are taken in float64; what remains is safe in float32.
    origin = linear @ eye + inverses[:, :3, 3]
    across = linear @ np.stack([base, du, dv, forward], 1)
    origin, across = origin.astype(np.float32), across.astype(np.float32)
    rays = (across[:, :, k] for k in range(4))
    return _Rays(camera.fov is not None, origin, *rays)


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
    i: int, solid: Primitive, place: Window, rays: _Rays, z: Float, index: NDArray[np.int32]
) -> None:
    """Writes solid i into z and index where it is nearer than what is there."""
    x0, y0, x1, y1 = place
    if x0 >= x1 or y0 >= y1:
        return
    o, d = rays.at(i, *_positions(place))
    t = hit(solid.kind, solid.params, solid.clip, o, d, np)
    target = z[y0:y1, x0:x1]
    nearer = t < target
    np.copyto(target, t, where=nearer)
    np.copyto(index[y0:y1, x0:x1], i, where=nearer)


def _shade(
    solids: Sequence[Primitive],
    places: Sequence[Window],
    rays: _Rays,
    maps: Float,
    z: Float,
    index: NDArray[np.int32],
    normals: Float,
) -> None:
    """Fills normals [3, height, width] from who is seen where."""
    width = z.shape[1]
    flat, flat_z = normals.reshape(3, -1), z.reshape(-1)
    for i, (solid, (x0, y0, x1, y1)) in enumerate(zip(solids, places, strict=True)):
        if x0 >= x1 or y0 >= y1:
            continue
        rows, columns = np.nonzero(index[y0:y1, x0:x1] == i)
        if not len(rows):
            continue
        rows, columns = rows + y0, columns + x0
        pixels = rows * width + columns
        if solid.kind == "plane":
            flat[:, pixels] = maps[i][:, 1:2]  # up, everywhere
            continue
        half = np.float32(0.5)
        o, d = rays.at(i, columns.astype(np.float32) + half, rows.astype(np.float32) + half)
        near = flat_z[pixels]
        x, y, w = (o[k] + near * d[k] for k in range(3))
        n = normal(solid.kind, solid.params, solid.clip, x, y, w, np)
        flat[:, pixels] = maps[i] @ np.stack(n).astype(np.float32, copy=False)
    length = np.sqrt(flat[0] * flat[0] + flat[1] * flat[1] + flat[2] * flat[2])
    flat /= np.maximum(length, np.float32(1e-12))
