"""Normals on the canvas: red is right, green is up, blue is towards you."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor

from studio_app.document.brushes import Brush
from studio_app.document.contents.normal import FACING, Normal
from studio_app.ui.faces.face import Face, Words
from studio_app.ui.faces.rgba import copied, sheet


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


def _tr(text: str) -> str:
    return QCoreApplication.translate("Canvas", text)


FACE = Face(
    Normal.kind,
    "axis-3d",
    _words,
    Brush(size=36, hardness=0.4),
    copied,
    lambda tools: QColor(*FACING),
    own=("invert",),
    sheet=sheet,
    level=0,
)
