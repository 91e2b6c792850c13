"""Figures with their uncertainty: bootstrap intervals over pictures (Efron 1979), the worse end first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
Good = Literal["high", "low", "one"]
"""Which way a figure is better; "one": the nearer to 1."""

Statistic = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""From the sums [R, k] of k columns over R samples of the pictures to R figures."""


@dataclass(frozen=True)
class Interval:
    """A figure over all pictures, and the ends of its 95% interval."""

    value: float
    low: float
    high: float

    def worse(self, good: Good) -> float:
        """The end of the interval that counts."""
        if good == "one":
            return max(self.low, self.high, key=lambda end: abs(np.log(max(end, 1e-9))))
        return self.low if good == "high" else self.high


Figures = dict[str, tuple[Interval, Good]]


def interval(columns: Sequence[NDArray[np.floating]], statistic: Statistic) -> Interval | None:
    """Of a statistic of sums over pictures. None without pictures, or where the figure is not finite.

    columns: k arrays [n], one number a picture. Pictures are drawn again with their columns together.
    """
    table = np.stack([np.asarray(column, np.float64) for column in columns], axis=1)
    if not len(table):
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(statistic(table.sum(0, keepdims=True))[0])
        count = len(table)
        drawn = np.random.default_rng(0).multinomial(count, np.full(count, 1 / count), RESAMPLES)
        found = statistic(drawn @ table)
    found = found[np.isfinite(found)]
    if not np.isfinite(value) or not len(found):
        return None
    low, high = np.quantile(found, (0.025, 0.975))
    return Interval(value, min(float(low), value), max(float(high), value))


def ratio(top: NDArray[np.floating], bottom: NDArray[np.floating]) -> Interval | None:
    """Sum of `top` over sum of `bottom`."""
    return interval((top, bottom), lambda s: s[:, 0] / s[:, 1])


def root_ratio(top: NDArray[np.floating], bottom: NDArray[np.floating]) -> Interval | None:
    """The same of squares: the ratio of two RMS."""
    return interval((top, bottom), lambda s: np.sqrt(s[:, 0] / s[:, 1]))


def mean(values: NDArray[np.floating]) -> Interval | None:
    """Over the pictures."""
    return ratio(values, np.ones(len(values)))


def add(figures: Figures, key: str, found: Interval | None, good: Good = "high") -> None:
    """Notes a figure, if it could be measured."""
    if found is not None:
        figures[key] = found, good


def printed(figures: Figures) -> dict[str, float]:
    """Under each key the worse end of the interval, under `key_mean` the figure over all pictures."""
    out: dict[str, float] = {}
    for key, (found, good) in figures.items():
        out[key] = found.worse(good)
        out[f"{key}_mean"] = found.value
    return out
