"""Choosing a colour: saturation and value in a square, hue in a strip, and the numbers as #rrggbb."""

from __future__ import annotations

import colorsys
import re

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio_app.ui import theme
from studio_app.ui.canvas.tool_settings import Colour
from studio_app.ui.popups import show_below

STRIP = 16
GAP = 8
STEP = 0.02


class ColourField(QWidget):
    """Square and strip. Arrows change saturation and value, Page Up and Page Down the hue."""

    colour_changed = Signal(tuple)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hue, self._saturation, self._value = 0.0, 0.0, 0.5
        self._in_strip = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Colour field"))
        self.setAccessibleDescription(
            self.tr("Arrows: saturation and brightness. Page Up and Page Down: hue.")
        )
        self.setFixedSize(208 + GAP + STRIP, 160)

    @property
    def colour(self) -> Colour:
        red, green, blue = colorsys.hsv_to_rgb(self._hue, self._saturation, self._value)
        return round(red * 255), round(green * 255), round(blue * 255)

    def show_colour(self, colour: Colour) -> None:
        if colour == self.colour:
            return  # greys have no hue of their own: keep the one that was chosen
        hue, saturation, value = colorsys.rgb_to_hsv(*(part / 255 for part in colour))
        self._hue = hue if saturation > 0 else self._hue
        self._saturation, self._value = saturation, value
        self.update()

    def _set(self, hue: float, saturation: float, value: float) -> None:
        self._hue = min(max(hue, 0.0), 0.9999)
        self._saturation = min(max(saturation, 0.0), 1.0)
        self._value = min(max(value, 0.0), 1.0)
        self.update()
        self.colour_changed.emit(self.colour)

    def _square(self) -> QRectF:
        return QRectF(0, 0, self.width() - GAP - STRIP, self.height())

    def _strip(self) -> QRectF:
        return QRectF(self.width() - STRIP, 0, STRIP, self.height())

    def _on_strip(self, point: QPointF) -> bool:
        """Whether it chooses the hue."""
        return point.x() >= self._strip().left() - GAP / 2

    def _point_at(self, point: QPointF) -> None:
        square = self._square()
        if self._in_strip:
            self._set(point.y() / self.height(), self._saturation, self._value)
        else:
            self._set(self._hue, point.x() / square.width(), 1 - point.y() / square.height())

    def _paint_square(self, painter: QPainter, square: QRectF) -> None:
        """Saturation across, value upwards, of the hue of now."""
        across = QLinearGradient(square.topLeft(), square.topRight())
        across.setColorAt(0, QColor(255, 255, 255))
        across.setColorAt(1, QColor.fromHsvF(self._hue, 1, 1))
        painter.fillRect(square, across)
        down = QLinearGradient(square.topLeft(), square.bottomLeft())
        down.setColorAt(0, QColor(0, 0, 0, 0))
        down.setColorAt(1, QColor(0, 0, 0))
        painter.fillRect(square, down)

    # Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        square, strip = self._square(), self._strip()
        with QPainter(self) as painter:
            self._paint_square(painter, square)
            hues = QLinearGradient(strip.topLeft(), strip.bottomLeft())
            for i in range(7):
                hues.setColorAt(i / 6, QColor.fromHsvF(min(i / 6, 0.9999), 1, 1))
            painter.fillRect(strip, hues)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(QColor(*self.colour))
            at = QPointF(self._saturation * square.width(), (1 - self._value) * square.height())
            y = self._hue * strip.height()
            for colour, width in ((QColor(0, 0, 0), 3.0), (QColor(255, 255, 255), 1.5)):
                painter.setPen(QPen(colour, width))
                painter.drawEllipse(at, 6, 6)
                painter.drawLine(QPointF(strip.left(), y), QPointF(strip.right(), y))
            if self.hasFocus():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(theme.colour("accent"), 1))
                painter.drawRect(square.adjusted(0.5, 0.5, -0.5, -0.5))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._in_strip = self._on_strip(event.position())
        self._point_at(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {
            Qt.Key.Key_Left.value: (0.0, -STEP, 0.0),
            Qt.Key.Key_Right.value: (0.0, STEP, 0.0),
            Qt.Key.Key_Up.value: (0.0, 0.0, STEP),
            Qt.Key.Key_Down.value: (0.0, 0.0, -STEP),
            Qt.Key.Key_PageUp.value: (-STEP, 0.0, 0.0),
            Qt.Key.Key_PageDown.value: (STEP, 0.0, 0.0),
        }
        if event.key() in moves:
            hue, saturation, value = moves[event.key()]
            self._set(self._hue + hue, self._saturation + saturation, self._value + value)
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return self.minimumSize()


class Swatch(QToolButton):
    """A button in the brush's colour, with its name; a click opens the field."""

    colour_changed = Signal(tuple)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colour: Colour = (0, 0, 0)
        self._popup: QFrame | None = None
        self.setFixedSize(56, 32)
        self.setToolTip(self.tr("Colour of the brush. I or Ctrl picks one from the picture."))
        self.clicked.connect(self.open)
        self.show_colour((128, 128, 128))

    def show_colour(self, colour: Colour) -> None:
        self._colour = colour
        self.setAccessibleName(self.tr("Colour {name}").format(name=QColor(*colour).name()))
        self.update()

    def open(self) -> None:
        """The field under the button; any click outside closes it."""
        popup = QFrame(self, Qt.WindowType.Popup)
        popup.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        theme.set_role(popup, "popup")
        field = ColourField()
        field.show_colour(self._colour)
        name = QLineEdit(QColor(*self._colour).name())
        name.setAccessibleName(self.tr("Colour as #rrggbb"))
        name.setMaxLength(7)
        name.setFixedWidth(88)

        def chosen(colour: Colour) -> None:
            name.setText(QColor(*colour).name())
            self._choose(colour)

        def typed() -> None:
            colour = parse_colour(name.text())
            if colour is None:
                name.setText(QColor(*self._colour).name())
            else:
                field.show_colour(colour)
                self._choose(colour)

        field.colour_changed.connect(chosen)
        name.editingFinished.connect(typed)
        row = QHBoxLayout()
        label = QLabel(self.tr("Number"))
        theme.set_role(label, "caption")
        row.addWidget(label)
        row.addStretch(1)
        row.addWidget(name)
        rows = QVBoxLayout(popup)
        rows.setContentsMargins(theme.UNIT, theme.UNIT, theme.UNIT, theme.UNIT)
        rows.addWidget(field)
        rows.addLayout(row)
        show_below(popup, self)
        field.setFocus()
        self._popup = popup

    def _choose(self, colour: Colour) -> None:
        self.show_colour(colour)
        self.colour_changed.emit(colour)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.colour("line"), 1))
            painter.setBrush(QColor(*self._colour))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(3.5, 3.5, -3.5, -3.5), 3, 3)


def parse_colour(text: str) -> Colour | None:
    """R, G, B of "#rrggbb" or "rrggbb"; None of anything else."""
    found = re.fullmatch(r"#?([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})", text.strip())
    if found is None:
        return None
    red, green, blue = (int(part, 16) for part in found.groups())
    return red, green, blue
