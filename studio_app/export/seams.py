"""Seams: how well a tile meets itself, seen and measured before it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Plane = NDArray[np.float32]

SEEN = 1.5
"""Score from which a seam is likely to be seen."""
_ORDINARY = 0.98
"""Of the lines inside a picture, how many break less than the one that a seam is measured by."""


@dataclass(frozen=True)
class Seams:
    """x: where the right side meets the left; y: where the bottom meets the top.

    About 1 and below: as the lines inside the picture; SEEN and above: a line that one sees.
    """

    x: float
    y: float

    def worst(self, tiles: tuple[bool, bool] = (True, True)) -> float:
        """Of the axes that are to wrap; 0 where none is."""
        return max(
            [score for score, wraps in zip((self.x, self.y), tiles, strict=True) if wraps],
            default=0.0,
        )


def seams_of(pixels: Array) -> Seams:
    """The seams of a picture [H, W] or [H, W, C], by the values of all its channels.

    A line breaks where the step across it is none that its neighbours on both sides foretell; the seam's break is
    measured by those of the lines inside. So an edge in the picture that ends at the border is no seam, and a flat
    picture with a slight step is one.
    """
    planes = pixels[..., None] if pixels.ndim == 2 else pixels
    values = planes.astype(np.float32)
    if pixels.dtype.kind == "u":
        values /= np.iinfo(pixels.dtype).max
    return Seams(_score(values.transpose(1, 0, 2)), _score(values))


def tiled(pixels: Array, times: int = 3) -> Array:
    """The picture `times` by `times`, as a wall shows it."""
    return np.tile(pixels, (times, times, *(1 for _ in pixels.shape[2:])))


def cut_score(pixels: Array, path: NDArray[np.intp]) -> float:
    """Of a cut through a picture [H, W, C] from top to bottom, as a seam's: by what the straight lines inside break.

    path: the first column of each row that lies right of it; the picture wraps along x.
    """
    values = pixels.astype(np.float32)
    if pixels.dtype.kind == "u":
        values /= np.iinfo(pixels.dtype).max
    breaks = _breaks(values.transpose(1, 0, 2))
    return float(breaks[path, np.arange(len(path))].mean()) / _usual(breaks)


def _score(values: Plane) -> float:
    """Of the line between the last row and the first."""
    if len(values) < 4:
        return 0.0
    breaks = _breaks(values)
    return float(breaks[0].mean()) / _usual(breaks)


def _breaks(values: Plane) -> Plane:
    """Of the line before each row [H], at each of its places [W]; the picture wraps."""
    around = np.concatenate([values[-2:], values, values[:1]])
    steps = np.diff(around, axis=0)
    return np.abs(steps[1:-1] - (steps[:-2] + steps[2:]) / 2).mean(2)


def _usual(breaks: Plane) -> float:
    """What the lines inside a picture break."""
    # The first is the seam itself; those beside it are foretold across it.
    inside = breaks[2:-1].mean(1)
    # Half a step of 8 bits is seen by nobody.
    return max(float(np.quantile(inside, _ORDINARY)), 0.5 / 255)
