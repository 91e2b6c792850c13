"""What a journal does while a canvas that was cropped or extended is stored, all tiles of which are new: what is drawn
on it meanwhile lies on the canvas of before, which is in the file. A kill takes the crop and no stroke."""

from __future__ import annotations

from dataclasses import replace
from operator import is_

from studio_app.document.contents.content import Size
from studio_app.document.document import Document
from studio_app.document.planes import overlap
from studio_app.document.stack import Item, Node
from studio_app.document.store.carrying import drawn_at, drawn_since, planes_of, with_planes

Shift = tuple[int, int]


class MovedCanvas:
    """One that is being stored."""

    def __init__(self, few: int) -> None:
        """few: tiles of a layer that are carried at most."""
        self._few = few
        self._first: Document | None = None
        """The last of the old canvas."""
        self._base: Document | None = None
        """The first that was seen of the new one, which is as good as the crop itself."""

    def clear(self) -> None:
        """It is stored, or undone."""
        self._first = self._base = None

    def before(self, document: Document, old: Document) -> Document | None:
        """A document as it would be on the canvas of before. old: what is in the journal. None where that is the same
        as there, or the canvas was stretched, too: then only words are carried."""
        first, base = self._first, self._base
        if (
            first is None
            or base is None
            or not (same_canvas(first, old) and same_canvas(base, document))
        ):
            first, base = self._first, self._base = old, document
        shift, stack = _shift(first, document), first.stack
        if shift is not None:
            size = first.canvas
            stack = stack.each(lambda item: self._carried(item, document, base, shift, size))
            for node in reversed(tuple(document.stack.nodes())):  # the topmost last, and so on top
                if base.stack.find(node.id) is None and self._few_tiles(node):
                    content = node.content.cut(-shift[0], -shift[1], *size)
                    stack = stack.added(replace(node, content=content, mask=None))
        settings = replace(
            document.settings, width=first.settings.width, height=first.settings.height
        )
        there = (*stack.nodes(),), (*old.stack.nodes(),)
        same = len(there[0]) == len(there[1]) and all(map(is_, *there))
        if same and settings == old.settings:
            return None
        return replace(first, settings=settings, stack=stack, revision=document.revision)

    def _carried(
        self, item: Item, document: Document, base: Document, shift: Shift, size: Size
    ) -> Item:
        """An item of before with what was drawn on it since."""
        if not isinstance(item, Node):
            return item
        now, known = document.stack.node(item.id), base.stack.node(item.id)
        if now is None or known is None or now is known:
            return item
        planes, news, bases = planes_of(item), planes_of(now), planes_of(known)
        if not news:  # people, scenes
            return replace(item, content=now.content.cut(-shift[0], -shift[1], *size))
        places = drawn_since(now, known)
        if not places or len(places) > self._few or planes.keys() != news.keys():
            return item
        for place in places:
            pixels, drawn = drawn_at(news, bases, place)
            for name, part in pixels.items():
                x, y, width, height = news[name].box(place)
                there = x + shift[0], y + shift[1], width, height
                seen = overlap(there, planes[name].bounds)
                if seen[2] <= 0:
                    continue
                left, top = seen[0] - there[0], seen[1] - there[1]
                rows, columns = slice(top, top + seen[3]), slice(left, left + seen[2])
                out = planes[name].read(*seen).copy()
                out[drawn[rows, columns]] = part[rows, columns][drawn[rows, columns]]
                planes[name] = planes[name].write(seen[0], seen[1], out)
        return with_planes(item, planes)

    def _few_tiles(self, node: Node) -> bool:
        return sum(len(plane.tiles) for plane in node.planes().values()) <= self._few


def same_canvas(one: Document, other: Document) -> bool:
    """Whether the canvas of both is the same part of the first one, as large."""
    return (one.canvas, one.bearings) == (other.canvas, other.bearings)


def _shift(one: Document, other: Document) -> Shift | None:
    """Where the canvas of the other begins on that of the one, in its pixels; None where they are not as fine."""
    a, b = one.bearings, other.bearings
    if (a.across, a.down) != (b.across, b.down):
        return None
    return round((b.x - a.x) / a.across), round((b.y - a.y) / a.down)
