"""The viewer in a window of its own: the picture alone on the whole screen, or all of it on a second one."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio_app.ui.tab_order import TabbedAsRead
from studio_app.ui.viewer.picture_view import PictureView
from studio_app.ui.viewer.viewer_model import ViewerModel


class FullScreen(QWidget):
    """Shows the same model as the viewer in the studio; the same keys work. Escape closes it."""

    closed = Signal()

    def __init__(
        self, model: ViewerModel, actions: Iterable[QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Underpaint: viewer"))
        self.view = PictureView(model, self)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.view)
        self.addActions(list(actions))
        self.view.let_go.connect(self.close)
        self.resize(768, 768)

    def open(self) -> None:
        self.showFullScreen()
        self.view.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closed.emit()
        super().closeEvent(event)


class DetachedViewer(TabbedAsRead, QWidget):
    """Holds the viewer while it is not in the studio's window; closing it asks for it back, by `closed`."""

    closed = Signal()

    def __init__(self, viewer: QWidget, actions: Iterable[QAction], studio_window: QWidget) -> None:
        super().__init__(studio_window, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Underpaint: viewer"))
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(viewer)
        viewer.show()
        self.addActions(list(actions))
        self.resize(768, 896)

    def open(self) -> None:
        """Comes up on the screen that the studio is not on, if there is one."""
        parent = self.parentWidget()
        own = parent.screen() if parent is not None else self.screen()
        others = [screen for screen in own.virtualSiblings() if screen is not own]
        if others:
            self.move(others[0].availableGeometry().topLeft())
        self.show()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closed.emit()
        super().closeEvent(event)
