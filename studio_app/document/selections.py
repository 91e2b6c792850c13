"""Selections: planes of the canvas's size that say where an edit may change pixels; None: everywhere.

All by the tile, and new planes share what they can. An empty plane selects nothing: no command makes one, it
becomes None.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from studio_app.document.contents.content import Content
from studio_app.document.planes import (
    COVER,
    NOWHERE,
    Plane,
    Rect,
    overlap,
    tilewise,
    union,
    widened,
)
from studio_app.document.telling import Tell, untold

Values = NDArray[Any]
Cover = Callable[[Rect], Values]
"""Of a shape: how much of each pixel of a rectangle it covers, float32 0..1 [h, w]."""
How = Literal["replace", "add", "subtract", "intersect"]
HOWS: tuple[How, ...] = get_args(How)
MAX_REACH = 64
"""Pixels that a selection may grow, shrink or be feathered by at once."""


def within(selection: Plane | None, rect: Rect, coverage: Values) -> Values:
    """A coverage [h, w], where it is selected."""
    if selection is None:
        return coverage
    if selection.blank_in(rect):
        return np.zeros_like(coverage)
    return coverage * (selection.read(*rect).astype(np.float32) / np.float32(255))


def bounds_of(selection: Plane) -> Rect:
    """Exactly around what is selected at all; width 0: nothing is."""
    rect = NOWHERE
    for place in selection.tiles:
        x, y, _, _ = box = selection.box(place)
        if rect[2] > 0 and overlap(box, rect) == box:
            continue
        pixels = selection.tiles[place].pixels
        rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
        if rows.size:
            left, top = int(columns[0]), int(rows[0])
            wide, high = int(columns[-1]) - left + 1, int(rows[-1]) - top + 1
            rect = union(rect, (x + left, y + top, wide, high))
    return rect


def combined(
    selection: Plane | None,
    cover: Cover,
    bounds: Rect,
    size: tuple[int, int],
    how: How,
    tell: Tell = untold,
) -> Plane | None:
    """A selection with a shape, of those bounds, put to it. What is subtracted from None is subtracted from all, and
    what is cut with it is the shape alone; None where nothing is left."""
    empty = Plane(COVER, *size)
    all_of_it = selection is None
    old = empty if selection is None or how == "replace" else selection
    if all_of_it and how == "subtract":
        old = everything(size)
    made = empty if how == "intersect" else old
    places = list(empty.places(overlap(bounds, empty.bounds)))
    for number, place in enumerate(places):
        tell(number / len(places))
        rect = empty.box(place)
        shape, was = cover(rect), old.read(*rect).astype(np.float32) / np.float32(255)
        if how == "subtract":
            share = was * (1 - shape)
        elif how == "intersect" and not all_of_it:
            share = was * shape
        else:
            share = np.maximum(was, shape)
        made = made.write(*rect[:2], np.rint(share * 255).astype(np.uint8))
    return None if made.blank else made


def everything(size: tuple[int, int]) -> Plane:
    """All of a canvas, as a plane."""
    return inverted(Plane(COVER, *size))


def drawn(content: Content, tell: Tell = untold) -> Plane | None:
    """What has paint on a content, as much as it covers; None where nothing has."""
    made = Plane(COVER, *content.page[2:])
    places = sorted({place for plane in content.planes.values() for place in plane.tiles})
    for number, place in enumerate(places):
        tell(number / len(places))
        rect = made.box(place)
        _, alpha = content.sheet(rect)
        made = made.write(*rect[:2], np.rint(alpha * 255).astype(np.uint8))
    return None if made.blank else made


def inverted(selection: Plane) -> Plane:
    """What is not selected."""
    (made,) = tilewise(lambda tiles: [255 - tiles[0]], selection)
    return made


def grown(selection: Plane, by: int, tell: Tell = untold) -> Plane:
    """Larger by so many pixels on every side, round at corners; smaller, where that is negative. The edge of the canvas
    is no edge of a selection."""
    if by < 0:
        return inverted(grown(inverted(selection), -by, tell))
    reach = min(by, MAX_REACH)

    def larger(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        share = np.clip(reach + 1 - _distance(pixels >= 128, reach + 1), 0, 1)
        return np.maximum(np.rint(share * 255).astype(np.uint8), pixels)

    return _by_neighbours(selection, reach + 2, larger, tell) if reach else selection


def feathered(selection: Plane, by: int, tell: Tell = untold) -> Plane:
    """With an edge that is soft over about so many pixels to both sides."""
    reach = min(by, MAX_REACH)

    def softer(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(reach / 2)))

    return _by_neighbours(selection, 2 * reach + 1, softer, tell) if reach > 0 else selection


def _by_neighbours(
    selection: Plane,
    reach: int,
    change: Callable[[NDArray[np.uint8]], NDArray[np.uint8]],
    tell: Tell,
) -> Plane:
    """A selection with every tile changed that has an edge within `reach` of it. `change` gets the tile with so wide a
    margin, and beyond the canvas what is at its border."""
    made = selection
    places = list(selection.places(selection.bounds))
    for number, place in enumerate(places):
        tell(number / len(places))
        rect = selection.box(place)
        wide = widened(rect, reach, selection.size)
        if selection.blank_in(wide):
            continue
        region = selection.read(*wide)
        if region.min() == region.max():
            continue
        x, y, width, height = rect
        before = reach - (y - wide[1]), reach - (x - wide[0])
        after = 2 * reach + height - before[0] - wide[3], 2 * reach + width - before[1] - wide[2]
        pads = (before[0], after[0]), (before[1], after[1])
        inside = change(np.pad(region, pads, mode="edge"))
        made = made.write(x, y, inside[reach : reach + height, reach : reach + width].copy())
    return made


def _distance(inside: NDArray[np.bool_], limit: int) -> Values:
    """Distance of every pixel to the next one inside, exact up to `limit`, beyond that more than it."""
    far = np.float32(limit + 2)
    height, width = inside.shape
    rows = np.arange(height, dtype=np.float32)[:, None]
    above = np.maximum.accumulate(np.where(inside, rows, -far - height), axis=0)
    below = np.minimum.accumulate(np.where(inside, rows, far + 2 * height)[::-1], axis=0)[::-1]
    across = np.minimum(np.minimum(rows - above, below - rows), far) ** 2
    padded = np.pad(across, ((0, 0), (limit, limit)), constant_values=far**2)
    nearest = across.copy()
    for step in range(-limit, limit + 1):
        shifted = padded[:, limit + step : limit + step + width]
        np.minimum(nearest, shifted + np.float32(step * step), out=nearest)
    return np.sqrt(nearest)
