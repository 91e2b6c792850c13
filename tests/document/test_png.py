"""PNGs of our own making, read by somebody else."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from studio_app.document.png import png16_bytes, png_bytes


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


def test_what_is_no_picture_is_refused():
    for array in (np.zeros((4, 4, 2), np.uint8), np.zeros((4, 4), np.float32)):
        with pytest.raises(ValueError, match="no PNG"):
            png_bytes(array)  # type: ignore[arg-type]
