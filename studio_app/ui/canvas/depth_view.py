"""Views of all depth that is seen, as a request says it, that lie over the drawing: kept as an image for each tile that
was looked at; of one that changed, only what changed is drawn anew."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPoint, QRect, QRectF, QSize, Signal
from PySide6.QtGui import QImage, QPainter

from studio_app.document.all_depth import AllDepth, all_depth
from studio_app.document.planes import NOWHERE, Place, Rect, overlap, union, widened
from studio_app.session.studio import Studio
from studio_app.ui import theme
from studio_app.ui.abstract import AbstractQt
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.images import to_qimage
from studio_app.ui.transform import DocumentToView

MOST_PIXELS = 1 << 24
"""Of the images of a whole canvas."""

Pixels = NDArray[np.uint8]


class DepthView(AbstractQt, QObject):
    """Off until `set_on`. `moved(rect)`: it looks different there, in pixels of the document."""

    moved = Signal(QRect)

    finest = 1
    """Pixels of an image per pixel of the canvas, at most."""
    margin = 2
    """Pixels that what is drawn looks around itself."""

    def __init__(self, studio: Studio, tools: ToolState, parent: QObject) -> None:
        super().__init__(parent)
        self._studio, self._tools = studio, tools
        self.on = False
        self.drawn = 0
        """Pixels of the canvas that were drawn so far: what it costs."""
        self._scale = 1
        self._look: tuple[object, ...] = ()
        self._depth: AllDepth | None = None
        self._images: dict[Place, QImage] = {}
        self._stale: dict[Place, Rect] = {}
        studio.layers_changed.connect(self._on_layers)

    @abstractmethod
    def pixels(self, depth: AllDepth, rect: Rect, scale: int) -> Pixels:
        """What a rectangle looks like, `scale` times as fine: uint8 [h, w, 4] B, G, R, A premultiplied."""

    def look(self) -> tuple[object, ...]:
        """What else it depends on than the depth."""
        return (theme.current().name,)

    def set_on(self, on: bool) -> None:
        self.on = on
        self._forget()
        self.moved.emit(QRect(QPoint(0, 0), QSize(*self._studio.document.canvas)))

    def paint(self, painter: QPainter, transform: DocumentToView, exposed: QRect) -> None:
        """exposed: of the view."""
        depth = all_depth(self._studio.document) if self.on else None
        if depth is None:
            return
        self._follow(depth, transform.scale * painter.device().devicePixelRatioF())
        to_view = transform.painter_transform()
        shown = to_view.inverted()[0].mapRect(QRectF(exposed)).toAlignedRect()
        painter.save()
        painter.setTransform(to_view, True)
        for place in depth.grid.places((shown.x(), shown.y(), shown.width(), shown.height())):
            image = self._image(depth, place)
            if image is not None:
                painter.drawImage(QRectF(*depth.grid.box(place)), image)
        painter.restore()

    # ---- inside ----

    def _forget(self) -> None:
        self._images.clear()
        self._stale.clear()
        self._depth = None

    def _on_layers(self, dirty: QRect, _id: str) -> None:
        if self.on:
            reach = self.margin
            self.moved.emit(dirty.adjusted(-reach, -reach, reach, reach))

    def _follow(self, depth: AllDepth, zoom: float) -> None:
        """Marks what changed since it was looked at last."""
        width, height = depth.size
        scale = 1
        while scale < min(zoom, self.finest) and (2 * scale) ** 2 * width * height <= MOST_PIXELS:
            scale *= 2
        before, look = self._depth, self.look()
        if before is None or (scale, look) != (self._scale, self._look) or not depth.like(before):
            self._forget()
            self._scale, self._look, self._depth = scale, look, depth
            return
        self._depth = depth
        grid = depth.grid
        for rect in depth.changed(before):
            wide = widened(rect, self.margin, depth.size)
            for touched in grid.places(wide):
                part = overlap(wide, grid.box(touched))
                self._stale[touched] = union(self._stale.get(touched, NOWHERE), part)

    def _image(self, depth: AllDepth, place: Place) -> QImage | None:
        """Of a tile; None where there is nothing to see."""
        box = depth.grid.box(place)
        stale = self._stale.pop(place, NOWHERE)
        image = self._images.get(place)
        if image is None:
            if depth.blank_in(box):
                return None
            size = QRect(0, 0, box[2] * self._scale, box[3] * self._scale).size()
            image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
            self._images[place] = image
            stale = box
        if stale[2] > 0:
            self._draw(depth, image, box, stale)
        return image

    def _draw(self, depth: AllDepth, image: QImage, box: Rect, rect: Rect) -> None:
        self.drawn += rect[2] * rect[3]
        pixels = self.pixels(depth, rect, self._scale)
        pixels.flags.writeable = False
        corner = QPoint((rect[0] - box[0]) * self._scale, (rect[1] - box[1]) * self._scale)
        with QPainter(image) as painter:
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
            painter.drawImage(corner, to_qimage(pixels))
