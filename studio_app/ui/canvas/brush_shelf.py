"""The artist's own brushes, kept in the user's folder, and what a brush looks like."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon, QPixmap

from studio_app.document.brush_presets import (
    BrushPreset,
    read_own,
    with_own,
    without_own,
    write_own,
)
from studio_app.document.brushes import Brush
from studio_app.document.strokes import Sample, stroke_cover
from studio_app.ui import theme
from studio_app.ui.canvas.own_shelf import OwnShelf
from studio_app.ui.images import to_qimage

LARGEST = 0.62
"""Of the height of a picture of a brush, so that its stroke is one."""


class BrushShelf(OwnShelf[BrushPreset]):
    """Brushes by their names."""

    file = "brushes.json"
    about = "brushes"

    def read(self, path: Path) -> tuple[BrushPreset, ...]:
        return read_own(path)

    def write(self, path: Path, own: tuple[BrushPreset, ...]) -> None:
        write_own(path, own)

    def said_of_gone(self, one: BrushPreset, replaced: bool) -> str:
        said = (
            self.tr("Replaced the brush {name}")
            if replaced
            else self.tr("Removed the brush {name}")
        )
        return said.format(name=one.name)

    def keep(self, name: str, brush: Brush) -> None:
        """Keeps a brush under a name; whatever had it before is replaced."""
        self.alter(lambda own: with_own(own, name, brush))

    def remove(self, name: str) -> None:
        self.alter(lambda own: without_own(own, name))


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
