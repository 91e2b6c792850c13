"""Sheets: every cell shows its frame, nothing bleeds into it, and two atlases say the same."""

from __future__ import annotations

import io
import itertools
import json

import numpy as np
import pytest
from PIL import Image

from studio_app.core.errors import StudioError
from studio_app.export.pieces import Asset, Cell, Text
from studio_app.export.sheets import Frame, SheetOptions, sheet, sheet_asset
from studio_app.export.targets.godot_resources import sprite_frames


def block(colour: int, x: int = 4, y: int = 6, width: int = 8, height: int = 10) -> np.ndarray:
    """uint8 [32, 24, 4] with a block of one colour."""
    pixels = np.zeros((32, 24, 4), np.uint8)
    pixels[y : y + height, x : x + width] = [colour, 255 - colour, colour // 2, 255]
    return pixels


FRAMES = (
    Frame("walk_0", block(10), "walk", 80),
    Frame("walk_1", block(60, 6, 4, 12, 12), "walk", 80),
    Frame("walk_2", block(110, 2, 8, 10, 6), "walk", 120),
    Frame("jump_0", block(160, 1, 1, 20, 20), "jump"),
    Frame("jump_1", block(10), "jump"),
)


def shown(pixels: np.ndarray, cell: Cell) -> np.ndarray:
    """The cell's frame, whole again."""
    cut = pixels[cell.y : cell.y + cell.height, cell.x : cell.x + cell.width]
    if cell.source is None:
        return cut
    width, height, left, top = cell.source
    out = np.zeros((height, width, 4), np.uint8)
    out[top : top + cell.height, left : left + cell.width] = cut
    return out


@pytest.mark.parametrize(
    "options",
    [
        SheetOptions(),
        SheetOptions(trim=False),
        SheetOptions(uniform=True),
        SheetOptions(padding=0, extrude=0, power_of_two=True),
    ],
    ids=str,
)
def test_every_cell_shows_its_frame(options: SheetOptions):
    pixels, cells = sheet(FRAMES, options)
    assert [cell.name for cell in cells] == [frame.name for frame in FRAMES]
    for frame, cell in zip(FRAMES, cells, strict=True):
        again = shown(pixels, cell)
        np.testing.assert_array_equal(again[..., 3], frame.pixels[..., 3])
        seen = again[..., 3] > 0
        np.testing.assert_array_equal(again[seen], frame.pixels[seen])
    again, others = sheet(FRAMES, options)
    np.testing.assert_array_equal(again, pixels)
    assert others == cells


def test_rows_are_shelves_and_cells_do_not_touch():
    pixels, cells = sheet(FRAMES, SheetOptions(extrude=1, padding=2))
    walk, jump = cells[:3], cells[3]
    assert [cell.y for cell in walk] == [1, 1, 1]
    assert jump.y == walk[1].y + walk[1].height + 1 + 2 + 1
    for left, right in itertools.pairwise(walk):
        assert right.x - (left.x + left.width) == 4
    # The edge of a block goes on for one pixel, and then there is nothing.
    first = walk[0]
    np.testing.assert_array_equal(pixels[first.y, first.x - 1], pixels[first.y, first.x])
    assert pixels[first.y, first.x + first.width + 1 : first.x + first.width + 3, 3].max() == 0


def test_what_looks_the_same_is_there_once():
    _, cells = sheet(FRAMES)
    assert (cells[0].x, cells[0].y) == (cells[4].x, cells[4].y)
    assert (cells[0].row, cells[4].row) == ("walk", "jump")


def test_cells_of_one_size_make_a_grid():
    _, cells = sheet(FRAMES[:3], SheetOptions(uniform=True, padding=0, extrude=0))
    assert {(cell.width, cell.height) for cell in cells} == {(16, 12)}
    assert [cell.x for cell in cells] == [0, 16, 32]


def test_loose_frames_are_about_as_wide_as_high():
    loose = [Frame(f"{i:02}", block(i * 10)) for i in range(16)]
    pixels, _ = sheet(loose)
    assert 0.5 < pixels.shape[0] / pixels.shape[1] < 2


@pytest.mark.parametrize("options", [SheetOptions(pivot="bottom"), SheetOptions(pivot=(0.5, 0.5))])
def test_an_animation_stands_still(options: SheetOptions):
    """Whatever is trimmed, the pivot is the same place of the untrimmed frame."""
    _, cells = sheet(FRAMES[:3], options)
    places = set()
    for cell in cells:
        assert cell.source is not None
        _, _, left, top = cell.source
        x, y = left + cell.pivot[0] * cell.width, top + cell.pivot[1] * cell.height
        places.add((round(x, 6), round(y, 6)))
    # The lowest pixel of the row: of walk_0, walk_1.
    assert places == {(12, 16)}


def test_too_much_is_refused():
    with pytest.raises(StudioError, match="would be"):
        sheet(FRAMES, SheetOptions(longest=16))
    with pytest.raises(StudioError, match="same name"):
        sheet([FRAMES[0], FRAMES[0]])
    with pytest.raises(StudioError, match="Nothing is seen of b"):
        sheet([FRAMES[0], Frame("b", np.zeros((4, 4, 4), np.uint8))])
    with pytest.raises(StudioError):
        sheet([])


def atlas(text: Text, asset: Asset | None = None) -> dict[str, object]:
    made = asset or sheet_asset("hero", FRAMES, SheetOptions(pivot="bottom"), texts=(text,))
    piece = made.piece("atlas")
    assert piece is not None
    return json.loads(piece.data)


def test_an_atlas_is_as_texturepacker_writes_it():
    found = atlas("texturepacker")
    assert found["animations"] == {
        "walk": ["walk_0.png", "walk_1.png", "walk_2.png"],
        "jump": ["jump_0.png", "jump_1.png"],
    }
    frame = found["frames"]["walk_1.png"]  # pyright: ignore[reportIndexIssue]
    assert frame["sourceSize"] == {"w": 24, "h": 32}
    assert frame["spriteSourceSize"] == {"x": 6, "y": 4, "w": 12, "h": 12}
    assert (frame["rotated"], frame["trimmed"]) == (False, True)
    # Of the untrimmed frame: its middle, and the ground of its row.
    assert frame["anchor"] == frame["pivot"] == {"x": 0.5, "y": 0.5}
    assert found["meta"]["scale"] == "1"  # pyright: ignore[reportIndexIssue]
    assert found["meta"]["image"] == "@@colour@@"  # pyright: ignore[reportIndexIssue]


def test_all_atlases_name_the_same_places():
    texts: tuple[Text, ...] = ("texturepacker", "texturepacker_array", "aseprite")
    asset = sheet_asset("hero", FRAMES, texts=texts)
    hashed, listed, ase = (
        json.loads(piece.data) for piece in asset.pieces if piece.role == "atlas"
    )
    labels = [piece.label for piece in asset.pieces if piece.role == "atlas"]
    assert len(set(labels)) == 3
    wanted = [{"x": cell.x, "y": cell.y, "w": cell.width, "h": cell.height} for cell in asset.cells]
    assert [frame["frame"] for frame in hashed["frames"].values()] == wanted
    assert [frame["frame"] for frame in listed["frames"]] == wanted
    assert [frame["frame"] for frame in ase["frames"]] == wanted
    assert [frame["duration"] for frame in ase["frames"]] == [80, 80, 120, 100, 100]
    tags = [(tag["name"], tag["from"], tag["to"]) for tag in ase["meta"]["frameTags"]]
    assert tags == [("walk", 0, 2), ("jump", 3, 4)]
    picture = Image.open(io.BytesIO(asset.pieces[0].data))
    assert picture.size == (ase["meta"]["size"]["w"], ase["meta"]["size"]["h"])
    assert asset.pieces[0].alpha


def test_columns_end_a_shelf_and_rows_still_begin_their_own():
    frames = [Frame(f"{row}_{i}", block(i * 20, width=8), row) for row in "ab" for i in range(5)]
    _, cells = sheet(frames, SheetOptions(columns=2))
    for row in (cells[:5], cells[5:]):
        ys = [cell.y for cell in row]
        assert ys[0] == ys[1] < ys[2] == ys[3] < ys[4]
        assert row[0].x == row[2].x == row[4].x
    loose = [Frame(str(i), block(i * 20)) for i in range(6)]
    _, cells = sheet(loose, SheetOptions(columns=6))
    assert len({cell.y for cell in cells}) == 1
    with pytest.raises(StudioError, match="columns"):
        SheetOptions(columns=-1)


def test_an_animation_has_its_speed_and_may_end():
    frames = [Frame(f"walk_{i}", block(i * 20), "walk", 1000 / 12) for i in range(3)]
    _, cells = sheet(frames)
    assert '"speed": 12.0' in sprite_frames("res://a.png", cells, (4, 7))
    assert '"loop": 0' in sprite_frames("res://a.png", cells, (4, 7), loop=False)
    assert '"loop": false' in sprite_frames("res://a.png", cells, (4, 6), loop=False)
    once = sheet_asset("a", frames, SheetOptions(loop=False), texts=("aseprite",))
    value = json.loads(once.pieces[1].data)
    assert value["meta"]["frameTags"][0]["repeat"] == "1"
    assert {frame["duration"] for frame in value["frames"]} == {83}
    again = json.loads(sheet_asset("a", frames, texts=("aseprite",)).pieces[1].data)
    assert "repeat" not in again["meta"]["frameTags"][0]


def test_rows_of_one_frame_share_their_shelves():
    frames = [Frame(f"pose{i}_0", block(i * 20), f"pose{i}") for i in range(9)]
    pixels, cells = sheet(frames)
    assert 0.5 < pixels.shape[0] / pixels.shape[1] < 2
    assert [cell.row for cell in cells] == [frame.row for frame in frames]
