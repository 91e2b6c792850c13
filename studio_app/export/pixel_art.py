"""Pixel art: a cut-out on a coarse grid, in the colours of a palette, with edges that are there or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.export.palettes import MAX_COLOURS, Palette, chosen, nearest
from studio_app.export.upscale import reduced

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]
MIN_GRID, MAX_GRID = 8, 512


@dataclass(frozen=True)
class PixelArt:
    """grid: pixels of the art along the picture's longer side. colours: how many, where no palette names them."""

    grid: int = 64
    colours: int = 16
    palette: Palette | None = None

    def __post_init__(self) -> None:
        if not MIN_GRID <= self.grid <= MAX_GRID:
            raise StudioError(
                f"The grid can't have {self.grid} pixels", f"it is {MIN_GRID} to {MAX_GRID}"
            )
        if not 2 <= self.colours <= MAX_COLOURS:
            raise StudioError(
                f"A palette can't have {self.colours} colours", f"it has 2 to {MAX_COLOURS}"
            )


def pixelated(pixels: Pixels, art: PixelArt) -> Pixels:
    """A cut-out uint8 [H, W, 4] as pixel art: [h, w, 4], alpha 0 or 255, each colour one of the palette's.

    A pixel of the art is there where half of it is covered, and has the mean colour of what covers it.
    """
    shape, there, seen = _seen(pixels, art)
    out = np.zeros((*shape, 4), np.uint8)
    if not there.any():
        return out
    palette = art.palette or chosen(seen, art.colours)
    out[there, :3] = nearest(seen, palette)
    out[there, 3] = 255
    return out


def with_palette(pictures: Sequence[Pixels], art: PixelArt) -> PixelArt:
    """The same with a palette named: one chosen for all pictures together, so that no colour flickers from one
    frame to the next.
    """
    if art.palette is not None or not pictures:
        return art
    seen = [_seen(pixels, art)[2] for pixels in pictures]
    every = np.concatenate(seen)
    return replace(art, palette=chosen(every, art.colours)) if len(every) else art


def _seen(pixels: Pixels, art: PixelArt) -> tuple[tuple[int, int], NDArray[np.bool_], Pixels]:
    """Size of the art (height, width), which of its pixels are there, and the mean colours of those [N, 3]."""
    height, width = pixels.shape[:2]
    factor = art.grid / max(height, width)
    shape = (max(1, round(height * factor)), max(1, round(width * factor)))
    cover = (pixels[..., 3:] / np.float32(255)).astype(np.float32)
    alpha = reduced(cover[..., 0], shape)
    # By the square: the colour of an edge is a guess, and a pixel of the art at the edge is all one colour.
    weight = cover * cover
    colour = reduced((pixels[..., :3] * weight).astype(np.float32), shape)
    colour = colour / np.maximum(reduced(weight[..., 0], shape), 1e-6)[..., None]
    there = alpha >= 0.5
    return shape, there, np.clip(np.rint(colour[there]), 0, 255).astype(np.uint8)
