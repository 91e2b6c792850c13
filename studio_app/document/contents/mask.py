"""Masks: what of the picture is painted anew, and what stays to the bit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Self

import numpy as np

from studio_app.core.request import GenerationRequest
from studio_app.document.blending import blended
from studio_app.document.brushes import Brush
from studio_app.document.contents import sheets
from studio_app.document.contents.content import (
    NOTHING,
    Content,
    Contribution,
    Pixels,
    Size,
    Values,
    View,
)
from studio_app.document.framings import Framing
from studio_app.document.painting import Sheet
from studio_app.document.people import Person
from studio_app.document.pictures import DecodedPicture, fit_pixels
from studio_app.document.planes import COVER, Plane, PlaneKind, Rect, tilewise
from studio_app.document.png import png_bytes
from studio_app.document.stack import Item, flat
from studio_app.document.tiles import sealed

_GREY = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True, eq=False)
class Mask(Content):
    """pixels: 255 = paint anew, 0 = keep the colours bit-exact. All 0: no mask. Several: what any of them paints anew;
    one that multiplies: only what it and those below it paint anew."""

    kind: ClassVar[str] = "mask"
    title: ClassVar[str] = "Mask"
    plane_kinds: ClassVar[Mapping[str, PlaneKind]] = {"pixels": COVER}
    flattens: ClassVar[bool] = True

    pixels: Plane

    @classmethod
    def of(cls, pixels: Pixels) -> Mask:
        """Of a whole array [H, W], given away."""
        return cls(Plane.of(COVER, pixels))

    @cached_property
    def untouched(self) -> bool:
        return self.pixels.blank

    def sheet(self, rect: Rect) -> Sheet:
        alpha = self.pixels.read(*rect).astype(np.float32) / np.float32(255)
        return np.ones((*alpha.shape, 1), np.float32), alpha

    def with_sheet(self, x: int, y: int, values: Values, alpha: Values) -> Self:
        """Of values that are darker, so much less is painted anew."""
        return replace(
            self, pixels=self.pixels.write(x, y, sheets.to_bytes(values[..., 0] * alpha))
        )

    def paint_of(self, brush: Brush) -> Values:
        return np.ones(1, np.float32)

    def resized(self, size: Size, width: int, height: int) -> Self:
        if self.pixels.blank:
            return self.blank(width, height)
        return replace(self, pixels=sheets.resized_cover(self.pixels, width, height))

    def inverted(self) -> Self | None:
        (pixels,) = tilewise(lambda tiles: [255 - tiles[0]], self.pixels)
        return replace(self, pixels=pixels)

    @classmethod
    def flattened(cls, items: tuple[Item, ...], size: Size) -> Self:
        return cls(
            **sheets.flattened(
                items, cls.plane_kinds, size, lambda part, rect: (combined(part, rect),)
            )
        )

    @classmethod
    def contribution(cls, items: tuple[Item, ...], view: View) -> Contribution:
        items = sheets.drawn(items)
        pixels = combined(items, view.rect) if items else None
        if pixels is None or not pixels.any():
            return NOTHING
        return Contribution(mask=sealed(fit_pixels(pixels, *view.size)))

    @classmethod
    def restored(cls, request: GenerationRequest, people: tuple[Person, ...] | None) -> Self | None:
        if request.mask is None:
            return cls.blank(request.width, request.height)
        return cls(Plane.of(COVER, request.mask.copy()))

    @classmethod
    def of_picture(cls, picture: DecodedPicture, frame: Framing, width: int, height: int) -> Self:
        _, _, w, h = frame.target
        mask = fit_pixels(frame.cut(picture.mask()), w, h)
        return cls(Plane.of(COVER, frame.put(mask, width, height)))

    @classmethod
    def of_rgba(cls, rgba: Pixels, width: int, height: int) -> Self:
        grey = (rgba[:, :, :3].astype(np.float32) @ _GREY) / 255
        mask = np.rint(grey * 255).astype(np.uint8)
        return cls(Plane.of(COVER, fit_pixels(mask, width, height)))

    def encoded(self, width: int, height: int) -> bytes:
        return png_bytes(self.pixels.whole)

    def picture(self, width: int, height: int) -> Pixels:
        mask = self.pixels.whole
        return np.dstack([np.full((*mask.shape, 3), 255, np.uint8), mask])


def combined(items: tuple[Item, ...], rect: Rect) -> Pixels:
    """A rectangle of mask nodes as one, uint8 [h, w]."""
    node = sheets.lone(items)
    if node is not None:
        return _pixels(node.content).read(*rect)
    total = np.zeros((rect[3], rect[2], 1), np.float32)
    for place, (one, opacity, masks) in enumerate(reversed(list(flat(items)))):
        share = sheets.share_of(_pixels(one.content), rect) * np.float32(opacity)
        for mask in masks:
            share = share * sheets.share_of(mask, rect)
        blend = "lighten" if one.blend == "normal" or place == 0 else one.blend
        total = blended(total, share, blend)
    return sheets.to_bytes(total[..., 0])


def _pixels(content: Content) -> Plane:
    assert isinstance(content, Mask)
    return content.pixels
