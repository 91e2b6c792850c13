"""What things are made of: materials in colours, and the fixed accents that trim them.

A surface is a row of numbers that the shader interpolates nothing of: one row a solid, looked up by its index.
Colours are linear RGB.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studio_app.scene.primitives import Primitive

RGB = tuple[float, float, float]


def srgb(r: int, g: int, b: int) -> RGB:
    """Linear RGB of 8-bit sRGB components (IEC 61966-2-1)."""

    def linear(c: int) -> float:
        v = c / 255
        return v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4

    return linear(r), linear(g), linear(b)


COLOURS: dict[str, RGB] = {
    "red": srgb(205, 28, 32),
    "orange": srgb(240, 118, 16),
    "yellow": srgb(248, 208, 36),
    "green": srgb(62, 160, 48),
    "teal": srgb(10, 152, 148),
    "blue": srgb(36, 84, 214),
    "purple": srgb(116, 46, 204),
    "white": srgb(238, 236, 230),
    "black": srgb(36, 36, 42),
    "pink": srgb(244, 112, 168),
    "brown": srgb(116, 68, 36),
    "grey": srgb(132, 134, 138),
}


@dataclass(frozen=True)
class Cover:
    """A second matter that lies over the first in patches: mortar, verdigris, moss, a glow in cracks.

    weights: of noise.CHANNELS and, fifth, of brick joints; where their sum passes `level` the cover begins, and it is
    whole `soft` further. lift: how high it lies, in world units.
    """

    albedo: RGB
    weights: tuple[float, float, float, float, float]
    level: float
    soft: float = 0.1
    roughness: float = 0.9
    emission: float = 0.0
    lift: float = 0.0

    def row(self) -> list[float]:
        scalars = [self.level, 1.0 / self.soft, self.roughness, self.emission, self.lift]
        return [*self.albedo, *self.weights, *scalars]


COVER_ROW = 13
"""Numbers in a cover's row: albedo 3, weights 5, level, sharpness, roughness, emission, lift."""


@dataclass(frozen=True)
class Surface:
    """How one solid takes light.

    albedo: linear RGB. natural, blend: the raw material's own colour and its share (painted wood stays woody).
    roughness 0..1, metallic 0..1, emission: radiance over albedo, transmission 0..1: how much refracted surroundings
    show through, wrap 0..1: light that bleeds round (subsurface). frequency: patterns per unit along the solid's own
    axes. tone, bump: weights of noise.CHANNELS in the albedo and in the relief.
    """

    albedo: RGB = (0.5, 0.5, 0.5)
    natural: RGB = (0.5, 0.5, 0.5)
    blend: float = 0.0
    roughness: float = 0.6
    metallic: float = 0.0
    emission: float = 0.0
    transmission: float = 0.0
    wrap: float = 0.0
    frequency: tuple[float, float, float] = (1.0, 1.0, 1.0)
    tone: tuple[float, float, float, float] = (0.2, 0.0, 0.0, 0.1)
    bump: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    cover: Cover | None = None

    def row(self) -> list[float]:
        rgb = [
            a * (1 - self.blend) + n * self.blend
            for a, n in zip(self.albedo, self.natural, strict=True)
        ]
        scalars = [self.roughness, self.metallic, self.emission, self.transmission, self.wrap]
        return [*rgb, *scalars, *self.frequency, *self.tone, *self.bump]


ROW = 19
"""Numbers in a row: albedo 3, roughness, metallic, emission, transmission, wrap, frequency 3, tone 4, bump 4."""

MATERIALS: dict[str, Surface] = {
    # Grain runs along the solid's y axis: slow in y, fast across.
    "wooden": Surface(
        natural=srgb(122, 78, 42),
        blend=0.22,
        roughness=0.72,
        frequency=(2.4, 0.22, 2.4),
        tone=(0.6, 0.0, -0.35, 0.7),
        bump=(0.006, 0.0, -0.008, 0.008),
    ),
    "stone": Surface(
        natural=srgb(128, 126, 122),
        blend=0.30,
        roughness=0.95,
        frequency=(0.8, 0.8, 0.8),
        tone=(0.8, 0.5, 0.0, 0.55),
        bump=(0.02, 0.03, 0.0, 0.012),
    ),
    "metal": Surface(
        natural=srgb(190, 190, 196),
        blend=0.12,
        roughness=0.28,
        metallic=1.0,
        frequency=(1.3, 1.3, 1.3),
        tone=(0.25, 0.0, 0.0, 0.12),
        bump=(0.006, 0.0, 0.0, 0.004),
    ),
    "glass": Surface(
        roughness=0.06,
        transmission=0.85,
        wrap=0.3,
        frequency=(0.7, 0.7, 0.7),
        tone=(0.12, 0.0, 0.0, 0.0),
    ),
    "leather": Surface(
        natural=srgb(112, 66, 36),
        blend=0.34,
        roughness=0.52,
        frequency=(2.6, 2.6, 2.6),
        tone=(0.4, 0.4, 0.0, 0.2),
        bump=(0.006, 0.010, 0.0, 0.005),
    ),
    "crystal": Surface(
        roughness=0.12,
        transmission=0.45,
        emission=0.30,
        wrap=0.4,
        frequency=(1.3, 1.3, 1.3),
        tone=(0.5, 0.0, 0.7, 0.0),
        bump=(0.0, 0.11, 0.0, 0.0),
    ),
    "slime": Surface(
        roughness=0.10,
        transmission=0.28,
        emission=0.10,
        wrap=0.9,
        frequency=(1.5, 1.5, 1.5),
        tone=(0.45, -0.45, 0.0, 0.0),
        bump=(0.07, 0.0, 0.0, 0.0),
    ),
    "brick": Surface(
        natural=srgb(158, 82, 58),
        blend=0.15,
        roughness=0.9,
        frequency=(1.1, 1.1, 1.1),
        tone=(0.7, 0.0, 0.0, 0.5),
        bump=(0.012, 0.0, 0.0, 0.01),
        cover=Cover(srgb(206, 198, 184), (0.0, 0.0, 0.0, 0.1, 1.0), 0.5, 0.25, lift=-0.03),
    ),
    "golden": Surface(
        natural=srgb(240, 166, 44),
        blend=1.0,
        roughness=0.13,
        metallic=1.0,
        frequency=(0.9, 0.9, 0.9),
        tone=(0.18, 0.0, 0.0, 0.08),
        bump=(0.008, 0.0, 0.0, 0.002),
    ),
    "copper": Surface(
        natural=srgb(206, 112, 72),
        blend=1.0,
        roughness=0.32,
        metallic=1.0,
        frequency=(1.1, 1.1, 1.1),
        tone=(0.3, 0.0, 0.0, 0.15),
        bump=(0.006, 0.0, 0.0, 0.004),
        cover=Cover(srgb(94, 178, 152), (0.8, 0.0, 0.35, 0.3, 0.0), 0.86, 0.12, 0.85, lift=0.006),
    ),
    "ice": Surface(
        natural=srgb(150, 208, 244),
        blend=1.0,
        roughness=0.07,
        transmission=0.5,
        emission=0.16,
        wrap=0.6,
        frequency=(0.9, 0.9, 0.9),
        tone=(0.25, 0.0, 0.0, 0.0),
        bump=(0.03, 0.02, 0.0, 0.0),
        cover=Cover(srgb(244, 250, 255), (0.0, 0.0, 0.7, 0.3, 0.0), 0.66, 0.14, 0.7, lift=0.004),
    ),
    "lava": Surface(
        natural=srgb(44, 32, 32),
        blend=1.0,
        roughness=0.85,
        frequency=(1.0, 1.0, 1.0),
        tone=(0.7, 0.0, 0.0, 0.5),
        bump=(0.03, 0.06, 0.0, 0.01),
        cover=Cover(srgb(255, 92, 12), (0.25, -0.9, 0.0, 0.0, 0.0), -0.3, 0.3, 0.6, 5.0, -0.02),
    ),
    "cloth": Surface(
        natural=srgb(214, 204, 190),
        blend=0.12,
        roughness=0.97,
        wrap=0.45,
        frequency=(2.9, 2.9, 2.9),
        tone=(0.12, 0.0, 0.0, 0.75),
        bump=(0.02, 0.0, 0.0, 0.022),
    ),
    "bone": Surface(
        natural=srgb(232, 218, 178),
        blend=1.0,
        roughness=0.6,
        wrap=0.35,
        frequency=(1.2, 0.6, 1.2),
        tone=(0.25, 0.0, 0.0, 0.12),
        bump=(0.012, 0.0, -0.02, 0.0),
        cover=Cover(srgb(126, 94, 58), (0.25, 0.0, 0.7, 0.35, 0.0), 0.98, 0.16, 0.8, lift=-0.008),
    ),
    "mossy": Surface(
        natural=srgb(122, 122, 114),
        blend=1.0,
        roughness=0.95,
        frequency=(0.8, 0.8, 0.8),
        tone=(0.6, 0.4, 0.0, 0.4),
        bump=(0.02, 0.03, 0.0, 0.012),
        cover=Cover(srgb(86, 142, 34), (1.0, 0.0, 0.0, 0.4, 0.0), 0.56, 0.14, 1.0, lift=0.03),
    ),
}
"""The first seven are the core world's. Where `blend` is 1 the material has a colour of its own."""

ACCENTS: dict[str, Surface] = {
    "trim_metal": replace(MATERIALS["metal"], albedo=srgb(158, 162, 170), roughness=0.35),
    "trim_gold": replace(MATERIALS["metal"], albedo=srgb(255, 196, 74), blend=0.0, roughness=0.25),
    "trim_wood": replace(MATERIALS["wooden"], albedo=srgb(134, 84, 44), blend=0.0),
    "trim_leather": replace(MATERIALS["leather"], albedo=srgb(104, 62, 36), blend=0.0),
    "trim_dark": Surface(albedo=srgb(44, 42, 46), roughness=0.55),
    "trim_light": Surface(albedo=srgb(232, 222, 198), roughness=0.7, wrap=0.3),
    "glow": Surface(albedo=srgb(255, 190, 90), emission=3.2, roughness=0.6),
    "leaf": Surface(
        albedo=srgb(86, 148, 58), roughness=0.75, wrap=0.5,
        frequency=(2.0, 2.0, 2.0), tone=(0.6, 0.5, 0.0, 0.3), bump=(0.03, 0.05, 0.0, 0.02),
    ),
    "bark": replace(MATERIALS["wooden"], albedo=srgb(108, 76, 50), blend=0.0, bump=(0.03, 0.0, -0.03, 0.02)),
    "skin": Surface(albedo=srgb(232, 176, 138), roughness=0.55, wrap=0.5, tone=(0.08, 0.0, 0.0, 0.0)),
    "hair": Surface(albedo=srgb(92, 56, 34), roughness=0.5, frequency=(3.0, 0.6, 3.0), tone=(0.3, 0.0, 0.0, 0.4)),
    "cloth2": Surface(albedo=srgb(110, 100, 92), roughness=0.85, wrap=0.25, tone=(0.2, 0.0, 0.0, 0.2)),
    "ground_detail": Surface(albedo=srgb(120, 116, 108), roughness=0.9, tone=(0.5, 0.3, 0.0, 0.3)),
}  # fmt: skip


def surface_of(name: str, material: str, colour: str) -> Surface:
    """The surface a solid's slot name stands for in a thing of this material and colour."""
    made = MATERIALS[material]
    # A material with a colour of its own comes without a colour word.
    tint = COLOURS[colour] if colour else made.natural
    main = replace(made, albedo=tint)
    if material == "glass":
        main = replace(main, emission=0.05 if colour == "black" else 0.12)
    if name == "main":
        return main
    if name == "liquid":
        return Surface(
            albedo=tint, roughness=0.15, emission=0.35, wrap=0.8, transmission=0.15,
            frequency=(1.4, 1.4, 1.4), tone=(0.5, -0.4, 0.0, 0.0),
        )  # fmt: skip
    return ACCENTS[name]


def table(
    primitives: tuple[Primitive, ...],
    material: str,
    colour: str,
    overrides: dict[str, Surface] | None = None,
    first: int = 0,
) -> NDArray[np.float32]:
    """One row a solid [K, ROW + 16]: its surface, its world -> local map (3x4), its axis lengths (3), an offset.

    first: the place of the first of these solids in its scene, from which the offsets count.
    """
    rows: list[list[float]] = []
    for i, p in enumerate(primitives):
        surface = (overrides or {}).get(p.surface) or surface_of(p.surface, material, colour)
        m = p.transform.matrix
        inverse = np.linalg.inv(m)[:3]
        lengths = np.linalg.norm(m[:3, :3], axis=0)
        rows.append(
            [
                *surface.row(),
                *inverse.ravel().tolist(),
                *lengths.tolist(),
                ((first + i) * 0.37) % 1.0,
            ]
        )
    return np.asarray(rows, np.float32)


def covers(
    primitives: tuple[Primitive, ...],
    material: str,
    colour: str,
    overrides: dict[str, Surface] | None = None,
) -> NDArray[np.float32] | None:
    """One row a solid [K, COVER_ROW], zero where nothing lies over it; None where no solid has a cover."""
    rows = np.zeros((len(primitives), COVER_ROW), np.float32)
    rows[:, 8] = 9.0  # a level that no pattern reaches
    found = False
    for i, p in enumerate(primitives):
        surface = (overrides or {}).get(p.surface) or surface_of(p.surface, material, colour)
        if surface.cover is not None:
            rows[i], found = surface.cover.row(), True
    return rows if found else None
