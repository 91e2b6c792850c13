"""Depth: how near things are, as far as anybody has said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

from studio_app.core.controls import Control
from studio_app.core.request import GenerationRequest
from studio_app.document.brushes import Brush
from studio_app.document.contents import sheets
from studio_app.document.contents.composed import COMPOSED, Compose, Opacity, Read, Sheets, afresh
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
from studio_app.document.greys import grey_of
from studio_app.document.painting import MODES, Mode, Sheet, painted_over, shifted
from studio_app.document.people import Person
from studio_app.document.pictures import Box, DecodedPicture, fit_depth
from studio_app.document.planes import COVER, VALUE, Plane, PlaneKind, Rect, tilewise
from studio_app.document.png import png_bytes
from studio_app.document.stack import Item, Node
from studio_app.document.stretching import stretched
from studio_app.document.tiles import sealed

Around = Literal["background", "unknown"]
"""What lies around the paint of a depth: background (depth 0, and known), or what nobody has said."""
AROUNDS: tuple[Around, ...] = get_args(Around)


@dataclass(frozen=True, eq=False)
class Depth(Content):
    """value: 0..1 (1 = near, 0 = background). known: what is painted: 0 nothing, 255 all of it. around: what the
    unpainted ground of a depth that has been painted on means; of one that has not it means nothing.

    Several are one drawing, the upper painted over the lower; its ground is unknown where all of them say so.
    """

    kind: ClassVar[str] = "depth"
    title: ClassVar[str] = "Depth"
    plane_kinds: ClassVar[Mapping[str, PlaneKind]] = {"value": VALUE, "known": COVER}
    controls: ClassVar[tuple[str, ...]] = ("depth",)
    flattens: ClassVar[bool] = True
    modes: ClassVar[tuple[Mode, ...]] = MODES

    value: Plane
    known: Plane
    around: Around = "background"

    @classmethod
    def of(cls, value: Values, known: Pixels, around: Around = "background") -> Depth:
        """Of whole arrays, given away."""
        return cls(Plane.of(VALUE, value), Plane.of(COVER, known), around)

    @cached_property
    def untouched(self) -> bool:
        return self.known.blank

    def kept_by(self, other: Content) -> Content:
        return replace(other, around=self.around) if isinstance(other, Depth) else other

    def sheet(self, rect: Rect) -> Sheet:
        known = self.known.read(*rect).astype(np.float32) / np.float32(255)
        return self.value.read(*rect)[..., None], known

    def there(self, rect: Rect) -> NDArray[np.bool_]:
        return self.known.read(*rect) > 0

    def with_sheet(self, x: int, y: int, values: Values, alpha: Values) -> Self:
        value, known = np.clip(values[..., 0], 0, 1), sheets.to_bytes(alpha)
        return replace(
            self, value=self.value.write(x, y, value), known=self.known.write(x, y, known)
        )

    def paint_of(self, brush: Brush) -> Values:
        return np.array([brush.value], np.float32)

    def worked(
        self, mode: Mode, rect: Rect, coverage: Values, brush: Brush, paint: Values | None
    ) -> Sheet:
        """Smoothing leaves the edges of what is known as they are: half a thing is nowhere near."""
        old, alpha = self.sheet(rect)
        if mode == "smooth":
            return super().worked(mode, rect, coverage, brush, paint)[0], alpha
        if mode == "behind":
            own = np.broadcast_to(self.paint_of(brush) if paint is None else paint, old.shape)
            said = old[..., 0] * alpha
            cover = np.where(own[..., 0] >= said, coverage, 0)
            return painted_over(old, alpha, own, cover, eraser=False, lock=False)
        by = brush.amount if mode == "nearer" else -brush.amount
        return shifted(old, alpha, coverage, by, ground=self.around == "background")

    def resized(self, size: Size, width: int, height: int, *, later: bool = False) -> Self:
        return self.with_planes(stretched(self.planes, width, height, _fitted, later=later))

    def inverted(self) -> Self | None:
        value, _ = tilewise(_far_for_near, self.value, self.known)
        return replace(self, value=value)

    def filled(self) -> Self:
        """With background painted wherever nothing was."""
        value, known = tilewise(_on_background, self.value, self.known)
        return replace(self, value=value, known=known)

    def said(self) -> tuple[Values, Pixels | None]:
        """What it says to a model, alone: see `surrounded`."""
        return surrounded(self.value.whole, self.known.whole, self.around)

    @classmethod
    def flattened(cls, items: tuple[Item, ...], size: Size) -> Self:
        made = sheets.flattened(
            cls.blank(*size), items, lambda part, rect: combined(part, rect, afresh)
        )
        return replace(made, around=around_of(items))

    @classmethod
    def contribution(cls, items: tuple[Item, ...], view: View) -> Contribution:
        items = sheets.drawn(items)
        if not items:
            return NOTHING
        value, known = combined(items, view.rect)
        if not known.any():
            return NOTHING
        value, fitted = fit_depth(value, known, *view.size)
        return Contribution((Control("depth", *surrounded(value, fitted, around_of(items))),))

    @classmethod
    def restored(cls, request: GenerationRequest, people: tuple[Person, ...] | None) -> Self | None:
        width, height = request.width, request.height
        made = cls.blank(width, height)
        for control in request.controls:
            if control.kind == "depth":
                value: NDArray[Any] = control.pixels
                if value.dtype == np.uint8:
                    value = value.astype(np.float32) / np.float32(255)
                fitted, known = fit_depth(value, control.known, width, height)
                made = cls.that_says(fitted.copy(), None if known is None else known.copy())
        return made

    @classmethod
    def that_says(cls, value: Values, known: Pixels | None) -> Self:
        """The depth that says this to a model; the inverse of `said`. Arrays, given away."""
        if known is not None:
            return cls(Plane.of(VALUE, value), Plane.of(COVER, known), "unknown")
        painted = value > 0
        if not painted.any():  # background everywhere is something that was said
            painted = np.ones_like(painted)
        cover = np.where(painted, np.uint8(255), np.uint8(0))
        return cls(Plane.of(VALUE, value), Plane.of(COVER, cover))

    def stored(self) -> dict[str, Any]:
        return {"around": self.around}

    @classmethod
    def of_stored(cls, planes: Mapping[str, Plane], given: Mapping[str, Any]) -> Self:
        """Documents from before there was a choice meant unknown."""
        around: Around = "background" if given.get("around") == "background" else "unknown"
        return cls(planes["value"], planes["known"], around)

    @classmethod
    def of_picture(cls, picture: DecodedPicture, frame: Framing, width: int, height: int) -> Self:
        _, _, w, h = frame.target
        value, known = picture.depth()
        if known is None:
            known = np.full(value.shape, 255, np.uint8)
        value, known = fit_depth(frame.cut(value), frame.cut(known), w, h)
        assert known is not None
        value, known = frame.put(value, width, height), frame.put(known, width, height)
        return cls(Plane.of(VALUE, value), Plane.of(COVER, known))

    @classmethod
    def of_rgba(cls, rgba: Pixels, width: int, height: int) -> Self:
        grey = grey_of(rgba) / 255
        value, known = fit_depth(grey.clip(0, 1), rgba[:, :, 3].copy(), width, height)
        assert known is not None
        return cls(Plane.of(VALUE, value), Plane.of(COVER, known))

    def encoded(self, width: int, height: int) -> bytes:
        """A PNG of 16 bits, as it says itself to a model: on background, everything is known; else what is unknown is
        transparent (in one grey that nothing else has, which every reader of PNGs understands)."""
        value, known = self.said()
        levels = np.rint(value.astype(np.float64) * 65535).astype(np.uint16)
        if known is None or (known >= 128).all():
            return png_bytes(levels)
        said = known >= 128
        used = np.zeros(65536, bool)
        used[levels[said]] = True
        free = np.flatnonzero(~used)
        clear = int(free[0]) if free.size else 0
        levels[said & (levels == clear)] = min(clear + 1, 65535)
        levels[~said] = clear
        return png_bytes(levels, clear=clear)

    def picture(self, width: int, height: int) -> Pixels:
        grey = sheets.to_bytes(self.value.whole)
        return np.dstack([grey, grey, grey, self.known.whole])


def combined(
    items: tuple[Item, ...], rect: Rect, read: Read = COMPOSED.read
) -> tuple[Values, Pixels]:
    """A rectangle of depth nodes as one: value and known."""
    node = sheets.lone(items)
    if node is not None:
        depth = _depth(node)
        return depth.value.read(*rect), depth.known.read(*rect)
    value, alpha = read(items, rect, composed)
    return value, sheets.to_bytes(alpha)


def _lay(
    items: tuple[Item, ...], rect: Rect, opacity: Opacity, ground: sheets.Sheet | None
) -> sheets.Sheet:
    return sheets.laid(items, rect, sheet, 1, opacity, ground)


def _show(ground: sheets.Sheet) -> Sheets:
    value, alpha = sheets.straight(ground)
    return np.clip(value[..., 0], 0, 1), alpha[..., 0]


composed = Compose(_lay, _show)
"""Several nodes as one, for `COMPOSED`: value and how much of it is known, float32 [h, w], 0..1."""


def around_of(items: tuple[Item, ...]) -> Around:
    """What lies around the paint of several."""
    grounds = {_depth(node).around for node in sheets.touched(items)}
    return "unknown" if grounds == {"unknown"} else "background"


def sheet(node: Node, rect: Rect) -> sheets.Sheet | None:
    """A rectangle of a node, for `sheets.merged`."""
    depth = _depth(node)
    if depth.known.blank_in(rect):
        return None
    return depth.value.read(*rect)[..., None], sheets.share_of(depth.known, rect)


def surrounded(value: Values, known: Pixels | None, around: Around) -> tuple[Values, Pixels | None]:
    """What painted depth says to a model: (value, known), known None where all of it is known.

    On background, paint covers it as it covers black on the canvas: a soft edge falls off to 0.
    """
    if known is None or known.min() == 255:
        return value, None
    if around == "background":
        covered: Values = known.astype(np.float32) / np.float32(255)
        covered *= value
        return sealed(covered), None
    return value, known


def _far_for_near(tiles: list[NDArray[Any]]) -> list[NDArray[Any]]:
    value, known = tiles
    return [np.where(known > 0, 1 - value, value), known]


def _on_background(tiles: list[NDArray[Any]]) -> list[NDArray[Any]]:
    value, known = tiles
    return [surrounded(value, known, "background")[0], np.full_like(known, 255)]


def _fitted(
    planes: Mapping[str, NDArray[Any]], width: int, height: int, box: Box | None
) -> dict[str, NDArray[Any]]:
    value, known = fit_depth(planes["value"], planes["known"], width, height, box)
    assert known is not None
    return {"value": value, "known": known}


def _depth(node: Node) -> Depth:
    assert isinstance(node.content, Depth)
    return node.content
