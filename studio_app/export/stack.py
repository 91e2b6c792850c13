"""A picture in layers, and what it looks like as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Values = NDArray[np.floating]
Blend = Literal["normal", "multiply", "screen", "overlay", "plus"]
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
    colour: Values = np.zeros((height, width, 3), np.float32)  # multiplied by alpha
    alpha: Values = np.zeros((height, width, 1), np.float32)
    for layer in reversed(layers):
        if not layer.visible:
            continue
        source = _placed(layer, size).astype(np.float32) / 255
        cover = source[..., 3:] * np.float32(layer.opacity)
        below = colour / np.maximum(alpha, 1e-6)
        mixed = (1 - alpha) * source[..., :3] + alpha * _BLENDS[layer.blend](below, source[..., :3])
        if layer.blend == "plus":
            colour = np.minimum(colour + cover * source[..., :3], 1)
            alpha = np.minimum(alpha + cover, 1)
        else:
            colour = cover * mixed + (1 - cover) * colour
            alpha = cover + alpha * (1 - cover)
    straight = np.where(alpha > 0, colour / np.maximum(alpha, 1e-6), 0)
    out = np.concatenate([straight, alpha], 2)
    return np.clip(np.rint(out * 255), 0, 255).astype(np.uint8)


def _placed(layer: PictureLayer, size: tuple[int, int]) -> Pixels:
    """The layer on a canvas of the picture's size."""
    width, height = size
    out = np.zeros((height, width, 4), np.uint8)
    high, wide = layer.pixels.shape[:2]
    left, top = max(layer.x, 0), max(layer.y, 0)
    right, bottom = min(layer.x + wide, width), min(layer.y + high, height)
    if right > left and bottom > top:
        out[top:bottom, left:right] = layer.pixels[
            top - layer.y : bottom - layer.y, left - layer.x : right - layer.x
        ]
    return out


def _overlay(below: Values, above: Values) -> Values:
    return np.where(below <= 0.5, 2 * below * above, 1 - 2 * (1 - below) * (1 - above))


_BLENDS: dict[Blend, Callable[[Values, Values], Values]] = {
    "normal": lambda below, above: above,
    "multiply": lambda below, above: below * above,
    "screen": lambda below, above: below + above - below * above,
    "overlay": _overlay,
    "plus": lambda below, above: above,
}
