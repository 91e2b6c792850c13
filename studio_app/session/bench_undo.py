"""Whether undo and redo bring back what there was, to the bit, over thousands of random edits, and what they keep."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from studio_app.core.arrays import digest
from studio_app.document.brushes import Brush
from studio_app.document.document import Document, new_document
from studio_app.document.edits import MarkEdit
from studio_app.document.marks import Box, Ellipse, Gradient, Mark
from studio_app.document.people import standing_person
from studio_app.document.planes import COVER, Plane
from studio_app.document.selections import feathered
from studio_app.document.settings import Settings
from studio_app.document.stack import Group, Item, Node
from studio_app.document.strokes import Sample
from studio_app.session.editor import Editor

FRAME = 256
MOST_NODES = 14
EVERY = 250
"""Edits between two looks at all that there is."""


def measure(operations: int = 10_000, side: int = 1024, seed: int = 1) -> Mapping[str, float]:
    """`undo_identical`: 1 where random edits of a canvas of side x side, all undone and all redone, passed the same
    documents on the way back and forth as when they were made, to the bit; else 0. `undo_mb`: what undo keeps of them.
    """
    from PySide6.QtCore import QCoreApplication

    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QCoreApplication.instance() or QCoreApplication([])
    hand = _Hand(side, seed)
    seen = [fingerprint(hand.editor.document)]
    for number in range(1, operations + 1):
        before = hand.editor.document
        while hand.editor.document is before:  # some edits change nothing
            hand.edit()
        if number % EVERY == 0 or number == operations:
            seen.append(fingerprint(hand.editor.document))
    kept = hand.editor.ledger.bytes
    stack = hand.editor.stack
    marks = [*range(0, operations, EVERY), operations]
    same = stack.count() == operations
    for step, known in reversed(list(zip(marks, seen, strict=True))):
        while stack.index() > step and stack.canUndo():
            stack.undo()
        same = same and fingerprint(hand.editor.document) == known
    for step, known in zip(marks, seen, strict=True):
        while stack.index() < step and stack.canRedo():
            stack.redo()
        same = same and fingerprint(hand.editor.document) == known
    kept = max(kept, hand.editor.ledger.bytes)
    stack.clear()
    del application
    return {"undo_identical": float(same), "undo_mb": kept / (1 << 20)}


def fingerprint(document: Document) -> str:
    """Of all that a document is."""
    knobs = tuple(repr(getattr(document.settings, one.name)) for one in fields(document.settings))
    selection = "" if document.selection is None else document.selection.digest
    items = tuple(_of(item) for item in document.stack.items)
    return digest(knobs, selection, document.canvas, document.frame, document.stack.solo, items)


def _of(item: Item) -> tuple[object, ...]:
    mask = "" if item.mask is None else item.mask.digest
    how = (item.id, item.name, item.visible, item.locked, item.opacity, item.blend, item.clip, mask)
    if isinstance(item, Group):
        return (*how, tuple(_of(child) for child in item.children))
    planes = tuple(plane.digest for plane in item.content.planes.values())
    return (*how, *item.acting, item.shown, item.alpha_lock, planes, repr(item.content.stored()))


class _Hand:
    """Edits at random, of every sort."""

    def __init__(self, side: int, seed: int) -> None:
        self._chance = random.Random(seed)
        self._side = side
        self.editor = Editor(new_document(Settings(prompt="a gate", width=FRAME, height=FRAME)))
        if side != FRAME:
            self.editor.set_canvas((0, 0, side, side))
        self.editor.stack.clear()
        sorts: tuple[tuple[int, Callable[[], object]], ...] = (
            (10, self._stroke), (4, self._mark), (1, self._add), (1, self._remove), (1, self._double),
            (2, self._look), (1, self._step), (1, self._group), (2, self._select), (1, self._mask),
            (1, self._knob), (1, self._person), (1, self._invert),
        )  # fmt: skip
        self._sorts = [run for weight, run in sorts for _ in range(weight)]

    def edit(self) -> None:
        self._chance.choice(self._sorts)()

    # ---- inside ----

    @property
    def _nodes(self) -> list[Node]:
        return list(self.editor.document.stack.nodes())

    def _painted(self) -> str:
        """A node that is painted and seen, or a kind of such."""
        stack = self.editor.document.stack
        ids = [n.id for n in self._nodes if n.content.paintable and not stack.hidden(n.id)]
        return self._chance.choice(ids) if ids else self.editor.add_layer("colour")

    def _place(self) -> tuple[float, float]:
        return self._chance.uniform(0, self._side), self._chance.uniform(0, self._side)

    def _brush(self) -> Brush:
        chance = self._chance
        colour = (chance.randrange(256), chance.randrange(256), chance.randrange(256))
        return Brush(
            size=chance.uniform(2, 60), hardness=chance.random(), value=chance.random(),
            colour=colour, opacity=chance.uniform(0.2, 1), eraser=chance.random() < 0.15,
        )  # fmt: skip

    def _stroke(self) -> None:
        x, y = self._place()
        self.editor.begin_stroke(self._painted(), self._brush(), Sample(x, y))
        for _ in range(self._chance.randrange(1, 5)):
            x, y = x + self._chance.gauss(0, 30), y + self._chance.gauss(0, 30)
            self.editor.stroke_to(Sample(x, y, self._chance.random()))
        self.editor.end_stroke()

    def _mark(self) -> None:
        (x, y), brush, id = self._place(), self._brush(), self._painted()
        other = x + self._chance.uniform(4, 120), y + self._chance.uniform(4, 120)
        mark: Mark = self._chance.choice((Box((x, y), other), Ellipse((x, y), other)))
        content = self.editor.document.held(id).content
        if self._chance.random() < 0.03:
            first, last = (content.paint_of(self._brush()).tolist() for _ in range(2))
            mark = Gradient((x, y), other, tuple(first), tuple(last))
        self.editor.begin(id, lambda document, node: MarkEdit(document, node, brush))
        self.editor.stroke_to(mark)
        self.editor.end_stroke()

    def _add(self) -> None:
        if len(self._nodes) < MOST_NODES:
            above = self._chance.choice(self._nodes).id if self._nodes else ""
            kind = self._chance.choice(("colour", "depth", "mask", "edge"))
            self.editor.add_layer(kind, above)

    def _remove(self) -> None:
        if len(self._nodes) > 4:
            self.editor.remove_layers([self._chance.choice(self._nodes).id])

    def _double(self) -> None:
        if self._nodes and len(self._nodes) < MOST_NODES:
            self.editor.duplicate_layers([self._chance.choice(self._nodes).id])

    def _look(self) -> None:
        items = list(self.editor.document.stack.walk())
        if items:
            values: dict[str, Any] = self._chance.choice((
                {"opacity": round(self._chance.random(), 2)}, {"visible": self._chance.random() < 0.8},
                {"blend": self._chance.choice(("normal", "multiply", "screen"))},
                {"name": f"Layer {self._chance.randrange(99)}"},
            ))  # fmt: skip
            self.editor.set_layer(self._chance.choice(items).id, values)

    def _step(self) -> None:
        if self._nodes:
            by = self._chance.choice((-1, 1))
            self.editor.step_layers([self._chance.choice(self._nodes).id], by)

    def _group(self) -> None:
        groups = [i.id for i in self.editor.document.stack.walk() if isinstance(i, Group)]
        if len(groups) > 2:
            self.editor.ungroup_layers(groups)
        elif self._nodes:
            self.editor.group_layers([self._chance.choice(self._nodes).id])

    def _select(self) -> None:
        if self._chance.random() < 0.6:
            self.editor.set_selection(None, "Select nothing")
            return
        self.editor.set_selection(feathered(self._cover(), self._chance.randrange(4)), "Select")

    def _mask(self) -> None:
        items = list(self.editor.document.stack.walk())
        if items:
            mask = self._cover() if self._chance.random() < 0.4 else None
            self.editor.set_mask(self._chance.choice(items).id, mask, "Mask")

    def _cover(self) -> Plane:
        side = self._side
        x, y = (self._chance.randrange(side - 16) for _ in range(2))
        pixels = np.full((min(200, side - y), min(300, side - x)), 255, np.uint8)
        return Plane(COVER, side, side).write(x, y, pixels)

    def _knob(self) -> None:
        self.editor.set_settings({"seed": self._chance.randrange(1 << 30)})

    def _person(self) -> None:
        node = self.editor.document.stack.first("pose")
        if node is not None:
            person = standing_person(self._side, self._side, self._place()[0])
            content: Any = node.content.cleared(self._side, self._side)
            made = type(content)((person,))
            self.editor.change_content(node.id, made, "Pose")

    def _invert(self) -> None:
        node = self._chance.choice(self._nodes) if self._nodes else None
        content = None if node is None or self._chance.random() < 0.9 else node.content.inverted()
        if node is not None and content is not None and content is not node.content:
            self.editor.change_content(node.id, content, "Invert")
