"""The picture itself: x0, x_t or both; one or three by three; A beside B."""

from __future__ import annotations

from time import perf_counter
from typing import Literal

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QContextMenuEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QTransform,
)
from PySide6.QtWidgets import QApplication, QWidget

from studio_app.ui import theme
from studio_app.ui.viewer.viewer_model import ViewerModel
from studio_app.ui.zoom_view import ZoomView

GAP = 1 / 32
"""Between x_t and x0, as a share of the picture's width."""
SPLIT_STEP = 0.02
REACH = 10.0
"""View pixels from the divider within which the pointer takes hold of it."""
_CHECKER = 8
_FAR = 1 << 20
_WALKS = {
    Qt.Key.Key_Left.value: -1,
    Qt.Key.Key_Right.value: 1,
    Qt.Key.Key_Home.value: -_FAR,
    Qt.Key.Key_End.value: _FAR,
}


class PictureView(ZoomView):
    """Shows a ViewerModel. Dragging takes the picture out of the window where it fits into the view, or with Shift;
    else it pans, or moves the divider of A and B.
    """

    def __init__(self, model: ViewerModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._splitting = False
        self._held: tuple[QPointF, Literal["x0", "xt"]] | None = None
        self._empty = ""
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Live viewer"))
        self.setAccessibleDescription(
            self.tr(
                "The picture as it forms. + and - zoom, Ctrl and arrows pan, Ctrl+0 fits. "
                "Left and Right look at older and newer pictures, Escape goes back to live. "
                "Dragged out of the window it is a file; close up, with Shift."
            )
        )
        model.changed.connect(self._repaint_pictures)
        model.layout_changed.connect(self._lay_out)
        self._lay_out()

    painted = Signal(float)
    """Milliseconds that a paint with a picture in it took."""
    walked = Signal(int)
    """Left, Right, Home or End: so many pictures newer, if negative older."""
    let_go = Signal()
    """Escape: back to live."""
    drag_asked = Signal(str)
    """The picture ("x0" or "xt") is being dragged out."""
    menu_asked = Signal(object)
    """QPoint on the screen where the menu is wanted."""

    def set_empty_text(self, text: str) -> None:
        """Said in the middle as long as there is no picture."""
        if text != self._empty:
            self._empty = text
            if self._model.picture_size().isEmpty():
                self.update()

    def cell_rect(self, number: int) -> QRectF:
        """Where picture `number` (from the left, 0 or 1) lies, in document pixels."""
        cell = self._cell_size()
        left = number * (cell.width() + self._gap())
        return QRectF(left, 0, cell.width(), cell.height())

    def paint_content(self, painter: QPainter, exposed: QRect) -> None:
        if self._model.picture_size().isEmpty():
            self._paint_empty(painter)
            return
        for number, which in enumerate(self._model.shown()):
            cell = self.transform.view_rect(self.cell_rect(number))
            if not cell.intersects(QRectF(exposed)):
                continue
            if self._model.checkered:
                painter.fillRect(cell, self._checker())
            image = self._model.image(which)
            if image is not None:
                self._paint_picture(painter, image, cell)
            if which == "x0" and self._model.compares:
                self._paint_kept(painter, cell)
        if len(self._model.shown()) == 2:
            self._paint_captions(painter)

    def _paint_picture(self, painter: QPainter, image: QImage, cell: QRectF) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.smooth())
        if not self._model.tiled:
            painter.drawImage(cell, image)
            return
        # A texture wraps round while it is smoothed: a seam shown is a seam of the picture.
        brush = QBrush(image)
        across = cell.width() / 3 / image.width()
        down = cell.height() / 3 / image.height()
        brush.setTransform(QTransform(across, 0, 0, down, cell.left(), cell.top()))
        painter.fillRect(cell, brush)

    def _paint_kept(self, painter: QPainter, cell: QRectF) -> None:
        kept = self._model.kept
        assert kept is not None
        x = cell.left() + cell.width() * self._model.split
        painter.save()
        painter.setClipRect(
            QRectF(cell.left(), cell.top(), x - cell.left(), cell.height()),
            Qt.ClipOperation.IntersectClip,
        )
        painter.fillRect(cell, self._checker() if self._model.checkered else self._surround())
        self._paint_picture(painter, kept, cell)
        painter.restore()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.colour("pasteboard"), 3))
        painter.drawLine(QPointF(x, cell.top()), QPointF(x, cell.bottom()))
        painter.setPen(QPen(theme.colour("accent"), 1))
        painter.drawLine(QPointF(x, cell.top()), QPointF(x, cell.bottom()))
        painter.setBrush(theme.colour("accent"))
        painter.setPen(QPen(theme.colour("pasteboard"), 1))
        painter.drawEllipse(QPointF(x, cell.center().y()), 6, 6)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self._badge(painter, "A", QPointF(cell.left() + 8, cell.top() + 8))
        self._badge(painter, "B", QPointF(cell.right() - 28, cell.top() + 8))

    def _badge(self, painter: QPainter, text: str, corner: QPointF) -> None:
        box = QRectF(corner, QPointF(corner.x() + 20, corner.y() + 20))
        ground = theme.colour("pasteboard")
        ground.setAlphaF(0.8)
        painter.fillRect(box, ground)
        painter.setPen(theme.colour("text"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_captions(self, painter: QPainter) -> None:
        names = {
            "xt": (self.tr("x_t, what the step starts from"), "x_t"),
            "x0": (self.tr("x0, what it predicts"), "x0"),
        }
        font = painter.font()
        font.setPixelSize(theme.SMALL)
        painter.setFont(font)
        painter.setPen(theme.colour("text_muted"))
        for number, which in enumerate(self._model.shown()):
            cell = self.transform.view_rect(self.cell_rect(number))
            box = QRectF(cell.left(), cell.top() - 16, cell.width(), 14)
            whole, short = names[which]
            fits = painter.fontMetrics().horizontalAdvance(whole) <= box.width()
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft, whole if fits else short)

    def _paint_empty(self, painter: QPainter) -> None:
        painter.setPen(theme.colour("text_muted"))
        box = QRectF(self.rect()).adjusted(32, 32, -32, -32)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(box, int(flags), self._empty)

    def _surround(self) -> QBrush:
        return QBrush(theme.colour("pasteboard"))

    def _checker(self) -> QBrush:
        """In view pixels, so that it never looks like part of the picture."""
        tile = QPixmap(2 * _CHECKER, 2 * _CHECKER)
        tile.fill(theme.colour("checker_a"))
        with QPainter(tile) as painter:
            for x, y in ((0, 0), (_CHECKER, _CHECKER)):
                painter.fillRect(x, y, _CHECKER, _CHECKER, theme.colour("checker_b"))
        return QBrush(tile)

    def _cell_size(self) -> QSize:
        return self._model.picture_size() * (3 if self._model.tiled else 1)

    def _gap(self) -> float:
        return max(4.0, self._model.picture_size().width() * GAP)

    def _lay_out(self) -> None:
        cells = len(self._model.shown())
        size = self._cell_size()
        if not size.isEmpty():
            width = size.width() * cells + round(self._gap()) * (cells - 1)
            self.set_extent(QSize(width, size.height()))
        self.update()

    def _repaint_pictures(self) -> None:
        self.update_document(QRect(QPoint(0, 0), self.extent))

    def _split_at(self, point: QPointF) -> float | None:
        """The share of the x0 picture that a point of the view is at; None if no divider shows."""
        if not self._model.compares or "x0" not in self._model.shown():
            return None
        cell = self.transform.view_rect(self.cell_rect(len(self._model.shown()) - 1))
        return (point.x() - cell.left()) / max(cell.width(), 1e-6)

    def _cell_at(self, point: QPointF) -> Literal["x0", "xt"] | None:
        """The picture that a point of the view is on."""
        for number, which in enumerate(self._model.shown()):
            there = self._model.image(which) is not None
            if there and self.transform.view_rect(self.cell_rect(number)).contains(point):
                return which
        return None

    def _drag(self, event: QMouseEvent) -> None:
        assert self._held is not None
        start, which = self._held
        if not event.buttons() & Qt.MouseButton.LeftButton:
            self._held = None  # it was released elsewhere
        elif (event.position() - start).manhattanLength() >= QApplication.startDragDistance():
            self._held = None
            self.drag_asked.emit(which)

    def _on_divider(self, point: QPointF) -> bool:
        share = self._split_at(point)
        if share is None:
            return False
        cell = self.transform.view_rect(self.cell_rect(len(self._model.shown()) - 1))
        near = abs(share - self._model.split) * cell.width() <= REACH
        return near and cell.top() <= point.y() <= cell.bottom()

    # Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        began = perf_counter()
        super().paintEvent(event)
        if not self._model.picture_size().isEmpty():
            self.painted.emit((perf_counter() - began) * 1000)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        left = event.button() == Qt.MouseButton.LeftButton
        if left and not self.is_panning() and self._on_divider(event.position()):
            self._splitting = True
            event.accept()
            return
        super().mousePressEvent(event)
        if left and not event.isAccepted():
            which = self._cell_at(event.position())
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            if which is not None and (self.fits() or shift):
                self._held = event.position(), which
            else:
                self.start_pan(event.position())
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._splitting:
            share = self._split_at(event.position())
            if share is not None:
                self._model.set_split(share)
            return
        if self._held is not None:
            self._drag(event)
            return
        super().mouseMoveEvent(event)
        if not self.is_panning():
            if self._on_divider(event.position()):
                self.setCursor(Qt.CursorShape.SplitHCursor)
            else:
                self.unsetCursor()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._splitting = False
        self._held = None
        super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Between fit and 1:1."""
        if self.fits():
            self.one_to_one()
        else:
            self.fit()
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        middle = self.mapToGlobal(self.rect().center())
        self.menu_asked.emit(event.globalPos() if by_mouse else middle)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left.value: -SPLIT_STEP, Qt.Key.Key_Right.value: SPLIT_STEP}
        plain = not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if plain and self._model.compares and event.key() in step:
            self._model.set_split(self._model.split + step[event.key()])
        elif plain and event.key() in _WALKS:
            self.walked.emit(_WALKS[event.key()])
        elif event.key() == Qt.Key.Key_Escape:
            self.let_go.emit()
        else:
            super().keyPressEvent(event)
