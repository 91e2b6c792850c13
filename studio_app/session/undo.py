"""Undo commands, and the bytes they may keep.

A stroke keeps the dirty rectangle before and after, deflated; a change keeps the parts of the document that
it replaced, which share their arrays with it. QUndoStack counts commands, not bytes: beyond the limit the
oldest commands lose what they hold and are obsolete, so that undo passes over them.
"""

from __future__ import annotations

import time
import zlib
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QUndoCommand, QUndoStack

from studio_app.document.document import Document
from studio_app.document.layers import ColourLayer, DepthLayer, LayerName, MaskLayer
from studio_app.document.strokes import Rect

MAX_COMMANDS = 1000
MAX_BYTES = 64 << 20
MERGE_SECONDS = 1.0

Painted = DepthLayer | ColourLayer | MaskLayer
ARRAYS: dict[str, tuple[str, ...]] = {
    "depth": ("value", "known"),
    "colour": ("rgba",),
    "mask": ("pixels",),
}
Parts = Mapping[str, Any]
"""Some fields of a Document by name."""


class Held(Protocol):
    """What a command keeps in memory."""

    dropped: bool

    @property
    def nbytes(self) -> int: ...
    def drop(self) -> None: ...


class Ledger:
    """Bounds the bytes of all commands of a stack, oldest first out."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self.max_bytes = max_bytes
        self._held: deque[Held] = deque(maxlen=MAX_COMMANDS)

    @property
    def bytes(self) -> int:
        return sum(held.nbytes for held in self._held)

    def add(self, held: Held) -> None:
        self._held.append(held)
        total = self.bytes
        while total > self.max_bytes and len(self._held) > 1:
            oldest = self._held.popleft()
            total -= oldest.nbytes
            oldest.drop()

    def clear(self) -> None:
        self._held.clear()


class Patch:
    """The pixels of a rectangle of one layer, before and after. `pack` may run in another thread."""

    def __init__(self, layer: LayerName, rect: Rect, before: Document, after: Document) -> None:
        self.layer: LayerName = layer
        self.rect = rect
        self.dropped = False
        names = ARRAYS[layer]
        self._shapes = [_cut(getattr(before.layer(layer), name), rect) for name in names]
        self._dtypes = [part.dtype for part in self._shapes]
        self._sizes = [part.shape for part in self._shapes]
        later = [_cut(getattr(after.layer(layer), name), rect) for name in names]
        self._data: tuple[bytes, bytes] = (_joined(self._shapes), _joined(later))
        self._shapes.clear()
        self._packed = False

    @property
    def nbytes(self) -> int:
        return sum(len(side) for side in self._data)

    def drop(self) -> None:
        self.dropped = True
        self._data = (b"", b"")

    def pack(self) -> None:
        """Deflates; one assignment makes it so, and readers cope with either form."""
        before, after = self._data
        if self._packed or self.dropped:
            return
        packed = (zlib.compress(before, 1), zlib.compress(after, 1))
        if not self.dropped:
            self._data, self._packed = packed, True

    def applied(self, document: Document, *, after: bool) -> Document:
        data = self._data[1 if after else 0]
        if self._packed:
            data = zlib.decompress(data)
        x, y, width, height = self.rect
        layer: Any = document.layer(self.layer)
        changes: dict[str, Any] = {}
        offset = 0
        for name, dtype, size in zip(ARRAYS[self.layer], self._dtypes, self._sizes, strict=True):
            count = int(np.prod(size))
            part = np.frombuffer(data, dtype, count, offset).reshape(size)
            offset += count * dtype.itemsize
            whole: NDArray[Any] = getattr(layer, name).copy()
            whole[y : y + height, x : x + width] = part
            changes[name] = whole
        return document.with_layer(self.layer, replace(layer, **changes))


@dataclass
class Change:
    """Parts of a document before and after."""

    before: Parts
    after: Parts
    nbytes: int = 0
    dropped: bool = False

    def __post_init__(self) -> None:
        self.nbytes = sum(_size(part) for part in self.before.values())

    def drop(self) -> None:
        self.dropped = True
        self.before, self.after, self.nbytes = {}, {}, 0


class PatchCommand(QUndoCommand):
    """A stroke. It is painted before it is pushed, so the first redo does nothing."""

    def __init__(self, text: str, patch: Patch, apply: Callable[[Patch, bool], None]) -> None:
        super().__init__(text)
        self._patch = patch
        self._apply = apply
        self._first = True

    def redo(self) -> None:
        if self._first:
            self._first = False
        elif self._patch.dropped:
            self.setObsolete(True)
        else:
            self._apply(self._patch, True)

    def undo(self) -> None:
        if self._patch.dropped:
            self.setObsolete(True)
        else:
            self._apply(self._patch, False)


class ChangeCommand(QUndoCommand):
    """Anything else: knobs, people, whole layers. Moves of one key merge while they follow in time."""

    def __init__(
        self,
        text: str,
        change: Change,
        apply: Callable[[Parts, str], None],
        what: str,
        merge_key: str = "",
        merge_seconds: float = MERGE_SECONDS,
    ) -> None:
        super().__init__(text)
        self.change = change
        self.merge_key = merge_key
        self.what = what
        self._apply = apply
        self._merge_seconds = merge_seconds
        self._until = time.monotonic() + merge_seconds

    def id(self) -> int:
        return 1 if self.merge_key else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, ChangeCommand) or other.merge_key != self.merge_key:
            return False
        if time.monotonic() > self._until or self.change.dropped:
            return False
        self._until = time.monotonic() + self._merge_seconds
        self.change.after = other.change.after
        other.change.drop()  # its command goes; the ledger still holds it
        return True

    def redo(self) -> None:
        if self.change.dropped:
            self.setObsolete(True)
        else:
            self._apply(self.change.after, self.what)

    def undo(self) -> None:
        if self.change.dropped:
            self.setObsolete(True)
        else:
            self._apply(self.change.before, self.what)


def new_stack(parent: Any) -> QUndoStack:
    stack = QUndoStack(parent)
    stack.setUndoLimit(MAX_COMMANDS)  # only an empty stack takes a limit
    return stack


def _cut(array: NDArray[Any], rect: Rect) -> NDArray[Any]:
    x, y, width, height = rect
    return array[y : y + height, x : x + width]


def _joined(parts: list[NDArray[Any]]) -> bytes:
    return b"".join(np.ascontiguousarray(part).tobytes() for part in parts)


def _size(part: Any) -> int:
    """Bytes of the arrays of a layer; the rest of a document weighs nothing."""
    values: list[Any] = [getattr(part, name, None) for name in ("value", "known", "rgba", "pixels")]
    return 200 + sum(value.nbytes for value in values if isinstance(value, np.ndarray))
