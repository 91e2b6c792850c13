"""Normals on the canvas: red is right, green is up, blue is towards you."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor, QImage

from studio_app.document.brushes import Brush
from studio_app.document.contents import normal, sheets
from studio_app.document.contents.composed import COMPOSED
from studio_app.document.contents.normal import FACING, Normal
from studio_app.document.planes import Rect
from studio_app.document.results import premultiplied as as_frame
from studio_app.document.stack import Item, Node
from studio_app.ui.faces.face import Face, Pixels, Words, looked_at, premultiplied
from studio_app.ui.images import to_qimage


def _words() -> Words:
    return Words(
        _tr("Normals"),
        _tr("Which way surfaces face: red right, green up, blue towards you."),
        _tr("Paste or load a normal map. The brush paints what faces you."),
        _tr("&Normals"),
        _tr("A normal map, green is up (OpenGL); Ctrl+I turns DirectX over"),
        use=_tr("Use as &normals"),
        used=_tr("Puts the shown picture into the normals layer, as a normal map."),
        acting=_tr("How strictly surfaces face as the normals say. 0 ignores them."),
    )


def _sheet(items: tuple[Item, ...], rect: Rect) -> Pixels | None:
    items = sheets.drawn(items)
    if not items:
        return None
    node = sheets.lone(items)
    if node is not None:
        rgba = _content(node).rgba
        return None if rgba.blank_in(rect) else premultiplied(rgba.read(*rect), node.shown)
    (rgba,) = COMPOSED.read(items, rect, normal.composed, looked_at)
    return premultiplied(rgba, 1.0)


def _copied(node: Node, size: tuple[int, int]) -> QImage:
    return to_qimage(as_frame(_content(node).rgba.whole)).copy()


def _content(node: Node) -> Normal:
    assert isinstance(node.content, Normal)
    return node.content


def _tr(text: str) -> str:
    return QCoreApplication.translate("Canvas", text)


FACE = Face(
    Normal.kind,
    "axis-3d",
    _words,
    Brush(size=36, hardness=0.4),
    _copied,
    lambda tools: QColor(*FACING),
    own=("invert",),
    sheet=_sheet,
    level=0,
)
