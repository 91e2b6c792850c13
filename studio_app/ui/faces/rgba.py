"""What colours, references and normals look like on the canvas: their own R, G, B."""

from __future__ import annotations

from PySide6.QtGui import QImage

from studio_app.document.contents import sheets
from studio_app.document.contents.composed import COMPOSED
from studio_app.document.contents.rgba import composed, rgba_of
from studio_app.document.planes import Rect
from studio_app.document.results import premultiplied as as_frame
from studio_app.document.stack import Item, Node
from studio_app.ui.faces.face import Pixels, looked_at, premultiplied
from studio_app.ui.images import to_qimage


def sheet(items: tuple[Item, ...], rect: Rect) -> Pixels | None:
    """As `Face.sheet`."""
    items = sheets.drawn(items)
    if not items:
        return None
    node = sheets.lone(items)
    if node is not None:
        rgba = rgba_of(node.content)
        return None if rgba.blank_in(rect) else premultiplied(rgba.read(*rect), node.shown)
    (rgba,) = COMPOSED.read(items, rect, composed, looked_at)
    return premultiplied(rgba, 1.0)


def copied(node: Node, size: tuple[int, int]) -> QImage:
    """As `Face.copied`."""
    return to_qimage(as_frame(rgba_of(node.content).whole)).copy()
