"""Contour lines over the drawn depth, where it passes a sixteenth of its range; and its normals."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.document.all_depth import AllDepth
from studio_app.document.normals import REACH, normals_of, picture_of
from studio_app.document.planes import Rect, widened
from studio_app.ui import theme
from studio_app.ui.canvas.depth_view import DepthView, Pixels

LINES = 16
"""A line for each of so many equal parts of the range; every fourth is stronger."""
_HALF_WIDTH = 0.75
_FLAT = 1e-3
"""Parts of the range per pixel: what changes less has no line."""

Values = NDArray[Any]


class Contours(DepthView):
    """In the accent of the theme, about a pixel wide at every zoom."""

    finest = 4

    def pixels(self, depth: AllDepth, rect: Rect, scale: int) -> Pixels:
        cover = lines_of(depth, rect, scale)
        colour = theme.colour("accent")
        tint = np.array([colour.blue(), colour.green(), colour.red(), 255], np.float32)
        return np.ascontiguousarray((cover[..., None] * tint + 0.5).astype(np.uint8))


class Relief(DepthView):
    """The normals of what is painted, as a normal map shows them: what faces where, while one paints depth."""

    margin = REACH + 1

    def pixels(self, depth: AllDepth, rect: Rect, scale: int) -> Pixels:
        wide = widened(rect, self.margin, depth.size)
        left, top, width, height = self._studio.document.frame
        middle = left + width / 2 - wide[0], top + height / 2 - wide[1]
        value, known = depth.read(wide)
        shown = picture_of(normals_of(value, known, height, middle))
        x, y = rect[0] - wide[0], rect[1] - wide[1]
        here = slice(y, y + rect[3]), slice(x, x + rect[2])
        cover = np.where(known[here] >= 128, np.uint8(255), np.uint8(0))
        return np.dstack([np.where(cover[..., None] > 0, shown[here][..., ::-1], 0), cover]).astype(
            np.uint8
        )

    def look(self) -> tuple[object, ...]:
        return (self._studio.document.frame,)


def lines_of(depth: AllDepth, rect: Rect, scale: int) -> Values:
    """How much of each pixel the lines cover, float32 0..1 [h, w] of a rectangle, `scale` times as fine. A line is
    about a pixel wide whatever the slope, by the distance to it to the first order."""
    wide = widened(rect, 2, depth.size)
    value, known = depth.read(wide)
    if depth.around == "background":
        value = value * (known.astype(np.float32) / np.float32(255))
    levels = _finer(value * np.float32(LINES), wide, rect, scale)
    down, across = np.gradient(levels) if min(levels.shape) > 1 else (levels * 0, levels * 0)
    slope = np.hypot(across, down)
    nearest = np.rint(levels)
    away = np.abs(levels - nearest) / np.maximum(slope, 1e-9)
    cover = (_HALF_WIDTH + 0.5 - away).clip(0, 1)
    there = _finer((known > 0).astype(np.float32), wide, rect, scale) > 0.5
    seen = there & (slope * scale > _FLAT) & (nearest > 0)
    strength = np.where(nearest % 4 == 0, np.float32(1), np.float32(0.5))
    return np.where(seen, cover * strength, 0)[scale:-scale, scale:-scale].astype(np.float32)


def _finer(values: Values, wide: Rect, rect: Rect, scale: int) -> Values:
    """A rectangle and a pixel around it, between the pixels of what was read; what lies beyond is next to it."""
    out = values
    for axis, side in ((0, 1), (1, 0)):
        start, length = rect[side] - wide[side], rect[side + 2]
        at = (np.arange((length + 2) * scale, dtype=np.float32) + 0.5) / scale - 1.5 + start
        at = at.clip(0, out.shape[axis] - 1)
        low = at.astype(np.intp)
        high = np.minimum(low + 1, out.shape[axis] - 1)
        share = (at - low).astype(np.float32)
        share = share[:, None] if axis == 0 else share[None, :]
        first, last = np.take(out, low, axis), np.take(out, high, axis)
        out = first + share * (last - first)
    return out
