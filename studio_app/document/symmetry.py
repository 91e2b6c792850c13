"""Symmetry: what is painted is painted on the other side of an axis too."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.document.marks import EVERYWHERE, Mark
from studio_app.document.planes import Rect, overlap, union

Values = NDArray[Any]
Flip = tuple[bool, bool]
"""Whether left and right change places, and up and down."""
NONE: tuple[Flip, ...] = ((False, False),)


@dataclass(frozen=True)
class Symmetry:
    """x, y: of the axes, in pixels of the canvas; on edges or middles of pixels (`settled`), so that pixels fall on
    pixels. across: left and right are alike; down: up and down are."""

    x: float
    y: float
    across: bool = False
    down: bool = False

    @property
    def flips(self) -> tuple[Flip, ...]:
        """Of all images, the painted one first."""
        found = [(False, False)]
        if self.across:
            found.append((True, False))
        if self.down:
            found += [(across, True) for across, _ in found]
        return tuple(found)

    def place(self, flip: Flip, x: float, y: float) -> tuple[float, float]:
        return (2 * self.x - x if flip[0] else x), (2 * self.y - y if flip[1] else y)

    def rect(self, flip: Flip, rect: Rect) -> Rect:
        """Where a rectangle lies in an image of it."""
        x, y, width, height = rect
        left = round(2 * self.x) - x - width if flip[0] else x
        top = round(2 * self.y) - y - height if flip[1] else y
        return left, top, width, height


def settled(place: float) -> float:
    """The nearest edge or middle of a pixel."""
    return round(place * 2) / 2


def middle(canvas: tuple[int, int]) -> tuple[float, float]:
    return canvas[0] / 2, canvas[1] / 2


@dataclass(frozen=True)
class Reflected(Mark):
    """A mark with its images. What covers the whole canvas has none."""

    mark: Mark
    symmetry: Symmetry

    @property
    def bounds(self) -> Rect:
        own = self.mark.bounds
        if own == EVERYWHERE:
            return own
        found = own
        for flip in self.symmetry.flips[1:]:
            found = union(found, self.symmetry.rect(flip, own))
        return found

    def cover(self, rect: Rect) -> Values:
        if self.mark.bounds == EVERYWHERE:
            return self.mark.cover(rect)
        covers = [self._image(flip, rect) for flip in self.symmetry.flips]
        return np.maximum.reduce(covers)

    def paint(self, rect: Rect) -> Values | None:
        """Of the image that covers a pixel most; the painted one where that is a draw."""
        if self.mark.bounds == EVERYWHERE:
            return self.mark.paint(rect)
        best, out = np.zeros((rect[3], rect[2]), np.float32), None
        for flip in self.symmetry.flips:
            here, part = self._shares(flip, rect)
            if part[2] <= 0:
                continue
            own = self.mark.paint(part)
            if own is None:
                return None
            if out is None:
                out = np.zeros((*best.shape, own.shape[-1]), np.float32)
            cover = flipped(flip, self.mark.cover(part))
            more = cover > best[here]
            out[here] = np.where(more[..., None], flipped(flip, own), out[here])
            best[here] = np.maximum(best[here], cover)
        return out

    def _image(self, flip: Flip, rect: Rect) -> Values:
        out = np.zeros((rect[3], rect[2]), np.float32)
        here, part = self._shares(flip, rect)
        if part[2] > 0:
            out[here] = flipped(flip, self.mark.cover(part))
        return out

    def _shares(self, flip: Flip, rect: Rect) -> tuple[tuple[slice, slice], Rect]:
        """The rows and columns of a rectangle that an image touches, and the part of the mark that lies there."""
        part = overlap(self.symmetry.rect(flip, rect), self.mark.bounds)
        x, y, width, height = self.symmetry.rect(flip, part)
        left, top = x - rect[0], y - rect[1]
        return (slice(top, top + max(height, 0)), slice(left, left + max(width, 0))), part


def flipped(flip: Flip, values: Values) -> Values:
    """[h, w, ...] with columns and rows in the other order."""
    return values[:: -1 if flip[1] else 1, :: -1 if flip[0] else 1]


def reflected(mark: Mark, symmetry: Symmetry | None) -> Mark:
    """A mark as a symmetry makes it."""
    if symmetry is None or len(symmetry.flips) == 1:
        return mark
    return Reflected(mark, symmetry)


def inside(symmetry: Symmetry, canvas: tuple[int, int]) -> Symmetry:
    """With its axes on the canvas."""
    x = min(max(settled(symmetry.x), 0.0), float(floor(canvas[0])))
    y = min(max(settled(symmetry.y), 0.0), float(ceil(canvas[1])))
    return Symmetry(x, y, symmetry.across, symmetry.down)
