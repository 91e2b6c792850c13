"""Undo commands, and the bytes they may keep.

A stroke keeps the dirty rectangle before and after, deflated; a change keeps the parts of the document that
it replaced, which share their arrays with it. QUndoStack counts commands, not bytes: beyond the limit the
oldest commands lose what they hold and are obsolete, so that undo passes over them.
"""

from __future__ import annotations

import time
import weakref
import zlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, is_dataclass, replace
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from studio_app.document.document import Document
from studio_app.document.layers import ColourLayer, DepthLayer, LayerName, MaskLayer
from studio_app.document.settings import Settings
from studio_app.document.strokes import Rect

MAX_COMMANDS = 1000
MAX_BYTES = 64 << 20
MERGE_SECONDS = 1.0
LOOK_EVERY = 32
"""Looking at a thousand commands takes milliseconds, and edits come by the hundred in a second."""

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
    def nbytes(self) -> int:
        """Bytes of its own, beside `arrays`."""
        ...

    def arrays(self) -> Iterator[NDArray[Any]]:
        """Those it may share with others: they count once."""
        ...

    def drop(self) -> None: ...


class Ledger:
    """Bounds the bytes that the commands of a stack hold, oldest first out.

    The commands own what they hold, the ledger only knows of it: whatever the stack forgets (moves that merged,
    what was undone and then painted over, the oldest beyond its count) is gone from here at once, and whatever
    it still has is counted.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self.max_bytes = max_bytes
        self._held: deque[weakref.ref[Held]] = deque()
        self._about = 0
        """At most what is held, but for what layers made of themselves since."""
        self._unlooked = 0

    @property
    def bytes(self) -> int:
        """Of all that the commands hold; an array that several share counts once."""
        return _weight(self._alive())

    def __len__(self) -> int:
        return len(self._alive())

    def add(self, held: Held) -> None:
        """The newest; it stays, however large it is."""
        self._held.append(weakref.ref(held))
        self._about += _weight([held])
        self._unlooked += 1
        if self._about > self.max_bytes or self._unlooked >= LOOK_EVERY:
            self._bound()

    def _bound(self) -> None:
        alive = deque(self._alive())
        weight = _weight(alive)
        if weight > self.max_bytes:  # a little further down, so that the next one finds room
            holders = Counter(id(array) for one in alive for array in one.arrays())
            while len(alive) > 1 and weight > self.max_bytes * 0.9:
                oldest = alive.popleft()
                weight -= oldest.nbytes
                for array in oldest.arrays():
                    holders[id(array)] -= 1
                    weight -= 0 if holders[id(array)] else array.nbytes
                oldest.drop()
        self._held = deque(weakref.ref(one) for one in alive)
        self._about, self._unlooked = weight, 0

    def clear(self) -> None:
        self._held.clear()
        self._about = self._unlooked = 0

    def _alive(self) -> list[Held]:
        found = (reference() for reference in self._held)
        return [held for held in found if held is not None and not held.dropped]


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

    def arrays(self) -> Iterator[NDArray[Any]]:
        return iter(())

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


@dataclass(eq=False)
class Change:
    """Parts of a document before and after."""

    before: Parts
    after: Parts
    dropped: bool = False

    @property
    def nbytes(self) -> int:
        return sum(_words(part) for parts in (self.before, self.after) for part in parts.values())

    def arrays(self) -> Iterator[NDArray[Any]]:
        for parts in (self.before, self.after):
            for part in parts.values():
                yield from _arrays_of(part)

    def drop(self) -> None:
        self.dropped = True
        self.before, self.after = {}, {}


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
        other.change.drop()  # its command goes
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


class EditStack(QUndoStack):
    """The stack of a document that may be in the middle of an edit when somebody undoes.

    Whatever is being drawn or dragged hears of it first (`moving`) and comes to its end: it is the newest
    step then, and the one that is undone. open_text: what the open edit is called, "" where there is none.
    """

    moving = Signal()

    def __init__(self, parent: QObject, open_text: Callable[[], str]) -> None:
        super().__init__(parent)
        self._open_text = open_text
        self.setUndoLimit(MAX_COMMANDS)  # only an empty stack takes a limit

    def say_open(self) -> None:
        """An edit was opened or given up: what can be undone has changed."""
        self.indexChanged.emit(self.index())

    # Qt

    def undo(self) -> None:
        self.moving.emit()
        super().undo()

    def redo(self) -> None:
        self.moving.emit()
        super().redo()

    def canUndo(self) -> bool:
        return bool(self._open_text()) or super().canUndo()

    def undoText(self) -> str:
        return self._open_text() or super().undoText()


def _cut(array: NDArray[Any], rect: Rect) -> NDArray[Any]:
    x, y, width, height = rect
    return array[y : y + height, x : x + width]


def _joined(parts: list[NDArray[Any]]) -> bytes:
    return b"".join(np.ascontiguousarray(part).tobytes() for part in parts)


def _weight(held: Iterable[Held]) -> int:
    own = 0
    shared: dict[int, int] = {}
    for one in held:
        own += one.nbytes
        shared.update((id(array), array.nbytes) for array in one.arrays())
    return own + sum(shared.values())


def _arrays_of(part: Any) -> Iterator[NDArray[Any]]:
    """The arrays of a layer, and of whatever it made of them and keeps (its controls)."""
    if isinstance(part, np.ndarray):
        yield cast("NDArray[Any]", part)
    elif isinstance(part, tuple):
        for item in cast("tuple[Any, ...]", part):
            yield from _arrays_of(item)
    elif isinstance(part, dict):
        for item in cast("dict[Any, Any]", part).values():
            yield from _arrays_of(item)
    elif is_dataclass(part) and not isinstance(part, Settings):
        yield from _arrays_of(part.__dict__)


def _words(part: Any) -> int:
    """Bytes of the texts of the knobs, about; anything else weighs next to nothing beside its arrays."""
    return 200 + (len(part.prompt) + len(part.negative_prompt) if isinstance(part, Settings) else 0)
