"""A picture was dropped on the canvas: what is it?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImageReader, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio_app.core.errors import StudioError
from studio_app.document.layers import LayerName, Person
from studio_app.session.studio import Studio
from studio_app.ui import icons, theme
from studio_app.ui.canvas.pose_picture import people_in
from studio_app.ui.images import pixels_of

PREVIEW = 192
MAX_POSE = 2048
"""Pixels of a side: decoding more would hold up the window."""


class DropDialog(QDialog):
    """Asks whether a file is colour, depth, a pose, a mask or a recipe, and tells the studio.

    `taken(layer)`: what it was taken for, if that is a layer.
    """

    taken = Signal(str)

    def __init__(self, studio: Studio, path: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("What is this picture?"))
        self.setModal(True)
        self._studio = studio
        self._path = path
        tr = self.tr
        name = QLabel(path.name)
        theme.set_role(name, "caption")
        preview = QLabel()
        preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        preview.setFixedSize(PREVIEW, PREVIEW)
        preview.setAccessibleName(tr("Preview of {name}").format(name=path.name))
        preview.setPixmap(_thumbnail(path))
        self.choices: dict[str, QPushButton] = {}
        grid = QGridLayout()
        grid.setVerticalSpacing(theme.UNIT)
        rows = (
            ("colour", "palette", tr("&Colour"), tr("Flat colours to start from")),
            ("depth", "mountain", tr("&Depth"), tr("White is near, black is background")),
            ("pose", "person-standing", tr("&Pose"), tr("OpenPose figures on black")),
            ("mask", "square-dashed", tr("&Mask"), tr("White is painted anew")),
            (
                "recipe",
                "history",
                tr("&Recipe"),
                tr("A picture of ours: brings back how it was made"),
            ),
        )
        for row, (what, icon, title, sentence) in enumerate(rows):
            button = QPushButton(title)
            icons.set_icon(button, icon)
            button.setAccessibleDescription(sentence)
            button.clicked.connect(lambda _=False, what=what: self._take(what))
            told = QLabel(sentence)
            theme.set_role(told, "caption")
            grid.addWidget(button, row, 0)
            grid.addWidget(told, row, 1)
            self.choices[what] = button
        grid.setRowStretch(len(rows), 1)
        recipe = path.suffix.lower() == ".png"
        self.choices["recipe"].setEnabled(recipe)
        side = QVBoxLayout()
        side.addWidget(preview)
        side.addWidget(name)
        columns = QHBoxLayout(self)
        columns.setContentsMargins(*(2 * theme.UNIT,) * 4)
        columns.setSpacing(2 * theme.UNIT)
        columns.addLayout(side)
        columns.addLayout(grid)
        self.choices["colour"].setDefault(True)

    def _take(self, what: str) -> None:
        layers: dict[str, LayerName] = {"colour": "colour", "depth": "depth", "mask": "mask"}
        if what == "recipe":
            self._studio.restore_file(self._path)
        elif what == "pose":
            self._take_pose()
        else:
            self._studio.load_layer(layers[what], self._path)
        if what != "recipe":
            self.taken.emit(what)
        self.accept()

    def _take_pose(self) -> None:
        width, height = self._studio.document.size
        try:
            people = _people(self._path, width, height)
        except StudioError as error:
            self._studio.message.emit(error)
            return
        self._studio.set_people(people, self.tr("Load {name}").format(name=self._path.name))


def _people(path: Path, width: int, height: int) -> tuple[Person, ...]:
    """The figures of a picture, in pixels of another of that size. StudioError where there are none."""
    reader = QImageReader(str(path))
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > MAX_POSE:
        limit = f"{MAX_POSE} x {MAX_POSE}"
        raise StudioError(f"{path.name} is too large for a pose", f"the limit is {limit} pixels")
    image = reader.read()
    if image.isNull():
        raise StudioError(f"Can't read the picture {path.name}", reader.errorString())
    people = people_in(np.ascontiguousarray(pixels_of(image)[:, :, 2::-1]))
    if not people:
        raise StudioError(
            f"Nobody was found in {path.name}",
            "it shows no OpenPose figures on black",
            "Load an OpenPose JSON, or add a person and drag the joints.",
        )
    scale = np.array([width / image.width(), height / image.height(), 1.0], np.float32)
    return tuple(Person(person.joints * scale) for person in people)


def _thumbnail(path: Path) -> QPixmap:
    """Small, decoded at that size where the format can; empty where the file can't be read."""
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid():
        reader.setScaledSize(
            size.scaled(QSize(PREVIEW, PREVIEW), Qt.AspectRatioMode.KeepAspectRatio)
        )
    return QPixmap.fromImageReader(reader)
