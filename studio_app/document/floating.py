"""Pieces that were cut out: moved, scaled, turned and mirrored, and laid down again.

A piece is resampled from its own pixels once, however often it was moved: only the last matrix counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, cos, floor, hypot, sin
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.document.contents.content import Content
from studio_app.document.painting import blurred, painted_over
from studio_app.document.planes import COVER, NOWHERE, Plane, Rect, overlap
from studio_app.document.selections import bounds_of, within

Values = NDArray[Any]
Point = tuple[float, float]
_LEAST = 1e-4


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

    def moved(self, cover: Values, rect: Rect, size: tuple[int, int]) -> Plane | None:
        """A plane of cover of what is [h, w] in a rectangle, moved; None where nothing is left of it."""
        made, at = _resampled(np.ones((*cover.shape, 1), np.float32), cover, rect, self, size)
        if made is None:
            return None
        plane = Plane(COVER, *size).write(
            *at[:2], np.rint(made[1] * 255).clip(0, 255).astype(np.uint8)
        )
        return None if plane.blank else plane


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
    """kind: of the content that it was cut from. values [h, w, C], alpha [h, w]: its pixels, as of a content's `sheet`.
    cover [h, w]: of what was selected of them. Read-only."""

    kind: str
    rect: Rect
    values: Values
    alpha: Values
    cover: Values

    @property
    def middle(self) -> Point:
        x, y, width, height = self.rect
        return x + width / 2, y + height / 2


def lifted(content: Content, selection: Plane | None) -> Piece | None:
    """What is selected of a content (all that is drawn on it, where nothing is); None where there is nothing."""
    drawn = content.bounds
    rect = drawn if selection is None else overlap(drawn, bounds_of(selection))
    if rect[2] <= 0:
        return None
    values, alpha = content.sheet(rect)
    cover = within(selection, rect, np.ones_like(alpha))
    alpha = alpha * cover
    rows, columns = np.nonzero(alpha)
    if not rows.size:
        return None
    top, bottom, left, right = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
    inner = slice(top, bottom), slice(left, right)
    tight = rect[0] + int(left), rect[1] + int(top), int(right - left), int(bottom - top)
    return Piece(content.kind, tight, values[inner], alpha[inner], cover[inner])


def base_of(content: Content, hole: Plane) -> Content:
    """A content without what is selected."""
    made = content
    for place in hole.tiles:
        rect = hole.box(place)
        values, alpha = content.sheet(rect)
        if alpha.any():
            cover = within(hole, rect, np.ones_like(alpha))
            made = made.with_sheet(*rect[:2], values, alpha * (1 - cover))
    return made


def laid(
    base: Content, piece: Piece, matrix: Matrix, size: tuple[int, int]
) -> tuple[Content, Rect]:
    """A content with a piece over it, moved, and where it lies on the canvas."""
    found, rect = _resampled(piece.values, piece.alpha, piece.rect, matrix, size)
    if found is None:
        return base, NOWHERE
    values, alpha = found
    if matrix.shift is None:
        values = base.turned(values, np.array([[matrix.a, matrix.c], [matrix.b, matrix.d]]))
    old, under = base.sheet(rect)
    over = painted_over(old, under, values, alpha, eraser=False, lock=False)
    return base.with_sheet(*rect[:2], *over), rect


def _resampled(
    values: Values, alpha: Values, rect: Rect, matrix: Matrix, size: tuple[int, int]
) -> tuple[tuple[Values, Values] | None, Rect]:
    """Pixels of a rectangle where a matrix brings them, bilinear, and where that is; None where it is nowhere."""
    if not matrix.usable:
        return None, NOWHERE
    target = overlap(matrix.bounds(rect), (0, 0, *size))
    if target[2] <= 0:
        return None, NOWHERE
    shift = matrix.shift
    if shift is not None:
        left, top = target[0] - shift[0] - rect[0], target[1] - shift[1] - rect[1]
        inner = slice(top, top + target[3]), slice(left, left + target[2])
        return (values[inner], alpha[inner]), target
    sheet = np.concatenate([values * alpha[..., None], alpha[..., None]], axis=2)
    smaller = 1 / max(min(hypot(matrix.a, matrix.b), hypot(matrix.c, matrix.d)), _LEAST)
    if smaller > 1.5:  # a pixel of it is many of the piece's
        margin = ceil(smaller)
        sheet = np.pad(sheet, ((margin, margin), (margin, margin), (0, 0)))
        sheet = blurred(sheet, min(smaller / 2, 64.0))
        rect = rect[0] - margin, rect[1] - margin, rect[2] + 2 * margin, rect[3] + 2 * margin
    back = matrix.inverse()
    u = np.arange(target[0], target[0] + target[2], dtype=np.float64)[None, :] + 0.5
    v = np.arange(target[1], target[1] + target[3], dtype=np.float64)[:, None] + 0.5
    x, y = back.a * u + back.c * v + back.e, back.b * u + back.d * v + back.f
    made = _bilinear(sheet, x - rect[0] - 0.5, y - rect[1] - 0.5)
    cover = made[..., -1]
    colours = np.divide(
        made[..., :-1],
        cover[..., None],
        out=np.zeros_like(made[..., :-1]),
        where=cover[..., None] > _LEAST,
    )
    return (colours, cover.clip(0, 1)), target


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
