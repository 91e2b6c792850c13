"""What the canvas says of its layers, and shows where nothing is said."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QBrush, QPainter, QPen, QPixmap

from studio_app.document.layers import LayerName
from studio_app.ui import theme
from studio_app.ui.canvas.tool_state import Tool

_HATCH = 12


def title(layer: LayerName) -> str:
    """Of a layer, for the artist."""
    names: dict[LayerName, str] = {
        "depth": _tr("Depth"),
        "pose": _tr("Pose"),
        "colour": _tr("Colour"),
        "mask": _tr("Mask"),
    }
    return names[layer]


def purpose(layer: LayerName) -> str:
    """What a layer is for, in one sentence."""
    sentences: dict[LayerName, str] = {
        "depth": _tr("How near things are: white is near, black is background."),
        "pose": _tr("Where people stand, and how."),
        "colour": _tr("Flat colours that the picture starts from."),
        "mask": _tr("Red is painted anew; the rest keeps the colour layer as it is."),
    }
    return sentences[layer]


def spoken(layer: LayerName, tool: Tool) -> str:
    """For a screen reader: what one draws on, and how without a pointer."""
    if layer == "pose":
        keys = _tr("Page Up and Page Down choose a joint, arrows move it, Delete hides it.")
    else:
        keys = _tr("Arrows move the brush, Enter paints. Tool: {tool}.").format(tool=tool)
    return f"{title(layer)}. {keys}"


def unknown_brush() -> QBrush:
    """Hatching for "nothing said here": never a grey that depth could be. In view pixels, in the colours of the
    current theme."""
    return _hatching(theme.current().name)


@lru_cache(maxsize=2)
def _hatching(_theme: str) -> QBrush:
    """Drawing it anew would cost a tenth of every paint."""
    tile = QPixmap(_HATCH, _HATCH)
    tile.fill(theme.colour("pasteboard").lighter(130))
    with QPainter(tile) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = theme.colour("text_muted")
        line.setAlphaF(0.3)
        painter.setPen(QPen(line, 1.5))
        for shift in (-_HATCH, 0, _HATCH):
            painter.drawLine(shift, _HATCH, shift + _HATCH, 0)
    return QBrush(tile)


def advice(layer: LayerName) -> str:
    """What to do with an empty layer, for who has never done it."""
    sentences: dict[LayerName, str] = {
        "depth": _tr("Paint light where things are near. What stays black is background."),
        "pose": _tr("Add a person and drag the joints."),
        "colour": _tr("Paint flat colours to start from; Colour freedom says how far the picture may leave them."),
        "mask": _tr("Paint what shall be made anew; the colour layer stays around it."),
    }  # fmt: skip
    return sentences[layer]


def _tr(text: str) -> str:
    return QCoreApplication.translate("Canvas", text)
