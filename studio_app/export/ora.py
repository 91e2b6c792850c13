"""OpenRaster (.ora), as Krita, GIMP and MyPaint open it: a zip of PNGs and the stack that orders them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio_app.document.composite import PictureLayer, merged
from studio_app.document.layered_files import COMPOSITE
from studio_app.document.ora_members import begin, put_member, stack_xml, tag
from studio_app.document.png import png_bytes
from studio_app.export.pictures import XMP_KEYWORD
from studio_app.export.pieces import Metadata

Pixels = NDArray[np.uint8]

THUMBNAIL = 256


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
        begin(archive)
        put_member(archive, "stack.xml", stack(layers, size).encode(), zipfile.ZIP_DEFLATED)
        for number, layer in enumerate(layers):
            put_member(archive, _member(number), png_bytes(layer.pixels))
        put_member(archive, "mergedimage.png", png_bytes(whole, texts))
        put_member(archive, "Thumbnails/thumbnail.png", _thumbnail(whole))
    return stream.getvalue()


def stack(layers: Sequence[PictureLayer], size: tuple[int, int]) -> str:
    """The stack.xml of layers, the topmost first."""
    lines: list[str] = []
    for number, layer in enumerate(layers):
        values = {
            "name": layer.name,
            "src": _member(number),
            "x": str(layer.x),
            "y": str(layer.y),
            "opacity": f"{layer.opacity:.6g}",
            "visibility": "visible" if layer.visible else "hidden",
            "composite-op": COMPOSITE[layer.blend],
        }
        lines.append(tag("layer", values, 2))
    return stack_xml(size, lines)


def _member(number: int) -> str:
    return f"data/layer{number:03}.png"


def _thumbnail(whole: Pixels) -> bytes:
    image = Image.fromarray(whole)
    image.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX)
    return png_bytes(np.asarray(image))
