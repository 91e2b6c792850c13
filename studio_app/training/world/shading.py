"""Light on what the caster found: shadow, occlusion, relief, gloss, refraction, air, glow, film.

All tensors are channel-first, [B, C, H, W], linear RGB until `film`. The model is a plain microfacet one (GGX after
Walter et al. 2007, Schlick fresnel) with painterly additions: wrapped diffuse light, a rim, a pool of torchlight.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from studio_app.training.world import noise
from studio_app.training.world.caster import Rays, Slot, cast
from studio_app.training.world.lights import Light, environment


def dot(a: Tensor, b: Tensor) -> Tensor:
    """Scalar product over the channels, [B, 1, H, W]; sums in place of a reduction, which is slow on a CPU."""
    out = a[:, 0:1] * b[:, 0:1]
    for k in range(1, a.shape[1]):
        out = out + a[:, k : k + 1] * b[:, k : k + 1]
    return out


def unit(a: Tensor) -> Tensor:
    return a * (dot(a, a) + 1e-20).rsqrt()


@dataclass(frozen=True, eq=False)
class Matter:
    """What each pixel is made of: albedo [B, 3, H, W]; the others [B, 1, H, W]. relief is a height in world units."""

    albedo: Tensor
    roughness: Tensor
    metallic: Tensor
    emission: Tensor
    transmission: Tensor
    wrap: Tensor
    relief: Tensor


def matter(tables: Tensor, index: Tensor, position: Tensor) -> Matter:
    """Looks every pixel's solid up in `tables` [B, K, ROW + 16] (see `materials.table`) and paints its pattern."""
    b, _, h, w = index.shape
    rows = tables.transpose(1, 2)
    places = index.clamp(min=0).view(b, 1, h * w).expand(b, rows.shape[1], h * w)
    v = rows.gather(2, places).view(b, -1, h, w)
    inverse, lengths, offset = v[:, 19:31], v[:, 31:34], v[:, 34:35]
    local = torch.cat(
        [
            dot(inverse[:, 4 * k : 4 * k + 3], position) + inverse[:, 4 * k + 3 : 4 * k + 4]
            for k in range(3)
        ],
        1,
    )
    patterns = noise.sample(local * lengths * v[:, 8:11] + offset)
    tone = 1 + ((patterns - 0.5) * v[:, 11:15]).sum(1, keepdim=True)
    return Matter(
        albedo=(v[:, 0:3] * tone.clamp(0.25, 1.7)).clamp(0, 1),
        roughness=(v[:, 3:4] + 0.25 * (patterns[:, 3:4] - 0.5) * (v[:, 3:4] > 0.2)).clamp(0.05, 1),
        metallic=v[:, 4:5],
        emission=v[:, 5:6],
        transmission=v[:, 6:7],
        wrap=v[:, 7:8],
        relief=(patterns * v[:, 15:19]).sum(1, keepdim=True),
    )


def covered(m: Matter, covers: Tensor, tables: Tensor, index: Tensor, position: Tensor) -> Matter:
    """The matter with what lies over it in patches; covers [B, K, COVER_ROW] (see `materials.covers`)."""
    b, _, h, w = index.shape
    places = index.clamp(min=0).view(b, 1, h * w)

    def at(table: Tensor, first: int, last: int) -> Tensor:
        rows = table.transpose(1, 2)[:, first:last]
        return rows.gather(2, places.expand(b, last - first, h * w)).view(b, -1, h, w)

    inverse, lengths, offset = at(tables, 19, 31), at(tables, 31, 34), at(tables, 34, 35)
    axes = [
        dot(inverse[:, 4 * k : 4 * k + 3], position) + inverse[:, 4 * k + 3 : 4 * k + 4]
        for k in range(3)
    ]
    place = torch.cat(axes, 1) * lengths * at(tables, 8, 11) + offset
    v = at(covers, 0, 13)
    patterns = torch.cat([noise.sample(place), _joints(place)], 1)
    share = ((dot(patterns, v[:, 3:8]) - v[:, 8:9]) * v[:, 9:10]).clamp(0, 1)
    share = share * (index >= 0)

    def mixed(low: Tensor, high: Tensor) -> Tensor:
        return low + (high - low) * share

    none = torch.zeros_like(share)
    return Matter(
        albedo=mixed(m.albedo, v[:, 0:3] * (0.75 + 0.5 * patterns[:, 0:1])),
        roughness=mixed(m.roughness, v[:, 10:11]),
        metallic=mixed(m.metallic, none),
        emission=mixed(m.emission, v[:, 11:12]),
        transmission=mixed(m.transmission, none),
        wrap=m.wrap,
        relief=m.relief + share * v[:, 12:13],
    )


def _joints(place: Tensor) -> Tensor:
    """1 in the joints of a running bond that is wound round the solid, 0 on its bricks, [B, 1, H, W]."""
    row = place[:, 1:2] * 7.0
    along = (place[:, 0:1] + place[:, 2:3]) * 3.2 + 0.5 * (row.floor() % 2)
    fy, fx = (row - row.floor() - 0.5).abs(), (along - along.floor() - 0.5).abs()
    return torch.maximum((fy - 0.38) * 8.3, (fx - 0.44) * 16).clamp(0, 1)


def _differences(x: Tensor) -> tuple[Tensor, Tensor]:
    """Forward differences to the right and down, zero at the last column and row."""
    return F.pad(x[..., 1:] - x[..., :-1], (0, 1)), F.pad(
        x[..., 1:, :] - x[..., :-1, :], (0, 0, 0, 1)
    )


def bumped(
    normals: Tensor, position: Tensor, relief: Tensor, index: Tensor, strength: float = 1.0
) -> Tensor:
    """Normals bent by a relief known only on screen (Mikkelsen, Bump Mapping Unparametrized Surfaces, 2010)."""
    px, py = _differences(position)
    hx, hy = _differences(relief)
    ix, iy = _differences(index.float())
    hx, hy = hx * (ix == 0), hy * (iy == 0)
    r1, r2 = torch.cross(py, normals, dim=1), torch.cross(normals, px, dim=1)
    det = dot(px, r1)
    gradient = torch.sign(det) * (hx * r1 + hy * r2)
    return unit(det.abs() * normals - strength * gradient)


def _spiral(k: int, radius: float) -> tuple[float, float]:
    """Point k of a sunflower spiral: even directions for any number of taps."""
    angle = k * 2.399963  # the golden angle
    return radius * math.cos(angle), radius * math.sin(angle)


def shadow(
    slots: list[Slot], light_rays: Rays, position: Tensor, normals: Tensor, spread: float = 0.018
) -> Tensor:
    """Share of the key that arrives [B, 1, H, W]: a depth map from the light, read 9 times in a disc."""
    z = cast([s for s in slots if s.kind != "plane"], light_rays, want_normals=False).z
    z = torch.where(torch.isfinite(z), z, torch.full_like(z, 1e4))
    size, half = light_rays.width, light_rays.cameras[0].height / 2

    def axis(direction: Tensor, point: Tensor) -> Tensor:
        return dot(point - light_rays.eye[:, :, None, None], direction[:, :, None, None])

    right = F.normalize(light_rays.du, dim=1)
    down = F.normalize(light_rays.dv, dim=1)
    point = position + normals * 0.012
    u, v, depth = (
        axis(right, point) / half,
        axis(down, point) / half,
        axis(light_rays.forward, point),
    )
    lit = torch.zeros_like(depth)
    taps = [(0.0, 0.0), *(_spiral(k, ((k + 1) / 8) ** 0.5) for k in range(8))]
    bias = 0.012 + 2.0 / size
    for x, y in taps:
        grid = torch.cat([u + x * spread, v + y * spread], 1).permute(0, 2, 3, 1)
        occluder = F.grid_sample(
            z, grid, mode="nearest", padding_mode="border", align_corners=False
        )
        lit += ((occluder - depth + bias) / bias).clamp(0, 1)
    inside = (u.abs() < 1) & (v.abs() < 1)
    return torch.where(inside, lit / len(taps), torch.ones_like(lit))


def occlusion(position: Tensor, normals: Tensor, z: Tensor, reach: float) -> Tensor:
    """Ambient light that arrives [B, 1, H, W], from the neighbours on screen within `reach` pixels.

    After Bavoil and Sainz, Multi-Layer Dual-Resolution Screen-Space Ambient Occlusion, 2009.
    """
    h, w = z.shape[-2:]
    pad = max(int(reach) + 1, 2)
    wide = F.pad(position, (pad,) * 4, mode="replicate")
    total = torch.zeros_like(z)
    count = 12
    for k in range(count):
        dx, dy = (round(v) for v in _spiral(k, reach * (k + 0.6) / count))
        other = wide[..., pad + dy : pad + dy + h, pad + dx : pad + dx + w]
        delta = other - position
        square = dot(delta, delta) + 1e-5
        rise = dot(delta, normals) * square.rsqrt()
        total += (rise - 0.12).clamp(min=0) / (1 + 9 * square)
    return (1 - 1.75 * total / count).clamp(0.12, 1)


def lit(
    m: Matter,
    normals: Tensor,
    view: Tensor,
    position: Tensor,
    shade: Tensor,
    ambient: Tensor,
    light: Light,
) -> Tensor:
    """Outgoing radiance [B, 3, H, W]. view: unit directions from the eye; shade, ambient: shares of key and sky."""
    ndl = dot(normals, light.direction)
    facing = (-dot(normals, view)).clamp(1e-3, 1)
    half = unit(light.direction - view)
    ndh = dot(normals, half).clamp(0, 1)
    alpha2 = m.roughness.pow(4).clamp(min=4e-4)
    ggx = alpha2 / (3.14159 * (ndh * ndh * (alpha2 - 1) + 1).pow(2))
    f0 = 0.05 + (m.albedo - 0.05) * m.metallic
    schlick = (1 - facing).pow(5)
    fresnel = f0 + (1 - f0) * schlick * (1 - 0.6 * m.roughness)
    # A torch lights a pool: its key fades with the distance from the subject's foot.
    away = dot(position, position)
    key = light.key * (1 - light.pool + light.pool / (1 + 0.22 * away))
    diffuse = ((ndl + m.wrap * 0.5) / (1 + m.wrap * 0.5)).clamp(min=0)
    shade = torch.maximum(shade, 0.45 * m.transmission)
    sky = 0.5 + 0.5 * normals[:, 1:2]
    fill = light.bounce + (0.55 * light.zenith + 0.45 * light.horizon - light.bounce) * sky
    matte = m.albedo * (1 - m.metallic) * (1 - 0.8 * m.transmission)
    out = matte * (key * diffuse * shade * 0.75 + fill * ambient * 0.95)
    gloss = (ggx * 0.25).clamp(max=6) * ndl.clamp(min=0) * shade
    out = out + key * gloss * fresnel
    mirror = view + 2 * facing * normals
    around = environment(mirror, light, m.roughness)
    # A metal takes its colour from itself: a blue sky in it would turn gold to olive, so it mirrors a greyer one.
    grey = (around[:, 0:1] + around[:, 1:2] + around[:, 2:3]) / 3
    around = around + (grey * 1.25 - around) * (0.7 * m.metallic)
    out = out + around * fresnel * ambient * (1 - 0.55 * m.roughness)
    out = out + m.albedo * m.metallic * (key * diffuse * shade * 0.22 + fill * 0.25 * ambient)
    out = out + m.transmission * _refracted(m, normals, view, key, fill, light)
    edge = (1 - facing).pow(3) * (0.35 + 0.65 * dot(normals, light.rim_direction).clamp(min=0))
    out = out + light.rim * edge * (0.3 + 0.7 * m.albedo) * 0.75 * ambient
    return out + m.emission * m.albedo * (0.55 + 0.45 * facing)


def _refracted(
    m: Matter, normals: Tensor, view: Tensor, key: Tensor, fill: Tensor, light: Light
) -> Tensor:
    """What is seen through a body of glass [B, 3, H, W]. key, fill: the light that reaches it.

    It is a lens, so what shows is the surroundings upside down; seen edge-on the path through it is longer and its
    tint deeper; the key gathers in a caustic on the side away from it.
    """
    facing = (-dot(normals, view)).clamp(1e-3, 1)
    lens = unit(
        torch.cat(
            [
                view[:, 0:1] - 0.9 * normals[:, 0:1],
                -view[:, 1:2] - 1.1 * normals[:, 1:2],
                view[:, 2:3],
            ],
            1,
        )
    )
    behind = environment(lens, light, 0.4)
    behind = behind + (behind.mean(1, keepdim=True) - behind) * 0.6
    tint = m.albedo.clamp(min=0.015).pow(0.45 + 0.95 * (1 - facing))
    caustic = -dot(
        normals,
        light.direction * torch.tensor([1.0, 1.0, -1.0], device=view.device)[None, :, None, None],
    )
    return tint * (
        behind * 0.8 + key * 0.42 * caustic.clamp(min=0).pow(2.5) + fill * 0.22 + key * 0.05
    )


def sky(view: Tensor, light: Light) -> Tensor:
    """What stands behind everything [B, 3, H, W]: gradient, glow round the key, thin clouds, stars on a clear night."""
    y = view[:, 1:2]
    up = (y * 1.6).clamp(0, 1).sqrt()
    out = light.horizon + (light.zenith - light.horizon) * up
    level = y.abs().clamp(min=0.05)
    plane = torch.cat(
        [view[:, 0:1] / level * 0.11, torch.zeros_like(y), view[:, 2:3] / level * 0.11], 1
    )
    cloud = ((noise.sample(plane)[:, 0:1] - 0.52) * 3.2).clamp(0, 1) * (y * 5).clamp(0, 1)
    out = (
        out
        + cloud
        * (light.horizon * 0.55 + 0.10 * light.key * light.horizon - 0.25 * light.zenith)
        * 0.7
    )
    if bool((light.stars > 0).any()):
        star = ((noise.sample(view * 3.1)[:, 3:4] - 0.83) * 14).clamp(0, 1) * (y * 3).clamp(0, 1)
        out = out + light.stars * star * 0.9
    return out


def fogged(colour: Tensor, z: Tensor, start: Tensor, light: Light) -> Tensor:
    """Air between: fades to the horizon's colour with the distance beyond `start` [B, 1, 1, 1]."""
    share = 1 - torch.exp(
        -light.fog * (z - start).clamp(0, 60) * (1 + 0.12 * (z - start).clamp(0, 60))
    )
    return colour + (light.horizon - colour) * share


def film(colour: Tensor, exposure: Tensor) -> Tensor:
    """Bloom, a filmic curve (Narkowicz 2015) and the sRGB-like gamma 1/2.2: display RGB 0..1."""
    h, w = colour.shape[-2:]
    bright = (colour - 1.1).clamp(0, 4)
    small = F.avg_pool2d(bright, 8, ceil_mode=True)
    small = F.avg_pool2d(F.pad(small, (2,) * 4, mode="replicate"), 5, stride=1)
    colour = colour + 0.28 * F.interpolate(small, (h, w), mode="bilinear", align_corners=False)
    x = colour * exposure * 0.62
    x = (x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14)
    grey = (x * x.new_tensor([0.2126, 0.7152, 0.0722])[None, :, None, None]).sum(1, keepdim=True)
    return (grey + (x - grey) * 1.08).clamp(0, 1).pow(1 / 2.2)
