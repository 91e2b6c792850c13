"""Drawing: what one can do with the stack of a Studio. Every command returns at once, and is one step of undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.document.altering import Change
from studio_app.document.brushes import Brush
from studio_app.document.contents.content import Content
from studio_app.document.document import Document
from studio_app.document.edits import OpenEdit
from studio_app.document.planes import Plane, Rect
from studio_app.document.putting import picture_node
from studio_app.document.results import Picture
from studio_app.document.stack import Node
from studio_app.document.strokes import Sample
from studio_app.document.symmetry import Symmetry
from studio_app.session.editor import Editor
from studio_app.session.layer_desk import LayerDesk
from studio_app.session.live import LiveLoop
from studio_app.session.making import MadeOf, Make, Making
from studio_app.session.scene_desk import SceneDesk
from studio_app.session.shelf import Shelf
from studio_app.session.studio_signals import StudioSignals


class StudioDrawing(StudioSignals):
    """A Studio's strokes, contents and layers."""

    _editor: Editor
    _live: LiveLoop
    _desk: LayerDesk
    _scenes: SceneDesk
    _shelf: Shelf
    _making: Making

    def begin_stroke(
        self,
        target: str,
        brush: Brush,
        sample: Sample,
        *,
        mask: bool = False,
        symmetry: Symmetry | None = None,
    ) -> bool:
        """Puts the pen down on a node; also means `set_pen_down(True)`, if it may be painted on: whether it may.

        target, here and below: a node's id, or a kind of content: then its topmost node is meant, and one is made
        where there is none. What is locked is not changed, and what is hidden not painted on: a message says so.
        mask: on the mask of a node or group. symmetry: painted on the other side of its axes too.
        """
        begin = self._editor.begin_stroke
        return self._hold(lambda: begin(target, brush, sample, mask=mask, symmetry=symmetry))

    def stroke_to(self, *samples: Any) -> None:
        """Goes on, as one edit, by samples or by what the open edit takes; nothing happens without one."""
        self._editor.stroke_to(*samples)

    def begin_edit(
        self,
        target: str,
        make: Callable[[Document, str], OpenEdit],
        text: str,
        *,
        held: bool = True,
    ) -> bool:
        """Opens an edit that `stroke_to` goes on with and `end_stroke` or the next command ends, as one step of undo
        called `text`; whether it is open. held: a hand holds it, as it does a pen."""
        return self._hold(lambda: self._editor.begin(target, make, text), held=held)

    def holds(self, edit: OpenEdit) -> bool:
        """Whether that is the edit that is open."""
        return self._editor.holds(edit)

    def set_selection(self, selection: Plane | None, text: str, merge_key: str = "") -> None:
        """Where edits may change pixels: 255 of a plane of cover; None: everywhere. Undoable; merge_key as of
        `change_content`."""
        self._editor.set_selection(selection, text, merge_key)

    def make(self, text: str, made_of: MadeOf, make: Make, put: Callable[[Any], object]) -> None:
        """An edit that takes long on a large canvas: `put(make(document, tell))`, as of `Making.make`."""
        self._making.make(text, made_of, make, put)

    def end_stroke(self) -> None:
        """Lifts the pen: one step of undo, and the chosen steps instead of one."""
        self._editor.end_stroke()
        self._live.set_pen_down(False)

    def cancel_stroke(self) -> None:
        """As if it had never begun."""
        self._editor.cancel_stroke()
        self._live.set_pen_down(False)

    @property
    def at_rest(self) -> bool:
        """Whether nobody draws, and nothing is asked of the engine nor will be by itself."""
        return self._live.at_rest

    def set_pen_down(self, down: bool) -> None:
        """While down, an edit asks for one step; for drags that are no strokes: joints, sliders."""
        self._live.set_pen_down(down)

    def change_content(self, target: str, content: Content, text: str, merge_key: str = "") -> None:
        """Gives a node another content, of the canvas's size, as it is. Undoable; text: what the undo menu calls it.
        Consecutive calls with the same merge_key (not "") are one step: give every drag its own."""
        self._guard(lambda: self._editor.change_content(target, content, text, merge_key))

    def alter_content(self, target: str, change: Change, text: str) -> None:
        """Changes all of what a node holds, as far as it is selected and its locks allow; of a large one in the
        background. Undoable; a Notice says where nothing comes of it."""
        self._desk.alter(target, change, text)

    def replace_content(self, target: str, content: Content, text: str) -> None:
        """The same with a content from elsewhere, of the frame's size: it takes the place of what lies in the frame,
        and what the artist chose for this node (what lies around depth) stays chosen."""
        self._desk.replace(target, content, text)

    def clear_layer(self, target: str) -> None:
        """Back to untouched. Undoable."""
        self._guard(lambda: self._editor.clear_layer(target))

    def convert_layer(self, target: str) -> None:
        """Adds what a node counts as beside its own kind, as layers to paint on, above it; it stays, hidden. Of a scene
        at its full size, once that was looked at. Undoable."""
        node = self._editor.document.stack.resolve(target)
        convert = self._editor.convert_layer

        def apart() -> None:
            self._guard(lambda: convert(target, self._live.capabilities))

        self._scenes.when_sharp(target if node is None else node.id, apart)

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

    def work_out(self, job: Callable[[], Any], then: Callable[[Any], object]) -> None:
        """Something small that is only looked at, in the background; nobody is told that it is done."""
        self._desk.work_out(job, then)

    def write_later(
        self,
        job: Callable[[], Any],
        then: Callable[[Any], object],
        failed: Callable[[Any], object],
    ) -> None:
        """Writes something small in the background, after what is being written: then as `read_later`."""
        self._desk.write(job, then, failed)

    def put_pixels(self, target: str, pixels: NDArray[np.uint8], text: str) -> None:
        """Puts a picture into a node: uint8 [H, W, 4], BGRA as a Frame's. Undoable.

        For painting over a result, and for pasting.
        """
        self._desk.put(target, pixels, text)

    def put_picture(
        self,
        kind: str,
        picture: Picture,
        feather: int,
        text: str,
        then: Callable[[str], object] = lambda id: None,
    ) -> None:
        """A picture as a new node of that kind on top, where the frame was when it was made; `then` gets its id. Where
        it can't be done, a message says why. feather: pixels over which its edge runs out, 0 for a hard one. Undoable.
        """

        def make(document: Document, _: object) -> Node:
            place = picture.place
            rect = document.frame if place is None else document.bearings.rect(place)
            return picture_node(document, kind, picture.pixels, rect, feather)

        def put(node: Node) -> None:
            id = self._editor.put_node(node, text)
            self.settled.emit("edit")
            self.hold(picture.id)
            then(id)

        self.make(text, lambda document: (document.frame, document.bearings), make, put)

    def hold(self, picture: str) -> None:
        """What is worked with is not to be forgotten: it gets a star, but is not exported by that. picture: its id."""
        self._shelf.star((picture,), True)

    def set_layer(self, *targets: str, merge: bool = False, **values: Any) -> None:
        """Fields of nodes and groups, as one step: visible (what is hidden says nothing to the model), locked, name,
        opacity, blend, alpha_lock, clip; of a node's control strength, start, end; shown, 0..1: how strongly the canvas
        shows it, no part of the request. Undoable; merge as of `set_setting`."""
        self._guard(lambda: self._editor.set_layer(targets, values, merge=merge))

    def add_layer(self, kind: str, above: str = "", name: str = "") -> str:
        """A new empty node: on top inside a group of that id, above any other item, or on top of all; its id."""
        return self._editor.add_layer(kind, above, name)

    def remove_layers(self, ids: Sequence[str]) -> None:
        """Takes nodes and groups out of the stack, with all that is in them. A message for what is locked."""
        self._guard(lambda: self._editor.remove_layers(ids))

    def move_layers(self, ids: Sequence[str], group: str = "", row: int = 0) -> None:
        """Puts items into a group, or ("") at the top of the tree, below `row` of those that lie there."""
        self._editor.move_layers(ids, group, row)

    def step_layers(self, ids: Sequence[str], by: int) -> None:
        """One place up (-1) or down (1), into groups and out of them."""
        self._editor.step_layers(ids, by)

    def duplicate_layers(self, ids: Sequence[str]) -> tuple[str, ...]:
        """A copy above each of them; the copies' ids."""
        return self._editor.duplicate_layers(ids)

    def group_layers(self, ids: Sequence[str]) -> str:
        """Puts items into a new group; its id, "" where there is nothing to group."""
        return self._editor.group_layers(ids)

    def ungroup_layers(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Puts what lies in the chosen groups in their place; the ids of that."""
        return self._editor.ungroup_layers(ids)

    def merge_down(self, id: str) -> str:
        """Makes one node of an item and the one that it lies on, where `merges_down` says that it can; its id."""
        return self._editor.merge_down(id)

    def set_mask(self, id: str, mask: Plane | None, text: str) -> None:
        """The mask of a node or group: 255 where it is seen; None for none. A message for what is locked."""
        self._guard(lambda: self._editor.set_mask(id, mask, text))

    def set_solo(self, id: str) -> None:
        """Only this node or group is seen, by canvas and model; "": all are again. Undoable."""
        self._editor.set_solo(id)

    def reveal(self, id: str) -> None:
        """Shows a node or group and the groups that it is in."""
        self._guard(lambda: self._editor.reveal(id))

    def unlock(self, id: str) -> None:
        """Unlocks a node or group and the groups that it is in."""
        self._guard(lambda: self._editor.unlock(id))

    def set_frame(self, frame: Rect, merge_key: str = "") -> None:
        """Where on the canvas the picture is: brought inside it, and to the shape of the picture. Undoable; consecutive
        moves of the same merge_key (not "") are one step."""
        self._editor.set_frame(frame, merge_key)

    def set_canvas(self, rect: Rect) -> None:
        """Crops the canvas to a rectangle of it, or extends it; the frame stays over what it was over. Undoable."""
        self._editor.set_canvas(rect)

    def clear_document(self) -> None:
        """All layers empty that are not locked, and no branch; the knobs stay. Undoable."""
        self._editor.clear_all()

    # ---- inside ----

    def _hold(self, begin: Callable[[], None], *, held: bool = True) -> bool:
        """Whether it has begun. held: the first dab is drawn with the pen down; where nothing begins, nobody lifts
        it."""
        self._live.set_pen_down(held)
        begun = self._guard(begin)
        if not begun:
            self._live.set_pen_down(False)
        return begun

    def _guard(self, action: Callable[[], None]) -> bool:
        """Whether it was done; a message says why not."""
        try:
            action()
        except StudioError as error:
            self.message.emit(error if error.about else error.regarding("edit"))
            return False
        for about in ("edit", "locked", "hidden"):
            self.settled.emit(about)
        return True
