"""Colours: what the picture starts from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from studio_app.core.request import GenerationRequest
from studio_app.document.brushes import Brush
from studio_app.document.contents import sheets
from studio_app.document.contents.content import (
    NOTHING,
    Contribution,
    Pixels,
    Values,
    View,
)
from studio_app.document.contents.rgba import Rgba, combined, fit_rgba
from studio_app.document.people import Person
from studio_app.document.planes import RGBA, Plane
from studio_app.document.stack import Item
from studio_app.document.tiles import sealed


@dataclass(frozen=True, eq=False)
class Colour(Rgba):
    """As they are painted, and over mid grey for a model."""

    kind: ClassVar[str] = "colour"
    title: ClassVar[str] = "Colour"

    def paint_of(self, brush: Brush) -> Values:
        return np.array(brush.colour, np.float32) / np.float32(255)

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


def seen_colour(items: tuple[Item, ...], view: View) -> Pixels | None:
    """What a model sees of colour nodes, uint8 [h, w, 4] of straight alpha; None where there is nothing."""
    items = sheets.drawn(items)
    rgba = combined(items, view.rect) if items else None
    return None if rgba is None or not rgba[..., 3].any() else fit_rgba(rgba, *view.size)


def over_grey(rgba: Pixels) -> Pixels:
    """uint8 [h, w, 3]: the colours over mid grey, as the isolated pictures are."""
    alpha = rgba[:, :, 3:].astype(np.uint16)
    mixed = (rgba[:, :, :3] * alpha + 128 * (255 - alpha) + 127) // 255
    return sealed(mixed.astype(np.uint8))
