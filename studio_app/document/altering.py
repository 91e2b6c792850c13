"""Changes of a whole content at once, as far as the selection and the locks of its layer allow."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from studio_app.document.contents.content import Content
from studio_app.document.painting import mixed
from studio_app.document.planes import NOWHERE, Place, Plane, Rect, union
from studio_app.document.selections import within

Change = Callable[[Content, Plane | None], Content]
"""From a content and the selection (which it may measure by) to what all of it would become."""


def altered(
    before: Content, change: Change, selection: Plane | None = None, *, alpha_lock: bool = False
) -> Content:
    """With a change, where it is selected; itself where nothing comes of it. alpha_lock: what would
    cover more or less than it does stays as it is."""
    after = _settled(before, change(before, selection))
    places = changed_places(before, after)
    if not places:
        return before if after.stored() == before.stored() else after
    if not before.paintable or (selection is None and not alpha_lock):
        return after
    made = before
    grid = next(iter(before.planes.values()))
    for place in places:
        rect = grid.box(place)
        weight = within(selection, rect, np.ones((rect[3], rect[2]), np.float32))
        if not weight.any():
            continue
        old, alpha = before.sheet(rect)
        new, cover = after.sheet(rect)
        if alpha_lock:
            new, cover = np.where((cover == alpha)[..., None], new, old), alpha
        made = made.with_sheet(*rect[:2], *mixed((old, alpha), (new, cover), weight))
    return made if changed_places(before, made) else before


def changed_places(one: Content, other: Content) -> list[Place]:
    """The tiles in which two contents of a kind and size are not the same objects."""
    found: set[Place] = set()
    for name, plane in one.planes.items():
        found.update(other.planes[name].changed(plane))
    return sorted(found)


def changed_rect(one: Content, other: Content) -> Rect:
    """Around those tiles; width 0: there are none."""
    rect = NOWHERE
    for place in changed_places(one, other):
        rect = union(rect, next(iter(one.planes.values())).box(place))
    return rect


def _settled(before: Content, after: Content) -> Content:
    """`after` with the tiles of before wherever they hold the same pixels."""
    planes: dict[str, Plane] = {}
    for name, plane in after.planes.items():
        old = before.planes[name]
        tiles = dict(plane.tiles)
        for place in plane.changed(old):
            one, other = old.tiles.get(place), tiles.get(place)
            if one is not None and other is not None and np.array_equal(one.pixels, other.pixels):
                tiles[place] = one
        planes[name] = Plane(plane.kind, *plane.size, tiles)
    return after.with_planes(planes) if planes else after
