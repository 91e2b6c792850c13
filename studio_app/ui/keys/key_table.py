"""Every command of the window with its keys, as they were made and as the artist wants them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QWidget

from studio_app.ui.action_buttons import tell_key
from studio_app.ui.menu_text import unmarked

_TAKEN = frozenset(
    ["Esc", "Space", "Tab", "Backtab", "Left", "Right", "Up", "Down", "Return", "Enter"]
)
_STILL_TAKEN = ("Shift+", "Num+")
"""Before one of those, it is still that one."""
_FREE = ("Shift+Return", "Shift+Enter")
"""In the prompt, too, they draw."""
_WINDOW = Qt.ShortcutContext.WindowShortcut


@dataclass(frozen=True)
class Command:
    """id: for files. text: as in a menu, without marks. where: the menus that lead to it. actions: it, and what is the
    same beside another panel. made: its keys as the program has them, portable."""

    id: str
    text: str
    where: str
    actions: tuple[QAction, ...]
    made: tuple[str, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """Of now, portable."""
        return _keys_of(self.actions[0])


class KeyTable(QObject):
    """Made once all actions of a window are there. commands: in the order of the menus, then the others. `changed`: a
    command has other keys."""

    changed = Signal()

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self.commands = tuple(_commands_of(window))
        self._by_id = {command.id: command for command in self.commands}

    @property
    def chosen(self) -> dict[str, list[str]]:
        """By id, the keys of those commands that have others than they were made with."""
        return {one.id: list(one.keys) for one in self.commands if one.keys != one.made}

    def take(self, chosen: Mapping[str, Sequence[str]]) -> None:
        """Keys of an earlier start. What this program does not know, or does not allow, is left out; a key of two, as
        two windows or a newer program may leave it, is that of who comes last."""
        taken = [self._by_id[id] for id in chosen if id in self._by_id]
        for command in taken:
            keys = [portable(key) for key in chosen[command.id]]
            _set(command, [key for key in keys if key and not is_taken(key)])
        for command in reversed(taken):
            self._free(command.keys, command)
        self.changed.emit()

    def give(self, command: Command, key: str) -> None:
        """Its only key from now on, "" for none; who had it has it no more."""
        self._free([key], command)
        _set(command, [key] if key else [])
        self.changed.emit()

    def give_back(self, commands: Iterable[Command]) -> None:
        """The keys that they were made with; who has one of them now loses it."""
        commands = tuple(commands)
        for command in commands:
            _set(command, command.made)
        for command in commands:
            self._free(command.made, command)
        self.changed.emit()

    def wear(self, chosen: Mapping[str, Sequence[str]]) -> None:
        """As made, but for these: another program's keys."""
        for command in self.commands:
            _set(command, chosen.get(command.id, command.made))
        self.changed.emit()

    def rivals(self, command: Command, *keys: str) -> list[Command]:
        """The other commands that one of these keys would mean in the same place."""
        return [
            other
            for other in self.commands
            if other is not command and set(keys) & set(other.keys) and _meet(command, other)
        ]

    def _free(self, keys: Collection[str], command: Command) -> None:
        """Nobody else has these in the same place any more."""
        for rival in self.rivals(command, *keys):
            _set(rival, [own for own in rival.keys if own not in keys])


def portable(key: str) -> str:
    """A key as a file has it; "" where it is none, or several in a row."""
    style = QKeySequence.SequenceFormat.PortableText
    sequence = QKeySequence(key, style)
    return sequence.toString(style) if sequence.count() == 1 else ""


def native(keys: Iterable[str]) -> str:
    """Portable keys as one reads them here."""
    style = QKeySequence.SequenceFormat.NativeText
    return "  or  ".join(QKeySequence(key).toString(style) for key in keys)


def is_taken(key: str) -> bool:
    """Whether widgets need this key for themselves: with Control or Alt none of them is."""
    name = key
    for before in _STILL_TAKEN:
        name = name.removeprefix(before)
    return name in _TAKEN and key not in _FREE


def _commands_of(window: QMainWindow) -> Iterator[Command]:
    wheres: dict[QAction, str] = {}
    for action, path in _lying_in(window):
        wheres.setdefault(action, path)
    found: dict[tuple[str, tuple[str, ...], str], list[QAction]] = {}
    for action in window.findChildren(QAction):
        text, keys, name = _plain(action.text()), _keys_of(action), action.objectName()
        if name and text and action.menu() is None:
            # What is called the same and has the same keys is the same beside another panel.
            found.setdefault((text, keys, "" if keys else name), []).append(action)
    order = list(wheres)

    def place(actions: list[QAction]) -> int:
        return min((order.index(one) for one in actions if one in wheres), default=len(order))

    for (text, made, _), actions in sorted(found.items(), key=lambda item: place(item[1])):
        where = next((wheres[one] for one in actions if one in wheres), "")
        yield Command(actions[0].objectName(), text, where, tuple(actions), made)


def _lying_in(window: QMainWindow) -> Iterator[tuple[QAction, str]]:
    """Each action of the menus, in their order, with the titles that lead to it."""

    def walk(menu: QMenu, path: str) -> Iterator[tuple[QAction, str]]:
        for action in menu.actions():
            inner = action.menu()
            if isinstance(inner, QMenu):
                yield from walk(inner, f"{path} › {_plain(action.text())}")
            else:
                yield action, path

    for top in window.menuBar().actions():
        menu = top.menu()
        if isinstance(menu, QMenu):
            yield from walk(menu, _plain(top.text()))


def _meet(one: Command, other: Command) -> bool:
    """Whether a key of both could mean either."""
    return any(_both_hear(a, b) for a in one.actions for b in other.actions)


def _both_hear(a: QAction, b: QAction) -> bool:
    if _WINDOW in (a.shortcutContext(), b.shortcutContext()):
        return True
    return any(x is y or x.isAncestorOf(y) or y.isAncestorOf(x) for x in _ears(a) for y in _ears(b))


def _ears(action: QAction) -> list[QWidget]:
    """The widgets in which its keys are heard."""
    owners = [one for one in action.associatedObjects() if isinstance(one, QWidget)]
    return [one for one in owners if not isinstance(one, QMenu) and not one.inherits("QToolButton")]


def _set(command: Command, keys: Iterable[str]) -> None:
    for action in command.actions:
        action.setShortcuts([QKeySequence(key) for key in keys])
        tell_key(action)


def _keys_of(action: QAction) -> tuple[str, ...]:
    style = QKeySequence.SequenceFormat.PortableText
    return tuple(key.toString(style) for key in action.shortcuts())


def _plain(text: str) -> str:
    return unmarked(text).rstrip("….").strip()
