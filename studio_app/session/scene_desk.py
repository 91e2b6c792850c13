"""What takes long to look at, scenes, at full size: in the background once nobody drags it, and then shown and asked
with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtCore import QObject, Signal

from studio_app.core.errors import StudioError
from studio_app.document.stack import Node
from studio_app.session.editor import Editor
from studio_app.session.io_worker import IoWorker


class SceneDesk(QObject):
    """Window's thread; the casting is the reader's. One at a time; nothing comes of one that has changed when it
    is done."""

    message = Signal(object)
    sharpened = Signal(str)
    """Id of the node that is seen at full size now."""

    def __init__(self, editor: Editor, reader: IoWorker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._editor, self._reader = editor, reader
        self._busy = False
        self._asked: tuple[str, Callable[[], object]] | None = None
        editor.changed.connect(self._go_on)

    def when_sharp(self, id: str, then: Callable[[], object]) -> None:
        """Calls it once a node is there at full size, whatever it is: at once of what is no scene. Who asks again takes
        the place of who asked before."""
        self._asked = id, then
        self._go_on()

    def forget(self) -> None:
        """Other work is on the desk: whoever asked is not called any more."""
        self._asked = None

    # ---- inside ----

    def _go_on(self, what: str = "") -> None:
        if self._busy or what == "dab":  # a stroke drags no scene
            return
        coarse = list(self._coarse())
        asked = self._asked
        if asked is not None and all(node.id != asked[0] for node in coarse):
            self._asked = None
            asked[1]()
            return  # whatever it did comes by here
        wanted = "" if asked is None else asked[0]
        stack = self._editor.document.stack
        node = next((n for n in coarse if n.id == wanted or not stack.hidden(n.id)), None)
        if node is not None:
            self._start(node)

    def _start(self, node: Node) -> None:
        content, size = node.content, self._editor.document.canvas
        self._busy = True

        def done(full: Any) -> None:
            self._busy = False
            now = self._editor.document.stack.node(node.id)
            if now is not None and now.content is content:
                content.keep(size, full)
                self._editor.look_again(node.id)
                self.sharpened.emit(node.id)
            self._go_on()

        def failed(error: StudioError) -> None:
            self._busy, self._asked = False, None
            self.message.emit(error.regarding("scene"))

        self._reader.submit(lambda: content.full_look(size), done, failed)

    def _coarse(self) -> Iterator[Node]:
        """What is seen with fewer pixels than it has."""
        document = self._editor.document
        return (node for node in document.stack.nodes() if node.content.lacks(document.canvas))
