"""Layers that are read off others: normals off depth, line art off a picture. Made in the background, put on the canvas
where what they were read off lies."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from studio_app.document.all_depth import all_depth
from studio_app.document.bearings import Place
from studio_app.document.contents.edge import Edge
from studio_app.document.contents.normal import Normal
from studio_app.document.edges import edges_of
from studio_app.document.normals import normals_of, picture_of
from studio_app.document.putting import picture_node
from studio_app.document.results import Picture
from studio_app.document.stack import Node
from studio_app.session.editor import Editor
from studio_app.session.layer_desk import LayerDesk
from studio_app.session.making import Making
from studio_app.session.notices import Notice


class GuideDesk(QObject):
    """Window's thread; the work is done in the reader's. `made(id)`: of the new node."""

    message = Signal(object)
    settled = Signal(str)
    made = Signal(str)

    def __init__(
        self, editor: Editor, layers: LayerDesk, making: Making, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._editor, self._layers, self._making = editor, layers, making

    def normals(self) -> None:
        """Of all depth that is seen in the frame, of scenes too. A Notice where there is none."""
        document = self._editor.document
        depth = all_depth(document)
        if depth is None:
            said = self.tr("There is no depth to take normals from")
            self.message.emit(Notice(said, self.tr("Paint some, or add a scene."), "guide"))
            return
        rect = document.frame

        def make() -> NDArray[np.uint8]:
            value, known = depth.read(rect)
            rgb = picture_of(normals_of(value, known, rect[3]))
            there = (known >= 128) & (value > 0)
            bgr = np.where(there[..., None], rgb[:, :, ::-1], 0)
            return np.dstack([bgr, np.where(there, 255, 0)]).astype(np.uint8)

        place = document.bearings.place(rect)
        self._put(Normal.kind, make, place, self.tr("Normals from the depth"))

    def edges(self, picture: Picture) -> None:
        """Of a picture, where it was made."""
        document = self._editor.document
        place = picture.place or document.bearings.place(document.frame)

        def make() -> NDArray[np.uint8]:
            lines = edges_of(np.ascontiguousarray(picture.pixels[:, :, 2::-1]))
            return np.dstack([lines, lines, lines, np.full_like(lines, 255)])

        self._put(Edge.kind, make, place, self.tr("Edges from the picture"))

    # ---- inside ----

    def _put(
        self, kind: str, make: Callable[[], NDArray[np.uint8]], place: Place, text: str
    ) -> None:
        def put(pixels: NDArray[np.uint8]) -> None:
            self._making.make(
                text,
                lambda document: (document.bearings, document.canvas),
                lambda document, _: picture_node(
                    document, kind, pixels, document.bearings.rect(place)
                ),
                lambda node: self._add(node, text),
                "guide",
            )

        self._layers.read(make, put, self.message.emit, text)

    def _add(self, node: Node, text: str) -> None:
        id = self._editor.put_node(node, text)
        self.settled.emit("guide")
        self.made.emit(id)
