"""Where the steps of the last runs lie in the timeline, and what is said of each. No widgets."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from studio_app.core.capabilities import SAMPLERS
from studio_app.document.results import RunRecord, StepRecord

GAP = 4
RUN_GAP = 16
"""Pixels between two steps, and between two runs."""


def label_of(sampler: str) -> str:
    """What a sampler is called, as in its box, but without what stands in brackets there."""
    facts = SAMPLERS.get(sampler)
    return sampler if facts is None else facts.label.partition(" (")[0]


@dataclass(frozen=True)
class Column:
    """One step of a run at x = left pixels from the timeline's beginning."""

    run: RunRecord
    step: StepRecord
    left: int
    first: bool


class Columns:
    """All steps of some runs, side by side, oldest first; `width` is that of one of them."""

    def __init__(self, runs: Iterable[RunRecord] = (), width: int = 64) -> None:
        self.side = width
        self._columns: list[Column] = []
        left = 0
        for run in runs:
            for number, step in enumerate(run.steps):
                self._columns.append(Column(run, step, left, number == 0))
                left += width + GAP
            left += (RUN_GAP - GAP) if run.steps else 0
        self.width = max(left - RUN_GAP, 0)
        self._lefts = [column.left for column in self._columns]

    def __len__(self) -> int:
        return len(self._columns)

    def __getitem__(self, index: int) -> Column:
        return self._columns[index]

    def index_at(self, x: float) -> int | None:
        """The column at x, or the nearest to its left; None where there are none."""
        if not self._columns:
            return None
        return max(bisect_right(self._lefts, x) - 1, 0)

    def visible(self, left: float, right: float) -> range:
        """Indices of the columns that may be seen between two places."""
        first = self.index_at(left)
        last = self.index_at(right)
        if first is None or last is None:
            return range(0)
        return range(first, last + 1)

    def index_of(self, run: str, step: int) -> int | None:
        """Of step `step` (0-based) of the run with that id."""
        for index, column in enumerate(self._columns):
            if column.run.id == run and column.step.i == step:
                return index
        return None

    def run_start(self, index: int, towards: int) -> int:
        """The first step of the run before (-1) or after (+1) that of `index`, as far as there is one."""
        run = self._columns[index].run.id
        while 0 <= index + towards < len(self._columns):
            index += towards
            column = self._columns[index]
            if column.run.id != run and (towards > 0 or column.first):
                return index
        return index if towards < 0 else len(self._columns) - 1


def shares(step: StepRecord) -> tuple[int, int]:
    """Signal and noise of x_t in percent of its power (abar and 1 - abar); they add up to 100."""
    signal = round(step.abar * 100)
    return signal, 100 - signal


def sentence(run: RunRecord, step: StepRecord) -> str:
    """What one says of a step in full."""
    signal, noise = shares(step)
    return QCoreApplication.translate(
        "Timeline",
        "Run {run}, step {step} of {steps}: t = {t}, {signal} % signal and {noise} % noise",
    ).format(
        run=run.number,
        step=step.i + 1,
        steps=run.request.steps,
        t=step.t,
        signal=signal,
        noise=noise,
    )
