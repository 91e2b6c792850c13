"""Edits that stay open while a hand draws or drags: each step is drawn anew from what there was when it began."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from studio_app.document.altering import Change, altered, changed_rect
from studio_app.document.brushes import Brush
from studio_app.document.contents.content import Content
from studio_app.document.contents.mask import Mask
from studio_app.document.contents.pose import HALF, Pose
from studio_app.document.document import Document
from studio_app.document.floating import Matrix, Piece, Placing, base_of, laid, lifted
from studio_app.document.marks import Mark, marked
from studio_app.document.people import Person
from studio_app.document.planes import NOWHERE, Plane, Rect, union
from studio_app.document.selections import bounds_of
from studio_app.document.stack import Item, Node
from studio_app.scene.figure import LEFT_RIGHT


class OpenEdit(Protocol):
    """node: whose content it changes. dirty: all pixels that it has touched so far. touched: those that look different
    since the last step, in as many rectangles as there are parts of it that lie apart."""

    node: str
    dirty: Rect
    touched: tuple[Rect, ...]

    def extend(self, document: Document, *steps: Any) -> tuple[Document, Rect]:
        """Goes on; the document with all of it, and the pixels that look different from before the step. document: the
        newest; its node is what the last `extend` returned."""
        ...


class MarkEdit:
    """One mark, dragged until it is right. A step is a Mark; the last one stays. mask: on the mask of a node or group,
    that has one."""

    def __init__(self, document: Document, id: str, brush: Brush, *, mask: bool = False) -> None:
        item = item_of(document, id)
        self.node = id
        self.dirty: Rect = NOWHERE
        self.touched: tuple[Rect, ...] = ()
        self._mask = mask
        self._before = drawn_on(item, mask=mask)
        self._brush = brush
        self._lock = isinstance(item, Node) and item.alpha_lock and not mask
        self._selection, self._size = document.selection, document.canvas
        self._last: Rect = NOWHERE

    def extend(self, document: Document, *steps: Mark) -> tuple[Document, Rect]:
        content, rect = marked(
            self._before, steps[-1], self._brush, self._size, self._selection, alpha_lock=self._lock
        )
        dirty, self._last = union(self._last, rect), rect
        self.dirty = union(self.dirty, dirty)
        self.touched = (dirty,)
        return with_drawn(document, self.node, content, mask=self._mask), dirty


class FloatingEdit:
    """A piece over a content, moved until it lies right. A step is a Placing; the last one stays. The selection moves
    with it.

    hole: what was cut out where it came from, or None where it came from elsewhere. mask: as of a MarkEdit.
    """

    def __init__(
        self, document: Document, id: str, piece: Piece, hole: Plane | None, *, mask: bool = False
    ) -> None:
        content = drawn_on(item_of(document, id), mask=mask)
        self.node = id
        self.piece = piece
        self.way: Placing = Matrix()
        self._mask = mask
        self._base = content if hole is None else base_of(content, hole)
        self._selection = document.selection
        self._last = piece.rect if hole is not None else NOWHERE
        self.dirty: Rect = NOWHERE
        self.touched: tuple[Rect, ...] = ()

    def extend(self, document: Document, *steps: Placing) -> tuple[Document, Rect]:
        self.way = steps[-1]
        content, rect = laid(self._base, self.piece, self.way, document.canvas)
        dirty, self._last = union(self._last, rect), rect
        self.dirty = union(self.dirty, dirty)
        self.touched = (dirty,)
        selection = self._selection
        if selection is not None:
            selection = moved_cover(self.piece, self.way, document.canvas)
        moved = with_drawn(document, self.node, content, mask=self._mask)
        return replace(moved, selection=selection), dirty


class AlterEdit:
    """A change of a node's whole content, tried until it is right. A step is a Change, or what `tried` has made of one;
    the last one stays."""

    def __init__(self, document: Document, id: str) -> None:
        node = item_of(document, id)
        assert isinstance(node, Node)
        self.node = id
        self.before = node.content
        self.selection = document.selection
        self.dirty: Rect = NOWHERE
        self.touched: tuple[Rect, ...] = ()
        self._lock = node.alpha_lock
        self._now = node.content

    def tried(self, change: Change) -> Content:
        """What a change comes to, as far as selection and locks allow: in any thread."""
        return altered(self.before, change, self.selection, alpha_lock=self._lock)

    def extend(self, document: Document, *steps: Change | Content) -> tuple[Document, Rect]:
        step = steps[-1]
        content = step if isinstance(step, Content) else self.tried(step)
        dirty = changed_rect(self._now, content)
        self._now = content
        self.dirty = union(self.dirty, dirty)
        self.touched = (dirty,)
        return with_drawn(document, self.node, content, mask=False), dirty


class PeopleEdit:
    """People of a pose, moved as a FloatingEdit moves pixels; the selection moves with them. numbers: of those that
    move."""

    def __init__(self, document: Document, id: str, piece: Piece, numbers: Sequence[int]) -> None:
        content = drawn_on(item_of(document, id), mask=False)
        assert isinstance(content, Pose)
        self.node = id
        self.piece = piece
        self.way: Placing = Matrix()
        self._before = content
        self._numbers = frozenset(numbers)
        self._selection = document.selection
        self.dirty: Rect = NOWHERE
        self.touched: tuple[Rect, ...] = ()

    def extend(self, document: Document, *steps: Placing) -> tuple[Document, Rect]:
        self.way = steps[-1]
        people = tuple(
            _person_moved(person, self.way) if number in self._numbers else person
            for number, person in enumerate(self._before.people)
        )
        self.dirty = (0, 0, *document.canvas)
        self.touched = (self.dirty,)
        moved = with_drawn(document, self.node, replace(self._before, people=people), mask=False)
        selection = self._selection
        if selection is not None:
            cover = Piece(bounds_of(selection), self._before, (0, 0), selection)
            selection = moved_cover(cover, self.way, document.canvas)
        return replace(moved, selection=selection), self.dirty


Floating = FloatingEdit | PeopleEdit


def piece_of(content: Content, selection: Plane | None) -> Piece | None:
    """What would be moved of a content: its pixels, or its people, as far as they are selected; None where there is
    nothing of the kind. Of people it has the place, and no pixels."""
    if content.paintable:
        return lifted(content, selection)
    if not isinstance(content, Pose):
        return None
    numbers = _chosen(content, selection)
    if not numbers:
        return None
    seen = np.concatenate([_seen(content.people[number]) for number in numbers])
    left, top = (int(side) for side in np.floor(seen.min(0)))
    right, bottom = (int(side) for side in np.ceil(seen.max(0)))
    rect = left, top, max(right - left, 1), max(bottom - top, 1)
    return Piece(rect, content)


def floating(
    document: Document, id: str, piece: Piece, hole: Plane | None, *, mask: bool = False
) -> Floating:
    """The edit that moves a piece. hole, mask: as of a FloatingEdit."""
    content = drawn_on(item_of(document, id), mask=mask)
    if isinstance(content, Pose):
        return PeopleEdit(document, id, piece, _chosen(content, document.selection))
    return FloatingEdit(document, id, piece, hole, mask=mask)


def moved_cover(piece: Piece, way: Placing, size: tuple[int, int]) -> Plane | None:
    """A selection where it comes to lie with the piece that was cut out by it; None where nothing is left of it."""
    if piece.chosen is None:
        return None
    x, y = piece.corner
    rect = bounds_of(piece.chosen)
    cover = Piece((rect[0] + x, rect[1] + y, *rect[2:]), Mask(piece.chosen), piece.corner)
    made, _ = laid(Mask.blank(*size), cover, way, size)
    plane = made.planes["pixels"]
    return None if plane.blank else plane


def _chosen(content: Pose, selection: Plane | None) -> tuple[int, ...]:
    """Numbers of the people of whom at least half of what is seen is selected; all of them where nothing is."""
    found: list[int] = []
    for number, person in enumerate(content.people):
        seen = _seen(person)
        if not len(seen):
            continue
        inside = [_selected(selection, float(x), float(y)) for x, y in seen]
        if 2 * sum(inside) >= len(inside):
            found.append(number)
    return tuple(found)


def _selected(selection: Plane | None, x: float, y: float) -> bool:
    if selection is None:
        return True
    if not (0 <= x < selection.width and 0 <= y < selection.height):
        return False
    return bool(selection.read(int(x), int(y), 1, 1)[0, 0] >= HALF)


def _seen(person: Person) -> NDArray[np.float32]:
    """The places [N, 2] of the joints that are there."""
    return person.joints[person.joints[:, 2] > 0, :2]


def _person_moved(person: Person, way: Placing) -> Person:
    """A mirror makes a right hand of a left one."""
    joints = person.joints.copy()
    for number in np.flatnonzero(joints.any(axis=1)):
        joints[number, :2] = way.of((float(joints[number, 0]), float(joints[number, 1])))
    if way.mirrors:
        for right, left in LEFT_RIGHT:
            joints[[right, left]] = joints[[left, right]]
    return Person(joints)


def item_of(document: Document, id: str) -> Item:
    """KeyError where there is none."""
    item = document.stack.find(id)
    if item is None:
        raise KeyError(id)
    return item


def drawn_on(item: Item, *, mask: bool) -> Content:
    """What a tool works on: the content of a node, or the mask of a node or group as a content."""
    if mask:
        assert item.mask is not None
        return Mask(item.mask)
    assert isinstance(item, Node)
    return item.content


def with_drawn(document: Document, id: str, content: Content, *, mask: bool) -> Document:
    """The inverse of `drawn_on`."""
    if mask:
        assert isinstance(content, Mask)
        stack = document.stack.changed(id, mask=content.pixels)
    else:
        stack = document.stack.changed(id, content=content)
    return replace(document, stack=stack)
