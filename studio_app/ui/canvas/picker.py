"""What is under the picker."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF

from studio_app.document.document import Document
from studio_app.ui.canvas.tool_state import Colour, ToolState


def pick(
    tools: ToolState,
    document: Document,
    point: QPointF,
    shown: NDArray[np.uint8] | None,
    over: bool,
) -> None:
    """Gives the brush the depth or colour under a point of the document; nothing where there is none.

    shown: the picture that is shown, uint8 [H, W, 4] BGRA; over: whether it lies over the drawing.
    """
    if tools.layer == "depth":
        depth = depth_at(document, point)
        if depth is not None:
            tools.set_value(depth)
    else:
        colour = colour_at(document, point, shown, over)
        if colour is not None:
            tools.set_colour(colour)


def depth_at(document: Document, point: QPointF) -> float | None:
    """Depth 0..1 at a point of the document; None outside it and where nothing was said."""
    place = _pixel(point, *document.size)
    if place is None or document.depth.known.read(*place, 1, 1)[0, 0] == 0:
        return None
    return float(document.depth.value.read(*place, 1, 1)[0, 0])


def colour_at(
    document: Document, point: QPointF, shown: NDArray[np.uint8] | None, over: bool
) -> Colour | None:
    """R, G, B of what is seen at a point: the shown picture (BGRA) if it lies over the drawing, else the colour
    layer, else the shown picture after all. None outside and where there is nothing.
    """
    place = _pixel(point, *document.size)
    if place is None:
        return None
    rgba = document.colour.rgba.read(*place, 1, 1)[0, 0]
    if not (over and shown is not None) and rgba[3] > 0:
        return int(rgba[0]), int(rgba[1]), int(rgba[2])
    if shown is None or shown.shape[1::-1] != document.size:
        return None
    blue, green, red = shown[place[1], place[0]][:3]
    return int(red), int(green), int(blue)


def _pixel(point: QPointF, width: int, height: int) -> tuple[int, int] | None:
    x, y = int(point.x() // 1), int(point.y() // 1)
    return (x, y) if 0 <= x < width and 0 <= y < height else None
