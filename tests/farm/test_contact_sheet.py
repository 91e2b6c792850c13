"""The contact sheet: what was made, small, with names and seeds, page after page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio_app.core.errors import StudioError
from studio_app.farm import contact_sheet
from studio_app.farm.contact_sheet import CELL, GROUND, MARGIN, PAPER, Cell, ContactSheet
from tests.farm.conftest import Batch, write_jobs


def cell(number: int, shade: int = 200) -> Cell:
    pixels = np.full((64, 64, 3), shade, np.uint8)
    return Cell(f"thing {number}.png", number, str(number), lambda: pixels)


def read(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def test_pages_are_written_as_they_fill_and_nothing_more_is_held(tmp_path: Path):
    sheet = ContactSheet(tmp_path / "s.png", 200)
    assert sheet.pages == 4
    for i in range(63):
        sheet.add(i, cell(i))
    assert not list(tmp_path.iterdir())
    sheet.add(100, cell(100))  # out of its turn, as from a cluster
    sheet.add(63, None)
    assert [path.name for path in tmp_path.iterdir()] == ["s-01.png"]
    sheet.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["s-01.png", "s-02.png"]
    assert sheet.written == [tmp_path / "s-01.png", tmp_path / "s-02.png"]


def test_every_picture_and_its_name(tmp_path: Path):
    sheet = ContactSheet(tmp_path / "s.png", 3)
    clear = np.zeros((40, 80, 4), np.uint8)
    sheet.add(0, cell(0, 250))
    sheet.add(1, Cell("a" * 500 + "\n\0\u202e" + "b.png", 7, "1", lambda: clear))
    sheet.add(2, Cell("gone.png", 8, "2", lambda: None))
    pixels = read(tmp_path / "s.png")
    middle = MARGIN + CELL // 2
    step = CELL + contact_sheet.GAP
    assert (pixels[middle, middle] == 250).all()
    assert (pixels[middle, middle + step] == GROUND).all()  # transparent
    assert (pixels[middle, middle + 2 * step] == PAPER).all()
    for column in range(3):
        left = MARGIN + column * step
        labels = pixels[MARGIN + CELL : MARGIN + CELL + 2 * contact_sheet.LINE, left : left + CELL]
        assert (labels != PAPER).any()
    gap = pixels[MARGIN + CELL : MARGIN + CELL + 30, MARGIN + CELL + 1 : MARGIN + step]
    assert (gap == PAPER).all()  # a long name ends where its picture does


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_page_that_is_there_is_left_alone(tmp_path: Path, suffix: str):
    path = tmp_path / f"s{suffix}"

    def write(*shades: int) -> list[Path]:
        sheet = ContactSheet(path, len(shades))
        for i, shade in enumerate(shades):
            sheet.add(i, Cell("a", i, str(shade), cell(i, shade).picture))
        return sheet.written

    assert write(10, 20) == [path]
    assert write(10, 20) == []
    assert write(10, 30) == [path]
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert write(10, 30) == [path]


def test_only_pictures_are_named(tmp_path: Path):
    with pytest.raises(StudioError, match="JPEGs or PNGs"):
        ContactSheet(tmp_path / "s.pdf", 3)


def test_of_a_batch(batch: Batch, capsys: pytest.CaptureFixture[str]):
    lines = [{"prompt": "a gem", "seed": i, "output": f"{i}.png"} for i in range(3)]
    write_jobs(*lines, "nonsense")
    assert batch() == 1
    sheet = Path("jobs.sheet.jpg")
    assert f"contact sheet: {sheet}" in capsys.readouterr().err
    first = read(sheet)
    assert (
        first.shape[1] == 2 * MARGIN + 3 * CELL + 2 * contact_sheet.GAP
    )  # the bad one has no place
    before = sheet.stat().st_mtime_ns
    assert batch() == 1
    assert sheet.stat().st_mtime_ns == before
    Path("1.png").unlink()
    sheet.unlink()
    write_jobs(*lines)
    assert batch("--sheet", "s.png") == 0  # two from their files, one new
    assert np.abs(read(Path("s.png")).astype(int) - first).mean() < 3
    assert batch("--no-sheet") == 0
    assert not sheet.exists()
