"""Normals: which way surfaces face. Of a picture, of depth or of a scene; OpenGL convention."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from studio_app.core.controls import Control
from studio_app.core.request import GenerationRequest
from studio_app.document.brushes import Brush
from studio_app.document.contents import sheets
from studio_app.document.contents.content import (
    NOTHING,
    Contribution,
    Pixels,
    Size,
    Values,
    View,
)
from studio_app.document.contents.rgba import Rgba, combined, fit_rgba
from studio_app.document.people import Person
from studio_app.document.planes import RGBA, Plane, tilewise
from studio_app.document.stack import Item
from studio_app.document.tiles import sealed

FACING = (128, 128, 255)
"""R, G, B of a surface that faces the viewer."""
_ROUNDING = 0.02
"""A length of bytes is off 1 by less than this."""


@dataclass(frozen=True, eq=False)
class Normal(Rgba):
    """rgba: R, G, B are the directions right, up and to the viewer, -1..1 as 0..255; straight alpha: where anybody has
    said so. A brush paints what faces the viewer."""

    kind: ClassVar[str] = "normal"
    title: ClassVar[str] = "Normals"
    controls: ClassVar[tuple[str, ...]] = ("normal",)
    begins: ClassVar[bool] = False
    directed: ClassVar[bool] = True

    def paint_of(self, brush: Brush) -> Values:
        return np.array(FACING, np.float32) / np.float32(255)

    def turned(self, values: Values, turn: NDArray[Any]) -> Values:
        """What faced left still does so on its thing: the directions turn with the pixels, and mirror with them. Of how
        a matrix stretches they take nothing."""
        vectors = values * 2 - 1
        plane = vectors[..., :2] * (1, -1)  # rows of a picture count downwards
        plane = np.einsum("...ij,...j->...i", _turn_alone(turn), plane) * (1, -1)
        return np.concatenate([(plane + 1) / 2, values[..., 2:]], axis=2).astype(np.float32)

    def flipped(self, size: Size, *, across: bool) -> Self:
        """What faced left faces right, in its mirror."""
        return replace(super().flipped(size, across=across), rgba=_turned_over(
            self.rgba.flipped(across=across), 0 if across else 1
        ))  # fmt: skip

    def inverted(self) -> Self | None:
        """Green turned over: from DirectX's convention, and into it."""
        return replace(self, rgba=_turned_over(self.rgba, 1))

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


def bytes_of(vectors: NDArray[Any]) -> Pixels:
    """Unit vectors [h, w, 3] (right, up, to the viewer) as R, G, B."""
    return np.rint((vectors + 1) * 127.5).clip(0, 255).astype(np.uint8)


def unit_length(rgb: Pixels) -> Pixels:
    """R, G, B [h, w, 3] as directions of length 1; what is that already, as bytes go, stays to the bit."""
    vectors = rgb.astype(np.float32) / np.float32(127.5) - 1
    length = np.linalg.norm(vectors, axis=2, keepdims=True)
    unit = np.where(length > _ROUNDING, vectors / np.maximum(length, _ROUNDING), (0, 0, 1))
    return np.where(np.abs(length - 1) < _ROUNDING, rgb, bytes_of(unit))


def _turn_alone(matrices: NDArray[Any]) -> NDArray[Any]:
    """The orthogonal factors of matrices [..., 2, 2], by their polar decomposition: the nearest that only turn, or turn
    and mirror (Higham, "Computing the Polar Decomposition", 1986)."""
    a, b = matrices[..., 0, 0], matrices[..., 0, 1]
    c, d = matrices[..., 1, 0], matrices[..., 1, 1]
    sign = np.where(a * d - b * c < 0, -1.0, 1.0)
    found = np.stack([a + sign * d, b - sign * c, c - sign * b, d + sign * a], axis=-1)
    length = np.hypot(found[..., 0], found[..., 1])[..., None]
    flat = np.array([1.0, 0.0, 0.0, 1.0])
    unit = np.where(length > 1e-9, found / np.maximum(length, 1e-9), flat)
    return unit.reshape(*unit.shape[:-1], 2, 2)


def _turned_over(rgba: Plane, channel: int) -> Plane:
    def change(tiles: list[NDArray[Any]]) -> list[NDArray[Any]]:
        (pixels,) = tiles
        made = pixels.copy()
        made[..., channel] = np.where(
            pixels[..., 3] > 0, 255 - pixels[..., channel], pixels[..., channel]
        )
        return [made]

    return tilewise(change, rgba)[0]
