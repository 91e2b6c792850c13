"""Texture sets: the maps of a picture as the files that a game engine imports, and as one material.

Conventions. Colour is what the surface reflects, without light (base colour, albedo), sRGB; all else is linear.
Normals are of the tangent space, red right, green up (OpenGL: +Y) or down (DirectX: -Y), blue to the viewer.
Roughness is perceptual, white is rough; white is metal; white is high; white is open to the sky (occlusion).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.core.maps import Maps
from studio_app.document.png import png16_bytes, png_bytes
from studio_app.export.materials import material_piece
from studio_app.export.mattes import certainty, matte
from studio_app.export.occlusion import occlusion, relief_of
from studio_app.export.pictures import PNG, PNG16, Encoding, as_uint8, picture_piece
from studio_app.export.pieces import SET, Asset, Metadata, Piece, Role, Text
from studio_app.export.planes import bled
from studio_app.export.upscale import upscaled

Plane = NDArray[np.float32]
Tiles = tuple[bool, bool]

DETAIL = 0.5
"""What HDRP expects in a channel of a mask map that says nothing."""

NOTES = {
    "albedo": "base colour without light, sRGB",
    "normal": "tangent-space normals, OpenGL convention: red right, green UP, blue to the viewer; linear",
    "roughness": "perceptual roughness, white is rough; linear",
    "metallic": "white is metal; linear",
    "ao": "ambient occlusion, computed from the height; white is open; linear",
    "orm": "red: occlusion (white where none is known), green: roughness, blue: metallic; linear",
    "height": "16-bit height, white is high; linear",
    "depth": "16-bit inverse depth, white is near, black background; linear",
    "alpha": "coverage, white is opaque; linear",
}
"""What each file of a set in a plain folder holds, by the end of its name; the file says so under "Description"."""

_ONLY_OF_TEXTURES = ("height", "ao")


@dataclass(frozen=True, eq=False)
class Surface:
    """What a texture set is made of: float32 planes [H, W] or [H, W, 3], 0..1; normals are unit vectors, +Y.

    height: of a texture; of other pictures their depth. occlusion: 1 where none is known. relief: height of white
    over black, in widths of the picture.
    """

    colour: Plane
    normal: Plane
    height: Plane
    roughness: Plane
    metallic: Plane
    occlusion: Plane
    alpha: Plane
    relief: float


def surface_of(
    maps: Maps, kind: str, tiles: Tiles = (True, True), relief: float | None = None
) -> Surface:
    """The surface that maps say. tiles: the axes it wraps on, x and y. relief: else what normals and height say.

    Beyond the edge of an isolated asset its surface runs on, and its normals are flat.
    """
    cover = matte(maps.alpha)
    sure = certainty(cover)

    def run_on(values: Plane) -> Plane:
        if kind != "isolated":
            return values
        planes = values if values.ndim == 3 else values[..., None]
        return bled(planes, sure).reshape(values.shape)

    flat = np.array([0, 0, 1], np.float32)
    normal = _unit(flat + (maps.normal - flat) * cover[..., None])
    closed = np.ones_like(cover)
    if kind == "texture":
        relief = relief_of(maps.depth, normal, tiles) if relief is None else relief
        closed = occlusion(maps.depth, relief, tiles)
    return Surface(
        run_on(maps.albedo),
        normal,
        maps.depth,
        run_on(maps.roughness),
        run_on(maps.metallic),
        closed,
        cover,
        relief or 0.0,
    )


def enlarged(surface: Surface, scale: int, tiles: Tiles) -> Surface:
    """`scale` (1, 2 or 4) times as large, by Lanczos; it wraps as before."""
    if scale == 1:
        return surface
    grown = {
        item.name: np.clip(upscaled(getattr(surface, item.name), scale, tiles=tiles), low, 1)
        for item in fields(surface)
        if item.name != "relief"
        for low in (-1 if item.name == "normal" else 0,)
    }
    grown["normal"] = _unit(grown["normal"])
    return replace(surface, **grown)


def texture_asset(
    name: str,
    surface: Surface,
    roles: tuple[Role, ...] = SET,
    *,
    tiles: Tiles = (True, True),
    normal_y: Literal["+", "-"] = "+",
    deep: Literal[8, 16] = 16,
    how: Encoding = PNG,
    metadata: Metadata | None = None,
    texts: Sequence[Text] = (),
) -> Asset:
    """A texture set of the maps `roles`, in their order, and a material of each kind in `texts`.

    deep: bits of height and depth. how: of the other maps, and of these where it is EXR. StudioError for a role
    that no surface has, and for a material that can't wear the maps.
    """
    pieces = [
        _piece(role, surface, normal_y, PNG16 if how.format == "png" and deep == 16 else how, how)(
            metadata
        )
        for role in roles
    ]
    asset = Asset(name, "texture", tuple(pieces), tiles=tiles)
    materials = (material_piece(text, asset, surface.relief) for text in texts)
    return replace(asset, pieces=(*pieces, *materials))


def channels(role: Role, surface: Surface, normal_y: Literal["+", "-"] = "+") -> Plane:
    """The map of a role, 0..1, [H, W], [H, W, 3] or [H, W, 4]. StudioError for what no surface has."""
    makers: dict[str, Callable[[], Plane]] = {
        "colour": lambda: surface.colour,
        "normal": lambda: _shown(surface.normal, normal_y),
        "height": lambda: surface.height,
        "depth": lambda: surface.height,
        "roughness": lambda: surface.roughness,
        "metallic": lambda: surface.metallic,
        "occlusion": lambda: surface.occlusion,
        "alpha": lambda: surface.alpha,
        "orm": lambda: np.dstack([surface.occlusion, surface.roughness, surface.metallic]),
        "mask_map": lambda: np.dstack(
            [
                surface.metallic,
                surface.occlusion,
                np.full_like(surface.metallic, DETAIL),
                1 - surface.roughness,
            ]
        ),
    }
    if role not in makers:
        raise StudioError(f"A texture set has no {role}", "it has " + ", ".join(makers))
    return makers[role]()


def file_names(stem: str, kind: str) -> dict[str, str]:
    """Map -> file name, as potion_albedo.png; a texture has a height and its occlusion, other pictures a depth."""
    absent = ("depth",) if kind == "texture" else _ONLY_OF_TEXTURES
    return {name: f"{stem}_{name}.png" for name in NOTES if name not in absent}


def texture_set(maps: Maps, stem: str, kind: str, tiles: Tiles = (True, True)) -> dict[str, bytes]:
    """File name -> PNG of all the maps in a plain folder, each with its note."""
    surface = surface_of(maps, kind, tiles)
    roles: dict[str, Role] = {"albedo": "colour", "ao": "occlusion"}
    files: dict[str, bytes] = {}
    for name, file in file_names(stem, kind).items():
        role: Role = roles.get(name, name)  # pyright: ignore[reportAssignmentType]
        values, note = channels(role, surface), {"Description": NOTES[name]}
        deep = name in ("height", "depth")
        files[file] = png16_bytes(values, note) if deep else png_bytes(as_uint8(values), note)
    return files


def _piece(
    role: Role, surface: Surface, normal_y: Literal["+", "-"], deep: Encoding, how: Encoding
) -> Callable[[Metadata | None], Piece]:
    def made(metadata: Metadata | None) -> Piece:
        return picture_piece(
            role,
            channels(role, surface, normal_y),
            deep if role in ("height", "depth") else how,
            metadata,
            srgb=role == "colour",
            normal_y=normal_y if role == "normal" else None,
        )

    return made


def _shown(normal: Plane, normal_y: Literal["+", "-"]) -> Plane:
    """Unit vectors as 0..1."""
    turned = normal if normal_y == "+" else normal * np.array([1, -1, 1], np.float32)
    return (turned / 2 + 0.5).astype(np.float32)


def _unit(vectors: NDArray[Any]) -> Plane:
    length = np.linalg.norm(vectors, axis=2, keepdims=True)
    return (vectors / np.maximum(length, 1e-6)).astype(np.float32)
