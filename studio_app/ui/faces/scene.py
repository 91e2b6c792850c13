"""Scenes on the canvas: a plain shaded picture of what stands there (`scene_tool.py` draws the handles)."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor, QImage

from studio_app.document.brushes import Brush
from studio_app.document.contents import sheets
from studio_app.document.contents.scene import Scene
from studio_app.document.planes import Rect
from studio_app.document.results import premultiplied as as_frame
from studio_app.document.stack import Item, Node, flat
from studio_app.ui.faces.face import Face, Pixels, Words, premultiplied
from studio_app.ui.images import to_qimage


def _words() -> Words:
    return Words(
        _tr("Scene"),
        _tr("Figures and solids in space, under a camera: depth and pose at once."),
        _tr(
            "Add a figure or a box, or begin with a ready scene. Drag the empty ground to look around."
        ),
        "",
        "",
        keys=_tr(
            "Home takes the next thing, arrows push it over the ground, Page Up lifts it, with Alt they turn and "
            "scale it, Delete removes it."
        ),
        files=_tr("Scenes and meshes"),
    )


def _sheet(items: tuple[Item, ...], rect: Rect) -> Pixels | None:
    shown = [(node, opacity) for node, opacity, _ in flat(sheets.drawn(items)) if opacity > 0]
    if not shown:
        return None
    out = np.zeros((rect[3], rect[2], 4), np.uint8)
    for node, opacity in reversed(shown):
        _over(out, premultiplied(_content(node).preview(rect), opacity * node.shown))
    return out


def _over(below: Pixels, above: Pixels) -> None:
    """Puts premultiplied `above` over `below`, in place."""
    alpha = above[..., 3]
    if not alpha.any():
        return
    if alpha.min() == 255:
        below[...] = above
        return
    rest = 255 - alpha.astype(np.uint16)
    kept = (below * rest[..., None] + 127) // 255
    below[...] = above + kept.astype(np.uint8)


def _paper(items: tuple[Item, ...]) -> int:
    """Behind a scene is background, which is black in depth."""
    return round(max((node.shown for node in sheets.touched(items)), default=0.0) * 255)


def _copied(node: Node, size: tuple[int, int]) -> QImage:
    return to_qimage(as_frame(_content(node).picture(*size))).copy()


def _content(node: Node) -> Scene:
    assert isinstance(node.content, Scene)
    return node.content


def _tr(text: str) -> str:
    return QCoreApplication.translate("Canvas", text)


FACE = Face(
    Scene.kind,
    "box",
    _words,
    Brush(),
    _copied,
    lambda tools: QColor(),
    own=("scene",),
    files="*.json *.glb *.obj",
    sheet=_sheet,
    paper=_paper,
)
