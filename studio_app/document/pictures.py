"""Pictures from files, drops and the clipboard, which nobody vouches for.

A size is read from the header and refused before anything is decoded; decoders see only the formats on our
list; whatever they raise becomes a StudioError. A picture far larger than what it is read for is averaged down
strip by strip: beside the decoder's own memory nothing of its size is made. None of it belongs in the window's
thread: an 8192x8192 PNG of 300 kB takes a second.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from studio_app.core.errors import StudioError
from studio_app.core.files import write_bytes_atomic
from studio_app.core.reading import read_bytes
from studio_app.document.png import SIGNATURE, png_bytes, texts_of, without_texts

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TGA", "TIFF")
MAX_PIXELS = 8192 * 8192
_DEEP_MODES = ("I;16", "I;16B", "I;16L", "I;16N", "I", "F")
_STRIP = 1 << 20
"""Pixels averaged at a time."""
_ORIENTATION = 0x0112

Plane = NDArray[np.float32]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class DecodedPicture:
    """A decoded picture, upright. size: its own (width, height), before it was averaged down for `fit`.

    Sixteen bits and floats (0..1) are as good as eight: white is white in all of them.
    """

    name: str
    size: tuple[int, int]
    _image: Image.Image = field(repr=False)

    def rgba(self) -> Pixels:
        """uint8 [H, W, 4], straight alpha."""
        if self._image.mode not in _DEEP_MODES:
            return np.array(self._image.convert("RGBA"))
        grey = np.rint(self._deep() * 255).astype(np.uint8)
        return np.dstack([grey, grey, grey, self._deep_alpha()])

    def rgb(self) -> Pixels:
        """uint8 [H, W, 3]; what is transparent lies over mid grey, as the isolated assets do."""
        rgba = self.rgba()
        alpha = rgba[:, :, 3:].astype(np.uint16)
        mixed = (rgba[:, :, :3] * alpha + 128 * (255 - alpha) + 127) // 255
        return mixed.astype(np.uint8)

    def mask(self) -> Pixels:
        """uint8 [H, W]: 255 where the picture is white and opaque."""
        rgba = self.rgba()
        grey = np.array(Image.fromarray(rgba).convert("L")).astype(np.uint16)
        return ((grey * rgba[:, :, 3] + 127) // 255).astype(np.uint8)

    def depth(self) -> tuple[Plane, Pixels | None]:
        """(value, known): float32 [H, W] 0..1 (1 = near, 0 = background) and uint8 [H, W], or None for all known.

        Grey or colour; only a picture with transparency has unknown parts: where its alpha is 0.
        """
        image = self._image
        if image.mode in _DEEP_MODES:
            alpha = self._deep_alpha()
            return self._deep(), alpha if (alpha < 255).any() else None
        if not _is_transparent(image):
            return np.asarray(image.convert("L")).astype(np.float32) / np.float32(255), None
        rgba = image.convert("RGBA")
        alpha = np.array(rgba.getchannel("A"))
        value = np.array(rgba.convert("L")).astype(np.float32) / np.float32(255)
        return value, alpha if (alpha < 255).any() else None

    def _deep(self) -> Plane:
        """float32 [H, W] 0..1 of a grey picture of more than eight bits."""
        values = np.asarray(self._image).astype(np.float32)
        if self._image.mode != "F":
            values = values / np.float32(65535)
        if not (values.min() >= 0 and values.max() <= 1):  # NaN fails too
            raise StudioError(
                f"Can't tell black and white of {self.name}",
                "it has values outside 0 to 1 (or to 65535)",
                "Save it again, as a PNG of 8 or 16 bits.",
            )
        return values

    def _deep_alpha(self) -> Pixels:
        height, width = self._image.height, self._image.width
        clear: object = cast("dict[str, Any]", self._image.info).get("transparency")
        if not isinstance(clear, int):
            return np.full((height, width), 255, np.uint8)
        return np.where(np.asarray(self._image) == clear, 0, 255).astype(np.uint8)


def picture_of(rgba: Pixels, name: str) -> DecodedPicture:
    """Pixels that are decoded already: uint8 [H, W, 4], straight alpha."""
    return DecodedPicture(name, (rgba.shape[1], rgba.shape[0]), Image.fromarray(rgba))


def open_picture(
    source: Path | bytes, name: str = "", fit: tuple[int, int] | None = None
) -> DecodedPicture:
    """A file, or the bytes of one from the clipboard or a drop, as the first picture in it, turned as its EXIF says.

    name: what to call it in errors; a file has its own. fit: (width, height) it will be brought to; one of more
    than four times that on both sides is averaged down on the way, to no less than twice that. None: as it is.
    Raises StudioError where it is missing, no picture, broken, or beyond 8192x8192.
    """
    data = source if isinstance(source, bytes) else read_bytes(source)
    called = name or (source.name if isinstance(source, Path) else "the picture")
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
        if fit is not None:
            image = _averaged(image, fit)
        return DecodedPicture(called, turned, ImageOps.exif_transpose(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise StudioError(
            f"{called} is too large",
            "pictures have at most 8192x8192 pixels",
            "Make it smaller.",
        ) from None
    except Exception as error:  # decoders raise whatever a broken file makes them raise
        raise StudioError(
            f"Can't read the picture {called}",
            f"{source if isinstance(source, Path) else 'it'} is not a whole {', '.join(FORMATS)} file",
            "Save it again, as PNG.",
        ) from error


def read_rgba(path: Path) -> Pixels:
    """As `DecodedPicture.rgba`, of a file, at its own size."""
    return open_picture(path).rgba()


def read_rgb(path: Path) -> Pixels:
    """As `DecodedPicture.rgb`, of a file, at its own size."""
    return open_picture(path).rgb()


def read_mask(path: Path) -> Pixels:
    """As `DecodedPicture.mask`, of a file, at its own size."""
    return open_picture(path).mask()


def read_depth(path: Path) -> tuple[Plane, Pixels | None]:
    """As `DecodedPicture.depth`, of a file, at its own size."""
    return open_picture(path).depth()


def fit_depth(
    value: Plane, known: Pixels | None, width: int, height: int
) -> tuple[Plane, Pixels | None]:
    """Both planes at another size; values are averaged only over what is known of them."""
    if value.shape == (height, width):
        return value, known
    if known is None:
        return np.clip(_resized(value, width, height), 0, 1), None
    weight: Plane = (known / 255).astype(np.float32)
    total = _resized(weight, width, height)
    mean = _resized(value * weight, width, height) / np.maximum(total, 1e-6)
    return np.clip(mean, 0, 1).astype(np.float32), np.clip(np.rint(total * 255), 0, 255).astype(
        np.uint8
    )


def fit_pixels(pixels: Pixels, width: int, height: int) -> Pixels:
    """uint8 [height, width] or [height, width, 3] of a picture of any size."""
    if pixels.shape[:2] == (height, width):
        return pixels
    image = Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC)
    return np.array(image)


def write_png(path: Path, pixels: Pixels, texts: Mapping[str, str] | None = None) -> None:
    """Writes `png_bytes` to a file, whole or not at all."""
    write_bytes_atomic(path, png_bytes(pixels, texts))


def read_texts(path: Path, max_bytes: int = 64 << 20) -> dict[str, str]:
    """The texts of a PNG by keyword (tEXt, iTXt), `max_bytes` of them all together; {} where it has none."""
    data = read_bytes(path)
    if not data.startswith(SIGNATURE):
        raise StudioError(
            f"{path.name} is not a PNG", "", "Give a picture that Underpaint has made."
        )
    return texts_of(data, path.name, max_bytes)


def _is_transparent(image: Image.Image) -> bool:
    return "A" in image.getbands() or "transparency" in cast("dict[str, Any]", image.info)


def _turned_size(image: Image.Image, size: tuple[int, int]) -> tuple[int, int]:
    sideways = image.getexif().get(_ORIENTATION) in (5, 6, 7, 8)
    return (size[1], size[0]) if sideways else size


def _averaged(image: Image.Image, fit: tuple[int, int]) -> Image.Image:
    """The picture by a whole factor smaller, where it is more than four times what it will be brought to."""
    factor = min(image.size) // (2 * max(fit))
    if factor < 2:
        return image
    width, height = -(-image.width // factor), -(-image.height // factor)
    if image.mode in _DEEP_MODES:
        return _averaged_deep(image, factor, width, height)
    plain = image.mode in ("1", "L") and not _is_transparent(image)
    mode = "L" if plain else "RGBA" if _is_transparent(image) else "RGB"
    out = Image.new(mode, (width, height))
    for top, rows in _strips(image, factor):
        strip = image.crop((0, top, image.width, top + rows)).convert(mode)
        out.paste(strip.reduce(factor), (0, top // factor))
    return _turned_as(out, image)


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


def _resized(plane: Plane, width: int, height: int) -> Plane:
    image = Image.fromarray(np.ascontiguousarray(plane, np.float32))
    return np.array(image.resize((width, height), Image.Resampling.BILINEAR), np.float32)
