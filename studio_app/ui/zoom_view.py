"""A widget that shows something with an extent: zoom, pan, fit and 1:1, by mouse, touchpad and keys."""

from __future__ import annotations

from abc import abstractmethod
from math import atan2, degrees

from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from studio_app.ui import theme
from studio_app.ui.abstract import AbstractQt
from studio_app.ui.transform import DocumentToView

ZOOM_STEP = 1.25
PAN_STEP = 48.0
TURN_STEP = 15.0
"""Degrees."""
SMOOTH_BELOW = 6.0
"""Device pixels per picture pixel from which pixels are shown as squares."""


class ZoomView(AbstractQt, QWidget):
    """Base of the canvas and the viewer. Subclasses set `extent` and paint in `paint_content`.

    While it fits (the default), resizing keeps it fitted; any zoom or pan by the user ends that.
    """

    zoom_changed = Signal(float)  # device pixels per document pixel
    turns = False
    """Whether Shift turns what Space, or the middle button, would pan."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._extent = QSize(256, 256)
        self._transform = DocumentToView()
        self._fits = True
        self._pan_from: QPointF | None = None
        self._turn_from: tuple[float, float] | None = None
        """Where the pointer was around the middle and the angle that there was then, while one turns."""
        self._space = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(160, 96)

    @property
    def transform(self) -> DocumentToView:
        return self._transform

    @property
    def extent(self) -> QSize:
        """Of what is shown, in document pixels."""
        return QSize(self._extent)

    def set_extent(self, extent: QSize) -> None:
        if extent == self._extent or extent.isEmpty():
            return
        self._extent = QSize(extent)
        if self._fits:
            self.fit()
        else:
            self._set_transform(self._kept_in_sight(self._transform))
            self.update()

    @property
    def zoom(self) -> float:
        """Device pixels per document pixel."""
        return self._transform.scale * self.devicePixelRatioF()

    def fit(self) -> None:
        """Show all of it, and keep doing so when the widget is resized."""
        self._fits = True
        dpr = self.devicePixelRatioF()
        now = self._transform
        self._set_transform(
            DocumentToView.fitting(
                self._extent, self.size(), dpr=dpr, angle=now.angle, mirrored=now.mirrored
            )
        )

    def one_to_one(self) -> None:
        """One document pixel per device pixel, centred."""
        self.set_zoom(1.0)

    def set_zoom(self, zoom: float) -> None:
        """Centred, at `zoom` device pixels per document pixel."""
        self._fits = False
        dpr, now = self.devicePixelRatioF(), self._transform
        self._set_transform(
            DocumentToView.centred(
                self._extent,
                self.size(),
                zoom / dpr,
                dpr=dpr,
                angle=now.angle,
                mirrored=now.mirrored,
            )
        )

    def zoom_in(self) -> None:
        self._zoom_at(ZOOM_STEP, self._middle())

    def zoom_out(self) -> None:
        self._zoom_at(1 / ZOOM_STEP, self._middle())

    def pan(self, dx: float, dy: float) -> None:
        """Moves what is shown by view pixels; a part of it always stays in sight."""
        self._fits = False
        self._set_transform(self._kept_in_sight(self._transform.moved(dx, dy)))

    def turn_to(self, angle: float) -> None:
        """Turns what is shown about the middle of the view, to an angle in degrees; what fits goes on fitting."""
        turned = self._transform.turned(angle, self._middle())
        if self._fits:
            self._transform = turned
            self.fit()
            self._turned()
        else:
            self._set_transform(self._kept_in_sight(turned))

    def turn_by(self, degrees: float) -> None:
        """Clockwise, as it is seen."""
        self.turn_to(self._transform.angle + (-degrees if self._transform.mirrored else degrees))

    def mirror(self) -> None:
        """Left and right change places on the screen; the document stays what it is."""
        self._set_transform(self._transform.mirror(self._middle().x()))

    def update_document(self, rect: QRect) -> None:
        """Repaints what shows this part of the document, and nothing else."""
        self.update(self._transform.dirty_rect(rect).intersected(self.rect()))

    @abstractmethod
    def paint_content(self, painter: QPainter, exposed: QRect) -> None:
        """Paints the document, in view coordinates; the surround is already there."""

    def fits(self) -> bool:
        """Whether it follows the widget's size."""
        return self._fits

    def start_pan(self, point: QPointF) -> None:
        """From now on, until a button is released, the pointer drags what is shown."""
        self._pan_from = point
        self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def start_turn(self, point: QPointF) -> None:
        """From now on, until a button is released, the pointer turns what is shown."""
        self._turn_from = self._bearing(point), self._transform.angle
        self._fits = False
        self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def is_panning(self) -> bool:
        """Whether the pointer moves, or would move, what is shown."""
        return self._pan_from is not None or self._turn_from is not None or self._space

    def smooth(self) -> bool:
        """Whether pixels melt into each other at this zoom; close up they are squares."""
        return self.zoom < SMOOTH_BELOW and abs(self.zoom - 1.0) > 1e-6

    def _zoom_at(self, factor: float, anchor: QPointF) -> None:
        self._fits = False
        zoomed = self._transform.zoomed(factor, anchor, self.devicePixelRatioF())
        self._set_transform(self._kept_in_sight(zoomed))

    def _kept_in_sight(self, transform: DocumentToView) -> DocumentToView:
        """Moved as little as it takes for the view to show the point of the document that is nearest to its middle."""
        keep = 32.0
        at = transform.to_document(self._middle())
        x, y = (
            _within(at.x(), 0.0, self._extent.width()),
            _within(at.y(), 0.0, self._extent.height()),
        )
        near = transform.to_view(x, y)
        dx = _within(near.x(), keep, self.width() - keep) - near.x()
        dy = _within(near.y(), keep, self.height() - keep) - near.y()
        return transform.moved(dx, dy)

    def _set_transform(self, transform: DocumentToView) -> None:
        if transform == self._transform:
            return
        before, self._transform = self._transform, transform
        self.update()
        if transform.scale != before.scale:
            self.zoom_changed.emit(self.zoom)
        if (transform.angle, transform.mirrored) != (before.angle, before.mirrored):
            self._turned()

    def _turned(self) -> None:
        """What is shown has another angle, or is mirrored."""

    def _middle(self) -> QPointF:
        return QPointF(self.rect().center())

    def _bearing(self, point: QPointF) -> float:
        """Degrees of a point around the middle of the view, clockwise from the right."""
        away = point - self._middle()
        return degrees(atan2(away.y(), away.x()))

    def _turn_with(self, point: QPointF, *, steps: bool) -> None:
        assert self._turn_from is not None
        bearing, angle = self._turn_from
        by = self._bearing(point) - bearing
        angle += -by if self._transform.mirrored else by
        self.turn_to(round(angle / TURN_STEP) * TURN_STEP if steps else angle)

    # Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._fits:
            self.fit()
        else:  # what was in the middle stays there
            old = event.oldSize()
            if old.isValid():
                dx, dy = (self.width() - old.width()) / 2, (self.height() - old.height()) / 2
                self._set_transform(self._kept_in_sight(self._transform.moved(dx, dy)))

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(event.rect(), theme.colour("pasteboard"))
            self.paint_content(painter, event.rect())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel zooms at the pointer; a touchpad's pixel scrolling pans."""
        pixels = event.pixelDelta()
        by_touchpad = not pixels.isNull() and event.phase() != Qt.ScrollPhase.NoScrollPhase
        if by_touchpad and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.pan(pixels.x(), pixels.y())
        else:
            delta = event.angleDelta().y() or event.angleDelta().x()
            if delta:
                self._zoom_at(ZOOM_STEP ** (delta / 120), event.position())
        event.accept()

    def event(self, event: QEvent) -> bool:
        if (
            isinstance(event, QNativeGestureEvent)
            and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture
        ):
            self._zoom_at(1 + event.value(), event.position())
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        middle = event.button() == Qt.MouseButton.MiddleButton
        if middle or (self._space and event.button() == Qt.MouseButton.LeftButton):
            turns = self.turns and event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            (self.start_turn if turns else self.start_pan)(event.position())
            event.accept()
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not event.buttons() and (self._pan_from, self._turn_from) != (None, None):
            self._end_pan()  # it was released elsewhere
        if self._turn_from is not None:
            steps = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self._turn_with(event.position(), steps=steps)
            event.accept()
        elif self._pan_from is not None:
            moved = event.position() - self._pan_from
            self._pan_from = event.position()
            self.pan(moved.x(), moved.y())
            event.accept()
        else:
            event.ignore()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pan_from is not None or self._turn_from is not None:
            self._end_pan()
            event.accept()
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = True
            self._show_cursor()
        elif not self._zoom_key(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self._show_cursor()
        else:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._space = False
        self._end_pan()
        super().focusOutEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(512, 512)

    def _end_pan(self) -> None:
        self._pan_from = self._turn_from = None
        self._show_cursor()

    def _zoom_key(self, event: QKeyEvent) -> bool:
        """+ and - zoom, Ctrl+0 fits, Ctrl+1 is 1:1, Ctrl+arrows pan; whether the key was one of them."""
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        moves = {
            Qt.Key.Key_Left: (PAN_STEP, 0.0),
            Qt.Key.Key_Right: (-PAN_STEP, 0.0),
            Qt.Key.Key_Up: (0.0, PAN_STEP),
            Qt.Key.Key_Down: (0.0, -PAN_STEP),
        }
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_in()
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
            self.zoom_out()
        elif control and key == Qt.Key.Key_0:
            self.fit()
        elif control and key == Qt.Key.Key_1:
            self.one_to_one()
        elif control and key in moves:
            self.pan(*moves[key])
        else:
            return False
        return True

    def _show_cursor(self) -> None:
        if self._space:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.unsetCursor()


def _within(value: float, least: float, most: float) -> float:
    return min(max(value, least), most)
