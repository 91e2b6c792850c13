"""The stack as JSON, and back; where its tiles lie, somebody else knows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np

from studio_app.core.text import clean_text
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.planes import COVER, Place, Plane, PlaneKind
from studio_app.document.stack import RANGES, SWITCHES, Group, Item, Node, Stack, fitting
from studio_app.document.tiles import Tile

MAX_ITEMS = 512
MAX_DEPTH = 16

StoreTile = Callable[[Tile], Any]
"""tile -> what the JSON says of it"""
FetchTile = Callable[[Any, tuple[int, ...], np.dtype[Any]], Tile]
"""(what the JSON says of a tile, its shape and dtype) -> the tile"""


class UnknownKind(Exception):
    """A node is of a kind that this Underpaint does not have."""


def stack_dict(stack: Stack, store: StoreTile) -> dict[str, Any]:
    return {"stack": [_item_dict(item, store) for item in stack.items], "solo": stack.solo}


def stack_from(given: Mapping[str, Any], size: tuple[int, int], fetch: FetchTile) -> Stack:
    """Of planes of that size (width, height). KeyError, TypeError or ValueError where it is broken; UnknownKind."""
    reader = _Reader(size, fetch)
    stack = Stack(reader.items(given["stack"], 0), str(given.get("solo", "")))
    return stack if not stack.solo or stack.find(stack.solo) else Stack(stack.items)


def _item_dict(item: Item, store: StoreTile) -> dict[str, Any]:
    value: dict[str, Any] = {"id": clean_text(item.id), "name": clean_text(item.name)}
    for name in (*RANGES, *SWITCHES):
        if hasattr(item, name):
            value[name] = _sound(getattr(item, name))
    value["blend"] = item.blend
    if item.mask is not None:
        value["mask"] = _plane_list(item.mask, store)
    if isinstance(item, Group):
        return {**value, "children": [_item_dict(one, store) for one in item.children]}
    planes = {name: _plane_list(plane, store) for name, plane in item.planes().items()}
    return {**value, "kind": item.kind, "content": item.content.stored(), "planes": planes}


def _sound(value: Any) -> Any:
    """A number that JSON has."""
    return value if isinstance(value, bool) or math.isfinite(value) else 1.0


def _plane_list(plane: Plane, store: StoreTile) -> list[Any]:
    return [[*place, store(plane.tiles[place])] for place in sorted(plane.tiles)]


class _Reader:
    """One document: so many items, each of an id of its own."""

    def __init__(self, size: tuple[int, int], fetch: FetchTile) -> None:
        self._size = size
        self._fetch = fetch
        self._ids: set[str] = set()

    def items(self, given: Any, depth: int) -> tuple[Item, ...]:
        if not isinstance(given, list) or depth > MAX_DEPTH:
            raise ValueError("no list of layers")
        return tuple(self._item(one, depth) for one in cast("list[Any]", given))

    def _item(self, given: Any, depth: int) -> Item:
        id = given["id"]
        usable = isinstance(id, str) and id and id not in self._ids and id not in CONTENTS
        if not usable or len(self._ids) >= MAX_ITEMS:
            raise ValueError("layers without a name of their own, or too many")
        self._ids.add(id)
        named = {
            name: given[name] for name in ("name", "blend", *RANGES, *SWITCHES) if name in given
        }
        fields = fitting(named)
        if "mask" in given:
            fields["mask"] = self._plane(COVER, given["mask"])
        if "children" in given:
            fields = {name: fields[name] for name in fields if hasattr(Group(id), name)}
            return Group(id, self.items(given["children"], depth + 1), **fields)
        kind = given["kind"]
        if kind not in CONTENTS:
            raise UnknownKind(f"it has a layer of the kind {str(kind)[:40]}")
        made = CONTENTS[kind]
        planes = {
            name: self._plane(sort, given["planes"][name])
            for name, sort in made.plane_kinds.items()
        }
        return Node(id, made.of_stored(planes, given["content"]), **fields)

    def _plane(self, kind: PlaneKind, given: Any) -> Plane:
        blank = Plane(kind, *self._size)
        known = set(blank.places(blank.bounds))
        tiles: dict[Place, Tile] = {}
        for column, row, named in cast("list[Any]", given):
            place = (column, row)
            if place not in known:
                raise ValueError("a tile lies outside")
            _, _, width, height = blank.box(place)
            tile = self._fetch(named, kind.shape(width, height), np.dtype(kind.dtype))
            if kind.dtype == "float32" and not _is_share(tile):
                raise ValueError("values outside 0 to 1")
            tiles[place] = tile
        return Plane(kind, *self._size, tiles)


def _is_share(tile: Tile) -> bool:
    return bool(tile.pixels.min() >= 0 and tile.pixels.max() <= 1)  # NaN fails
