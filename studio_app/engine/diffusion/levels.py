"""How much picture and how much noise there is at a time: x_t = alpha_t x_0 + sigma_t eps, for every kind of model.

A `Schedule` gives alpha and sigma of a time, and the times of a run. Two kinds: a table of variance preserving
diffusion (alpha^2 + sigma^2 = 1; Ho et al. 2006.11239) and rectified flow (alpha = 1 - sigma; Liu et al. 2209.03003,
Esser et al. 2403.03206). Times count from 0 to 999 in both, as networks are told them; they may lie between two whole
ones. What a network predicts is turned into the picture and the noise that it sees by `seen`, whatever it predicts.

Everything here is python floats, worked out before a run: nothing waits for the device.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, NamedTuple

from torch import Tensor

from studio_app.core.arrays import digest
from studio_app.engine.diffusion.schedule import (
    LAST,
    TIMESTEPS,
    Prediction,
    consistency_timesteps,
    leaping_timesteps,
    split,
)

Spacing = Literal["even", "leaping", "trailing", "leading", "linspace", "origin", "karras"]
"""Where the steps of a run lie.

even: t_i = last - (last i) // n, ours, and the plain 1 - i / n of flow. leaping: ours of few steps
(`leaping_timesteps`). trailing, leading, linspace: those of table 2 of Lin et al. 2305.08891. origin: among the 50
times that a consistency model was distilled at (LCM, Luo et al. 2310.04378). karras: even in sigma^(1/7) (Karras et al.
2206.00364). Flow has even and linspace; whatever else is asked is even there.
"""

_ORIGINS = 50
_RHO = 7.0


class Level(NamedTuple):
    """A time, and how much of the picture and of the noise there is at it."""

    t: float
    alpha: float
    sigma: float


CLEAN = Level(0, 1.0, 0.0)
"""Where every run ends."""


@dataclass(frozen=True)
class Schedule(ABC):
    """prediction: what the network gives (see `seen`). spacing: where its samplers put their steps, unless they have a
    place of their own."""

    prediction: Prediction
    spacing: Spacing = "even"

    @abstractmethod
    def level(self, t: float) -> Level:
        """Of a time from 0 to 999."""

    @abstractmethod
    def falling(self, n: int, start: int, spacing: Spacing) -> list[Level]:
        """The n levels that a run goes through from the time `start` (at least n) on, the clean end left out."""

    @abstractmethod
    def content(self) -> tuple[object, ...]:
        """All that decides a level, beside what is named here."""

    @cached_property
    def key(self) -> str:
        """Digest of its content: what is computed with it is kept by it."""
        return digest(type(self).__name__, self.prediction, self.spacing, *self.content())

    @cached_property
    def signal_shares(self) -> list[float]:
        """By whole time, x_t's share of signal power; the rest is the noise's."""
        levels = [self.level(t) for t in range(TIMESTEPS)]
        return [a * a / (a * a + s * s) for _, a, s in levels]

    def seen(self, output: Tensor, x_t: Tensor, at: Level) -> tuple[Tensor, Tensor]:
        """(denoised, eps_hat) of a network's output, both float32 like x_t [B, C, h, w]."""
        return split(output, x_t, at.alpha, at.sigma, self.prediction)


@dataclass(frozen=True)
class TableSchedule(Schedule):
    """Variance preserving diffusion by a table of abar_t (float, 1000 of them, falling).

    offset: what is added to every time of the leading spacing (`steps_offset` of diffusers). first: the time that pure
    noise is taken for; of what was distilled to one step (DMD, Yin et al. 2311.18828) it lies far from the last, and
    steps lie evenly from there.
    """

    abar: tuple[float, ...] = field(default=(), repr=False)
    offset: int = 0
    first: int = LAST

    def level(self, t: float) -> Level:
        if t == int(t):
            abar = self.abar[int(t)]
            return Level(t, math.sqrt(abar), math.sqrt(1.0 - abar))
        low = int(t)  # between two: straight in sigma / alpha, as Euler's steps are in diffusers
        a, b = self._ratio(low), self._ratio(low + 1)
        return _level(t, a + (b - a) * (t - low))

    def falling(self, n: int, start: int, spacing: Spacing) -> list[Level]:
        if self.first != LAST:
            start, spacing = max(round(start * self.first / LAST), n), "even"
        if spacing == "karras":
            return self._karras(n, start)
        return [self.level(t) for t in _times(n, start, spacing, self.offset)]

    def content(self) -> tuple[object, ...]:
        return (self.offset, self.first, repr(self.abar))

    @cached_property
    def signal_shares(self) -> list[float]:
        return list(self.abar)

    def _ratio(self, t: int) -> float:
        """sigma / alpha, finite where nothing of the picture is left."""
        abar = max(self.abar[t], 2.0**-24)
        return math.sqrt((1.0 - abar) / abar)

    def _karras(self, n: int, start: int) -> list[Level]:
        most, least = self._ratio(start) ** (1 / _RHO), self._ratio(0) ** (1 / _RHO)
        ratios = [(most + (least - most) * i / max(n - 1, 1)) ** _RHO for i in range(n)]
        return [_level(self._time(ratio), ratio) for ratio in ratios]

    def _time(self, ratio: float) -> float:
        """The time whose sigma / alpha this is; between two, straight in its logarithm."""
        wanted, table = math.log(ratio), self._logarithms
        high = next((t for t, value in enumerate(table) if value >= wanted), LAST)
        low = max(high - 1, 0)
        width = table[high] - table[low]
        return low + (wanted - table[low]) / width if width > 0 else float(low)

    @cached_property
    def _logarithms(self) -> list[float]:
        return [math.log(self._ratio(t)) for t in range(TIMESTEPS)]


def ending_in_noise(abar: Sequence[float]) -> tuple[float, ...]:
    """A table of abar_t moved so that nothing of the picture is left at its end, and as much as before at its beginning
    (Lin et al. 2305.08891, algorithm 1)."""
    roots = [math.sqrt(level) for level in abar]
    first, last = roots[0], roots[-1]
    return tuple(((root - last) * first / (first - last)) ** 2 for root in roots)


@dataclass(frozen=True)
class MovingShift:
    """A flow's shift that grows with the picture, since a larger one shows more of itself through the same noise
    (2403.03206, section 5.3.2): its logarithm mu is straight in the number of tokens. linear: mu itself is the shift.
    Two points of the line: `base` at `base_tokens`, `most` at `most_tokens`.
    """

    base: float = 0.5
    most: float = 1.15
    base_tokens: int = 256
    most_tokens: int = 4096
    linear: bool = False

    def of(self, tokens: int) -> float:
        """The shift of a picture of so many tokens."""
        slope = (self.most - self.base) / (self.most_tokens - self.base_tokens)
        mu = self.base + slope * (tokens - self.base_tokens)
        return mu if self.linear else math.exp(mu)


@dataclass(frozen=True)
class FlowSchedule(Schedule):
    """Rectified flow: sigma_t = t / 1000, alpha = 1 - sigma.

    shift: how far the steps of a run are moved towards the noise, as larger pictures need it (2403.03206, section
    5.3.2): sigma = shift u / (1 + (shift - 1) u) for u that falls evenly. moving: where the shift goes by the size of
    the picture; `for_tokens` then gives the schedule of one.
    """

    prediction: Prediction = "flow"
    shift: float = 1.0
    moving: MovingShift | None = None

    def for_tokens(self, tokens: int) -> FlowSchedule:
        """Of a picture of so many tokens."""
        return self if self.moving is None else replace(self, shift=self.moving.of(tokens))

    def level(self, t: float) -> Level:
        sigma = t / TIMESTEPS
        return Level(t, 1.0 - sigma, sigma)

    def falling(self, n: int, start: int, spacing: Spacing) -> list[Level]:
        """The first level of a whole run is pure noise: time 1000. `start` is a share of the run (u), as the strength
        of other programs is: with a shift, the noise that a part of a run begins with is more than that share."""
        begin = 1.0 if start >= LAST else start / TIMESTEPS
        if (
            spacing == "linspace"
        ):  # down to what a network has seen of nearly clean pictures, in diffusers' words sigma_min
            least = 1.0 / TIMESTEPS
            end = least if self.moving is not None else self._shifted(least)  # as they have it
            evenly = [begin + (end - begin) * i / max(n - 1, 1) for i in range(n)]
        else:
            evenly = [begin * (1 - i / n) for i in range(n)]
        return [self.level(self._shifted(u) * TIMESTEPS) for u in evenly]

    def content(self) -> tuple[object, ...]:
        return (self.shift, repr(self.moving))

    def _shifted(self, u: float) -> float:
        return self.shift * u / (1 + (self.shift - 1) * u)


def _level(t: float, ratio: float) -> Level:
    """Variance preserving, of sigma / alpha."""
    alpha = 1 / math.sqrt(1 + ratio * ratio)
    return Level(t, alpha, ratio * alpha)


def _times(n: int, start: int, spacing: Spacing, offset: int) -> Sequence[float]:
    """n falling times from `start` down; the same as diffusers' where `start` is the last of all."""
    total = start + 1
    if spacing == "trailing":
        return [round(total - i * (total / n)) - 1 for i in range(n)]
    if spacing == "leading":
        return [min(i * (total // n) + offset, LAST) for i in reversed(range(n))]
    if spacing == "linspace":
        return [start * (i / (n - 1)) for i in reversed(range(n))] if n > 1 else [start]
    if spacing == "origin":
        origins = range(1, _ORIGINS * total // TIMESTEPS + 1)
        known = [i * (TIMESTEPS // _ORIGINS) - 1 for i in reversed(origins)]
        if len(known) >= n:
            return [known[i * len(known) // n] for i in range(n)]
    return leaping_timesteps(n, start) if spacing == "leaping" else consistency_timesteps(n, start)
