"""Where the panels of the window stand: settings at the left, viewer at the right, filmstrip below the canvas."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QWidget

from studio_app.ui.viewer.viewer_window import DetachedViewer
from studio_app.ui.window_state import WindowState, to_blob, to_text

LAYOUT_VERSION = 2
"""Rises when panels come or go: a remembered layout of another version is not used."""
SETTINGS_WIDTH = 304
TITLE_BAR = 32
"""What a desktop may put over a window that is not shown yet, in logical pixels."""


class Panels(QObject):
    """The docks of `window` around the canvas, its central widget. Canvas and viewer share what lies beside
    the settings; they keep their shares when the window changes, until the artist moves the border."""

    def __init__(
        self,
        window: QMainWindow,
        canvas: QWidget,
        settings: QWidget,
        viewer: QWidget,
        filmstrip: QWidget,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._canvas = canvas
        self._viewer = viewer
        self._share = 0.0
        window.setCentralWidget(canvas)
        areas = Qt.DockWidgetArea
        window.setCorner(Qt.Corner.BottomLeftCorner, areas.LeftDockWidgetArea)
        window.setCorner(Qt.Corner.BottomRightCorner, areas.BottomDockWidgetArea)
        self.docks = {
            "settings": self._dock("settings", self.tr("Settings"), settings, areas.LeftDockWidgetArea),
            "viewer": self._dock("viewer", self.tr("Viewer"), viewer, areas.RightDockWidgetArea),
            "filmstrip": self._dock(
                "filmstrip", self.tr("Pictures"), filmstrip, areas.BottomDockWidgetArea
            ),
        }  # fmt: skip
        self._made = b""
        self._detached: DetachedViewer | None = None
        viewer.installEventFilter(self)

    def restore(self, state: WindowState) -> None:
        """As they were left, or as they are made."""
        window = self._window
        window.resize(1440, 900)
        self._made = bytes(window.saveState(LAYOUT_VERSION).data())
        if state.geometry:
            window.restoreGeometry(to_blob(state.geometry))
        if not state.layout or not window.restoreState(to_blob(state.layout), LAYOUT_VERSION):
            self._size()

    def saved(self) -> dict[str, str]:
        """What `restore` wants to see again, as fields of a WindowState."""
        window = self._window
        return {
            "geometry": to_text(bytes(window.saveGeometry().data())),
            "layout": to_text(bytes(window.saveState(LAYOUT_VERSION).data())),
        }

    def pop_out_viewer(self) -> None:
        """The viewer in a window of its own, in place of the one here; or back."""
        if self._detached is not None:
            self._detached.close()
            return
        dock = self.docks["viewer"]
        self.note_share()
        dock.hide()
        self._detached = DetachedViewer(self._viewer, self._window.actions(), self._window)
        self._detached.closed.connect(self.bring_back_viewer)
        self._detached.open()
        self._viewer.setFocus()

    def bring_back_viewer(self) -> None:
        """Into the studio's window, where it was."""
        detached, self._detached = self._detached, None
        if detached is not None:
            dock = self.docks["viewer"]
            dock.setWidget(self._viewer)
            dock.show()
            detached.close()
            QTimer.singleShot(0, self, self.share_room)

    def reset(self) -> None:
        """All of them back, as they are made."""
        self.bring_back_viewer()
        self._window.restoreState(self._made, LAYOUT_VERSION)
        for dock in self.docks.values():
            dock.show()
        self._size()
        QTimer.singleShot(0, self, self.note_share)

    def note_share(self) -> None:
        """How canvas and viewer share the room from now on."""
        if self._viewer.isVisible() and self._detached is None:
            self._share = self._viewer.width() / max(self._viewer.width() + self._canvas.width(), 1)

    def share_room(self) -> None:
        """After the window got another size: Qt gave or took all of it from one."""
        dock = self.docks["viewer"]
        if dock.isVisible() and not dock.isFloating() and self._share > 0:
            room = self._viewer.width() + self._canvas.width()
            wanted = round(room * self._share)
            self._window.resizeDocks([dock], [wanted], Qt.Orientation.Horizontal)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and QApplication.mouseButtons():
            QTimer.singleShot(0, self, self.note_share)  # the border is being dragged
        return super().eventFilter(watched, event)

    def _dock(self, name: str, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self._window)
        dock.setObjectName(f"dock_{name}")
        dock.setWidget(widget)
        dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetClosable)
        dock.setTitleBarWidget(QWidget())  # no title: the content says what it is
        self._window.addDockWidget(area, dock)
        return dock

    def _size(self) -> None:
        sides = [self.docks["settings"], self.docks["viewer"]]
        room = self._window.width() - SETTINGS_WIDTH
        widths = [SETTINGS_WIDTH, room // 2]
        self._window.resizeDocks(sides, widths, Qt.Orientation.Horizontal)


def keep_on_screen(window: QWidget, room: QRect) -> None:
    """Makes a window that is about to be shown no larger than `room`, the free part of its screen (logical pixels),
    and moves it inside where it was put outside. It may have been left on a larger screen, or be scaled up."""
    if window.isMaximized() or window.isFullScreen():
        return
    window.resize(window.size().boundedTo(QSize(room.width(), room.height() - TITLE_BAR)))
    if window.testAttribute(Qt.WidgetAttribute.WA_Moved):  # else the desktop finds a place
        last = room.bottomRight() - QPoint(window.width() - 1, window.height() + TITLE_BAR - 1)
        place = window.pos()
        window.move(
            max(min(place.x(), last.x()), room.left()), max(min(place.y(), last.y()), room.top())
        )
