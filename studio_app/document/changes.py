"""What differs between two documents, told by which planes and tiles are the same objects."""

from __future__ import annotations

from collections.abc import Iterator

from studio_app.document.document import Document
from studio_app.document.layers import LAYERS, LayerName, PoseLayer
from studio_app.document.planes import NOWHERE, Plane, Rect, union
from studio_app.document.tiles import Tile

PLANES: dict[LayerName, tuple[str, ...]] = {
    "depth": ("value", "known"),
    "colour": ("rgba",),
    "mask": ("pixels",),
}


def planes_of(document: Document, name: LayerName) -> dict[str, Plane]:
    """The planes of a layer by name."""
    layer = document.layer(name)
    return {plane: getattr(layer, plane) for plane in PLANES.get(name, ())}


def replaced(before: Document, after: Document) -> tuple[tuple[Tile, ...], tuple[Tile, ...]]:
    """The tiles that only the one has, and those that only the other has."""
    gone: dict[int, Tile] = {}
    come: dict[int, Tile] = {}
    for one, other in _differing(before, after):
        for tiles, into in ((one.tiles, gone), (other.tiles, come)):
            into |= {id(tile): tile for tile in tiles.values()}
    both = gone.keys() & come.keys()
    return (
        tuple(tile for key, tile in gone.items() if key not in both),
        tuple(tile for key, tile in come.items() if key not in both),
    )


def dirty_rect(before: Document, after: Document, name: LayerName) -> Rect:
    """Around the tiles of a layer that are not the same; all of it, where it is looked at differently or has
    another size; nowhere, where it is the same."""
    one, other = before.layer(name), after.layer(name)
    if one is other and before.size == after.size:
        return NOWHERE
    whole = (0, 0, *after.size)
    look = [(layer.visible, layer.opacity) for layer in (one, other)]
    if before.size != after.size or look[0] != look[1] or isinstance(other, PoseLayer):
        return whole
    rect = NOWHERE
    for plane, older in zip(
        planes_of(after, name).values(), planes_of(before, name).values(), strict=True
    ):
        for place in plane.changed(older):
            rect = union(rect, plane.box(place))
    return rect if rect[2] > 0 else whole


def _differing(before: Document, after: Document) -> Iterator[tuple[Plane, Plane]]:
    for name in LAYERS:
        if before.layer(name) is not after.layer(name):
            old, new = planes_of(before, name), planes_of(after, name)
            yield from ((old[plane], new[plane]) for plane in new if old[plane] is not new[plane])
