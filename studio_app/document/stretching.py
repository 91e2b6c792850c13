"""Planes at another size. Those of a large canvas are made by the tile, when somebody looks at it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.document.pictures import Box
from studio_app.document.planes import COVER, Plane, Rect, widened
from studio_app.document.tiles import Tile, Together

Sheets = Mapping[str, NDArray[Any]]
"""Of planes, by their names, all of one size."""
Fit = Callable[[Sheets, int, int, Box | None], Sheets]
"""Sheets at a width and height; of a box of them alone, where one is given, what comes to lie where that does."""
_REACH = 2.0
"""Pixels of the coarser of the two sizes that a bicubic filter looks at, on each side (Keys 1981)."""


def stretched(
    planes: Mapping[str, Plane], width: int, height: int, fit: Fit, *, later: bool
) -> dict[str, Plane]:
    """Planes of one content. later: tiles are made when somebody looks at them."""
    if all(plane.blank for plane in planes.values()):
        return {name: Plane(plane.kind, width, height) for name, plane in planes.items()}
    if later:
        return _by_the_tile(planes, width, height, fit)
    whole = fit({name: plane.whole for name, plane in planes.items()}, width, height, None)
    return {name: Plane.of(plane.kind, whole[name]) for name, plane in planes.items()}


def _by_the_tile(
    planes: Mapping[str, Plane], width: int, height: int, fit: Fit
) -> dict[str, Plane]:
    grid = Plane(COVER, width, height)
    old = next(iter(planes.values()))
    across, down = old.width / width, old.height / height
    margin = ceil(_REACH * max(across, down, 1.0))
    tiles: dict[str, dict[tuple[int, int], Tile]] = {name: {} for name in planes}
    for place in grid.places(grid.bounds):
        x, y, wide, high = grid.box(place)
        box = (x * across, y * down, (x + wide) * across, (y + high) * down)
        left, top = floor(box[0]), floor(box[1])
        rect = left, top, ceil(box[2]) - left, ceil(box[3]) - top
        rect = widened(rect, margin, old.size)
        if all(plane.blank_in(rect) for plane in planes.values()):
            continue
        part = Together(partial(_part, planes, rect, box, (wide, high), fit))
        for name, plane in planes.items():
            shape, dtype = plane.kind.shape(wide, high), np.dtype(plane.kind.dtype)
            tiles[name][place] = Tile.later(shape, dtype, partial(part.pixels, name))
    return {name: Plane(plane.kind, width, height, tiles[name]) for name, plane in planes.items()}


def _part(
    planes: Mapping[str, Plane], rect: Rect, box: Box, size: tuple[int, int], fit: Fit
) -> Sheets:
    """What comes of a box of the planes, that lies in a rectangle of them."""
    x, y, wide, high = rect
    inside = (
        max(box[0] - x, 0.0),
        max(box[1] - y, 0.0),
        min(box[2] - x, wide),
        min(box[3] - y, high),
    )
    return fit({name: plane.read(*rect) for name, plane in planes.items()}, *size, inside)
