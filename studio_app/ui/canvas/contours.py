"""Contour lines over the layer of depth: where it passes a sixteenth of its range."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPoint, QRect, QRectF, QSize, Signal
from PySide6.QtGui import QImage, QPainter

from studio_app.document.contents.depth import Depth
from studio_app.document.planes import NOWHERE, Place, Plane, Rect, overlap, union, widened
from studio_app.session.studio import Studio
from studio_app.ui import theme
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.images import to_qimage
from studio_app.ui.transform import DocumentToView

LINES = 16
"""A line for each of so many equal parts of the range; every fourth is stronger."""
FINEST = 4
"""Pixels of a line's image per pixel of the canvas, at most."""
MOST_PIXELS = 1 << 24
"""Of the images of a whole canvas."""
_HALF_WIDTH = 0.75
_FLAT = 1e-3
"""Parts of the range per pixel: what changes less has no line."""

Values = NDArray[Any]


class Contours(QObject):
    """Kept as an image for each tile that was looked at; of one that changed, only what changed is drawn anew.
    `moved(rect)`: they look different there, in pixels of the document."""

    moved = Signal(QRect)

    def __init__(self, studio: Studio, tools: ToolState, parent: QObject) -> None:
        super().__init__(parent)
        self._studio, self._tools = studio, tools
        self.on = False
        self.drawn = 0
        """Pixels of the canvas that were drawn so far: what it costs."""
        self._scale = 1
        self._look = ""
        self._depth: Depth | None = None
        self._images: dict[Place, QImage] = {}
        self._stale: dict[Place, Rect] = {}
        studio.layers_changed.connect(self._on_layers)

    def set_on(self, on: bool) -> None:
        self.on = on
        self._forget()
        self.moved.emit(QRect(QPoint(0, 0), QSize(*self._studio.document.canvas)))

    def paint(self, painter: QPainter, transform: DocumentToView, exposed: QRect) -> None:
        """exposed: of the view."""
        depth = self._seen() if self.on else None
        if depth is None:
            return
        self._follow(depth, transform.scale * painter.device().devicePixelRatioF())
        to_view = transform.painter_transform()
        shown = to_view.inverted()[0].mapRect(QRectF(exposed)).toAlignedRect()
        painter.save()
        painter.setTransform(to_view, True)
        for place in depth.known.places((shown.x(), shown.y(), shown.width(), shown.height())):
            image = self._image(depth, place)
            if image is not None:
                painter.drawImage(QRectF(*depth.known.box(place)), image)
        painter.restore()

    # ---- inside ----

    def _seen(self) -> Depth | None:
        """The layer of depth that is or was in hand, unless it is hidden or empty."""
        document = self._studio.document
        node = self._tools.held(document, Depth.kind)
        content = node.content
        assert isinstance(content, Depth)
        hidden = document.stack.find(node.id) is None or document.stack.hidden(node.id)
        return None if hidden or content.untouched else content

    def _forget(self) -> None:
        self._images.clear()
        self._stale.clear()
        self._depth = None

    def _on_layers(self, dirty: QRect, _id: str) -> None:
        if self.on:
            self.moved.emit(dirty.adjusted(-2, -2, 2, 2))

    def _follow(self, depth: Depth, zoom: float) -> None:
        """Marks what changed since it was looked at last."""
        width, height = depth.value.size
        scale = 1
        while scale < min(zoom, FINEST) and (2 * scale) ** 2 * width * height <= MOST_PIXELS:
            scale *= 2
        before, look = self._depth, theme.current().name
        if (
            before is None
            or (scale, look) != (self._scale, self._look)
            or not _alike(before, depth)
        ):
            self._forget()
            self._scale, self._look, self._depth = scale, look, depth
            return
        if before is depth:
            return
        self._depth = depth
        for old, new in ((before.value, depth.value), (before.known, depth.known)):
            for place in new.changed(old):
                rect = widened(_changed(old, new, place), 2, depth.value.size)
                for touched in new.places(rect):
                    part = overlap(rect, new.box(touched))
                    self._stale[touched] = union(self._stale.get(touched, NOWHERE), part)

    def _image(self, depth: Depth, place: Place) -> QImage | None:
        """Of a tile; None where there is nothing to see."""
        box = depth.known.box(place)
        stale = self._stale.pop(place, NOWHERE)
        image = self._images.get(place)
        if image is None:
            if depth.known.blank_in(box):
                return None
            size = QRect(0, 0, box[2] * self._scale, box[3] * self._scale).size()
            image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
            self._images[place] = image
            stale = box
        if stale[2] > 0:
            self._draw(depth, image, box, stale)
        return image

    def _draw(self, depth: Depth, image: QImage, box: Rect, rect: Rect) -> None:
        self.drawn += rect[2] * rect[3]
        cover = lines_of(depth, rect, self._scale)
        colour = theme.colour("accent")
        tint = np.array([colour.blue(), colour.green(), colour.red(), 255], np.float32)
        pixels = np.ascontiguousarray((cover[..., None] * tint + 0.5).astype(np.uint8))
        pixels.flags.writeable = False
        corner = QPoint((rect[0] - box[0]) * self._scale, (rect[1] - box[1]) * self._scale)
        with QPainter(image) as painter:
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
            painter.drawImage(corner, to_qimage(pixels))


def lines_of(depth: Depth, rect: Rect, scale: int) -> Values:
    """How much of each pixel the lines cover, float32 0..1 [h, w] of a rectangle, `scale` times as fine. A line is
    about a pixel wide whatever the slope, by the distance to it to the first order."""
    wide = widened(rect, 2, depth.value.size)
    known = depth.known.read(*wide)
    value = depth.value.read(*wide)
    if depth.around == "background":
        value = value * (known.astype(np.float32) / np.float32(255))
    levels = _finer(value * np.float32(LINES), wide, rect, scale)
    down, across = np.gradient(levels) if min(levels.shape) > 1 else (levels * 0, levels * 0)
    slope = np.hypot(across, down)
    nearest = np.rint(levels)
    away = np.abs(levels - nearest) / np.maximum(slope, 1e-9)
    cover = (_HALF_WIDTH + 0.5 - away).clip(0, 1)
    there = _finer((known > 0).astype(np.float32), wide, rect, scale) > 0.5
    seen = there & (slope * scale > _FLAT) & (nearest > 0)
    strength = np.where(nearest % 4 == 0, np.float32(1), np.float32(0.5))
    return np.where(seen, cover * strength, 0)[scale:-scale, scale:-scale].astype(np.float32)


def _finer(values: Values, wide: Rect, rect: Rect, scale: int) -> Values:
    """A rectangle and a pixel around it, between the pixels of what was read; what lies beyond is next to it."""
    out = values
    for axis, side in ((0, 1), (1, 0)):
        start, length = rect[side] - wide[side], rect[side + 2]
        at = (np.arange((length + 2) * scale, dtype=np.float32) + 0.5) / scale - 1.5 + start
        at = at.clip(0, out.shape[axis] - 1)
        low = at.astype(np.intp)
        high = np.minimum(low + 1, out.shape[axis] - 1)
        share = (at - low).astype(np.float32)
        share = share[:, None] if axis == 0 else share[None, :]
        first, last = np.take(out, low, axis), np.take(out, high, axis)
        out = first + share * (last - first)
    return out


def _alike(one: Depth, other: Depth) -> bool:
    return one.value.size == other.value.size and one.around == other.around


def _changed(old: Plane, new: Plane, place: Place) -> Rect:
    """Around the pixels of a tile that differ."""
    box = new.box(place)
    rows, columns = np.nonzero(old.read(*box) != new.read(*box))
    if not rows.size:
        return NOWHERE
    left, top = int(columns.min()), int(rows.min())
    wide, high = int(columns.max()) - left + 1, int(rows.max()) - top + 1
    return box[0] + left, box[1] + top, wide, high
