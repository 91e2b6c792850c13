"""What an autoencoder does to an interface: 1-pixel lines and 8-pixel text, drawn here and read again after it.

Nothing of the kind is in the world a model is trained on: these figures are reported, not aimed at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from studio_app.core.resources import font_file

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CELL = (9, 12)
"""Width and height of a letter's place, in pixels; the font is 8 pixels high."""
KEPT = 0.25
"""Share of its contrast from which a line still reads as one: spread over four pixels, it has as much."""
LEAST_CONTRAST = 90
"""Of 255, in luma, between what is drawn and its background."""

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Sample:
    """pixels uint8 [H, W, 3]: lines in the upper half, text in the lower one, in `ink` on `paper` (RGB, 0..255).

    across, along: bool [H, W], the pixels of horizontal and of vertical lines. letters: (letter, x, y) of cells.
    """

    pixels: Pixels
    ink: Plane
    paper: Plane
    across: NDArray[np.bool_]
    along: NDArray[np.bool_]
    letters: tuple[tuple[str, int, int], ...]


def draw_sample(rng: np.random.Generator, size: int) -> Sample:
    """One sample of size x size pixels, lines and letters wherever they fall on the latent's grid of 8."""
    paper, ink = _colours(rng)
    pixels = np.empty((size, size, 3), np.float32)
    pixels[:] = paper
    half = size // 2
    across, along = np.zeros((size, size), bool), np.zeros((size, size), bool)
    for y in _places(rng, half):
        across[y, 4 : half - 4] = True
    for x in _places(rng, half):
        along[4 : half - 4, half + x] = True
    pixels[across | along] = ink
    letters: list[tuple[str, int, int]] = []
    wide, high = CELL
    for y in range(half + int(rng.integers(0, 8)), size - high, high + int(rng.integers(1, 4))):
        for x in range(int(rng.integers(0, 8)), size - wide, wide):
            letter = LETTERS[int(rng.integers(len(LETTERS)))]
            letters.append((letter, x, y))
            cover = glyphs()[LETTERS.index(letter)][..., None]
            pixels[y : y + high, x : x + wide] += cover * (ink - paper)
    levels = np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
    return Sample(levels, ink, paper, across, along, tuple(letters))


def lines_kept(sample: Sample, after: Pixels) -> tuple[int, int]:
    """(kept, all) pixels of lines: kept is what stands out from 3 pixels beside it a quarter as much as it did."""
    cover = _cover(sample, after)
    kept = total = 0
    for lines, axis in ((sample.across, 0), (sample.along, 1)):
        beside = (np.roll(cover, 3, axis) + np.roll(cover, -3, axis)) / 2
        kept += int(((cover - beside)[lines] >= KEPT).sum())
        total += int(lines.sum())
    return kept, total


def letters_read(sample: Sample, after: Pixels) -> tuple[int, int]:
    """(right, all) letters: right is what still looks more like itself than like any other letter."""
    cover = _cover(sample, after)
    wide, high = CELL
    known = _normed(np.stack(list(glyphs())).reshape(len(LETTERS), -1))
    right = 0
    for letter, x, y in sample.letters:
        seen = _normed(cover[y : y + high, x : x + wide].reshape(1, -1))
        right += LETTERS[int((known @ seen[0]).argmax())] == letter
    return right, len(sample.letters)


@cache
def glyphs() -> Sequence[Plane]:
    """How much of each pixel of its cell a letter covers, 0..1 [height, width], in the order of LETTERS."""
    wide, high = CELL
    font = ImageFont.truetype(font_file("Inter-Regular"), 8)
    drawn: list[Plane] = []
    for letter in LETTERS:
        image = Image.new("L", (wide, high))
        ImageDraw.Draw(image).text((1, 9), letter, fill=255, font=font, anchor="ls")
        drawn.append(np.asarray(image, np.float32) / np.float32(255))
    return tuple(drawn)


def _colours(rng: np.random.Generator) -> tuple[Plane, Plane]:
    luma = np.array([0.299, 0.587, 0.114])
    while True:
        paper, ink = rng.integers(0, 256, (2, 3)).astype(np.float32)
        if abs(float((ink - paper) @ luma)) >= LEAST_CONTRAST:
            return paper, ink


def _places(rng: np.random.Generator, length: int) -> list[int]:
    """Of lines that are far enough apart to be told apart."""
    places: list[int] = []
    at = 6 + int(rng.integers(0, 8))
    while at < length - 6:
        places.append(at)
        at += int(rng.integers(9, 17))
    return places


def _cover(sample: Sample, after: Pixels) -> Plane:
    """How far each pixel lies on the way from paper (0) to ink (1), [H, W]."""
    way = sample.ink - sample.paper
    return ((after.astype(np.float32) - sample.paper) @ way / float(way @ way)).astype(np.float32)


def _normed(rows: Plane) -> Plane:
    rows = rows - rows.mean(1, keepdims=True)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
