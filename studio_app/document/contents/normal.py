"""Normals: which way surfaces face. Of a picture, of depth or of a scene; OpenGL convention."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from studio_app.core.controls import Control
from studio_app.core.request import GenerationRequest
from studio_app.document.brushes import Brush
from studio_app.document.contents import sheets
from studio_app.document.contents.colour import fit_rgba
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
from studio_app.document.pictures import DecodedPicture
from studio_app.document.planes import RGBA, Plane, PlaneKind, Rect, tilewise
from studio_app.document.png import png_bytes
from studio_app.document.stack import Item, Node
from studio_app.document.tiles import sealed

FACING = (128, 128, 255)
"""R, G, B of a surface that faces the viewer."""
_ROUNDING = 0.02
"""A length of bytes is off 1 by less than this."""


@dataclass(frozen=True, eq=False)
class Normal(Content):
    """rgba: R, G, B are the directions right, up and to the viewer, -1..1 as 0..255; straight alpha: where anybody has
    said so. A brush paints what faces the viewer."""

    kind: ClassVar[str] = "normal"
    title: ClassVar[str] = "Normals"
    plane_kinds: ClassVar[Mapping[str, PlaneKind]] = {"rgba": RGBA}
    controls: ClassVar[tuple[str, ...]] = ("normal",)
    flattens: ClassVar[bool] = True
    begins: ClassVar[bool] = False

    rgba: Plane

    @classmethod
    def of(cls, rgba: Pixels) -> Normal:
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
        return np.array(FACING, np.float32) / np.float32(255)

    def turned(self, values: Values, turn: NDArray[Any]) -> Values:
        """What faced left still does so on its thing: the directions turn with the pixels."""
        left, _, right = np.linalg.svd(turn)
        vectors = values * 2 - 1
        plane = vectors[..., :2] * (1, -1)  # rows of a picture count downwards
        return np.concatenate(
            [((plane @ (left @ right).T) * (1, -1) + 1) / 2, values[..., 2:]], axis=2
        ).astype(np.float32)

    def resized(self, size: Size, width: int, height: int) -> Self:
        if self.rgba.blank:
            return self.blank(width, height)
        return replace(self, rgba=Plane.of(RGBA, fit_rgba(self.rgba.whole, width, height)))

    def flipped(self, size: Size, *, across: bool) -> Self:
        """What faced left faces right, in its mirror."""
        return replace(super().flipped(size, across=across), rgba=_turned_over(
            self.rgba.flipped(across=across), 0 if across else 1
        ))  # fmt: skip

    def inverted(self) -> Self | None:
        """Green turned over: from DirectX's convention, and into it."""
        return replace(self, rgba=_turned_over(self.rgba, 1))

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
        rgba = combined(items, view.rect) if items else None
        if rgba is None or not rgba[..., 3].any():
            return NOTHING
        rgba = fit_rgba(rgba, *view.size)
        known = rgba[..., 3]
        pixels = np.where(
            known[..., None] > 0, unit_length(rgba[..., :3]), np.array(FACING, np.uint8)
        )
        all_known = known.min() == 255
        return Contribution(
            (Control("normal", sealed(pixels), None if all_known else sealed(known)),)
        )

    @classmethod
    def restored(cls, request: GenerationRequest, people: tuple[Person, ...] | None) -> Self | None:
        for control in request.controls:
            if control.kind == "normal":
                rgb, known = control.pixels, control.known
                rgb = sheets.to_bytes(rgb) if rgb.dtype != np.uint8 else rgb
                cover = np.full(rgb.shape[:2], 255, np.uint8) if known is None else known
                rgba = fit_rgba(np.dstack([rgb, cover]), request.width, request.height)
                return cls(Plane.of(RGBA, rgba))
        return cls.blank(request.width, request.height)

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


def combined(items: tuple[Item, ...], rect: Rect) -> Pixels:
    """A rectangle of nodes of normals as one, uint8 [h, w, 4]."""
    node = sheets.lone(items)
    if node is not None:
        return _rgba(node).read(*rect)
    return COMPOSED.read(items, rect, composed)[0]


def composed(items: tuple[Item, ...], rect: Rect, opacity: Opacity) -> Sheets:
    """Several nodes as one, for `COMPOSED`: uint8 [h, w, 4]."""
    values, alpha = sheets.merged(items, rect, sheet, 3, opacity)
    return (sheets.to_bytes(np.concatenate([values, alpha], axis=2)),)


def sheet(node: Node, rect: Rect) -> sheets.Sheet | None:
    """A rectangle of a node, for `sheets.merged`."""
    rgba = _rgba(node)
    if rgba.blank_in(rect):
        return None
    values = rgba.read(*rect).astype(np.float32) / np.float32(255)
    return values[..., :3], values[..., 3:]


def bytes_of(vectors: NDArray[Any]) -> Pixels:
    """Unit vectors [h, w, 3] (right, up, to the viewer) as R, G, B."""
    return np.rint((vectors + 1) * 127.5).clip(0, 255).astype(np.uint8)


def unit_length(rgb: Pixels) -> Pixels:
    """R, G, B [h, w, 3] as directions of length 1; what is that already, as bytes go, stays to the bit."""
    vectors = rgb.astype(np.float32) / np.float32(127.5) - 1
    length = np.linalg.norm(vectors, axis=2, keepdims=True)
    unit = np.where(length > _ROUNDING, vectors / np.maximum(length, _ROUNDING), (0, 0, 1))
    return np.where(np.abs(length - 1) < _ROUNDING, rgb, bytes_of(unit))


def _turned_over(rgba: Plane, channel: int) -> Plane:
    def change(tiles: list[NDArray[Any]]) -> list[NDArray[Any]]:
        (pixels,) = tiles
        made = pixels.copy()
        made[..., channel] = np.where(
            pixels[..., 3] > 0, 255 - pixels[..., channel], pixels[..., channel]
        )
        return [made]

    return tilewise(change, rgba)[0]


def _rgba(node: Node) -> Plane:
    assert isinstance(node.content, Normal)
    return node.content.rgba
