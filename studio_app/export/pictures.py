"""Pictures as the bytes of a file: PNG, WebP, JPEG, TGA and OpenEXR; the same pixels give the same bytes, always."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio_app.core.errors import StudioError
from studio_app.document.png import png_bytes
from studio_app.export.pieces import Asset, Metadata, Piece, Role
from studio_app.export.upscale import Method, upscaled

Array = NDArray[Any]
Plane = NDArray[np.float32]
Format = Literal["png", "webp", "jpeg", "tga", "exr"]
FORMATS: tuple[Format, ...] = get_args(Format)

EXTENSIONS: Mapping[Format, str] = {
    "png": ".png",
    "webp": ".webp",
    "jpeg": ".jpg",
    "tga": ".tga",
    "exr": ".exr",
}
LONGEST: Mapping[Format, int] = {"webp": 16383, "jpeg": 65535, "tga": 65535}
"""Pixels of a side, where a format has a limit that pictures could meet."""
XMP_KEYWORD = "XML:com.adobe.xmp"
"""Of the PNG text that holds an XMP packet."""


@dataclass(frozen=True)
class Encoding:
    """How a picture becomes a file.

    bits: of a channel, 8 or 16, of a PNG (EXR has 32, the others 8). quality: 1..100, of JPEG and of WebP that is
    not lossless.
    """

    format: Format = "png"
    bits: int = 8
    quality: int = 92
    lossless: bool = True

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise StudioError(f"No format {self.format!r}", "it is one of " + ", ".join(FORMATS))
        if self.bits not in (8, 16):
            raise StudioError(f"No picture of {self.bits} bits", "a channel has 8 or 16")
        if not 1 <= self.quality <= 100:
            raise StudioError(f"The quality can't be {self.quality}", "it is from 1 to 100")

    @property
    def extension(self) -> str:
        return EXTENSIONS[self.format]


PNG = Encoding()
PNG16 = Encoding(bits=16)
EXR = Encoding("exr")


def encode(
    pixels: Array, how: Encoding = PNG, metadata: Metadata | None = None, *, srgb: bool = True
) -> bytes:
    """A picture as a file's bytes.

    pixels: [H, W], [H, W, 3] or [H, W, 4] (straight alpha); uint8, uint16, or floats of 0..1. srgb: whether they
    are colours as a screen shows them; an EXR holds colours linear and multiplied by their alpha, all else as it
    is. StudioError where the format can't hold the picture.
    """
    if pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] not in (3, 4)):
        raise ValueError(f"no picture of {pixels.shape}")
    said = metadata or Metadata()
    height, width = pixels.shape[:2]
    longest = LONGEST.get(how.format)
    if longest is not None and max(width, height) > longest:
        raise StudioError(
            f"{width}x{height} is too large for {how.format.upper()}",
            f"a side has at most {longest} pixels",
            "Choose PNG.",
        )
    if how.format == "exr":
        return exr_bytes(_exr_channels(as_float(pixels), srgb), said)
    if how.format == "png":
        return png_bytes(as_uint16(pixels) if how.bits == 16 else as_uint8(pixels), _texts(said))
    return _SAVERS[how.format](Image.fromarray(as_uint8(pixels)), how, said)


def encode_ids(
    ids: NDArray[np.uint8], palette: NDArray[np.uint8], metadata: Metadata | None = None
) -> bytes:
    """Numbers [H, W] as a PNG of their own values, which are shown in the colours of a palette [256, 3]."""
    return png_bytes(ids, _texts(metadata or Metadata()), palette=palette)


def exr_bytes(channels: Mapping[str, Plane], metadata: Metadata | None = None) -> bytes:
    """An OpenEXR of 32-bit floats: planes [H, W] by channel name (R, G, B, A; Z: depth; Y: grey)."""
    import OpenEXR  # a tenth of a second, and only for who wants one

    lib: Any = OpenEXR
    header: dict[str, Any] = {"compression": lib.ZIP_COMPRESSION, "type": lib.scanlineimage}
    if metadata is not None and metadata.xmp:
        header["xmp"] = metadata.xmp
    planes = {name: np.ascontiguousarray(plane, np.float32) for name, plane in channels.items()}
    stream = io.BytesIO()
    lib.File(header, planes).write(stream)
    return stream.getvalue()


def picture_asset(
    name: str,
    pixels: Array,
    how: Encoding = PNG,
    metadata: Metadata | None = None,
    *,
    scale: int = 1,
    method: Method = "lanczos",
    tiles: tuple[bool, bool] = (False, False),
) -> Asset:
    """A picture as it is, or `scale` times as large. tiles: the axes it wraps on, x and y."""
    grown = upscaled(pixels, scale, method, tiles)
    piece = picture_piece("colour", grown, how, metadata)
    return Asset(
        name, "picture", (piece,), tiles=tiles, pixel_art=method == "nearest" and scale > 1
    )


def picture_piece(
    role: Role,
    pixels: Array,
    how: Encoding = PNG,
    metadata: Metadata | None = None,
    *,
    srgb: bool = True,
    normal_y: Literal["+", "-"] | None = None,
) -> Piece:
    """`encode`, with what the bytes mean. What is no colour gets the metadata of maps."""
    height, width = pixels.shape[:2]
    if role != "colour":
        how = replace(how, lossless=True)  # as WebP: blocks of colour would be bumps
        metadata = None if metadata is None else metadata.of_maps()
    return Piece(
        role,
        how.extension,
        encode(pixels, how, metadata, srgb=srgb),
        (width, height),
        srgb,
        alpha=pixels.ndim == 3 and pixels.shape[2] == 4,
        normal_y=normal_y,
        bits=32 if how.format == "exr" else how.bits if how.format == "png" else 8,
    )


def _texts(said: Metadata) -> dict[str, str]:
    """Of a PNG."""
    return {**said.texts, XMP_KEYWORD: said.xmp} if said.xmp else dict(said.texts)


def as_float(pixels: Array) -> Plane:
    """uint8 or uint16 to 0..1; floats as they are."""
    if pixels.dtype == np.uint8:
        return (pixels / np.float32(255)).astype(np.float32)
    if pixels.dtype == np.uint16:
        return (pixels / np.float32(65535)).astype(np.float32)
    return pixels.astype(np.float32)


def as_uint8(pixels: Array) -> NDArray[np.uint8]:
    """Of uint16 or 0..1 the nearest of 256 steps."""
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype == np.uint16:
        return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return np.clip(np.rint(pixels * 255), 0, 255).astype(np.uint8)


def as_uint16(pixels: Array) -> NDArray[np.uint16]:
    """Of uint8 or 0..1 the nearest of 65536 steps."""
    if pixels.dtype == np.uint16:
        return pixels
    if pixels.dtype == np.uint8:
        return (pixels.astype(np.uint16) * 257).astype(np.uint16)
    return np.clip(np.rint(pixels.astype(np.float64) * 65535), 0, 65535).astype(np.uint16)


def to_linear(shown: Plane) -> Plane:
    """sRGB 0..1, as a screen shows it, to linear light (IEC 61966-2-1)."""
    linear = np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)
    return linear.astype(np.float32)


def _exr_channels(values: Plane, srgb: bool) -> dict[str, Plane]:
    if values.ndim == 2:
        return {"Y": to_linear(values) if srgb else values}
    colour = to_linear(values[..., :3]) if srgb else values[..., :3]
    if values.shape[2] == 3:
        return dict(zip("RGB", np.moveaxis(colour, 2, 0), strict=True))
    alpha = values[..., 3]
    if srgb:
        colour = colour * alpha[..., None]
    return dict(zip("RGBA", (*np.moveaxis(colour, 2, 0), alpha), strict=True))


def _webp(image: Image.Image, how: Encoding, said: Metadata) -> bytes:
    # exact: what is transparent keeps its colour, which filtering and mipmaps see.
    quality = 75 if how.lossless else how.quality
    return _saved(
        image,
        "WEBP",
        said,
        lossless=how.lossless,
        quality=quality,
        method=4,
        exact=True,
        alpha_quality=100,
    )


def _jpeg(image: Image.Image, how: Encoding, said: Metadata) -> bytes:
    if image.mode == "RGBA":
        if min(image.getchannel("A").tobytes()) < 255:
            raise StudioError(
                "A JPEG has no transparency", "the picture has", "Choose PNG or WebP."
            )
        image = image.convert("RGB")
    return _saved(image, "JPEG", said, quality=how.quality, subsampling=0, optimize=True)


def _tga(image: Image.Image, how: Encoding, said: Metadata) -> bytes:
    return _saved(image, "TGA", Metadata(), compression="tga_rle")


def _saved(image: Image.Image, name: str, said: Metadata, **options: Any) -> bytes:
    if said.xmp:
        options["xmp"] = said.xmp.encode("utf-8")
    if said.exif:
        options["exif"] = b"Exif\0\0" + said.exif
    stream = io.BytesIO()
    image.save(stream, name, **options)
    return stream.getvalue()


_SAVERS: dict[str, Callable[[Image.Image, Encoding, Metadata], bytes]] = {
    "webp": _webp,
    "jpeg": _jpeg,
    "tga": _tga,
}
