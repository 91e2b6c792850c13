"""The contact sheet of a batch: every picture, small, with its name and seed; page after page.

A page is drawn and written when all of its cells are known, so that no more than a few are ever held.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from studio_app.core.arrays import digest
from studio_app.core.errors import StudioError
from studio_app.core.files import write_bytes_atomic
from studio_app.core.reading import read_bytes
from studio_app.core.resources import font_file
from studio_app.document.pictures import read_rgba
from studio_app.document.png import png_bytes

CELL = 128
"""A half of most pictures: what is a whole part of them is made small in a quarter of the time."""
COLUMNS, ROWS = 8, 8
GAP, MARGIN, LINE, LABEL = 12, 20, 15, 11
PAPER, INK, SOFT, GROUND = (32, 32, 32), (225, 225, 225), (150, 150, 150), (128, 128, 128)
MARK = b"underpaint-sheet "
SUFFIXES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True)
class Cell:
    """picture: makes uint8 [H, W, 3] or [H, W, 4], None where there is none. key: what tells it from another."""

    name: str
    seed: int
    key: str
    picture: Callable[[], NDArray[np.uint8] | None] = field(repr=False)


class ContactSheet:
    """Of `count` cells, given in any order. Belongs to one thread at a time."""

    def __init__(self, path: Path, count: int) -> None:
        """path: of its only page; of several, -01, -02 ... come before the suffix. StudioError for no JPEG or PNG."""
        if path.suffix.lower() not in SUFFIXES:
            raise StudioError(
                f"Can't write {path.name}",
                "contact sheets are JPEGs or PNGs",
                "Name it with .jpg or .png.",
            )
        self._path = path
        self._count = count
        self._pages: dict[int, dict[int, Cell | None]] = {}
        self.written: list[Path] = []

    @property
    def pages(self) -> int:
        return -(-self._count // (COLUMNS * ROWS))

    def page(self, number: int) -> Path:
        """The file of page 0..pages - 1."""
        if self.pages == 1:
            return self._path
        digits = max(len(str(self.pages)), 2)
        return self._path.with_stem(f"{self._path.stem}-{number + 1:0{digits}}")

    def add(self, index: int, cell: Cell | None) -> None:
        """Of cell 0..count - 1; None where there is nothing to show. Writes the page that this completes."""
        number = index // (COLUMNS * ROWS)
        cells = self._pages.setdefault(number, {})
        cells[index] = cell
        if len(cells) == min(COLUMNS * ROWS, self._count - number * COLUMNS * ROWS):
            self._write(number)

    def close(self) -> None:
        """Writes what is not whole: a batch that was stopped shows what it made."""
        for number in sorted(self._pages):
            self._write(number)

    def _write(self, number: int) -> None:
        cells = self._pages.pop(number)
        shown = [cell for _, cell in sorted(cells.items()) if cell is not None]
        path = self.page(number)
        key = digest(*((cell.name, cell.seed, cell.key) for cell in shown))
        if not shown or _is_of(path, key):
            return
        image = _page(shown)
        if path.suffix.lower() == ".png":
            data = png_bytes(np.asarray(image), {"Comment": (MARK + key.encode()).decode()})
        else:
            buffer = BytesIO()
            image.save(buffer, "JPEG", quality=88, comment=MARK + key.encode())
            data = buffer.getvalue()
        write_bytes_atomic(path, data)
        self.written.append(path)


def picture_in(path: Path) -> NDArray[np.uint8] | None:
    """Of a file that may hold none that can be shown small."""
    try:
        return read_rgba(path)
    except StudioError:
        return None


def small(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture no larger than a cell, uint8 [h, w, 3], over grey where it is transparent."""
    if pixels.shape[2] == 3 and max(pixels.shape) <= CELL:
        return pixels
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if image.mode == "RGBA":
        under = Image.new("RGBA", image.size, (*GROUND, 255))
        image = Image.alpha_composite(under, image).convert("RGB")
    image = image.reduce(max(1, max(image.size) // CELL))
    image.thumbnail((CELL, CELL), Image.Resampling.BILINEAR)
    return np.asarray(image)


def _is_of(path: Path, key: str) -> bool:
    """Whether the page there is this very one, and whole."""
    try:
        return MARK + key.encode() in read_bytes(path) and picture_in(path) is not None
    except StudioError:
        return False


def _page(cells: list[Cell]) -> Image.Image:
    columns = min(COLUMNS, len(cells))
    rows = -(-len(cells) // COLUMNS)
    step = (CELL + GAP, CELL + 2 * LINE + GAP)
    size = (2 * MARGIN + columns * step[0] - GAP, 2 * MARGIN + rows * step[1] - GAP)
    sheet = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(sheet)
    for number, cell in enumerate(cells):
        row, column = divmod(number, COLUMNS)
        left, top = MARGIN + column * step[0], MARGIN + row * step[1]
        pixels = cell.picture()
        if pixels is not None:
            picture = Image.fromarray(small(pixels))
            place = (left + (CELL - picture.width) // 2, top + (CELL - picture.height) // 2)
            sheet.paste(picture, place)
        else:
            pen.rectangle((left, top, left + CELL - 1, top + CELL - 1), outline=SOFT)
        pen.text((left, top + CELL + 3), _fitted(cell.name), INK, _font())
        pen.text((left, top + CELL + 3 + LINE), f"seed {cell.seed}", SOFT, _font())
    return sheet


def _fitted(text: str) -> str:
    """As much of a text, in one line, as fits under a cell."""
    shown = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:80]
    if _font().getlength(shown) <= CELL:
        return shown
    while shown and _font().getlength(shown + "…") > CELL:
        shown = shown[:-1]
    return shown + "…"


@cache
def _font() -> ImageFont.FreeTypeFont:
    # A label is no text to be shaped, and that costs more than to draw it.
    basic = ImageFont.Layout.BASIC
    return ImageFont.truetype(font_file("Inter-Regular"), LABEL, layout_engine=basic)
