"""Pictures from files nobody vouches for, and PNGs of our own.

A size is read from the header and refused before anything is decoded; decoders see only the formats on our
list; whatever they raise becomes a StudioError.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from studio_app.core.errors import StudioError
from studio_app.core.files import write_bytes_atomic
from studio_app.core.reading import read_bytes
from studio_app.document.png import SIGNATURE, png_bytes

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TGA", "TIFF")
MAX_PIXELS = 8192 * 8192
_TEXT_CHUNKS = (b"tEXt", b"zTXt", b"iTXt")
_DEEP_MODES = ("I;16", "I;16B", "I;16L", "I;16N", "I", "F")

Plane = NDArray[np.float32]
Pixels = NDArray[np.uint8]


def read_rgba(path: Path) -> Pixels:
    """uint8 [H, W, 4], straight alpha, turned as its EXIF orientation says."""
    return np.array(_open(path).convert("RGBA"))


def read_rgb(path: Path) -> Pixels:
    """uint8 [H, W, 3]; what is transparent lies over mid grey, as the isolated assets do."""
    rgba = read_rgba(path)
    alpha = rgba[:, :, 3:].astype(np.uint16)
    mixed = (rgba[:, :, :3] * alpha + 128 * (255 - alpha) + 127) // 255
    return mixed.astype(np.uint8)


def read_mask(path: Path) -> Pixels:
    """uint8 [H, W]: 255 where a picture is white and opaque."""
    rgba = Image.fromarray(read_rgba(path))
    grey = np.array(rgba.convert("L")).astype(np.uint16)
    alpha = np.array(rgba.getchannel("A")).astype(np.uint16)
    return ((grey * alpha + 127) // 255).astype(np.uint8)


def read_depth(path: Path) -> tuple[Plane, Pixels | None]:
    """(value, known): float32 [H, W] 0..1 (1 = near, 0 = background) and uint8 [H, W], or None for all known.

    8 or 16 bits (or a float TIFF of 0..1), grey or colour; only a picture with transparency has unknown
    parts: where its alpha is 0.
    """
    image = _open(path)
    if image.mode in _DEEP_MODES:
        values = np.asarray(image).astype(np.float64)
        if image.mode != "F":
            values = values / 65535
        if not (values.min() >= 0 and values.max() <= 1):  # NaN fails too
            raise StudioError(f"{path.name} is no depth picture", "it has values outside 0 to 1")
        return values.astype(np.float32), None
    if not _is_transparent(image):
        return np.asarray(image.convert("L")).astype(np.float32) / np.float32(255), None
    rgba = image.convert("RGBA")
    alpha = np.array(rgba.getchannel("A"))
    value = np.array(rgba.convert("L")).astype(np.float32) / np.float32(255)
    return value, alpha if (alpha < 255).any() else None


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
    """The texts of a PNG by keyword (tEXt, iTXt), each at most `max_bytes`; {} where it has none.

    Read by our own eyes, since Pillow refuses a whole file for one chunk above 1 MiB.
    """
    data = read_bytes(path)
    if not data.startswith(SIGNATURE):
        raise StudioError(
            f"{path.name} is not a PNG", "", "Give a picture that Underpaint has made."
        )
    texts: dict[str, str] = {}
    for name, body in _chunks(data):
        keyword, _, rest = body.partition(b"\0")
        if name == b"tEXt":
            texts[keyword.decode("latin-1")] = rest.decode("latin-1")
        elif name == b"iTXt" and len(rest) >= 2:
            compressed = rest[0] == 1
            text = rest[2:].split(b"\0", 2)[-1]
            if compressed:
                inflater = zlib.decompressobj()
                try:
                    text = inflater.decompress(text, max_bytes)
                except zlib.error:
                    continue
                if inflater.unconsumed_tail:
                    continue  # a bomb
            texts[keyword.decode("latin-1")] = text.decode("utf-8", errors="replace")
    return texts


def _open(path: Path) -> Image.Image:
    """The decoded first frame of a picture of our formats, turned upright."""
    data = read_bytes(path)
    if data.startswith(SIGNATURE):
        data = _without_texts(data)  # a 50 kB chunk can hold 50 MB of text
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=FORMATS)
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise Image.DecompressionBombError(f"{width}x{height}")
        image.load()
        return ImageOps.exif_transpose(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise StudioError(
            f"{path.name} is too large",
            "pictures have at most 8192x8192 pixels",
            "Make it smaller.",
        ) from None
    except Exception as error:  # decoders raise whatever a broken file makes them raise
        raise StudioError(
            f"Can't read the picture {path.name}",
            f"{path} is not a whole {', '.join(FORMATS)} file",
            "Save it again, as PNG.",
        ) from error


def _is_transparent(image: Image.Image) -> bool:
    return "A" in image.getbands() or "transparency" in cast("dict[str, Any]", image.info)


def _resized(plane: Plane, width: int, height: int) -> Plane:
    image = Image.fromarray(np.ascontiguousarray(plane, np.float32))
    return np.array(image.resize((width, height), Image.Resampling.BILINEAR), np.float32)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(type, body) of the chunks of a PNG, as far as they are whole."""
    position = len(SIGNATURE)
    while position + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        end = position + 12 + length
        if end > len(data):
            return
        yield data[position + 4 : position + 8], data[position + 8 : end - 4]
        position = end


def _without_texts(data: bytes) -> bytes:
    kept = [SIGNATURE]
    position = len(SIGNATURE)
    for name, body in _chunks(data):
        end = position + 12 + len(body)
        if name not in _TEXT_CHUNKS:
            kept.append(data[position:end])
        position = end
    kept.append(data[position:])  # a cut last chunk: let the decoder say so
    return b"".join(kept)
