"""Pieces that were cut out: moved, scaled, turned, mirrored and warped, and laid down again.

A piece is resampled from its own pixels once, however often it was moved: only where it lies at last counts. It is made
by the tile, from what of it comes to lie there; a large one when somebody looks (`deferring`).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, cos, floor, hypot, sin
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from studio_app.document.contents.content import Content
from studio_app.document.deferring import changed
from studio_app.document.painting import blurred, painted_over
from studio_app.document.planes import COVER, NOWHERE, Place, Plane, Rect, overlap, shares, union
from studio_app.document.selections import bounds_of, within
from studio_app.document.tiles import TILE

Values = NDArray[Any]
Point = tuple[float, float]
_LEAST = 1e-4
AT_ONCE = 4
"""Tiles of a piece that are made while one waits; of a larger one, all are made later."""


class Placing(Protocol):
    """Where a piece comes to lie: a Matrix, or a Mesh (`warping`)."""

    @property
    def usable(self) -> bool:
        """Whether anything is left of what it moves."""
        ...

    @property
    def shift(self) -> tuple[int, int] | None:
        """By whole pixels, where it does nothing else."""
        ...

    @property
    def smaller(self) -> float:
        """Pixels of the piece that become one, across."""
        ...

    def turns(self, rect: Rect) -> Values:
        """What it does to directions: [2, 2], or [h, w, 2, 2] of each pixel of a rectangle of the canvas, as of
        `sources`."""
        ...

    @property
    def mirrors(self) -> bool:
        """Whether a right hand becomes a left one."""
        ...

    def of(self, point: Point) -> Point:
        """Where a point of the piece comes to lie."""
        ...

    def bounds(self, rect: Rect) -> Rect:
        """Whole pixels around where a rectangle comes to lie."""
        ...

    def sources(self, rect: Rect) -> tuple[Values, Values]:
        """Of each pixel of a rectangle of the canvas, the place of the piece that comes to lie on its middle: x and y,
        [h, w] or what spreads to that; far away where none does."""
        ...


@dataclass(frozen=True)
class Matrix:
    """x' = a x + c y + e, y' = b x + d y + f, in pixels of the canvas."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def of(self, point: Point) -> Point:
        x, y = point
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def after(self, first: Matrix) -> Matrix:
        """The one that does `first`, then this."""
        return Matrix(
            self.a * first.a + self.c * first.b,
            self.b * first.a + self.d * first.b,
            self.a * first.c + self.c * first.d,
            self.b * first.c + self.d * first.d,
            *self.of((first.e, first.f)),
        )

    def inverse(self) -> Matrix:
        """ZeroDivisionError of what leaves nothing."""
        det = self.a * self.d - self.b * self.c
        a, b, c, d = self.d / det, -self.b / det, -self.c / det, self.a / det
        return Matrix(a, b, c, d, -(a * self.e + c * self.f), -(b * self.e + d * self.f))

    @property
    def usable(self) -> bool:
        """Whether anything is left of what it moves."""
        return abs(self.a * self.d - self.b * self.c) > _LEAST

    @property
    def shift(self) -> tuple[int, int] | None:
        """By whole pixels, where it does nothing else."""
        whole = (self.a, self.b, self.c, self.d) == (1, 0, 0, 1)
        return (int(self.e), int(self.f)) if whole and self.e % 1 == self.f % 1 == 0 else None

    def bounds(self, rect: Rect) -> Rect:
        """Whole pixels around where a rectangle comes to lie."""
        x, y, width, height = rect
        corners = [(x, y), (x + width, y), (x, y + height), (x + width, y + height)]
        xs, ys = zip(*map(self.of, corners), strict=True)
        left, top = floor(min(xs) + _LEAST), floor(min(ys) + _LEAST)
        return left, top, ceil(max(xs) - _LEAST) - left, ceil(max(ys) - _LEAST) - top

    @property
    def smaller(self) -> float:
        return 1 / max(min(hypot(self.a, self.b), hypot(self.c, self.d)), _LEAST)

    def turns(self, rect: Rect) -> Values:
        return np.array([[self.a, self.c], [self.b, self.d]])

    @property
    def mirrors(self) -> bool:
        return self.a * self.d - self.b * self.c < 0

    def sources(self, rect: Rect) -> tuple[Values, Values]:
        back = self.inverse()
        u = np.arange(rect[0], rect[0] + rect[2], dtype=np.float64)[None, :] + 0.5
        v = np.arange(rect[1], rect[1] + rect[3], dtype=np.float64)[:, None] + 0.5
        return back.a * u + back.c * v + back.e, back.b * u + back.d * v + back.f


def shifting(x: float, y: float) -> Matrix:
    return Matrix(e=x, f=y)


def scaling(across: float, down: float, about: Point) -> Matrix:
    return Matrix(across, 0, 0, down, about[0] * (1 - across), about[1] * (1 - down))


def turning(angle: float, about: Point) -> Matrix:
    """By an angle in radians, clockwise as one sees it."""
    c, s = cos(angle), sin(angle)
    turn = Matrix(c, s, -s, c)
    x, y = turn.of(about)
    return Matrix(c, s, -s, c, about[0] - x, about[1] - y)


@dataclass(frozen=True, eq=False)
class Piece:
    """rect: around it, on the canvas. source: what it was cut from, its upper left pixel at `corner` of the canvas.
    chosen: what of the source was selected, of its size; None: all."""

    rect: Rect
    source: Content
    corner: tuple[int, int] = (0, 0)
    chosen: Plane | None = None

    @property
    def kind(self) -> str:
        """Of the content that it was cut from."""
        return self.source.kind

    @property
    def middle(self) -> Point:
        x, y, width, height = self.rect
        return x + width / 2, y + height / 2

    @property
    def large(self) -> bool:
        """Whether it takes too long to follow a hand."""
        return self.rect[2] * self.rect[3] > AT_ONCE * TILE * TILE

    def sheet(self, rect: Rect) -> tuple[Values, Values]:
        """A rectangle of the canvas inside its own, as of a content's `sheet`."""
        there = rect[0] - self.corner[0], rect[1] - self.corner[1], *rect[2:]
        values, alpha = self.source.sheet(there)
        return values, within(self.chosen, there, alpha)

    def thinned(self, step: int) -> Content:
        """Every step-th pixel of it, across and down, as a content of its own: to be looked at at once."""
        x, y, width, height = self.rect
        there = x - self.corner[0], y - self.corner[1], width, height
        planes = {name: plane.thinned(there, step) for name, plane in self.source.planes.items()}
        made = self.source.with_planes(planes)
        if self.chosen is None:
            return made
        page = next(iter(planes.values())).bounds
        values, alpha = made.sheet(page)
        return made.with_sheet(0, 0, values, within(self.chosen.thinned(there, step), page, alpha))

    def content(self) -> Content:
        """All of it as a content of its own."""
        x, y, width, height = self.rect
        made = self.source.cut(x - self.corner[0], y - self.corner[1], width, height)
        if self.chosen is None:
            return made
        for place in list(_places(made)):
            box = next(iter(made.planes.values())).box(place)
            values, alpha = self.sheet((x + box[0], y + box[1], *box[2:]))
            made = made.with_sheet(*box[:2], values, alpha)
        return made


def lifted(content: Content, selection: Plane | None) -> Piece | None:
    """What is selected of a content (all that is drawn on it, where nothing is); None where there is nothing."""
    drawn = content.bounds
    around = drawn if selection is None else overlap(drawn, bounds_of(selection))
    grid = next(iter(content.planes.values()))
    tight = NOWHERE
    for place in sorted(grid.places(around), key=lambda place: _inwards(place, around)):
        box = overlap(grid.box(place), around)
        if tight[2] > 0 and overlap(box, tight) == box:
            continue
        there = content.there(box)
        if selection is not None:
            there = there & (selection.read(*box) > 0)
        rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
        if rows.size:
            left, top = int(columns[0]), int(rows[0])
            wide, high = int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top
            tight = union(tight, (box[0] + left, box[1] + top, wide, high))
    return Piece(tight, content, (0, 0), selection) if tight[2] > 0 else None


def base_of(content: Content, hole: Plane) -> Content:
    """A content without what is selected."""
    whole = {id(t): bool(t.made and t.pixels.min() == 255) for t in hole.tiles.values()}
    drawn = sorted(_places(content) & hole.tiles.keys())
    gone = {place for place in drawn if whole[id(hole.tiles[place])]}
    planes = {
        name: Plane(
            plane.kind, *plane.size, {p: t for p, t in plane.tiles.items() if p not in gone}
        )
        for name, plane in content.planes.items()
    }
    made = content.with_planes(planes)
    return changed(made, [place for place in drawn if place not in gone], _Holed(hole), AT_ONCE)


def laid(base: Content, piece: Piece, way: Placing, size: tuple[int, int]) -> tuple[Content, Rect]:
    """A content with a piece over it, moved, and where it lies on the canvas."""
    target = overlap(way.bounds(piece.rect), (0, 0, *size)) if way.usable else NOWHERE
    if target[2] <= 0:
        return base, NOWHERE
    grid = Plane(COVER, *size)
    return changed(base, list(grid.places(target)), _Laid(piece, way, target), AT_ONCE), target


class _Holed:
    """Takes away what is selected."""

    def __init__(self, hole: Plane) -> None:
        self._hole = hole

    def __call__(self, part: Content, wide: Rect, box: Rect) -> Content:
        here = (box[0] - wide[0], box[1] - wide[1], *box[2:])
        values, alpha = part.sheet(here)
        if not alpha.any():
            return part
        cover = within(self._hole, box, np.ones_like(alpha))
        return part.with_sheet(*here[:2], values, alpha * (1 - cover))


class _Laid:
    """Lays a piece over it."""

    def __init__(self, piece: Piece, way: Placing, target: Rect) -> None:
        self._piece, self._way, self._target = piece, way, target

    def __call__(self, part: Content, wide: Rect, box: Rect) -> Content:
        rect = overlap(box, self._target)
        here = (rect[0] - wide[0], rect[1] - wide[1], *rect[2:])
        found = _sampled(self._piece, self._way, rect)
        if found is None:
            return part
        values, alpha = found
        if part.directed and self._way.shift is None:
            values = part.turned(values, self._way.turns(rect))
        old, under = part.sheet(here)
        over = painted_over(old, under, values, alpha, eraser=False, lock=False)
        return part.with_sheet(*here[:2], *over)


def _places(content: Content) -> set[Place]:
    return {place for plane in content.planes.values() for place in plane.tiles}


def _inwards(place: Place, around: Rect) -> int:
    """How far a tile lies from the edges of a rectangle, in tiles."""
    left, top = around[0] // TILE, around[1] // TILE
    right, bottom = (around[0] + around[2] - 1) // TILE, (around[1] + around[3] - 1) // TILE
    return min(place[0] - left, right - place[0], place[1] - top, bottom - place[1])


def _sampled(piece: Piece, way: Placing, rect: Rect) -> tuple[Values, Values] | None:
    """What of a piece comes to lie on a rectangle of the canvas, bilinear; None where nothing does."""
    shift = way.shift
    if shift is not None:
        there = overlap((rect[0] - shift[0], rect[1] - shift[1], *rect[2:]), piece.rect)
        if there[2] <= 0:
            return None
        values, alpha = piece.sheet(there)
        return _spread(values, alpha, (there[0] + shift[0], there[1] + shift[1], *there[2:]), rect)
    x, y = way.sources(rect)
    smaller = way.smaller
    radius = (
        min(smaller / 2, 64.0) if smaller > 1.5 else 0.0
    )  # a pixel of it is many of the piece's
    margin = 2 + ceil(3 * radius)
    inner = _around(x, y, margin, piece.rect)
    if inner[2] <= 0:
        return None
    values, alpha = piece.sheet(overlap(inner, piece.rect))
    values, alpha = _spread(values, alpha, overlap(inner, piece.rect), inner)
    sheet = np.concatenate([values * alpha[..., None], alpha[..., None]], axis=2)
    if radius:
        sheet = blurred(sheet, radius)
    made = _bilinear(sheet, x - inner[0] - 0.5, y - inner[1] - 0.5)
    cover = made[..., -1]
    colours = np.divide(
        made[..., :-1],
        cover[..., None],
        out=np.zeros_like(made[..., :-1]),
        where=cover[..., None] > _LEAST,
    )
    return colours, cover.clip(0, 1)


def _around(x: Values, y: Values, margin: int, rect: Rect) -> Rect:
    """Around the places that lie in a rectangle or near it, with a margin; not much of what lies beyond it."""
    left, top, width, height = rect
    near = (x > left - margin) & (x < left + width + margin)
    near = near & (y > top - margin) & (y < top + height + margin)
    if not near.any():
        return NOWHERE
    xs, ys = np.broadcast_to(x, near.shape)[near], np.broadcast_to(y, near.shape)[near]
    low = floor(float(xs.min())) - margin, floor(float(ys.min())) - margin
    high = ceil(float(xs.max())) + margin, ceil(float(ys.max())) + margin
    found = low[0], low[1], high[0] - low[0], high[1] - low[1]
    return found if overlap(found, rect)[2] > 0 else NOWHERE


def _spread(values: Values, alpha: Values, rect: Rect, onto: Rect) -> tuple[Values, Values]:
    """Pixels of one rectangle on another, and nothing around them."""
    if rect == onto:
        return values, alpha
    wide = np.zeros((onto[3], onto[2], values.shape[2]), np.float32)
    cover = np.zeros((onto[3], onto[2]), np.float32)
    here, there = shares(onto, rect)
    wide[here], cover[here] = values[there], alpha[there]
    return wide, cover


def _bilinear(sheet: Values, x: Values, y: Values) -> Values:
    """Samples of [h, w, C] at places (pixel centres at whole numbers); outside is 0."""
    padded = np.pad(sheet, ((1, 1), (1, 1), (0, 0)))
    height, width = sheet.shape[:2]
    x, y = x.clip(-1, width) + 1, y.clip(-1, height) + 1
    left, top = np.floor(x).astype(np.intp), np.floor(y).astype(np.intp)
    left, top = left.clip(0, width), top.clip(0, height)
    across, down = (x - left).astype(np.float32)[..., None], (y - top).astype(np.float32)[..., None]
    upper = padded[top, left] * (1 - across) + padded[top, left + 1] * across
    lower = padded[top + 1, left] * (1 - across) + padded[top + 1, left + 1] * across
    return upper * (1 - down) + lower * down
