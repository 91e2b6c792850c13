"""References: a picture beside the work, to look at; models that take references see it too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from studio_app.core.controls import Control
from studio_app.core.request import GenerationRequest
from studio_app.document.contents import sheets
from studio_app.document.contents.colour import Colour, over_grey
from studio_app.document.contents.content import NOTHING, Contribution, View
from studio_app.document.contents.rgba import combined, fit_rgba
from studio_app.document.people import Person
from studio_app.document.planes import NOWHERE, RGBA, Plane, Rect, union
from studio_app.document.stack import Item

MOST = 1024
"""Pixels of the longer side that a model gets."""


@dataclass(frozen=True, eq=False)
class Reference(Colour):
    """rgba: as of colours. What a model sees of it is all that is there, wherever the frame is."""

    kind: ClassVar[str] = "reference"
    title: ClassVar[str] = "Reference"
    controls: ClassVar[tuple[str, ...]] = ("reference",)
    begins: ClassVar[bool] = False
    shown: ClassVar[float] = 0.5
    """It lies over the drawing, which is traced through it."""

    @classmethod
    def contribution(cls, items: tuple[Item, ...], view: View) -> Contribution:
        items = sheets.drawn(items)
        rect: Rect = NOWHERE
        for node in sheets.touched(items):
            rect = union(rect, node.content.bounds)
        if rect[2] <= 0:
            return NOTHING
        rgba = combined(items, rect)
        rows, columns = (np.flatnonzero(rgba[..., 3].any(axis)) for axis in (1, 0))
        if not rows.size:
            return NOTHING
        rgba = rgba[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        scale = min(MOST / max(rgba.shape[:2]), 1.0)
        height, width = (max(round(side * scale), 1) for side in rgba.shape[:2])
        return Contribution((Control("reference", over_grey(fit_rgba(rgba, width, height))),))

    @classmethod
    def restored(cls, request: GenerationRequest, people: tuple[Person, ...] | None) -> Self | None:
        """In the upper left corner, smaller where it has no room."""
        size = request.width, request.height
        for control in request.controls:
            if control.kind == "reference":
                rgb = control.pixels
                rgb = sheets.to_bytes(rgb) if rgb.dtype != np.uint8 else rgb
                rgba = np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])
                scale = min(size[0] / rgb.shape[1], size[1] / rgb.shape[0], 1.0)
                height, width = (max(round(side * scale), 1) for side in rgb.shape[:2])
                return cls(Plane(RGBA, *size).write(0, 0, fit_rgba(rgba, width, height)))
        return cls.blank(*size)
