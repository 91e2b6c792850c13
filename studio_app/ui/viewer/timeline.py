"""Every step of the last runs: x_t above x0, with t and the shares of signal and noise."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from studio_app.document.results import RunRecord
from studio_app.ui import theme
from studio_app.ui.images import to_qimage
from studio_app.ui.viewer.steps import GAP, Column, Columns, label_of, sentence, shares

GUTTER = 24
HEADER = 16
CAPTION = 16
BAR = 3
AIR = 10
"""Between the two numbers of a caption."""
MIN_SIDE, MAX_SIDE = 30, 96
REFRESH_MS = 120
"""While the pen moves runs end 20 times a second; eyes need no more than 8."""


class Timeline(QAbstractScrollArea):
    """A strip of steps to scrub through.

    `scrubbed(run, step)` (a RunRecord, a StepRecord) tells which step the artist looks at, `released` that it
    is none any more (Escape), `forgotten` that the chosen one is gone. `opened` is a double click or Enter,
    `menu_asked(place)` a right click, the step under it chosen.
    """

    scrubbed = Signal(object, object)
    released = Signal()
    forgotten = Signal()
    opened = Signal()
    menu_asked = Signal(object)  # QPoint on the screen

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs: Iterable[RunRecord] = ()
        self._columns = Columns()
        self._chosen: tuple[str, int] | None = None
        self._scrubbing = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self._read_runs)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(self.tr("Timeline of steps"))
        self.setAccessibleDescription(
            self.tr("Left and right choose a step, up and down a run, Escape goes back to live.")
        )
        self.setMinimumHeight(HEADER + 2 * MIN_SIDE + GAP + CAPTION + BAR + 16)

    def set_runs(self, runs: Iterable[RunRecord]) -> None:
        """Shows these: anything that gives the runs, oldest first, whenever it is iterated."""
        self._runs = runs
        self._read_runs()

    def refresh(self) -> None:
        """The runs have changed: shows them soon."""
        if not self._timer.isActive():
            self._timer.start()

    def chosen(self) -> Column | None:
        """The step that is looked at."""
        index = self._chosen_index()
        return None if index is None else self._columns[index]

    def choose(self, run: str, step: int) -> None:
        """Looks at a step (0-based) of the run with this id, if it is still known."""
        index = self._columns.index_of(run, step)
        if index is not None:
            self._choose(index)

    def show_chosen(self, run: str, step: int) -> None:
        """Marks a step that is looked at (0-based, of the run with this id), or none; tells nobody.

        None means that the live picture is looked at again: so the newest run is in sight again, and followed.
        """
        index = self._columns.index_of(run, step)
        chosen = (run, step) if run else None
        if chosen != self._chosen:
            self._chosen = chosen
            self.viewport().update()
            if index is not None:
                self._show(self._columns[index])
            elif chosen is None:
                self.horizontalScrollBar().setValue(self.horizontalScrollBar().maximum())

    def column_rect(self, index: int) -> QRect:
        """Where a step is in the viewport."""
        left = GUTTER + self._columns[index].left - self.horizontalScrollBar().value()
        return QRect(left, HEADER, self._side(), 2 * self._side() + GAP)

    def count(self) -> int:
        return len(self._columns)

    def _side(self) -> int:
        room = self.viewport().height() - HEADER - GAP - CAPTION - BAR - 4
        return min(max(room // 2, MIN_SIDE), MAX_SIDE)

    def _read_runs(self) -> None:
        bar = self.horizontalScrollBar()
        follows = bar.value() >= bar.maximum() and not self._scrubbing
        self._columns = Columns(self._runs, self._side())
        self._set_range()
        if follows and self._chosen is None:
            bar.setValue(bar.maximum())
        if self._chosen is not None and self._chosen_index() is None:
            self._chosen = None
            self.forgotten.emit()
        self.viewport().update()

    def _set_range(self) -> None:
        bar = self.horizontalScrollBar()
        room = self.viewport().width() - GUTTER - 8
        bar.setRange(0, max(self._columns.width - room, 0))
        bar.setPageStep(max(room, 1))
        bar.setSingleStep(self._side() + GAP)

    def _chosen_index(self) -> int | None:
        return None if self._chosen is None else self._columns.index_of(*self._chosen)

    def _choose(self, index: int) -> None:
        column = self._columns[index]
        chosen = (column.run.id, column.step.i)
        if chosen == self._chosen:
            return
        self._chosen = chosen
        self._show(column)
        self.setAccessibleDescription(sentence(column.run, column.step))
        self.viewport().update()
        self.scrubbed.emit(column.run, column.step)

    def _show(self, column: Column) -> None:
        bar = self.horizontalScrollBar()
        right = column.left + self._side() - bar.pageStep()
        if column.left < bar.value():
            bar.setValue(column.left)
        elif right > bar.value():
            bar.setValue(right)

    def _index_at(self, point: QPointF) -> int | None:
        return self._columns.index_at(point.x() - GUTTER + self.horizontalScrollBar().value())

    def _paint_column(self, painter: QPainter, index: int) -> None:
        column = self._columns[index]
        box = self.column_rect(index)
        side = self._side()
        upper = QRectF(box.left(), box.top(), side, side)
        lower = upper.translated(0, side + GAP)
        for place, pixels in ((upper, column.step.noisy), (lower, column.step.denoised)):
            image = to_qimage(pixels)
            size = image.size().scaled(place.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRectF(0, 0, size.width(), size.height())
            target.moveCenter(place.center())
            painter.drawImage(target, image)
        signal, _ = shares(column.step)
        ground = QRectF(box.left(), box.bottom() + 4, side, BAR)
        painter.fillRect(ground, theme.colour("line"))
        painter.fillRect(
            QRectF(ground.left(), ground.top(), side * signal / 100, BAR), theme.colour("text")
        )
        chosen = self._chosen == (column.run.id, column.step.i)
        painter.setPen(theme.colour("text" if chosen else "text_muted"))
        caption = QRectF(box.left(), ground.bottom(), side, CAPTION)
        time, share = f"t {column.step.t}", f"{signal}%"
        painter.drawText(caption, Qt.AlignmentFlag.AlignLeft, time)
        metrics = painter.fontMetrics()
        both = metrics.horizontalAdvance("t 999") + metrics.horizontalAdvance("99%") + AIR
        if both <= side:  # all of them or none; the bar says it anyway
            painter.drawText(caption, Qt.AlignmentFlag.AlignRight, share)
        if chosen:
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.drawRect(box.adjusted(-1, -1, 0, 0))

    def _paint_heading(self, painter: QPainter, index: int) -> None:
        """Over the run's steps; it stays in sight as long as one of them does."""
        run = self._columns[index].run
        first = self._columns.index_of(run.id, run.steps[0].i)
        assert first is not None
        start = self.column_rect(first).left()
        end = start + len(run.steps) * (self._side() + GAP) - GAP
        left = max(start, GUTTER)
        painter.setPen(theme.colour("text_muted"))
        metrics = painter.fontMetrics()
        for text in (
            self.tr("Run {number} · seed {seed} · {sampler}"),
            self.tr("Run {number} · seed {seed}"),
            self.tr("Run {number}"),
            "{number}",
        ):
            said = text.format(
                number=run.number,
                seed=run.request.seed,
                sampler=label_of(run.request.sampler),
            )
            if metrics.horizontalAdvance(said) <= end - left:
                box = QRectF(left, 0, end - left, HEADER)
                painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, said)
                return

    # Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self.viewport()) as painter:
            painter.fillRect(event.rect(), theme.colour("window"))
            font = painter.font()
            font.setPixelSize(theme.SMALL)
            painter.setFont(font)
            if not len(self._columns):
                painter.setPen(theme.colour("text_muted"))
                text = self.tr("Every step of every run is kept here: noise above, picture below.")
                room = self.viewport().rect().adjusted(theme.UNIT, 0, -theme.UNIT, 0)
                flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
                painter.drawText(room, int(flags), text)
                return
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            scrolled = self.horizontalScrollBar().value()
            painter.setClipRect(QRect(GUTTER, 0, self.viewport().width(), self.height()))
            left = event.rect().left() - GUTTER + scrolled
            seen = self._columns.visible(left, left + event.rect().width() + 8)
            for index in seen:
                self._paint_column(painter, index)
            for index in seen:
                if self._columns[index].first or index == seen[0]:
                    self._paint_heading(painter, index)
            painter.setClipping(False)
            self._paint_gutter(painter)

    def _paint_gutter(self, painter: QPainter) -> None:
        side = self._side()
        painter.setPen(theme.colour("text_muted"))
        for name, top in (("x_t", HEADER), ("x0", HEADER + side + GAP)):
            box = QRectF(0, top, GUTTER - 4, side)
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, flags, name)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._read_runs()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._index_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and index is not None:
            self._scrubbing = True
            self._choose(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        index = self._index_at(event.position()) if self._scrubbing else None
        if index is not None:
            self._choose(index)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._scrubbing = False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.chosen() is not None:
            self.opened.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        index = self._index_at(QPointF(event.pos())) if by_mouse else self._chosen_index()
        if index is not None:
            self._choose(index)
            middle = self.viewport().mapToGlobal(self.column_rect(index).center())
            self.menu_asked.emit(event.globalPos() if by_mouse else middle)

    def wheelEvent(self, event: QWheelEvent) -> None:
        delta = event.angleDelta().y() or event.angleDelta().x()
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() - round(delta / 120 * bar.singleStep()))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = len(self._columns) - 1
        index = self._chosen_index()
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.released.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index is not None:
            self.opened.emit()
        elif last < 0:
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Home:
            self._choose(0)
        elif key == Qt.Key.Key_End:
            self._choose(last)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            step = -1 if key == Qt.Key.Key_Left else 1
            self._choose(last if index is None else min(max(index + step, 0), last))
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            towards = -1 if key == Qt.Key.Key_Up else 1
            self._choose(last if index is None else self._columns.run_start(index, towards))
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self._index_at(QPointF(event.pos()))
            if index is not None:
                column = self._columns[index]
                box = self.column_rect(index)
                text = sentence(column.run, column.step)
                QToolTip.showText(event.globalPos(), text, self.viewport(), box)
            return True
        return super().viewportEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(400, HEADER + 2 * 64 + GAP + CAPTION + BAR + 16)
