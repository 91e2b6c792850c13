"""Commands on the stack: each is one step of undo, named after what it did, and the documents come back the same."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from studio_app.core.errors import StudioError
from studio_app.document import arranging
from studio_app.document.brushes import Brush
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.document import request_of
from studio_app.document.stack import Group
from studio_app.document.strokes import Sample
from studio_app.session.editor import Editor
from tests.session.contents import KINDS, SIZE, draw


def group(editor: Editor) -> str:
    return editor.group_layers(["pose-1", "depth-1"])


@pytest.mark.parametrize(
    ("act", "text"),
    [
        (lambda e: e.add_layer("colour", "colour-1", "Sky"), "Add Sky"),
        (lambda e: e.remove_layers(["depth-1", "pose-1"]), "Remove 2 layers"),
        (lambda e: e.move_layers(["colour-1"], "", 0), "Move colour"),
        (lambda e: e.step_layers(["colour-1"], -1), "Move colour"),
        (lambda e: e.duplicate_layers(["colour-1"]), "Duplicate colour"),
        (lambda e: e.group_layers(["colour-1"]), "Group colour"),
        (lambda e: e.set_layer(["colour-1", "depth-1"], {"visible": False}), "Hide 2 layers"),
        (lambda e: e.set_layer("colour-1", {"locked": True}), "Lock colour"),
        (lambda e: e.set_layer("depth-1", {"strength": 0.5}), "Change depth"),
        (lambda e: e.set_mask("colour-1", arranging.whole_mask(*SIZE), "Add a mask"), "Add a mask"),
        (lambda e: e.set_solo("depth-1"), "Show depth alone"),
    ],
)
def test_a_command_is_one_step_and_comes_back(
    editor: Editor, act: Callable[[Editor], object], text: str
):
    before, count = editor.document.stack, editor.stack.count()
    act(editor)
    after = editor.document.stack
    assert after is not before
    assert editor.stack.count() == count + 1
    assert editor.stack.undoText() == text
    editor.stack.undo()
    assert editor.document.stack is before
    editor.stack.redo()
    assert editor.document.stack is after


def test_what_changes_nothing_is_no_step(editor: Editor):
    count = editor.stack.count()
    editor.move_layers(["mask-1"], "", 0)
    editor.step_layers(["mask-1"], -1)
    editor.remove_layers(["nobody"])
    editor.duplicate_layers([])
    editor.ungroup_layers(["mask-1"])
    editor.set_layer(["mask-1", "pose-1"], {"visible": True})
    assert editor.group_layers([]) == ""
    editor.reveal("mask-1")
    editor.unlock("mask-1")
    assert editor.stack.count() == count


def test_a_new_layer_lies_above_the_chosen_one_or_inside_the_chosen_group(editor: Editor):
    made = group(editor)
    inside = editor.add_layer("colour", made)
    assert arranging.place_of(editor.document.stack, inside) == (made, 0)
    above = editor.add_layer("colour", "depth-1")
    assert arranging.place_of(editor.document.stack, above) == (made, 2)
    top = editor.add_layer("colour")
    assert arranging.place_of(editor.document.stack, top) == ("", 0)


@pytest.mark.parametrize("holder", ["pose-1", "group-1"])
def test_nothing_locked_is_removed_nor_anything_with_it(editor: Editor, holder: str):
    made = group(editor)
    editor.set_layer(holder, {"locked": True})
    before = editor.document.stack
    with pytest.raises(StudioError, match="locked") as told:
        editor.remove_layers([made, "mask-1"])
    assert told.value.about == "locked"
    assert editor.document.stack is before


def test_a_slider_s_moves_over_several_layers_are_one_step(editor: Editor):
    count = editor.stack.count()
    for opacity in (0.9, 0.8, 0.7):
        editor.set_layer(["mask-1", "colour-1"], {"opacity": opacity}, merge=True)
    assert editor.stack.count() == count + 1
    editor.stack.undo()
    assert editor.document.held("mask-1").opacity == editor.document.held("colour-1").opacity == 1


def test_a_group_takes_of_the_fields_those_that_it_has(editor: Editor):
    made = group(editor)
    editor.set_layer([made, "mask-1"], {"alpha_lock": True, "opacity": 0.5})
    assert editor.document.held("mask-1").alpha_lock
    found = editor.document.stack.find(made)
    assert isinstance(found, Group)
    assert found.opacity == 0.5


@KINDS
def test_a_mask_is_painted_undone_and_counts(editor: Editor, kind: str):
    """An eraser hides what is drawn, and a brush shows it again."""
    draw(editor, kind)
    node = editor.document.held(kind)
    before = request_of(editor.document).digest
    editor.set_mask(node.id, arranging.whole_mask(*SIZE), "Add a mask")
    assert request_of(editor.document).digest == before
    content = editor.document.held(kind).content
    editor.begin_stroke(node.id, Brush(size=300, eraser=True), Sample(160, 60), mask=True)
    editor.stroke_to(Sample(160, 240))
    editor.end_stroke()
    assert editor.document.held(kind).content is content
    assert request_of(editor.document).digest != before
    editor.stack.undo()
    assert request_of(editor.document).digest == before
    editor.stack.redo()
    editor.begin_stroke(node.id, Brush(size=700, hardness=1), Sample(160, 140), mask=True)
    editor.end_stroke()
    assert request_of(editor.document).digest == before


def test_the_mask_of_a_group_is_painted_too(editor: Editor):
    made = editor.group_layers(["colour-1"])
    before = request_of(editor.document).digest
    editor.set_mask(made, arranging.whole_mask(*SIZE), "Add a mask")
    editor.begin_stroke(made, Brush(size=90, eraser=True), Sample(160, 140), mask=True)
    editor.end_stroke()
    assert request_of(editor.document).digest != before
    editor.set_mask(made, None, "Remove the mask")
    assert request_of(editor.document).digest == before


@KINDS
def test_who_paints_on_what_is_hidden_is_told_and_can_show_it(editor: Editor, kind: str):
    if not CONTENTS[kind].paintable:
        kind = "depth"
    if editor.document.stack.first(kind) is None:
        editor.add_layer(kind)
    made = editor.group_layers([f"{kind}-1"])
    for hide in (
        lambda: editor.set_layer(kind, {"visible": False}),
        lambda: editor.set_layer(made, {"visible": False}),
        lambda: editor.set_solo(
            next(n.id for n in editor.document.stack.nodes() if n.kind != kind)
        ),
    ):
        hide()
        before = editor.document.stack
        with pytest.raises(StudioError, match="hidden") as told:
            editor.begin_stroke(kind, Brush(), Sample(9, 9))
        assert told.value.about == "hidden"
        assert editor.document.stack is before
        editor.reveal(f"{kind}-1")
        editor.begin_stroke(kind, Brush(), Sample(9, 9))
        editor.cancel_stroke()
    editor.set_layer(made, {"locked": True})
    with pytest.raises(StudioError, match="locked"):
        editor.begin_stroke(kind, Brush(), Sample(9, 9))
    editor.unlock(f"{kind}-1")
    editor.begin_stroke(kind, Brush(), Sample(9, 9))


def test_two_colours_merge_in_one_step(editor: Editor):
    above = editor.add_layer("colour", "colour-1")
    editor.begin_stroke(above, Brush(size=90, colour=(9, 9, 9)), Sample(160, 140))
    editor.end_stroke()
    before = request_of(editor.document)
    assert editor.merge_down(above) == "colour-1"
    assert editor.stack.undoText() == "Merge colour 2 down"
    assert before.init is not None
    init = request_of(editor.document).init
    assert init is not None
    assert np.abs(init.astype(int) - before.init).max() <= 1
    editor.stack.undo()
    assert request_of(editor.document) == before
