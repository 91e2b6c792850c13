"""The sole writer of the document: strokes, knobs, nodes of the stack, all on one undo stack.

A target is a node's id, or a kind of content: then its topmost node is meant, and one is made where there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, QRect, Signal

from studio_app.core.capabilities import Capabilities
from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest, Start
from studio_app.document.brushes import Brush
from studio_app.document.canvases import resized, with_canvas, with_frame
from studio_app.document.changes import Dirty, dirty, replaced
from studio_app.document.contents.content import Content
from studio_app.document.document import Document, leading
from studio_app.document.edits import OpenEdit
from studio_app.document.floating import base_of
from studio_app.document.guess import with_guess
from studio_app.document.people import Person
from studio_app.document.planes import Plane, Rect
from studio_app.document.restoring import restored
from studio_app.document.settings import with_settings
from studio_app.document.stack import Item, Node, fitting
from studio_app.document.strokes import Sample, Stroke
from studio_app.document.symmetry import Symmetry
from studio_app.document.tiles import Tile
from studio_app.session.fitting import fitted, with_steps_of_sampler
from studio_app.session.stack_edits import StackEdits
from studio_app.session.step_names import knob_text
from studio_app.session.undo import Change, ChangeCommand, EditStack, Ledger

_TEXTS = ("prompt", "negative_prompt")
_GUESSED_FROM = {"prompt", "kind", "kind_chosen", "tile_chosen"}
_BRANCH_BOUND = ("steps", "sampler", "width", "height", "seed")
_DRAG_S = 3600.0
"""Moves of one drag are one step, however slow the hand."""


class Editor(StackEdits):
    """Turns commands into documents. `document` is the newest; every edit raises its revision."""

    changed = Signal(str)
    """After every edit: "text", "knob", "paint", or "view" (no part of any request)."""
    layer_changed = Signal(QRect, str)
    """(dirty pixels, id of the node or group); its node may be gone."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.stack = EditStack(self, self._open_text)
        self.stack.moving.connect(self.end_stroke)
        self.ledger = Ledger()
        self.pack_later: Callable[[Callable[[], object]], object] = lambda pack: pack()
        self._stroke: OpenEdit | None = None
        self._open_said = ""
        self._before = document
        """What there was when the open edit began."""

    @property
    def stroking(self) -> bool:
        return self._stroke is not None

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
        """Opens an edit of a node or group, by its id; `stroke_to` goes on with it, and the next command ends it. text:
        what it is called, "" for painting. StudioError for what is locked or not seen."""
        self.end_stroke()
        document, id = self.document, target
        if document.stack.find(target) is None:
            document, node = self._with_node(target)
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
            self._swap(document, "paint", [Dirty(stroke.node, part) for part in stroke.touched])
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

    # ---- knobs ----

    def set_settings(
        self,
        values: Mapping[str, Any],
        *,
        text: str = "",
        merge: bool = False,
        can: Capabilities | None = None,
        start: Start | None = None,
        acting: Mapping[str, Mapping[str, float]] | None = None,
    ) -> None:
        """acting: by kind, how its control acts; as one step with the knobs. StudioError for an unknown name or a
        wrong value; nothing has changed then."""
        old = self.document
        chosen = {f"{name}_chosen": True for name in ("kind", "tile") if name in values}
        settings = with_settings(old.settings, **{**chosen, **values})
        if settings == old.settings and start is None and not acting:
            return  # a field says at every loss of focus what it says: no reason to end an open edit
        self.end_stroke()
        old = self.document
        if _GUESSED_FROM & {*values, *chosen}:
            settings = with_guess(settings, can.kinds if can is not None else ())
        if "sampler" in values:
            settings = with_steps_of_sampler(settings, old.settings, values, can)
        if can is not None and {"sampler", "finish"} & set(values):
            settings = fitted(settings, can)
        if "preset" not in values and set(values) - {*_TEXTS, "seed", "seed_locked"}:
            settings = replace(settings, preset=None)
        document = old
        for kind, fields in (acting or {}).items():
            document = self._acting(document, kind, fields)
        if settings == old.settings and start is None and document is old:
            return
        moved = any(getattr(settings, n) != getattr(old.settings, n) for n in _BRANCH_BOUND)
        branch = start if start is not None or moved else old.start
        larger = resized(document, settings.width, settings.height)
        after = replace(larger, settings=settings, start=branch)
        what = "text" if values and set(values) <= set(_TEXTS) else "knob"
        key = "/".join(sorted(values)) if merge else ""
        self._change(text or knob_text(values), after, what, key)

    def set_acting(self, kind: str, values: Mapping[str, float], *, merge: bool = False) -> None:
        """How the control of a kind acts: strength, start, end, on the node that says it. StudioError for a wrong
        value."""
        self.end_stroke()
        document = self._acting(self.document, kind, values)
        if document is self.document:
            return
        after = replace(document, settings=replace(document.settings, preset=None))
        key = f"acting/{kind}/{'/'.join(sorted(values))}" if merge else ""
        node = leading(after, kind)
        text = _begun(self._called("" if node is None else node.id, after))
        self._change(text, after, "knob", key)

    def fit(self, can: Capabilities) -> None:
        """Brings the knobs to what a model can do; undoable, and nothing where they already fit."""
        self.end_stroke()  # it may not outlive the size that it was begun on
        settings = fitted(self.document.settings, can)
        if settings != self.document.settings:
            larger = resized(self.document, settings.width, settings.height)
            after = replace(larger, settings=settings, start=None)
            if self.stack.count() == 0:  # a fresh document: nothing there that one might want back
                self._swap(after, "knob")
            else:
                self._change(self.tr("Fit to the model"), after, "knob")

    def clear_branch(self) -> None:
        if self.document.start is not None:
            self._change(self.tr("Leave the branch"), replace(self.document, start=None), "knob")

    def set_frame(self, frame: Rect, merge_key: str = "") -> None:
        """Where on the canvas the picture is. Consecutive moves of the same merge_key (not "") are one step."""
        self.end_stroke()
        after = with_frame(self.document, frame)
        if after is not self.document:
            key = f"frame/{merge_key}" if merge_key else ""
            self._change(self.tr("Move the frame"), after, "knob", key, _DRAG_S)

    def set_canvas(self, rect: Rect) -> None:
        """Crops the canvas to a rectangle of it, or extends it."""
        self.end_stroke()
        after = with_canvas(self.document, rect)
        if after is not self.document:
            self._change(self.tr("Canvas size"), after, "knob")

    # ---- what is drawn ----

    def set_selection(self, selection: Plane | None, text: str, merge_key: str = "") -> None:
        """Where edits may change pixels; None: everywhere. A step of undo, and no part of any request."""
        self.end_stroke()
        if selection is not self.document.selection:
            after = replace(self.document, selection=selection)
            self._change(text, after, "view", f"select/{merge_key}" if merge_key else "", _DRAG_S)

    def change_content(self, target: str, content: Content, text: str, merge_key: str = "") -> None:
        """Another content of a node, as it is; consecutive ones of the same merge_key (not "") are one step.
        StudioError for a node that is locked."""
        self.end_stroke()
        document, node = self._with_node(target)
        self._refuse_locked(document, node.id)
        stack = document.stack.changed(node.id, content=content)
        key = f"content/{node.id}/{merge_key}" if merge_key else ""
        self._change(text, replace(document, stack=stack), "paint", key, _DRAG_S)

    def replace_content(self, target: str, content: Content, text: str) -> None:
        """The same with one from elsewhere, of the frame's size: it takes the place of what lies in the frame, and what
        the artist chose for the node stays chosen."""
        old = self.document.held(target).content
        x, y, width, height = self.document.frame
        placed = old.kept_by(content).onto(old, x, y, (width, height))
        self.change_content(target, placed, text)

    def clear_layer(self, target: str) -> None:
        """As far as it is selected."""
        node, chosen = self.document.held(target), self.document.selection
        if not node.untouched:
            text = self.tr("Clear {layer}").format(layer=self._called(node.id))
            content: Content = node.content.cleared(*self.document.canvas)
            if chosen is not None and node.content.paintable:
                content = base_of(node.content, chosen)
            self.change_content(node.id, content, text)

    def clear_all(self) -> None:
        """All nodes that are not locked empty, and no branch."""
        size, stack = self.document.canvas, self.document.stack

        def emptied(item: Item) -> Item:
            if not isinstance(item, Node) or item.untouched or stack.locked(item.id):
                return item
            return replace(item, content=item.content.cleared(*size))

        after = replace(self.document, stack=stack.each(emptied), start=None)
        self._change(self.tr("Clear the drawing"), after, "paint")

    def restore(self, request: GenerationRequest, people: tuple[Person, ...] | None) -> None:
        """The knobs and drawings of a request. StudioError where its pictures don't fit."""
        self.end_stroke()
        after = restored(self.document, request, people)
        self._change(self.tr("Restore settings"), after, "knob")

    # ---- inside ----

    def _with_node(self, target: str) -> tuple[Document, Node]:
        """The document with a target's node, which is made where there is none. KeyError for what is no target."""
        found = self.document.stack.resolve(target)
        if found is not None:
            return self.document, found
        node = self.document.blank_node(target)
        return replace(self.document, stack=self.document.stack.added(node)), node

    def _acting(self, document: Document, kind: str, values: Mapping[str, float]) -> Document:
        fields = fitting(values)
        node = leading(document, kind)
        stack = document.stack
        missing = node is None
        node = document.blank_node(kind) if node is None else node
        if all(getattr(node, name) == value for name, value in fields.items()):
            return document
        stack = stack.added(node) if missing else stack
        return replace(document, stack=stack.changed(node.id, **fields))

    def _refuse_locked(self, document: Document, id: str) -> None:
        if document.stack.locked(id):
            raise StudioError(
                self.tr("{layer} is locked").format(layer=_begun(self._called(id, document))),
                "",
                self.tr("Unlock it to change it."),
            ).regarding("locked")

    def _refuse_hidden(self, document: Document, id: str) -> None:
        if document.stack.hidden(id):
            raise StudioError(
                self.tr("{layer} is hidden").format(layer=_begun(self._called(id, document))),
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
        self.stack.push(
            ChangeCommand(text, change, self._bring, what, key, merge_seconds, painted=painted)
        )

    def _bring(self, document: Document, what: str) -> None:
        """Back to what it was, or will be."""
        gone, _ = replaced(self.document, document)
        knobs = document.settings != self.document.settings
        self._swap(document, what)
        self._pack(gone)
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
        item = (document or self.document).stack.find(id)
        if item is None:
            return self.tr("layer")
        if item.name:
            return item.name
        return self.tr(item.content.title).lower() if isinstance(item, Node) else self.tr("group")


def _begun(text: str) -> str:
    """As it begins a sentence."""
    return text[:1].upper() + text[1:]
