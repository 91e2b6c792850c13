"""The stack: what is drawn, as a tree of nodes and groups, the topmost first.

All of it is frozen: an edit makes a new tree that shares every node it did not touch.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from studio_app.core.errors import StudioError
from studio_app.core.text import clean_text
from studio_app.document.blending import BLENDS, Blend
from studio_app.document.contents.content import Content
from studio_app.document.planes import Plane, Rect

MAX_NAME = 200


@dataclass(frozen=True, eq=False)
class Node:
    """One sheet. id: its name for the program, unique in its stack, and no kind's. name: the artist's, or "" to be
    called after its kind.

    visible: what is hidden says nothing. locked: nobody paints on it. opacity, blend: how it lies over what is
    below it, in the picture. shown: how strongly the canvas shows it, no part of the picture. strength 0..2, start
    and end 0..1: of the control that it makes, if it makes one. alpha_lock: paint changes no coverage. clip: it lies
    only where the next one below it does. mask: 255 where it counts; None: everywhere.
    """

    id: str
    content: Content
    name: str = ""
    visible: bool = True
    locked: bool = False
    opacity: float = 1.0
    blend: Blend = "normal"
    shown: float = 1.0
    strength: float = 1.0
    start: float = 0.0
    end: float = 1.0
    alpha_lock: bool = False
    clip: bool = False
    mask: Plane | None = None

    @property
    def kind(self) -> str:
        return self.content.kind

    @property
    def untouched(self) -> bool:
        return self.content.untouched

    @property
    def acting(self) -> tuple[float, float, float]:
        """Strength, start and end of its control; an end before its start counts as that."""
        return self.strength, self.start, max(self.start, self.end)

    def planes(self) -> dict[str, Plane]:
        """Of its content, by name."""
        return dict(self.content.planes)


@dataclass(frozen=True, eq=False)
class Group:
    """Nodes and groups, the topmost first, that lie on each other before they lie on what is below. As of a Node,
    what they have in common."""

    id: str
    children: tuple[Item, ...] = ()
    name: str = ""
    visible: bool = True
    locked: bool = False
    opacity: float = 1.0
    blend: Blend = "normal"
    clip: bool = False
    mask: Plane | None = None


Item = Node | Group

RANGES: Mapping[str, tuple[float, float]] = {
    "opacity": (0.0, 1.0),
    "shown": (0.0, 1.0),
    "strength": (0.0, 2.0),
    "start": (0.0, 1.0),
    "end": (0.0, 1.0),
}
SWITCHES = ("visible", "locked", "alpha_lock", "clip")


def fitting(values: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of an item by name, as they come from a slider, a file or a preset: numbers are brought into range.
    StudioError for an unknown name or a value of the wrong kind."""
    return {name: _fitting(name, value) for name, value in values.items()}


def _fitting(name: str, value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool) and value == value
    if name in RANGES and number:
        low, high = RANGES[name]
        return float(min(max(value, low), high))  # compared as it is: float(10**400) has no answer
    if name in SWITCHES and isinstance(value, bool):
        return value
    if name == "name" and isinstance(value, str):
        return clean_text(value)[:MAX_NAME]
    if name == "blend" and value in BLENDS:
        return value
    raise StudioError(
        f"{name} of a layer can't be {str(value)[:60]}", "it is not of the right kind"
    )


@dataclass(frozen=True, eq=False)
class Stack:
    """items: the topmost first. solo: id of the one item that alone is seen, or ""."""

    items: tuple[Item, ...] = ()
    solo: str = ""

    # ---- looking ----

    def walk(self) -> Iterator[Item]:
        """Every item, the topmost first, a group before what is in it."""
        yield from _walk(self.items)

    def nodes(self) -> Iterator[Node]:
        """The topmost first."""
        return (item for item in self.walk() if isinstance(item, Node))

    def find(self, id: str) -> Item | None:
        return self._by_id.get(id)

    def node(self, id: str) -> Node | None:
        found = self.find(id)
        return found if isinstance(found, Node) else None

    def first(self, kind: str) -> Node | None:
        """The topmost of a kind, seen or not."""
        return self._topmost.get(kind)

    def resolve(self, target: str) -> Node | None:
        """target: a node's id, or a kind: then its topmost node."""
        return self.node(target) or self.first(target)

    def locked(self, id: str) -> bool:
        """Whether an item, or a group that it is in, is locked."""
        return any(item.locked for item in self._path(id))

    def hidden(self, id: str) -> bool:
        """Whether an item is not seen: by its own eye or that of a group that it is in, or since another is alone."""
        path = self._path(id)
        if self.solo:
            return not any(item.id == self.solo for item in path)
        return not all(item.visible for item in path)

    def path(self, id: str) -> tuple[str, ...]:
        """The groups that an item is in, the outermost first, and itself; empty where there is none."""
        return tuple(item.id for item in self._path(id))

    def seen(self, kind: str) -> tuple[Item, ...]:
        """The tree of the nodes of a kind that are seen, with the groups that they are in."""
        known: dict[str, tuple[Item, ...]] = self._seen
        if kind not in known:
            known[kind] = _pruned(self.items, lambda content: content.kind == kind, self.solo)
        return known[kind]

    @property
    def visible(self) -> tuple[Item, ...]:
        """The tree of all that is seen, of whatever kind."""
        return _pruned(self.items, lambda _: True, self.solo)

    @cached_property
    def _by_id(self) -> dict[str, Item]:
        """A dab asks for its layer dozens of times."""
        return {item.id: item for item in self.walk()}

    @cached_property
    def _topmost(self) -> dict[str, Node]:
        """Of each kind that there is."""
        found: dict[str, Node] = {}
        for node in self.nodes():
            found.setdefault(node.kind, node)
        return found

    @cached_property
    def _seen(self) -> dict[str, tuple[Item, ...]]:
        """What `seen` found: it is asked several times for each dab. Of a stack without groups, all of it in one go."""
        found: dict[str, tuple[Item, ...]] = {}
        for item in self.items:
            if self.solo or isinstance(item, Group):
                return {}
            if item.visible:
                found[item.kind] = (*found.get(item.kind, ()), item)
            else:
                found.setdefault(item.kind, ())
        return found

    def giving(self, kind: str, size: tuple[int, int]) -> tuple[Item, ...]:
        """The same with those of other kinds that count as this one, as what they lend on a canvas of that size."""
        if kind not in self._lent:
            return self.seen(kind)
        found = _pruned(self.items, lambda c: kind in (c.kind, *c.gives), self.solo)
        return _each(found, lambda item: _as_kind(item, kind, size))

    @cached_property
    def _lent(self) -> frozenset[str]:
        """Kinds that some node of another kind counts as."""
        touched = (node for node in self.nodes() if node.content.gives and not node.untouched)
        return frozenset(kind for node in touched for kind in node.content.gives)

    # ---- what becomes of it ----

    def changed(self, id: str, **values: Any) -> Stack:
        """With other fields of one item. KeyError where there is none of that id."""
        return self.mapped(id, lambda item: replace(item, **values))

    def mapped(self, id: str, change: Callable[[Any], Item]) -> Stack:
        """With one item made another. KeyError where there is none of that id."""
        if self.find(id) is None:
            raise KeyError(id)
        return replace(self, items=_mapped(self.items, id, change))

    def each(self, change: Callable[[Item], Item]) -> Stack:
        """With every item made another; groups after what is in them."""
        return replace(self, items=_each(self.items, change))

    def added(self, item: Item, above: str = "", inside: str = "") -> Stack:
        """With one more: above an item of that id, else on top of a group of that id, else on top of all. KeyError
        where there is none; ValueError for an id that is taken."""
        if any(self.find(one.id) for one in _walk((item,))):
            raise ValueError(f"{item.id} is there already")
        if above:
            return replace(self, items=_beside(self.items, above, item))
        if inside:
            return self.mapped(
                inside, lambda group: replace(group, children=(item, *group.children))
            )
        return replace(self, items=(item, *self.items))

    def without(self, id: str) -> Stack:
        """With one item less, and all that is in it. KeyError where there is none."""
        if self.find(id) is None:
            raise KeyError(id)
        return replace(
            self, items=_without(self.items, id), solo="" if self.solo == id else self.solo
        )

    def unused(self, stem: str) -> str:
        """An id that nothing has: `stem` with the first number that is free. No id is a kind's name."""
        taken = {item.id for item in self.walk()}
        return next(id for id in (f"{stem}-{n}" for n in itertools.count(1)) if id not in taken)

    def _path(self, id: str) -> list[Item]:
        """An item and the groups that it is in."""

        def down(items: tuple[Item, ...]) -> list[Item]:
            for item in items:
                if item.id == id:
                    return [item]
                below = down(item.children) if isinstance(item, Group) else []
                if below:
                    return [item, *below]
            return []

        return down(self.items)


def flat(
    items: tuple[Item, ...], opacity: float = 1.0
) -> Iterator[tuple[Node, float, tuple[Plane, ...]]]:
    """The nodes of a tree, the topmost first, each with what its groups and itself make of it: its opacity and
    the masks that it counts through."""
    for item in items:
        masks = () if item.mask is None else (item.mask,)
        if isinstance(item, Node):
            yield item, opacity * item.opacity, masks
        else:
            for node, share, inner in flat(item.children, opacity * item.opacity):
                yield node, share, (*masks, *inner)


def signature(items: tuple[Item, ...], rect: Rect) -> tuple[object, ...]:
    """Of all in a tree that makes its picture in a rectangle of the canvas: equal where that is made of the same tiles
    in the same way."""
    return tuple(
        (
            _content_in(item.content, rect)
            if isinstance(item, Node)
            else signature(item.children, rect),
            item.opacity,
            item.blend,
            item.clip,
            None if item.mask is None else _tiles_in(item.mask, rect),
        )
        for item in items
    )


def _content_in(content: Content, rect: Rect) -> object:
    if not content.plane_kinds:
        return content
    planes = tuple(_tiles_in(plane, rect) for plane in content.planes.values())
    return content.kind, content.untouched, repr(content.stored()), planes


def _tiles_in(plane: Plane, rect: Rect) -> object:
    return plane.size, tuple([plane.tiles.get(place) for place in plane.places(rect)])


def _walk(items: tuple[Item, ...]) -> Iterator[Item]:
    for item in items:
        yield item
        if isinstance(item, Group):
            yield from _walk(item.children)


def _as_kind(item: Item, kind: str, size: tuple[int, int]) -> Item:
    if isinstance(item, Group) or item.kind == kind:
        return item
    return replace(item, content=item.content.lent(kind, size))


def _pruned(
    items: tuple[Item, ...], wanted: Callable[[Content], bool], solo: str
) -> tuple[Item, ...]:
    kept: list[Item] = []
    for item in items:
        inner = "" if item.id == solo else solo
        if not item.visible and not solo:
            continue
        if isinstance(item, Group):
            children = _pruned(item.children, wanted, inner)
            if children:
                kept.append(replace(item, children=children))
        elif wanted(item.content) and not inner:
            kept.append(item)
    return tuple(kept)


def _mapped(items: tuple[Item, ...], id: str, change: Callable[[Any], Item]) -> tuple[Item, ...]:
    for place, item in enumerate(items):
        made = item
        if item.id == id:
            made = change(item)
        elif isinstance(item, Group):
            children = _mapped(item.children, id, change)
            made = item if children is item.children else replace(item, children=children)
        if made is not item:
            return (*items[:place], made, *items[place + 1 :])
    return items


def _each(items: tuple[Item, ...], change: Callable[[Item], Item]) -> tuple[Item, ...]:
    made: list[Item] = []
    for item in items:
        inner = item
        if isinstance(item, Group):
            inner = replace(item, children=_each(item.children, change))
        made.append(change(inner))
    return tuple(made)


def _beside(items: tuple[Item, ...], above: str, new: Item) -> tuple[Item, ...]:
    for place, item in enumerate(items):
        if item.id == above:
            return (*items[:place], new, *items[place:])
    for place, item in enumerate(items):
        if isinstance(item, Group) and any(one.id == above for one in _walk(item.children)):
            inside = replace(item, children=_beside(item.children, above, new))
            return (*items[:place], inside, *items[place + 1 :])
    raise KeyError(above)


def _without(items: tuple[Item, ...], id: str) -> tuple[Item, ...]:
    return tuple(
        replace(item, children=_without(item.children, id)) if isinstance(item, Group) else item
        for item in items
        if item.id != id
    )
