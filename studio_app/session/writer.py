"""The sole writer of the document: edits that stay open while a hand draws, and steps of one undo stack.

A target is a node's id, or a kind of content: then its topmost node is meant, and one is made where there is none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, QRect, Signal

from studio_app.core.errors import StudioError
from studio_app.core.text import shortened
from studio_app.document.brushes import Brush
from studio_app.document.changes import Dirty, dirty, lookup, replaced
from studio_app.document.document import Document
from studio_app.document.edits import OpenEdit
from studio_app.document.naming import numbers_of
from studio_app.document.stack import Node
from studio_app.document.strokes import Sample, Stroke
from studio_app.document.symmetry import Symmetry
from studio_app.document.tiles import Tile
from studio_app.session.undo import Change, ChangeCommand, EditStack, Ledger

MOST_NAME = 40
"""Letters of a layer's name in the middle of a sentence."""


class Writer(QObject):
    """Turns edits into documents. `document` is the newest; every edit raises its revision."""

    changed = Signal(str)
    """After every edit: "text", "knob", "paint", "view" (no part of any request), or "dab": "paint" by the next step of
    a stroke, of which nothing but pixels is new."""
    stroke_ended = Signal()
    """After the last step of a stroke that drew something."""
    layer_changed = Signal(QRect, str)
    """(dirty pixels, id of the node or group); its node may be gone."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.stack = EditStack(self, self._open_text, self.end_stroke)
        self.ledger = Ledger()
        self.pack_later: Callable[[Callable[[], object]], object] = lambda pack: pack()
        self.settle: Callable[
            [str, list[Tile], Callable[[], object], Callable[[Tile], bool]], object
        ] = lambda text, tiles, undo, wanted: None
        """Has tiles made that are made later: what they are of, what takes that back, and whether they are wanted."""
        self._stroke: OpenEdit | None = None
        self._open_said = ""
        self._before = document
        """What there was when the open edit began."""

    @property
    def stroking(self) -> bool:
        return self._stroke is not None

    def look_again(self, id: str) -> None:
        """An item is seen better than before, though it is the same."""
        self.layer_changed.emit(QRect(0, 0, *self.document.canvas), id)
        self.changed.emit("paint")

    def holds(self, edit: OpenEdit) -> bool:
        """Whether that is the edit that is open."""
        return self._stroke is edit

    def reset(self, document: Document) -> None:
        """Another document, with nothing to undo."""
        self.cancel_stroke()
        self.stack.clear()
        self.ledger.clear()
        page = (0, 0, *document.canvas)
        self._swap(document, "knob", [Dirty(item.id, page) for item in document.stack.walk()])

    # ---- what stays open while a hand draws or drags ----

    def begin_stroke(
        self,
        target: str,
        brush: Brush,
        sample: Sample,
        *,
        mask: bool = False,
        symmetry: Symmetry | None = None,
    ) -> None:
        """mask: on the mask of a node or group, that has one. StudioError for what is locked or not seen."""
        self.begin(
            target,
            lambda document, id: Stroke(document, id, brush, mask=mask, symmetry=symmetry),
        )
        self.stroke_to(sample)

    def begin(self, target: str, make: Callable[[Document, str], OpenEdit], text: str = "") -> None:
        """Opens an edit of a node or group, by its id; `stroke_to` goes on with it, and the next command ends it. A
        hand that holds another one finishes that first. text: what it is called, "" for painting. StudioError for
        what is locked or not seen."""
        document, id = self._ended(target, end=self.stack.settle), target
        if document.stack.find(target) is None:
            document, node = self._with_node(document, target)
            id = node.id
        self._refuse_locked(document, id)
        self._refuse_hidden(document, id)
        self._stroke, self._before = make(document, id), self.document
        self._open_said = text
        if document is not self.document:
            self._swap(document, "view")

    def stroke_to(self, *samples: Any) -> None:
        """Steps of the open edit: samples of a stroke, or whatever it takes."""
        stroke = self._stroke
        if stroke is None:
            return
        opened = stroke.dirty[2] <= 0
        document, rect = stroke.extend(self.document, *samples)
        if rect[2] > 0:
            parts = [Dirty(stroke.node, part) for part in stroke.touched]
            self._swap(document, "paint" if opened else "dab", parts)
            if opened:
                self.stack.say_open()

    def end_stroke(self) -> None:
        stroke, self._stroke = self._stroke, None
        if stroke is None:
            return
        if stroke.dirty[2] > 0:
            self._push(
                self._stroke_text(stroke), self._before, self.document, "paint", painted=True
            )
            self.stroke_ended.emit()
        elif self._before.stack is not self.document.stack:
            self._swap(self._before, "view")  # a node was made for it, and nothing was drawn
        self._before = self.document

    def cancel_stroke(self) -> None:
        stroke, self._stroke = self._stroke, None
        if stroke is None or self._before.stack is self.document.stack:
            return
        drawn = stroke.dirty[2] > 0
        parts = [Dirty(stroke.node, stroke.dirty)] if drawn else None
        self._swap(self._before, "paint" if drawn else "view", parts)
        if drawn:
            self.stack.say_open()

    def _open_text(self) -> str:
        stroke = self._stroke
        return "" if stroke is None or stroke.dirty[2] <= 0 else self._stroke_text(stroke)

    def _stroke_text(self, stroke: OpenEdit) -> str:
        return self._open_said or self.tr("Paint {layer}").format(layer=self._called(stroke.node))

    # ---- for commands ----

    def _ended(self, *ids: str, end: Callable[[], object] | None = None) -> Document:
        """The document once the open edit has come to its end. With an edit that drew nothing the node goes that was
        made for it; where one of the ids names it, it is there all the same: then that command made it."""
        open_stack = self.document.stack
        (end or self.end_stroke)()
        document = self.document
        for id in ids:
            made = open_stack.node(id)
            if made is not None and document.stack.find(id) is None:
                document = replace(document, stack=document.stack.added(made))
        return document

    def _with_node(self, document: Document, target: str) -> tuple[Document, Node]:
        """The document with a target's node, which is made where there is none. KeyError for what is no target."""
        found = document.stack.resolve(target)
        if found is not None:
            return document, found
        node = document.blank_node(target)
        return replace(document, stack=document.stack.added(node)), node

    def _refuse_locked(self, document: Document, id: str) -> None:
        if document.stack.locked(id):
            raise StudioError(
                self.tr("{layer} is locked").format(layer=begun(self._called(id, document))),
                "",
                self.tr("Unlock it to change it."),
            ).regarding("locked")

    def _refuse_hidden(self, document: Document, id: str) -> None:
        if document.stack.hidden(id):
            raise StudioError(
                self.tr("{layer} is hidden").format(layer=begun(self._called(id, document))),
                "",
                self.tr("Show it to draw on it."),
            ).regarding("hidden")

    def _change(
        self, text: str, after: Document, what: str, key: str = "", merge_seconds: float = 1.0
    ) -> None:
        """after: made of the document of now."""
        self.end_stroke()
        self._push(text, self.document, after, what, key, merge_seconds)

    def _push(
        self,
        text: str,
        before: Document,
        after: Document,
        what: str,
        key: str = "",
        merge_seconds: float = 1.0,
        *,
        painted: bool = False,
    ) -> None:
        change = Change(before, after)
        self.ledger.add(change)
        self._pack(change.gone)
        command = ChangeCommand(
            text, change, self._bring, what, key, merge_seconds, painted=painted
        )
        self.stack.push(command)
        if painted:  # nothing was brought
            self._settle(text, change.come, after)

    def _settle(self, text: str, tiles: tuple[Tile, ...], after: Document) -> None:
        """Has those made that are made later. after: the document that they came with."""
        unmade = [tile for tile in tiles if not tile.made]
        if unmade:
            there = lookup(after)
            self.settle(
                text,
                unmade,
                lambda: self._take_back(after),
                lambda tile: there(tile, self.document),
            )

    def _take_back(self, document: Document) -> None:
        """Undoes and forgets the newest step, where it has led to that document and nothing has come since."""
        done = self.stack.index()
        last = self.stack.command(done - 1) if done else None
        if isinstance(last, ChangeCommand) and last.change.after is document and not self.stroking:
            self.stack.take_back_last()

    def _bring(self, document: Document, what: str, text: str) -> None:
        """Back to what it was, or will be."""
        gone, come = replaced(self.document, document)
        knobs = document.settings != self.document.settings
        self._swap(document, what)
        self._pack(gone)
        self._settle(text, come, document)
        if knobs and what == "paint":
            self.changed.emit("knob")

    def _pack(self, tiles: tuple[Tile, ...]) -> None:
        """Tiles that the document has no more, and undo may want again."""
        if tiles:
            self.pack_later(lambda: [tile.pack() for tile in tiles])

    def _swap(self, document: Document, what: str, parts: list[Dirty] | None = None) -> None:
        """parts: what looks different, where somebody knows; else it is looked for."""
        old = self.document
        self.document = replace(document, revision=old.revision + 1)
        for part in dirty(old, document) if parts is None else parts:
            self.layer_changed.emit(QRect(*part.rect), part.id)
        self.changed.emit(what)

    def _called(self, id: str, document: Document | None = None) -> str:
        """What an item is called in the middle of a sentence."""
        stack = (document or self.document).stack
        item = stack.find(id)
        if item is None:
            return self.tr("layer")
        if item.name:
            return shortened(item.name, MOST_NAME)
        title = self.tr(item.content.title).lower() if isinstance(item, Node) else self.tr("group")
        return f"{title} {numbers_of(stack).get(id, '')}".strip()


def begun(text: str) -> str:
    """As it begins a sentence."""
    return text[:1].upper() + text[1:]
