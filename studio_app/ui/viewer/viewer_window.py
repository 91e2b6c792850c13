"""The viewer's picture in a window of its own: full screen, or beside the studio on a second screen."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio_app.ui.viewer.picture_view import PictureView
from studio_app.ui.viewer.viewer_model import ViewerModel


class ViewerWindow(QWidget):
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
        self.resize(768, 768)

    def open(self, *, full: bool) -> None:
        """Comes up on the screen that the studio is not on, if there is one."""
        parent: QWidget | None = self.parentWidget()
        own = self.screen() if parent is None else parent.screen()
        others = [screen for screen in own.virtualSiblings() if screen is not own]
        if others and not full:
            self.move(others[0].availableGeometry().topLeft())
        if full:
            self.showFullScreen()
        else:
            self.show()
        self.view.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closed.emit()
        super().closeEvent(event)
