"""Cutting out: the grey goes out of the edges, the edge is where the picture has it, whatever a network blurred."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter

from studio_app.core.errors import StudioError
from studio_app.export.mattes import check_matte, cut_out, matte
from studio_app.export.planes import bled, largest, smallest

COLOUR = np.array([200, 60, 30])
BACKDROPS = {"black": (0, 0, 0), "white": (255, 255, 255), "magenta": (255, 0, 255)}


def disc(size: int = 64, hole: float = 0.0) -> np.ndarray:
    """Alpha [size, size] of a disc, antialiased; hole: radius of what is cut from its middle, in sizes."""
    ys, xs = np.mgrid[0:size, 0:size] + 0.5
    distance = np.hypot(xs - size / 2, ys - size / 2)
    ring = np.clip(size / 3 - distance + 0.5, 0, 1) * np.clip(distance - hole * size + 0.5, 0, 1)
    return (ring if hole else np.clip(size / 3 - distance + 0.5, 0, 1)).astype(np.float32)


def over(alpha: np.ndarray, backdrop: tuple[int, int, int] = (128, 128, 128)) -> np.ndarray:
    mixed = alpha[..., None] * COLOUR + (1 - alpha[..., None]) * np.array(backdrop)
    return np.rint(mixed).astype(np.uint8)


def blurred(alpha: np.ndarray, radius: float = 3) -> np.ndarray:
    """As a network gives it."""
    image = Image.fromarray(np.rint(alpha * 255).astype(np.uint8))
    soft = np.asarray(image.filter(ImageFilter.GaussianBlur(radius)))
    return (0.02 + 0.96 * soft / 255).astype(np.float32)


def error(pixels: np.ndarray, alpha: np.ndarray) -> float:
    """Mean over the three backdrops of how far the edge is from what it should be, of 255."""
    edge = largest((alpha * (1 - alpha) > 0).astype(np.float32), 2) > 0
    share = pixels[..., 3:] / 255
    found = []
    for backdrop in BACKDROPS.values():
        mixed = pixels[..., :3] * share + (1 - share) * np.array(backdrop)
        found.append(np.abs(mixed - over(alpha, backdrop))[edge].mean())
    return float(np.mean(found))


def test_a_blurred_matte_becomes_as_sharp_as_the_picture():
    alpha = disc()
    pixels = cut_out(over(alpha), blurred(alpha)).rgba()
    raw = np.dstack([over(alpha), np.rint(blurred(alpha) * 255).astype(np.uint8)])
    assert error(pixels, alpha) < 3 < 20 < error(raw, alpha)


def test_no_fringe_shows():
    alpha = disc()
    pixels = cut_out(over(alpha), blurred(alpha)).rgba()
    seen = pixels[..., 3] > 12
    assert np.abs(pixels[..., :3][seen].astype(int) - COLOUR).max() <= 12
    # Beyond the edge too: mipmaps and filtering look there.
    assert np.abs(pixels[..., :3].astype(int) - COLOUR).max() <= 12


def test_a_hole_that_the_network_missed_is_open():
    alpha = disc(hole=0.12)
    pixels = cut_out(over(alpha), blurred(disc())).rgba()
    assert pixels[32, 32, 3] == 0
    assert pixels[32, 16, 3] == 255
    assert error(pixels, alpha) < 4


def test_a_grey_thing_on_grey_keeps_the_networks_matte():
    picture = np.full((64, 64, 3), 128, np.uint8)
    alpha = cut_out(picture, blurred(disc())).alpha
    assert alpha[32, 32] > 0.95
    assert alpha[2, 2] < 0.05


@pytest.mark.parametrize("backdrop", ["black", "white", "slope"])
def test_without_maps_the_thing_is_what_differs_from_the_border(backdrop: str):
    alpha = disc(hole=0.1)
    if backdrop == "slope":
        ground = np.linspace(60, 190, 64)[None, :, None].repeat(64, 0).repeat(3, 2)
        noise = np.random.default_rng(0).normal(0, 2, ground.shape)
        mixed = alpha[..., None] * COLOUR + (1 - alpha[..., None]) * (ground + noise)
        picture = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    else:
        picture = over(alpha, BACKDROPS[backdrop])
    found = cut_out(picture).alpha
    assert np.abs(found - alpha).mean() < 0.02
    assert found[32, 32] < 0.1


def test_a_large_picture_is_cut_as_sharply_as_a_small_one():
    alpha = disc(1500, hole=0.1)
    soft = blurred(alpha, 9)
    pixels = cut_out(over(alpha), soft).rgba()
    assert error(pixels, alpha) < 8
    assert pixels[750, 750, 3] == 0
    with pytest.raises(StudioError, match="too large"):
        cut_out(np.zeros((4097, 4097, 3), np.uint8))


def test_it_is_the_same_every_time():
    alpha = disc()
    first, second = (cut_out(over(alpha), blurred(alpha)).rgba() for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_empty_is_empty_and_full_is_full():
    ends = matte(np.array([[0.0, 0.02, 0.5, 0.98, 1.0]], np.float32))
    assert ends[0, 1] == 0
    assert ends[0, 2] == pytest.approx(0.5)
    assert ends[0, 3] == 1


@pytest.mark.parametrize(
    ("alpha", "said"),
    [
        (np.zeros((4, 4), np.uint8), "Nothing is left"),
        (np.full((4, 4), 255, np.uint8), "no background"),
        (np.zeros((4, 4), np.float32), "Nothing is left"),
        (np.ones((4, 4), np.float32), "no background"),
    ],
)
def test_a_matte_that_cuts_nothing_out_is_refused(alpha: np.ndarray, said: str):
    with pytest.raises(StudioError, match=said):
        check_matte(alpha)
    check_matte((disc() * 255).astype(np.uint8))
    check_matte(disc())


def test_a_picture_of_one_colour_is_refused_not_cut():
    flat = np.full((32, 32, 3), 90, np.uint8)
    with pytest.raises(StudioError):
        check_matte(cut_out(flat).alpha)
    with pytest.raises(StudioError):
        check_matte(cut_out(flat, np.ones((32, 32), np.float32)).alpha)


def test_values_run_on_to_the_nearest():
    values = np.zeros((5, 7, 1), np.float32)
    weight = np.zeros((5, 7), np.float32)
    values[2, 0], values[2, 6] = 0.25, 0.75
    weight[2, 0] = weight[2, 6] = 1
    filled = bled(values, weight)[..., 0]
    assert filled[2, 0] == pytest.approx(0.25)
    assert filled[2, 6] == pytest.approx(0.75)
    assert filled[:4, 0].max() < 0.5 < filled[:4, 6].min()
    assert 0.25 - 1e-6 <= filled.min() <= filled.max() <= 0.75 + 1e-6


def test_where_nothing_is_known_nothing_is_made_up():
    assert bled(np.ones((3, 3, 3), np.float32) * 0, np.zeros((3, 3), np.float32)).max() == 0


def test_growing_and_shrinking():
    dot = np.zeros((7, 9), np.float32)
    dot[3, 4] = 1
    assert largest(dot, 2).sum() == 25
    np.testing.assert_array_equal(smallest(largest(dot, 2), 2), dot)
