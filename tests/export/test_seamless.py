"""Textures made seamless: the border meets itself, the cut is not seen, and all maps were cut at one place."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from PIL import Image

from studio_app.core.maps import Maps
from studio_app.core.request import GenerationRequest
from studio_app.export.making import Shot, make_asset
from studio_app.export.occlusion import slopes
from studio_app.export.origin import Origin
from studio_app.export.pictures import as_uint8
from studio_app.export.pieces import Wants
from studio_app.export.seamless import made_seamless
from studio_app.export.seams import SEEN, cut_score, seams_of, tiled
from studio_app.export.settings import ExportSettings

WIDTH = 0.08
"""Height of white over black, in widths."""


def maps_of(height: np.ndarray, colour: np.ndarray | None = None) -> Maps:
    """A surface of this height [H, W], 0..1, whose normals are its slopes'."""
    plane = height.astype(np.float32)
    right, up = (slope * WIDTH for slope in slopes(plane, (False, False)))
    normal = np.dstack([-right, -up, np.ones_like(right)])
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    shown = np.dstack([plane, plane * 0.5, 1 - plane]) if colour is None else colour
    return Maps(np.ones_like(plane), plane, normal, shown, 1 - plane, plane * 0)


def clouds(size: int, seed: int, blur: int = 2) -> np.ndarray:
    """Soft noise [size, size], 0..1, that does not wrap."""
    soft = np.random.default_rng(seed).random((size + 64, size + 64)).astype(np.float32)
    for _ in range(2):
        for axis in (0, 1):
            soft = np.mean([np.roll(soft, i, axis) for i in range(-blur, blur + 1)], axis=0)
    cut = soft[32:-32, 32:-32]
    return ((cut - cut.min()) / (cut.max() - cut.min())).astype(np.float32)


def bricks(height: int, width: int, course: int = 20, brick: int = 44) -> np.ndarray:
    """A wall [height, width] of whole bricks that does not end at a whole one."""
    ys, xs = np.mgrid[0:height, 0:width]
    shifted = xs + (ys // course % 2) * (brick // 2)
    joint = (ys % course < 3) | (shifted % brick < 3)
    return np.where(joint, 0.2, 0.8).astype(np.float32)


@pytest.mark.parametrize("seed", range(4))
def test_what_was_cut_anywhere_meets_itself_and_shows_no_cut(seed: int):
    maps = maps_of(clouds(128, seed))
    joined = made_seamless(maps)
    assert joined.before.worst() > SEEN
    assert joined.after.worst() < SEEN
    assert joined.maps.alpha.shape == (128, 128)
    for name in ("albedo", "depth", "roughness", "normal"):
        assert seams_of(getattr(joined.maps, name)).worst() < SEEN, name


def test_light_that_drifts_over_the_picture_is_no_step():
    drift = np.linspace(0.5, 1, 128, dtype=np.float32)[None, :] * clouds(128, 5, 2)
    joined = made_seamless(maps_of(drift))
    assert joined.before.x > 3
    assert joined.after.worst() < SEEN
    columns = joined.maps.depth.mean(0)
    assert columns.max() - columns.min() < 0.2  # nor is it there and turns back


def test_a_wall_keeps_whole_bricks():
    """132 is three bricks, 120 three pairs of courses: what is left of 150x140 repeats exactly."""
    wall = bricks(140, 150)
    maps = made_seamless(maps_of(wall)).maps
    assert np.abs(maps.depth - _grown(bricks(120, 132), (150, 140))).mean() < 0.02


def test_all_maps_are_cut_at_one_place():
    """Ids of places, written into the maps: wherever one came from, all did."""
    ys, xs = np.mgrid[0:96, 0:96] / np.float32(95)
    noise = clouds(96, 1, 1)
    colour = np.dstack([noise, xs, ys]).astype(np.float32)
    plain = maps_of(noise, colour)
    values = {item.name: getattr(plain, item.name) for item in fields(Maps)}
    values |= {"roughness": xs, "metallic": ys, "depth": noise}
    maps = made_seamless(Maps(**values)).maps
    np.testing.assert_allclose(maps.roughness, maps.albedo[..., 1], atol=1e-5)
    np.testing.assert_allclose(maps.metallic, maps.albedo[..., 2], atol=1e-5)
    np.testing.assert_allclose(maps.depth, maps.albedo[..., 0], atol=1e-5)


def test_normals_are_still_those_of_the_height():
    """Though the picture was drawn out, by another factor on each axis."""
    plane = np.zeros((150, 160), np.float32)
    ys, xs = np.mgrid[0:150, 0:160]
    plane += 0.5 + 0.25 * np.sin(2 * np.pi * xs / 43) + 0.25 * np.sin(2 * np.pi * ys / 37)
    maps = made_seamless(maps_of(plane)).maps
    np.testing.assert_allclose(np.linalg.norm(maps.normal, axis=2), 1, atol=1e-5)
    right, up = slopes(maps.depth, (True, True))
    asked = -maps.normal[..., :2] / maps.normal[..., 2:]
    scale = [
        float((asked[..., i] * s).sum() / np.square(s).sum()) for i, s in enumerate((right, up))
    ]
    assert scale[0] == pytest.approx(scale[1], rel=0.05)
    for i, slope in enumerate((right, up)):
        assert np.corrcoef(asked[..., i].ravel(), slope.ravel())[0, 1] > 0.98


def test_an_axis_that_wraps_is_left_alone():
    plane = tiled(clouds(64, 3), 1)
    ramp = (1.5 + np.cos(np.arange(96) * 2 * np.pi / 96)).astype(np.float32) / 2.5
    maps = maps_of(ramp[None, :] * (0.2 + 0.8 * clouds(96, 3)[:, :1]))
    joined = made_seamless(maps, (True, False))
    assert joined.after.worst() < SEEN
    # Each row is still the ramp: nothing moved along x.
    rows = joined.maps.depth / joined.maps.depth.max(1, keepdims=True)
    assert np.abs(rows - rows.mean(0)).max() < 0.03
    whole = maps_of(plane)
    assert made_seamless(whole, (True, True)).maps is whole


def test_it_is_the_same_every_time():
    maps = maps_of(clouds(80, 7))
    first, again = made_seamless(maps).maps, made_seamless(maps).maps
    for item in fields(Maps):
        np.testing.assert_array_equal(getattr(first, item.name), getattr(again, item.name))


def test_a_cut_that_is_seen_scores_as_a_seam_does():
    values = clouds(96, 2, 3)[..., None].repeat(3, 2)
    path = 40 + (np.arange(96) // 8 % 5)
    assert cut_score(values, path) < SEEN
    torn = np.where(
        np.arange(96)[None, :, None] < path[:, None, None], values, np.roll(values, 31, 0)
    )
    assert cut_score(torn.astype(np.float32), path) > SEEN


@pytest.mark.parametrize("tile", [(False, False), (True, False)])
def test_a_texture_set_can_be_made_seamless(tile: tuple[bool, bool]):
    shot = Shot(
        as_uint8(np.zeros((128, 128, 3), np.float32)),
        Origin(GenerationRequest(prompt="old bricks", kind="texture", tile=tile, width=128, height=128)),
        maps_of(clouds(128, 9)),
    )  # fmt: skip
    plain = make_asset(ExportSettings(kind="texture"), [shot], Wants())
    assert plain.tiles == tile and len(plain.seams) == 1
    made = make_asset(ExportSettings(kind="texture", seamless=True), [shot], Wants())
    before, after = made.seams
    assert made.tiles == (True, True)
    assert before == plain.seams[0]
    assert before.y > SEEN > after.y
    assert [piece.role for piece in made.pieces] == [piece.role for piece in plain.pieces]
    assert made.pieces[0].size == plain.pieces[0].size


def _grown(plane: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    around = np.pad(plane, 8, mode="wrap")
    box = (8, 8, 8 + plane.shape[1], 8 + plane.shape[0])
    grown = Image.fromarray(around).resize(size, Image.Resampling.LANCZOS, box)
    return np.clip(np.asarray(grown), 0, 1)
