"""What took long to make, kept for the next time as long as there is room."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Protocol

Size = Callable[[Any], int]
"""Bytes of a thing."""


class Each(Protocol):
    """As `map` does it: what is made of each of some things, in their order."""

    def __call__(
        self, make: Callable[[Callable[[], Any]], Any], things: Iterable[Callable[[], Any]], /
    ) -> Iterable[Any]: ...


class Remembered:
    """So many bytes of it; what was asked for longest ago goes first. For one thread at a time."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.made = 0
        """How often something had to be made."""
        self._known: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._bytes = 0

    def fill(
        self, wanted: Iterable[tuple[Hashable, Callable[[], Any]]], size: Size, each: Each
    ) -> None:
        """Makes what is not known yet of these, each by its key. each: as `map`; it may work with several threads."""
        missing = {key: make for key, make in wanted if key not in self._known}
        for key, value in zip(missing, each(_made, missing.values()), strict=True):
            self.of(key, lambda value=value: value, size)

    def of(self, key: Hashable, make: Callable[[], Any], size: Size = len) -> Any:
        """What belongs to a key; `make` makes it, if it is not known, and `size` says how many bytes it is."""
        found = self._known.get(key)
        if found is None:
            value = make()
            self.made += 1
            found = self._known[key] = value, size(value)
            self._bytes += found[1]
            while self._bytes > self.most_bytes and len(self._known) > 1:
                self._bytes -= self._known.popitem(last=False)[1][1]
        else:
            self._known.move_to_end(key)
        return found[0]


def _made(make: Callable[[], Any]) -> Any:
    return make()
