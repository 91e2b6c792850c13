"""Colours on the canvas."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor, QImage

from studio_app.document.brushes import Brush
from studio_app.document.contents import colour, sheets
from studio_app.document.contents.colour import Colour
from studio_app.document.contents.composed import COMPOSED
from studio_app.document.planes import Rect
from studio_app.document.results import premultiplied as as_frame
from studio_app.document.stack import Item, Node
from studio_app.ui.faces.face import Face, Pixels, Words, looked_at, premultiplied
from studio_app.ui.images import to_qimage


def _words() -> Words:
    return Words(
        _tr("Colour"),
        _tr("Flat colours that the picture starts from."),
        _tr(
            "Paint flat colours to start from; Colour freedom says how far the picture may leave them."
        ),
        _tr("&Colour"),
        _tr("Flat colours to start from"),
        use=_tr("Use as c&olour"),
        used=_tr("Puts the shown picture into the colour layer, to paint over it."),
    )


def _sheet(items: tuple[Item, ...], rect: Rect) -> Pixels | None:
    items = sheets.drawn(items)
    if not items:
        return None
    node = sheets.lone(items)
    if node is not None:
        rgba = _content(node).rgba
        return None if rgba.blank_in(rect) else premultiplied(rgba.read(*rect), node.shown)
    (rgba,) = COMPOSED.read(items, rect, colour.composed, looked_at)
    return premultiplied(rgba, 1.0)


def _copied(node: Node, size: tuple[int, int]) -> QImage:
    return to_qimage(as_frame(_content(node).rgba.whole)).copy()


def _pick(tools: Any, node: Node, place: tuple[int, int]) -> bool:
    red, green, blue, alpha = (int(part) for part in _content(node).rgba.read(*place, 1, 1)[0, 0])
    if alpha:
        tools.set_colour((red, green, blue))
    return alpha > 0


def _content(node: Node) -> Colour:
    assert isinstance(node.content, Colour)
    return node.content


def _tr(text: str) -> str:
    return QCoreApplication.translate("Canvas", text)


FACE = Face(
    Colour.kind,
    "palette",
    _words,
    Brush(size=28, hardness=0.6, colour=(196, 120, 58)),
    _copied,
    lambda tools: QColor(*tools.colour),
    knobs=("colour",),
    own=("over",),
    sheet=_sheet,
    level=1,
    pick=_pick,
)
