"""A steadier hand: places of a pen, each the mean of the way that led there.

The weight of what lies behind falls off with the length of the way back to it, as a Gaussian does, so it is the same
for a slow hand and a fast one, and for any rate of events. The mean lags; when the pen is lifted it catches up.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from studio_app.document.strokes import Sample

MOST = 100
"""The strongest."""
_REACH = 0.8
"""View pixels of the Gaussian's standard deviation for each step of strength."""
_FAR = 3.0
"""Standard deviations from which nothing counts any more."""
_MOST_PLACES = 512


class Steadier:
    """Of one stroke. strength: 0 (every sample as it is) .. 100. scale: view pixels per pixel of the canvas: a hand is
    as unsteady close up as from afar."""

    def __init__(self, strength: int, scale: float = 1.0) -> None:
        self._reach = min(max(strength, 0), MOST) * _REACH / max(scale, 1e-6)
        self._way: deque[tuple[float, float, float, float]] = deque(maxlen=_MOST_PLACES)
        """x, y, pressure, and the length of the way since the place before."""
        self._shown: Sample | None = None

    def add(self, sample: Sample) -> Sample:
        """Where the stroke goes on to."""
        if self._way:
            x, y, _, _ = self._way[-1]
            length = float(np.hypot(sample.x - x, sample.y - y))
        else:
            length = 0.0
        self._way.append((sample.x, sample.y, sample.pressure, length))
        self._shown = sample if self._reach <= 0 or len(self._way) == 1 else self._mean()
        return self._shown

    def finish(self) -> tuple[Sample, ...]:
        """The pen is lifted: the rest of the way to where it was last, in steps that a curve goes through softly."""
        if self._shown is None or self._reach <= 0:
            return ()
        x, y, pressure, _ = self._way[-1]
        rest = float(np.hypot(x - self._shown.x, y - self._shown.y))
        if rest < 0.25:
            return ()
        start = self._shown
        shares = (0.5, 1.0) if rest > 8 else (1.0,)
        return tuple(
            Sample(
                start.x + share * (x - start.x),
                start.y + share * (y - start.y),
                min(start.pressure, pressure) if share == 1.0 else start.pressure,
            )
            for share in shares
        )

    def _mean(self) -> Sample:
        way = np.array(self._way)[::-1]
        lengths = way[:, 3]
        back = np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
        # The middle of the piece of the way that led to each place stands for it; the first has none.
        weight = np.exp(-(((back + lengths / 2) / self._reach) ** 2) / 2)
        span = lengths.copy()
        behind = float(back[-1] + lengths[-1])
        # Before it began, the pen is taken to have rested there: a stroke begins where it was put down.
        span[-1] += max(_FAR * self._reach - behind, 0.0)
        weight[-1] = np.exp(-((behind / self._reach) ** 2) / 2) * 0.4 if behind else weight[-1]
        total = weight * span
        size = float(total.sum())
        if size < 1e-9:
            x, y, pressure, _ = self._way[-1]
            return Sample(x, y, pressure)
        x, y, pressure = (total[:, None] * way[:, :3]).sum(0) / size
        while len(self._way) > 2 and float(back[len(self._way) - 1]) > _FAR * self._reach:
            self._way.popleft()
        return Sample(float(x), float(y), float(pressure))
