"""Streams of a CUDA card that are nobody else's.

torch has 32 of them and hands them out by turns: the thirty-third is the first again. What libraries work in belongs to
a stream, so a graph that was captured on one and is replayed beside what runs on it would write into the same memory.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

import torch

_HANDED_OUT = 32
_used = WeakSet[Any]()


def new_stream(place: torch.device) -> Any:
    """One that nobody has who got his here and still keeps it; any, where all are taken."""
    stream: Any = None
    for _ in range(_HANDED_OUT):
        stream = torch.cuda.Stream(place)
        if all(stream != other for other in _used):
            break
    _used.add(stream)
    return stream
