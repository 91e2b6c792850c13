"""What comes onto the canvas and what leaves it: files, drops, the clipboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QMimeData, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from studio_app.document.framings import same_shape
from studio_app.document.layers import (
    ColourLayer,
    DepthLayer,
    LayerName,
    MaskLayer,
    Person,
    PoseLayer,
)
from studio_app.document.pictures import ENDINGS
from studio_app.document.pose_files import Pose, format_pose, parse_pose
from studio_app.session.notices import Notice
from studio_app.session.studio import Studio
from studio_app.ui.asking import ask_open, ask_save, patterns
from studio_app.ui.canvas import hints
from studio_app.ui.canvas.drop_dialog import DropDialog, Source
from studio_app.ui.canvas.gestures import dropped_file
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.images import pixels_of, to_qimage

PICTURES = patterns(ENDINGS)
_ENCODED = ("image/png", "image/jpeg", "image/webp", "image/tiff", "image/bmp")
"""Kinds of the clipboard that are read in the background, the best first."""


class Exchange(QObject):
    """Asks, reads and writes for one canvas. `busy(text)`: what is being read, "" when it is done."""

    busy = Signal(str)

    def __init__(self, studio: Studio, tools: ToolState, window: QWidget) -> None:
        super().__init__(window)
        self._studio = studio
        self._tools = tools
        self._window = window

    # ---- in ----

    def ask_file(self) -> None:
        """Asks for a file for the layer in hand."""
        layer = self._tools.layer
        title = self.tr("Load {layer}").format(layer=hints.title(layer))
        kinds = self.tr("Pictures ({patterns})").format(patterns=PICTURES)
        if layer == "pose":
            kinds = self.tr("OpenPose ({patterns})").format(patterns=f"*.json {PICTURES}")
        ask_open(self._window, title, kinds, lambda path: self.load(layer, Path(path)))

    def load(self, layer: LayerName, path: Path) -> None:
        """Reads a file into a layer; asks first how a picture of another shape shall fit."""
        if path.suffix.lower() == ".json":
            self._studio.load_layer(layer, path)
            self._tools.set_layer(layer)
        else:
            self._take(path, path.name, layer)

    def use(self, pixels: NDArray[np.uint8], name: str, layer: LayerName) -> None:
        """Puts a picture of ours (BGRA as a Frame's) into a layer; asks first where it has another shape."""
        height, width = pixels.shape[:2]
        if same_shape((width, height), *self._studio.document.size):
            self._studio.put_pixels(layer, pixels, self.tr("Use {name}").format(name=name))
            self._tools.set_layer(layer)
        else:
            self._take(_straight(to_qimage(pixels)), name, layer)

    def drop(self, mime: QMimeData) -> None:
        """Something was dropped. The drag is over for the program it came from before a question comes up."""
        take = self._found(mime, self.tr("a dropped picture"))
        if take is not None:
            QTimer.singleShot(0, self, take)

    def paste(self) -> None:
        """Whatever of the clipboard can be drawn with; a Notice where there is nothing of the kind."""
        take = self._found(QGuiApplication.clipboard().mimeData(), self.tr("the clipboard"))
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
            if path.suffix.lower() == ".json":
                return lambda: self.load("pose", path)
            return lambda: self._take(path, path.name, None)
        text = mime.text() if mime.hasText() else ""
        if text.lstrip().startswith(("{", "[")):
            return lambda: self._paste_pose(text, name)
        kind = next((kind for kind in _ENCODED if mime.hasFormat(kind)), None)
        if kind is not None:
            data = bytes(mime.data(kind).data())
            return lambda: self._take(data, name, None)
        if mime.hasImage():
            pixels = _straight(QImage(mime.imageData()))
            return lambda: self._take(pixels, name, None)
        return None

    # ---- out ----

    def ask_save(self) -> None:
        """Asks where to write the layer in hand, as a file that can be loaded again."""
        layer = self._tools.layer
        title = self.tr("Save {layer}").format(layer=hints.title(layer))
        ending = "json" if layer == "pose" else "png"
        kinds = self.tr("OpenPose (*.json)") if layer == "pose" else self.tr("PNG pictures (*.png)")
        ask_save(
            self._window, title, layer, lambda path: self._studio.save_layer(layer, path),
            ending=ending, kinds=kinds,
        )  # fmt: skip

    def copy(self) -> None:
        """Puts the layer in hand on the clipboard: a picture, or the OpenPose JSON of a pose."""
        document = self._studio.document
        layer = document.layer(self._tools.layer)
        # Not both at once: a QMimeData made here would outlive the interpreter on the clipboard, and crash then.
        if not isinstance(layer, PoseLayer):
            QGuiApplication.clipboard().setImage(to_qimage(_shown(layer)).copy())
        elif layer.people:
            people = np.stack([person.joints for person in layer.people])
            QGuiApplication.clipboard().setText(format_pose(Pose(people, document.size)))

    # ---- inside ----

    def _take(self, source: Source, name: str, wanted: LayerName | None) -> None:
        dialog = DropDialog(
            self._studio, source, name, self._window, wanted=wanted, usual=self._tools.layer
        )
        dialog.taken.connect(self._tools.set_layer)
        self.busy.emit(self.tr("Reading {name}…").format(name=name))
        dialog.settled.connect(lambda: self.busy.emit(""))
        dialog.open_when_needed()

    def _paste_pose(self, text: str, name: str) -> None:
        width, height = self._studio.document.size
        said = self.tr("Paste a pose")

        def put(pose: Pose) -> None:
            people = tuple(Person(joints) for joints in pose.fitted(width, height))
            self._studio.set_people((*self._studio.document.pose.people, *people), said)
            self._tools.set_layer("pose")

        self._studio.read_later(lambda: parse_pose(text, name), put, self._studio.message.emit)


def _shown(layer: ColourLayer | DepthLayer | MaskLayer) -> NDArray[np.uint8]:
    """A layer as a picture, as `to_qimage` takes it."""
    if isinstance(layer, MaskLayer):
        return layer.pixels.whole
    if isinstance(layer, ColourLayer):
        rgba = layer.rgba.whole
    else:
        value, known = layer.said()
        grey = np.rint(value * 255).astype(np.uint8)
        alpha = np.full_like(grey, 255) if known is None else known
        rgba = np.dstack([grey, grey, grey, alpha])
    opaque = rgba[:, :, 3:].astype(np.uint16)
    mixed = ((rgba[:, :, 2::-1] * opaque + 127) // 255).astype(np.uint8)
    pixels = np.ascontiguousarray(np.dstack([mixed, rgba[:, :, 3]]))
    pixels.flags.writeable = False
    return pixels


def _straight(image: QImage) -> NDArray[np.uint8]:
    """uint8 [H, W, 4] R, G, B and straight alpha of an image."""
    pixels = pixels_of(image)
    alpha = pixels[:, :, 3:].astype(np.float32)
    scale = np.divide(255.0, alpha, out=np.zeros_like(alpha), where=alpha > 0)
    rgb = np.rint(pixels[:, :, 2::-1] * scale).clip(0, 255).astype(np.uint8)
    return np.dstack([rgb, pixels[:, :, 3]])
