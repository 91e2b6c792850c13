"""What can be done to a whole depth at once: levels, smoothing, its opposite, and depth that a model sees in a picture.

How far each of them reaches is said by selection and locks: see `altering`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.document.contents.content import Content
from studio_app.document.contents.depth import Depth
from studio_app.document.painting import smoothed
from studio_app.document.pictures import fit_depth
from studio_app.document.planes import COVER, VALUE, Plane, Rect, widened
from studio_app.document.selections import within
from studio_app.document.tiles import Tile

Values = NDArray[Any]
BINS = 128
"""Of a histogram."""
SMOOTHING = 4.0
"""Pixels that smoothing goes over, if nobody says otherwise."""
MAX_SMOOTHING = 32.0


@dataclass(frozen=True)
class Levels:
    """What lies at `low` comes to lie at `far`, what lies at `high` at `near`; what lies beyond them is held there. All
    0..1; far may be nearer than near, which turns the depth around."""

    low: float = 0.0
    high: float = 1.0
    far: float = 0.0
    near: float = 1.0

    def of(self, values: Values) -> Values:
        """float32; a range of no width comes to lie at `near`."""
        if self.high <= self.low:
            return np.full_like(values, self.near)
        share = ((values - np.float32(self.low)) / np.float32(self.high - self.low)).clip(0, 1)
        return (np.float32(self.far) + share * np.float32(self.near - self.far)).astype(np.float32)


def range_of(depth: Depth, selection: Plane | None = None) -> tuple[float, float] | None:
    """The farthest and the nearest of what is known, where it is selected; None where nothing is."""
    low, high = 1.0, 0.0
    for place, tile in depth.known.tiles.items():
        said = _chosen(tile, depth.known.box(place), selection) > 0
        if said.any():
            values = depth.value.read(*depth.value.box(place))[said]
            low, high = min(low, float(values.min())), max(high, float(values.max()))
    return (low, high) if low <= high else None


def histogram_of(depth: Depth, selection: Plane | None = None) -> Values:
    """How many pixels of what is known and selected lie at each depth: float64 [BINS], from far to near."""
    counts = np.zeros(BINS, np.float64)
    for place, tile in depth.known.tiles.items():
        share = _chosen(tile, depth.known.box(place), selection)
        if share.any():
            values = depth.value.read(*depth.value.box(place))
            bins = (values * BINS).astype(np.intp).clip(0, BINS - 1)
            counts += np.bincount(bins.ravel(), share.ravel(), BINS)
    return counts


def levelled(depth: Depth, levels: Levels) -> Depth:
    """What is known, pressed, stretched or turned around."""
    return _changed(depth, lambda rect, values: levels.of(values))


def normalised(depth: Depth, selection: Plane | None = None) -> Depth:
    """Over the whole range: the nearest of what is selected is 1, the farthest 0; what is all of one depth is 1."""
    found = range_of(depth, selection)
    return depth if found is None else levelled(depth, Levels(*found))


def softened(depth: Depth, radius: float) -> Depth:
    """Smoothed over so many pixels; the edges of what is known stay."""
    margin = 3 * round(radius) + 1

    def change(rect: Rect, values: Values) -> Values:
        wide = widened(rect, margin, depth.value.size)
        x, y = rect[0] - wide[0], rect[1] - wide[1]
        soft, _ = smoothed(*depth.sheet(wide), radius)
        return soft[y : y + rect[3], x : x + rect[2], 0]

    return _changed(depth, change)


def seen_depth(
    value: NDArray[np.float32],
    alpha: NDArray[np.float32],
    size: tuple[int, int],
    cover: NDArray[np.uint8] | None = None,
) -> Depth:
    """What a model sees in a picture, as a depth of a canvas of that size: value [h, w], near = 1, background = 0;
    alpha [h, w] of the thing that the picture shows: what is not of it is background. cover: uint8 [h, w], 255 where
    there was any picture to be seen, which alone is known; None: all over."""
    whole = np.full(value.shape, 255, np.uint8) if cover is None else cover
    known = np.where(whole >= 128, np.uint8(255), np.uint8(0))
    fitted, said = fit_depth(np.where(alpha > 0.5, value, 0).astype(np.float32), known, *size)
    assert said is not None
    return Depth(Plane.of(VALUE, np.array(fitted)), Plane.of(COVER, np.array(said)))


def _on_depth(change: Callable[[Depth, Plane | None], Depth]) -> Callable[..., Content]:
    def changed(content: Content, selection: Plane | None = None) -> Content:
        assert isinstance(content, Depth)
        return change(content, selection)

    return changed


def levels_change(levels: Levels) -> Callable[..., Content]:
    """Of `altering.altered`."""
    return _on_depth(lambda depth, _: levelled(depth, levels))


def smoothing_change(radius: float) -> Callable[..., Content]:
    """Of `altering.altered`."""
    return _on_depth(lambda depth, _: softened(depth, radius))


COMMANDS: Mapping[str, Callable[..., Content]] = {
    "normalise": _on_depth(normalised),
    "smooth": smoothing_change(SMOOTHING),
    "invert": _on_depth(lambda depth, _: depth.inverted() or depth),
    "fill": _on_depth(lambda depth, _: depth.filled()),
}
"""What is done at once, by name: changes for `altering.altered`."""


def _changed(depth: Depth, change: Callable[[Rect, Values], Values]) -> Depth:
    """With other values wherever anything is known."""
    value = depth.value
    for place, tile in depth.known.tiles.items():
        rect = depth.known.box(place)
        old = depth.value.read(*rect)
        new = np.where(tile.pixels > 0, change(rect, old), old)
        value = value.write(*rect[:2], new.astype(np.float32))
    return depth.with_planes({"value": value, "known": depth.known})


def _chosen(tile: Tile, rect: Rect, selection: Plane | None) -> Values:
    """Where it is known and selected, 0..1."""
    return within(selection, rect, (tile.pixels > 0).astype(np.float32))
