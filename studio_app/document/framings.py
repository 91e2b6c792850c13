"""How a picture of another shape comes into the drawing: fitted, filling it, or stretched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

How = Literal["fit", "fill", "stretch"]
HOWS: tuple[How, ...] = get_args(How)
_ALIKE = 0.01
"""Relative difference of two shapes that nobody sees."""


@dataclass(frozen=True)
class Framing:
    """source: left, top, right, bottom of what is taken, in shares of the picture, 0..1.
    target: x, y, width, height of where it comes to, in pixels of the drawing."""

    source: tuple[float, float, float, float]
    target: tuple[int, int, int, int]

    def cut(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """What is taken of an array [H, W] or [H, W, C]."""
        height, width = pixels.shape[:2]
        left, top, right, bottom = self.source
        x0, y0 = round(left * width), round(top * height)
        x1, y1 = max(round(right * width), x0 + 1), max(round(bottom * height), y0 + 1)
        return np.ascontiguousarray(pixels[y0:y1, x0:x1])

    def put(self, pixels: NDArray[Any], width: int, height: int) -> NDArray[Any]:
        """An array of the target's size, in the middle of zeros of the drawing's."""
        x, y, w, h = self.target
        whole = np.zeros((height, width, *pixels.shape[2:]), pixels.dtype)
        whole[y : y + h, x : x + w] = pixels
        return whole

    def point(self, x: float, y: float, size: tuple[int, int]) -> tuple[float, float]:
        """Where a point of the picture of that size comes to."""
        left, top, right, bottom = self.source
        tx, ty, tw, th = self.target
        across = (x / size[0] - left) / max(right - left, 1e-9)
        down = (y / size[1] - top) / max(bottom - top, 1e-9)
        return tx + across * tw, ty + down * th


def same_shape(size: tuple[int, int], width: int, height: int) -> bool:
    """Whether a picture of that size has the drawing's proportions, as far as one can see."""
    return abs(size[0] * height / (size[1] * width) - 1) <= _ALIKE


def framing(size: tuple[int, int], width: int, height: int, how: How) -> Framing:
    """fit: all of the picture, air beside it. fill: all of the drawing, the picture cut on two sides.
    stretch: all of both. size: the picture's (width, height)."""
    if how == "stretch" or same_shape(size, width, height):
        return Framing((0.0, 0.0, 1.0, 1.0), (0, 0, width, height))
    wide, high = width / size[0], height / size[1]
    if how == "fit":
        scale = min(wide, high)
        w = min(max(round(size[0] * scale), 1), width)
        h = min(max(round(size[1] * scale), 1), height)
        return Framing((0.0, 0.0, 1.0, 1.0), ((width - w) // 2, (height - h) // 2, w, h))
    scale = max(wide, high)
    across, down = width / (size[0] * scale), height / (size[1] * scale)
    source = ((1 - across) / 2, (1 - down) / 2, (1 + across) / 2, (1 + down) / 2)
    return Framing(source, (0, 0, width, height))
