"""A picture in layers, and what it looks like as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from studio_app.document.blending import composited

Pixels = NDArray[np.uint8]
Values = NDArray[np.floating]
Blend = Literal["normal", "multiply", "screen", "overlay", "plus"]
"""Of the modes of `blending`, those that all layered files have."""
_STRIP = 1 << 20
"""Pixels that are put together at a time."""
BLENDS: tuple[Blend, ...] = get_args(Blend)


@dataclass(frozen=True, eq=False)
class PictureLayer:
    """One layer: uint8 [H, W, 4], straight alpha, with its top left pixel at (x, y) of the picture. opacity: 0..1."""

    name: str
    pixels: Pixels
    x: int = 0
    y: int = 0
    opacity: float = 1.0
    visible: bool = True
    blend: Blend = "normal"

    def __post_init__(self) -> None:
        if self.pixels.dtype != np.uint8 or self.pixels.ndim != 3 or self.pixels.shape[2] != 4:
            raise ValueError(
                f"a layer is uint8 [H, W, 4], not {self.pixels.dtype} {self.pixels.shape}"
            )
        if not 0 <= self.opacity <= 1 or self.blend not in BLENDS:
            raise ValueError(f"no layer of opacity {self.opacity} and blend {self.blend!r}")


def merged(layers: Sequence[PictureLayer], size: tuple[int, int]) -> Pixels:
    """What is visible of the layers, the topmost first, as one picture uint8 [H, W, 4] of `size` (width, height).

    As the W3C's "Compositing and Blending Level 1" says (section 10), on what a screen shows.
    """
    width, height = size
    rows = max(1, _STRIP // width)
    strips = [
        _merged_rows(layers, width, top, min(rows, height - top)) for top in range(0, height, rows)
    ]
    return strips[0] if len(strips) == 1 else np.concatenate(strips)


def _merged_rows(layers: Sequence[PictureLayer], width: int, first: int, height: int) -> Pixels:
    """Rows `first` and on of `merged`: as floats a whole picture would be too large."""
    whole: Values = np.zeros((height, width, 3), np.float32)  # multiplied by alpha
    covered: Values = np.zeros((height, width, 1), np.float32)
    for layer in reversed(layers):
        high, wide = layer.pixels.shape[:2]
        x, y = layer.x, layer.y - first
        left, top = max(x, 0), max(y, 0)
        right, bottom = min(x + wide, width), min(y + high, height)
        if not layer.visible or right <= left or bottom <= top:
            continue
        inside = layer.pixels[top - y : bottom - y, left - x : right - x]
        source = inside.astype(np.float32) / 255
        colour, alpha = whole[top:bottom, left:right], covered[top:bottom, left:right]
        cover = source[..., 3:] * np.float32(layer.opacity)
        colour[:], alpha[:] = composited((colour, alpha), source[..., :3], cover, layer.blend)
    straight = np.where(covered > 0, whole / np.maximum(covered, 1e-6), 0)
    out = np.concatenate([straight, covered], 2)
    return np.clip(np.rint(out * 255), 0, 255).astype(np.uint8)
