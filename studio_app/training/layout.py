"""Sheets of pictures: rows with a label under each, set in the studio's own type on plain paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from studio_app.core.files import replace_atomic
from studio_app.core.resources import font_file

PAPER, INK, SOFT = (247, 247, 247), (36, 36, 36), (124, 124, 124)
MARGIN, GUTTER, GAP, ROW_GAP = 24, 28, 4, 18
LABEL, LINE, HEAD = 14, 19, 24
"""Size of the type, from line to line, and the room of the heads above the columns; pixels."""
LOSSY = {".jpg": ("JPEG", 90), ".jpeg": ("JPEG", 90), ".webp": ("WEBP", 78)}
"""Name's end -> kind of file, and a quality at which a sheet shows what the pictures are."""


@dataclass(frozen=True, eq=False)
class Row:
    """pictures: uint8 [H,W,3], all of one shape. label: what they were asked for. lead: said before it, bolder."""

    pictures: Sequence[NDArray[np.uint8]]
    label: str
    lead: str = ""


@dataclass(frozen=True)
class Plan:
    """How a page is laid out. columns: blocks side by side. cell: width and height of a picture. lines: of a label."""

    columns: int
    cell: tuple[int, int]
    per_row: int
    rows: int
    lines: int = 1
    heads: bool = False

    @property
    def block(self) -> tuple[int, int]:
        """Width and height of one row of pictures with its label."""
        across = self.per_row * self.cell[0] + (self.per_row - 1) * GAP
        return across, self.cell[1] + 6 + self.lines * LINE

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the page."""
        wide, tall = self.block
        down = -(-self.rows // self.columns)
        return (
            2 * MARGIN + self.columns * wide + (self.columns - 1) * GUTTER,
            2 * MARGIN + self.heads * HEAD + down * tall + (down - 1) * ROW_GAP,
        )

    def place(self, number: int) -> tuple[int, int]:
        """Left and top of block `number`; they run from left to right, then down."""
        wide, tall = self.block
        column, row = number % self.columns, number // self.columns
        top = MARGIN + self.heads * HEAD
        return MARGIN + column * (wide + GUTTER), top + row * (tall + ROW_GAP)


def page(
    rows: Sequence[Row],
    *,
    columns: int,
    cell: tuple[int, int],
    lines: int = 1,
    heads: Sequence[str] = (),
) -> NDArray[np.uint8]:
    """uint8 [H,W,3]. heads: what the pictures of a row are, one word each, above every column.

    lines: of a label at most; no more than the longest needs.
    """
    plain, bold = _font("Inter-Regular"), _font("Inter-SemiBold")
    plan = Plan(columns, cell, max(len(r.pictures) for r in rows), len(rows), lines, bool(heads))
    starts = [bold.getlength(r.lead) + 8 if r.lead else 0.0 for r in rows]
    labels = [
        wrapped(r.label, plain, plan.block[0], lines, start)
        for r, start in zip(rows, starts, strict=True)
    ]
    plan = replace(plan, lines=max(len(label) for label in labels))
    sheet = Image.new("RGB", plan.size, PAPER)
    draw = ImageDraw.Draw(sheet)
    for column in range(min(columns, len(rows)) if heads else 0):
        left, top = plan.place(column)
        for k, head in enumerate(heads):
            draw.text((left + k * (cell[0] + GAP), top - HEAD), head, SOFT, plain)
    for number, row in enumerate(rows):
        left, top = plan.place(number)
        for k, picture in enumerate(row.pictures):
            small = Image.fromarray(np.ascontiguousarray(picture))
            if small.size != cell:
                small = small.resize(cell, Image.Resampling.LANCZOS)
            sheet.paste(small, (left + k * (cell[0] + GAP), top))
        y = top + cell[1] + 5
        draw.text((left, y), row.lead, INK, bold)
        for k, line in enumerate(labels[number]):
            draw.text((left + (starts[number] if k == 0 else 0), y + k * LINE), line, INK, plain)
    return np.asarray(sheet)


def wrapped(
    text: str, font: ImageFont.FreeTypeFont, width: float, lines: int, start: float = 0.0
) -> list[str]:
    """The text in at most `lines` lines of `width` pixels; what does not fit ends in an ellipsis.

    start: what is taken of the first line.
    """
    out = [""]
    words = text.split()
    for number, word in enumerate(words):
        room = width - (start if len(out) == 1 else 0)
        longer = f"{out[-1]} {word}".strip()
        if font.getlength(longer) <= room or not out[-1]:
            out[-1] = longer
        elif len(out) < lines:
            out.append(word)
        else:
            rest = " ".join([out[-1], *words[number:]])
            while rest and font.getlength(rest + "…") > room:
                rest = rest[:-1]
            return [*out[:-1], rest.rstrip(" ,") + "…"]
    return out


def _font(name: str) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font_file(name), LABEL)


def save_image(path: Path, pixels: NDArray[np.uint8]) -> None:
    """Writes uint8 [H,W,3], atomically: JPEG or WebP for a name that says so, else PNG. Raises StudioError."""
    kind, quality = LOSSY.get(path.suffix.lower(), ("PNG", 0))
    with replace_atomic(path) as temporary:
        Image.fromarray(pixels).save(temporary, kind, quality=quality, method=6)
