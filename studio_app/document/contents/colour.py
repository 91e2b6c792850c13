"""Colours: what the picture starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Self

import numpy as np

from studio_app.core.request import GenerationRequest
from studio_app.document.brushes import Brush
from studio_app.document.contents import sheets
from studio_app.document.contents.composed import COMPOSED, Opacity, Sheets
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
from studio_app.document.planes import RGBA, Plane, PlaneKind, Rect
from studio_app.document.png import png_bytes
from studio_app.document.stack import Item, Node
from studio_app.document.tiles import sealed


@dataclass(frozen=True, eq=False)
class Colour(Content):
    """rgba: R, G, B and straight alpha. Several lie on each other by their blend modes."""

    kind: ClassVar[str] = "colour"
    title: ClassVar[str] = "Colour"
    plane_kinds: ClassVar[Mapping[str, PlaneKind]] = {"rgba": RGBA}
    flattens: ClassVar[bool] = True

    rgba: Plane

    @classmethod
    def of(cls, rgba: Pixels) -> Self:
        """Of a whole array [H, W, 4], given away."""
        return cls(Plane.of(RGBA, rgba))

    @cached_property
    def untouched(self) -> bool:
        return not any(tile.covers for tile in self.rgba.tiles.values())

    def sheet(self, rect: Rect) -> Sheet:
        values = self.rgba.read(*rect).astype(np.float32) / np.float32(255)
        return values[..., :3], values[..., 3]

    def with_sheet(self, x: int, y: int, values: Values, alpha: Values) -> Self:
        rgba = sheets.to_bytes(np.dstack([values, alpha]))
        return replace(self, rgba=self.rgba.write(x, y, rgba))

    def paint_of(self, brush: Brush) -> Values:
        return np.array(brush.colour, np.float32) / np.float32(255)

    def resized(self, size: Size, width: int, height: int) -> Self:
        if self.rgba.blank:
            return self.blank(width, height)
        return replace(self, rgba=Plane.of(RGBA, fit_rgba(self.rgba.whole, width, height)))

    @classmethod
    def flattened(cls, items: tuple[Item, ...], size: Size) -> Self:
        return cls(
            **sheets.flattened(
                items, cls.plane_kinds, size, lambda part, rect: (combined(part, rect),)
            )
        )

    @classmethod
    def contribution(cls, items: tuple[Item, ...], view: View) -> Contribution:
        rgba = seen_colour(items, view)
        return NOTHING if rgba is None else Contribution(init=over_grey(rgba))

    @classmethod
    def restored(cls, request: GenerationRequest, people: tuple[Person, ...] | None) -> Self | None:
        if request.init is None:
            return cls.blank(request.width, request.height)
        opaque = np.full((request.height, request.width, 1), 255, np.uint8)
        return cls(Plane.of(RGBA, np.concatenate([request.init, opaque], axis=2)))

    @classmethod
    def of_picture(cls, picture: DecodedPicture, frame: Framing, width: int, height: int) -> Self:
        _, _, w, h = frame.target
        rgba = fit_rgba(frame.cut(picture.rgba()), w, h)
        return cls(Plane.of(RGBA, frame.put(rgba, width, height)))

    @classmethod
    def of_rgba(cls, rgba: Pixels, width: int, height: int) -> Self:
        fitted = fit_rgba(rgba, width, height)
        return cls(Plane.of(RGBA, fitted.copy() if fitted is rgba else fitted))

    def encoded(self, width: int, height: int) -> bytes:
        return png_bytes(self.rgba.whole)

    def picture(self, width: int, height: int) -> Pixels:
        return self.rgba.whole


def seen_colour(items: tuple[Item, ...], view: View) -> Pixels | None:
    """What a model sees of colour nodes, uint8 [h, w, 4] of straight alpha; None where there is nothing."""
    items = sheets.drawn(items)
    rgba = combined(items, view.rect) if items else None
    return None if rgba is None or not rgba[..., 3].any() else fit_rgba(rgba, *view.size)


def combined(items: tuple[Item, ...], rect: Rect) -> Pixels:
    """A rectangle of colour nodes as one picture, uint8 [h, w, 4] of straight alpha."""
    node = sheets.lone(items)
    if node is not None:
        return _rgba(node).read(*rect)
    return COMPOSED.read(items, rect, composed)[0]


def composed(items: tuple[Item, ...], rect: Rect, opacity: Opacity) -> Sheets:
    """Several nodes as one, for `COMPOSED`: uint8 [h, w, 4] of straight alpha."""
    colour, alpha = sheets.merged(items, rect, sheet, 3, opacity)
    return (sheets.to_bytes(np.concatenate([colour, alpha], axis=2)),)


def sheet(node: Node, rect: Rect) -> sheets.Sheet | None:
    """A rectangle of a node, for `sheets.merged`."""
    rgba = _rgba(node)
    if rgba.blank_in(rect):
        return None
    values = rgba.read(*rect).astype(np.float32) / np.float32(255)
    return values[..., :3], values[..., 3:]


def over_grey(rgba: Pixels) -> Pixels:
    """uint8 [h, w, 3]: the colours over mid grey, as the isolated pictures are."""
    alpha = rgba[:, :, 3:].astype(np.uint16)
    mixed = (rgba[:, :, :3] * alpha + 128 * (255 - alpha) + 127) // 255
    return sealed(mixed.astype(np.uint8))


def fit_rgba(rgba: Pixels, width: int, height: int) -> Pixels:
    """Stretched to another size; itself where it has that."""
    if rgba.shape[:2] == (height, width):
        return rgba
    flat = fit_pixels(np.ascontiguousarray(rgba[:, :, :3]), width, height)
    alpha = fit_pixels(np.ascontiguousarray(rgba[:, :, 3]), width, height)
    return np.dstack([flat, alpha])


def _rgba(node: Node) -> Plane:
    assert isinstance(node.content, Colour)
    return node.content.rgba
