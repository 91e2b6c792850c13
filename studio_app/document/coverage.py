"""How far a stroke covers each pixel: 0..1, of a canvas of any size, kept only where the stroke has been."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio_app.document.planes import VALUE, Place, Plane, Rect, shares
from studio_app.document.tiles import TILE

Values = NDArray[np.float32]


class Coverage:
    """Written in place, by one thread. Rectangles lie inside the canvas."""

    def __init__(self, width: int, height: int) -> None:
        self._grid = Plane(VALUE, width, height)
        self._tiles: dict[Place, Values] = {}

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)"""
        return self._grid.size

    def read(self, rect: Rect) -> Values:
        """A copy of a rectangle."""
        alone = self._alone(rect)
        if alone is not None:
            return alone.copy()
        out = np.zeros((rect[3], rect[2]), np.float32)
        for place in self._grid.places(rect):
            tile = self._tiles.get(place)
            if tile is not None:
                here, there = shares(rect, self._grid.box(place))
                out[here] = tile[there]
        return out

    def write(self, rect: Rect, values: Values) -> None:
        for place in self._grid.places(rect):
            here, there = shares(rect, self._grid.box(place))
            self._tile(place)[there] = values[here]

    def lift(self, rect: Rect, values: Values) -> None:
        """To `values`, where it is less."""
        alone = self._alone(rect)
        if alone is not None:
            np.maximum(alone, values, out=alone)
            return
        for place in self._grid.places(rect):
            here, there = shares(rect, self._grid.box(place))
            part = self._tile(place)[there]
            np.maximum(part, values[here], out=part)

    def _alone(self, rect: Rect) -> Values | None:
        """The part of the one tile that a rectangle lies in, as nearly every dab does; None where it lies in more."""
        x, y, width, height = rect
        column, row = x // TILE, y // TILE
        left, top = x - column * TILE, y - row * TILE
        if left + width > TILE or top + height > TILE:
            return None
        return self._tile((column, row))[top : top + height, left : left + width]

    def _tile(self, place: Place) -> Values:
        if place not in self._tiles:
            _, _, width, height = self._grid.box(place)
            self._tiles[place] = np.zeros((height, width), np.float32)
        return self._tiles[place]
