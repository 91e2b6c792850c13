"""Masks and clipping in a file that knows neither: what becomes of the alpha of each layer, so that all of them
together cover what they cover here, soft edges too.

Sheets that lie over each other let through less than each alone, so that a mask of a group can't just be multiplied
into each of its layers: two that overlap at half a mask would cover three quarters. Of a layer that `through` of the
light reaches past those above it, and a mask `m` over all of them, the share

    m * through / (1 - m + m * through)

is kept: then every layer has m times the weight in the picture that it had, whatever lies above it (Porter and Duff's
`over`, solved from the top down). What is clipped is such a group too, its base the mask and its ground.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from studio_app.document.contents import sheets
from studio_app.document.contents.content import Content
from studio_app.document.planes import Plane, Rect
from studio_app.document.stack import Group, Item, Node

Values = sheets.Values
Cover = Callable[[tuple[Item, ...], Rect], Values]
"""How much of each pixel of a rectangle a tree covers: float32 0..1 [h, w, 1]."""


@dataclass(frozen=True, eq=False)
class Around:
    """Where an item lies. outer: the group that it is in, or the base that it is `clipped` to. above: what is seen over
    it in there. held: what is seen clipped to it, the topmost first."""

    item: Item
    outer: Around | None = None
    clipped: bool = False
    above: tuple[Item, ...] = ()
    held: tuple[Item, ...] = ()

    @cached_property
    def bakes(self) -> bool:
        """Whether its alpha is another in the file than here."""
        return bool(self.item.mask is not None or self.held) or self._within

    def share(self, box: Rect, cover: Cover) -> Values:
        """What is kept of its alpha in a rectangle: float32 0..1 [h, w, 1]."""
        kept = self._kept(box, cover)
        if self.held:
            through = 1 - cover(self.held, box)
            own = kept * cover((self.item,), box)
            kept = kept * _divided(through, 1 - own + own * through)
        return kept if self.item.mask is None else kept * sheets.share_of(self.item.mask, box)

    def key(self, box: Rect) -> Hashable:
        """Equal where the share is."""
        mask = None if self.item.mask is None else plane_key(self.item.mask, box)
        held = (tree_key(self.held, box), tree_key((self.item,), box)) if self.held else None
        if not self._within or self.outer is None:
            return mask, held
        base = tree_key((self.outer.item,), box) if self.clipped else None
        return mask, held, tree_key(self.above, box), base, self.outer.key(box)

    @property
    def _within(self) -> bool:
        """Whether what it lies in makes another of it."""
        return self.outer is not None and (self.clipped or self.outer.bakes)

    def _kept(self, box: Rect, cover: Cover) -> Values:
        """The share as one of those that it lies among."""
        if not self._within or self.outer is None:
            return np.ones((box[3], box[2], 1), np.float32)
        if self.clipped:
            room = self.outer._kept(box, cover) * cover((self.outer.item,), box)
        else:
            room = self.outer.share(box, cover)
        if not self.above or any(item.blend in sheets.ERASING for item in self.above):
            return room
        through = room * (1 - cover(self.above, box))
        return _divided(through, 1 - room + through)


def surroundings(
    items: tuple[Item, ...], outer: Around | None = None
) -> Iterator[tuple[str, Around]]:
    """Of each node of a tree, by its id."""
    for place, item in enumerate(items):
        base = _base(items, place)
        own = _among(items, place, outer)
        if base is not None:
            own = Around(item, _among(items, base, outer), True, _held(items, base, place))
        if isinstance(item, Group):
            yield from surroundings(item.children, own)
        else:
            yield item.id, own


def _among(items: tuple[Item, ...], place: int, outer: Around | None) -> Around:
    """Of one that is not clipped."""
    seen = [n for n in range(place) if items[n].visible]
    above = tuple(items[n] for n in seen if _base(items, n) != place)
    return Around(items[place], outer, False, above, _held(items, place, place))


def _held(items: tuple[Item, ...], base: int, before: int) -> tuple[Item, ...]:
    """What is seen clipped to the one at `base`, of those above `before`: as they lie in there."""
    found = (items[n] for n in range(before) if items[n].visible and _base(items, n) == base)
    return tuple(replace(item, clip=False) for item in found)


def _base(items: tuple[Item, ...], place: int) -> int | None:
    """Where the one lies that an item is clipped to; None where it isn't."""
    if not items[place].clip:
        return None
    below = range(place + 1, len(items))
    return next((n for n in below if items[n].visible and not items[n].clip), None)


def content_key(content: Content, box: Rect) -> Hashable:
    """Equal where a rectangle of it looks the same."""
    planes = tuple((name, plane_key(plane, box)) for name, plane in content.planes.items())
    stays = content if not planes else (content.kind, json.dumps(content.stored(), default=str))
    return stays, planes, box


def plane_key(plane: Plane, box: Rect) -> Hashable:
    tiles = plane.tiles
    return plane.size, tuple(
        (place, tiles[place].digest) for place in plane.places(box) if place in tiles
    )


def tree_key(items: tuple[Item, ...], box: Rect) -> Hashable:
    return tuple(
        (
            content_key(item.content, box)
            if isinstance(item, Node)
            else tree_key(item.children, box),
            item.opacity,
            item.blend,
            item.clip,
            None if item.mask is None else plane_key(item.mask, box),
        )
        for item in items
    )


def _divided(part: Values, whole: Values) -> Values:
    """Where nothing is left of the whole, all of it was kept."""
    return np.divide(part, whole, out=np.ones_like(part), where=whole > 0)
