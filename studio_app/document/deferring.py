"""Edits of much of a canvas, made by the tile, and only when somebody looks at it: the screen at what it shows, the
model at its frame, the journal at all of it. So an edit of sixteen million pixels is there at once, one step of undo,
and what is undone before anybody looked was never made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from studio_app.document.contents.content import Content
from studio_app.document.planes import Place, Plane, Rect, shares, widened
from studio_app.document.tiles import TILE, Tile, Together

Kind = TypeVar("Kind", bound=Content)
AT_ONCE = 16
"""Tiles that are made in the window's thread; of an edit of more, all are made later."""
Change = Callable[[Content, Rect, Rect], Content]
"""From a part of a content, as a content of its own, where that lies on the canvas, and which rectangle of the canvas
is wanted, to what the part becomes."""


def large(size: tuple[int, int]) -> bool:
    """Whether a canvas of that size has more tiles than one waits for."""
    return -(-size[0] // TILE) * -(-size[1] // TILE) > AT_ONCE


def changed(
    content: Kind, places: Sequence[Place], change: Change, at_once: int | None = None
) -> Kind:
    """A content with some of its tiles changed: at once where they are few."""
    if len(places) > (AT_ONCE if at_once is None else at_once):
        return deferred(content, places, change)
    grid = next(iter(content.planes.values()))
    made = content
    for place in places:
        made = change(made, grid.bounds, grid.box(place))
    return content.with_planes(made.planes)


def deferred(content: Kind, places: Iterable[Place], change: Change, margin: int = 0) -> Kind:
    """A content with some of its tiles changed, when they are looked at. margin: pixels around a tile that `change`
    looks at too."""
    grid = next(iter(content.planes.values()))
    tiles = {name: dict(plane.tiles) for name, plane in content.planes.items()}
    for place in places:
        box = grid.box(place)
        part = Together(partial(_made, content, box, change, margin))
        for name, plane in content.planes.items():
            shape, dtype = plane.kind.shape(*box[2:]), np.dtype(plane.kind.dtype)
            tiles[name][place] = Tile.later(shape, dtype, partial(part.pixels, name))
    planes = {
        name: Plane(plane.kind, *plane.size, tiles[name]) for name, plane in content.planes.items()
    }
    return content.with_planes(planes)


def unmade(*contents: Content) -> list[Tile]:
    """Tiles of contents that nobody has looked at yet."""
    planes = (plane for content in contents for plane in content.planes.values())
    return [tile for plane in planes for tile in plane.tiles.values() if not tile.made]


def _made(content: Content, box: Rect, change: Change, margin: int) -> dict[str, NDArray[Any]]:
    """The pixels of a box, by plane."""
    size = next(iter(content.planes.values())).size
    wide = widened(box, margin, size)
    made = change(content.cut(*wide), wide, box)
    _, inner = shares(box, wide)
    rect = (inner[1].start, inner[0].start, *box[2:])
    return {name: plane.read(*rect).copy() for name, plane in made.planes.items()}
