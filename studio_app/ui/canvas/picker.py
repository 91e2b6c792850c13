"""What is under the picker."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF

from studio_app.document.document import Document
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
    place = _pixel(point, *document.size)
    if place is None or face.pick is None:
        return
    seen = shown if "colour" in face.knobs and _alike(shown, document) else None
    if (over and seen is not None) or (
        not face.pick(tools, tools.held(document), place) and seen is not None
    ):
        tools.set_colour(_colour(seen, place))


def _alike(shown: NDArray[np.uint8] | None, document: Document) -> bool:
    return shown is not None and shown.shape[1::-1] == document.size


def _colour(shown: NDArray[np.uint8], place: tuple[int, int]) -> tuple[int, int, int]:
    blue, green, red = (int(part) for part in shown[place[1], place[0]][:3])
    return red, green, blue


def _pixel(point: QPointF, width: int, height: int) -> tuple[int, int] | None:
    x, y = int(point.x() // 1), int(point.y() // 1)
    return (x, y) if 0 <= x < width and 0 <= y < height else None
