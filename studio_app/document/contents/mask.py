"""Masks: what of the picture is painted anew, and what stays to the bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from studio_app.core.request import GenerationRequest
from studio_app.document.contents import sheets
from studio_app.document.contents.content import NOTHING, Contribution, Pixels, View
from studio_app.document.contents.cover import GREY, Cover, combined
from studio_app.document.framings import Framing
from studio_app.document.people import Person
from studio_app.document.pictures import DecodedPicture, fit_pixels
from studio_app.document.planes import COVER, Plane
from studio_app.document.stack import Item
from studio_app.document.tiles import sealed


@dataclass(frozen=True, eq=False)
class Mask(Cover):
    """pixels: 255 = paint anew, 0 = keep the colours bit-exact. All 0: no mask."""

    kind: ClassVar[str] = "mask"
    title: ClassVar[str] = "Mask"

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
        grey = (rgba[:, :, :3].astype(np.float32) @ GREY) / 255
        mask = np.rint(grey * 255).astype(np.uint8)
        return cls(Plane.of(COVER, fit_pixels(mask, width, height)))
