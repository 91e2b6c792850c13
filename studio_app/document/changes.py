"""What differs between two documents, told by which nodes, planes and tiles are the same objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from studio_app.document.document import Document
from studio_app.document.planes import NOWHERE, Plane, Rect, union
from studio_app.document.stack import Group, Node
from studio_app.document.tiles import Tile


@dataclass(frozen=True)
class Dirty:
    """Where a node or group looks different: `rect` of the canvas; it may be gone, or new."""

    id: str
    rect: Rect


def replaced(before: Document, after: Document) -> tuple[tuple[Tile, ...], tuple[Tile, ...]]:
    """The tiles that only the one has, and those that only the other has."""
    gone: dict[int, Tile] = {}
    come: dict[int, Tile] = {}
    for one, other in _differing(before, after):
        for plane, into in ((one, gone), (other, come)):
            if plane is not None:
                into |= {id(tile): tile for tile in plane.tiles.values()}
    both = gone.keys() & come.keys()
    return (
        tuple(tile for key, tile in gone.items() if key not in both),
        tuple(tile for key, tile in come.items() if key not in both),
    )


def fresh_planes(before: Document, after: Document) -> Iterator[Plane]:
    """The planes that are not the same objects as before."""
    return (new for _, new in _differing(before, after) if new is not None)


def lookup(document: Document) -> Callable[[Tile, Document], bool]:
    """Tells whether a tile of this document's layers is in another one still, or again: where it was here. Of a tile
    that is in none of them nobody knows: it may be."""
    where = {
        id(tile): (key, place)
        for key, plane in _planes(document).items()
        for place, tile in plane.tiles.items()
    }

    def there(tile: Tile, other: Document) -> bool:
        found = where.get(id(tile))
        if found is None:
            return True
        plane = _planes(other).get(found[0])
        return plane is not None and plane.tiles.get(found[1]) is tile

    return there


def dirty(before: Document, after: Document) -> list[Dirty]:
    """What looks different, an item each, the topmost first; those that are gone come last.

    Around the tiles that are not the same; all of the canvas, where an item is looked at differently.
    """
    if before.stack is after.stack and before.canvas == after.canvas:
        return []
    whole = (0, 0, *after.canvas)
    olds = {item.id: item for item in before.stack.walk()}
    order = [item.id for item in after.stack.walk()]
    moved = order != list(olds) or before.stack.solo != after.stack.solo
    found: list[Dirty] = []
    for item in after.stack.walk():
        old = olds.pop(item.id, None)
        if old is item and before.canvas == after.canvas and not moved:
            continue
        alike = before.canvas == after.canvas and old is not None and _look(old) == _look(item)
        if isinstance(item, Node) and isinstance(old, Node) and alike and not moved:
            if old.content is not item.content:
                rect = _dirty_rect(old, item)
                found.append(Dirty(item.id, rect if rect[2] > 0 else whole))
        elif not isinstance(item, Group) or old is None or _look(old) != _look(item) or moved:
            found.append(Dirty(item.id, whole))
    return [*found, *(Dirty(id, whole) for id in olds)]


def _look(item: Node | Group) -> tuple[object, ...]:
    own = (item.shown, item.kind) if isinstance(item, Node) else ()
    return (item.visible, item.opacity, item.blend, item.clip, item.mask, *own)


def _dirty_rect(old: Node, item: Node) -> Rect:
    """Around the tiles of two nodes that are not the same; nowhere, where that is not it."""
    rect = NOWHERE
    olds = old.planes()
    for name, plane in item.planes().items():
        for place in plane.changed(olds[name]):
            rect = union(rect, plane.box(place))
    return rect


def _differing(before: Document, after: Document) -> Iterator[tuple[Plane | None, Plane | None]]:
    """Planes of items that are not the same object, before and after."""
    if before.selection is not after.selection:
        yield before.selection, after.selection
    if before.stack is after.stack:
        return
    olds, news = _planes(before), _planes(after)
    for key in olds.keys() | news.keys():
        old, new = olds.get(key), news.get(key)
        if old is not new:
            yield old, new


def _planes(document: Document) -> dict[tuple[str, str], Plane]:
    found: dict[tuple[str, str], Plane] = {}
    for item in document.stack.walk():
        planes = item.planes() if isinstance(item, Node) else {}
        if item.mask is not None:
            planes = {**planes, "mask": item.mask}
        found |= {(item.id, name): plane for name, plane in planes.items()}
    return found
