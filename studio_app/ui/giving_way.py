"""Windows that are lower than what is in them: the upper part scrolls, the buttons stay in sight."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

from studio_app.ui import theme


class GivingWay(QScrollArea):
    """As high as its widget where the window has the room, and scrolled where it has not: at least `least` logical
    pixels are seen. It is never narrower than the widget and the bar beside it."""

    def __init__(self, inner: QWidget, least: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._inner = inner
        self._least = least
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.setWidget(inner)
        self.viewport().setAutoFillBackground(False)
        inner.setAutoFillBackground(False)
        inner.installEventFilter(self)
        bar = self.verticalScrollBar()
        bar.rangeChanged.connect(
            lambda _, most: self.setViewportMargins(0, 0, theme.UNIT // 2 if most else 0, 0)
        )

    def sizeHint(self) -> QSize:
        return self._with_bar(self._inner.sizeHint())

    def minimumSizeHint(self) -> QSize:
        size = self._inner.minimumSizeHint()
        return self._with_bar(QSize(size.width(), min(size.height(), self._least)))

    def _with_bar(self, size: QSize) -> QSize:
        return size + QSize(self.verticalScrollBar().sizeHint().width(), 0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()  # what is in it has another size
        return super().eventFilter(watched, event)
