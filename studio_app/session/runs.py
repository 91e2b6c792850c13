"""The runs of this session: every x_t and x_0, small enough to keep by the hundred."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Collection, Iterator
from typing import Any

from numpy.typing import NDArray

from studio_app.document.results import RunRecord

MAX_RUNS = 400
MAX_BYTES = 96 << 20


class RunStore:
    """The last runs, oldest first, within a count and a number of bytes. Window's thread only."""

    def __init__(self, max_runs: int = MAX_RUNS, max_bytes: int = MAX_BYTES) -> None:
        self.max_runs = max_runs
        self.max_bytes = max_bytes
        self._records: OrderedDict[str, RunRecord] = OrderedDict()
        self._arrays: Counter[int] = Counter()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[RunRecord]:
        return iter(tuple(self._records.values()))

    def __getitem__(self, index: int) -> RunRecord:
        """By position: 0 is the oldest, -1 the newest."""
        return tuple(self._records.values())[index]

    @property
    def bytes(self) -> int:
        """Memory of all arrays; drawings that requests share count once."""
        return self._bytes

    @property
    def next_number(self) -> int:
        return max((record.number for record in self._records.values()), default=0) + 1

    def get(self, run: str) -> RunRecord | None:
        """By its id; None where it was forgotten."""
        return self._records.get(run)

    def add(self, record: RunRecord) -> None:
        self._records[record.id] = record
        for array in _arrays(record):
            self._arrays[id(array)] += 1
            if self._arrays[id(array)] == 1:
                self._bytes += array.nbytes
        while len(self._records) > 1 and (
            len(self._records) > self.max_runs or self._bytes > self.max_bytes
        ):
            self._drop(next(iter(self._records)))

    def add_behind(self, record: RunRecord, siblings: Collection[str]) -> None:
        """Behind the newest, which is still what was drawn last by hand, unless that is one of `siblings`."""
        newest = next(reversed(self._records), None)
        self.add(record)
        if newest is not None and newest not in siblings:
            self._records.move_to_end(newest)

    def remove(self, run: str) -> RunRecord | None:
        """Takes one out by its id; None where there is none."""
        record = self._records.get(run)
        if record is not None:
            self._drop(run)
        return record

    def put_back(self, record: RunRecord) -> None:
        """Among the others, by its number."""
        later = [known for known in self if known.number > record.number]
        self.add(record)
        for known in later:
            if known.id in self._records:
                self._records.move_to_end(known.id)

    def clear(self) -> None:
        self._records.clear()
        self._arrays.clear()
        self._bytes = 0

    def _drop(self, run: str) -> None:
        for array in _arrays(self._records.pop(run)):
            self._arrays[id(array)] -= 1
            if self._arrays[id(array)] == 0:
                del self._arrays[id(array)]
                self._bytes -= array.nbytes


def _arrays(record: RunRecord) -> Iterator[NDArray[Any]]:
    for step in record.steps:
        yield from (step.x_t, step.x_0, step.noisy, step.denoised)
    if record.final is not None:
        yield record.final
    request = record.request
    for array in (request.init, request.mask):
        if array is not None:
            yield array
    for control in request.controls:
        yield control.pixels
        if control.known is not None:
            yield control.known
