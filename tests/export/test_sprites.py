"""Sprites as an engine gets them: trimmed, padded, pinned, without a fringe."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio_app.core.errors import StudioError
from studio_app.export.palettes import chosen, nearest, read_palette
from studio_app.export.pixel_art import PixelArt, pixelated, with_palette
from studio_app.export.sprites import SpriteOptions, finished, sprite_asset, sprite_of


def cutout() -> np.ndarray:
    """uint8 [40, 60, 4]: a red block of 10x20 pixels at (30, 5), on green nobody sees."""
    pixels = np.zeros((40, 60, 4), np.uint8)
    pixels[..., 1] = 255
    pixels[5:25, 30:40] = [220, 30, 20, 255]
    return pixels


def test_it_is_trimmed_and_padded():
    sprite = finished(cutout(), SpriteOptions(padding=3))
    assert sprite.pixels.shape == (26, 16, 4)
    assert (sprite.pixels[3:-3, 3:-3, 3] == 255).all()
    assert sprite.pixels[..., 3].sum() == 10 * 20 * 255
    assert sprite.source == (60, 40, 27, 2)
    # No green is left: what is transparent has the colour of what is beside it.
    assert (sprite.pixels[..., :3] == [220, 30, 20]).all()


def test_untrimmed_it_is_where_it_was():
    sprite = finished(cutout(), SpriteOptions(trim=False, padding=0))
    np.testing.assert_array_equal(sprite.pixels[..., 3], cutout()[..., 3])
    assert sprite.source == (60, 40, 0, 0)


@pytest.mark.parametrize(
    ("pivot", "place"),
    [("centre", (35, 15)), ("bottom", (35, 25)), ((0.5, 0.25), (30, 10))],
)
@pytest.mark.parametrize("power", [False, True])
@pytest.mark.parametrize("trim", [False, True])
@pytest.mark.parametrize("scale", [1, 2])
def test_the_pivot_is_the_same_place_whatever_is_cut_away(
    pivot: object, place: tuple[int, int], power: bool, trim: bool, scale: int
):
    options = SpriteOptions(trim, 2, power, pivot, scale)  # pyright: ignore[reportArgumentType]
    sprite = finished(cutout(), options)
    height, width = sprite.pixels.shape[:2]
    found = (
        (sprite.pivot[0] * width + sprite.source[2]) / scale,
        (sprite.pivot[1] * height + sprite.source[3]) / scale,
    )
    # Lanczos may ring a pixel beyond the block.
    assert found == pytest.approx(place, abs=0.01 if scale == 1 else 1.6)
    if power:
        assert {side & (side - 1) for side in (width, height)} == {0}


def test_nothing_to_see_is_refused():
    empty = cutout()
    empty[..., 3] = 2  # nobody sees that
    with pytest.raises(StudioError, match="Nothing is left"):
        finished(empty, SpriteOptions())
    with pytest.raises(StudioError):
        SpriteOptions(padding=-1)
    with pytest.raises(StudioError):
        SpriteOptions(pivot=(float("nan"), 0))


def test_a_lit_sprite_has_normals_of_its_size():
    alpha = np.zeros((64, 64), np.float32)
    alpha[16:48, 20:40] = 1
    rgb = np.full((64, 64, 3), 128, np.uint8)
    rgb[16:48, 20:40] = [20, 90, 230]
    up = np.zeros((64, 64, 3), np.float32)
    up[:] = [0, 0.6, 0.8]
    sprite = sprite_of(rgb, alpha, SpriteOptions(scale=2), up)
    asset = sprite_asset("A potion", sprite, normal_y="-")
    colour, normal = asset.pieces
    assert (asset.kind, colour.role, normal.role) == ("sprite", "colour", "normal")
    assert colour.size == normal.size
    assert (colour.srgb, normal.srgb, normal.normal_y) == (True, False, "-")
    pixels = np.asarray(Image.open(io.BytesIO(normal.data)))
    middle = pixels[pixels.shape[0] // 2, pixels.shape[1] // 2]
    assert np.abs(middle.astype(int) - [128, 51, 230]).max() <= 1
    assert np.abs(pixels[0, 0].astype(int) - [128, 128, 255]).max() <= 1


def test_pixel_art_has_its_grid_its_colours_and_hard_edges():
    ys, xs = np.mgrid[0:128, 0:128]
    pixels = np.dstack([xs * 2, ys * 2, 255 - xs, np.zeros_like(xs)]).astype(np.uint8)
    pixels[..., 3] = np.clip((50 - np.hypot(xs - 64, ys - 64)) * 50 + 128, 0, 255)
    art = PixelArt(grid=32, colours=8)
    sprite = finished(pixels, SpriteOptions(pixel_art=art, padding=0, trim=False))
    assert sprite.pixels.shape == (32, 32, 4)
    seen = sprite.pixels[sprite.pixels[..., 3] > 0]
    assert set(np.unique(sprite.pixels[..., 3])) == {0, 255}
    assert 4 < len(np.unique(seen[:, :3], axis=0)) <= 8
    large = finished(pixels, SpriteOptions(pixel_art=art, padding=0, trim=False, scale=4))
    np.testing.assert_array_equal(large.pixels[::4, ::4], sprite.pixels)
    named = PixelArt(grid=32, palette=((0, 0, 0), (255, 255, 255)))
    two = finished(pixels, SpriteOptions(pixel_art=named, trim=False)).pixels
    assert set(np.unique(two[two[..., 3] > 0][:, :3])) == {0, 255}
    assert sprite_asset("x", sprite, SpriteOptions(pixel_art=art)).pixel_art


def test_frames_share_a_palette():
    frames = [cutout(), cutout()]
    frames[1][..., :3] = frames[1][..., 2::-1]
    art = with_palette(frames, PixelArt(grid=32, colours=4))
    assert art.palette is not None
    assert set(art.palette) == {(220, 30, 20), (20, 30, 220)}
    assert with_palette(frames, art) == art
    seen = pixelated(frames[1], art)
    assert set(map(tuple, seen[seen[..., 3] > 0][:, :3].tolist())) <= set(art.palette)


def test_a_palette_is_chosen_for_what_is_there():
    table = np.array([[200, 0, 0]] * 90 + [[0, 200, 0]] * 9 + [[0, 0, 200]], np.uint8)
    assert set(chosen(table, 3)) == {(200, 0, 0), (0, 200, 0), (0, 0, 200)}
    noisy = np.clip(table + np.random.default_rng(0).integers(0, 9, table.shape), 0, 255)
    assert len(chosen(noisy.astype(np.uint8), 3)) == 3
    found = nearest(np.array([[190, 20, 10]], np.uint8), ((0, 0, 255), (200, 0, 0)))
    assert found.tolist() == [[200, 0, 0]]


WANTED = ((255, 136, 0), (1, 2, 3))
RIFF = (
    b"RIFF\x18\0\0\0PAL data\x0c\0\0\0\0\x03\x02\0" + bytes([255, 136, 0, 0]) + bytes([1, 2, 3, 0])
)
FILES: dict[str, bytes] = {
    "a.gpl": b"GIMP Palette\nName: x\nColumns: 2\n# a\n255 136   0\tOrange\n  1   2   3\n",
    "a.hex": b"\xef\xbb\xbfff8800\r\n#010203\n\n",
    "jasc.pal": b"JASC-PAL\r\n0100\r\n2\r\n255 136 0\r\n1 2 3\r\n",
    "riff.pal": RIFF,
}


@pytest.mark.parametrize("name", FILES)
def test_palette_files_are_read(tmp_path: Path, name: str):
    (tmp_path / name).write_bytes(FILES[name])
    assert read_palette(tmp_path / name) == WANTED


def test_a_picture_of_swatches_is_a_palette(tmp_path: Path):
    swatches = np.array([[WANTED[0], WANTED[0], WANTED[1]]], np.uint8)
    Image.fromarray(swatches).save(tmp_path / "a.png")
    assert read_palette(tmp_path / "a.png") == WANTED


HOSTILE: dict[str, bytes] = {
    "empty.gpl": b"",
    "none.gpl": b"GIMP Palette\n",
    "high.gpl": b"GIMP Palette\n999 0 0\n",
    "many.hex": b"".join(b"%06x\n" % i for i in range(300)),
    "word.hex": b"red\n",
    "short.pal": b"JASC-PAL\n0100\n9\n1 2 3\n",
    "text.pal": b"JASC-PAL\n0100\n1\n1 2\n",
    "cut.pal": RIFF[:26],
    "count.pal": RIFF[:22] + b"\xff\xff" + RIFF[24:],
    "latin.hex": b"\xff\xfe\xff",
    "no.txt": b"ff8800",
    "broken.png": b"\x89PNG\r\n\x1a\n" + b"\0" * 30,
    "long.hex": b"ff8800\n" * 200_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_palette_is_said_to_be_none(tmp_path: Path, name: str):
    (tmp_path / name).write_bytes(HOSTILE[name])
    with pytest.raises(StudioError):
        read_palette(tmp_path / name)


def test_a_huge_picture_is_no_palette(tmp_path: Path):
    Image.new("L", (4000, 4000)).save(tmp_path / "bomb.png")
    with pytest.raises(StudioError, match="too large"):
        read_palette(tmp_path / "bomb.png")
