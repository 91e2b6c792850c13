"""What follows the hand in the place of a piece that is too large to be laid anew at every move: a coarse picture."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF
from PySide6.QtGui import QImage, QPainter, QTransform

from studio_app.document.contents.content import Content
from studio_app.document.floating import Matrix, Piece, Placing, laid
from studio_app.document.planes import Rect
from studio_app.document.stack import Node
from studio_app.document.warping import Mesh
from studio_app.ui.faces.registry import FACES
from studio_app.ui.images import to_qimage
from studio_app.ui.transform import DocumentToView

SIDE = 256
"""Pixels of its longer side: few enough to be warped at every move."""
_OPACITY = 0.85


class Ghost:
    """way: where it is."""

    def __init__(self, piece: Piece) -> None:
        self.way: Placing = Matrix()
        self._piece = piece
        self._step = max(-(-max(piece.rect[2:]) // SIDE), 1)
        self._small = piece.thinned(self._step)
        self._size = next(iter(self._small.planes.values())).size
        self._image = self._picture(self._small, (0, 0, *self._size))

    def paint(self, painter: QPainter, transform: DocumentToView) -> None:
        x, y, _, _ = self._piece.rect
        way, step = self.way, self._step
        painter.save()
        painter.setOpacity(_OPACITY)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setTransform(transform.painter_transform(), True)
        if isinstance(way, Matrix):
            painter.setTransform(QTransform(way.a, way.b, way.c, way.d, way.e, way.f), True)
            painter.translate(x, y)
            painter.scale(step, step)
            painter.drawImage(QPoint(0, 0), self._image)
        elif isinstance(way, Mesh):
            self._paint_warped(painter, way)
        painter.restore()

    def _paint_warped(self, painter: QPainter, way: Mesh) -> None:
        """The coarse picture, as coarsely warped, where its net comes to lie."""
        left, top, width, height = way.bounds(self._piece.rect)
        step = max(self._step, -(-max(width, height) // SIDE))
        extent = -(-width // step), -(-height // step)
        net = (way.points - (left, top)) / step
        small = Mesh((0, 0, *self._size), net)
        if not small.usable:
            return
        blank = self._small.blank(*extent)
        made, _ = laid(blank, Piece((0, 0, *self._size), self._small), small, extent)
        image = self._picture(made, (0, 0, *extent))
        painter.drawImage(QRectF(left, top, extent[0] * step, extent[1] * step), image)

    def _picture(self, content: Content, rect: Rect) -> QImage:
        sheet = FACES[content.kind].sheet
        assert sheet is not None
        pixels = sheet((Node("ghost", content),), rect)
        if pixels is None:
            image = QImage(rect[2], rect[3], QImage.Format.Format_ARGB32_Premultiplied)
            image.fill(0)
            return image
        pixels.flags.writeable = False
        return to_qimage(pixels).copy()
