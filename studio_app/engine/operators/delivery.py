"""From a device to the host, beside what the device goes on with.

On a CUDA card whatever is to be seen of a step is made and copied on a stream of its own (the side stream), into
pinned memory, which the card writes by itself. So neither the card nor the host waits for the other: while a step is
computed, that of the step before is decoded and fetched. Elsewhere there is nothing to wait for, and a copy is there at
once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio_app.engine.operators.streams import new_stream

Array = NDArray[Any]

SLOTS = 3
"""Of pinned memory: one that is written, one that is read, one for what comes next."""
_APART = 64
"""Bytes that tensors of one slot begin at multiples of."""


class Parcel(ABC):
    """Copies of tensors, on their way."""

    @property
    @abstractmethod
    def arrived(self) -> bool: ...

    @abstractmethod
    def take(self) -> Sequence[Array]:
        """The copies, in order, which belong to who takes them. Waits until they are there."""


class Delivery(ABC):
    """Of one device. Belongs to one thread."""

    @abstractmethod
    def beside(self) -> AbstractContextManager[None]:
        """What is queued within the block sees all that was queued before it, and holds up nothing that comes after."""

    @abstractmethod
    def send(self, tensors: Sequence[Tensor], kept: Sequence[Tensor] = ()) -> Parcel:
        """Begins to copy them; within a block of `beside`. kept: what was read in that block and may be let go of by
        others meanwhile."""

    @abstractmethod
    def pace(self) -> None:
        """A step was queued. Waits until the one before it is done, so that a run that is cancelled has one step to
        go, and not all of them."""


def delivery_of(place: torch.device) -> Delivery:
    return PinnedRing(place) if place.type == "cuda" else AtOnce()


class AtOnce(Delivery):
    """Of a device that has no streams: who asks has waited already."""

    def beside(self) -> AbstractContextManager[None]:
        return nullcontext()

    def send(self, tensors: Sequence[Tensor], kept: Sequence[Tensor] = ()) -> Parcel:
        return _Here([tensor.cpu().numpy() for tensor in tensors])

    def pace(self) -> None:
        pass


class _Here(Parcel):
    def __init__(self, arrays: Sequence[Array]) -> None:
        self._arrays = arrays

    @property
    def arrived(self) -> bool:
        return True

    def take(self) -> Sequence[Array]:
        return self._arrays


class PinnedRing(Delivery):
    """Of a CUDA card. Holds as many bytes as the largest pictures so far took, `SLOTS` times."""

    def __init__(self, place: torch.device) -> None:
        self._place = place
        self._stream = new_stream(place)
        self._slots = [_Slot() for _ in range(SLOTS)]
        self._steps = [_event(), _event()]
        self._sent = self._paced = 0

    @contextmanager
    def beside(self) -> Iterator[None]:
        self._stream.wait_stream(torch.cuda.current_stream(self._place))
        with torch.cuda.stream(self._stream):
            yield

    def send(self, tensors: Sequence[Tensor], kept: Sequence[Tensor] = ()) -> Parcel:
        slot = self._slots[self._sent % SLOTS]
        self._sent += 1
        return slot.fill(tensors, kept, self._stream)

    def pace(self) -> None:
        here, before = self._steps[self._paced % 2], self._steps[(self._paced + 1) % 2]
        here.record(torch.cuda.current_stream(self._place))
        if self._paced:
            before.synchronize()
        self._paced += 1


class _Slot:
    """Pinned memory for one parcel at a time, and an event that says when it is written."""

    def __init__(self) -> None:
        self._memory: Tensor | None = None
        self._event = _event()
        self._parcel: _UnderWay | None = None

    def fill(self, tensors: Sequence[Tensor], kept: Sequence[Tensor], stream: Any) -> Parcel:
        if self._parcel is not None:
            self._parcel.take()  # whoever has not taken it yet keeps a copy of his own
        starts, end = _places(tensors)
        if self._memory is None or self._memory.nbytes < end:
            self._memory = torch.empty(end, dtype=torch.uint8, pin_memory=True)
        views: list[Tensor] = []
        for tensor, start in zip(tensors, starts, strict=True):
            part = self._memory[start : start + tensor.nbytes].view(tensor.dtype)
            views.append(part.view(tensor.shape))
            views[-1].copy_(tensor.contiguous(), non_blocking=True)
        self._event.record(stream)
        self._parcel = _UnderWay(views, self._event, (*tensors, *kept))
        return self._parcel


class _UnderWay(Parcel):
    """What the card still reads stays in memory until it has: what another stream made could be written over before."""

    def __init__(self, views: Sequence[Tensor], event: Any, read: Sequence[Tensor]) -> None:
        self._views = views
        self._event = event
        self._read = read
        self._arrays: Sequence[Array] | None = None

    @property
    def arrived(self) -> bool:
        return self._arrays is not None or bool(self._event.query())

    def take(self) -> Sequence[Array]:
        if self._arrays is None:
            self._event.synchronize()
            self._arrays = [np.array(view.numpy()) for view in self._views]
            self._views = self._read = ()
        return self._arrays


def _event() -> Any:
    """Whoever waits for it sleeps: beside a window a core is dear."""
    return torch.cuda.Event(blocking=True)


def _places(tensors: Sequence[Tensor]) -> tuple[list[int], int]:
    """(where each begins, where the last one ends), in bytes."""
    starts: list[int] = []
    end = 0
    for tensor in tensors:
        starts.append(-(-end // _APART) * _APART)
        end = starts[-1] + tensor.nbytes
    return starts, end
