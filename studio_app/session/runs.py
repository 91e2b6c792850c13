"""The runs of this session: every x_t and x_0, small enough to keep by the hundred."""

from __future__ import annotations

import uuid
from collections import Counter, OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.core.frame import Frame
from studio_app.core.request import GenerationRequest
from studio_app.document.layers import Person

THUMBNAIL = 64
MAX_RUNS = 400
MAX_BYTES = 96 << 20


def new_id() -> str:
    """A name for a run or a picture that no other ever has: letters and digits, fit for a file's name."""
    return uuid.uuid4().hex[:16]


@dataclass(frozen=True, eq=False)
class StepRecord:
    """Step i (0-based) of a run.

    t: timestep of x_t. abar: its share of signal power; 1 - abar is the noise's. x_t, x_0: float16 latents
    [4, h, w]. noisy, denoised: thumbnails, uint8 [64, 64, 4] at most, BGRA as a Frame's.
    """

    i: int
    t: int
    abar: float
    x_t: NDArray[np.float16]
    x_0: NDArray[np.float16]
    noisy: NDArray[np.uint8]
    denoised: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class RunRecord:
    """A run: its request and its steps in order, from the first it made (a branch starts later than 0).

    number: what people call it; may become another when older runs come back. id: what the program calls it,
    for ever. final: the whole picture, uint8 [H, W, 4] BGRA, or None of a run that was cancelled. seconds:
    how long it took. people: the pose it was drawn with.
    """

    number: int
    request: GenerationRequest
    steps: tuple[StepRecord, ...]
    final: NDArray[np.uint8] | None
    seconds: float
    people: tuple[Person, ...] = ()
    id: str = field(default_factory=new_id)

    @property
    def digest(self) -> str:
        return self.request.digest

    def step(self, i: int) -> StepRecord:
        """By its 0-based number in the run. KeyError where the run has none."""
        for step in self.steps:
            if step.i == i:
                return step
        raise KeyError(i)


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
        newest = next(reversed(self._records.values()), None)
        return 1 if newest is None else newest.number + 1

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


def step_record(noisy: Frame, denoised: Frame, abar: float) -> StepRecord:
    """Of the two frames of a step; both bring their latents."""
    assert noisy.latent is not None and denoised.latent is not None
    return StepRecord(
        noisy.step - 1,
        noisy.timestep,
        abar,
        _half(noisy.latent),
        _half(denoised.latent),
        thumbnail(noisy.pixels),
        thumbnail(denoised.pixels),
    )


def thumbnail(pixels: NDArray[np.uint8], side: int = THUMBNAIL) -> NDArray[np.uint8]:
    """BGRA pixels averaged down by a whole factor until the longer side is at most `side`; read-only."""
    height, width = pixels.shape[:2]
    factor = max(-(-max(height, width) // side), 1)
    height, width = height // factor * factor, width // factor * factor
    # Rows first: whole rows add up fast, and a quarter of the data is left for the columns.
    rows = pixels[:height, :width].astype(np.uint16).reshape(height // factor, factor, width * 4)
    total = sum(rows[:, i] for i in range(factor))
    blocks = np.reshape(total, (height // factor, width // factor, factor, 4)).astype(np.uint32)
    total = sum(blocks[:, :, i] for i in range(factor))
    small = ((total + factor * factor // 2) // (factor * factor)).astype(np.uint8)
    small.flags.writeable = False
    return small


def _half(latent: NDArray[np.float32]) -> NDArray[np.float16]:
    half = latent.clip(-65504, 65504).astype(np.float16)
    half.flags.writeable = False
    return half


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
