"""Contents of nodes from files and into files, and whole recipes out of pictures; all in the background."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from studio_app.core.errors import StudioError
from studio_app.document.altering import Change, altered
from studio_app.document.contents.content import Content
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.document import Document
from studio_app.document.layer_files import content_of_pixels, read_content, write_content
from studio_app.document.people import Person
from studio_app.document.stack import Node
from studio_app.export.provenance.taken import Taken, read_any_recipe
from studio_app.session.editor import Editor
from studio_app.session.io_worker import IoWorker
from studio_app.session.making import Making
from studio_app.session.notices import Notice

AT_ONCE = 16
"""Tiles that a change of a whole content is made of in the window's thread; of more, in the reader's."""


class LayerDesk(QObject):
    """Window's thread; what takes long is done in the I/O worker's."""

    message = Signal(object)
    """StudioError or Notice"""
    settled = Signal(str)
    """"read" or "save": a StudioError about it is over."""
    reading_changed = Signal(str)
    """Name of the file that is being read, "" when it is."""
    recipe_read = Signal(object, object)
    """(GenerationRequest, its people or None): what `restore_file` found."""

    def __init__(
        self,
        editor: Editor,
        saver: IoWorker,
        reader: IoWorker,
        making: Making,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._editor, self._making = editor, making
        self._saver, self._reader = saver, reader
        self._work = object()
        """Another one with each work on the desk."""

    def forget(self) -> None:
        """Other work is on the desk: nothing comes of what was read for the one before."""
        self._work = object()

    def load(self, target: str, where: Path) -> None:
        width, height = self._editor.document.frame[2:]
        kind = self._editor.document.held(target).kind
        text = self.tr("Load {name}").format(name=where.name)

        def done(result: Any) -> None:
            if self._gone(target, text):
                return
            if self._editor.document.frame[2:] != (
                width,
                height,
            ):  # another size meanwhile: once more
                self.load(target, where)
                return
            loaded, note = result
            self.replace(target, loaded, text)
            if note:
                self.message.emit(Notice(note, str(where), "resized"))

        self.read(
            lambda: read_content(kind, where, width, height), done, self.message.emit, where.name
        )

    def replace(self, target: str, content: Content, text: str) -> None:
        """A content from elsewhere, of the frame's size, in the place of what lies in the frame; what the artist chose
        for the node stays chosen. A message where it is locked."""
        self._replace(target, lambda _: content, text)

    def _replace(self, target: str, make: Callable[[Document], Content], text: str) -> None:
        """make: in any thread."""

        def made_of(document: Document) -> tuple[object, ...] | None:
            if self._gone(target, text):
                return None
            node = document.stack.resolve(target)
            return (None if node is None else node.content, document.frame, document.canvas)

        def placed(document: Document, _: object) -> Content:
            old, (x, y, width, height) = document.held(target).content, document.frame
            return old.kept_by(make(document)).onto(old, x, y, (width, height))

        self._making.make(text, made_of, placed, lambda made: self._change(target, made, text))

    def alter(self, target: str, change: Change, text: str) -> None:
        """A change of all of a node's content, as far as selection and locks allow; a Notice where nothing comes of
        it. What a hand is drawing is finished first. Of a large one it is made in the background, and given up where
        the node or the selection changed meanwhile."""
        self._editor.stack.settle()
        document = self._editor.document
        node, chosen = document.held(target), document.selection

        def put(content: Content) -> None:
            if self._gone(node.id, text):
                return
            now = self._editor.document
            if now.held(node.id).content is not node.content or now.selection is not chosen:
                self._give_up(text, self.tr("The layer or the selection changed meanwhile."))
            elif content is node.content:
                said = self.tr("Nothing to change here")
                why = self._why_not(node, selected=chosen is not None)
                self.message.emit(Notice(said, why, "alter"))
            else:
                self._change(node.id, content, text)

        def make() -> Content:
            return altered(node.content, change, chosen, alpha_lock=node.alpha_lock)

        if max((len(plane.tiles) for plane in node.content.planes.values()), default=0) <= AT_ONCE:
            put(make())
        else:
            self.read(make, put, self.message.emit, text)

    def save(self, target: str, path: Path) -> None:
        document = self._editor.document
        width, height = document.frame[2:]
        content = document.held(target).content.cut(*document.frame)

        def done(where: Path) -> None:
            said = self.tr("Saved {name}").format(name=where.name)
            self.settled.emit("save")
            self.message.emit(Notice(said, str(where), "saved"))

        def failed(error: StudioError) -> None:
            self.message.emit(error.regarding("save"))

        self._saver.submit(lambda: write_content(content, path, width, height), done, failed)

    def read(
        self,
        job: Callable[[], Any],
        then: Callable[[Any], object],
        failed: Callable[[Any], object],
        name: str = "",
    ) -> None:
        """As `Studio.read_later`."""

        work = self._work

        def done(result: Any) -> None:
            self.reading_changed.emit("")
            if self._work is work:
                self.settled.emit("read")
                then(result)

        def broken(error: StudioError) -> None:
            self.reading_changed.emit("")
            if self._work is work:
                failed(error.regarding("read"))

        if name:
            self.reading_changed.emit(name)
        self._reader.submit(job, done, broken)

    def work_out(self, job: Callable[[], Any], then: Callable[[Any], object]) -> None:
        """In the reader's thread; what comes of it, in the window's."""
        self._reader.submit(job, then)

    def write(
        self,
        job: Callable[[], Any],
        then: Callable[[Any], object],
        failed: Callable[[Any], object],
    ) -> None:
        """In the saver's thread; what comes of it, in the window's."""
        self._saver.submit(job, then, failed)

    def put(self, target: str, pixels: NDArray[np.uint8], text: str) -> None:
        """A message where the pixels are no picture, or the node is locked."""
        kind = self._editor.document.held(target).kind
        self._replace(target, lambda d: content_of_pixels(kind, pixels, *d.frame[2:]), text)

    def restore_file(self, where: Path) -> None:
        """The request in a picture, ours or another tool's; what of that one can't be taken over is said."""
        self.read(lambda: read_any_recipe(where), self._on_recipe, self.message.emit, where.name)

    def _change(self, target: str, content: Content, text: str) -> None:
        try:
            self._editor.change_content(target, content, text)
        except StudioError as error:
            self.message.emit(error if error.about else error.regarding("edit"))
            return
        for about in ("edit", "locked", "alter"):
            self.settled.emit(about)

    def _gone(self, target: str, text: str) -> bool:
        """Whether a target is no layer any more; a Notice says so."""
        if self._editor.document.stack.resolve(target) is not None or target in CONTENTS:
            return False
        self._give_up(text, self.tr("The layer was removed meanwhile."))
        return True

    def _give_up(self, text: str, why: str) -> None:
        self.message.emit(Notice(self.tr("{text} was given up").format(text=text), why, "alter"))

    def _why_not(self, node: Node, *, selected: bool) -> str:
        if node.alpha_lock:
            return self.tr("The alpha of the layer is locked: what is not painted stays so.")
        return self.tr("It may lie outside the selection.") if selected else ""

    def _on_recipe(self, taken: Taken) -> None:
        joints = () if taken.people is None else tuple(Person(one) for one in taken.people)
        self.recipe_read.emit(taken.request, joints or None)
        if taken.shows is not None:
            said = self.tr(
                "The picture shows step {step} of {steps}: its settings draw the whole one"
            )
            said = said.format(step=taken.shows.step, steps=taken.request.steps)
            self.message.emit(Notice(said, "", "recipe"))
        if taken.missed:
            said = self.tr("Taken over from {tool}, but for some of it").format(tool=taken.tool)
            self.message.emit(Notice(said, "; ".join(taken.missed), "recipe"))
