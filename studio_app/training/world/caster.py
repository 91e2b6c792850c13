"""The batched torch caster: the same solids and formulas as `scene.cast`, many pictures at a time.

A batch is arranged in slots: slot k holds, for every picture, one solid of the same kind (or none). On a GPU a slot
is cast over whole pictures with fixed shapes, which torch.compile can fuse; on a CPU it is cast inside the
union of its windows, which for a batch of one is as tight as the numpy caster's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from studio_app.scene.camera import Camera
from studio_app.scene.cast import window
from studio_app.scene.intersect import hit, normal
from studio_app.scene.primitives import Primitive


@dataclass(frozen=True, eq=False)
class Slot:
    """One solid of one kind in each picture. inverse: world -> local [B, 3, 4]; valid: [B] bool.

    index: the solid's place in its own scene [B], -1 where there is none.
    """

    kind: str
    params: tuple[int | Tensor, ...]
    clip: tuple[Tensor, ...] | None
    inverse: Tensor
    index: Tensor
    members: tuple[Primitive | None, ...]


@dataclass(frozen=True, eq=False)
class Hits:
    """z [B, 1, H, W] (inf: background), index [B, 1, H, W] int64 (-1: background).

    normals: [B, 3, H, W], unit, in world axes.
    """

    z: Tensor
    index: Tensor
    normals: Tensor


def _key(p: Primitive) -> tuple[object, ...]:
    return p.kind, p.params[0] if p.kind == "prism" else None, p.clip is not None


def make_slots(scenes: Sequence[Sequence[Primitive]], device: torch.device) -> list[Slot]:
    """Arranges flattened scenes into slots."""
    grouped: dict[tuple[object, ...], list[list[int]]] = defaultdict(lambda: [[] for _ in scenes])
    for b, scene in enumerate(scenes):
        for i, p in enumerate(scene):
            grouped[_key(p)][b].append(i)
    slots: list[Slot] = []
    for key, lists in grouped.items():
        kind = str(key[0])
        for k in range(max(len(each) for each in lists)):
            indices = [each[k] if k < len(each) else -1 for each in lists]
            members = [scenes[b][i] if i >= 0 else None for b, i in enumerate(indices)]
            some = next(m for m in members if m is not None)
            solids = [m or some for m in members]
            inverse = np.stack([np.linalg.inv(m.transform.matrix)[:3] for m in solids])

            def column(values: Sequence[float]) -> Tensor:
                return torch.tensor(values, dtype=torch.float32, device=device)[:, None, None]

            params: tuple[int | Tensor, ...] = tuple(
                column([m.params[j] for m in solids]) for j in range(len(some.params))
            )
            if kind == "prism":
                params = (int(some.params[0]), *params[1:])
            clip = None
            if some.clip is not None:
                clip = tuple(
                    column([(m.clip or (0, 1, 0, 9))[j] for m in solids]) for j in range(4)
                )
            slots.append(
                Slot(
                    kind,
                    params,
                    clip,
                    torch.tensor(inverse, dtype=torch.float32, device=device),
                    torch.tensor(indices, device=device),
                    tuple(members),
                )
            )
    return slots


@dataclass(frozen=True, eq=False)
class Rays:
    """Affine rays of B cameras (see `Camera.pixel_rays`), each tensor [B, 3]; parallel cameras share one kind."""

    cameras: tuple[Camera, ...]
    width: int
    height: int
    eye: Tensor
    base: Tensor
    du: Tensor
    dv: Tensor
    forward: Tensor

    @property
    def parallel(self) -> bool:
        return self.cameras[0].fov is None


def make_rays(cameras: Sequence[Camera], width: int, height: int, device: torch.device) -> Rays:
    """Cameras of one batch must be all perspective or all parallel."""
    if len({c.fov is None for c in cameras}) != 1:
        raise ValueError("a batch needs cameras of one kind: all perspective, or all parallel")
    rows = [(*c.pixel_rays(width, height), c.basis()[2]) for c in cameras]
    parts = [
        torch.tensor(np.stack([r[j] for r in rows]), dtype=torch.float32, device=device)
        for j in range(5)
    ]
    return Rays(tuple(cameras), width, height, *parts)


def _window(slot: Slot, rays: Rays) -> tuple[int, int, int, int]:
    if rays.eye.is_cuda:
        return 0, 0, rays.width, rays.height
    boxes = [
        window(m, c, rays.width, rays.height)
        for m, c in zip(slot.members, rays.cameras, strict=True)
        if m is not None
    ]
    low, high = np.min(boxes, axis=0), np.max(boxes, axis=0)
    return int(low[0]), int(low[1]), int(high[2]), int(high[3])


def cast(slots: Sequence[Slot], rays: Rays, *, want_normals: bool = True) -> Hits:
    """Casts one ray through every pixel centre of every picture."""
    device, count = rays.eye.device, len(rays.cameras)
    shape = (count, rays.height, rays.width)
    z = torch.full(shape, float("inf"), device=device)
    index = torch.full(shape, -1, dtype=torch.int64, device=device)
    normals = torch.zeros((count, 3, rays.height, rays.width), device=device)
    u_all = torch.arange(rays.width, device=device, dtype=torch.float32) + 0.5
    v_all = torch.arange(rays.height, device=device, dtype=torch.float32) + 0.5
    for slot in slots:
        x0, y0, x1, y1 = _window(slot, rays)
        if x0 >= x1 or y0 >= y1:
            continue
        u, v = u_all[x0:x1][None, None, :], v_all[y0:y1][None, :, None]
        linear, shift = slot.inverse[:, :, :3], slot.inverse[:, :, 3]

        def local(w: Tensor, linear: Tensor = linear) -> list[Tensor]:
            return [c[:, None, None] for c in (linear @ w[:, :, None])[:, :, 0].unbind(1)]

        lb, lu, lv = local(rays.base), local(rays.du), local(rays.dv)
        eye = [e + s[:, None, None] for e, s in zip(local(rays.eye), shift.unbind(1), strict=True)]
        spread = [b + u * a + v * c for b, a, c in zip(lb, lu, lv, strict=True)]
        if rays.parallel:
            o, d = [e + s for e, s in zip(eye, spread, strict=True)], local(rays.forward)
        else:
            o, d = eye, spread
        t = hit(slot.kind, slot.params, slot.clip, o, d, torch)
        t = torch.where((slot.index >= 0)[:, None, None], t, float("inf"))
        target = z[:, y0:y1, x0:x1]
        closer = t < target
        target.copy_(torch.where(closer, t, target))
        place = index[:, y0:y1, x0:x1]
        place.copy_(torch.where(closer, slot.index[:, None, None], place))
        if want_normals:
            safe = torch.where(closer, t, torch.zeros(()))
            p = [a + safe * b for a, b in zip(o, d, strict=True)]
            n = normal(slot.kind, slot.params, slot.clip, p[0], p[1], p[2], torch)
            for k in range(3):
                # A normal transforms by the inverse transpose: world n = L^T n_local for L = world -> local.
                w = sum(n[j] * linear[:, j, k][:, None, None] for j in range(3))
                plane = normals[:, k, y0:y1, x0:x1]
                plane.copy_(torch.where(closer, w, plane))
    square = normals[:, 0:1] ** 2 + normals[:, 1:2] ** 2 + normals[:, 2:3] ** 2
    return Hits(z[:, None], index[:, None], normals * (square + 1e-20).rsqrt())


def positions(hits: Hits, rays: Rays) -> tuple[Tensor, Tensor]:
    """World positions [B, 3, H, W] of the hits (far away on background) and unit view directions [B, 3, H, W]."""
    device = rays.eye.device
    u = (torch.arange(rays.width, device=device, dtype=torch.float32) + 0.5)[None, None, None, :]
    v = (torch.arange(rays.height, device=device, dtype=torch.float32) + 0.5)[None, None, :, None]

    def wide(t: Tensor) -> Tensor:
        return t[:, :, None, None]

    spread = wide(rays.base) + u * wide(rays.du) + v * wide(rays.dv)
    z = hits.z.clamp(max=1e4)
    if rays.parallel:
        direction = wide(rays.forward).expand_as(spread)
        return wide(rays.eye) + spread + z * direction, direction
    square = spread[:, 0:1] ** 2 + spread[:, 1:2] ** 2 + spread[:, 2:3] ** 2
    return wide(rays.eye) + z * spread, spread * square.rsqrt()
