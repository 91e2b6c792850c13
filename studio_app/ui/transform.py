"""The one transform between a document and the widget that shows it, for painting and for input."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import cos, radians, sin

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, QSizeF
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPolygonF, QTransform

MIN_ZOOM, MAX_ZOOM = 0.05, 64.0
"""Device pixels per document pixel."""


@dataclass(frozen=True)
class DocumentToView:
    """view = mirror * turn * scale * document + (dx, dy); document in its pixels (centres at +0.5), view in Qt's
    device-independent pixels. scale > 0.

    angle: degrees, clockwise as seen before the mirror. mirrored: left and right of the view change places.
    """

    scale: float = 1.0
    dx: float = 0.0
    dy: float = 0.0
    angle: float = 0.0
    mirrored: bool = False

    @classmethod
    def fitting(
        cls,
        extent: QSize,
        view: QSize,
        *,
        dpr: float = 1.0,
        margin: float = 16.0,
        angle: float = 0.0,
        mirrored: bool = False,
    ) -> DocumentToView:
        """The largest scale that shows the whole extent inside the view's margin, centred."""
        room_x = max(view.width() - 2 * margin, 1.0)
        room_y = max(view.height() - 2 * margin, 1.0)
        turned = cls(angle=angle, mirrored=mirrored).view_rect(QRect(QPoint(0, 0), extent))
        scale = min(room_x / max(turned.width(), 1), room_y / max(turned.height(), 1))
        fits = _bounded(scale, dpr)
        return cls.centred(extent, view, fits, dpr=dpr, angle=angle, mirrored=mirrored)

    @classmethod
    def centred(
        cls,
        extent: QSize,
        view: QSize,
        scale: float,
        *,
        dpr: float = 1.0,
        angle: float = 0.0,
        mirrored: bool = False,
    ) -> DocumentToView:
        """The extent's middle in the view's middle, the corner that is leftmost and highest on a whole device pixel."""
        turned = cls(scale, angle=angle, mirrored=mirrored)
        box = turned.view_rect(QRectF(0, 0, extent.width(), extent.height()))
        left, top = (view.width() - box.width()) / 2, (view.height() - box.height()) / 2
        return turned.moved(
            round(left * dpr) / dpr - box.left(), round(top * dpr) / dpr - box.top()
        )

    def to_view(self, x: float, y: float) -> QPointF:
        a, b, c, d = self._linear
        return QPointF(a * x + c * y + self.dx, b * x + d * y + self.dy)

    def to_document(self, point: QPointF) -> QPointF:
        x, y = point.x() - self.dx, point.y() - self.dy
        a, b, c, d = self._linear
        area = self.scale * self.scale * (-1 if self.mirrored else 1)
        return QPointF((d * x - c * y) / area, (a * y - b * x) / area)

    def direction(self, across: float, down: float) -> tuple[float, float]:
        """Where a direction of the document points in the view, as long as it was."""
        a, b, c, d = self._linear
        return (a * across + c * down) / self.scale, (b * across + d * down) / self.scale

    @property
    def upright(self) -> bool:
        """Whether rows of the document are rows of the view, from left to right."""
        return self.angle == 0 and not self.mirrored

    def view_rect(self, rect: QRect | QRectF) -> QRectF:
        """Where a rectangle of the document lies in the view; around it, where it is turned."""
        if self.upright:
            size = QSizeF(rect.width() * self.scale, rect.height() * self.scale)
            return QRectF(self.to_view(rect.x(), rect.y()), size)
        return self.painter_transform().mapRect(QRectF(rect))

    def outline(self, rect: QRect | QRectF) -> QPainterPath:
        """The edge of a rectangle of the document, in the view."""
        path = QPainterPath()
        if self.upright:
            path.addRect(self.view_rect(rect))
        else:
            path.addPolygon(self.painter_transform().map(QPolygonF(QRectF(rect))))
        return path

    def dirty_rect(self, rect: QRect | QRectF) -> QRect:
        """The whole view pixels that a rectangle of the document can touch, smoothing included."""
        grow = self.scale * (1.0 if self.angle % 90 == 0 else 1.5) + 1.0
        # a bilinear neighbour reaches one document pixel further, on the slant its diagonal
        return self.view_rect(rect).adjusted(-grow, -grow, grow, grow).toAlignedRect()

    def seen_rect(self, rect: QRect) -> QRect:
        """The pixels of the document that this part of the view shows, whole."""
        inverse, _ = self.painter_transform().inverted()
        return inverse.mapRect(QRectF(rect)).toAlignedRect().adjusted(-1, -1, 1, 1)

    def draw_image(self, painter: QPainter, place: QRect, image: QImage) -> None:
        """An image over a rectangle of the document; upright, to the pixel of the view."""
        if self.upright:
            painter.drawImage(self.view_rect(place), image)
            return
        painter.save()
        painter.setTransform(self.painter_transform(), True)
        painter.drawImage(QRectF(place), image)
        painter.restore()

    def zoomed(self, factor: float, anchor: QPointF, dpr: float = 1.0) -> DocumentToView:
        """Larger by `factor`, with the document's point under `anchor` (view) staying there."""
        larger = replace(self, scale=_bounded(self.scale * factor, dpr))
        return larger.holding(self.to_document(anchor), anchor)

    def turned(self, angle: float, anchor: QPointF) -> DocumentToView:
        """At another angle (degrees), with the document's point under `anchor` (view) staying there."""
        turned = replace(self, angle=(angle + 180.0) % 360.0 - 180.0)
        return turned.holding(self.to_document(anchor), anchor)

    def mirror(self, axis: float) -> DocumentToView:
        """Left and right of the view exchanged about x = axis."""
        return replace(self, mirrored=not self.mirrored, dx=2 * axis - self.dx)

    def holding(self, point: QPointF, there: QPointF) -> DocumentToView:
        """Moved so that a point of the document lies there in the view."""
        now = self.to_view(point.x(), point.y())
        return self.moved(there.x() - now.x(), there.y() - now.y())

    def moved(self, dx: float, dy: float) -> DocumentToView:
        return replace(self, dx=self.dx + dx, dy=self.dy + dy)

    def painter_transform(self) -> QTransform:
        """For QPainter.setTransform (combine=True): what is drawn then is in document pixels."""
        return QTransform(*self._linear, self.dx, self.dy)

    @property
    def _linear(self) -> tuple[float, float, float, float]:
        """m11, m12, m21, m22 as of a QTransform."""
        if self.angle == 0:
            return (-self.scale if self.mirrored else self.scale), 0.0, 0.0, self.scale
        turn = radians(self.angle)
        cosine, sine = self.scale * cos(turn), self.scale * sin(turn)
        if self.mirrored:
            return -cosine, sine, sine, cosine
        return cosine, sine, -sine, cosine


def _bounded(scale: float, dpr: float) -> float:
    return min(max(scale, MIN_ZOOM / dpr), MAX_ZOOM / dpr)
