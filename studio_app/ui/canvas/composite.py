"""The drawing as pixels: what lies where in the stack, with "nothing said" left transparent."""

from __future__ import annotations

import numpy as np

from studio_app.document.document import Document
from studio_app.document.planes import Rect
from studio_app.ui.faces.face import Face, Pixels, over
from studio_app.ui.faces.registry import FACES, SHEETS


def compose(document: Document, active: str, rect: Rect) -> Pixels:
    """uint8 [h, w, 4] B, G, R, A premultiplied of a rectangle of the drawing.

    active: the kind that is drawn on, which lies on top of the others; films lie over all.
    """
    out = np.zeros((rect[3], rect[2], 4), np.uint8)
    out[..., 3] = paper(document)
    for face in sorted(SHEETS, key=lambda face: (face.film, face.kind == active and not face.film)):
        sheet = _sheet(document, face, rect)
        if sheet is not None:
            over(out, sheet)
    return out


def paper(document: Document) -> int:
    """0..255: how black the ground is that everything lies on; 0 where it says nothing."""
    grounds = (
        face.paper(document.stack.seen(face.kind))
        for face in FACES.values()
        if face.paper is not None
    )
    return max(grounds, default=0)


def _sheet(document: Document, face: Face, rect: Rect) -> Pixels | None:
    items = document.stack.seen(face.kind)
    return face.sheet(items, rect) if items and face.sheet is not None else None
