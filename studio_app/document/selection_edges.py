"""The edge of a selection, as lines between pixels: by the tile, and those that are one inside have none."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.document.planes import Place, Plane
from studio_app.document.tiles import Tile

Lines = NDArray[np.intp]
"""[N, 4]: from x, y to x, y, in whole pixels of the canvas; level or upright."""
_HALF = 128
_NONE: Lines = np.zeros((0, 4), np.intp)


def edges_of(selection: Plane) -> Lines:
    """Between pixels that are selected by half or more and those that are not; the canvas ends where nothing is. In any
    thread. A line that runs through several tiles is as many lines."""
    looked = {id(tile): _inside(tile) for tile in selection.tiles.values()}
    found = [
        _lines(selection, place, looked)
        for place in sorted({*selection.tiles, *_beside(selection)})
    ]
    return np.concatenate([_NONE, *found])


def _inside(tile: Tile) -> Any:
    """bool [h, w], or True or False where all of it is alike."""
    pixels = tile.pixels
    if pixels.min() >= _HALF:
        return True
    return False if pixels.max() < _HALF else pixels >= _HALF


def _beside(selection: Plane) -> set[Place]:
    """Places to the right of tiles, and below them: beyond the canvas, too."""
    right = {(column + 1, row) for column, row in selection.tiles}
    return right | {(column, row + 1) for column, row in selection.tiles}


def _lines(selection: Plane, place: Place, looked: dict[int, Any]) -> Lines:
    """Inside a tile, along its left and along its upper side."""
    column, row = place
    here, left, above = (
        _at(selection, at, looked) for at in (place, (column - 1, row), (column, row - 1))
    )
    if here is left is above and isinstance(here, bool):
        return _NONE
    x, y, width, height = selection.box(place)
    x, y = min(x, selection.width), min(y, selection.height)  # beyond the canvas it has no pixels
    width, height = max(width, 0), max(height, 0)
    found: list[Lines] = []
    sides = _column(left, -1, height) != _column(here, 0, height)
    found.append(_upright(sides[:, None], x, y))
    tops = _row(above, -1, width) != _row(here, 0, width)
    found.append(_level(tops[None], x, y))
    if not isinstance(here, bool):
        found.append(_upright(here[:, 1:] != here[:, :-1], x + 1, y))
        found.append(_level(here[1:] != here[:-1], x, y + 1))
    return np.concatenate(found)


def _at(selection: Plane, place: Place, looked: dict[int, Any]) -> Any:
    tile = selection.tiles.get(place)
    return False if tile is None else looked[id(tile)]


def _column(inside: Any, number: int, height: int) -> NDArray[np.bool_]:
    return np.full(height, inside) if isinstance(inside, bool) else inside[:, number]


def _row(inside: Any, number: int, width: int) -> NDArray[np.bool_]:
    return np.full(width, inside) if isinstance(inside, bool) else inside[number]


def _level(edges: NDArray[np.bool_], x: int, y: int) -> Lines:
    """Of edges [n, w], the runs of each row: its first at (x, y)."""
    row, start, end = _runs(edges)
    return np.stack([x + start, y + row, x + end, y + row], axis=1)


def _upright(edges: NDArray[np.bool_], x: int, y: int) -> Lines:
    """Of edges [h, n], the runs of each column."""
    column, start, end = _runs(edges.T)
    return np.stack([x + column, y + start, x + column, y + end], axis=1)


def _runs(edges: NDArray[np.bool_]) -> tuple[Lines, Lines, Lines]:
    """Row, start and end of what is set in each row."""
    steps = np.diff(np.pad(edges, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    row, start = np.nonzero(steps == 1)
    return row, start, np.nonzero(steps == -1)[1]
