"""What would be exported, over black, white or checker, once or three by three."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from studio_app.ui import theme
from studio_app.ui.images import to_qimage

SIDE = 256
CHECK = 8
CROSS = 7
"""Half the length of the lines that mark a pivot."""

Ground = Literal["checker", "black", "white"]


class Preview(QWidget):
    """`show_made` or `show_picture`; `set_ground`; `set_tiled` for three by three."""

    def __init__(self) -> None:
        super().__init__()
        self._image = QImage()
        self._pivot: tuple[float, float] | None = None
        self._hard = False
        self.ground: Ground = "checker"
        self.tiled = False
        self.setFixedSize(SIDE, SIDE)
        self.setAccessibleName(self.tr("What will be exported"))

    def show_made(
        self, pixels: NDArray[np.uint8], pivot: tuple[float, float] | None, *, hard: bool
    ) -> None:
        """pixels: uint8 [H, W, 4] BGRA. pivot: 0..1 from the top left. hard: pixels stay squares."""
        self._image, self._pivot, self._hard = to_qimage(pixels), pivot, hard
        self.update()

    def show_picture(self, pixels: NDArray[np.uint8] | None) -> None:
        """A picture as it is: uint8 [H, W, 4] BGRA, or nothing."""
        self._image = QImage() if pixels is None else to_qimage(pixels)
        self._pivot, self._hard = None, False
        self.update()

    def set_ground(self, ground: Ground) -> None:
        self.ground = ground
        self.update()

    def set_tiled(self, tiled: bool) -> None:
        self.tiled = tiled
        self.update()

    # Qt

    def sizeHint(self) -> QSize:
        return QSize(SIDE, SIDE)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            self._paint_ground(painter)
            if self._image.isNull():
                return
            painter.setRenderHint(
                QPainter.RenderHint.SmoothPixmapTransform, on=not self._hard or self.tiled
            )
            place = self._place()
            if not self.tiled:
                painter.drawImage(place, self._image)
                if self._pivot is not None:
                    self._paint_pivot(painter, place)
                return
            width, height = place.width() / 3, place.height() / 3
            for row in range(3):
                for column in range(3):
                    corner = QPointF(place.x() + column * width, place.y() + row * height)
                    painter.drawImage(QRectF(corner, place.size() / 3), self._image)

    def _place(self) -> QRectF:
        size = self._image.size()
        scale = min(SIDE / size.width(), SIDE / size.height())
        if self._hard and scale > 1 and not self.tiled:
            scale = float(int(scale))
        place = QRectF(0, 0, size.width() * scale, size.height() * scale)
        place.moveCenter(QRectF(self.rect()).center())
        return place

    def _paint_ground(self, painter: QPainter) -> None:
        plain = {"black": Qt.GlobalColor.black, "white": Qt.GlobalColor.white}
        if self.ground in plain:
            painter.fillRect(self.rect(), plain[self.ground])
            return
        painter.fillRect(self.rect(), theme.colour("checker_a"))
        for y in range(0, SIDE, CHECK):
            for x in range((y // CHECK % 2) * CHECK, SIDE, 2 * CHECK):
                painter.fillRect(x, y, CHECK, CHECK, theme.colour("checker_b"))

    def _paint_pivot(self, painter: QPainter, place: QRectF) -> None:
        assert self._pivot is not None
        x = place.x() + self._pivot[0] * place.width()
        y = place.y() + self._pivot[1] * place.height()
        self._paint_cross(painter, QPointF(x, y))

    def _paint_cross(self, painter: QPainter, at: QPointF) -> None:
        x, y = at.x(), at.y()
        for colour, width in ((Qt.GlobalColor.black, 3.0), (theme.colour("accent"), 1.5)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(QPointF(x - CROSS, y), QPointF(x + CROSS, y))
            painter.drawLine(QPointF(x, y - CROSS), QPointF(x, y + CROSS))
