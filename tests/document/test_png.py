"""PNGs of our own making, read by somebody else."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from studio_app.document.png import _paeth, png16_bytes, png_bytes


def scene(shape: tuple[int, ...]) -> np.ndarray:
    """Smooth parts, edges and noise."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[: shape[0], : shape[1]]
    base = 120 + 60 * np.sin(x / 9) + 40 * np.cos(y / 7) + 50 * (x > shape[1] // 2)
    base = base.reshape(shape[:2] + (1,) * (len(shape) - 2))
    return np.clip(base + rng.integers(-3, 4, shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("shape", [(40, 30), (1, 1), (33, 50, 3), (20, 64, 4)])
def test_pillow_reads_what_is_written(shape: tuple[int, ...]):
    pixels = scene(shape)
    image = Image.open(io.BytesIO(png_bytes(pixels, {"underpaint": "{ä}", "parameters": "x\ny"})))
    assert isinstance(image, PngImagePlugin.PngImageFile)
    assert image.mode == {2: "L", 3: "RGB" if shape[-1] == 3 else "RGBA"}[len(shape)]
    assert (np.asarray(image) == pixels).all()
    assert image.text == {"underpaint": "{ä}", "parameters": "x\ny"}


def test_sixteen_bits_come_back_to_the_last():
    values = np.random.default_rng(0).random((21, 34))
    image = Image.open(io.BytesIO(png16_bytes(values)))
    assert image.mode == "I;16"
    assert (np.asarray(image) == np.rint(values * 65535)).all()


def test_it_is_as_small_as_pillow_makes_it():
    pixels = scene((256, 256, 3))
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    assert len(png_bytes(pixels)) < 1.05 * len(buffer.getvalue())


def test_what_repeats_and_what_has_grain_are_both_small():
    """Each is deflated in the way that suits it: grain by its bytes' frequencies, drawings by what repeats in them."""
    grain = np.random.default_rng(1).normal(128, 3, (256, 256, 3)).astype(np.uint8)
    drawn = (
        np.random.default_rng(2).integers(0, 4, (16, 16), np.uint8).repeat(16, 0).repeat(16, 1) * 60
    )
    shades = np.tile(
        np.random.default_rng(3).integers(0, 9, (16, 16, 3), np.uint8) * 20, (16, 16, 1)
    )
    for pixels in (grain, drawn, shades, np.zeros((300, 200, 4), np.uint8)):
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        data = png_bytes(pixels)
        assert (np.asarray(Image.open(io.BytesIO(data))) == pixels).all()
        assert len(data) < 1.1 * len(buffer.getvalue()) + 200


def test_a_large_picture_is_filtered_over_the_edges_of_its_bands():
    pixels = scene((700, 500, 3))
    assert (np.asarray(Image.open(io.BytesIO(png_bytes(pixels)))) == pixels).all()


def test_paeth_is_that_of_the_specification():
    a, b, c = (
        np.random.default_rng(seed).integers(0, 256, 50_000).astype(np.uint8) for seed in range(3)
    )
    p = a.astype(int) + b - c
    to_a, to_b, to_c = np.abs(p - a), np.abs(p - b), np.abs(p - c)
    nearest = np.where((to_a <= to_b) & (to_a <= to_c), a, np.where(to_b <= to_c, b, c))
    assert (_paeth(a, b, c) == nearest).all()


def test_what_is_no_picture_is_refused():
    for array in (np.zeros((4, 4, 2), np.uint8), np.zeros((4, 4), np.float32)):
        with pytest.raises(ValueError, match="no PNG"):
            png_bytes(array)  # type: ignore[arg-type]
