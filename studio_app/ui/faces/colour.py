"""Colours on the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor

from studio_app.document.brushes import Brush
from studio_app.document.contents.colour import Colour
from studio_app.document.contents.rgba import rgba_of
from studio_app.document.stack import Node
from studio_app.ui.faces.face import Face, Words
from studio_app.ui.faces.rgba import copied, sheet

if TYPE_CHECKING:
    from studio_app.ui.canvas.tool_state import ToolState


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


def _pick(tools: ToolState, node: Node, place: tuple[int, int]) -> bool:
    red, green, blue, alpha = (int(part) for part in rgba_of(node.content).read(*place, 1, 1)[0, 0])
    if alpha:
        tools.set_colour((red, green, blue))
    return alpha > 0


def _tr(text: str) -> str:
    return QCoreApplication.translate("Canvas", text)


FACE = Face(
    Colour.kind,
    "palette",
    _words,
    Brush(size=28, hardness=0.6, colour=(196, 120, 58)),
    copied,
    lambda tools: QColor(*tools.colour),
    knobs=("colour",),
    own=("over",),
    sheet=sheet,
    level=1,
    pick=_pick,
)
