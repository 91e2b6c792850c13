"""What can be done to a whole depth at once: levels, smoothing, and depth that a model sees in a picture."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.document.contents.depth import Depth
from studio_app.document.painting import smoothed
from studio_app.document.pictures import fit_depth
from studio_app.document.planes import COVER, VALUE, Plane, Rect, widened
from studio_app.document.selections import within
from studio_app.document.tiles import Tile

Values = NDArray[Any]


def range_of(depth: Depth, selection: Plane | None = None) -> tuple[float, float] | None:
    """The farthest and the nearest of what is known, where it is selected; None where nothing is."""
    low, high = 1.0, 0.0
    for place, tile in depth.known.tiles.items():
        said = _chosen(tile, depth.known.box(place), selection) > 0
        if said.any():
            values = depth.value.read(*depth.value.box(place))[said]
            low, high = min(low, float(values.min())), max(high, float(values.max()))
    return (low, high) if low <= high else None


def levelled(depth: Depth, far: float, near: float, selection: Plane | None = None) -> Depth:
    """What is known stretched or pressed so that its farthest lies at `far` and its nearest at `near`, both 0..1. What
    is all of one depth comes to lie at `near`."""
    found = range_of(depth, selection)
    if found is None:
        return depth
    low, high = found
    scale = (near - far) / (high - low) if high > low else 0.0
    start = far if high > low else near

    def change(rect: Rect, values: Values) -> Values:
        return (start + (values - low) * scale).clip(0, 1)

    return _changed(depth, change, selection)


def normalised(depth: Depth, selection: Plane | None = None) -> Depth:
    """Over the whole range: the nearest is 1, the farthest 0."""
    return levelled(depth, 0.0, 1.0, selection)


def softened(depth: Depth, radius: float, selection: Plane | None = None) -> Depth:
    """Smoothed over so many pixels; the edges of what is known stay."""
    margin = 3 * round(radius) + 1

    def change(rect: Rect, values: Values) -> Values:
        wide = widened(rect, margin, depth.value.size)
        x, y = rect[0] - wide[0], rect[1] - wide[1]
        soft, _ = smoothed(*depth.sheet(wide), radius)
        return soft[y : y + rect[3], x : x + rect[2], 0]

    return _changed(depth, change, selection)


def seen_depth(
    value: NDArray[np.float32], alpha: NDArray[np.float32], size: tuple[int, int]
) -> Depth:
    """What a model sees in a picture, as a depth of a canvas of that size: value [h, w], near = 1, background = 0,
    known all over; alpha [h, w] of the picture: what is not there is background."""
    fitted, _ = fit_depth(np.where(alpha > 0.5, value, 0).astype(np.float32), None, *size)
    known = np.full(fitted.shape, 255, np.uint8)
    return Depth(Plane.of(VALUE, np.array(fitted)), Plane.of(COVER, known))


def _changed(depth: Depth, change: Any, selection: Plane | None) -> Depth:
    value = depth.value
    for place, tile in depth.known.tiles.items():
        rect = depth.known.box(place)
        share = _chosen(tile, rect, selection)
        if share.any():
            old = depth.value.read(*rect)
            new = change(rect, old)
            value = value.write(*rect[:2], (old + share * (new - old)).astype(np.float32))
    return depth.with_planes({"value": value, "known": depth.known})


def _chosen(tile: Tile, rect: Rect, selection: Plane | None) -> Values:
    """Where it is known and selected, 0..1."""
    return within(selection, rect, (tile.pixels > 0).astype(np.float32))
