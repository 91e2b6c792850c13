"""What masks and line art look like elsewhere than on the canvas: grey, white where all is covered."""

from __future__ import annotations

from PySide6.QtGui import QImage

from studio_app.document.contents.cover import cover_of
from studio_app.document.stack import Node
from studio_app.ui.images import to_qimage


def copied(node: Node, size: tuple[int, int]) -> QImage:
    """As `Face.copied`."""
    return to_qimage(cover_of(node.content).whole).copy()
