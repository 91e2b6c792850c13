"""What the window knows of a kind of content."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from studio_app.document.brushes import Brush
from studio_app.document.pictures import ENDINGS
from studio_app.document.planes import Rect
from studio_app.document.stack import Item, Node
from studio_app.ui.asking import patterns

if TYPE_CHECKING:
    from studio_app.ui.canvas.tool_state import ToolState

Pixels = NDArray[np.uint8]
PICTURES = patterns(ENDINGS)


@dataclass(frozen=True)
class Words:
    """title: for the artist. purpose: in one sentence. advice: for who has never drawn on it. keys: how one works on
    it without a pointer. choice, told: as what a picture that was dropped may be taken, with its key, and what that
    means; "" of what no picture is. use, used: what a shown picture may be used as, with its key, or "". acting: what
    its strength means. files: what its files are called, "" for pictures."""

    title: str
    purpose: str
    advice: str
    choice: str
    told: str
    keys: str = ""
    use: str = ""
    used: str = ""
    acting: str = ""
    files: str = ""


@dataclass(frozen=True)
class Face:
    """words: made when they are asked for, in the language of then.

    brush: to begin with. knobs: of a brush, those that only some kinds have: "value", "colour". paint: what a brush
    leaves, of the ToolState. own: names of the actions that only some kinds have. copied: what the clipboard gets, an
    image or a text; None where there is nothing.

    sheet: what its seen nodes look like in a rectangle, [h, w, 4] B, G, R, A premultiplied, or None where there is
    nothing; None of what is not pixels. level: the sheet of a higher one lies over that of a lower, but for the kind
    in hand, which lies on top; a film lies over all others. paper: 0..255, how black a ground its
    seen nodes put under everything.

    pick: what the picker gives the tools, from the node in hand at a pixel (x, y); whether there was anything.
    told: what lies at a pixel (x, y) of the node in hand, in words, for who looks without picking.
    """

    kind: str
    icon: str
    words: Callable[[], Words]
    brush: Brush
    copied: Callable[[Node, tuple[int, int]], QImage | str | None]
    paint: Callable[[ToolState], QColor]
    knobs: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    files: str = PICTURES
    sheet: Callable[[tuple[Item, ...], Rect], Pixels | None] | None = None
    level: int = 0
    film: bool = False
    paper: Callable[[tuple[Item, ...]], int] | None = None
    pick: Callable[[ToolState, Node, tuple[int, int]], bool] | None = None
    told: Callable[[Node, tuple[int, int]], str] | None = None


def premultiplied(rgba: Pixels, opacity: float) -> Pixels:
    """R, G, B and straight alpha as a sheet."""
    alpha = rgba[..., 3:].astype(np.uint16) * round(opacity * 256) // 256
    out = np.empty(rgba.shape, np.uint8)
    out[..., :3] = (rgba[..., 2::-1] * alpha + 127) // 255
    out[..., 3:] = alpha
    return out


def looked_at(item: Item) -> float:
    """The opacity of an item on the canvas: in the picture, and as the artist wants to see it."""
    return item.opacity * (item.shown if isinstance(item, Node) else 1.0)
