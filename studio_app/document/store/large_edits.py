"""What a journal does about an edit of much of a canvas, whose tiles take a while to be made and stored: what else is
drawn meanwhile does not wait for it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from studio_app.document.changes import replaced
from studio_app.document.document import Document
from studio_app.document.planes import Place
from studio_app.document.stack import Item, Node, Stack
from studio_app.document.store.carrying import (
    drawn_at,
    drawn_since,
    pixels_at,
    planes_of,
    with_planes,
)
from studio_app.document.store.moved_canvas import MovedCanvas, same_canvas
from studio_app.document.tiles import Tile

FEW = 32
"""Tiles that a commit stores itself."""


def fresh_tiles(document: Document, old: Document | None) -> tuple[Tile, ...]:
    """Tiles of a document's layers that an older one does not have (None: nobody has any), without a look at them."""
    now = replace(document, selection=None)
    before = replace(now, stack=Stack(())) if old is None else replace(old, selection=None)
    return replaced(before, now)[1]


@dataclass
class _Pending:
    """A layer of which a large edit is being stored. before: without that; base: as it left it."""

    before: Node
    base: Node
    tiles: dict[tuple[str, Place], tuple[Tile | None, Tile]] = field(
        default_factory=dict[tuple[str, Place], tuple[Tile | None, Tile]]
    )
    """By plane and place: a tile of the layer of now, and what is drawn on it since, on the one of before."""
    made: Node | None = None


class LargeEdits:
    """Those that are being stored. What is drawn on the same layer meanwhile is carried over to what lies there without
    the edit, as the pixels that it changed: a kill takes the edit, which was never in the journal, and no stroke."""

    def __init__(self) -> None:
        self._pending: dict[str, _Pending] = {}
        self._moved = MovedCanvas(FEW)

    def clear(self) -> None:
        """All of them are stored."""
        self._pending.clear()
        self._moved.clear()

    def without(
        self, document: Document, old: Document | None, missing: Collection[Tile]
    ) -> Document | None:
        """The document with those layers of which many tiles are missing as they were in an older one, but for strokes:
        what else was drawn is in it, and layers that have come with few tiles. Layers that have gone are there still:
        their paint may be what another is to get. Where the canvas is another, as of a MovedCanvas. None where there
        is nothing else."""
        if old is None:
            return None
        if not same_canvas(old, document):
            return self._moved.before(document, old)
        self._moved.clear()
        known = {node.id: node for node in old.stack.nodes()}
        absent = {id(tile) for tile in missing}
        whole = document.stack

        def settled(item: Item) -> Item:
            if not isinstance(item, Node) or item.id not in known or not _lacks(item, absent):
                return item
            return self._strokes(item, known[item.id])

        for node in document.stack.nodes():
            if node.id not in known and _lacks(node, absent):
                whole = whole.without(node.id)
        stack = whole.each(settled)
        if any(document.stack.find(item.id) is None for item in old.stack.walk()):
            stack = _kept(old.stack, stack)
        alike = _order(stack) == _order(old.stack)
        alike = alike and all(node is known[node.id] for node in stack.nodes())
        if alike and document.settings == old.settings:
            return None
        return replace(document, stack=stack)

    def _strokes(self, now: Node, known: Node) -> Node:
        """What is known of a layer, with what was drawn on it since its large edit came."""
        pending = self._pending.get(now.id)
        places = None if pending is None else drawn_since(now, pending.base)
        if (
            pending is None or places is None or len(places) > FEW
        ):  # another large edit, on the strokes of before
            self._pending[now.id] = _Pending(known, now)
            return known
        planes, fresh = planes_of(pending.before), False
        for place in places:
            fresh |= _carry(pending, now, place)
        for (name, place), (_, carried) in list(pending.tiles.items()):
            if place in places:
                plane = planes[name]
                planes[name] = replace(plane, tiles={**plane.tiles, place: carried})
            else:  # it was undone
                del pending.tiles[name, place]
                fresh = True
        if fresh or pending.made is None:
            pending.made = with_planes(pending.before, planes) if places else None
        return pending.made or pending.before


def _carry(pending: _Pending, now: Node, place: Place) -> bool:
    """Puts what was drawn on the tiles of a place on those of before; whether that is new."""
    news, bases, olds = planes_of(now), planes_of(pending.base), planes_of(pending.before)
    tiles = {name: plane.tiles.get(place) for name, plane in news.items()}
    known = (
        (name, place) in pending.tiles and pending.tiles[name, place][0] is tile
        for name, tile in tiles.items()
    )
    if all(known):
        return False
    pixels, drawn = drawn_at(news, bases, place)
    for name, part in pixels.items():
        out = pixels_at(olds[name], place).copy()
        out[drawn] = part[drawn]
        pending.tiles[name, place] = tiles[name], Tile(out)
    return True


def _lacks(node: Node, absent: Collection[int]) -> bool:
    """Whether many of its tiles are among those that are missing, by their ids."""
    tiles = (tile for plane in planes_of(node).values() for tile in plane.tiles.values())
    return sum(id(tile) in absent for tile in tiles) > FEW


def _kept(old: Stack, now: Stack) -> Stack:
    """All that was there, as it is now as far as it still is, and on top what is new."""
    stack = old.each(lambda item: (now.node(item.id) or item) if isinstance(item, Node) else item)
    for node in reversed(tuple(now.nodes())):
        if old.find(node.id) is None:
            stack = stack.added(node)
    return stack


def _order(stack: Stack) -> tuple[str, ...]:
    """Which layers there are, and where they lie."""
    return tuple(item.id for item in stack.walk())
