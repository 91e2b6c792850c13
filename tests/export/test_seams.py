"""Seams: none where a tile wraps, one where it does not, whatever the picture shows."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter

from studio_app.export.seams import SEEN, Seams, seams_of, tiled


def noise(size: int, seed: int = 0, blur: float = 2) -> np.ndarray:
    """Blurred noise that wraps, uint8 [size, size, 3]."""
    rough = np.random.default_rng(seed).integers(0, 256, (size, size, 3), np.uint8)
    image = Image.fromarray(tiled(rough)).filter(ImageFilter.GaussianBlur(blur))
    middle = np.asarray(image)[size : 2 * size, size : 2 * size].astype(int)
    return np.clip((middle - 128) * 4 + 128, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("blur", [1.0, 2.0, 4.0])
@pytest.mark.parametrize("seed", range(3))
def test_what_wraps_has_no_seam_and_what_was_cut_has_two(seed: int, blur: float):
    whole = noise(96, seed, blur)
    assert seams_of(whole).worst() < SEEN
    cut = whole[:70, :80]
    found = seams_of(cut)
    assert min(found.x, found.y) > SEEN


def test_each_axis_for_itself():
    found = seams_of(noise(96)[:, :80])
    assert found.x > SEEN > found.y
    assert found.worst((False, True)) == found.y
    assert found.worst((False, False)) == 0


def test_a_course_of_bricks_may_end_at_the_border():
    """A hard line across the picture that lies at its border is as those inside."""
    rows = np.repeat(np.array([60, 200, 200, 200, 60, 200, 200, 200], np.uint8), 8)
    wall = np.tile(rows[:, None], (1, 64))
    assert seams_of(wall).worst() < SEEN


def test_a_slight_step_in_a_flat_picture_is_a_seam():
    slope = np.tile(np.linspace(100, 130, 64).astype(np.uint8), (64, 1))
    assert seams_of(slope).x > SEEN
    assert seams_of(np.full((64, 64), 9, np.uint8)) == Seams(0, 0)
    assert seams_of(slope.astype(np.float32) / 255).x == pytest.approx(seams_of(slope).x, rel=1e-3)


def test_three_by_three():
    pixels = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    wall = tiled(pixels)
    assert wall.shape == (6, 6, 3)
    np.testing.assert_array_equal(wall[2:4, 4:6], pixels)
