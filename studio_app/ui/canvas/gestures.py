"""What an event over the canvas means, before anybody acts on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QObject, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QKeyEvent

from studio_app.catalogue.identify import MODELS
from studio_app.document.mesh_files import SUFFIXES
from studio_app.document.pictures import ENDINGS
from studio_app.ui.transform import DocumentToView

KEY_STEP = 8.0
POINTER_LOST = (
    QEvent.Type.WindowDeactivate,
    QEvent.Type.WindowBlocked,
    QEvent.Type.UngrabMouse,
    QEvent.Type.FocusOut,
    QEvent.Type.Hide,
)
"""Events that take the pointer away in the middle of a gesture."""
FILES = (*ENDINGS, ".json", *SUFFIXES, *MODELS)


def pointer_step(event: QKeyEvent) -> QPointF | None:
    """By how many picture pixels an arrow key moves the brush (with Shift by one), or None."""
    step = 1.0 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else KEY_STEP
    moves = {
        Qt.Key.Key_Left.value: QPointF(-step, 0.0),
        Qt.Key.Key_Right.value: QPointF(step, 0.0),
        Qt.Key.Key_Up.value: QPointF(0.0, -step),
        Qt.Key.Key_Down.value: QPointF(0.0, step),
    }
    return moves.get(event.key())


_WAYS = {
    Qt.Key.Key_Right.value: (1.0, 0.0),
    Qt.Key.Key_Left.value: (-1.0, 0.0),
    Qt.Key.Key_Down.value: (0.0, 1.0),
    Qt.Key.Key_Up.value: (0.0, -1.0),
}


def as_drawn(event: QKeyEvent, transform: DocumentToView) -> QKeyEvent:
    """An arrow as the one that points, on the drawing, nearest to where it points on the screen; any other key as it
    is."""
    way = _WAYS.get(event.key())
    if way is None or transform.upright:
        return event

    def along(key: int) -> float:
        across, down = transform.direction(*_WAYS[key])
        return across * way[0] + down * way[1]

    key = max(_WAYS, key=along)
    return QKeyEvent(event.type(), key, event.modifiers(), "", event.isAutoRepeat())


OWN_FILE = "application/x-underpaint-file"
"""Of a drag of this studio's: the address of the picture as a canvas reads it, whatever else is dragged."""


def dropped_file(mime: QMimeData) -> Path | None:
    """The first file of a drag or of the clipboard that could be a picture, a pose, a mesh or a model."""
    own = [QUrl.fromEncoded(mime.data(OWN_FILE))] if mime.hasFormat(OWN_FILE) else []
    for url in (*own, *mime.urls()):
        path = Path(url.toLocalFile())
        if url.isLocalFile() and path.suffix.lower() in FILES:
            return path
    return None


def drawable(mime: QMimeData) -> bool:
    """Whether one could draw with what is dragged here, on the canvas or as the model."""
    return mime.hasImage() or dropped_file(mime) is not None


def take_copy(event: QDropEvent) -> None:
    """Accepts what is dragged as a copy: a program that offers to move a file removes its own where that is taken."""
    event.setDropAction(Qt.DropAction.CopyAction)
    event.accept()


class ProximityWatch(QObject):
    """Tells when the pen is carried away without having been lifted. Only the application hears of that, and
    who listens there hears of everything: so it listens only while a pen is down."""

    def __init__(self, away: Callable[[], object], parent: QObject) -> None:
        super().__init__(parent)
        self._away = away

    def watch(self) -> None:
        application = QCoreApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    def stop(self) -> None:
        application = QCoreApplication.instance()
        if application is not None:
            application.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.TabletLeaveProximity:
            self.stop()
            self._away()
        return False
