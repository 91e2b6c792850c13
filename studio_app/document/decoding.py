"""The bytes of one picture, decoded with care.

A size is read from the header and refused before anything is decoded; decoders see only the formats on our list;
whatever they raise becomes a StudioError. A picture far larger than what it is read for is averaged down strip by
strip: beside the decoder's own memory nothing of its size is made.
"""

from __future__ import annotations

import io
import warnings
from typing import Any, cast

import numpy as np
from PIL import Image, ImageOps

from studio_app.core.errors import StudioError
from studio_app.document.png import SIGNATURE, without_texts

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TGA", "TIFF")
MAX_PIXELS = 8192 * 8192
DEEP_MODES = ("I;16", "I;16B", "I;16L", "I;16N", "I", "F")
"""Grey, of more than eight bits."""
_STRIP = 1 << 20
"""Pixels averaged at a time."""
_ORIENTATION = 0x0112


def decoded(
    data: bytes, called: str, fit: tuple[int, int] | None = None
) -> tuple[Image.Image, tuple[int, int]]:
    """The first picture in a file's bytes, turned as its EXIF says, and its own (width, height).

    fit: as `pictures.open_picture`. StudioError, naming `called`, where it is broken or too large.
    """
    if data.startswith(SIGNATURE):
        data = without_texts(data, called)  # a 50 kB chunk can hold 50 MB of text
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=FORMATS)
        size = image.size
        if size[0] * size[1] > MAX_PIXELS:
            raise Image.DecompressionBombError(f"{size[0]}x{size[1]}")
        if fit is not None:
            image.draft(
                image.mode, (2 * max(fit), 2 * max(fit))
            )  # a JPEG decodes to a part of its size
        image.load()
        turned = _turned_size(image, size)
        return ImageOps.exif_transpose(averaged(image, fit)), turned
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise too_large(called) from None
    except Exception as error:  # decoders raise whatever a broken file makes them raise
        raise StudioError(
            f"Can't read the picture {called}",
            f"it is not a whole {', '.join(FORMATS)}, PSD or ORA file",
            "Save it again, as PNG.",
        ) from error


def too_large(called: str) -> StudioError:
    return StudioError(
        f"{called} is too large",
        "pictures have at most 8192x8192 pixels",
        "Make it smaller.",
    )


def averaged(image: Image.Image, fit: tuple[int, int] | None) -> Image.Image:
    """The picture by a whole factor smaller, where it is more than four times what it will be brought to."""
    factor = 1 if fit is None else min(image.size) // (2 * max(fit))
    if factor < 2:
        return image
    width, height = -(-image.width // factor), -(-image.height // factor)
    if image.mode in DEEP_MODES:
        return _averaged_deep(image, factor, width, height)
    plain = image.mode in ("1", "L") and not is_transparent(image)
    mode = "L" if plain else "RGBA" if is_transparent(image) else "RGB"
    out = Image.new(mode, (width, height))
    for top, rows in _strips(image, factor):
        strip = image.crop((0, top, image.width, top + rows)).convert(mode)
        out.paste(strip.reduce(factor), (0, top // factor))
    return _turned_as(out, image)


def is_transparent(image: Image.Image) -> bool:
    return "A" in image.getbands() or "transparency" in cast("dict[str, Any]", image.info)


def _turned_size(image: Image.Image, size: tuple[int, int]) -> tuple[int, int]:
    sideways = image.getexif().get(_ORIENTATION) in (5, 6, 7, 8)
    return (size[1], size[0]) if sideways else size


def _averaged_deep(image: Image.Image, factor: int, width: int, height: int) -> Image.Image:
    scale = 1.0 if image.mode == "F" else 65535.0
    out = np.empty((height, width), np.float32)
    for top, rows in _strips(image, factor):
        strip = np.asarray(image.crop((0, top, image.width, top + rows))).astype(np.float32) / scale
        ready = Image.fromarray(strip).reduce(factor)
        out[top // factor : top // factor + ready.height] = np.asarray(ready)
    return _turned_as(Image.fromarray(out), image)


def _turned_as(image: Image.Image, other: Image.Image) -> Image.Image:
    exif = Image.Exif()
    exif[_ORIENTATION] = other.getexif().get(_ORIENTATION, 1)
    image.info["exif"] = exif.tobytes()
    return image


def _strips(image: Image.Image, factor: int) -> list[tuple[int, int]]:
    """(top, rows) of strips of whole multiples of `factor`, of about a million pixels."""
    step = factor * max(1, _STRIP // (image.width * factor))
    return [(top, min(step, image.height - top)) for top in range(0, image.height, step)]
