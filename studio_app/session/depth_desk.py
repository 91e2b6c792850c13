"""Depth that the open model sees in a picture: asked of the engine when it has nothing else to do, and put on the
canvas as a layer of its own where the picture is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from studio_app.core.capabilities import Capabilities
from studio_app.core.errors import StudioError
from studio_app.core.maps import Maps
from studio_app.core.request import GenerationRequest
from studio_app.document.bearings import Place
from studio_app.document.contents.colour import over_grey, seen_colour
from studio_app.document.contents.rgba import fit_rgba
from studio_app.document.putting import depth_node
from studio_app.document.results import Picture, RunRecord, StepRecord
from studio_app.document.stack import Node
from studio_app.scene.forms import form_of, has_form
from studio_app.session.editor import Editor
from studio_app.session.making import Making
from studio_app.session.map_desk import MapDesk
from studio_app.session.notices import Notice

Pixels = NDArray[np.uint8]
Values = NDArray[np.float32]
Seen = tuple[Values, Values, Pixels | None]
"""Depth, how surely something is there, and what of it there is; None: all."""


@dataclass(frozen=True)
class _Asked:
    """key: of the maps. place: where the picture lies. cover: uint8 [h, w], what of it there is; None: all."""

    key: str
    place: Place
    cover: Pixels | None
    text: str


class DepthDesk(QObject):
    """Window's thread. One picture at a time; a newer question takes the place of an older one."""

    message = Signal(object)
    settled = Signal(str)
    """"depth": a StudioError about it is over."""
    seeing_changed = Signal(bool)
    """Whether an answer is waited for."""
    seen = Signal(str)
    """Id of the node of depth that was made."""

    def __init__(
        self,
        editor: Editor,
        maps: MapDesk,
        run_of: Callable[[str], RunRecord | None],
        opened: Callable[[], tuple[str, Capabilities | None]],
        making: Making,
        parent: QObject | None = None,
    ) -> None:
        """run_of: by its id, where it is still known. opened: the open model and what it can."""
        super().__init__(parent)
        self._editor, self._maps, self._making = editor, maps, making
        self._run_of, self._opened = run_of, opened
        self._asked: _Asked | None = None
        maps.made.connect(self._on_made)
        maps.failed.connect(self._on_failed)

    @property
    def seeing(self) -> bool:
        return self._asked is not None

    def of_picture(self, picture: Picture) -> None:
        """A new node where the picture was made: the form that it was drawn of, where nobody had drawn one; off the
        very latent that it was decoded from, where that is known and of the open model; else its pixels are encoded. A
        message where no depth can be seen."""
        text = self.tr("Depth from the picture")
        document = self._editor.document
        place = picture.place or document.bearings.place(document.frame)
        name, can = self._opened()
        if self._has_form(picture, name, can):
            self.cancel()
            self._make(text, place, lambda: _seen_in(picture.request))
            return
        if self._refused():
            return
        found = self._latent_of(picture)
        if found is not None and found[0].request.model == name:
            self._wait(self._maps.ask(found[0].request, found[1]), place, None, text)
            return
        rgba = np.ascontiguousarray(picture.pixels[:, :, [2, 1, 0, 3]])
        fitted = fit_rgba(rgba, *document.pixels)
        self._wait(self._maps.see(name, over_grey(fitted)), place, fitted[..., 3], text)

    def of_colour(self) -> None:
        """A new node in the frame, of what the layers of colour look like there; where they are transparent
        nothing is painted. A message where there is nothing."""
        document = self._editor.document
        rgba = seen_colour(document.stack.seen("colour"), document.view)
        if rgba is None:
            said = self.tr("There is no colour in the frame")
            self.message.emit(Notice(said, self.tr("Paint or paste a picture first."), "depth"))
        elif not self._refused():
            name, _ = self._opened()
            place = document.bearings.place(document.frame)
            key = self._maps.see(name, over_grey(rgba))
            self._wait(key, place, rgba[..., 3], self.tr("Depth from the colour"))

    def cancel(self) -> None:
        """Whatever comes, nothing is made of it."""
        asked, self._asked = self._asked, None
        if asked is not None:
            self._maps.forget(asked.key)
            self.seeing_changed.emit(False)

    # ---- inside ----

    def _has_form(self, picture: Picture, name: str, can: Capabilities | None) -> bool:
        """Of the open model's pictures."""
        ours = can is not None and can.forms and picture.request.model == name
        return ours and has_form(picture.request)

    def _latent_of(self, picture: Picture) -> tuple[RunRecord, StepRecord] | None:
        run = self._run_of(picture.run)
        if run is None or not run.steps:
            return None
        if picture.shows is None:
            return run, run.steps[-1]
        if picture.shows.latent != "x_0":
            return None
        step = next((one for one in run.steps if one.i + 1 == picture.shows.step), None)
        return None if step is None else (run, step)

    def _refused(self) -> bool:
        name, can = self._opened()
        if can is None:
            error = StudioError("No model is open", "depth is seen by a model", "Open one first.")
        elif not can.maps:
            error = StudioError(
                f"{name} sees no depth in pictures",
                "it has no decoder of maps",
                "Open a model of Underpaint's own, or load a depth picture.",
            )
        else:
            return False
        self.message.emit(error.regarding("depth"))
        return True

    def _wait(self, key: str, place: Place, cover: Pixels | None, text: str) -> None:
        before = self._asked
        if before is not None and before.key != key:
            self._maps.forget(before.key)
        self._asked = _Asked(key, place, cover, text)
        if before is None:
            self.seeing_changed.emit(True)

    def _on_made(self, key: str, maps: Maps) -> None:
        asked = self._take(key)
        if asked is not None:
            self._make(asked.text, asked.place, lambda: (maps.depth, maps.alpha, asked.cover))

    def _make(self, text: str, place: Place, seen: Callable[[], Seen]) -> None:
        """seen: in another thread."""
        self._making.make(
            text,
            lambda document: (document.bearings, document.canvas),
            lambda document, _: depth_node(document, *seen(), document.bearings.rect(place)),
            lambda node: self._add(node, text),
            "depth",
        )

    def _add(self, node: Node, text: str) -> None:
        id = self._editor.put_node(node, text)
        self.settled.emit("depth")
        self.seen.emit(id)

    def _on_failed(self, key: str, error: StudioError) -> None:
        if self._take(key) is not None:
            self.message.emit(error.regarding("depth"))

    def _take(self, key: str) -> _Asked | None:
        """What was asked under that key, which is answered now; None: nobody waits for it here."""
        asked = self._asked
        if asked is None or asked.key != key:
            return None
        self._asked = None
        self.seeing_changed.emit(False)
        return asked


def _seen_in(request: GenerationRequest) -> Seen:
    """The form that a picture was drawn of."""
    form = form_of(request)
    assert form is not None
    return form[0], np.ones_like(form[0]), form[1]
