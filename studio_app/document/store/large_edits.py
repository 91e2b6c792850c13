"""What a journal does about an edit of much of a canvas, whose tiles take a while to be made and stored: what else is
drawn meanwhile does not wait for it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from studio_app.document.changes import replaced
from studio_app.document.document import Document
from studio_app.document.stack import Item, Node, Stack
from studio_app.document.tiles import Tile

FEW = 32
"""Tiles that a commit stores itself."""


def fresh_tiles(document: Document, old: Document | None) -> tuple[Tile, ...]:
    """Tiles of a document's layers that an older one does not have (None: nobody has any), without a look at them."""
    now = replace(document, selection=None)
    before = replace(now, stack=Stack(())) if old is None else replace(old, selection=None)
    return replaced(before, now)[1]


def without_large(
    document: Document, old: Document | None, missing: Collection[Tile]
) -> Document | None:
    """The document with those layers as they were in an older one of which many tiles are missing: what else was drawn
    is in it. None where there is nothing else, or layers came, went or changed places: then only all of it makes
    sense, since paint may have gone from one to another."""
    if old is None or _order(old) != _order(document):
        return None
    known = {node.id: node for node in old.stack.nodes()}
    absent = {id(tile) for tile in missing}

    def settled(item: Item) -> Item:
        if not isinstance(item, Node):
            return item
        planes = (*item.planes().values(), *(() if item.mask is None else (item.mask,)))
        new = sum(id(tile) in absent for plane in planes for tile in plane.tiles.values())
        return known[item.id] if new > FEW else item

    stack = document.stack.each(settled)
    alike = all(node is known[node.id] for node in stack.nodes())
    if alike and document.settings == old.settings:
        return None
    return replace(document, stack=stack)


def _order(document: Document) -> tuple[object, ...]:
    """Which layers there are, and where they lie."""
    return (document.canvas, *(item.id for item in document.stack.walk()))
