"""The artist's own brushes, kept in the user's folder, and what a brush looks like."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QIcon, QPixmap

from studio_app.core.errors import StudioError
from studio_app.core.resources import user_dir
from studio_app.document.brush_presets import (
    BrushPreset,
    read_own,
    with_own,
    without_own,
    write_own,
)
from studio_app.document.brushes import Brush
from studio_app.document.strokes import Sample, stroke_cover
from studio_app.session.studio import Studio
from studio_app.ui import theme
from studio_app.ui.images import to_qimage

LARGEST = 0.62
"""Of the height of a picture of a brush, so that its stroke is one."""


class BrushShelf(QObject):
    """`own` is read when it is first asked for; every change of it is written in the background."""

    changed = Signal()

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._own: tuple[BrushPreset, ...] | None = None

    @property
    def path(self) -> Path:
        return user_dir() / "brushes.json"

    @property
    def own(self) -> tuple[BrushPreset, ...]:
        if self._own is None:
            try:
                self._own = read_own(self.path)
            except StudioError as error:
                self._own = ()
                self._studio.message.emit(error.regarding("brushes"))
        return self._own

    def keep(self, name: str, brush: Brush) -> None:
        """Keeps a brush under a name; whatever had it before is replaced."""
        try:
            self._set(with_own(self.own, name, brush))
        except StudioError as error:
            self._studio.message.emit(error.regarding("brushes"))

    def remove(self, name: str) -> None:
        self._set(without_own(self.own, name))

    def _set(self, own: tuple[BrushPreset, ...]) -> None:
        self._own = own
        path = self.path
        self._studio.write_later(
            lambda: write_own(path, own),
            lambda _: None,
            lambda error: self._studio.message.emit(error.regarding("brushes")),
        )
        self.changed.emit()


def stroke_icon(brush: Brush, size: QSize, ratio: float = 1.0) -> QIcon:
    """A wave that is drawn with a brush, the pressure rising and falling, in the colour of text."""
    width, height = round(size.width() * ratio), round(size.height() * ratio)
    along = np.linspace(0.0, 1.0, 25)
    most = height * LARGEST
    drawn = min(brush.size * ratio, most)
    reach = (width - drawn) / 2 - 3
    x = width / 2 + (2 * along - 1) * max(reach, 8.0)
    y = height / 2 - np.sin(2 * np.pi * along) * max((height - drawn) / 2 - 3, 2.0)
    press = np.sin(np.pi * along).clip(0.05, 1.0)
    samples = [Sample(float(a), float(b), float(c)) for a, b, c in zip(x, y, press, strict=True)]
    cover = stroke_cover(brush, drawn, samples, (width, height))
    ink = theme.colour("text")
    alpha = np.rint(cover * 255).astype(np.uint16)
    bgra = np.empty((height, width, 4), np.uint8)
    for channel, part in enumerate((ink.blue(), ink.green(), ink.red(), 255)):
        bgra[..., channel] = alpha * part // 255
    bgra.flags.writeable = False
    pixmap = QPixmap.fromImage(to_qimage(bgra))
    pixmap.setDevicePixelRatio(ratio)
    return QIcon(pixmap)
