"""A packed sheet with its cells, or the animation of one of its rows, as an engine plays it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from studio_app.export.pieces import Cell
from studio_app.ui import theme
from studio_app.ui.export.pivot_preview import PivotPreview
from studio_app.ui.export.preview import SIDE
from studio_app.ui.images import to_qimage

MARGIN = 8


class SheetPreview(PivotPreview):
    """`show_sheet`, then `set_playing`. Frames stand on their pivots, each as long as the sheet says."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__()
        self.setParent(parent)
        self.cells: tuple[Cell, ...] = ()
        self.current = -1
        """The frame that is looked at; while it plays, the one that is seen."""
        self.playing = False
        self.loop = True
        self._share = 1.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._next)

    def show_sheet(
        self,
        pixels: NDArray[np.uint8],
        width: int,
        cells: Sequence[Cell],
        *,
        hard: bool,
        loop: bool = True,
    ) -> None:
        """pixels: uint8 [H, W, 4] BGRA of the sheet, which may be smaller than it is. width: of the sheet itself, in
        whose pixels cells are."""
        self._image, self._pivot, self._hard = to_qimage(pixels), None, hard
        self._share = pixels.shape[1] / width
        self.cells, self.loop = tuple(cells), loop
        self.current = min(self.current, len(self.cells) - 1)
        self._run()
        self.update()

    def show_no_sheet(self) -> None:
        """What is shown is no sheet."""
        self.cells = ()
        self._timer.stop()

    def look_at(self, frame: int) -> None:
        """Of the frame's row is what plays; in the sheet its cell is marked."""
        self.current = min(frame, len(self.cells) - 1)
        self._run()
        self.update()

    def set_playing(self, playing: bool) -> None:
        self.playing = playing
        self._run()
        self.update()

    @property
    def row(self) -> tuple[int, ...]:
        """The frames that are played."""
        if not self.cells:
            return ()
        name = self.cells[max(self.current, 0)].row
        return tuple(i for i, cell in enumerate(self.cells) if cell.row == name)

    # ---- inside ----

    def _run(self) -> None:
        if not (self.playing and self.cells and self.isVisible()):
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start(round(self.cells[max(self.current, 0)].milliseconds))

    def _next(self) -> None:
        row = self.row
        if not row:
            return
        at = row.index(self.current) if self.current in row else -1
        if at + 1 < len(row) or self.loop:
            self.current = row[(at + 1) % len(row)]
            self.update()
            self._run()

    # Qt

    def showEvent(self, event: object) -> None:
        self._run()

    def hideEvent(self, event: object) -> None:
        self._timer.stop()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.cells:
            super().paintEvent(event)
            return
        with QPainter(self) as painter:
            self._paint_ground(painter)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=not self._hard)
            if self.playing:
                self._paint_frame(painter)
            else:
                self._paint_sheet(painter)
                self._paint_drawn(painter)

    @property
    def _takes_hands(self) -> bool:
        """A frame that plays stands on its pivot: it would run away."""
        return super()._takes_hands and not (self.cells and self.playing)

    def _paint_sheet(self, painter: QPainter) -> None:
        place = self._place()
        painter.drawImage(place, self._image)
        scale = place.width() / self._image.width() * self._share
        line = QColor(theme.colour("text_muted"))
        line.setAlpha(120)
        for number, cell in enumerate(self.cells):
            chosen = number == self.current
            painter.setPen(QPen(theme.colour("accent") if chosen else line, 2 if chosen else 1))
            corner = place.topLeft() + QPointF(cell.x, cell.y) * scale
            painter.drawRect(
                QRectF(corner.x(), corner.y(), cell.width * scale, cell.height * scale)
            )

    def _paint_frame(self, painter: QPainter) -> None:
        """The frames of the sheet are of one scale, and their pivots in one place."""
        left = max(cell.pivot[0] * cell.width for cell in self.cells)
        right = max((1 - cell.pivot[0]) * cell.width for cell in self.cells)
        above = max(cell.pivot[1] * cell.height for cell in self.cells)
        below = max((1 - cell.pivot[1]) * cell.height for cell in self.cells)
        room = SIDE - 2 * MARGIN
        scale = min(room / max(left + right, 1), room / max(above + below, 1))
        if self._hard and scale > 1:
            scale = float(int(scale))
        x = (SIDE - (left + right) * scale) / 2 + left * scale
        y = (SIDE - (above + below) * scale) / 2 + above * scale
        cell = self.cells[max(self.current, 0)]
        target = QRectF(
            x - cell.pivot[0] * cell.width * scale,
            y - cell.pivot[1] * cell.height * scale,
            cell.width * scale,
            cell.height * scale,
        )
        part = QRectF(cell.x, cell.y, cell.width, cell.height)
        source = QRectF(
            part.x() * self._share,
            part.y() * self._share,
            part.width() * self._share,
            part.height() * self._share,
        )
        painter.drawImage(target, self._image, source)
