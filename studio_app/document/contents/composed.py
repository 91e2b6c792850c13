"""What several nodes look like as one, kept by the tile: composited anew only where something below it changed.

Canvas and requests ask for the same tiles, and share them. What is remembered knows the tiles that it was made of;
where some of them are others now, only the pixels that differ are composited again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from studio_app.document.contents.content import Content
from studio_app.document.contents.grounds import Grounds
from studio_app.document.contents.remembered import Remembered, Sheets
from studio_app.document.planes import COVER, Place, Plane, Rect, overlap, shares, union
from studio_app.document.stack import Group, Item, Node
from studio_app.document.tiles import Part, Tile, sealed

Opacity = Callable[[Item], float]
Ground = TypeVar("Ground", bound=Sheets)


@dataclass(frozen=True)
class Compose(Generic[Ground]):
    """How nodes of a kind lie on each other. Looks at every pixel of a rectangle alone: what it gives there depends on
    nothing beside it.

    lay: the ground that items make on one, or on none, if they are the lowest: floats. show: what is kept of such a
    ground.
    """

    lay: Callable[[tuple[Item, ...], Rect, Opacity, Ground | None], Ground]
    show: Callable[[Ground], Sheets]

    def __call__(
        self, items: tuple[Item, ...], rect: Rect, opacity: Opacity, ground: Ground | None = None
    ) -> Sheets:
        return self.show(self.lay(items, rect, opacity, ground))


MAX_BYTES = 96 << 20
Inputs = tuple[Tile | None, ...]
How = tuple[object, object, tuple[object, ...]]
"""How it is laid, the size of the canvas, and all of each item beside its tiles."""


def own_opacity(item: Item) -> float:
    """As it is in the picture."""
    return item.opacity


class Composed:
    """composed: pixels that were composited, since the beginning. Two threads at once may do the same work twice."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self.composed = 0
        self._tiles = Remembered[Inputs](max_bytes)
        self._grounds = Grounds()

    @property
    def nbytes(self) -> int:
        """Without what it remembers of grounds."""
        return self._tiles.nbytes

    def read(
        self,
        items: tuple[Item, ...],
        rect: Rect,
        compose: Compose[Any],
        opacity: Opacity = own_opacity,
    ) -> Sheets:
        """A rectangle of a tree, that holds something of planes; read-only. compose: the same function every time."""
        grid, planes = Plane(COVER, *_size(items)), tuple(planes_of(items))
        how = compose.lay, grid.size, structure(items, opacity)
        whole: list[NDArray[Any]] = []
        for place in grid.places(rect):
            box = grid.box(place)
            now = tuple([plane.tiles.get(place) for plane in planes])
            parts = self._tile(items, now, place, box, how, compose, opacity)
            if box == rect:
                return parts
            here, there = shares(rect, box)
            whole = whole or [np.empty((rect[3], rect[2], *p.shape[2:]), p.dtype) for p in parts]
            for out, part in zip(whole, parts, strict=True):
                out[here] = part[there]
        return tuple(sealed(out) for out in whole)

    def clear(self) -> None:
        self._tiles.clear()
        self._grounds.clear()

    # ---- inside ----

    def _tile(
        self,
        items: tuple[Item, ...],
        now: Inputs,
        place: Place,
        box: Rect,
        how: How,
        compose: Compose[Any],
        opacity: Opacity,
    ) -> Sheets:
        known = self._tiles.take((how, place))
        dirty = box if known is None else changed(known[0], now, box)
        if known is None or dirty == box:
            made = self._composed(items, box, compose, opacity)
        elif dirty[2] > 0:
            above, ground = self._ground(items, known[0], now, box, dirty, how, compose, opacity)
            fresh = self._composed(above, dirty, compose, opacity, ground)
            here, _ = shares(box, dirty)
            made = tuple(_patched(old, here, new) for old, new in zip(known[1], fresh, strict=True))
        else:
            made = known[1]
        self._tiles.put((how, place), now, made)
        return made

    def _ground(
        self,
        items: tuple[Item, ...],
        before: Inputs,
        now: Inputs,
        box: Rect,
        dirty: Rect,
        how: How,
        compose: Compose[Any],
        opacity: Opacity,
    ) -> tuple[tuple[Item, ...], Sheets | None]:
        """What lies over all that is as it was, and that as a ground, where it is worth it."""
        kept = _kept(items, before, now)
        if kept < 2:  # a single sheet is laid as fast as it is looked up
            return items, None
        below = items[-kept:]
        own = now[-sum(1 for _ in planes_of(below)) :]
        key = *how[:2], how[2][-kept:]
        return items[:-kept], self._grounds.read(
            key, own, dirty, box, lambda cell: compose.lay(below, cell, opacity, None)
        )

    def _composed(
        self,
        items: tuple[Item, ...],
        rect: Rect,
        compose: Compose[Any],
        opacity: Opacity,
        ground: Sheets | None = None,
    ) -> Sheets:
        self.composed += rect[2] * rect[3]
        return tuple(sealed(part) for part in compose(items, rect, opacity, ground))


COMPOSED = Composed()
"""That of the window."""
Read = Callable[[tuple[Item, ...], Rect, Compose[Any]], Sheets]
"""As of `Composed.read`."""


def afresh(items: tuple[Item, ...], rect: Rect, compose: Compose[Any]) -> Sheets:
    """The same with nothing remembered: of what is looked at once, in any thread."""
    return compose(items, rect, own_opacity)


def _size(items: tuple[Item, ...]) -> tuple[int, int]:
    return next(_contents(items)).page[2:]


def _contents(items: tuple[Item, ...]) -> Iterator[Content]:
    for item in items:
        if isinstance(item, Node):
            yield item.content
        else:
            yield from _contents(item.children)


def structure(items: tuple[Item, ...], opacity: Opacity = own_opacity) -> tuple[object, ...]:
    """All that decides a tile beside the tiles it is made of."""
    return tuple(
        (
            structure(item.children, opacity) if isinstance(item, Group) else "",
            opacity(item),
            item.blend,
            item.clip,
            item.mask is None,
        )
        for item in items
    )


def planes_of(items: tuple[Item, ...]) -> Iterator[Plane]:
    """Those that a tree looks like what it does by: a tile of it is made of their tiles there."""
    for item in items:
        if item.mask is not None:
            yield item.mask
        if isinstance(item, Group):
            yield from planes_of(item.children)
        else:
            yield from item.content.planes.values()


def _kept(items: tuple[Item, ...], olds: Inputs, news: Inputs) -> int:
    """How many of the lowest items are made of the same tiles, and have nothing clipped to them that is not."""
    end, kept = len(news), 0
    for item in reversed(items):
        begin = end - sum(1 for _ in planes_of((item,)))
        if any(old is not new for old, new in zip(olds[begin:end], news[begin:end], strict=True)):
            break
        end, kept = begin, kept + 1
    kept = min(kept, len(items) - 1)
    while kept and items[-kept - 1].clip:
        kept -= 1
    return kept


def changed(olds: Inputs, news: Inputs, box: Rect) -> Rect:
    """Around the pixels in which the two may differ; all of the box, where a look would cost more than it saves."""
    rect: Rect = (box[0], box[1], 0, 0)
    for old, new in zip(olds, news, strict=True):
        if old is new:
            continue
        if old is None or new is None:
            return box
        part = new.since(old) or old.since(new) or _differing(old, new)
        if part is None:
            return box
        rect = union(rect, (box[0] + part[0], box[1] + part[1], *part[2:]))
    return overlap(rect, box) if rect[2] > 0 else rect


def _differing(old: Tile, new: Tile) -> Part | None:
    """By a look at their pixels; None where they lie packed."""
    if not (old.at_hand and new.at_hand):
        return None
    differs = old.pixels != new.pixels
    if differs.ndim == 3:
        differs = differs.any(axis=2)
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not rows.size:
        return 0, 0, 0, 0
    left, top = int(columns[0]), int(rows[0])
    return left, top, int(columns[-1]) - left + 1, int(rows[-1]) - top + 1


def _patched(old: NDArray[Any], here: tuple[slice, slice], new: NDArray[Any]) -> NDArray[Any]:
    made = old.copy()
    made[here] = new
    return sealed(made)
