"""The one transform between a document and the widget that shows it, for painting and for input."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, QSizeF
from PySide6.QtGui import QTransform

MIN_ZOOM, MAX_ZOOM = 0.05, 64.0
"""Device pixels per document pixel."""


@dataclass(frozen=True)
class DocumentToView:
    """view = scale * document + (dx, dy); document in its pixels (centres at +0.5), view in Qt's
    device-independent pixels. scale > 0.
    """

    scale: float = 1.0
    dx: float = 0.0
    dy: float = 0.0

    @classmethod
    def fitting(
        cls, extent: QSize, view: QSize, *, dpr: float = 1.0, margin: float = 16.0
    ) -> DocumentToView:
        """The largest scale that shows the whole extent inside the view's margin, centred."""
        room_x = max(view.width() - 2 * margin, 1.0)
        room_y = max(view.height() - 2 * margin, 1.0)
        scale = min(room_x / max(extent.width(), 1), room_y / max(extent.height(), 1))
        return cls.centred(extent, view, _bounded(scale, dpr), dpr=dpr)

    @classmethod
    def centred(
        cls, extent: QSize, view: QSize, scale: float, *, dpr: float = 1.0
    ) -> DocumentToView:
        """The extent's middle in the view's middle, its corner on a whole device pixel."""
        dx = (view.width() - scale * extent.width()) / 2
        dy = (view.height() - scale * extent.height()) / 2
        return cls(scale, round(dx * dpr) / dpr, round(dy * dpr) / dpr)

    def to_view(self, x: float, y: float) -> QPointF:
        return QPointF(self.scale * x + self.dx, self.scale * y + self.dy)

    def to_document(self, point: QPointF) -> QPointF:
        return QPointF((point.x() - self.dx) / self.scale, (point.y() - self.dy) / self.scale)

    def view_rect(self, rect: QRect | QRectF) -> QRectF:
        """Where a rectangle of the document lies in the view."""
        size = QSizeF(rect.width() * self.scale, rect.height() * self.scale)
        return QRectF(self.to_view(rect.x(), rect.y()), size)

    def dirty_rect(self, rect: QRect | QRectF) -> QRect:
        """The whole view pixels that a rectangle of the document can touch, smoothing included."""
        grow = self.scale + 1.0  # a bilinear neighbour reaches one document pixel further
        return self.view_rect(rect).adjusted(-grow, -grow, grow, grow).toAlignedRect()

    def document_rect(self, rect: QRect | QRectF) -> QRectF:
        size = QSizeF(rect.width() / self.scale, rect.height() / self.scale)
        return QRectF(self.to_document(QPointF(rect.x(), rect.y())), size)

    def zoomed(self, factor: float, anchor: QPointF, dpr: float = 1.0) -> DocumentToView:
        """Larger by `factor`, with the document's point under `anchor` (view) staying there."""
        scale = _bounded(self.scale * factor, dpr)
        kept = self.to_document(anchor)
        return DocumentToView(scale, anchor.x() - scale * kept.x(), anchor.y() - scale * kept.y())

    def moved(self, dx: float, dy: float) -> DocumentToView:
        return DocumentToView(self.scale, self.dx + dx, self.dy + dy)

    def painter_transform(self) -> QTransform:
        """For QPainter.setTransform (combine=True): what is drawn then is in document pixels."""
        return QTransform(self.scale, 0, 0, self.scale, self.dx, self.dy)


def _bounded(scale: float, dpr: float) -> float:
    return min(max(scale, MIN_ZOOM / dpr), MAX_ZOOM / dpr)
