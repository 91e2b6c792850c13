"""An array becomes a QImage in one place: without a copy, and never a wrong one."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from PySide6.QtGui import QColor, QPainter

from studio_app.ui.images import clear_qimage, pixels_of, to_qimage


def sealed(shape: tuple[int, ...], value: int = 0) -> np.ndarray:
    pixels = np.full(shape, value, np.uint8)
    pixels.flags.writeable = False
    return pixels


def test_channels_are_where_qt_looks_for_them():
    bgra = np.zeros((2, 3, 4), np.uint8)
    bgra[1, 2] = (10, 20, 30, 255)
    bgra.flags.writeable = False
    colour = to_qimage(bgra).pixelColor(2, 1)
    assert (colour.red(), colour.green(), colour.blue()) == (30, 20, 10)
    rgb = np.zeros((2, 5, 3), np.uint8)
    rgb[1, 4] = (30, 20, 10)
    rgb.flags.writeable = False
    colour = to_qimage(rgb).pixelColor(4, 1)
    assert (colour.red(), colour.green(), colour.blue()) == (30, 20, 10)
    assert to_qimage(sealed((3, 5), 77)).pixelColor(4, 2).red() == 77


def test_the_image_keeps_the_array_alive():
    image = to_qimage(sealed((64, 64, 3), 200))
    gc.collect()
    np.full((64, 64, 3), 3, np.uint8)
    assert image.pixelColor(63, 63).red() == 200


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((2, 2, 4), np.uint8),
        sealed((4, 4, 4))[:, ::2],
        sealed((4, 4, 2)),
        sealed((0, 4)),
        sealed((4,)),
        sealed((4, 4)).astype(np.float32),
    ],
    ids=["writable", "strided", "two planes", "empty", "a line", "float"],
)
def test_anything_else_is_refused(pixels: np.ndarray):
    if pixels.dtype == np.float32:
        pixels.flags.writeable = False
    with pytest.raises(ValueError, match="pixels"):
        to_qimage(pixels)


def test_a_clear_image_is_painted_on_where_it_lies():
    image = clear_qimage(300, 200)
    assert image.pixelColor(299, 199).alpha() == 0
    with QPainter(image) as painter:
        painter.fillRect(10, 10, 20, 20, QColor(255, 0, 0))
    assert image.pixelColor(15, 15) == QColor(255, 0, 0) and image.pixelColor(50, 50).alpha() == 0
    assert pixels_of(image)[15, 15].tolist() == [0, 0, 255, 255]
