"""Where the panels of the window stand: settings at the left, viewer at the right, filmstrip below the canvas; the
layers fold out between settings and canvas, or in the settings' place where the window is narrow."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QWidget

from studio_app.ui import icons
from studio_app.ui.action_buttons import explain
from studio_app.ui.viewer.viewer_window import DetachedViewer
from studio_app.ui.window_state import WindowState, to_blob, to_text

LAYOUT_VERSION = 3
"""Rises when panels come or go: a remembered layout of another version is not used."""
SETTINGS_WIDTH = 304
LAYERS_WIDTH = 288
ROOM_FOR_BOTH = 1280
"""Width of a window that has room for settings and layers beside each other."""
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
        layers: QWidget,
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
            "layers": self._dock("layers", self.tr("Layers"), layers, areas.LeftDockWidgetArea),
            "viewer": self._dock("viewer", self.tr("Viewer"), viewer, areas.RightDockWidgetArea),
            "filmstrip": self._dock(
                "filmstrip", self.tr("Pictures"), filmstrip, areas.BottomDockWidgetArea
            ),
        }  # fmt: skip
        self._gave_way = False
        """Whether the settings are only hidden since the layers are in their place."""
        self.toggles = {name: self._toggle(name) for name in self.docks}
        self._fold_layers()
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
        self._gave_way = (
            self._narrow
            and not self.docks["layers"].isHidden()
            and self.docks["settings"].isHidden()
        )

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
            dock.setVisible(dock is not self.docks["layers"])
        self._gave_way = False
        self._size()
        QTimer.singleShot(0, self, self.note_share)

    def note_share(self) -> None:
        """How canvas and viewer share the room from now on."""
        if self._viewer.isVisible() and self._detached is None:
            self._share = self._viewer.width() / max(self._viewer.width() + self._canvas.width(), 1)

    def share_room(self) -> None:
        """After the window got another size: Qt gave or took all of it from one."""
        if not self.docks["layers"].isHidden():
            if not self.docks["settings"].isHidden():
                self._make_way("layers")
                QTimer.singleShot(0, self, self._relax)
            if self._take_place_back():
                self._lay({"settings": SETTINGS_WIDTH, "layers": LAYERS_WIDTH})
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

    def _fold_layers(self) -> None:
        settings, layers = self.docks["settings"], self.docks["layers"]
        self._window.splitDockWidget(settings, layers, Qt.Orientation.Horizontal)
        action = self.toggles["layers"]
        layers.hide()
        action.setChecked(False)
        action.setShortcut(QKeySequence("F7"))
        icons.set_icon(action, "layers")
        explain(action, self.tr("The stack of all layers: groups, masks, blend modes."))

    def _toggle(self, name: str) -> QAction:
        """Shows a panel or hides it. Not the dock's own: that one shows it before anything makes way, and the window
        grows."""
        dock = self.docks[name]
        action = QAction(dock.windowTitle(), self._window)
        action.setObjectName(f"panel_{name}")
        action.setCheckable(True)
        action.triggered.connect(lambda on: self._fold(name, on=on))
        dock.toggleViewAction().toggled.connect(action.setChecked)
        action.setChecked(not dock.isHidden())
        self._window.addAction(action)
        return action

    def _fold(self, name: str, *, on: bool) -> None:
        settings, layers = self.docks["settings"], self.docks["layers"]
        there = settings if layers.isHidden() else layers
        width = there.width()
        if on:
            self._make_way(name)
        self.docks[name].setVisible(on)
        if name == "layers":
            self._take_place_back()
        if settings.isHidden() or layers.isHidden():
            self._lay({"settings": width, "layers": width if self._narrow else LAYERS_WIDTH})
        else:
            self._lay({"settings": SETTINGS_WIDTH, "layers": LAYERS_WIDTH})

    def _relax(self) -> None:
        """The window may be as narrow as what is left in it."""
        layout = self._window.layout()
        if layout is not None:
            layout.invalidate()
            layout.activate()

    def _lay(self, widths: dict[str, int]) -> None:
        """The panels at the left so wide, as far as they are there, and canvas and viewer as they share the rest. At
        once: one after the other they would take from each other."""
        layout = self._window.layout()
        if layout is not None:
            layout.activate()  # a panel that was not there a moment ago has no width to change
        left = {name: width for name, width in widths.items() if not self.docks[name].isHidden()}
        docks, sizes = [self.docks[name] for name in left], list(left.values())
        viewer = self.docks["viewer"]
        if viewer.isVisible() and not viewer.isFloating() and self._share > 0:
            room = self._viewer.width() + self._canvas.width()
            room += sum(dock.width() for dock in docks) - sum(sizes)
            most = room - self._canvas.minimumSizeHint().width()  # or the panels would be squeezed
            docks, sizes = [*docks, viewer], [*sizes, min(round(room * self._share), most)]
        self._window.resizeDocks(docks, sizes, Qt.Orientation.Horizontal)

    @property
    def _narrow(self) -> bool:
        return self._window.width() < ROOM_FOR_BOTH

    def _make_way(self, name: str) -> None:
        """Where there is no room for settings and layers, the one that is asked for stands in the other's place:
        canvas and viewer stay where they are."""
        if self._narrow and name in ("settings", "layers"):
            self._gave_way = name == "layers" and not self.docks["settings"].isHidden()
            self.docks["settings" if name == "layers" else "layers"].hide()

    def _take_place_back(self) -> bool:
        """The settings that made way come back, where the layers went or there is room for both; whether they do."""
        settings, layers = self.docks["settings"], self.docks["layers"]
        if self._gave_way and (layers.isHidden() or not self._narrow):
            self._gave_way = False
            settings.show()
            return True
        return False

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
