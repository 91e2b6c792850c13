"""Undo commands, and the bytes they may keep.

A command keeps the document before and after it. The two share all that it left alone, as do neighbouring
commands: what it costs are the tiles that it replaced, and they lie deflated while the document has others in
their place. QUndoStack counts commands, not bytes: beyond the limit the oldest commands lose what they hold and
are obsolete, so that undo passes over them.
"""

from __future__ import annotations

import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from studio_app.document.changes import fresh_planes, replaced
from studio_app.document.document import Document
from studio_app.document.tiles import Tile

MAX_COMMANDS = 10_000
"""Some days of work."""
MAX_BYTES = 512 << 20
MERGE_SECONDS = 1.0
LOOK_EVERY = 32
"""Looking at a thousand commands takes milliseconds, and edits come by the hundred in a second: at least so many edits
lie between two looks, and the more there is to look at, the more of them."""
_PLACE = 40
"""Bytes that a plane takes for each tile that it has, shared or not."""


class Held(Protocol):
    """What a command keeps in memory."""

    dropped: bool

    @property
    def nbytes(self) -> int:
        """Bytes of its own, beside `tiles`."""
        ...

    def tiles(self) -> Iterable[Tile]:
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
        """At most what is held, but for tiles that were inflated since."""
        self._unlooked = 0

    @property
    def bytes(self) -> int:
        """Of all that the commands hold; a tile that several share counts once."""
        return _weight(self._alive())

    def __len__(self) -> int:
        return len(self._alive())

    def add(self, held: Held) -> None:
        """The newest; it stays, however large it is."""
        self._held.append(weakref.ref(held))
        self._about += held.nbytes + sum(tile.nbytes for tile in held.tiles())
        self._unlooked += 1
        often = max(LOOK_EVERY, len(self._held) // LOOK_EVERY)
        if self._about > self.max_bytes or self._unlooked >= often:
            self._bound()

    def _bound(self) -> None:
        alive = deque(self._alive())
        weight, holders = 0, dict[int, int]()
        for one in alive:
            weight += one.nbytes
            for tile in one.tiles():
                known = holders.get(id(tile), 0)
                holders[id(tile)] = known + 1
                weight += 0 if known else tile.nbytes
        if (
            weight > self.max_bytes and len(alive) > 1
        ):  # a little further down, so that the next one finds room
            while len(alive) > 1 and weight > self.max_bytes * 0.9:
                oldest = alive.popleft()
                weight -= oldest.nbytes
                for tile in oldest.tiles():
                    holders[id(tile)] -= 1
                    weight -= 0 if holders[id(tile)] else tile.nbytes
                oldest.drop()
        self._held = deque(weakref.ref(one) for one in alive)
        self._about, self._unlooked = weight, 0

    def clear(self) -> None:
        self._held.clear()
        self._about = self._unlooked = 0

    def _alive(self) -> list[Held]:
        found = (reference() for reference in self._held)
        return [held for held in found if held is not None and not held.dropped]


class Change:
    """The document before and after a command, and the tiles that only one of them has."""

    def __init__(self, before: Document, after: Document) -> None:
        self.dropped = False
        self._places = 0
        self._set(before, after)

    @property
    def nbytes(self) -> int:
        """Of words, numbers and tables of tiles, about."""
        if self.before is None or self.after is None:
            return 0
        words = sum(
            len(one.settings.prompt) + len(one.settings.negative_prompt)
            for one in (self.before, self.after)
        )
        starts = {id(one.start): one.start for one in (self.before, self.after) if one.start}
        return (
            400
            + self._places * _PLACE
            + words
            + sum(start.latent.nbytes for start in starts.values())
        )

    def tiles(self) -> Iterator[Tile]:
        yield from self.gone
        yield from self.come

    def go_on_to(self, after: Document) -> None:
        """Takes a later document as what came of it."""
        if self.before is not None:
            self._set(self.before, after)

    def drop(self) -> None:
        self.dropped = True
        self.before = self.after = None
        self.gone, self.come = (), ()

    def _set(self, before: Document, after: Document) -> None:
        self.before: Document | None = before
        self.after: Document | None = after
        self.gone, self.come = replaced(before, after)
        self._places = sum(len(plane.tiles) for plane in fresh_planes(before, after))


class ChangeCommand(QUndoCommand):
    """An edit. Moves of one key merge while they follow in time. painted: it is in the document already, as a
    stroke is when its pen is lifted, so that the first redo does nothing.

    apply: brings a document back; told what sort of edit it was ("text", "knob", "paint", "view"), and its text.
    """

    def __init__(
        self,
        text: str,
        change: Change,
        apply: Callable[[Document, str, str], None],
        what: str,
        merge_key: str = "",
        merge_seconds: float = MERGE_SECONDS,
        *,
        painted: bool = False,
    ) -> None:
        super().__init__(text)
        self.change = change
        self.merge_key = merge_key
        self.what = what
        self._apply = apply
        self._idle = int(painted)
        """So often in a row it does nothing."""
        self._merge_seconds = merge_seconds
        self._until = time.monotonic() + merge_seconds

    def id(self) -> int:
        return 1 if self.merge_key else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, ChangeCommand) or other.merge_key != self.merge_key:
            return False
        after = other.change.after
        if time.monotonic() > self._until or self.change.dropped or after is None:
            return False
        self._until = time.monotonic() + self._merge_seconds
        self.change.go_on_to(after)
        other.change.drop()  # its command goes
        return True

    @property
    def can_be_given_up(self) -> bool:
        """A drag, or what is still being made."""
        return bool(self.merge_key) or not all(tile.made for tile in self.change.come)

    def again(self) -> ChangeCommand:
        """The same, to be put back where it was: pushed and undone once, it does nothing."""
        made = ChangeCommand(self.text(), self.change, self._apply, self.what, painted=True)
        made._idle = 2
        return made

    def redo(self) -> None:
        self._bring(self.change.after)

    def undo(self) -> None:
        self._bring(self.change.before)

    def _bring(self, document: Document | None) -> None:
        if self._idle:
            self._idle -= 1
        elif document is None:
            self.setObsolete(True)
        else:
            self._apply(document, self.what, self.text())


@dataclass(frozen=True)
class _Cut:
    """What a push took from the end of the stack, at an index; key: of the drag that it began."""

    key: str = ""
    index: int = 0
    again: tuple[ChangeCommand, ...] = ()


class EditStack(QUndoStack):
    """The stack of a document that may be in the middle of an edit when somebody undoes, or opens another edit.

    Whatever is being drawn or dragged hears of it first (`moving`) and comes to its end: it is the newest
    step then, and the one that is undone. open_text: what the open edit is called, "" where there is none; end_open
    ends it.
    """

    moving = Signal()

    def __init__(
        self, parent: QObject, open_text: Callable[[], str], end_open: Callable[[], object]
    ) -> None:
        super().__init__(parent)
        self._open_text, self._end_open = open_text, end_open
        self._cut = _Cut()
        self.setUndoLimit(MAX_COMMANDS)  # only an empty stack takes a limit

    def settle(self) -> None:
        """Ends what is being drawn: a hand first, which may have more of its stroke than was drawn of it."""
        self.moving.emit()
        self._end_open()

    def say_open(self) -> None:
        """An edit was opened or given up: what can be undone has changed."""
        self.indexChanged.emit(self.index())

    def take_back(self, merge_key: str) -> None:
        """Undoes and forgets the last steps of this key, as if they had never been: a drag that was given up. What
        could be done again before, can be. merge_key: as it was given to the studio."""
        whole = ""
        while self.index() > 0:
            command = self.command(self.index() - 1)
            if not isinstance(command, ChangeCommand):
                break
            whole = whole or command.merge_key
            if whole.rpartition("/")[2] != merge_key or command.merge_key != whole:
                break
            self._forget(command)
        self._mend()

    def take_back_last(self) -> None:
        """The same of the newest step alone."""
        command = self.command(self.index() - 1)
        if isinstance(command, ChangeCommand):
            self._forget(command)
            self._mend()

    def _forget(self, command: ChangeCommand) -> None:
        command.undo()
        command.setObsolete(True)
        super().undo()  # of what is obsolete, Qt undoes nothing and lets it go

    def _mend(self) -> None:
        """Puts back what the steps that are gone had taken from the end of the stack."""
        cut, self._cut = self._cut, _Cut()
        if cut.index == self.index() == self.count():
            for command in cut.again:
                super().push(command)
            for _ in cut.again:
                super().undo()

    # Qt

    def push(self, command: QUndoCommand) -> None:
        gone = [self.command(place) for place in range(self.index(), self.count())]
        key = command.merge_key if isinstance(command, ChangeCommand) else ""
        if gone or not key or key != self._cut.key:
            keeps = isinstance(command, ChangeCommand) and command.can_be_given_up
            again = [one.again() for one in gone if keeps and isinstance(one, ChangeCommand)]
            self._cut = _Cut(key, self.index(), tuple(again))
        super().push(command)

    def clear(self) -> None:
        self._cut = _Cut()
        super().clear()

    def undo(self) -> None:
        self.settle()
        super().undo()

    def redo(self) -> None:
        self.settle()
        super().redo()

    def canUndo(self) -> bool:
        return bool(self._open_text()) or super().canUndo()

    def undoText(self) -> str:
        return self._open_text() or super().undoText()


def _weight(held: Iterable[Held]) -> int:
    own = 0
    shared: dict[int, int] = {}
    for one in held:
        own += one.nbytes
        shared.update((id(tile), tile.nbytes) for tile in one.tiles())
    return own + sum(shared.values())
