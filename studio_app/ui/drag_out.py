"""Dragging a picture out of the window: into a file manager, an engine, another program."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QObject, QPoint, Qt, QUrl
from PySide6.QtGui import QAction, QDrag, QGuiApplication, QPixmap
from PySide6.QtWidgets import QWidget

from studio_app.core.errors import StudioError
from studio_app.document.results import Picture
from studio_app.session.drag_files import Dragged
from studio_app.session.notices import Notice
from studio_app.session.studio import Studio
from studio_app.ui.action_buttons import add_action
from studio_app.ui.canvas.gestures import OWN_FILE
from studio_app.ui.images import to_qimage


class DragOut(QObject):
    """One per window. `start` while the button is down: the files are made in the background, and the drag begins once
    they are there and the button is still held. With Ctrl, or while `as_sprite` is checked, it is the thing cut out.
    """

    def __init__(self, studio: Studio, window: QWidget) -> None:
        super().__init__(window)
        self._studio = studio
        self._window = window
        self._asked = False
        self.as_sprite: QAction = add_action(
            window, "drag_as_sprite", self.tr("&Drag out as a sprite"), lambda on: None,
            checkable=True,
            why=self.tr("What is dragged into another program is cut out first. Ctrl does so for one drag."),
        )  # fmt: skip
        studio.drags.ready.connect(self._on_ready)
        studio.drags.failed.connect(self._on_failed)

    def start(self, picture: Picture | None) -> None:
        """The pointer has left the place where it took hold of a picture. None: it has none to give yet."""
        if picture is None:
            said = self.tr("There is no finished picture to drag yet")
            self._studio.message.emit(Notice(said, "", "drag"))
            return
        control = bool(QGuiApplication.keyboardModifiers() & Qt.KeyboardModifier.ControlModifier)
        kind = "sprite" if control != self.as_sprite.isChecked() else "picture"
        self._asked = True
        self._studio.drags.ask(self._studio.exporting.wanted_as(picture, kind))

    def _on_ready(self, dragged: Dragged) -> None:
        asked, self._asked = self._asked, False
        if not asked:
            return
        self._studio.settled.emit("drag")
        if not QGuiApplication.mouseButtons() & Qt.MouseButton.LeftButton:
            said = self.tr("{name} is ready now: drag it again")
            self._studio.message.emit(Notice(said.format(name=dragged.files[0].name), "", "drag"))
            return
        drag = QDrag(self._window)
        drag.setMimeData(mime_of(dragged))
        small = QPixmap.fromImage(to_qimage(dragged.thumbnail))
        drag.setPixmap(small)
        drag.setHotSpot(QPoint(small.width() // 2, small.height() // 2))
        drag.exec(Qt.DropAction.CopyAction)

    def _on_failed(self, error: StudioError) -> None:
        if self._asked:
            self._asked = False
            self._studio.message.emit(error.regarding("drag"))


def mime_of(dragged: Dragged) -> QMimeData:
    """The files, and the picture itself for programs that take no files."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file)) for file in dragged.files])
    data.setImageData(to_qimage(dragged.pixels))
    data.setData(OWN_FILE, bytes(QUrl.fromLocalFile(str(dragged.own)).toEncoded().data()))
    return data
