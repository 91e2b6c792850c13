"""What the canvas says of its layers, and shows where nothing is said."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QBrush, QPainter, QPen, QPixmap

from studio_app.ui import theme
from studio_app.ui.canvas.tool_state import Tool
from studio_app.ui.faces.registry import words_of

_HATCH = 12


def spoken(kind: str, tool: Tool) -> str:
    """For a screen reader: what one draws on, and how without a pointer."""
    if tool == "frame":
        return _tr("The frame. Arrows move it, with Shift by ten pixels.")
    words = words_of(kind)
    keys = words.keys or _tr("Arrows move the brush, Enter paints. Tool: {tool}.").format(tool=tool)
    return f"{words.title}. {keys}"


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


def _tr(text: str) -> str:
    return QCoreApplication.translate("Canvas", text)
