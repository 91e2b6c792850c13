"""References on the canvas: a picture over the drawing, or beside it where the canvas is larger than the frame."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QCoreApplication

from studio_app.document.contents.reference import Reference
from studio_app.ui.faces import colour
from studio_app.ui.faces.face import Words


def _words() -> Words:
    return Words(
        _tr("Reference"),
        _tr("A picture to look at; models that take references see it too."),
        _tr(
            "Paste or load a picture: it lies over the drawing, half seen. The button … above says how strongly; "
            "extend the canvas to keep it beside."
        ),
        _tr("&Reference"),
        _tr("Something to look at, or to trace, over the drawing"),
        use=_tr("Use as &reference"),
        used=_tr("Puts the shown picture into the reference layer."),
        acting=_tr("How much the picture is like the reference. 0 ignores it."),
    )  # fmt: skip


def _tr(text: str) -> str:
    return QCoreApplication.translate("Canvas", text)


FACE = replace(
    colour.FACE, kind=Reference.kind, icon="image", words=_words, own=(), level=2, film=True
)
