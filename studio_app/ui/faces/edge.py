"""Line art on the canvas: white lines on black, with a dark rim over everything else that is drawn."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor

from studio_app.document.brushes import Brush
from studio_app.document.contents import sheets
from studio_app.document.contents.cover import combined, cover_of
from studio_app.document.contents.edge import Edge
from studio_app.document.planes import Rect, overlap, shares
from studio_app.document.stack import Item
from studio_app.ui.faces.cover import copied
from studio_app.ui.faces.face import Face, Pixels, Words

RIM = 0.6
"""How black the rim of a line is."""


def _words() -> Words:
    return Words(
        _tr("Edges"),
        _tr("Line art: white lines where the edges of things run."),
        _tr("Draw lines where edges run. What is not drawn has no edge."),
        _tr("&Edges"),
        _tr("Line art, light on dark or dark on light"),
        use=_tr("Use as &edges"),
        used=_tr("Puts the shown picture into the edges layer, as line art."),
        acting=_tr("How strictly the picture keeps to the drawn lines. 0 ignores them."),
    )


def _sheet(items: tuple[Item, ...], rect: Rect) -> Pixels | None:
    items = sheets.drawn(items)
    drawn = list(sheets.touched(items))
    if not drawn:
        return None
    wide = overlap((rect[0] - 1, rect[1] - 1, rect[2] + 2, rect[3] + 2), drawn[0].content.page)
    if all(cover_of(node.content).blank_in(wide) for node in drawn):
        return None
    lines = combined(items, wide)
    if not lines.any():
        return None
    here, _ = shares(wide, rect)
    return _rimmed(lines, max(node.shown for node in drawn))[here]


def _rimmed(lines: Pixels, opacity: float) -> Pixels:
    """uint8 [h, w, 4]: white, and black one pixel around it."""
    padded = np.pad(lines, 1)
    down = np.maximum(np.maximum(padded[:-2], padded[1:-1]), padded[2:])
    near = np.maximum(np.maximum(down[:, :-2], down[:, 1:-1]), down[:, 2:])
    white = lines.astype(np.float32) * np.float32(opacity)
    alpha = np.maximum(white, near.astype(np.float32) * np.float32(RIM * opacity))
    out = np.empty((*lines.shape, 4), np.uint8)
    out[..., :3] = np.rint(white)[..., None]
    out[..., 3] = np.rint(alpha)
    return out


def _paper(items: tuple[Item, ...]) -> int:
    """Where no line is, there is none: black, as a model sees it."""
    return round(max((node.shown for node in sheets.touched(items)), default=0.0) * 255)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Canvas", text)


FACE = Face(
    Edge.kind,
    "spline",
    _words,
    Brush(size=3, hardness=0.9, value=1.0, pressure_size=False),
    copied,
    lambda tools: QColor(255, 255, 255),
    own=("invert",),
    sheet=_sheet,
    level=3,
    paper=_paper,
)
