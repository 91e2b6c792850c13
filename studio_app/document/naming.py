"""What tells layers apart that nobody has named."""

from __future__ import annotations

from collections import Counter

from studio_app.document.stack import Item, Node, Stack


def numbers_of(stack: Stack) -> dict[str, str]:
    """By id, of items that have no name and are not the only one of their kind: the number in their id, which never
    changes. It stands behind what the kind is called."""
    nameless = [item for item in stack.walk() if not item.name]
    count = Counter(map(_kind, nameless))
    return {item.id: _number(item.id) for item in nameless if count[_kind(item)] > 1}


def _kind(item: Item) -> str:
    return item.kind if isinstance(item, Node) else ""


def _number(id: str) -> str:
    """ "" for an id of another make."""
    number = id.rpartition("-")[2]
    return number if number.isdecimal() else ""
