"""What the artist does to the document: knobs, the frame, contents of nodes, on what `stack_edits` and `writer` do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from studio_app.core.capabilities import Capabilities
from studio_app.core.request import GenerationRequest, Start
from studio_app.document.canvases import is_drawn_on, resized, suited, with_canvas, with_frame
from studio_app.document.contents.content import Content
from studio_app.document.document import Document, leading
from studio_app.document.floating import base_of
from studio_app.document.guess import with_guess
from studio_app.document.people import Person
from studio_app.document.planes import Plane, Rect
from studio_app.document.restoring import restored
from studio_app.document.settings import with_settings
from studio_app.document.stack import Item, Node, fitting
from studio_app.session.fitting import fitted, with_steps_of_sampler
from studio_app.session.stack_edits import StackEdits
from studio_app.session.step_names import knob_text
from studio_app.session.writer import begun

_TEXTS = ("prompt", "negative_prompt")
_GUESSED_FROM = {"prompt", "kind", "kind_chosen", "tile_chosen"}
_BRANCH_BOUND = ("steps", "sampler", "width", "height", "seed")
_DRAG_S = 3600.0
"""Moves of one drag are one step, however slow the hand."""


class Editor(StackEdits):
    """All edits there are: strokes (`Writer`), the stack (`StackEdits`), and here knobs, the frame and contents."""

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
        text = begun(self._called("" if node is None else node.id, after))
        self._change(text, after, "knob", key)

    def fit(self, can: Capabilities) -> None:
        """Brings the knobs to what a model can do; undoable, and nothing where they already fit."""
        self.end_stroke()  # it may not outlive the size that it was begun on
        settings = fitted(self.document.settings, can)
        if settings != self.document.settings:
            other = suited(self.document, settings.width, settings.height)
            after = replace(other, settings=settings, start=None)
            kept = other.stack is self.document.stack or not is_drawn_on(self.document)
            if kept and self.stack.count() == 0:  # only knobs, and nobody has turned any since
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
        document, node = self._with_node(self._ended(target), target)
        self._refuse_locked(document, node.id)
        stack = document.stack.changed(node.id, content=content)
        key = f"content/{node.id}/{merge_key}" if merge_key else ""
        self._change(text, replace(document, stack=stack), "paint", key, _DRAG_S)

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
