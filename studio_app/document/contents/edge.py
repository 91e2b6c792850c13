"""Line art: where the edges of things run, white on black as ControlNets of edges and lines are taught."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from studio_app.core.controls import Control
from studio_app.core.request import GenerationRequest
from studio_app.document.contents import sheets
from studio_app.document.contents.content import NOTHING, Contribution, Pixels, View
from studio_app.document.contents.cover import Cover, combined
from studio_app.document.framings import Framing
from studio_app.document.greys import grey_of
from studio_app.document.people import Person
from studio_app.document.pictures import DecodedPicture, fit_pixels
from studio_app.document.planes import COVER, Plane
from studio_app.document.stack import Item
from studio_app.document.tiles import sealed


@dataclass(frozen=True, eq=False)
class Edge(Cover):
    """pixels: 255 = a line, 0 = none. Where nothing is drawn there is no edge; of a blank one nothing is said."""

    kind: ClassVar[str] = "edge"
    title: ClassVar[str] = "Edges"
    controls: ClassVar[tuple[str, ...]] = ("edge",)
    begins: ClassVar[bool] = False

    @classmethod
    def contribution(cls, items: tuple[Item, ...], view: View) -> Contribution:
        items = sheets.drawn(items)
        pixels = combined(items, view.rect) if items else None
        if pixels is None or not pixels.any():
            return NOTHING
        return Contribution((Control("edge", sealed(fit_pixels(pixels, *view.size))),))

    @classmethod
    def restored(cls, request: GenerationRequest, people: tuple[Person, ...] | None) -> Self | None:
        for control in request.controls:
            if control.kind == "edge":
                lines = control.pixels
                lines = sheets.to_bytes(lines) if lines.dtype != np.uint8 else lines.copy()
                return cls(Plane.of(COVER, fit_pixels(lines, request.width, request.height)))
        return cls.blank(request.width, request.height)

    @classmethod
    def of_picture(cls, picture: DecodedPicture, frame: Framing, width: int, height: int) -> Self:
        _, _, w, h = frame.target
        lines = fit_pixels(frame.cut(lines_of(picture.rgba())), w, h)
        return cls(Plane.of(COVER, frame.put(lines, width, height)))

    @classmethod
    def of_rgba(cls, rgba: Pixels, width: int, height: int) -> Self:
        return cls(Plane.of(COVER, fit_pixels(lines_of(rgba), width, height)))


def lines_of(rgba: Pixels) -> Pixels:
    """uint8 [h, w]: the lines of a drawing [h, w, 4] of straight alpha, whatever it is drawn on. On transparent ground
    they are what is there; on a light one, as paper is, what is dark; else what is light."""
    alpha = rgba[..., 3]
    if float((alpha < 128).mean()) > 0.5:
        return alpha.copy()
    grey = grey_of(rgba)
    if float(np.median(grey)) >= 128:
        grey = 255 - grey
    return np.rint(grey * (alpha.astype(np.float32) / 255)).astype(np.uint8)
