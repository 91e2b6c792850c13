"""Normals of depth against those of the caster, and edges of pictures against what was drawn."""

from __future__ import annotations

import numpy as np
import pytest

from studio_app.document.brushes import Brush
from studio_app.document.contents.depth import Depth
from studio_app.document.edges import edges_of
from studio_app.document.marks import Gradient, marked
from studio_app.document.normals import normals_of, picture_of
from studio_app.document.solids import Solid
from studio_app.scene.camera import Camera
from studio_app.scene.cast import cast
from studio_app.scene.primitives import Primitive
from studio_app.scene.transform import rotate, scale, translate

SIDE = 160
LENS = Camera(eye=(0, 0.6, 3), target=(0, 0.4, 0))


def degrees(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.degrees(np.arccos((one * other).sum(-1).clip(-1, 1)))


def inner(mask: np.ndarray) -> np.ndarray:
    """Without the pixels at an edge."""
    kept = mask.copy()
    for axis in (0, 1):
        for step in (-1, 1):
            kept &= np.roll(mask, step, axis)
    return kept


@pytest.mark.parametrize("side", [SIDE, 2 * SIDE])
def test_the_normals_of_what_a_scene_sees_are_those_that_it_casts(side: int):
    scene = [
        Primitive("sphere", (), translate(-0.5, 0.5, 0) @ scale(0.35), part=1),
        Primitive("box", (), translate(0.5, 0.4, -0.3) @ rotate("y", 35) @ scale(0.3), part=2),
        Primitive("box", (), translate(0, -0.05, 0) @ scale(4, 0.05, 4), part=3),
    ]
    seen = cast(scene, LENS, (side, side))
    found = normals_of(seen.depth.astype(np.float32))
    assert np.allclose(np.linalg.norm(found, axis=-1), 1, atol=1e-5)
    for part, most in ((1, 3.0), (2, 2.0), (3, 2.0)):
        inside = inner(seen.parts == part)
        assert inside.sum() > 200
        assert np.median(degrees(found, seen.normals)[inside]) < most / 2
        assert np.mean(degrees(found, seen.normals)[inside]) < most
    assert (found[seen.parts == 0] == (0, 0, 1)).all()


def test_a_plane_that_was_dragged_has_one_normal_and_a_ball_faces_all_ways():
    size = 256, 256
    floor, _ = marked(
        Depth.blank(*size), Gradient((128, 256), (128, 64), (0.5,), (0.02,)), Brush(), size
    )
    assert isinstance(floor, Depth)
    found = normals_of(floor.value.whole)[80:240]
    assert degrees(found, found[80, 128]).max() < 0.5
    assert found[..., 1].min() > 0.5 and abs(found[..., 0].mean()) < 1e-3
    ball, _ = marked(
        Depth.blank(*size), Solid("sphere", (96, 96), (160, 160), 0.8, 256), Brush(), size
    )
    assert isinstance(ball, Depth)
    found = normals_of(ball.value.whole, ball.known.whole)
    for (x, y), way in (((150, 128), (1, 0)), ((106, 128), (-1, 0)), ((128, 106), (0, 1))):
        assert found[y, x, :2] @ way > 0.5
    assert degrees(found[128, 128], np.array((0, 0, 1.0))) < 3


def test_depth_of_256_levels_has_the_normals_of_the_surface_and_not_of_its_steps():
    scene = [
        Primitive("sphere", (), translate(-0.2, 0.5, 0) @ scale(0.45), part=1),
        Primitive("box", (), translate(0, -0.05, 0) @ scale(4, 0.05, 4), part=2),
    ]
    seen = cast(scene, Camera(eye=(0, 0.6, 3), target=(0, 0.4, 0), near=1, far=1000), (256, 256))
    levels = np.rint(seen.depth * 255).astype(np.float32) / 255
    ball = degrees(normals_of(levels), seen.normals)[inner(seen.parts == 1)]
    floor = degrees(normals_of(levels), seen.normals)[160:][inner(seen.parts == 2)[160:]]
    assert np.median(ball) < 8 and np.median(floor) < 3


def test_what_is_unknown_faces_the_viewer_and_a_picture_of_it_is_a_normal_map():
    value = np.tile(np.linspace(0.2, 0.8, 64, dtype=np.float32), (64, 1))
    known = np.full((64, 64), 255, np.uint8)
    known[:, 32:] = 0
    found = normals_of(value, known)
    assert (found[:, 32:] == (0, 0, 1)).all()
    assert found[32, 10, 0] < -0.5  # what comes nearer to the right faces left
    assert picture_of(found)[0, 40].tolist() == [128, 128, 255]


def test_edges_are_a_pixel_wide_and_lie_where_things_end():
    rgb = np.full((80, 80, 3), 30, np.uint8)
    rgb[20:60, 20:60] = (220, 200, 180)
    lines = edges_of(rgb)
    assert set(np.unique(lines)) == {0, 255}
    for row in (lines[40], lines[:, 40]):
        at = np.flatnonzero(row)
        assert len(at) == 2 and abs(at[0] - 19.5) <= 1 and abs(at[1] - 59.5) <= 1
    assert not lines[:15].any() and not lines[25:55, 25:55].any()


def test_a_weak_edge_counts_where_it_goes_on_from_a_strong_one():
    rgb = np.zeros((60, 120, 3), np.uint8)
    rgb[30:] = np.linspace(160, 34, 120).astype(np.uint8)[None, :, None]
    rgb[10:20, 5:9] = 20  # as weak, and alone
    lines = edges_of(rgb, 60, 400)
    assert lines[28:32].any(0).all()
    assert not lines[:24].any()
    assert not edges_of(np.full((16, 16, 3), 90, np.uint8)).any()
