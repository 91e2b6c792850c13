"""From descriptions to finished pictures with their ground truth: a batch of solids, cameras and moods in, maps out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from studio_app.scene.camera import Camera
from studio_app.scene.primitives import Primitive
from studio_app.training.world import shading, styles
from studio_app.training.world.caster import Hits, Rays, cast, make_rays, make_slots, positions
from studio_app.training.world.grounds import DETAIL, GROUNDS
from studio_app.training.world.lights import Light, make_light
from studio_app.training.world.materials import COVER_ROW, ROW, Surface, covers, table

MID_GREY = 0.5
"""What isolated assets are laid over (display value)."""

SHADOW_SPAN = 3.6
"""World height of the light's view: subject, and its shadow around it."""


@dataclass(frozen=True, eq=False)
class Stage:
    """One picture to render: solids in world coordinates and how they are made and lit.

    ground: a name from grounds.GROUNDS, or None for an isolated asset (alpha, over mid grey).
    subject: which solids belong to the subject; the others are the ground and what lies on it.
    finishes: (first solid, material, colour) of what is made otherwise from there on. style: a name of styles.STYLES.
    """

    primitives: tuple[Primitive, ...]
    camera: Camera
    material: str
    colour: str
    light: str
    ground: str | None
    seed: int
    subject: tuple[bool, ...]
    finishes: tuple[tuple[int, str, str], ...] = ()
    style: str | None = None


@dataclass(frozen=True, eq=False)
class Pictures:
    """Display RGB and ground truth, float [B, C, height, width] in 0..1 (normals -1..1 in camera axes).

    depth: inverse depth, nearest point of the picture 1, background 0. subject: coverage of the subject.
    z: axial distance at the picture's own resolution, inf on background (for joint visibility).
    """

    rgb: Tensor
    alpha: Tensor
    subject: Tensor
    depth: Tensor
    normals: Tensor
    ids: Tensor
    albedo: Tensor
    roughness: Tensor
    metallic: Tensor
    z: Tensor


def _light_rays(
    stages: Sequence[Stage], direction: Tensor, size: int, device: torch.device
) -> Rays:
    cameras: list[Camera] = []
    for row in direction[:, :, 0, 0].cpu().numpy():
        target = np.array([0.0, 0.55, 0.0])
        x, y, z = (float(v) for v in target + row * 6.0)
        cameras.append(Camera(eye=(x, y, z), target=(0.0, 0.55, 0.0), fov=None, height=SHADOW_SPAN))
    return make_rays(cameras, size, size, device)


def _inverse_depth(z: Tensor) -> Tensor:
    """(1/z - 1/far) / (1/near - 1/far) with near the nearest hit; far 40, or close behind an object that floats."""
    flat = z.flatten(1)
    hit = torch.isfinite(flat)
    near = torch.where(hit, flat, torch.full_like(flat, 1e9)).amin(1)[:, None, None, None]
    last = torch.where(hit, flat, torch.zeros_like(flat)).amax(1)[:, None, None, None]
    far = torch.where(
        last > near + 6, torch.full_like(near, 40.0), near + 1.8 * (last - near) + 0.4
    )
    return ((1 / z.clamp(max=1e9) - 1 / far) / (1 / near - 1 / far)).clamp(0, 1)


@torch.inference_mode()
def render(
    stages: Sequence[Stage],
    size: int | tuple[int, int] = 256,
    oversample: float = 1.5,
    device: str = "cpu",
) -> Pictures:
    """Renders a batch. Everything is computed at size * oversample and averaged down, which smooths the edges.

    size: one side of square pictures, or width and height. All cameras have perspective, or none has.
    """
    dev = torch.device(device)
    width, height = (size, size) if isinstance(size, int) else size
    across, full = round(width * oversample), round(height * oversample)
    slots = make_slots([s.primitives for s in stages], dev)
    rays = make_rays([s.camera for s in stages], across, full, dev)
    light = make_light(
        [s.light for s in stages], [np.random.default_rng([s.seed, 5]) for s in stages], dev
    )
    hits = cast(slots, rays)
    position, view = positions(hits, rays)

    m = _matter(stages, hits, position)
    looks = [s.style for s in stages]
    normals = shading.bumped(hits.normals, position, m.relief, hits.index)
    light_rays = _light_rays(stages, light.direction, 320, dev)
    shade = shading.shadow(slots, light_rays, position, hits.normals)
    ambient = shading.occlusion(position, hits.normals, hits.z, reach=20 * full / 256)
    colour = shading.lit(m, normals, view, position, shade, ambient, light)
    outdoors = torch.tensor([s.ground is not None for s in stages], device=dev)[:, None, None, None]
    colour = _with_distance(stages, colour, hits, view, outdoors, light)
    colour = styles.drawn(colour, m, hits, looks)
    rgb = styles.picture(shading.film(colour, light.exposure), looks)
    shape = (height, width)

    def down(x: Tensor) -> Tensor:
        return (
            F.interpolate(x, shape, mode="area")
            if (across, full) == (2 * width, 2 * height)
            else F.interpolate(x, shape, mode="bilinear", antialias=True, align_corners=False)
        )

    def pick(x: Tensor) -> Tensor:
        return F.interpolate(x, shape, mode="nearest-exact")

    solid = (hits.index >= 0).float()
    alpha = torch.where(outdoors, torch.ones_like(hits.z), solid)
    small_alpha = down(alpha)
    # Premultiplied, then laid over mid grey: the edge blends as an engine would blend it.
    rgb = down(rgb * alpha) + (1 - small_alpha) * MID_GREY
    axes = torch.tensor(
        np.stack([s.camera.basis() * [[1], [1], [-1]] for s in stages]),
        dtype=torch.float32,
        device=dev,
    )
    in_camera = torch.einsum("bij,bjhw->bihw", axes, hits.normals)
    return Pictures(
        rgb=rgb.clamp(0, 1),
        alpha=small_alpha,
        subject=down(_of_solids([s.subject for s in stages], hits)),
        depth=down(_inverse_depth(hits.z)),
        normals=pick(in_camera),
        ids=pick(_of_solids([[p.part for p in s.primitives] for s in stages], hits)),
        albedo=down(m.albedo.clamp(0, 1).pow(1 / 2.2) * solid),
        roughness=down(m.roughness * solid),
        metallic=down(m.metallic * solid),
        z=pick(hits.z),
    )


def _matter(stages: Sequence[Stage], hits: Hits, position: Tensor) -> shading.Matter:
    """What every pixel is of: the solids' materials, what covers them, the ground's paint, the style's changes."""
    device = position.device
    count = max(len(s.primitives) for s in stages)
    tables = np.zeros((len(stages), count, ROW + 16), np.float32)
    for b, s in enumerate(stages):
        tables[b, : len(s.primitives)] = _finished(s)
    rows = torch.from_numpy(tables).to(device)
    m = shading.matter(rows, hits.index, position)
    over = _covers(stages, count)
    if over is not None:
        m = shading.covered(m, torch.from_numpy(over).to(device), rows, hits.index, position)
    m = _paint_ground(stages, m, hits.index, position)
    return styles.matter(m, [s.style for s in stages], position)


def _with_distance(
    stages: Sequence[Stage],
    colour: Tensor,
    hits: Hits,
    view: Tensor,
    outdoors: Tensor,
    light: Light,
) -> Tensor:
    """Fog and sky where there is a ground; behind all else nothing. outdoors: bool [B, 1, 1, 1]."""
    background = hits.index < 0
    start = torch.tensor(
        [float(np.linalg.norm(np.subtract(s.camera.target, s.camera.eye))) + 0.8 for s in stages],
        device=colour.device,
    )[:, None, None, None]
    z = hits.z.clamp(max=1e4)
    colour = torch.where(outdoors, shading.fogged(colour, z, start, light), colour)
    if bool(outdoors.any()):
        colour = torch.where(background & outdoors, shading.sky(view, light), colour)
    return torch.where(background & ~outdoors, torch.zeros(()), colour)


def _of_solids(values: Sequence[Sequence[float]], hits: Hits) -> Tensor:
    """Of each pixel what is said of the solid that it shows, float [B, 1, H, W]; 0 on background."""
    table = torch.zeros((len(values), max(map(len, values)) + 1), device=hits.z.device)
    for b, said in enumerate(values):
        table[b, 1 : len(said) + 1] = torch.tensor(said, dtype=torch.float32)
    return table.gather(1, (hits.index + 1).flatten(1)).view_as(hits.z)


def _parts(s: Stage) -> list[tuple[int, int, str, str]]:
    """(first solid, one past the last, material, colour) of everything in a stage."""
    marks = [(0, s.material, s.colour), *s.finishes]
    ends = [first for first, _, _ in s.finishes] + [len(s.primitives)]
    return [(first, end, m, c) for (first, m, c), end in zip(marks, ends, strict=True)]


def _overrides(s: Stage) -> dict[str, Surface]:
    return {} if s.ground is None else {"ground_detail": DETAIL[s.ground]}


def _finished(s: Stage) -> NDArray[np.float32]:
    rows = [
        table(s.primitives[a:b], material, colour, _overrides(s), first=a)
        for a, b, material, colour in _parts(s)
        if b > a
    ]
    return np.concatenate(rows)


def _covers(stages: Sequence[Stage], count: int) -> NDArray[np.float32] | None:
    """What lies over the solids of a batch [B, count, COVER_ROW], or None: most pictures have none."""
    out = np.zeros((len(stages), count, COVER_ROW), np.float32)
    out[:, :, 8] = 9.0
    found = False
    for b, s in enumerate(stages):
        for first, end, material, colour in _parts(s):
            rows = covers(s.primitives[first:end], material, colour, _overrides(s))
            if rows is not None:
                out[b, first:end], found = rows, True
    return out if found else None


def _paint_ground(
    stages: Sequence[Stage], m: shading.Matter, index: Tensor, position: Tensor
) -> shading.Matter:
    """Replaces the plane's matter by its ground's look, picture by picture."""
    albedo, roughness, relief = m.albedo.clone(), m.roughness.clone(), m.relief.clone()
    metallic, wrap, emission = m.metallic.clone(), m.wrap.clone(), m.emission.clone()
    for b, s in enumerate(stages):
        places = [i for i, p in enumerate(s.primitives) if p.kind == "plane"]
        if s.ground is None or not places:
            continue
        on = index[b : b + 1] == places[0]
        rows = on[0, 0].any(1).nonzero()
        if not len(rows):
            continue
        # Only the rows that show ground: a sky costs nothing here.
        top, bottom = int(rows[0]), int(rows[-1]) + 1
        on = on[:, :, top:bottom]
        place = position[b : b + 1, :, top:bottom].clamp(-60, 60)
        look = GROUNDS[s.ground](place + (s.seed % 97) * 0.173)
        # Far away the pattern is finer than a pixel: let it fade instead of sparkle.
        distance = (place[:, 0:1] ** 2 + place[:, 2:3] ** 2).sqrt()
        near = torch.exp(-0.16 * (distance - 1.5).clamp(min=0))
        mean = (look.albedo * on).sum((2, 3), keepdim=True) / on.sum().clamp(min=1)
        painted = (
            (albedo, mean + (look.albedo - mean) * near),
            (roughness, look.roughness),
            (relief, look.relief * near),
            (metallic, torch.zeros_like(near)),
            *(() if look.emission is None else ((emission, look.emission * near),)),
            (wrap, torch.full_like(near, 0.35 if s.ground == "snow" else 0.1)),
        )
        for plane, value in painted:
            window = plane[b : b + 1, :, top:bottom]
            window.copy_(torch.where(on, value, window))
    return shading.Matter(albedo, roughness, metallic, emission, m.transmission, wrap, relief)
