"""What is under the picker."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF

from studio_app.document.document import Document
from studio_app.ui.canvas.tool_settings import Colour
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.faces.registry import FACES


def pick(
    tools: ToolState,
    document: Document,
    point: QPointF,
    shown: NDArray[np.uint8] | None,
    over: bool,
) -> None:
    """Gives the brush what is under a point of the document on the layer in hand. Where colours are painted, it is
    what is seen there: the shown picture (BGRA) if it lies over the drawing, else the layer, else the shown picture
    after all. Nothing outside, and where there is nothing.

    shown: the picture that is shown, uint8 [H, W, 4] BGRA; over: whether it lies over the drawing.
    """
    face = FACES[tools.layer]
    place = _pixel(point, *document.canvas)
    if place is None or face.pick is None:
        return
    seen = _shown_at(shown, document, place) if "colour" in face.knobs else None
    if (over and seen is not None) or (
        not face.pick(tools, tools.held(document), place) and seen is not None
    ):
        tools.set_colour(seen)


def _shown_at(
    shown: NDArray[np.uint8] | None, document: Document, place: tuple[int, int]
) -> Colour | None:
    """The colour of the shown picture over a pixel of the canvas; None beside it."""
    if shown is None or shown.shape[1::-1] != document.pixels:
        return None
    x, y, width, height = document.frame
    across, down = place[0] - x, place[1] - y
    if not (0 <= across < width and 0 <= down < height):
        return None
    row, column = down * shown.shape[0] // height, across * shown.shape[1] // width
    blue, green, red = (int(part) for part in shown[row, column][:3])
    return red, green, blue


def _pixel(point: QPointF, width: int, height: int) -> tuple[int, int] | None:
    x, y = int(point.x() // 1), int(point.y() // 1)
    return (x, y) if 0 <= x < width and 0 <= y < height else None
