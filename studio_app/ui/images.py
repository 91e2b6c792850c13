"""The one place where an array becomes a QImage, and a QImage an array."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

_FORMATS = {
    4: QImage.Format.Format_ARGB32_Premultiplied,
    3: QImage.Format.Format_RGB888,
    1: QImage.Format.Format_Grayscale8,
}


def to_qimage(pixels: NDArray[Any]) -> QImage:
    """A QImage over the array's own memory, without a copy; the image keeps the array alive.

    pixels: uint8, C-contiguous and read-only: [H, W, 4] as B, G, R, A premultiplied (a Frame's), [H, W, 3]
    as R, G, B, or [H, W] grey. Raises ValueError for anything else: Qt would read past the end of a buffer
    that is too small, and an array that is written later changes a picture that is on screen.
    """
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or not pixels.flags.c_contiguous:
        raise ValueError(f"pixels must be contiguous uint8, not {pixels.dtype} {pixels.shape}")
    if pixels.flags.writeable:
        raise ValueError("pixels must be read-only")
    height, width = pixels.shape[:2]
    planes = pixels.shape[2] if pixels.ndim == 3 else 1
    if planes not in _FORMATS or (pixels.ndim == 3 and planes == 1) or not height or not width:
        raise ValueError(f"pixels can't be of the shape {pixels.shape}")
    # The array itself, not its memoryview: PySide keeps the one alive with the image, not the other.
    memory: Any = pixels
    return QImage(memory, width, height, width * planes, _FORMATS[planes])


def clear_qimage(width: int, height: int) -> QImage:
    """A transparent one to paint on. The system gives a page of it only where something is painted: filled by hand, one
    of 4096x4096 takes 25 ms."""
    memory: Any = np.zeros((height, width, 4), np.uint8)
    return QImage(memory, width, height, width * 4, QImage.Format.Format_ARGB32_Premultiplied)


def pixels_of(image: QImage) -> NDArray[np.uint8]:
    """uint8 [H, W, 4] B, G, R, A premultiplied of an image, as a Frame's; read-only."""
    whole = image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    rows = np.frombuffer(whole.constBits(), np.uint8).reshape(whole.height(), -1)
    pixels = rows[:, : whole.width() * 4].reshape(whole.height(), whole.width(), 4).copy()
    pixels.flags.writeable = False
    return pixels


def straight(image: QImage) -> NDArray[np.uint8]:
    """uint8 [H, W, 4] R, G, B and straight alpha of an image."""
    pixels = pixels_of(image)
    alpha = pixels[:, :, 3:].astype(np.float32)
    scale = np.divide(255.0, alpha, out=np.zeros_like(alpha), where=alpha > 0)
    rgb = np.rint(pixels[:, :, 2::-1] * scale).clip(0, 255).astype(np.uint8)
    return np.dstack([rgb, pixels[:, :, 3]])
