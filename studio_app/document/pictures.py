"""Pictures from files, drops and the clipboard, which nobody vouches for.

How they are decoded is said in decoding.py, and of layered files in layered_files.py. None of it belongs in the
window's thread: an 8192x8192 PNG of 300 kB takes a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio_app.core.errors import StudioError
from studio_app.core.files import write_bytes_atomic
from studio_app.core.reading import read_bytes
from studio_app.document.decoding import DEEP_MODES, averaged, decoded, is_transparent
from studio_app.document.depth_reading import AS_IT_IS, DepthReading, is_distance, read_as
from studio_app.document.exr_files import SIGNATURE as EXR
from studio_app.document.exr_files import FloatPicture, read_exr
from studio_app.document.layered_files import flat_of
from studio_app.document.png import SIGNATURE, png_bytes, texts_of

ENDINGS = (
    ".png",
    ".jpg",
    ".jpeg",
    ".webp",
    ".bmp",
    ".tga",
    ".tif",
    ".tiff",
    ".psd",
    ".ora",
    ".exr",
)
"""Of the names of what is read here."""
WITH_RECIPES = (".png", ".jpg", ".jpeg", ".webp", ".psd", ".ora")
"""Of those that may hold how they were made."""

Plane = NDArray[np.float32]
Pixels = NDArray[np.uint8]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom of a part of a picture, in pixels."""


@dataclass(frozen=True)
class DecodedPicture:
    """A decoded picture, upright. size: its own (width, height), before it was averaged down for `fit`.

    layers: names of those of a layered file, the topmost first; it is seen as one picture, as its program left it.
    Sixteen bits and floats (0..1) are as good as eight: white is white in all of them.
    """

    name: str
    size: tuple[int, int]
    _image: Image.Image = field(repr=False)
    layers: tuple[str, ...] = ()
    _floats: FloatPicture | None = field(default=None, repr=False)
    reading: DepthReading = AS_IT_IS
    """What its numbers mean where it is taken for depth."""

    @property
    def has_distances(self) -> bool:
        """Whether its numbers, taken for depth, are no grey levels."""
        return self._floats is not None and is_distance(self._floats.depth)

    def read_as(self, reading: DepthReading) -> DecodedPicture:
        """The same with another meaning of its numbers."""
        return replace(self, reading=reading)

    def rgba(self) -> Pixels:
        """uint8 [H, W, 4], straight alpha."""
        if self._image.mode not in DEEP_MODES:
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

        Grey or colour; only a picture with transparency has unknown parts: where its alpha is 0. What its numbers mean
        is said by `reading`.
        """
        if self._floats is not None:
            return read_as(self._floats.depth, self._floats.known, self.reading)
        value, known = self._levels()
        usual = self.reading.near in (None, "white") and not self.reading.normalise
        return (value, known) if usual else read_as(value, known, self.reading)

    def _levels(self) -> tuple[Plane, Pixels | None]:
        """As grey levels 0..1."""
        image = self._image
        if image.mode in DEEP_MODES:
            alpha = self._deep_alpha()
            return self._deep(), alpha if (alpha < 255).any() else None
        if not is_transparent(image):
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
    """A file, or the bytes of one from the clipboard or a drop, as the first picture in it, turned as its EXIF says;
    of a PSD or ORA what is seen of all its layers.

    name: what to call it in errors; a file has its own. fit: (width, height) it will be brought to; one of more
    than four times that on both sides is averaged down on the way, to no less than twice that. None: as it is.
    Raises StudioError where it is missing, no picture, broken, or beyond 8192x8192.
    """
    data = source if isinstance(source, bytes) else read_bytes(source)
    called = name or (source.name if isinstance(source, Path) else "the picture")
    if data.startswith(EXR):
        return _of_floats(read_exr(data, called), called)
    flat = flat_of(data, called)
    if flat is None:
        image, size = decoded(data, called, fit)
        return DecodedPicture(called, size, image)
    if isinstance(flat.picture, bytes):
        image, size = decoded(flat.picture, called, fit)
    else:
        image, size = averaged(flat.picture, fit), flat.picture.size
    return DecodedPicture(called, size, image, flat.layers)


def _of_floats(floats: FloatPicture, called: str) -> DecodedPicture:
    """Its colours are looked at, or else its depth as grey."""
    height, width = floats.depth.shape
    rgba = floats.rgba
    if rgba is None:
        value, known = read_as(floats.depth, floats.known, AS_IT_IS)
        grey = np.rint(value * 255).astype(np.uint8)
        cover = np.full_like(grey, 255) if known is None else known
        rgba = np.dstack([grey, grey, grey, cover])
    return DecodedPicture(called, (width, height), Image.fromarray(rgba), _floats=floats)


def read_rgba(path: Path) -> Pixels:
    """As `DecodedPicture.rgba`, of a file, at its own size."""
    return open_picture(path).rgba()


def fit_depth(
    value: Plane, known: Pixels | None, width: int, height: int, box: Box | None = None
) -> tuple[Plane, Pixels | None]:
    """Both planes, or a box of them, at another size; values are averaged only over what is known of them."""
    if value.shape == (height, width) and box is None:
        return value, known
    if known is None:
        return np.clip(_resized(value, width, height, box), 0, 1), None
    weight: Plane = (known / 255).astype(np.float32)
    total = _resized(weight, width, height, box)
    mean = _resized(value * weight, width, height, box) / np.maximum(total, 1e-6)
    return np.clip(mean, 0, 1).astype(np.float32), np.clip(np.rint(total * 255), 0, 255).astype(
        np.uint8
    )


def fit_pixels(pixels: Pixels, width: int, height: int, box: Box | None = None) -> Pixels:
    """uint8 [height, width] or [height, width, 3] of a picture of any size, or of a box of it."""
    if pixels.shape[:2] == (height, width) and box is None:
        return pixels
    image = Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC, box)
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


def _resized(plane: Plane, width: int, height: int, box: Box | None) -> Plane:
    image = Image.fromarray(np.ascontiguousarray(plane, np.float32))
    return np.array(image.resize((width, height), Image.Resampling.BILINEAR, box), np.float32)
