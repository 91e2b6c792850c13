"""What colours, references and normals have in common: one plane of R, G, B and how much of each pixel is painted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from studio_app.document.contents import sheets
from studio_app.document.contents.composed import COMPOSED, Compose, Opacity, Read, Sheets, afresh
from studio_app.document.contents.content import Content, Pixels, Size, Values
from studio_app.document.framings import Framing
from studio_app.document.painting import Sheet
from studio_app.document.pictures import Box, DecodedPicture, fit_pixels
from studio_app.document.planes import RGBA, Plane, PlaneKind, Rect
from studio_app.document.png import png_bytes
from studio_app.document.stack import Item, Node
from studio_app.document.stretching import stretched


@dataclass(frozen=True, eq=False)
class Rgba(Content):
    """rgba: R, G, B and straight alpha. Several lie on each other by their blend modes."""

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

    def there(self, rect: Rect) -> NDArray[np.bool_]:
        return self.rgba.read(*rect)[..., 3] > 0

    def with_sheet(self, x: int, y: int, values: Values, alpha: Values) -> Self:
        rgba = sheets.to_bytes(np.concatenate([values, alpha[..., None]], axis=2))
        return replace(self, rgba=self.rgba.write(x, y, rgba))

    def resized(self, size: Size, width: int, height: int, *, later: bool = False) -> Self:
        return self.with_planes(stretched(self.planes, width, height, _fitted, later=later))

    @classmethod
    def flattened(cls, items: tuple[Item, ...], size: Size) -> Self:
        return sheets.flattened(
            cls.blank(*size), items, lambda part, rect: (combined(part, rect, afresh),)
        )

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


def combined(items: tuple[Item, ...], rect: Rect, read: Read = COMPOSED.read) -> Pixels:
    """A rectangle of nodes of one such kind as one, uint8 [h, w, 4] of straight alpha."""
    node = sheets.lone(items)
    if node is not None:
        return rgba_of(node.content).read(*rect)
    return read(items, rect, composed)[0]


def _lay(
    items: tuple[Item, ...], rect: Rect, opacity: Opacity, ground: sheets.Sheet | None
) -> sheets.Sheet:
    return sheets.laid(items, rect, sheet, 3, opacity, ground)


def _show(ground: sheets.Sheet) -> Sheets:
    return (sheets.to_bytes(np.concatenate(sheets.straight(ground), axis=2)),)


composed = Compose(_lay, _show)
"""Several nodes as one, for `COMPOSED`: uint8 [h, w, 4] of straight alpha."""


def sheet(node: Node, rect: Rect) -> sheets.Sheet | None:
    """A rectangle of a node, for `sheets.merged`."""
    rgba = rgba_of(node.content)
    if rgba.blank_in(rect):
        return None
    values = rgba.read(*rect).astype(np.float32) / np.float32(255)
    return values[..., :3], values[..., 3:]


def fit_rgba(rgba: Pixels, width: int, height: int, box: Box | None = None) -> Pixels:
    """It, or a box of it, stretched to another size; itself where it has that."""
    if rgba.shape[:2] == (height, width) and box is None:
        return rgba
    flat = fit_pixels(np.ascontiguousarray(rgba[:, :, :3]), width, height, box)
    alpha = fit_pixels(np.ascontiguousarray(rgba[:, :, 3]), width, height, box)
    return np.dstack([flat, alpha])


def _fitted(
    sheets: Mapping[str, Pixels], width: int, height: int, box: Box | None
) -> dict[str, Pixels]:
    return {"rgba": fit_rgba(sheets["rgba"], width, height, box)}


def rgba_of(content: Content) -> Plane:
    """Its one plane."""
    assert isinstance(content, Rgba)
    return content.rgba
