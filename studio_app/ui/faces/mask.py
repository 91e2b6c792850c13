"""Masks on the canvas: what is painted anew lies under a red film."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor

from studio_app.document.brushes import Brush
from studio_app.document.contents import sheets
from studio_app.document.contents.cover import combined, cover_of
from studio_app.document.contents.mask import Mask
from studio_app.document.planes import Rect
from studio_app.document.stack import Item
from studio_app.ui.faces.cover import copied
from studio_app.ui.faces.face import Face, Pixels, Words

TINT = (66, 74, 236)
"""B, G, R of what a mask paints anew: the red film of every quick mask."""
COVER = 112


def _words() -> Words:
    return Words(
        _tr("Mask"),
        _tr("Red is painted anew; the rest keeps the colour layer as it is."),
        _tr("Paint what shall be made anew; the colour layer stays around it."),
        _tr("&Mask"),
        _tr("White is painted anew"),
        use=_tr("Use as &mask"),
        used=_tr("Puts the shown picture into the mask: white is painted anew."),
    )


def _sheet(items: tuple[Item, ...], rect: Rect) -> Pixels | None:
    items = sheets.drawn(items)
    if not items:
        return None
    drawn = list(sheets.touched(items))
    if all(cover_of(node.content).blank_in(rect) for node in drawn):
        return None
    return _film(combined(items, rect), max(node.shown for node in drawn))


def _film(pixels: Pixels, opacity: float) -> Pixels:
    alpha = np.arange(256, dtype=np.uint16) * round(COVER * opacity) // 255
    table = np.empty((256, 4), np.uint8)
    table[:, :3] = np.array(TINT, np.uint16) * alpha[:, None] // 255
    table[:, 3] = alpha
    return table[pixels]  # a table: every dab comes by here


def _tr(text: str) -> str:
    return QCoreApplication.translate("Canvas", text)


FACE = Face(
    Mask.kind,
    "square-dashed",
    _words,
    Brush(size=48, hardness=0.7, value=1.0, pressure_size=False),
    copied,
    lambda tools: QColor(236, 74, 66),
    own=("invert",),
    sheet=_sheet,
    film=True,
)
