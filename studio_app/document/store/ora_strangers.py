"""Layers of an OpenRaster file that another program wrote, as nodes and groups of ours."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.document.blending import SVG_NAMES, Blend
from studio_app.document.canvases import with_frame
from studio_app.document.contents.content import Content
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.decoding import MAX_PIXELS, decoded, too_large
from studio_app.document.document import MAX_CANVAS, MIN_FRAME, Document
from studio_app.document.layered_files import (
    MAX_PICTURE,
    broken_file,
    look_of,
    member_of,
    shown_name,
    too_many,
    whole_of,
)
from studio_app.document.ora_members import GROUP
from studio_app.document.planes import RGBA, Plane
from studio_app.document.settings import Settings
from studio_app.document.stack import Group, Item, Node, Stack
from studio_app.document.store.stacks import MAX_DEPTH, MAX_ITEMS

Pixels = NDArray[np.uint8]
MOST_PIXELS = 24 * MAX_CANVAS * MAX_CANVAS
"""Of all layers of a file together."""
_BLENDS: dict[str, Blend] = {name: blend for blend, name in SVG_NAMES.items()}
_SIDES = range(64, 513, 32)
"""Of a picture, in pixels of the model (`document/settings.py`)."""
_AREA = 256 * 256
_PLAIN = "colour"
"""What a layer of any other program is: nothing but its pixels."""


@dataclass
class Strangers:
    """What is known of a file's members. nodes: of layers that nobody changed, by member, and where they lay. kinds: of
    layers, by member, where they are known."""

    archive: zipfile.ZipFile
    called: str
    nodes: Mapping[str, tuple[Node, tuple[int, int]]] = field(
        default_factory=dict[str, tuple[Node, tuple[int, int]]]
    )
    kinds: Mapping[str, str] = field(default_factory=dict[str, str])

    def check(self, sources: Iterable[str]) -> None:
        """StudioError where some layers have more pixels than any drawing; none is decoded for that."""
        total = 0
        for source in sources:
            total += self._count(source)
            if total > MOST_PIXELS:
                raise StudioError(
                    f"{self.called} is too large",
                    f"all its layers together have more than {MOST_PIXELS >> 20} million pixels",
                    "Merge some of them.",
                )

    def pixels(self, source: str) -> Pixels:
        """Of a member: uint8 [h, w, 4], straight alpha."""
        data = member_of(self.archive, source, MAX_PICTURE)
        if data is None:
            raise broken_file(self.called)
        image, _ = decoded(data, self.called)
        return np.asarray(image.convert("RGBA"))

    def _count(self, source: str) -> int:
        """By the header of its PNG."""
        try:
            with self.archive.open(source) as file:
                head = file.read(24)
        except Exception as error:  # whatever a broken member makes zipfile raise
            raise broken_file(self.called) from error
        if len(head) < 24 or head[12:16] != b"IHDR":
            raise broken_file(self.called)
        width, height = struct.unpack_from(">II", head, 16)
        if width * height > MAX_PIXELS:
            raise too_large(self.called)
        return width * height


def document_of_stack(
    strangers: Strangers, root: Element, ours: Document | None = None
) -> tuple[Document, tuple[str, ...]]:
    """The document of a stack.xml, and what of it is other than in the file. ours: as it was before somebody changed
    it: its knobs stay. StudioError where it can't be one."""
    size = whole_of(root, "w"), whole_of(root, "h")
    called = strangers.called
    if min(size) < 1:
        raise broken_file(called)
    if not (min(size) >= MIN_FRAME and max(size) <= MAX_CANVAS):
        raise StudioError(
            f"{called} has no size to draw on",
            f"it is {size[0]}x{size[1]}, and a canvas has {MIN_FRAME} to {MAX_CANVAS} pixels a side",
            "Scale it first.",
        )
    reader = _Reader(strangers, size)
    stack = reader.stack(root)
    if ours is None:
        return _framed(stack, size), reader.notes
    if ours.canvas != size:
        made = _framed(stack, size)
        knobs = replace(ours.settings, width=made.settings.width, height=made.settings.height)
        return replace(made, settings=knobs), reader.notes
    return replace(ours, stack=stack), reader.notes


def _framed(stack: Stack, size: tuple[int, int]) -> Document:
    """With the frame over as much of the canvas as its shape allows."""
    width, height = _pixels_for(*size)
    whole = Document(Settings(width=width, height=height), stack, size, (0, 0, *size))
    across = min(size[0], round(size[1] * width / height))
    down = min(size[1], round(size[0] * height / width))
    frame = (size[0] - across) // 2, (size[1] - down) // 2, across, down
    return with_frame(whole, frame)


def _pixels_for(width: int, height: int) -> tuple[int, int]:
    """A size of the model that is nearest to a canvas in shape, and to what a model was taught in area."""
    shape = width / height

    def far(size: tuple[int, int]) -> float:
        stretched = abs(np.log(size[0] / size[1] / shape))
        return float(8 * stretched + abs(np.log(size[0] * size[1] / _AREA)))

    return min(((w, h) for w in _SIDES for h in _SIDES), key=far)


def _kind_by(name: str) -> str:
    """Of a layer that is called as a kind is: programs keep names, and nothing else that would say it."""
    called = name.strip().casefold()
    kinds = (kind for kind, made in CONTENTS.items() if made.title.casefold() == called)
    return next(kinds, _PLAIN)


def _of_pixels(plane: Plane) -> Content:
    made = CONTENTS[_PLAIN]
    return made.made_of(dict.fromkeys(made.plane_kinds, plane))


class _Reader:
    def __init__(self, strangers: Strangers, size: tuple[int, int]) -> None:
        self._strangers = strangers
        self._size = size
        self._ids = {node.id for node, _ in strangers.nodes.values()} | set(CONTENTS)
        self._taken: set[str] = set()
        self._unknown: set[str] = set()
        self._others: list[str] = []
        self._taken_as: list[str] = []

    @property
    def notes(self) -> tuple[str, ...]:
        said: list[str] = []
        if self._unknown:
            names = ", ".join(sorted(self._unknown)[:6])
            said.append(f"Modes that Underpaint does not have are normal now: {names}")
        if self._taken_as:
            said.append(
                f"By their names, taken for what they are called: {', '.join(self._taken_as[:6])}"
            )
        if self._others:
            said.append(f"Now layers of colour: {', '.join(self._others[:6])}")
        return tuple(said)

    def stack(self, root: Element) -> Stack:
        layers = list(root.iter("layer"))
        if len(layers) + len(list(root.iter("stack"))) > MAX_ITEMS + 1:
            raise too_many(self._strangers.called)
        sources = (item.get("src", "") for item in layers)
        self._strangers.check(source for source in sources if source not in self._strangers.nodes)
        return Stack(
            tuple(item for top in root.iterfind("stack") for item in self._items(top, 0, 0, 0))
        )

    def _items(self, stack: Element, x: int, y: int, depth: int) -> Iterator[Item]:
        """The topmost first. x, y: of the stack on the canvas."""
        if depth > MAX_DEPTH:
            raise StudioError(
                f"{self._strangers.called} has groups within too many groups",
                f"at most {MAX_DEPTH} are read",
                "Merge some of them.",
            )
        for element in stack:
            left, top = x + whole_of(element, "x"), y + whole_of(element, "y")
            if element.tag == "layer":
                yield self._node(element, left, top)
            elif element.tag == "stack":
                children = tuple(self._items(element, left, top, depth + 1))
                yield Group(self._new("group"), children, **self._looks(element, GROUP))

    def _node(self, element: Element, x: int, y: int) -> Node:
        source = element.get("src", "")
        known = self._strangers.nodes.get(source)
        kind = self._strangers.kinds.get(source) or _kind_by(element.get("name", ""))
        looks = self._looks(element, CONTENTS[kind].title)
        if known is not None and known[1] == (x, y):
            return replace(known[0], id=self._kept(known[0].id), **looks)
        content = self._content(kind, source, x, y, str(looks["name"]) or CONTENTS[kind].title)
        return Node(self._new(content.kind), content, **looks)

    def _content(self, kind: str, source: str, x: int, y: int, name: str) -> Content:
        pixels = self._strangers.pixels(source)
        plane = Plane(RGBA, *self._size).write(x, y, pixels)
        if kind == _PLAIN:
            return _of_pixels(plane)
        try:
            content = CONTENTS[kind].of_rgba(np.array(plane.whole), *self._size)
        except StudioError:
            self._others.append(name)
            return _of_pixels(plane)
        self._taken_as.append(CONTENTS[kind].title)
        return content

    def _looks(self, element: Element, title: str) -> dict[str, Any]:
        """title: what it is called that has no name of its own."""
        opacity, visible, operator = look_of(element)
        blend = _BLENDS.get(operator)
        if blend is None:
            self._unknown.add(shown_name(operator))
        name = shown_name(element.get("name", ""))
        return {
            "name": "" if name == title else name,
            "opacity": opacity,
            "visible": visible,
            "blend": blend or "normal",
            "locked": element.get("edit-locked") == "true",
        }

    def _kept(self, id: str) -> str:
        """Its own id once; a layer that shows the same PNG again gets another."""
        if id in self._taken:
            return self._new(id.rsplit("-", 1)[0])
        self._taken.add(id)
        return id

    def _new(self, stem: str) -> str:
        number = 1
        while f"{stem}-{number}" in self._ids:
            number += 1
        self._ids.add(f"{stem}-{number}")
        return f"{stem}-{number}"
