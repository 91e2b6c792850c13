"""A picture has come (dropped, pasted, opened): what is it, and how does it come into the drawing?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from studio_app.core.errors import StudioError
from studio_app.document.contents.content import Content
from studio_app.document.contents.depth import Depth
from studio_app.document.framings import Framing, How, framing, same_shape
from studio_app.document.layer_files import content_of_picture
from studio_app.document.pictures import WITH_RECIPES, DecodedPicture, open_picture, picture_of
from studio_app.document.results import premultiplied
from studio_app.document.store.saving import SUFFIX
from studio_app.session.studio import Studio
from studio_app.ui import icons, theme
from studio_app.ui.canvas.depth_choices import DepthChoices
from studio_app.ui.faces.registry import FACES
from studio_app.ui.images import to_qimage

PREVIEW = 192
READ = 1024
"""Pixels of a side that a picture is read for: poses are found in no less, and no drawing is larger."""


MOST_NAMED = 6
"""Layers of a file that are named."""

Source = Path | bytes | NDArray[np.uint8]
"""A file, the bytes of one, or uint8 [H, W, 4] with straight alpha."""


class DropDialog(QDialog):
    """Reads a picture in the background, shows it, and asks whether it is colour, depth, a pose, a mask or a
    recipe; where it has another shape than the drawing, also how it shall fit.

    target: the layer of a kind that it goes into. wanted: the kind it is for, where that is known: then only the
    shape is asked for, and nothing (the dialog does not even open) where it is the drawing's own. usual: the likeliest
    answer. `taken(kind)`: what it was taken for, if that is a layer.
    """

    taken = Signal(str)
    settled = Signal()
    """It is read, or cannot be, or nobody waits for it any more."""

    def __init__(
        self,
        studio: Studio,
        source: Source,
        name: str,
        parent: QWidget | None = None,
        *,
        target: Callable[[str], str],
        wanted: str | None = None,
        usual: str = "",
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self._studio = studio
        self._source = source
        self._name = name
        self._target = target
        self._wanted = wanted
        self._usual = usual
        self._gone = False
        self.picture: DecodedPicture | None = None
        self.choices: dict[str, QPushButton] = {}
        self.hows: dict[How, QRadioButton] = {}
        tr = self.tr
        self.setWindowTitle(
            tr("What is this picture?") if wanted is None else tr("How does it fit?")
        )
        self.preview = _Preview(studio.document.frame[2:])
        self.preview.setAccessibleName(tr("Preview of {name}").format(name=name))
        self.said = QLabel(tr("Reading {name}…").format(name=name))
        self.said.setTextFormat(Qt.TextFormat.PlainText)  # names come from files
        self.said.setWordWrap(True)
        self.said.setFixedWidth(PREVIEW)
        theme.set_role(self.said, "caption")
        side = QVBoxLayout()
        side.addWidget(self.preview)
        side.addWidget(self.said)
        side.addStretch(1)
        answers = QVBoxLayout()
        answers.addLayout(self._make_choices())
        self._shape = self._make_shape()
        answers.addWidget(self._shape)
        self.meaning = DepthChoices()
        self.meaning.hide()
        answers.addWidget(self.meaning)
        answers.addStretch(1)
        columns = QHBoxLayout(self)
        columns.setContentsMargins(*(2 * theme.UNIT,) * 4)
        columns.setSpacing(2 * theme.UNIT)
        columns.addLayout(side)
        columns.addLayout(answers)
        self._enable()
        studio.work_changed.connect(self.reject)
        studio.read_later(_reader(source, name), self._on_read, self._on_failed)

    def open_when_needed(self) -> None:
        """Opens at once where it has to ask what the picture is, else when it is read and has another shape."""
        if self._wanted is None:
            self.open()

    @property
    def how(self) -> How:
        for how, button in self.hows.items():
            if button.isChecked():
                return how
        return "fit"

    # ---- inside ----

    @property
    def _is_drawing(self) -> bool:
        return isinstance(self._source, Path) and self._source.suffix.lower() == SUFFIX

    def _make_choices(self) -> QGridLayout:
        tr = self.tr
        kinds = [(kind, face.icon, face.words()) for kind, face in FACES.items()]
        rows = [
            (kind, icon, words.choice, words.told) for kind, icon, words in kinds if words.choice
        ]
        if self._is_drawing:
            opened = tr("Opens the file with all its layers; the drawing of now is kept")
            rows.insert(0, ("drawing", "folder-open", tr("&Open it"), opened))
        rows.append((
            "recipe", "history", tr("&Recipe"),
            tr("A picture of ours: brings back how it was made"),
        ))  # fmt: skip
        grid = QGridLayout()
        grid.setVerticalSpacing(theme.UNIT)
        for row, (what, icon, title, sentence) in enumerate(rows):
            if self._wanted not in (None, what):
                continue
            button = QPushButton(" " + (title if self._wanted is None else tr("&Load")))
            icons.set_icon(button, icon)
            button.setMinimumWidth(96)
            button.setAccessibleDescription(sentence)
            button.clicked.connect(lambda _=False, what=what: self._take(what))
            told = QLabel(sentence)
            theme.set_role(told, "caption")
            grid.addWidget(button, row, 0)
            grid.addWidget(told, row, 1)
            self.choices[what] = button
        return grid

    def _make_shape(self) -> QWidget:
        tr = self.tr
        box = QWidget()
        rows = QVBoxLayout(box)
        rows.setContentsMargins(0, theme.UNIT, 0, 0)
        rows.setSpacing(theme.UNIT // 2)
        heading = QLabel(tr("It has another shape than the drawing"))
        theme.set_role(heading, "heading")
        rows.addWidget(heading)
        group = QButtonGroup(box)
        texts: tuple[tuple[How, str, str], ...] = (
            ("fit", tr("F&it"), tr("All of it, with air beside it.")),
            ("fill", tr("Fi&ll"), tr("All of the drawing; two sides are cut.")),
            ("stretch", tr("&Stretch"), tr("All of both, out of proportion.")),
        )
        for how, title, sentence in texts:
            button = QRadioButton(title)
            button.setToolTip(sentence)
            button.setAccessibleDescription(sentence)
            button.toggled.connect(self._show_shape)
            group.addButton(button)
            rows.addWidget(button)
            self.hows[how] = button
        self.hows["fit"].setChecked(True)
        box.hide()
        return box

    def _enable(self) -> None:
        for what, button in self.choices.items():
            recipe = isinstance(self._source, Path) and self._source.suffix.lower() in WITH_RECIPES
            ready = self.picture is not None and (what != "recipe" or recipe)
            ready |= what == "drawing"
            button.setEnabled(ready)
        first = self.choices.get(self._usual) or next(iter(self.choices.values()))
        first.setDefault(True)
        if self.picture is not None:
            first.setFocus()

    def _on_read(self, found: tuple[DecodedPicture, NDArray[np.uint8]]) -> None:
        if self._gone:
            return
        self.settled.emit()
        self.picture, small = found
        width, height = self.picture.size
        name = self._name
        if not isinstance(
            self._source, Path
        ):  # a phrase of ours; a file is called what it is called
            name = name[:1].upper() + name[1:]
        lines = [name, f"{width} × {height}"]
        if self.picture.layers:
            lines.append(self._layers_said(self.picture.layers))
        self.said.setText("\n".join(lines))
        alike = same_shape(self.picture.size, *self._studio.document.frame[2:])
        self._shape.setVisible(not alike)
        self.meaning.setVisible(Depth.kind in self.choices)
        self.meaning.guess(self.picture)
        if self.picture.has_distances:
            self._usual = Depth.kind  # nothing else is drawn in distances
        self.preview.show_picture(small)
        self._show_shape()
        self._enable()
        if self._wanted is None:
            return
        if alike and not (self._wanted == Depth.kind and self.picture.has_distances):
            self._take(self._wanted)
        else:
            self.open()

    def _layers_said(self, layers: tuple[str, ...]) -> str:
        names = ", ".join(name or self.tr("no name") for name in layers[:MOST_NAMED])
        if len(layers) > MOST_NAMED:
            names = self.tr("{names} and {count} more").format(
                names=names, count=len(layers) - MOST_NAMED
            )
        return self.tr("All its layers as one: {names}").format(names=names)

    def _on_failed(self, error: StudioError) -> None:
        if not self._gone:
            self._studio.message.emit(error)
            self.reject()

    def _show_shape(self) -> None:
        if self.picture is not None:
            self.preview.show_framing(
                framing(self.picture.size, *self._studio.document.frame[2:], self.how)
            )

    def _take(self, what: str) -> None:
        picture, how, studio = self.picture, self.how, self._studio
        if what == "drawing":
            assert isinstance(self._source, Path)
            studio.files.open(self._source)
            self.accept()
            return
        assert picture is not None
        picture = picture.read_as(self.meaning.reading)
        if what == "recipe":
            assert isinstance(self._source, Path)
            studio.restore_file(self._source)
            self.accept()
            return
        text = self.tr("Paste a picture")
        if isinstance(self._source, Path):
            text = self.tr("Load {name}").format(name=self._name)
        width, height = studio.document.frame[2:]

        def put(content: Content) -> None:
            if studio.document.frame[2:] == (width, height):
                studio.replace_content(self._target(what), content, text)

        studio.read_later(
            lambda: content_of_picture(what, picture, width, height, how), put, studio.message.emit
        )
        self.taken.emit(what)
        self.accept()

    # Qt

    def done(self, result: int) -> None:
        self._gone = True
        self.settled.emit()
        super().done(result)
        if not self.isVisible():  # one that never opened is not closed either
            self.deleteLater()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._gone = True
        super().closeEvent(event)


class _Preview(QWidget):
    """The drawing's frame with the picture in it, as it would come to lie."""

    def __init__(self, extent: tuple[int, int]) -> None:
        super().__init__()
        self._extent = extent
        self._image = QImage()
        self._framing: Framing | None = None
        self.setFixedSize(PREVIEW, PREVIEW)

    def show_picture(self, rgba: NDArray[np.uint8]) -> None:
        """uint8 [H, W, 4], straight alpha; small."""
        self._image = to_qimage(premultiplied(rgba))
        self.update()

    def show_framing(self, framed: Framing) -> None:
        self._framing = framed
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        width, height = self._extent
        scale = (PREVIEW - 2) / max(width, height)
        page = QRectF(0, 0, width * scale, height * scale)
        page.moveCenter(QRectF(self.rect()).center())
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.fillRect(page, theme.colour("pasteboard"))
            if self._framing is not None and not self._image.isNull():
                left, top, right, bottom = self._framing.source
                size = QSize(self._image.size())
                source = QRectF(
                    left * size.width(), top * size.height(),
                    (right - left) * size.width(), (bottom - top) * size.height(),
                )  # fmt: skip
                x, y, w, h = (part * scale for part in self._framing.target)
                target = QRectF(page.x() + x, page.y() + y, w, h)
                painter.drawImage(target, self._image, source)
            painter.setPen(QColor(theme.colour("line")))
            painter.drawRect(page.adjusted(-0.5, -0.5, 0.5, 0.5))


def _reader(source: Source, name: str) -> Callable[[], tuple[DecodedPicture, NDArray[np.uint8]]]:
    """A job: the picture, and a small one of it to look at."""

    def read() -> tuple[DecodedPicture, NDArray[np.uint8]]:
        if isinstance(source, np.ndarray):
            picture = picture_of(source, name)
        else:
            picture = open_picture(source, name, fit=(READ, READ))
        rgba = picture.rgba()
        step = max(max(rgba.shape[:2]) // (2 * PREVIEW), 1)
        return picture, np.ascontiguousarray(rgba[::step, ::step])

    return read
