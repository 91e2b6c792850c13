"""Photoshop documents, written by psd-tools: transparent layers as they are, with no mask added."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from studio_app.core.errors import StudioError
from studio_app.document.composite import Blend, PictureLayer, merged
from studio_app.export.pieces import Metadata

LONGEST = 30_000
"""Pixels of a side that a PSD holds; beyond it is another format."""
LONGEST_NAME = 255
_BLENDS: dict[Blend, str] = {
    "normal": "NORMAL",
    "multiply": "MULTIPLY",
    "screen": "SCREEN",
    "overlay": "OVERLAY",
    "plus": "LINEAR_DODGE",
}


def psd_bytes(
    layers: Sequence[PictureLayer], size: tuple[int, int], metadata: Metadata | None = None
) -> bytes:
    """A PSD of layers, the topmost first, on a picture of `size` (width, height). StudioError where it is too large."""
    if max(size) > LONGEST:
        raise StudioError(
            f"{size[0]}x{size[1]} is too large for a PSD", f"a side has at most {LONGEST} pixels"
        )
    import psd_tools  # a seventh of a second, and only for who wants one
    from psd_tools.constants import BlendMode, Resource
    from psd_tools.psd.image_resources import ImageResource

    tools: Any = psd_tools
    # RGBA: in any other mode psd-tools makes a mask of each layer's alpha (its issue 607).
    document: Any = tools.PSDImage.new("RGBA", size, color=0)
    for layer in reversed(layers):
        made: Any = document.create_pixel_layer(
            Image.fromarray(np.ascontiguousarray(layer.pixels)),
            top=layer.y,
            left=layer.x,
            opacity=round(layer.opacity * 255),
            blend_mode=getattr(BlendMode, _BLENDS[layer.blend]),
        )
        made.visible = layer.visible
        # Not when it is made: it would be written in Mac Roman alone.
        made.name = layer.name[:LONGEST_NAME]
    record: Any = document._record
    whole = merged(layers, size)
    planes = [np.ascontiguousarray(whole[..., i]).tobytes() for i in range(4)]
    # The merged picture is ours: psd-tools' own needs scipy, and without it stays black.
    record.image_data.set_data(planes, record.header)
    if metadata is not None and metadata.xmp:
        made = ImageResource(key=Resource.XMP_METADATA, data=metadata.xmp.encode())
        record.image_resources[Resource.XMP_METADATA] = made
    stream = io.BytesIO()
    record.write(stream)
    return stream.getvalue()
