"""What masks and line art have in common: one plane that says how much of each pixel is painted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from studio_app.document.blending import blended
from studio_app.document.brushes import Brush
from studio_app.document.contents import sheets
from studio_app.document.contents.composed import COMPOSED, Compose, Opacity, Read, afresh
from studio_app.document.contents.content import Content, Pixels, Size, Values
from studio_app.document.painting import Sheet
from studio_app.document.planes import COVER, Plane, PlaneKind, Rect, tilewise
from studio_app.document.png import png_bytes
from studio_app.document.stack import Item, flat


@dataclass(frozen=True, eq=False)
class Cover(Content):
    """pixels: 0 nothing, 255 all. Several nodes: what any of them covers; one that multiplies: only what it and those
    below it cover."""

    plane_kinds: ClassVar[Mapping[str, PlaneKind]] = {"pixels": COVER}
    flattens: ClassVar[bool] = True

    pixels: Plane

    @classmethod
    def of(cls, pixels: Pixels) -> Self:
        """Of a whole array [H, W], given away."""
        return cls(Plane.of(COVER, pixels))

    @cached_property
    def untouched(self) -> bool:
        return self.pixels.blank

    def sheet(self, rect: Rect) -> Sheet:
        alpha = self.pixels.read(*rect).astype(np.float32) / np.float32(255)
        return np.ones((*alpha.shape, 1), np.float32), alpha

    def there(self, rect: Rect) -> NDArray[np.bool_]:
        return self.pixels.read(*rect) > 0

    def with_sheet(self, x: int, y: int, values: Values, alpha: Values) -> Self:
        """Of values that are darker, so much less is covered."""
        return replace(
            self, pixels=self.pixels.write(x, y, sheets.to_bytes(values[..., 0] * alpha))
        )

    def paint_of(self, brush: Brush) -> Values:
        return np.ones(1, np.float32)

    def resized(self, size: Size, width: int, height: int, *, later: bool = False) -> Self:
        pixels = sheets.resized_cover(self.pixels, width, height, later=later)
        return replace(self, pixels=pixels)

    def inverted(self) -> Self | None:
        (pixels,) = tilewise(lambda tiles: [255 - tiles[0]], self.pixels)
        return replace(self, pixels=pixels)

    @classmethod
    def flattened(cls, items: tuple[Item, ...], size: Size) -> Self:
        return sheets.flattened(
            cls.blank(*size), items, lambda part, rect: (combined(part, rect, afresh),)
        )

    def encoded(self, width: int, height: int) -> bytes:
        """White where all is covered, black where nothing is."""
        return png_bytes(self.pixels.whole)

    def picture(self, width: int, height: int) -> Pixels:
        cover = self.pixels.whole
        return np.dstack([np.full((*cover.shape, 3), 255, np.uint8), cover])


def combined(items: tuple[Item, ...], rect: Rect, read: Read = COMPOSED.read) -> Pixels:
    """A rectangle of nodes of one such kind as one, uint8 [h, w]."""
    node = sheets.lone(items)
    if node is not None:
        return cover_of(node.content).read(*rect)
    return read(items, rect, composed)[0]


def _lay(
    items: tuple[Item, ...], rect: Rect, opacity: Opacity, ground: tuple[Values] | None
) -> tuple[Values]:
    total = np.zeros((rect[3], rect[2], 1), np.float32) if ground is None else ground[0]
    lowest = ground is None
    for one, amount, masks in reversed(list(flat(items))):
        share = sheets.share_of(cover_of(one.content), rect) * np.float32(amount)
        for mask in masks:
            share = share * sheets.share_of(mask, rect)
        blend = "lighten" if one.blend == "normal" or lowest else one.blend
        total, lowest = blended(total, share, blend), False
    return (total,)


composed = Compose(_lay, lambda ground: (sheets.to_bytes(ground[0][..., 0]),))
"""Several nodes as one, for `COMPOSED`: uint8 [h, w]. What is in a group counts by the group's opacity too."""


def cover_of(content: Content) -> Plane:
    """Its one plane."""
    assert isinstance(content, Cover)
    return content.pixels
