"""Depth on the canvas: grey from near (white) to background (black); what is unknown is transparent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor, QImage

from studio_app.document.brushes import Brush
from studio_app.document.contents import depth, sheets
from studio_app.document.contents.composed import COMPOSED
from studio_app.document.contents.depth import Depth
from studio_app.document.planes import Rect
from studio_app.document.results import premultiplied as as_frame
from studio_app.document.stack import Item, Node
from studio_app.ui.faces.face import Face, Pixels, Words, looked_at
from studio_app.ui.images import to_qimage

if TYPE_CHECKING:
    from studio_app.ui.canvas.tool_state import ToolState


def _words() -> Words:
    return Words(
        _tr("Depth"),
        _tr("How near things are: white is near, black is background."),
        _tr("Paint light where things are near. What stays black is background."),
        _tr("&Depth"),
        _tr("White is near, black is background"),
        use=_tr("Use as &depth"),
        used=_tr("Puts the shown picture into the depth layer: white is near."),
        acting=_tr("How strictly the picture keeps to the painted depth. 0 ignores it."),
    )


def _sheet(items: tuple[Item, ...], rect: Rect) -> Pixels | None:
    items = sheets.drawn(items)
    if not items:
        return None
    node = sheets.lone(items)
    if node is None:
        value, cover = COMPOSED.read(items, rect, depth.composed, looked_at)
        return _grey(value, cover * np.float32(255))
    content = _content(node)
    if content.known.blank_in(rect):
        return None
    cover = content.known.read(*rect).astype(np.float32) * np.float32(node.shown)
    return _grey(content.value.read(*rect), cover)


def _grey(value: NDArray[np.float32], alpha: NDArray[np.float32]) -> Pixels:
    """value: float32 0..1; alpha: float32 0..255."""
    level = value * alpha
    out = np.empty((*value.shape, 4), np.uint8)
    out[..., :3] = (level + 0.5).astype(np.uint8)[..., None]
    out[..., 3] = (alpha + 0.5).astype(np.uint8)
    return out


def _paper(items: tuple[Item, ...]) -> int:
    """Depth that stands on background lies on black paper."""
    nodes = [node for node in sheets.touched(items) if _content(node).around == "background"]
    return round(max((node.shown for node in nodes), default=0.0) * 255)


def _copied(node: Node, size: tuple[int, int]) -> QImage:
    value, known = _content(node).said()
    grey = np.rint(value * 255).astype(np.uint8)
    alpha = np.full_like(grey, 255) if known is None else known
    return to_qimage(as_frame(np.dstack([grey, grey, grey, alpha]))).copy()


def _pick(tools: ToolState, node: Node, place: tuple[int, int]) -> bool:
    content = _content(node)
    said = content.known.read(*place, 1, 1)[0, 0] > 0
    if said:
        tools.set_value(float(content.value.read(*place, 1, 1)[0, 0]))
    return bool(said)


def _told(node: Node, place: tuple[int, int]) -> str:
    content = _content(node)
    cover = int(content.known.read(*place, 1, 1)[0, 0])
    background = content.around == "background"
    if cover == 0:
        return _tr("Background") if background and not content.untouched else _tr("Unknown")
    value = float(content.value.read(*place, 1, 1)[0, 0])
    value *= cover / 255 if background else 1
    return _tr("Depth {n}").format(n=f"{value * 100:.1f}")


def _paint(tools: ToolState) -> QColor:
    level = round(tools.brush.value * 255)
    return QColor(level, level, level)


def _content(node: Node) -> Depth:
    assert isinstance(node.content, Depth)
    return node.content


def _tr(text: str) -> str:
    return QCoreApplication.translate("Canvas", text)


FACE = Face(
    Depth.kind,
    "mountain",
    _words,
    Brush(size=36, hardness=0.4, value=0.8),
    _copied,
    _paint,
    knobs=("value",),
    own=("depth", "invert", "fill", "ground"),
    sheet=_sheet,
    paper=_paper,
    pick=_pick,
    told=_told,
)
