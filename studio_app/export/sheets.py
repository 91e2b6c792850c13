"""Sprite sheets: many cut-outs in one picture, always in the same places, and where each of them lies."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.export.atlases import atlas_piece
from studio_app.export.pictures import PNG, Encoding, picture_piece
from studio_app.export.pieces import Asset, Cell, Metadata, Text
from studio_app.export.sprites import DUST, Box, Pivot, bounds, cropped, run_on

Pixels = NDArray[np.uint8]

MAX_SIDE = 16384
MAX_FRAMES = 4096


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of a sheet: uint8 [H, W, 4], straight alpha, its name, and the row (animation) it belongs to."""

    name: str
    pixels: Pixels
    row: str = ""
    milliseconds: float = 100.0


@dataclass(frozen=True)
class SheetOptions:
    """How frames are packed.

    trim: each to what is seen of it. uniform: all cells of one size, which a grid of that size finds; they are then
    trimmed together. columns: cells side by side, before the next shelf begins; 0 for as many as fit. padding: empty
    pixels between cells. extrude: pixels by which the edge of a cell goes on, so
    that filtering finds no neighbour. pivot: in a frame, 0..1 from its top left; "bottom": the middle of it, on
    the lowest pixel of its row. longest: pixels of a side.
    """

    trim: bool = True
    uniform: bool = False
    columns: int = 0
    padding: int = 2
    extrude: int = 1
    power_of_two: bool = False
    pivot: Pivot = "centre"
    longest: int = 8192
    pixel_art: bool = False
    loop: bool = True
    pixels_per_unit: float = 100.0

    def __post_init__(self) -> None:
        if not 0 <= self.columns <= MAX_FRAMES:
            raise StudioError(f"A sheet can't have {self.columns} columns", f"at most {MAX_FRAMES}")
        if not (0 <= self.padding <= 64 and 0 <= self.extrude <= 16):
            raise StudioError(
                "The cells can't be that far apart",
                f"padding {self.padding}, extrude {self.extrude}",
                "Padding is 0 to 64 pixels, extrusion 0 to 16.",
            )
        if not 1 <= self.longest <= MAX_SIDE:
            raise StudioError(f"A sheet can't be {self.longest} pixels wide", f"at most {MAX_SIDE}")


def sheet(
    frames: Sequence[Frame], options: SheetOptions | None = None
) -> tuple[Pixels, tuple[Cell, ...]]:
    """The sheet uint8 [H, W, 4] and its cells, in the order of the frames.

    Each row of frames begins on a shelf of its own, in the order in which rows first come; what has no row, or is alone
    in it, is packed about as wide as high. Frames that look the same share a cell. StudioError where it gets too large,
    where two frames have one name, and where nothing is seen of one.
    """
    wanted = options or SheetOptions()
    _check(frames)
    clean = [_without_dust(frame.pixels) for frame in frames]
    boxes = [_seen(frame, pixels) for frame, pixels in zip(frames, clean, strict=True)]
    if wanted.uniform:
        boxes = [_around(boxes)] * len(boxes)
    elif not wanted.trim:
        boxes = [(0, 0, pixels.shape[1], pixels.shape[0]) for pixels in clean]
    cuts = [run_on(cropped(pixels, box)) for pixels, box in zip(clean, boxes, strict=True)]
    first = _twins(cuts)
    own = [i for i, twin in enumerate(first) if i == twin]
    places, size = _shelved(
        [(frames[i].row, cuts[i].shape[1], cuts[i].shape[0]) for i in own], wanted
    )
    at = dict(zip(own, places, strict=True))
    if wanted.power_of_two:
        size = (1 << (size[0] - 1).bit_length(), 1 << (size[1] - 1).bit_length())
    if max(size) > wanted.longest:
        raise StudioError(
            f"The sheet would be {size[0]}x{size[1]}",
            f"a side has at most {wanted.longest} pixels",
            "Put fewer frames into it, or smaller ones.",
        )
    pixels = np.zeros((size[1], size[0], 4), np.uint8)
    for i in own:
        _lay(pixels, cuts[i], at[i], wanted.extrude)
    points = _pivots(frames, clean, wanted.pivot)
    cells = tuple(_cell(frame, boxes[i], at[first[i]], points[i]) for i, frame in enumerate(frames))
    return pixels, cells


def sheet_asset(
    name: str,
    frames: Sequence[Frame],
    options: SheetOptions | None = None,
    how: Encoding = PNG,
    metadata: Metadata | None = None,
    *,
    texts: Sequence[Text] = (),
) -> Asset:
    """A sheet as its files: the picture, and an atlas of each kind in `texts`."""
    wanted = options or SheetOptions()
    pixels, cells = sheet(frames, wanted)
    picture = picture_piece("colour", pixels, how, metadata)
    size = (pixels.shape[1], pixels.shape[0])
    return Asset(
        name,
        "sheet",
        (picture, *(atlas_piece(text, cells, size, loop=wanted.loop) for text in texts)),
        pivot=cells[0].pivot,
        pixel_art=wanted.pixel_art,
        cells=cells,
        loop=wanted.loop,
        pixels_per_unit=wanted.pixels_per_unit,
    )


def _check(frames: Sequence[Frame]) -> None:
    if not 1 <= len(frames) <= MAX_FRAMES:
        raise StudioError(f"A sheet can't hold {len(frames)} frames", f"it holds 1 to {MAX_FRAMES}")
    names = [frame.name for frame in frames]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise StudioError("Two frames have the same name", twice, "Give each its own.")


def _seen(frame: Frame, pixels: Pixels) -> Box:
    try:
        return bounds(pixels)
    except StudioError as error:
        raise StudioError(f"Nothing is seen of {frame.name}", error.detail, error.hint) from None


def _without_dust(pixels: Pixels) -> Pixels:
    return np.where(pixels[..., 3:] < DUST, np.uint8(0), pixels)


def _around(boxes: Sequence[Box]) -> Box:
    """The box that holds all of them."""
    x, y = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
    return x, y, right - x, bottom - y


def _twins(cuts: Sequence[Pixels]) -> list[int]:
    """Of each the first that looks the same."""
    known: dict[tuple[Any, ...], int] = {}
    return [known.setdefault((cut.shape, cut.tobytes()), i) for i, cut in enumerate(cuts)]


def _shelved(
    cells: Sequence[tuple[str, int, int]], options: SheetOptions
) -> tuple[list[tuple[int, int]], tuple[int, int]]:
    """Where cells (row, width, height) go, from the left and from top to bottom; and the size of it all."""
    edge, gap = options.extrude, options.padding
    counted = Counter(row for row, _, _ in cells)
    cells = [(row if counted[row] > 1 else "", width, height) for row, width, height in cells]
    outer = [(width + 2 * edge, height + 2 * edge) for _, width, height in cells]
    loose = [size for (row, _, _), size in zip(cells, outer, strict=True) if not row]
    area = sum((width + gap) * (height + gap) for width, height in loose)
    square = max([math.ceil(math.sqrt(area)), *(width for width, _ in loose)])
    places = [(0, 0)] * len(cells)
    top, wide = 0, 0
    for row in dict.fromkeys(row for row, _, _ in cells):
        limit = options.longest if row or options.columns else min(square, options.longest)
        x, high, beside = 0, 0, 0
        for i in (i for i, cell in enumerate(cells) if cell[0] == row):
            width, height = outer[i]
            if x and (x + width > limit or beside == options.columns):
                x, top, high, beside = 0, top + high + gap, 0, 0
            beside += 1
            places[i] = (x + edge, top + edge)
            wide, high = max(wide, x + width), max(high, height)
            x += width + gap
        top += high + gap
    return places, (wide, top - gap)


def _lay(pixels: Pixels, cut: Pixels, at: tuple[int, int], extrude: int) -> None:
    x, y = at[0] - extrude, at[1] - extrude
    grown = np.pad(cut, ((extrude, extrude), (extrude, extrude), (0, 0)), mode="edge")
    pixels[y : y + grown.shape[0], x : x + grown.shape[1]] = grown


def _pivots(
    frames: Sequence[Frame], clean: Sequence[Pixels], pivot: Pivot
) -> list[tuple[float, float]]:
    """In pixels of each frame."""
    ground: dict[str, int] = {}
    for frame, pixels in zip(frames, clean, strict=True):
        _, y, _, height = bounds(pixels)
        ground[frame.row] = max(ground.get(frame.row, 0), y + height)
    points: list[tuple[float, float]] = []
    for frame, pixels in zip(frames, clean, strict=True):
        height, width = pixels.shape[:2]
        if pivot == "centre":
            points.append((width / 2, height / 2))
        elif pivot == "bottom":
            points.append((width / 2, float(ground[frame.row])))
        else:
            points.append((pivot[0] * width, pivot[1] * height))
    return points


def _cell(frame: Frame, box: Box, at: tuple[int, int], point: tuple[float, float]) -> Cell:
    x, y, width, height = box
    whole = (frame.pixels.shape[1], frame.pixels.shape[0])
    return Cell(
        frame.name,
        at[0],
        at[1],
        width,
        height,
        ((point[0] - x) / width, (point[1] - y) / height),
        None if (x, y, width, height) == (0, 0, *whole) else (*whole, x, y),
        frame.milliseconds,
        frame.row,
    )
