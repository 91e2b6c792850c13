"""Edits that stay open while a hand draws or drags: each step is drawn anew from what there was when it began."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

from studio_app.document.altering import Change, altered, changed_rect
from studio_app.document.brushes import Brush
from studio_app.document.contents.content import Content
from studio_app.document.contents.mask import Mask
from studio_app.document.document import Document
from studio_app.document.floating import Matrix, Piece, base_of, laid
from studio_app.document.marks import Mark, marked
from studio_app.document.planes import NOWHERE, Plane, Rect, union
from studio_app.document.stack import Item, Node


class OpenEdit(Protocol):
    """node: whose content it changes. dirty: all pixels that it has touched so far."""

    node: str
    dirty: Rect

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
        return with_drawn(document, self.node, content, mask=self._mask), dirty


class FloatingEdit:
    """A piece over a content, moved until it lies right. A step is a Matrix; the last one stays. The selection moves
    with it.

    hole: what was cut out where it came from, or None where it came from elsewhere. mask: as of a MarkEdit.
    """

    def __init__(
        self, document: Document, id: str, piece: Piece, hole: Plane | None, *, mask: bool = False
    ) -> None:
        content = drawn_on(item_of(document, id), mask=mask)
        self.node = id
        self.piece = piece
        self.matrix = Matrix()
        self._mask = mask
        self._base = content if hole is None else base_of(content, hole)
        self._selection = document.selection
        self._last = piece.rect if hole is not None else NOWHERE
        self.dirty: Rect = NOWHERE

    def extend(self, document: Document, *steps: Matrix) -> tuple[Document, Rect]:
        self.matrix = steps[-1]
        content, rect = laid(self._base, self.piece, self.matrix, document.canvas)
        dirty, self._last = union(self._last, rect), rect
        self.dirty = union(self.dirty, dirty)
        selection = self._selection
        if selection is not None:
            selection = self.matrix.moved(self.piece.cover, self.piece.rect, document.canvas)
        moved = with_drawn(document, self.node, content, mask=self._mask)
        return replace(moved, selection=selection), dirty


class AlterEdit:
    """A change of a node's whole content, tried until it is right. A step is a Change; the last one stays."""

    def __init__(self, document: Document, id: str) -> None:
        node = item_of(document, id)
        assert isinstance(node, Node)
        self.node = id
        self.before = node.content
        self.selection = document.selection
        self.dirty: Rect = NOWHERE
        self._lock = node.alpha_lock
        self._now = node.content

    def extend(self, document: Document, *steps: Change) -> tuple[Document, Rect]:
        content = altered(self.before, steps[-1], self.selection, alpha_lock=self._lock)
        dirty = changed_rect(self._now, content)
        self._now = content
        self.dirty = union(self.dirty, dirty)
        return with_drawn(document, self.node, content, mask=False), dirty


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
