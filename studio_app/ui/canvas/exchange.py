"""What comes onto the canvas and what leaves it: files, drops, the clipboard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QMimeData, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from studio_app.catalogue.identify import MODELS
from studio_app.document.contents.pose import Pose
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.contents.scene import Scene
from studio_app.document.deferring import large
from studio_app.document.framings import same_shape
from studio_app.document.mesh_files import SUFFIXES
from studio_app.document.people import Person
from studio_app.document.pose_files import Pose as PoseFile
from studio_app.document.pose_files import parse_pose
from studio_app.session.notices import Notice
from studio_app.session.studio import Studio
from studio_app.ui.asking import ask_open, ask_save
from studio_app.ui.canvas.drop_dialog import DropDialog, Source
from studio_app.ui.canvas.gestures import dropped_file
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.faces.registry import FACES, words_of
from studio_app.ui.images import straight, to_qimage

ENCODED = ("image/png", "image/jpeg", "image/webp", "image/tiff", "image/bmp")
"""Kinds of the clipboard that are read in the background, the best first."""


class Clips(Protocol):
    """Cuts pieces out of layers, and brings them back. Whether it was its turn."""

    def copy(self) -> bool: ...

    def paste(self) -> bool: ...


class Exchange(QObject):
    """Asks, reads and writes for one canvas. `busy(text)`: what is being read, "" when it is done."""

    busy = Signal(str)
    mesh = Signal(Path)
    """A mesh was dropped or pasted: for the scene in hand."""

    def __init__(self, studio: Studio, tools: ToolState, window: QWidget) -> None:
        super().__init__(window)
        self._studio = studio
        self._tools = tools
        self._window = window
        self.selected: Clips | None = None
        """Whoever knows what is selected is asked first."""

    # ---- in ----

    def ask_file(self) -> None:
        """Asks for a file for the layer in hand."""
        layer = self._tools.layer
        words = words_of(layer)
        title = self.tr("Load {layer}").format(layer=words.title)
        kinds = f"{words.files or self.tr('Pictures')} ({FACES[layer].files})"
        ask_open(self._window, title, kinds, lambda path: self.load(layer, Path(path)))

    def load(self, layer: str, path: Path) -> None:
        """Reads a file into a layer; asks first how a picture of another shape shall fit."""
        if path.suffix.lower() in (".json", *SUFFIXES):
            self._studio.load_layer(self._target(layer), path)
            self._tools.set_layer(layer)
        else:
            self._take(path, path.name, layer)

    def use(self, pixels: NDArray[np.uint8], name: str, layer: str) -> None:
        """Puts a picture of ours (BGRA as a Frame's) into a layer; asks first where it has another shape."""
        height, width = pixels.shape[:2]
        if same_shape((width, height), *self._studio.document.frame[2:]):
            text = self.tr("Use {name}").format(name=name)
            self._studio.put_pixels(self._target(layer), pixels, text)
            self._tools.set_layer(layer)
        else:
            self._take(straight(to_qimage(pixels)), name, layer)

    def drop(self, mime: QMimeData) -> None:
        """Something was dropped. The drag is over for the program it came from before a question comes up."""
        take = self._found(mime, self.tr("a dropped picture"))
        if take is not None:
            QTimer.singleShot(0, self, take)

    def paste(self) -> None:
        """Whatever of the clipboard can be drawn with; a Notice where there is nothing of the kind."""
        if self.selected is not None and self.selected.paste():
            return
        # Qt says that there is always something; it has nothing where nobody has offered anything yet.
        mime = cast("QMimeData | None", QGuiApplication.clipboard().mimeData())
        take = None if mime is None else self._found(mime, self.tr("the clipboard"))
        if take is not None:
            take()
        else:
            said = self.tr("There is no picture on the clipboard")
            self._studio.message.emit(Notice(said, self.tr("Copy one first."), "paste"))

    def _found(self, mime: QMimeData, name: str) -> Callable[[], None] | None:
        """What to do with the content of a clipboard or a drag; None where nothing can be done with it. A pose is
        known by its ending or its words, of anything else one has to ask what it is."""
        path = dropped_file(mime)
        if path is not None:
            suffix = path.suffix.lower()
            if suffix in SUFFIXES:
                return lambda: self.mesh.emit(path)
            if suffix in MODELS:
                return lambda: self._studio.open_model(str(path))
            if suffix == ".json":
                layer = Scene.kind if self._tools.layer == Scene.kind else Pose.kind
                return lambda: self.load(layer, path)
            return lambda: self._take(path, path.name, None)
        text = mime.text() if mime.hasText() else ""
        if text.lstrip().startswith(("{", "[")):
            return lambda: self._paste_pose(text, name)
        kind = next((kind for kind in ENCODED if mime.hasFormat(kind)), None)
        if kind is not None:
            data = bytes(mime.data(kind).data())
            return lambda: self._take(data, name, None)
        image = mime.imageData() if mime.hasImage() else None
        if not isinstance(image, QImage) or image.isNull():  # whoever offered it may be gone
            return None
        pixels = straight(image)
        return lambda: self._take(pixels, name, None)

    # ---- out ----

    def ask_save(self) -> None:
        """Asks where to write the layer in hand, as a file that can be loaded again."""
        layer = self._tools.layer
        words, suffix = words_of(layer), CONTENTS[layer].suffix
        title = self.tr("Save {layer}").format(layer=words.title)
        kinds = f"{words.files or self.tr('PNG pictures')} (*{suffix})"
        target = self._target(layer)
        ask_save(
            self._window, title, layer, lambda path: self._studio.save_layer(target, path),
            ending=suffix.removeprefix("."), kinds=kinds,
        )  # fmt: skip

    def copy(self) -> None:
        """Puts what is selected, or the layer in hand, on the clipboard: a picture, or the OpenPose JSON of a pose."""
        if self.selected is not None and self.selected.copy():
            return
        document = self._studio.document
        node = self._tools.held(document)
        seen = replace(
            node, content=node.content.cut(*document.frame, later=large(document.frame[2:]))
        )
        copied, size = FACES[self._tools.layer].copied, document.frame[2:]
        if large(size) and seen.content.planes:
            self._studio.work_out(lambda: copied(seen, size), self._offer)
        else:
            self._offer(copied(seen, size))

    # ---- inside ----

    def _offer(self, copied: QImage | str | None) -> None:
        # Not both at once: a QMimeData made here would outlive the interpreter on the clipboard, and crash then.
        if isinstance(copied, QImage):
            QGuiApplication.clipboard().setImage(copied)
        elif copied:
            QGuiApplication.clipboard().setText(copied)

    def _target(self, kind: str) -> str:
        """What is being drawn is finished first: a layer that is there for an empty edit alone goes with it."""
        self._studio.undo_stack.settle()
        return self._tools.target(self._studio.document, kind)

    def _take(self, source: Source, name: str, wanted: str | None) -> None:
        dialog = DropDialog(
            self._studio, source, name, self._window, target=self._target, wanted=wanted,
            usual=self._tools.layer,
        )  # fmt: skip
        dialog.taken.connect(self._tools.set_layer)
        self.busy.emit(self.tr("Reading {name}…").format(name=name))
        dialog.settled.connect(lambda: self.busy.emit(""))
        dialog.open_when_needed()

    def _paste_pose(self, text: str, name: str) -> None:
        x, y, width, height = self._studio.document.frame
        said = self.tr("Paste a pose")

        def put(pose: PoseFile) -> None:
            fitted = (Person(joints) for joints in pose.fitted(width, height))
            people = (person.scaled(1, 1, x, y) for person in fitted)
            old = self._tools.held(self._studio.document, Pose.kind).content
            known = old.people if isinstance(old, Pose) else ()
            target = self._target(Pose.kind)
            self._studio.change_content(target, Pose((*known, *people)), said)
            self._tools.set_layer(Pose.kind)

        self._studio.read_later(lambda: parse_pose(text, name), put, self._studio.message.emit)
