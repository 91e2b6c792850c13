"""Text for mock-ups: typed in a field at the place of the click, drawn with the brush's paint while it is typed."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QWidget

from studio_app.document.marks import Mark, Point, Selected
from studio_app.document.planes import COVER, Plane, overlap
from studio_app.session.studio import Studio
from studio_app.ui import theme
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.canvas.tools.tool import MarkTool
from studio_app.ui.images import pixels_of
from studio_app.ui.zoom_view import ZoomView

MOST = 2000
"""Characters."""


class Text(MarkTool):
    """A click begins to write there; its size is the brush's. Ctrl+Enter, or whatever comes next, keeps the text as
    pixels, Escape gives it up."""

    text = "Text"

    def __init__(self, studio: Studio, tools: ToolState, parent: QObject | None = None) -> None:
        super().__init__(studio, tools, parent)
        self._brush = tools.brush
        self.field = TextField(_surface(self))
        self.field.hide()
        self.field.textChanged.connect(self._write)
        self.field.kept.connect(self.put_down)
        self.field.given_up.connect(self.give_up)
        tools.changed.connect(self._on_tools)
        studio.undo_stack.moving.connect(self._draw)  # what is typed belongs to it, seen or not

    @property
    def writing(self) -> bool:
        """Whether a text is open."""
        if self._edit is not None and not self.drawing:
            self._close()  # another command has ended it
        return self._edit is not None

    def begin(self, modifiers: Qt.KeyboardModifier) -> bool:
        self.put_down()
        self._at = self.one
        if self._open():
            self.field.setPlainText("")
            self._show_field()
        return False

    def mark(self) -> Mark | None:
        return Selected(
            written(self.field.toPlainText()[:MOST], self._at, self._font(), self.extent)
        )

    def put_down(self) -> None:
        if self.writing:
            self._draw()
            self.studio.end_stroke()
        self._close()

    def give_up(self) -> None:
        if self.writing:
            self.studio.cancel_stroke()
        self._close()

    def description(self) -> str:
        if not self.writing:
            return ""
        return QCoreApplication.translate("CanvasTools", "Ctrl+Enter keeps it")

    # ---- inside ----

    def _open(self) -> bool:
        self._brush = self.tools.brush
        return self.open(held=False)

    def _write(self) -> None:
        if self.writing:
            self._next = self.mark()
            self._soon.start()

    def _on_tools(self) -> None:
        """Another size or paint is that of the text that is open."""
        if self.writing and self.tools.brush != self._brush:
            self.studio.cancel_stroke()
            self._edit = None
            if self._open():
                self._write()

    def _close(self) -> None:
        self._edit = self._next = None
        self._soon.stop()
        if not self.field.isHidden():
            self.field.hide()
            _surface(self).setFocus()

    def _font(self) -> QFont:
        font = QFont(QApplication.font())
        font.setPixelSize(max(round(self.tools.brush.size), 4))
        return font

    def _show_field(self) -> None:
        surface = _surface(self)
        below = self._at[0], self._at[1] + 1.5 * self.tools.brush.size
        place = surface.transform.to_view(*below).toPoint()
        room = surface.rect().adjusted(8, 8, -8, -8)
        x = min(max(place.x(), room.left()), room.right() - self.field.width())
        y = min(max(place.y(), room.top()), room.bottom() - self.field.height())
        self.field.move(x, y)
        self.field.show()
        self.field.raise_()
        self.field.setFocus()


class TextField(QPlainTextEdit):
    """Where the text is typed, whatever the keyboard and its input methods."""

    kept = Signal()
    given_up = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Text"))
        self.setPlaceholderText(self.tr("Type a text"))
        self.setTabChangesFocus(True)
        self.setFixedSize(264, 80)
        self.foot = QLabel(self.tr("Ctrl+Enter keeps it, Escape gives it up"), self)
        theme.set_role(self.foot, "caption")
        self.foot.setContentsMargins(theme.UNIT, 0, theme.UNIT, theme.UNIT // 2)
        self.foot.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setViewportMargins(0, 0, 0, self.foot.sizeHint().height())

    # Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        height = self.foot.sizeHint().height()
        self.foot.setGeometry(1, self.height() - height - 1, self.width() - 2, height)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # letters are letters here, no tools
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
        elif enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.kept.emit()
        else:
            super().keyPressEvent(event)


def written(text: str, at: Point, font: QFont, size: tuple[int, int]) -> Plane:
    """A plane of cover of a canvas of that size with a text, its upper left corner at a point."""
    metrics = QFontMetricsF(font)
    path = QPainterPath()
    for number, line in enumerate(text.split("\n")):
        path.addText(
            QPointF(at[0], at[1] + metrics.ascent() + number * metrics.lineSpacing()), font, line
        )
    blank = Plane(COVER, *size)
    box = path.boundingRect().toAlignedRect().adjusted(-1, -1, 1, 1)
    rect = overlap((box.x(), box.y(), box.width(), box.height()), blank.bounds)
    if path.isEmpty() or rect[2] <= 0:
        return blank
    image = QImage(rect[2], rect[3], QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    with QPainter(image) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(-rect[0], -rect[1])
        painter.fillPath(path, QColor(255, 255, 255))
    return blank.write(rect[0], rect[1], pixels_of(image)[..., 3].copy())


def _surface(tool: QObject) -> ZoomView:
    """The view that a tool works on."""
    parent = tool.parent()
    while not isinstance(parent, ZoomView):
        assert parent is not None
        parent = parent.parent()
    return parent
