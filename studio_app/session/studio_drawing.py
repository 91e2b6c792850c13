"""Drawing: what one can do with the stack of a Studio. Every command returns at once, and is one step of undo."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.document.brushes import Brush
from studio_app.document.contents.content import Content
from studio_app.document.strokes import Sample
from studio_app.session.editor import Editor
from studio_app.session.layer_desk import LayerDesk
from studio_app.session.live import LiveLoop
from studio_app.session.studio_signals import StudioSignals


class StudioDrawing(StudioSignals):
    """A Studio's strokes, contents and layers."""

    _editor: Editor
    _live: LiveLoop
    _desk: LayerDesk

    def begin_stroke(self, target: str, brush: Brush, sample: Sample) -> None:
        """Puts the pen down on a node; also means `set_pen_down(True)`.

        target, here and below: a node's id, or a kind of content: then its topmost node is meant, and one is made
        where there is none. What is locked is not changed: a message says so.
        """
        self._live.set_pen_down(True)
        self._guard(lambda: self._editor.begin_stroke(target, brush, sample))

    def stroke_to(self, *samples: Sample) -> None:
        """Goes on, as one edit; nothing happens without a `begin_stroke`."""
        self._editor.stroke_to(*samples)

    def end_stroke(self) -> None:
        """Lifts the pen: one step of undo, and the chosen steps instead of one."""
        self._editor.end_stroke()
        self._live.set_pen_down(False)

    def cancel_stroke(self) -> None:
        """As if it had never begun."""
        self._editor.cancel_stroke()
        self._live.set_pen_down(False)

    def set_pen_down(self, down: bool) -> None:
        """While down, an edit asks for one step; for drags that are no strokes: joints, sliders."""
        self._live.set_pen_down(down)

    def change_content(self, target: str, content: Content, text: str, merge_key: str = "") -> None:
        """Gives a node another content, of the picture's size, as it is. Undoable; text: what the undo menu calls it.
        Consecutive calls with the same merge_key (not "") are one step: give every drag its own."""
        self._guard(lambda: self._editor.change_content(target, content, text, merge_key))

    def replace_content(self, target: str, content: Content, text: str) -> None:
        """The same with a content from elsewhere: what the artist chose for this node (what lies around depth) stays
        chosen."""
        self._guard(lambda: self._editor.replace_content(target, content, text))

    def clear_layer(self, target: str) -> None:
        """Back to untouched. Undoable."""
        self._guard(lambda: self._editor.clear_layer(target))

    def load_layer(self, target: str, path: Path | str) -> None:
        """Reads a picture (or, for a pose, an OpenPose JSON) into a node, in the background. Undoable.

        A picture of another size is resized, and a Notice says so.
        """
        self._desk.load(target, Path(path))

    def save_layer(self, target: str, path: Path | str) -> None:
        """Writes a node's content as a file that `load_layer` reads again, in the background; a Notice says so."""
        self._desk.save(target, Path(path))

    def read_later(
        self,
        job: Callable[[], Any],
        then: Callable[[Any], object],
        failed: Callable[[Any], object],
        name: str = "",
    ) -> None:
        """Reads something in the background: then `then(result)`, or `failed(StudioError)`, here. name: what is
        read, for `reading_changed`."""
        self._desk.read(job, then, failed, name)

    def put_pixels(self, target: str, pixels: NDArray[np.uint8], text: str) -> None:
        """Puts a picture into a node: uint8 [H, W, 4], BGRA as a Frame's. Undoable.

        For painting over a result, and for pasting.
        """
        self._guard(lambda: self._desk.put(target, pixels, text))

    def set_layer(self, target: str, *, merge: bool = False, **values: Any) -> None:
        """Fields of a node or group: visible (what is hidden says nothing to the model), locked, name, opacity, blend,
        alpha_lock, clip; shown, 0..1: how strongly the canvas shows it, no part of the request. Undoable; merge as of
        `set_setting`."""
        self._guard(lambda: self._editor.set_layer(target, values, merge=merge))

    def add_layer(self, kind: str, above: str = "", inside: str = "") -> str:
        """A new empty node: above an item, on top inside a group, or on top of all; its id. Undoable."""
        return self._editor.add_layer(kind, above, inside)

    def remove_layer(self, id: str) -> None:
        """Takes a node or group out of the stack, with all that is in it. Undoable."""
        self._editor.remove_layer(id)

    def move_layer(self, id: str, above: str = "", inside: str = "") -> None:
        """Puts a node or group above another, on top inside a group, or on top of all. Undoable."""
        self._editor.move_layer(id, above, inside)

    def set_solo(self, id: str) -> None:
        """Only this node or group is seen, by canvas and model; "": all are again. Undoable."""
        self._editor.set_solo(id)

    def clear_document(self) -> None:
        """All layers empty that are not locked, and no branch; the knobs stay. Undoable."""
        self._editor.clear_all()

    # ---- inside ----

    def _guard(self, action: Callable[[], None]) -> None:
        try:
            action()
        except StudioError as error:
            self.message.emit(error.regarding("edit"))
        else:
            self.settled.emit("edit")
