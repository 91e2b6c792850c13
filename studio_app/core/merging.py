"""Two writers of one small file: each writes what it has changed, and what the other has changed stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast


def merged(base: Any, mine: Any, there: Any) -> Any:
    """JSON values that began alike, as one. base: what was there when `mine` was taken from it. there: what is there
    now. What is the same in base and mine is as it is there, key by key where all three are objects; what mine has
    changed or taken away counts, and of an object comes last."""
    if mine == base:
        return there
    if not all(isinstance(one, Mapping) for one in (base, mine, there)):
        return mine
    old, new, now = (cast("Mapping[str, Any]", one) for one in (base, mine, there))
    changed = [key for key in new if key not in old or new[key] != old[key]]
    kept = {key: value for key, value in now.items() if key in new or key not in old}
    for key in changed:
        value = merged(old.get(key), new[key], kept.pop(key, None))
        kept[key] = value
    return kept
