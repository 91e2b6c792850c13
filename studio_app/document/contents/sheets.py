"""How the nodes of one kind that have pixels lie on each other: by order, opacity, blend mode, mask and clip."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from studio_app.document.blending import blended, composited, unmultiplied
from studio_app.document.contents.content import Content
from studio_app.document.deferring import changed
from studio_app.document.pictures import Box, fit_pixels
from studio_app.document.planes import COVER, Plane, Rect
from studio_app.document.stack import Group, Item, Node
from studio_app.document.stretching import stretched

Values = NDArray[Any]
Kind = TypeVar("Kind", bound=Content)
Sheet = tuple[Values, Values]
"""float32 [h, w, C] and its alpha [h, w, 1], 0..1, not premultiplied."""
ERASING = ("dst-in", "dst-atop")
"""They clear what is below where they have nothing themselves."""
_NOTHING_ALONE = ("dst-in", "dst-out", "src-atop")


def drawn(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Without nodes on which nothing is drawn, as far as they make no difference to those beside them."""
    if any(item.clip or item.blend in ERASING for item in items):
        return items if any(True for _ in touched(items)) else ()
    kept: list[Item] = []
    for item in items:
        if isinstance(item, Group):
            children = drawn(item.children)
            if children:
                kept.append(replace(item, children=children))
        elif not item.untouched:
            kept.append(item)
    return tuple(kept)


def touched(items: tuple[Item, ...]) -> Iterator[Node]:
    """The nodes of a tree on which something is drawn, the topmost first."""
    for item in items:
        if isinstance(item, Group):
            yield from touched(item.children)
        elif not item.untouched:
            yield item


def lone(items: tuple[Item, ...]) -> Node | None:
    """The one node that is all of the tree's picture, as it is; None where there are several, or it is looked at
    through anything."""
    if len(items) != 1 or items[0].opacity != 1 or items[0].mask is not None:
        return None
    (item,) = items
    if item.blend in _NOTHING_ALONE:
        return None
    return lone(item.children) if isinstance(item, Group) else item


def merged(
    items: tuple[Item, ...],
    rect: Rect,
    read: Callable[[Node, Rect], Sheet | None],
    channels: int,
    opacity: Callable[[Item], float] = lambda item: item.opacity,
) -> Sheet:
    """A rectangle of a tree as one sheet. read: the sheet of a node, or None where it has nothing there."""
    return straight(laid(items, rect, read, channels, opacity))


def laid(
    items: tuple[Item, ...],
    rect: Rect,
    read: Callable[[Node, Rect], Sheet | None],
    channels: int,
    opacity: Callable[[Item], float],
    ground: Sheet | None = None,
) -> Sheet:
    """The same on a ground, if there is one; both premultiplied.

    What is clipped lies on the next below it that is not, inside its edges, before the two lie on the rest; where
    there is none, it is not clipped.
    """
    shape = rect[3], rect[2]
    if ground is None:
        ground = np.zeros((*shape, channels), np.float32), np.zeros((*shape, 1), np.float32)
    base: tuple[Sheet, Item] | None = None

    def sheet_of(item: Item) -> Sheet:
        if isinstance(item, Group):
            found: Sheet | None = merged(item.children, rect, read, channels, opacity)
        else:
            found = read(item, rect)
        if found is None:
            return np.zeros((*shape, channels), np.float32), np.zeros((*shape, 1), np.float32)
        colour, alpha = found
        return colour, alpha if item.mask is None else alpha * share_of(item.mask, rect)

    for item in reversed(items):
        if item.clip and base is not None:
            (under, cover), holder = base
            colour, alpha = sheet_of(item)
            share = alpha * np.float32(opacity(item))
            base = (under + share * (blended(under, colour, item.blend) - under), cover), holder
            continue
        if base is not None:
            ground = _laid(ground, *base, opacity)
        base = sheet_of(item), item
    return ground if base is None else _laid(ground, *base, opacity)


def straight(ground: Sheet) -> Sheet:
    """A premultiplied one, not premultiplied."""
    under, cover = ground
    return unmultiplied(under, cover), cover


def _laid(ground: Sheet, sheet: Sheet, item: Item, opacity: Callable[[Item], float]) -> Sheet:
    """The ground, premultiplied, with a sheet on it as its item says."""
    colour, alpha = sheet
    return composited(ground, colour, alpha * np.float32(opacity(item)), item.blend)


def flattened(
    blank: Kind,
    items: tuple[Item, ...],
    read: Callable[[tuple[Item, ...], Rect], tuple[Values, ...]],
) -> Kind:
    """A tree as one content, by the tile; where that is many, each is made when somebody looks at it. blank: with
    nothing on it yet. read: a rectangle of each of its planes."""
    grid = Plane(COVER, *blank.page[2:])
    drawn_on = [plane for node in touched(items) for plane in node.planes().values()]

    def merge(part: Content, wide: Rect, box: Rect) -> Content:
        x, y = box[0] - wide[0], box[1] - wide[1]
        sheets = zip(part.planes.items(), read(items, box), strict=True)
        return part.with_planes({name: plane.write(x, y, sheet) for (name, plane), sheet in sheets})

    places = [
        place
        for place in grid.places(grid.bounds)
        if not all(plane.blank_in(grid.box(place)) for plane in drawn_on)
    ]
    return changed(blank, places, merge)


def share_of(plane: Plane, rect: Rect) -> Values:
    """A rectangle of a plane of cover as float32 0..1, [h, w, 1]."""
    return plane.read(*rect)[..., None].astype(np.float32) / np.float32(255)


def resized_cover(plane: Plane, width: int, height: int, *, later: bool = False) -> Plane:
    """A plane of cover, stretched. later: when somebody looks at it."""
    return stretched({"": plane}, width, height, _fitted, later=later)[""]


def _fitted(
    planes: Mapping[str, NDArray[np.uint8]], width: int, height: int, box: Box | None
) -> dict[str, NDArray[np.uint8]]:
    return {"": fit_pixels(planes[""], width, height, box)}


def to_bytes(values: Values) -> NDArray[np.uint8]:
    """0..1 as 0..255."""
    levels = np.multiply(values, 255)
    np.rint(levels, out=levels)
    return np.clip(levels, 0, 255, out=levels).astype(
        np.uint8
    )  # every dab comes by here: no more copies


def painted_cover(
    plane: Plane, before: Plane, rect: Rect, coverage: Values, *, eraser: bool
) -> Plane:
    """A plane of cover with a stroke in a rectangle: to all, or by an eraser to nothing. As `Content.painted`."""
    target = 0.0 if eraser else 255.0
    old = before.read(*rect).astype(np.float32)
    return plane.write(*rect[:2], np.rint(old + coverage * (target - old)).astype(np.uint8))
