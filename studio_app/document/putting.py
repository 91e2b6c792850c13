"""A picture put onto the canvas as a node of its own: all else stays as it is, bit for bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.document.contents.content import Content, Size
from studio_app.document.depths import seen_depth
from studio_app.document.document import MAX_CANVAS, Document
from studio_app.document.layer_files import content_of_pixels
from studio_app.document.planes import COVER, Plane, Rect
from studio_app.document.stack import Node

MAX_FEATHER = 256
"""Pixels of the canvas."""


def picture_node(
    document: Document, kind: str, pixels: NDArray[np.uint8], rect: Rect, feather: int = 0
) -> Node:
    """A new node of that kind. pixels: uint8 [h, w, 4] BGRA as a Frame's; rect: of the canvas, that it fills; what of
    it lies beside the canvas is cut. feather: over so many pixels, inwards, a mask lets its edge run out, but not where
    the edge of the canvas cuts it. In any thread. StudioError where nothing of it is on the canvas."""
    _check_place(document, rect)
    return _placed(document, content_of_pixels(kind, pixels, *rect[2:]), rect, feather)


def depth_node(
    document: Document,
    value: NDArray[np.float32],
    alpha: NDArray[np.float32],
    cover: NDArray[np.uint8] | None,
    rect: Rect,
) -> Node:
    """The same of what a model sees in a picture: see `depths.seen_depth`."""
    _check_place(document, rect)
    return _placed(document, seen_depth(value, alpha, rect[2:], cover), rect)


def with_node(document: Document, node: Node) -> tuple[Document, str]:
    """The document with a new node on top, and its id: that of the node may be another's by now."""
    placed = replace(node, id=document.stack.unused(node.kind))
    return replace(document, stack=document.stack.added(placed)), placed.id


def _placed(document: Document, content: Content, rect: Rect, feather: int = 0) -> Node:
    """Of a content of the rectangle's size."""
    x, y, _, _ = rect
    blank = document.blank_node(content.kind)
    placed = content.onto(blank.content, x, y, document.canvas)
    mask = _feathered(rect, document.canvas, feather) if feather > 0 else None
    return replace(blank, content=placed, mask=mask)


def _check_place(document: Document, rect: Rect) -> None:
    if max(rect[2:]) > 2 * MAX_CANVAS or not _meets(rect, document.canvas):
        raise StudioError(
            "The picture lies beside the canvas",
            "what it was made for was cropped away",
            "Undo the crop, or draw it anew.",
        )


def _meets(rect: Rect, canvas: Size) -> bool:
    x, y, width, height = rect
    return x < canvas[0] and y < canvas[1] and x + width > 0 and y + height > 0


def _feathered(rect: Rect, canvas: Size, feather: int) -> Plane:
    """255 inside, less over the last pixels before each side that lies within the canvas."""
    x, y, width, height = rect
    reach = min(feather, MAX_FEATHER)
    down = _ramp(height, reach, y > 0, y + height < canvas[1])
    across = _ramp(width, reach, x > 0, x + width < canvas[0])
    cover = np.rint(255 * down[:, None] * across[None, :]).astype(np.uint8)
    return Plane(COVER, *canvas).write(x, y, cover)


def _ramp(length: int, reach: int, first: bool, last: bool) -> NDArray[np.float32]:
    """0..1 along a side, smooth at both ends of the slope."""
    away = np.arange(length, dtype=np.float32) + np.float32(0.5)
    share = np.ones(length, np.float32)
    if first:
        share = np.minimum(share, away / reach)
    if last:
        share = np.minimum(share, away[::-1] / reach)
    return (share * share * (3 - 2 * share)).astype(np.float32)
