"""All depth that is seen, as one: of every layer of it, in their groups, and of scenes, as a request says it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from studio_app.document.contents import composed, depth
from studio_app.document.contents.content import Pixels, Size, Values
from studio_app.document.contents.depth import Around, Depth
from studio_app.document.contents.sheets import drawn, touched
from studio_app.document.document import Document
from studio_app.document.planes import COVER, Plane, Rect
from studio_app.document.stack import Item, Node


@dataclass(frozen=True, eq=False)
class AllDepth:
    """items: the topmost first, something drawn on each. size: of the canvas."""

    items: tuple[Item, ...]
    size: Size

    @cached_property
    def around(self) -> Around:
        return depth.around_of(self.items)

    @property
    def grid(self) -> Plane:
        """Where its tiles lie."""
        return Plane(COVER, *self.size)

    def read(self, rect: Rect) -> tuple[Values, Pixels]:
        """A rectangle of it: value and known."""
        return depth.combined(self.items, rect)

    def blank_in(self, rect: Rect) -> bool:
        """Whether no tile that a rectangle touches has anything painted."""
        return all(node.content.planes["known"].blank_in(rect) for node in touched(self.items))

    def like(self, other: AllDepth) -> bool:
        """Whether the two differ by nothing but tiles."""
        if (self.size, self.around) != (other.size, other.around):
            return False
        return composed.structure(self.items) == composed.structure(other.items)

    def changed(self, before: AllDepth) -> Iterator[Rect]:
        """Around what is other than before, a rectangle a tile at most. before: one that is `like` it."""
        planes = [tuple(composed.planes_of(one.items)) for one in (before, self)]
        for place in self.grid.places(self.grid.bounds):
            olds, news = (tuple(plane.tiles.get(place) for plane in own) for own in planes)
            rect = composed.changed(olds, news, self.grid.box(place))
            if rect[2] > 0:
                yield rect


def all_depth(document: Document) -> AllDepth | None:
    """None where nobody has drawn any."""
    items = drawn(document.stack.giving(Depth.kind, document.canvas))
    return AllDepth(items, document.canvas) if items else None


def alone(content: Depth) -> AllDepth:
    """One layer of it as all that there is."""
    return AllDepth((Node("depth-1", content),), content.value.size)
