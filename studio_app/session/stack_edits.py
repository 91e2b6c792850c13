"""Commands on the stack: which nodes and groups there are, where they lie, and how. One step of undo each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from studio_app.core.capabilities import Capabilities
from studio_app.document import arranging
from studio_app.document.document import Document, taken_apart
from studio_app.document.planes import Plane
from studio_app.document.putting import with_node
from studio_app.document.stack import RANGES, SWITCHES, Group, Node, Stack, fitting
from studio_app.session.writer import Writer

_LOOKS = {"shown", "name", "locked", "alpha_lock"}
"""Fields of an item that no picture depends on."""
_CONTROLS = {"strength", "start", "end"}


class StackEdits(Writer):
    """Of several ids, those that are not in the stack are passed over."""

    def set_layer(
        self, targets: str | Sequence[str], values: Mapping[str, Any], *, merge: bool = False
    ) -> None:
        """Fields of nodes and groups by id, or of a kind's topmost node: those of `stack.fitting`. StudioError for an
        unknown name or a wrong value, KeyError for an unknown id. What a group doesn't have is left out."""
        names = (targets,) if isinstance(targets, str) else tuple(targets)
        document, fields, ids = self._ended(*names), fitting(values), list[str]()
        for target in names:
            item = document.stack.find(target)
            if item is None:
                document, item = self._with_node(document, target)
            ids.append(item.id)
        stack = document.stack
        for id in ids:
            item = stack.find(id)
            own = {name: value for name, value in fields.items() if hasattr(item, name)}
            if any(getattr(item, name) != value for name, value in own.items()):
                stack = stack.changed(id, **own)
        if stack is document.stack:
            return
        after = replace(document, stack=stack)
        if _CONTROLS & set(fields):
            after = replace(after, settings=replace(after.settings, preset=None))
        what = "view" if set(fields) <= _LOOKS else "knob" if _CONTROLS & set(fields) else "paint"
        sliding = merge or set(fields) <= {"shown"}
        slides = sliding and set(fields) <= set(RANGES)
        key = f"{'+'.join(ids)}/{'/'.join(sorted(fields))}" if slides else ""
        self._change(self._layer_text(ids, fields, document), after, what, key)

    def add_layer(self, kind: str, above: str = "", name: str = "") -> str:
        """A new empty node: on top inside a group of that id, above any other item, or on top of all; its id."""
        self.end_stroke()
        stack = self.document.stack
        node = replace(self.document.blank_node(kind), name=name)
        beside = stack.find(above)
        if isinstance(beside, Group):
            place = beside.id, 0
        else:
            place = ("", 0) if beside is None else arranging.place_of(stack, above)
        after = replace(self.document, stack=arranging.put(stack, (node,), *place))
        text = self.tr("Add {layer}").format(layer=self._called(node.id, after))
        self._change(text, after, "view")
        return node.id

    def put_node(self, node: Node, text: str) -> str:
        """A node that somebody has made, on top of all; the id that it gets."""
        self.end_stroke()
        after, id = with_node(self.document, node)
        self._change(text, after, "paint")
        return id

    def remove_layers(self, ids: Sequence[str]) -> None:
        """With all that is in them. StudioError where one is locked, or what is in it; nothing has changed then."""
        items = arranging.outermost(self.document.stack, ids)
        for item in items:
            for inner in Stack((item,)).walk():
                self._refuse_locked(self.document, inner.id)
        self._arrange(self.tr("Remove {layer}"), ids, arranging.removed(self.document.stack, ids))

    def move_layers(self, ids: Sequence[str], group: str = "", row: int = 0) -> None:
        """KeyError, ValueError as of `arranging.moved`."""
        stack = arranging.moved(self.document.stack, ids, group, row)
        self._arrange(self.tr("Move {layer}"), ids, stack)

    def step_layers(self, ids: Sequence[str], by: int) -> None:
        stack = arranging.stepped(self.document.stack, ids, by)
        self._arrange(self.tr("Move {layer}"), ids, stack)

    def duplicate_layers(self, ids: Sequence[str]) -> tuple[str, ...]:
        """The ids of the copies."""
        name = self.tr("{name} copy")
        stack, made = arranging.doubled(self.document.stack, ids, name)
        self._arrange(self.tr("Duplicate {layer}"), ids, stack)
        return made

    def group_layers(self, ids: Sequence[str]) -> str:
        """The id of the group; "" where there is nothing to group."""
        if not arranging.outermost(self.document.stack, ids):
            return ""
        stack, made = arranging.grouped(self.document.stack, ids)
        self._arrange(self.tr("Group {layer}"), ids, stack)
        return made

    def ungroup_layers(self, ids: Sequence[str]) -> tuple[str, ...]:
        """The ids of what lay in the groups."""
        stack, freed = arranging.ungrouped(self.document.stack, ids)
        self._arrange(self.tr("Ungroup {layer}"), ids, stack)
        return freed

    def merge_down(self, id: str) -> str:
        """ValueError as of `arranging.merged_down`."""
        document = self._ended(id)
        after, made = arranging.merged_down(document, id)
        text = self.tr("Merge {layer} down").format(layer=self._called(id, document))
        self._change(text, after, "paint")
        return made

    def convert_layer(self, target: str, can: Capabilities | None = None) -> None:
        """A node as nodes of the other kinds that it counts as, above it; it stays, hidden. can: the model's."""
        self.end_stroke()
        node = self.document.stack.resolve(target)
        after = self.document if node is None else taken_apart(self.document, node, can)
        if after is not self.document:
            assert node is not None
            text = self.tr("Convert {layer}").format(layer=self._called(node.id))
            self._change(text, after, "paint")

    def set_mask(self, id: str, mask: Plane | None, text: str) -> None:
        """StudioError for what is locked. KeyError where there is no such item."""
        document = self._ended(id)
        self._refuse_locked(document, id)
        stack = document.stack.changed(id, mask=mask)
        self._change(text, replace(document, stack=stack), "paint")

    def set_solo(self, id: str) -> None:
        """Only this node or group is seen; "": all are again."""
        document = self._ended(id)
        stack = document.stack
        if id != stack.solo and (not id or stack.find(id) is not None):
            text = self.tr("Show {layer} alone") if id else self.tr("Show all layers")
            after = replace(document, stack=replace(stack, solo=id))
            self._change(text.format(layer=self._called(id, document)), after, "paint")

    def reveal(self, id: str) -> None:
        """An item and the groups that it is in are seen; none is alone any more, where that hid it."""
        self.end_stroke()
        stack = self.document.stack
        path = stack.path(id)
        if not stack.hidden(id):
            return
        text = self.tr("Show {layer}").format(layer=self._called(id))
        if stack.solo and stack.solo not in path:
            stack = replace(stack, solo="")
        for one in path:
            stack = stack.changed(one, visible=True)
        self._change(text, replace(self.document, stack=stack), "paint")

    def unlock(self, id: str) -> None:
        """An item and the groups that it is in are locked no more."""
        self.set_layer(self.document.stack.path(id), {"locked": False})

    # ---- inside ----

    def _arrange(self, text: str, ids: Sequence[str], stack: Stack) -> None:
        """text: with "{layer}" in it. stack: made of the one of now, with what an open edit has made."""
        called = self._called_all(ids, self.document)
        self.end_stroke()
        if [*stack.walk()] != [*self.document.stack.walk()]:
            after = replace(self.document, stack=stack)
            self._change(text.format(layer=called), after, "paint")

    def _called_all(self, ids: Sequence[str], document: Document) -> str:
        items = arranging.outermost(document.stack, ids)
        if len(items) == 1:
            return self._called(items[0].id, document)
        return self.tr("{n} layers").format(n=len(items))

    def _layer_text(self, ids: Sequence[str], fields: Mapping[str, Any], document: Document) -> str:
        if set(fields) <= {"opacity", "shown"}:
            return self.tr("Layer opacity")
        if set(fields) == {"name"}:
            said = self.tr("Rename {layer}")
        elif len(fields) == 1 and next(iter(fields)) in SWITCHES:
            said = self._switch_texts()[next(iter(fields.items()))]
        else:
            said = self.tr("Change {layer}")
        return said.format(layer=self._called_all(ids, document))

    def _switch_texts(self) -> dict[tuple[str, bool], str]:
        return {
            ("visible", True): self.tr("Show {layer}"),
            ("visible", False): self.tr("Hide {layer}"),
            ("locked", True): self.tr("Lock {layer}"),
            ("locked", False): self.tr("Unlock {layer}"),
            ("alpha_lock", True): self.tr("Lock the alpha of {layer}"),
            ("alpha_lock", False): self.tr("Unlock the alpha of {layer}"),
            ("clip", True): self.tr("Clip {layer}"),
            ("clip", False): self.tr("Unclip {layer}"),
        }
