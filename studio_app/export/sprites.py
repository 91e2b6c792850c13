"""Sprites: a thing cut out of its picture, trimmed and padded as an engine wants it, with its pivot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.export.mattes import check_matte, cut_out
from studio_app.export.pictures import PNG, Encoding, picture_piece
from studio_app.export.pieces import Asset, Metadata, Piece
from studio_app.export.pixel_art import PixelArt, pixelated
from studio_app.export.planes import bled
from studio_app.export.upscale import reduced, upscaled

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]
Pivot = Literal["centre", "bottom"] | tuple[float, float]
Box = tuple[int, int, int, int]
"""x, y, width, height in pixels."""

DUST = 3
"""Alpha of 255 below which nobody sees anything."""
MAX_PADDING = 256


@dataclass(frozen=True)
class SpriteOptions:
    """What is done to a sprite.

    trim: cut to what is seen. padding: empty pixels on each side. power_of_two: sides of 1, 2, 4, 8 ... pixels.
    pivot: of the thing itself ("bottom": the middle of its lower edge), or a place in the picture, 0..1 from the
    top left. scale: 1, 2 or 4 times as large. pixel_art: how it becomes pixel art, else None.
    """

    trim: bool = True
    padding: int = 2
    power_of_two: bool = False
    pivot: Pivot = "centre"
    scale: int = 1
    pixel_art: PixelArt | None = None
    pixels_per_unit: float = 100.0

    def __post_init__(self) -> None:
        if not 0 <= self.padding <= MAX_PADDING:
            raise StudioError(
                f"The padding can't be {self.padding}", f"it is 0 to {MAX_PADDING} pixels"
            )
        if not 0 < self.pixels_per_unit < 1e6:
            raise StudioError("Pixels per unit can't be that", f"{self.pixels_per_unit:g}")
        if isinstance(self.pivot, tuple) and not all(-4 <= part <= 5 for part in self.pivot):
            raise StudioError("The pivot is too far away", "it is given in parts of the picture")


@dataclass(frozen=True, eq=False)
class Sprite:
    """pixels: uint8 [H, W, 4], straight alpha. pivot: 0..1 from the top left of them.

    source: width and height of the picture it was cut from, at this scale, and where in it these pixels begin
    (negative where padding goes beyond it). normal: unit vectors [H, W, 3], or None.
    """

    pixels: Pixels
    pivot: tuple[float, float]
    source: tuple[int, int, int, int]
    normal: Plane | None = None


def sprite_of(
    rgb: Pixels,
    alpha: Plane | None,
    options: SpriteOptions | None = None,
    normal: Plane | None = None,
) -> Sprite:
    """The thing in a picture [H, W, 3], cut out (`mattes.cut_out`) and finished.

    alpha: of the model's maps, or None. normal: of the maps, for lit sprites. StudioError where there is nothing to
    cut out.
    """
    pixels = cut_out(rgb, alpha).rgba()
    check_matte(pixels[..., 3])
    return finished(pixels, options or SpriteOptions(), normal)


def finished(pixels: Pixels, options: SpriteOptions, normal: Plane | None = None) -> Sprite:
    """A cut-out uint8 [H, W, 4] as the options want it. StudioError where nothing is seen."""
    art = options.pixel_art
    if art is not None:
        pixels = pixelated(pixels, art)
        normal = None if normal is None else _unit(reduced(normal, pixels.shape[:2]))
    pixels = upscaled(pixels, options.scale, "lanczos" if art is None else "nearest")
    if normal is not None:
        normal = _unit(upscaled(normal, options.scale, "lanczos" if art is None else "nearest"))
    pixels = np.where(pixels[..., 3:] < DUST, np.uint8(0), pixels) if art is None else pixels
    seen = bounds(pixels)
    box = seen if options.trim else (0, 0, pixels.shape[1], pixels.shape[0])
    framed = _framed(box, options.padding, options.power_of_two)
    out = cropped(pixels, framed)
    height, width = pixels.shape[:2]
    flat = None if normal is None else _lit(cropped(normal, framed), out[..., 3])
    return Sprite(
        run_on(out),
        _pivot(options.pivot, seen, framed, (width, height)),
        (width, height, framed[0], framed[1]),
        flat,
    )


def sprite_asset(
    name: str,
    sprite: Sprite,
    options: SpriteOptions | None = None,
    how: Encoding = PNG,
    metadata: Metadata | None = None,
    *,
    normal_y: Literal["+", "-"] = "+",
) -> Asset:
    """A sprite as its files: the picture and, where there are normals, a map of them for lights of a 2D game."""
    wanted = options or SpriteOptions()
    pieces: list[Piece] = [picture_piece("colour", sprite.pixels, how, metadata)]
    if sprite.normal is not None:
        turned = sprite.normal * np.array([1, 1 if normal_y == "+" else -1, 1], np.float32)
        shown = np.clip(turned / 2 + 0.5, 0, 1).astype(np.float32)
        lossless = replace(how, format="png") if how.format in ("jpeg", "exr") else how
        lossless = replace(lossless, lossless=True)
        pieces.append(
            picture_piece("normal", shown, lossless, metadata, srgb=False, normal_y=normal_y)
        )
    return Asset(
        name,
        "sprite",
        tuple(pieces),
        pivot=sprite.pivot,
        source=sprite.source,
        pixel_art=wanted.pixel_art is not None,
        pixels_per_unit=wanted.pixels_per_unit,
    )


def bounds(pixels: Pixels) -> Box:
    """Of what is seen. StudioError where nothing is."""
    there = pixels[..., 3] > 0
    rows, columns = np.flatnonzero(there.any(1)), np.flatnonzero(there.any(0))
    if not len(rows):
        check_matte(pixels[..., 3])
        raise StudioError("Nothing is left of the picture", "its alpha is 0 everywhere")
    left, top = int(columns[0]), int(rows[0])
    return left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top


def cropped(pixels: NDArray[Any], box: Box) -> NDArray[Any]:
    """What lies in the box; 0 where it goes beyond the picture."""
    x, y, width, height = box
    out = np.zeros((height, width, *pixels.shape[2:]), pixels.dtype)
    left, top = max(x, 0), max(y, 0)
    right, bottom = min(x + width, pixels.shape[1]), min(y + height, pixels.shape[0])
    if right > left and bottom > top:
        out[top - y : bottom - y, left - x : right - x] = pixels[top:bottom, left:right]
    return out


def run_on(pixels: Pixels) -> Pixels:
    """The colours of what is seen [H, W, 4] run on into what is transparent: filters and mipmaps look there."""
    alpha = pixels[..., 3]
    if alpha.min() == 255 or alpha.max() == 0:
        return pixels
    colour = bled(
        (pixels[..., :3] / np.float32(255)).astype(np.float32), (alpha > 0).astype(np.float32)
    )
    out = pixels.copy()
    beyond = alpha == 0
    out[..., :3][beyond] = np.clip(np.rint(colour[beyond] * 255), 0, 255).astype(np.uint8)
    return out


def _framed(box: Box, padding: int, power_of_two: bool) -> Box:
    """The box with its padding, and with more of it around up to powers of two."""
    x, y, width, height = box
    x, y, width, height = x - padding, y - padding, width + 2 * padding, height + 2 * padding
    if power_of_two:
        wide, high = (1 << (side - 1).bit_length() for side in (width, height))
        x, y = x - (wide - width) // 2, y - (high - height) // 2
        width, height = wide, high
    return x, y, width, height


def _pivot(pivot: Pivot, seen: Box, framed: Box, size: tuple[int, int]) -> tuple[float, float]:
    x, y, width, height = seen
    if pivot == "centre":
        point = (x + width / 2, y + height / 2)
    elif pivot == "bottom":
        point = (x + width / 2, float(y + height))
    else:
        point = (pivot[0] * size[0], pivot[1] * size[1])
    return (point[0] - framed[0]) / framed[2], (point[1] - framed[1]) / framed[3]


def _lit(normal: Plane, alpha: Pixels) -> Plane:
    """Normals that flatten out where nothing is."""
    share = (alpha / np.float32(255))[..., None]
    flat = np.array([0, 0, 1], np.float32)
    return _unit((flat + (normal - flat) * share).astype(np.float32))


def _unit(vectors: Plane) -> Plane:
    length = np.linalg.norm(vectors, axis=2, keepdims=True)
    return (vectors / np.maximum(length, 1e-6)).astype(np.float32)
