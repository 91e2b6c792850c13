"""OpenRaster (.ora), as Krita, GIMP and MyPaint open it: a zip of PNGs and the stack that orders them.

freedesktop.org/openraster, draft 0.0.5. Its members bear one date and one order, so that equal layers give equal bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio_app.document.composite import PictureLayer, merged
from studio_app.document.layered_files import COMPOSITE
from studio_app.document.png import png_bytes
from studio_app.export.pictures import XMP_KEYWORD
from studio_app.export.pieces import Metadata

Pixels = NDArray[np.uint8]

MIMETYPE = "image/openraster"
VERSION = "0.0.5"
THUMBNAIL = 256
_DATE = (1980, 1, 1, 0, 0, 0)


def ora_bytes(
    layers: Sequence[PictureLayer], size: tuple[int, int], metadata: Metadata | None = None
) -> bytes:
    """An ORA of layers, the topmost first, on a picture of `size` (width, height).

    metadata: what the merged picture in it says of itself.
    """
    said = metadata or Metadata()
    whole = merged(layers, size)
    texts = dict(said.texts) | ({XMP_KEYWORD: said.xmp} if said.xmp else {})
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        # First and not deflated, so that a file's kind is seen at its beginning.
        _put(archive, "mimetype", MIMETYPE.encode(), zipfile.ZIP_STORED)
        _put(archive, "stack.xml", stack(layers, size).encode(), zipfile.ZIP_DEFLATED)
        for number, layer in enumerate(layers):
            _put(archive, _member(number), png_bytes(layer.pixels), zipfile.ZIP_STORED)
        _put(archive, "mergedimage.png", png_bytes(whole, texts), zipfile.ZIP_STORED)
        _put(archive, "Thumbnails/thumbnail.png", _thumbnail(whole), zipfile.ZIP_STORED)
    return stream.getvalue()


def stack(layers: Sequence[PictureLayer], size: tuple[int, int]) -> str:
    """The stack.xml of layers, the topmost first."""
    lines = ["<?xml version='1.0' encoding='UTF-8'?>"]
    lines.append(f'<image version="{VERSION}" w="{size[0]}" h="{size[1]}" xres="72" yres="72">')
    lines.append("  <stack>")
    for number, layer in enumerate(layers):
        values = {
            "name": "".join(sign for sign in layer.name if sign.isprintable()),
            "src": _member(number),
            "x": str(layer.x),
            "y": str(layer.y),
            "opacity": f"{layer.opacity:.6g}",
            "visibility": "visible" if layer.visible else "hidden",
            "composite-op": COMPOSITE[layer.blend],
        }
        words = " ".join(f"{key}={quoteattr(value)}" for key, value in values.items())
        lines.append(f"    <layer {words} />")
    return "\n".join([*lines, "  </stack>", "</image>", ""])


def _member(number: int) -> str:
    return f"data/layer{number:03}.png"


def _thumbnail(whole: Pixels) -> bytes:
    image = Image.fromarray(whole)
    image.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX)
    return png_bytes(np.asarray(image))


def _put(archive: zipfile.ZipFile, name: str, data: bytes, how: int) -> None:
    member = zipfile.ZipInfo(name, _DATE)
    member.compress_type = how
    member.create_system = 3  # else it tells on which system it was made
    member.external_attr = 0o644 << 16
    archive.writestr(member, data)
