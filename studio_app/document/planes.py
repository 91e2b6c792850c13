"""A plane: one sheet of pixels of a layer, as a sparse grid of sealed tiles.

An edit makes a new plane that shares every tile it did not touch: it costs the tiles that are new. A tile that is
nothing but the plane's fill is not there at all. What changed between two planes is told by which tiles are the
same object, without looking at a pixel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.core.arrays import digest
from studio_app.document.tiles import TILE, Tile, sealed

Rect = tuple[int, int, int, int]
"""x, y, width, height in pixels; width 0 means nowhere."""
NOWHERE: Rect = (0, 0, 0, 0)
Place = tuple[int, int]
"""Column and row of a tile."""


@dataclass(frozen=True)
class PlaneKind:
    """dtype of a pixel, how many channels it has (0: one, without an axis of its own), and what is there where
    nobody painted."""

    dtype: str
    channels: int = 0
    fill: float = 0

    def shape(self, width: int, height: int) -> tuple[int, ...]:
        return (height, width, self.channels) if self.channels else (height, width)

    def blank(self, width: int, height: int) -> NDArray[Any]:
        """Nothing painted, writable."""
        shape = self.shape(width, height)
        return (
            np.zeros(shape, self.dtype) if self.fill == 0 else np.full(shape, self.fill, self.dtype)
        )

    def says(self, pixels: NDArray[Any]) -> bool:
        """Whether anything in it is not the fill."""
        return bool(pixels.any() if self.fill == 0 else (pixels != self.fill).any())


VALUE = PlaneKind("float32")
"""0..1"""
COVER = PlaneKind("uint8")
"""0 nothing, 255 all"""
RGBA = PlaneKind("uint8", 4)
"""R, G, B and straight alpha"""


@dataclass(frozen=True, eq=False)
class Plane:
    """Compared by `digest`, or by which tiles it has. tiles: those that are not blank."""

    kind: PlaneKind
    width: int
    height: int
    tiles: Mapping[Place, Tile] = field(default_factory=dict[Place, Tile], repr=False)

    @classmethod
    def of(cls, kind: PlaneKind, pixels: NDArray[Any]) -> Plane:
        """Of a whole sheet [H, W] or [H, W, C], given away: of one that is no larger than a tile nothing is copied."""
        height, width = pixels.shape[:2]
        if pixels.shape != kind.shape(width, height) or pixels.dtype.name != kind.dtype:
            raise ValueError(f"no {kind}: {pixels.dtype} {pixels.shape}")
        return cls(kind, width, height).write(0, 0, pixels)

    @property
    def bounds(self) -> Rect:
        return 0, 0, self.width, self.height

    @property
    def blank(self) -> bool:
        """Whether nothing is on it."""
        return not self.tiles

    @property
    def columns(self) -> int:
        return -(-self.width // TILE)

    @property
    def rows(self) -> int:
        return -(-self.height // TILE)

    @cached_property
    def digest(self) -> str:
        """Of kind, size and content: of its tiles' digests."""
        parts = tuple((place, self.tiles[place].digest) for place in sorted(self.tiles))
        return digest(self.kind.dtype, self.kind.channels, self.width, self.height, parts)

    # ---- reading ----

    @property
    def whole(self) -> NDArray[Any]:
        """All of it; see `read`."""
        return self.read(*self.bounds)

    def read(self, x: int, y: int, width: int, height: int) -> NDArray[Any]:
        """The pixels of a rectangle that lies inside, contiguous and read-only: the tile's own memory where it is
        one whole tile, else a copy."""
        if not (x >= 0 and y >= 0 and x + width <= self.width and y + height <= self.height):
            raise ValueError(f"{(x, y, width, height)} is not inside {self.width}x{self.height}")
        place = (x // TILE, y // TILE)
        left, top = x - place[0] * TILE, y - place[1] * TILE
        if left + width <= TILE and top + height <= TILE and place in self.tiles:
            pixels = self.tiles[place].pixels
            if pixels.shape[:2] == (height, width):
                return pixels
            return sealed(pixels[top : top + height, left : left + width].copy())
        out = self.kind.blank(width, height)
        for place in self.places((x, y, width, height)):
            tile = self.tiles.get(place)
            if tile is not None:
                here, there = shares((x, y, width, height), self.box(place))
                out[here] = tile.pixels[there]
        return sealed(out)

    def places(self, rect: Rect) -> Iterator[Place]:
        """The tiles that a rectangle touches, blank ones too, row by row."""
        x, y, width, height = rect
        if width > 0 and height > 0:
            for row in range(max(y // TILE, 0), min(-(-(y + height) // TILE), self.rows)):
                for column in range(max(x // TILE, 0), min(-(-(x + width) // TILE), self.columns)):
                    yield column, row

    def box(self, place: Place) -> Rect:
        """Of a tile."""
        x, y = place[0] * TILE, place[1] * TILE
        return x, y, min(TILE, self.width - x), min(TILE, self.height - y)

    def blank_in(self, rect: Rect) -> bool:
        """Whether no tile that a rectangle touches has anything on it."""
        return not self.tiles or all(place not in self.tiles for place in self.places(rect))

    def changed(self, other: Plane) -> list[Place]:
        """The tiles that are not the same object; all, where the two are not of one size."""
        if other is self or (not self.tiles and not other.tiles and self.size == other.size):
            return []
        if (other.kind, other.size) != (self.kind, self.size):
            return list(self.places(self.bounds))
        both = self.tiles.keys() | other.tiles.keys()
        return sorted(
            place for place in both if self.tiles.get(place) is not other.tiles.get(place)
        )

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)"""
        return self.width, self.height

    # ---- what becomes of it ----

    def write(self, x: int, y: int, pixels: NDArray[Any]) -> Plane:
        """With a rectangle of other pixels, cut at the edges; only the tiles that differ are new. `pixels` of exactly
        one tile are given away."""
        height, width = pixels.shape[:2]
        rect = (x, y, width, height)
        pixels = pixels.astype(self.kind.dtype, copy=False)
        tiles = dict(self.tiles)
        changed = False
        for place in self.places(rect):
            box = self.box(place)
            here, there = shares(rect, box)
            old, part = tiles.get(place), pixels[here]
            part = pixels if part.shape == pixels.shape else part
            if old is None and not self.kind.says(part):
                continue
            if old is not None and np.array_equal(old.pixels[there], part):
                continue
            changed = True
            if part.shape[:2] == (box[3], box[2]):
                fresh = np.ascontiguousarray(part)  # a part of something larger is copied by that
                if fresh.base is not None:
                    fresh = fresh.copy()
            else:
                fresh = old.pixels.copy() if old is not None else self.kind.blank(box[2], box[3])
                fresh[there] = part
            if not self.kind.says(part) and not self.kind.says(fresh):
                tiles.pop(place, None)
            else:
                rows, columns = there
                where = columns.start, rows.start, *part.shape[1::-1]
                tiles[place] = Tile(fresh, old, where)
        return Plane(self.kind, self.width, self.height, tiles) if changed else self

    def cut(self, x: int, y: int, width: int, height: int, *, later: bool = False) -> Plane:
        """A plane of another size, with its corner at (x, y) of this one: smaller, or larger with blank around it.
        Tiles that come to lie on tiles are shared. later: the others are made when somebody looks at them."""
        here, tiles = self.tiles, dict[Place, Tile]()
        aligned = x % TILE == y % TILE == 0
        kind, dtype, over = self.kind, np.dtype(self.kind.dtype), self._over
        for place, there, touched in _landing(self.size, (x, y, width, height)):
            for one in touched:
                if one in here:
                    break
            else:
                continue
            wide, high = there[2:]
            if aligned:
                same = here.get(touched[0])
                if same is not None and same.shape[:2] == (high, wide):
                    tiles[place] = same
                    continue
            if later:
                tiles[place] = Tile.later(kind.shape(wide, high), dtype, partial(over, there))
            elif kind.says(out := over(there)):
                tiles[place] = Tile(out)
        return Plane(kind, width, height, tiles)

    def _over(self, rect: Rect) -> NDArray[Any]:
        """A rectangle that may reach over the edges, writable."""
        inside = overlap(rect, self.bounds)
        out = self.kind.blank(*rect[2:])
        here, _ = shares(rect, inside)
        out[here] = self.read(*inside)
        return out

    def thinned(self, rect: Rect, step: int) -> Plane:
        """Every step-th pixel of a rectangle that lies inside, across and down, as a plane of its own. Tiles that are
        not at hand are passed over: it is for looking at once."""
        x, y, width, height = rect
        out = self.kind.blank(-(-width // step), -(-height // step))
        for place in self.places(rect):
            tile = self.tiles.get(place)
            here = overlap(rect, self.box(place))
            if tile is None or not tile.at_hand:
                continue
            column, row = (here[0] - x + step - 1) // step, (here[1] - y + step - 1) // step
            left, top = x + column * step - place[0] * TILE, y + row * step - place[1] * TILE
            right, bottom = here[0] + here[2] - place[0] * TILE, here[1] + here[3] - place[1] * TILE
            part = tile.pixels[top:bottom:step, left:right:step]
            out[row : row + part.shape[0], column : column + part.shape[1]] = part
        return Plane.of(self.kind, out)

    def flipped(self, *, across: bool) -> Plane:
        """Its mirror: left and right change places (across), or up and down."""
        made = Plane(self.kind, self.width, self.height)
        tiles: dict[Place, Tile] = {}
        for place in made.places(made.bounds):
            x, y, width, height = made.box(place)
            there = (
                self.width - x - width if across else x,
                y if across else self.height - y - height,
            )
            if not self.blank_in((*there, width, height)):
                part = self.read(*there, width, height)
                turned = np.ascontiguousarray(part[:, ::-1] if across else part[::-1])
                if self.kind.says(turned):
                    tiles[place] = Tile(turned)
        return Plane(self.kind, self.width, self.height, tiles)


Change = Callable[[list[NDArray[Any]]], list[NDArray[Any]]]


def tilewise(change: Change, *planes: Plane) -> tuple[Plane, ...]:
    """The planes of one size with `change` done to every pixel: it gets the pixels of a tile of each of them, and
    returns as many arrays of that shape. Where all are blank it is asked once, and the answer shared."""
    first = planes[0]
    made: list[dict[Place, Tile]] = [{} for _ in planes]
    blanks: dict[tuple[int, int], list[Tile | None]] = {}
    for place in first.places(first.bounds):
        _, _, width, height = first.box(place)
        olds = [plane.tiles.get(place) for plane in planes]
        if not any(olds) and (width, height) in blanks:
            tiles = blanks[width, height]
        else:
            tiles = _changed_tiles(change, planes, olds, width, height)
            if not any(olds):
                blanks[width, height] = tiles
        for number, tile in enumerate(tiles):
            if tile is not None:
                made[number][place] = tile
    return tuple(
        Plane(plane.kind, plane.width, plane.height, tiles)
        for plane, tiles in zip(planes, made, strict=True)
    )


def _changed_tiles(
    change: Change, planes: tuple[Plane, ...], olds: list[Tile | None], width: int, height: int
) -> list[Tile | None]:
    given = [
        plane.kind.blank(width, height) if old is None else old.pixels
        for plane, old in zip(planes, olds, strict=True)
    ]
    tiles: list[Tile | None] = []
    for plane, old, before, after in zip(planes, olds, given, change(given), strict=True):
        if after is before or np.array_equal(before, after):
            tiles.append(old)
        else:
            out = after.astype(plane.kind.dtype, copy=False)
            tiles.append(Tile(out) if plane.kind.says(out) else None)
    return tiles


@lru_cache(maxsize=8)
def _landing(
    size: tuple[int, int], rect: Rect
) -> tuple[tuple[Place, Rect, tuple[Place, ...]], ...]:
    """Tiles of a plane that is this rectangle of one of that size, row by row: the place of each, where it lies in the
    other, and the tiles of that which it touches. Many layers of a canvas ask the same."""
    x, y, width, height = rect
    found: list[tuple[Place, Rect, tuple[Place, ...]]] = []
    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            there = left + x, top + y, min(TILE, width - left), min(TILE, height - top)
            inside = overlap(there, (0, 0, *size))
            if inside[2] > 0:
                columns = range(inside[0] // TILE, (inside[0] + inside[2] - 1) // TILE + 1)
                rows = range(inside[1] // TILE, (inside[1] + inside[3] - 1) // TILE + 1)
                touched = tuple((column, row) for row in rows for column in columns)
                found.append(((left // TILE, top // TILE), there, touched))
    return tuple(found)


def widened(rect: Rect, margin: int, size: tuple[int, int]) -> Rect:
    """A rectangle with a margin on every side, as far as that lies on a plane of that size."""
    x, y, width, height = rect
    wide = x - margin, y - margin, width + 2 * margin, height + 2 * margin
    return overlap(wide, (0, 0, *size))


def union(a: Rect, b: Rect) -> Rect:
    """The smallest rectangle around both."""
    if a[2] <= 0 or a[3] <= 0:
        return b
    if b[2] <= 0 or b[3] <= 0:
        return a
    x, y = min(a[0], b[0]), min(a[1], b[1])
    right, bottom = max(a[0] + a[2], b[0] + b[2]), max(a[1] + a[3], b[1] + b[3])
    return x, y, right - x, bottom - y


def overlap(a: Rect, b: Rect) -> Rect:
    """What two rectangles have in common, or `NOWHERE`."""
    # A dab comes by here dozens of times, and calls of min and max are dearer than that.
    ax, ay, aw, ah = a
    bx, by, bw, bh = b
    x = ax if ax > bx else bx
    y = ay if ay > by else by
    right = ax + aw if ax + aw < bx + bw else bx + bw
    bottom = ay + ah if ay + ah < by + bh else by + bh
    return (x, y, right - x, bottom - y) if right > x and bottom > y else NOWHERE


Part = tuple[slice, slice]


def shares(a: Rect, b: Rect) -> tuple[Part, Part]:
    """What two rectangles have in common, as slices of each of them."""
    x, y, width, height = overlap(a, b)
    top, left, up, before = y - a[1], x - a[0], y - b[1], x - b[0]
    return (
        (slice(top, top + height), slice(left, left + width)),
        (slice(up, up + height), slice(before, before + width)),
    )
