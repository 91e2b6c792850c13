"""A picture and the drawing it was made from as one layered file, for those who paint on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.document.canvases import framed
from studio_app.document.composite import PictureLayer
from studio_app.document.document import Document
from studio_app.document.pictures import fit_pixels
from studio_app.export.ora import ora_bytes
from studio_app.export.pictures import as_float, as_uint8
from studio_app.export.pieces import Asset, Metadata, Piece
from studio_app.export.psd import psd_bytes
from studio_app.export.upscale import SCALES, upscaled

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]
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
    drawn: list[tuple[str, Pixels, float]] = []
    document = framed(document)
    for node in document.stack.nodes():
        if not node.untouched:
            name = node.name or node.content.title
            drawn.append((name, node.content.picture(*document.canvas), node.opacity * node.shown))
    return _over(picture, cut, drawn, document.canvas)


def request_layers(
    request: GenerationRequest, picture: Pixels, cut: Pixels | None = None
) -> list[PictureLayer]:
    """The same of what a picture was asked with: its controls, what it began from, and its mask.

    So any picture with a recipe has layers, also when its document is gone.
    """
    drawn: list[tuple[str, Pixels, float]] = []
    size = (request.width, request.height)
    if request.mask is not None:
        drawn.append(("Mask", _white(request.mask), 1.0))
    for control in request.controls:
        pixels = control.pixels
        if pixels.shape[:2] != size[::-1]:
            pixels = fit_pixels(as_uint8(pixels), *size)
        known = None if control.known is None else fit_pixels(control.known, *size)
        if control.kind == "depth":
            drawn.append(("Depth", _greys(as_float(pixels), known), 1.0))
        elif control.kind == "pose":
            drawn.append(("Pose", _on_nothing(as_uint8(pixels)), 1.0))
        elif control.kind != "reference":  # what a picture shall be like is no part of it
            title = {"normal": "Normals", "edge": "Edges"}[control.kind]
            planes = as_uint8(pixels)
            planes = planes if planes.ndim == 3 else np.dstack([planes] * 3)
            drawn.append((title, _opaque(planes), 1.0))
    if request.init is not None:
        drawn.append(("Colour", _opaque(request.init), 1.0))
    return _over(picture, cut, drawn, size)


def picture_layers(picture: Pixels, cut: Pixels | None = None) -> list[PictureLayer]:
    """Of a picture of which no drawing is known."""
    return _over(picture, cut, (), (picture.shape[1], picture.shape[0]))


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


def _over(
    picture: Pixels,
    cut: Pixels | None,
    drawn: Sequence[tuple[str, Pixels, float]],
    size: tuple[int, int],
) -> list[PictureLayer]:
    height, width = picture.shape[:2]
    scale = width // size[0]
    if scale not in SCALES or (width, height) != (size[0] * scale, size[1] * scale):
        raise StudioError(
            "The picture is not of this drawing",
            f"it is {width}x{height}, the drawing {size[0]}x{size[1]}",
        )
    layers = [
        PictureLayer(name, upscaled(pixels, scale).astype(np.uint8), opacity=opacity, visible=False)
        for name, pixels, opacity in drawn
    ]
    if cut is not None:
        layers.append(PictureLayer("Cut out", cut))
    return [*layers, PictureLayer("Picture", _opaque(picture), visible=cut is None)]


def _opaque(pixels: Pixels) -> Pixels:
    """With an alpha, if it has none."""
    if pixels.shape[2] == 4:
        return pixels
    return np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])


def _white(mask: Pixels) -> Pixels:
    return np.dstack([np.full((*mask.shape, 3), 255, np.uint8), mask])


def _greys(value: Plane, known: Pixels | None) -> Pixels:
    grey = as_uint8(value)
    return np.dstack([grey, grey, grey, np.full_like(grey, 255) if known is None else known])


def _on_nothing(figure: Pixels) -> Pixels:
    """A pose picture without its black ground."""
    return np.dstack([figure, figure.any(2).astype(np.uint8) * np.uint8(255)])
