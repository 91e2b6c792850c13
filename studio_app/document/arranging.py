"""Several items of a stack at once: where they lie, put elsewhere, grouped, doubled, taken out, merged, masked.

Ids that are not in the stack are passed over; what lies in a chosen group goes with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.document.contents.content import Content
from studio_app.document.document import Document
from studio_app.document.planes import COVER, Plane, tilewise
from studio_app.document.stack import Group, Item, Node, Stack


def outermost(stack: Stack, ids: Iterable[str]) -> tuple[Item, ...]:
    """The chosen items, the topmost first, without those that lie in another chosen one."""
    chosen = frozenset(ids)

    def among(items: tuple[Item, ...]) -> list[Item]:
        found: list[Item] = []
        for item in items:
            if item.id in chosen:
                found.append(item)
            elif isinstance(item, Group):
                found += among(item.children)
        return found

    return tuple(among(stack.items))


def inside(stack: Stack, group: str) -> tuple[Item, ...]:
    """What lies in a group, or ("") at the top of the tree. KeyError for what is no group."""
    if not group:
        return stack.items
    found = stack.find(group)
    if not isinstance(found, Group):
        raise KeyError(group)
    return found.children


def place_of(stack: Stack, id: str) -> tuple[str, int]:
    """(its group, "" at the top of the tree; how many lie above it there). KeyError where there is none."""
    for group in ("", *(item.id for item in stack.walk() if isinstance(item, Group))):
        for row, item in enumerate(inside(stack, group)):
            if item.id == id:
                return group, row
    raise KeyError(id)


def below(stack: Stack, id: str) -> Item | None:
    """The item on which one lies, in the same group."""
    group, row = place_of(stack, id)
    beside = inside(stack, group)
    return beside[row + 1] if row + 1 < len(beside) else None


def put(stack: Stack, items: tuple[Item, ...], group: str, row: int) -> Stack:
    """With more items in a group ("": at the top of the tree), where `row` others lie above them."""

    def among(beside: tuple[Item, ...]) -> tuple[Item, ...]:
        at = min(max(row, 0), len(beside))
        return (*beside[:at], *items, *beside[at:])

    if not group:
        return replace(stack, items=among(stack.items))
    return stack.mapped(group, lambda found: replace(found, children=among(found.children)))


def removed(stack: Stack, ids: Iterable[str]) -> Stack:
    for item in outermost(stack, ids):
        stack = stack.without(item.id)
    return stack if stack.find(stack.solo) else replace(stack, solo="")


def moved(stack: Stack, ids: Iterable[str], group: str, row: int) -> Stack:
    """With the items in a group, where `row` of those that lie there now are above them. ValueError where that is
    inside one of them."""
    items = outermost(stack, ids)
    beside = inside(stack, group)
    if any(group == one.id for item in items for one in Stack((item,)).walk()):
        raise ValueError("nothing can lie inside itself")
    going = {item.id for item in items}
    above = sum(item.id not in going for item in beside[: max(row, 0)])
    return replace(put(removed(stack, going), items, group, above), solo=stack.solo)


def stepped(stack: Stack, ids: Iterable[str], by: int) -> Stack:
    """With the items one place up (by -1) or down (1): past the next beside them, into it where it is a group, and
    at the edge of a group out of it."""
    items = outermost(stack, ids)
    if not items:
        return stack
    first, last = place_of(stack, items[0].id), place_of(stack, items[-1].id)
    group, row = first if by < 0 else last
    beside = inside(stack, group)
    going = {item.id for item in items}
    at = row + by
    if 0 <= at < len(beside):
        next_to = beside[at]
        if isinstance(next_to, Group):
            return moved(stack, going, next_to.id, len(next_to.children) if by < 0 else 0)
        return moved(stack, going, group, at if by < 0 else at + 1)
    if not group:
        return stack
    around, at = place_of(stack, group)
    return moved(stack, going, around, at if by < 0 else at + 1)


def grouped(stack: Stack, ids: Iterable[str], name: str = "") -> tuple[Stack, str]:
    """With the items in a new group, where the topmost of them was; and its id. ValueError where there are none."""
    items = outermost(stack, ids)
    if not items:
        raise ValueError("nothing to group")
    group, row = place_of(stack, items[0].id)
    made = Group(stack.unused("group"), items, name)
    rest = removed(stack, [item.id for item in items])
    return replace(put(rest, (made,), group, row), solo=stack.solo), made.id


def ungrouped(stack: Stack, ids: Iterable[str]) -> tuple[Stack, tuple[str, ...]]:
    """With what lies in the chosen groups in their place; and what that was. What a group said of all in it, its
    opacity, mask, eye and lock, each of them says for itself then."""
    freed: list[str] = []
    for item in outermost(stack, ids):
        if isinstance(item, Group):
            group, row = place_of(stack, item.id)
            children = tuple(_as_in(child, item) for child in item.children)
            freed += [child.id for child in children]
            stack = put(stack.without(item.id), children, group, row)
    return stack, tuple(freed)


def doubled(stack: Stack, ids: Iterable[str], name: str) -> tuple[Stack, tuple[str, ...]]:
    """With a copy above each of the items; and the copies' ids. name: of a copy, with "{name}" in it."""
    made: list[str] = []
    for item in outermost(stack, ids):
        taken = {one.id for one in stack.walk()}
        copy = _with_fresh_ids(item, taken)
        if item.name:
            copy = replace(copy, name=name.format(name=item.name))
        stack = put(stack, (copy,), *place_of(stack, item.id))
        made.append(copy.id)
    return stack, tuple(made)


# ---- merging ----


def flattens(stack: Stack, ids: Iterable[str]) -> type[Content] | None:
    """The kind that all nodes of the chosen items have, and that can be made one of; None where there is none, or
    something of it is not seen or locked."""
    items = outermost(stack, ids)
    nodes = [one for item in items for one in Stack((item,)).walk()]
    kinds = {type(one.content) for one in nodes if isinstance(one, Node)}
    if len(kinds) != 1 or any(stack.locked(one.id) or stack.hidden(one.id) for one in nodes):
        return None
    (kind,) = kinds
    return kind if kind.flattens else None


def merges_down(stack: Stack, id: str) -> bool:
    """Whether `merged_down` can do it."""
    if stack.find(id) is None:
        return False
    lower = below(stack, id)
    return lower is not None and flattens(stack, (id, lower.id)) is not None


def merged_down(document: Document, id: str) -> tuple[Document, str]:
    """With an item and the one that it lies on as one node; and its id: the lower one's, where that is a node.

    Opacity and masks of both go into the pixels; how the lower one lies on what is below it stays. ValueError where
    the two are not of one kind that can be merged.
    """
    stack = document.stack
    lower = below(stack, id) if stack.find(id) is not None else None
    kind = None if lower is None else flattens(stack, (id, lower.id))
    upper = stack.find(id)
    if lower is None or upper is None or kind is None:
        raise ValueError("these two can't be merged")
    pair = Stack((upper, replace(lower, blend="normal", clip=False))).seen(kind.kind)
    content = kind.flattened(pair, document.canvas)
    if isinstance(lower, Node):
        made = replace(lower, content=content, opacity=1.0, mask=None)
    else:
        made = Node(
            stack.unused(kind.kind), content, lower.name, blend=lower.blend, clip=lower.clip
        )
    group, row = place_of(stack, id)
    after = put(removed(stack, (upper.id, lower.id)), (made,), group, row)
    return replace(document, stack=replace(after, solo=stack.solo)), made.id


# ---- masks ----


def whole_mask(width: int, height: int) -> Plane:
    """A mask that hides nothing."""
    (mask,) = tilewise(lambda tiles: [np.full_like(tiles[0], 255)], Plane(COVER, width, height))
    return mask


def inverted_mask(mask: Plane) -> Plane:
    """What it hid is seen, and the other way round."""
    (made,) = tilewise(lambda tiles: [255 - tiles[0]], mask)
    return made


def _as_in(item: Item, group: Group) -> Item:
    """An item that says itself what its group said of it."""
    mask = item.mask
    if group.mask is not None:
        mask = group.mask if mask is None else tilewise(_product, mask, group.mask)[0]
    return replace(
        item,
        opacity=item.opacity * group.opacity,
        visible=item.visible and group.visible,
        locked=item.locked or group.locked,
        mask=mask,
    )


def _product(tiles: list[NDArray[Any]]) -> list[NDArray[Any]]:
    one, other = (tile.astype(np.uint16) for tile in tiles)
    return [((one * other + 127) // 255).astype(np.uint8), tiles[1]]


def _with_fresh_ids(item: Item, taken: set[str]) -> Item:
    stem = item.kind if isinstance(item, Node) else "group"
    number = 1
    while f"{stem}-{number}" in taken:
        number += 1
    id = f"{stem}-{number}"
    taken.add(id)
    if isinstance(item, Node):
        return replace(item, id=id)
    children = tuple(_with_fresh_ids(child, taken) for child in item.children)
    return replace(item, id=id, children=children)
