"""Texture sets: the maps of a picture as the PNGs that a game engine imports."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio_app.core.maps import Maps
from studio_app.document.png import png16_bytes, png_bytes
from studio_app.document.sprites import as_bytes, bled, certainty, matte

Plane = NDArray[np.float32]

NOTES = {
    "albedo": "base colour without light, sRGB",
    "normal": "tangent-space normals, OpenGL convention: red right, green UP, blue to the viewer; linear",
    "roughness": "perceptual roughness, white is rough; linear",
    "metallic": "white is metal; linear",
    "orm": "red: occlusion (white: none is known), green: roughness, blue: metallic; linear",
    "height": "16-bit height, white is high; linear",
    "depth": "16-bit inverse depth, white is near, black background; linear",
    "alpha": "coverage, white is opaque; linear",
}
"""What each file of a set holds, by the end of its name; the file says so too, under "Description"."""


def file_names(stem: str, kind: str) -> dict[str, str]:
    """Map -> file name, as potion_albedo.png; a texture has a height, any other kind of picture a depth."""
    absent = "depth" if kind == "texture" else "height"
    return {name: f"{stem}_{name}.png" for name in NOTES if name != absent}


def texture_set(maps: Maps, stem: str, kind: str) -> dict[str, bytes]:
    """File name -> PNG of all the maps. Beyond the edge of an isolated asset its surface runs on."""
    cover = matte(maps.alpha)
    sure = certainty(cover)

    def surface(values: Plane) -> Plane:
        planes = values if values.ndim == 3 else values[..., None]
        return bled(planes, sure) if kind == "isolated" else planes

    rough, metal = surface(maps.roughness), surface(maps.metallic)
    flat = np.array([0, 0, 1], np.float32)
    normal = flat + (maps.normal - flat) * cover[..., None]
    normal = normal / np.maximum(np.linalg.norm(normal, axis=2, keepdims=True), 1e-6)
    pixels = {
        "albedo": as_bytes(surface(maps.albedo)),
        "normal": as_bytes((normal / 2 + 0.5).astype(np.float32)),
        "roughness": as_bytes(rough[..., 0]),
        "metallic": as_bytes(metal[..., 0]),
        "orm": as_bytes(np.dstack([np.ones_like(rough), rough, metal])),
        "alpha": as_bytes(cover),
    }
    deep = {"height": maps.depth, "depth": maps.depth}
    return {
        file: (
            png16_bytes(deep[name], {"Description": NOTES[name]})
            if name in deep
            else png_bytes(pixels[name], {"Description": NOTES[name]})
        )
        for name, file in file_names(stem, kind).items()
    }
