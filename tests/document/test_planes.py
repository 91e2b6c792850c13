"""Planes: sparse, shared, and never written into."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio_app.document.coverage import Coverage
from studio_app.document.planes import COVER, RGBA, VALUE, Plane, PlaneKind, tilewise
from studio_app.document.tiles import TILE, Tile

SIZES = [(256, 256), (512, 512), (300, 700), (64, 64), (1, 513)]
KINDS = [VALUE, COVER, RGBA, PlaneKind("uint8", 3, 128)]


def noise(kind: PlaneKind, width: int, height: int, seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    shape = kind.shape(width, height)
    if kind.dtype == "float32":
        return rng.random(shape, np.float32)
    return rng.integers(0, 256, shape, np.uint8)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_what_is_written_is_read(kind: PlaneKind, size: tuple[int, int]):
    pixels = noise(kind, *size)
    plane = Plane.of(kind, pixels.copy())
    assert np.array_equal(plane.whole, pixels)
    width, height = size
    x, y, w, h = width // 3, height // 4, max(width // 2, 1), max(height // 2, 1)
    w, h = min(w, width - x), min(h, height - y)
    part = plane.read(x, y, w, h)
    assert np.array_equal(part, pixels[y : y + h, x : x + w])
    assert part.flags.c_contiguous and not part.flags.writeable


def test_a_blank_plane_of_any_size_has_no_tile():
    plane = Plane(RGBA, 4096, 4096)
    assert plane.blank and not plane.tiles
    assert plane.read(4000, 100, 3, 2).shape == (2, 3, 4)
    assert plane.cut(-100, -100, 4096, 4096).blank
    assert plane.flipped(across=True).blank
    assert plane.write(0, 0, np.zeros((600, 600, 4), np.uint8)) is plane
    assert tilewise(lambda tiles: tiles, plane)[0].blank


def test_an_edit_shares_every_tile_it_did_not_touch():
    plane = Plane.of(VALUE, noise(VALUE, 2048, 2048))
    assert len(plane.tiles) == 64
    after = plane.write(250, 250, np.ones((20, 10), np.float32))
    changed = after.changed(plane)
    assert changed == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert all(after.tiles[p] is plane.tiles[p] for p in plane.tiles if p not in changed)
    one = after.write(300, 10, np.ones((4, 4), np.float32))
    assert one.changed(after) == [(1, 0)]
    assert one.changed(one) == []


def test_writing_what_is_there_changes_nothing():
    plane = Plane.of(COVER, noise(COVER, 512, 512))
    assert plane.write(100, 100, plane.read(100, 100, 300, 300)) is plane


def test_what_is_erased_whole_is_not_kept():
    plane = Plane(COVER, 1024, 1024).write(300, 300, np.full((10, 10), 9, np.uint8))
    assert list(plane.tiles) == [(1, 1)]
    assert plane.write(290, 290, np.zeros((40, 40), np.uint8)).blank


def test_nothing_that_was_read_is_written_into():
    plane = Plane.of(VALUE, np.zeros((256, 256), np.float32) + 0.5)
    before = plane.whole
    assert plane.whole is before  # the tile's own memory
    plane.write(0, 0, np.ones((9, 9), np.float32))
    assert before[0, 0] == 0.5
    with pytest.raises(ValueError, match="read-only"):
        before[0, 0] = 1
    with pytest.raises(ValueError, match="inside"):
        plane.read(-1, 0, 4, 4)


def test_equal_content_has_an_equal_digest_however_it_came_there():
    pixels = noise(RGBA, 600, 400)
    at_once = Plane.of(RGBA, pixels.copy())
    in_parts = Plane(RGBA, 600, 400)
    for x in range(0, 600, 150):
        in_parts = in_parts.write(x, 0, pixels[:, x : x + 150])
    assert in_parts.digest == at_once.digest
    assert at_once.write(5, 5, np.zeros((1, 1, 4), np.uint8)).digest != at_once.digest
    assert Plane(RGBA, 600, 400).digest != Plane(RGBA, 600, 401).digest
    assert Plane(VALUE, 9, 9).digest != Plane(COVER, 9, 9).digest


@given(st.integers(-300, 700), st.integers(-300, 700), st.integers(1, 600), st.integers(1, 600))
@settings(max_examples=30, deadline=None)
def test_a_cut_is_a_window_with_nothing_around(x: int, y: int, width: int, height: int):
    pixels = noise(COVER, 400, 520)
    cut = Plane.of(COVER, pixels.copy()).cut(x, y, width, height)
    around = np.zeros((520 + 2000, 400 + 2000), np.uint8)
    around[1000 : 1000 + 520, 1000 : 1000 + 400] = pixels
    assert np.array_equal(cut.whole, around[1000 + y :, 1000 + x :][:height, :width])


def test_a_larger_canvas_shares_its_tiles():
    plane = Plane.of(COVER, noise(COVER, 512, 512))
    larger = plane.cut(-256, -512, 2048, 2048)
    assert {id(t) for t in larger.tiles.values()} == {id(t) for t in plane.tiles.values()}
    assert larger.cut(256, 512, 512, 512).digest == plane.digest


@pytest.mark.parametrize("across", [True, False])
def test_a_mirror_twice_is_the_same(across: bool):
    plane = Plane.of(RGBA, noise(RGBA, 600, 300))
    once = plane.flipped(across=across)
    assert np.array_equal(once.whole, plane.whole[:, ::-1] if across else plane.whole[::-1])
    assert once.flipped(across=across).digest == plane.digest


def test_what_is_the_same_everywhere_is_one_tile():
    (full,) = tilewise(lambda tiles: [255 - tiles[0]], Plane(COVER, 4096, 4096))
    assert (full.read(4000, 4000, 90, 90) == 255).all()
    assert len({id(tile) for tile in full.tiles.values()}) == 1
    assert tilewise(lambda tiles: [255 - tiles[0]], full)[0].blank


def test_a_packed_tile_is_small_and_the_same():
    pixels = np.zeros((TILE, TILE), np.float32)
    pixels[50:90, 20:200] = 0.7
    tile = Tile(pixels.copy())
    digest, size = Tile(pixels.copy()).digest, tile.nbytes
    tile.pack()
    assert tile.nbytes < size / 50
    assert tile.digest == digest
    assert np.array_equal(tile.pixels, pixels)
    assert not tile.pixels.flags.writeable
    loud = Tile(noise(COVER, TILE, TILE))
    loud.pack()
    assert loud.nbytes == TILE * TILE  # what does not get smaller stays as it is


def test_who_reads_while_it_is_packed_gets_the_pixels():
    pixels = np.zeros((TILE, TILE), np.uint8)
    pixels[3:9] = 7
    tile = Tile(pixels.copy())
    done = threading.Event()

    def pack() -> None:
        while not done.is_set():
            tile.pack()

    packer = threading.Thread(target=pack)
    packer.start()
    try:
        for _ in range(500):
            assert tile.pixels[5, 5] == 7
    finally:
        done.set()
        packer.join()


def test_a_stroke_s_coverage_lies_only_where_it_has_been():
    coverage = Coverage(4096, 4096)
    coverage.lift((250, 250, 12, 12), np.full((12, 12), 0.5, np.float32))
    coverage.lift((255, 255, 2, 2), np.full((2, 2), 0.25, np.float32))
    assert len(coverage._tiles) == 4
    assert (coverage.read((250, 250, 12, 12)) == 0.5).all()
    assert not coverage.read((0, 0, 250, 250)).any()
    coverage.write((250, 250, 12, 12), np.zeros((12, 12), np.float32))
    assert not coverage.read((240, 240, 40, 40)).any()


def test_a_tile_knows_where_it_differs_from_those_that_it_was_made_of():
    plane = Plane(COVER, 300, 300).write(0, 0, np.full((40, 40), 9, np.uint8))
    first = plane.tiles[0, 0]
    one = plane.write(10, 20, np.full((5, 30), 200, np.uint8))
    two = one.write(60, 5, np.full((3, 4), 77, np.uint8))
    last = two.tiles[0, 0]
    assert last.since(one.tiles[0, 0]) == (60, 5, 4, 3)
    assert last.since(first) == (10, 5, 54, 20)
    assert first.since(last) is None and last.since(last) is None
    for step in range(20):
        two = two.write(step, 0, np.full((1, 1), 100 + step, np.uint8))
    assert two.tiles[0, 0].since(first) is None  # too long ago
