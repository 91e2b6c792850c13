"""How the nodes of one kind that have pixels lie on each other: by order, opacity, blend mode, mask and clip."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.document.blending import composited
from studio_app.document.planes import Plane, Rect
from studio_app.document.stack import Group, Item, Node

Values = NDArray[Any]
Sheet = tuple[Values, Values]
"""float32 [h, w, C] and its alpha [h, w, 1], 0..1, not premultiplied."""
_ERASING = ("dst-in", "dst-atop")
"""They clear what is below where they have nothing themselves."""
_NOTHING_ALONE = ("dst-in", "dst-out", "src-atop")


def drawn(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Without nodes on which nothing is drawn, as far as they make no difference to those beside them."""
    if any(item.clip or item.blend in _ERASING for item in items):
        return items if any(True for _ in touched(items)) else ()
    kept: list[Item] = []
    for item in items:
        if isinstance(item, Group):
            children = drawn(item.children)
            if children:
                kept.append(replace(item, children=children))
        elif not item.untouched:
            kept.append(item)
    return tuple(kept)


def touched(items: tuple[Item, ...]) -> Iterator[Node]:
    """The nodes of a tree on which something is drawn, the topmost first."""
    for item in items:
        if isinstance(item, Group):
            yield from touched(item.children)
        elif not item.untouched:
            yield item


def lone(items: tuple[Item, ...]) -> Node | None:
    """The one node that is all of the tree's picture, as it is; None where there are several, or it is looked at
    through anything."""
    if len(items) != 1 or items[0].opacity != 1 or items[0].mask is not None:
        return None
    (item,) = items
    if item.blend in _NOTHING_ALONE:
        return None
    return lone(item.children) if isinstance(item, Group) else item


def merged(
    items: tuple[Item, ...],
    rect: Rect,
    read: Callable[[Node, Rect], Sheet | None],
    channels: int,
    opacity: Callable[[Item], float] = lambda item: item.opacity,
) -> Sheet:
    """A rectangle of a tree as one sheet. read: the sheet of a node, or None where it has nothing there."""
    shape = rect[3], rect[2]
    ground: Sheet = np.zeros((*shape, channels), np.float32), np.zeros((*shape, 1), np.float32)
    base: Values | None = None
    for item in reversed(items):
        if isinstance(item, Group):
            sheet: Sheet | None = merged(item.children, rect, read, channels, opacity)
        else:
            sheet = read(item, rect)
        if sheet is None:
            base = base if item.clip else np.zeros((*shape, 1), np.float32)
            if item.blend not in _ERASING:
                continue
            sheet = np.zeros((*shape, channels), np.float32), np.zeros((*shape, 1), np.float32)
        colour, alpha = sheet
        alpha = alpha * np.float32(opacity(item))
        if item.mask is not None:
            alpha = alpha * share_of(item.mask, rect)
        if item.clip and base is not None:
            alpha = alpha * base
        elif not item.clip:
            base = alpha
        ground = composited(ground, colour, alpha, item.blend)
    under, cover = ground
    return np.divide(under, cover, out=np.zeros_like(under), where=cover > 0), cover


def share_of(plane: Plane, rect: Rect) -> Values:
    """A rectangle of a plane of cover as float32 0..1, [h, w, 1]."""
    return plane.read(*rect)[..., None].astype(np.float32) / np.float32(255)


def to_bytes(values: Values) -> NDArray[np.uint8]:
    """0..1 as 0..255."""
    return np.rint(values * 255).clip(0, 255).astype(np.uint8)


def painted_over(
    old: Values, alpha: Values, paint: Values, coverage: Values, *, eraser: bool, lock: bool
) -> Sheet:
    """Paint over old [h, w, C] of straight alpha [h, w]; both of the result (Porter and Duff's `over`). lock: the
    alpha stays as it is. An eraser leaves the values under it as they were."""
    if lock:
        if eraser:
            return old, alpha
        weight = np.where(alpha > 0, coverage, 0)[..., None]
        return old + weight * (paint - old), alpha
    if eraser:
        return old, alpha * (1 - coverage)
    kept = alpha * (1 - coverage)
    total = coverage + kept
    weight = np.divide(coverage, total, out=np.zeros_like(total), where=total > 0)[..., None]
    return old + weight * (paint - old), total
