"""A picture and the drawing it was made from as one layered file, for those who paint on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.document.document import Document
from studio_app.export.control_maps import pose_picture
from studio_app.export.ora import ora_bytes
from studio_app.export.pieces import Asset, Metadata, Piece
from studio_app.export.psd import psd_bytes
from studio_app.export.stack import PictureLayer
from studio_app.export.upscale import SCALES, upscaled

Pixels = NDArray[np.uint8]
LayeredFormat = Literal["psd", "ora"]

_WRITERS: Mapping[
    LayeredFormat, Callable[[Sequence[PictureLayer], tuple[int, int], Metadata | None], bytes]
] = {"psd": psd_bytes, "ora": ora_bytes}


def document_layers(
    document: Document, picture: Pixels, cut: Pixels | None = None
) -> list[PictureLayer]:
    """The layers of a document over its picture, the topmost first.

    picture: uint8 [H, W, 3] or [H, W, 4], 1, 2 or 4 times the document's size. cut: the thing in it, cut out,
    [H, W, 4]: shown in the picture's stead. What was drawn is hidden: one sees the picture, and paints on.
    """
    height, width = picture.shape[:2]
    scale = width // document.size[0]
    if scale not in SCALES or (width, height) != tuple(side * scale for side in document.size):
        raise StudioError(
            "The picture is not of this drawing",
            f"it is {width}x{height}, the drawing {document.size[0]}x{document.size[1]}",
        )
    layers: list[PictureLayer] = []

    def add(name: str, pixels: Pixels, opacity: float = 1.0) -> None:
        grown = upscaled(pixels, scale).astype(np.uint8)
        layers.append(PictureLayer(name, grown, opacity=opacity, visible=False))

    if not document.mask.untouched:
        white = np.full((*document.mask.pixels.shape, 3), 255, np.uint8)
        add("Mask", np.dstack([white, document.mask.pixels]), document.mask.opacity)
    if not document.pose.untouched:
        joints = np.stack([person.joints for person in document.pose.people])
        figure = pose_picture(joints, document.size)
        drawn = figure.any(2).astype(np.uint8) * np.uint8(255)
        add("Pose", np.dstack([figure, drawn]), document.pose.opacity)
    if not document.depth.untouched:
        grey = np.rint(document.depth.value * 255).astype(np.uint8)
        add("Depth", np.dstack([grey, grey, grey, document.depth.known]), document.depth.opacity)
    if not document.colour.untouched:
        add("Colour", document.colour.rgba, document.colour.opacity)
    if cut is not None:
        layers.append(PictureLayer("Cut out", cut))
    opaque = picture
    if picture.shape[2] == 3:
        opaque = np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])
    layers.append(PictureLayer("Picture", opaque, visible=cut is None))
    return layers


def layered_asset(
    name: str,
    layers: Sequence[PictureLayer],
    size: tuple[int, int],
    format: LayeredFormat = "psd",
    metadata: Metadata | None = None,
) -> Asset:
    """Layers, the topmost first, as a PSD or an ORA of `size` (width, height)."""
    if not layers:
        raise StudioError("There are no layers to write", "")
    data = _WRITERS[format](layers, size, metadata)
    piece = Piece("layers", f".{format}", data, size, alpha=True)
    return Asset(name, "picture", (piece,))
