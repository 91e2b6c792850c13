"""Nine pictures of other seeds around the current one: look, click, keep."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from studio_app.core.frame import Frame
from studio_app.ui import theme
from studio_app.ui.images import to_qimage

SIDE = 3
COUNT = SIDE * SIDE
MIDDLE = COUNT // 2
GAP = 8.0
_DIGITS = range(Qt.Key.Key_1.value, Qt.Key.Key_9.value + 1)


class VariationsGrid(QWidget):
    """Shows the nine as they arrive; the middle one is the current picture's own seed.

    `kept(number)` says which was chosen (0..8, rows from the top), `dismissed` that none was.
    """

    kept = Signal(int)
    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frames: dict[int, Frame] = {}
        self._chosen = MIDDLE
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(self.tr("Variations"))
        self.setAccessibleDescription(
            self.tr("Nine other seeds. Arrows choose, Enter or 1 to 9 keep, Escape goes back.")
        )

    def start(self) -> None:
        """Nine empty places, waiting for pictures."""
        self._frames.clear()
        self._chosen = MIDDLE
        self.update()

    def show_frame(self, number: int, frame: Frame) -> None:
        if 0 <= number < COUNT:
            self._frames[number] = frame
            self.update(self.cell(number).toAlignedRect())

    def count(self) -> int:
        """How many are there."""
        return len(self._frames)

    def cell(self, number: int) -> QRectF:
        """Where picture `number` is."""
        side = (min(self.width(), self.height()) - (SIDE + 1) * GAP) / SIDE
        block = SIDE * side + (SIDE - 1) * GAP
        left = (self.width() - block) / 2 + (number % SIDE) * (side + GAP)
        top = (self.height() - block) / 2 + (number // SIDE) * (side + GAP)
        return QRectF(left, top, side, side)

    def number_at(self, point: QPointF) -> int | None:
        for number in range(COUNT):
            if self.cell(number).contains(point):
                return number
        return None

    def keep(self, number: int) -> None:
        """Chooses one, if its picture is there."""
        if number in self._frames:
            self.kept.emit(number)

    def _choose(self, number: int) -> None:
        if number != self._chosen:
            for changed in (self._chosen, number):
                self.update(self.cell(changed).adjusted(-3, -3, 3, 3).toAlignedRect())
            self._chosen = number
            text = self.tr("Variation {number}; Enter keeps it").format(number=number + 1)
            self.setAccessibleDescription(text)

    def _paint_cell(self, painter: QPainter, number: int) -> None:
        cell = self.cell(number)
        frame = self._frames.get(number)
        if frame is None:
            painter.fillRect(cell, theme.colour("window"))
        else:
            image = to_qimage(frame.pixels)
            size = image.size().scaled(cell.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
            box = QRectF(0, 0, size.width(), size.height())
            box.moveCenter(cell.center())
            painter.drawImage(box, image)
        if number == self._chosen:
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.drawRect(cell.adjusted(-1, -1, 1, 1))
        label = QRectF(cell.left(), cell.top(), 20, 20)
        ground = theme.colour("pasteboard")
        ground.setAlphaF(0.72)
        painter.fillRect(label, ground)
        painter.setPen(theme.colour("text"))
        painter.drawText(label, Qt.AlignmentFlag.AlignCenter, str(number + 1))

    # Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(event.rect(), theme.colour("pasteboard"))
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            font = painter.font()
            font.setPixelSize(theme.SMALL)
            painter.setFont(font)
            for number in range(COUNT):
                if self.cell(number).adjusted(-3, -3, 3, 3).intersects(QRectF(event.rect())):
                    self._paint_cell(painter, number)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        number = self.number_at(event.position())
        if number is not None:
            self._choose(number)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self.number_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and number is not None:
            self.keep(number)
        elif event.button() == Qt.MouseButton.LeftButton:
            self.dismissed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row, column = divmod(self._chosen, SIDE)
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.keep(self._chosen)
        elif key == Qt.Key.Key_Escape:
            self.dismissed.emit()
        elif key in _DIGITS:
            self.keep(key - Qt.Key.Key_1.value)
        elif key == Qt.Key.Key_Left:
            self._choose(row * SIDE + max(column - 1, 0))
        elif key == Qt.Key.Key_Right:
            self._choose(row * SIDE + min(column + 1, SIDE - 1))
        elif key == Qt.Key.Key_Up:
            self._choose(max(row - 1, 0) * SIDE + column)
        elif key == Qt.Key.Key_Down:
            self._choose(min(row + 1, SIDE - 1) * SIDE + column)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        # The digits and Escape are meant for the grid here, whatever the window uses them for.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if event.key() in _DIGITS or event.key() == Qt.Key.Key_Escape:
                event.accept()
                return True
        elif isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            number = self.number_at(QPointF(event.pos()))
            if number is not None and number in self._frames:
                text = self.tr("Click to keep this one ({key})").format(key=number + 1)
                box = self.cell(number).toAlignedRect()
                QToolTip.showText(event.globalPos(), text, self, QRect(box))
            return True
        return super().event(event)

    def sizeHint(self) -> QSize:
        return QSize(512, 512)
