"""The drawing as pixels: what lies where in the layers, with "nothing said" left transparent. No Qt."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio_app.document.document import Document

Pixels = NDArray[np.uint8]
Box = tuple[int, int, int, int]
"""left, top, right, bottom in document pixels; right and bottom are outside."""

MASK_TINT = (66, 74, 236)
"""B, G, R of what a mask paints anew: the red film of every quick mask."""
MASK_COVER = 112


def compose(document: Document, active: str, box: Box) -> Pixels:
    """uint8 [h, w, 4] B, G, R, A premultiplied of a box of the drawing.

    Depth is grey from near (white) to background (black); what is unknown in it, and unpainted in colour,
    is transparent. Depth that stands on background lies on black paper, under everything else. The layer
    being drawn on lies on top; a mask lies over both as a red film.
    """
    left, top, right, bottom = box
    rect = left, top, right - left, bottom - top
    out = np.zeros((bottom - top, right - left, 4), np.uint8)
    out[..., 3] = paper(document)
    below, above = ("colour", "depth") if active == "depth" else ("depth", "colour")
    for name in (below, above):
        layer = document.layer(name)
        if not layer.visible or layer.untouched:
            continue
        if name == "depth":
            depth = document.depth
            if not depth.known.blank_in(rect):
                grey = _grey(depth.value.read(*rect), depth.known.read(*rect), depth.opacity)
                _over(out, grey)
        elif not document.colour.rgba.blank_in(rect):
            rgba = document.colour.rgba.read(*rect)
            _over(out, _premultiplied(rgba, document.colour.opacity))
    if document.mask.visible and not document.mask.pixels.blank_in(rect):
        _over(out, _film(document.mask.pixels.read(*rect), document.mask.opacity))
    return out


def paper(document: Document) -> int:
    """0..255: how black the ground is that everything lies on; 0 where it says nothing."""
    depth = document.depth
    if depth.around == "unknown" or depth.untouched or not depth.visible:
        return 0
    return round(depth.opacity * 255)


def _grey(value: NDArray[np.float32], known: Pixels, opacity: float) -> Pixels:
    alpha = known.astype(np.float32) * np.float32(opacity)
    level = value * alpha
    out = np.empty((*value.shape, 4), np.uint8)
    out[..., :3] = (level + 0.5).astype(np.uint8)[..., None]
    out[..., 3] = (alpha + 0.5).astype(np.uint8)
    return out


def _premultiplied(rgba: Pixels, opacity: float) -> Pixels:
    alpha = rgba[..., 3:].astype(np.uint16) * round(opacity * 256) // 256
    out = np.empty(rgba.shape, np.uint8)
    out[..., :3] = (rgba[..., 2::-1] * alpha + 127) // 255
    out[..., 3:] = alpha
    return out


def _film(mask: Pixels, opacity: float) -> Pixels:
    alpha = mask.astype(np.uint16) * round(MASK_COVER * opacity) // 255
    out = np.empty((*mask.shape, 4), np.uint8)
    out[..., :3] = np.array(MASK_TINT, np.uint16) * alpha[..., None] // 255
    out[..., 3] = alpha
    return out


def _over(below: Pixels, above: Pixels) -> None:
    """Puts premultiplied `above` over `below`, in place."""
    alpha = above[..., 3]
    if not alpha.any():
        return
    if alpha.min() == 255:
        below[...] = above
        return
    rest = 255 - alpha.astype(np.uint16)
    kept = (below * rest[..., None] + 127) // 255
    below[...] = above + kept.astype(np.uint8)
