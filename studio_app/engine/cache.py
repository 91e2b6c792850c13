"""A bounded memory of what was computed, keyed by content."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Generic, TypeVar, cast

Value = TypeVar("Value")


class ContentCache(Generic[Value]):
    """Least recently used out first. A value must not be written into once it is in here.

    size: how many it holds at most; most: how many bytes of tensors and arrays, though the newest stays whatever it
    weighs. Not thread-safe: an engine belongs to one thread.
    """

    def __init__(self, size: int, most: int | None = None) -> None:
        self.misses = 0
        self.held = 0
        """Bytes."""
        self._size = size
        self._most = most
        self._values: OrderedDict[Hashable, Value] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of `key`, made by `make()` where it isn't known."""
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key]
        self.misses += 1
        value = make()
        self._values[key] = value
        self.held += _bytes(value)
        while len(self._values) > self._size or self._is_heavy():
            self.held -= _bytes(self._values.popitem(last=False)[1])
        return value

    def __contains__(self, key: Hashable) -> bool:
        return key in self._values

    def clear(self) -> None:
        self._values.clear()
        self.held = 0

    def _is_heavy(self) -> bool:
        return self._most is not None and self.held > self._most and len(self._values) > 1

    def __len__(self) -> int:
        return len(self._values)


def _bytes(value: Any) -> int:
    """Of the tensors and arrays that a value is made of."""
    if isinstance(value, Mapping):
        return sum(_bytes(item) for item in cast("Mapping[Any, Any]", value).values())
    if isinstance(value, list | tuple):
        return sum(_bytes(item) for item in cast("list[Any]", value))
    return int(getattr(value, "nbytes", 0))
