"""What a model is asked with each kind of content: nothing hidden, less of what is see-through, the rest once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from studio_app.core.request import GenerationRequest
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.document import people_drawn, request_of
from studio_app.document.layer_files import not_brought_back
from studio_app.document.planes import Plane
from studio_app.document.stack import Group
from studio_app.session.editor import Editor
from tests.session.contents import KINDS, SIZE, draw, replace_node, said


@KINDS
def test_a_hidden_one_says_nothing(editor: Editor, kind: str):
    draw(editor, kind)
    blank = said(replace_node(editor.document, kind, CONTENTS[kind].blank(*SIZE)))
    seen = said(editor.document)
    editor.set_layer(kind, {"visible": False})
    assert said(editor.document) == blank != seen
    editor.stack.undo()
    assert said(editor.document) == seen


@KINDS
def test_what_is_in_a_hidden_group_or_beside_a_solo_says_nothing(editor: Editor, kind: str):
    draw(editor, kind)
    seen, stack = said(editor.document), editor.document.stack
    node = stack.resolve(kind)
    assert node is not None
    for group in (Group("g", (node,)), Group("g", (node,), opacity=1.0, name="Things")):
        grouped = replace(editor.document, stack=stack.without(node.id).added(group))
        assert said(grouped) == seen
        hidden = replace(grouped, stack=grouped.stack.changed("g", visible=False))
        assert said(hidden) != seen
        assert not hidden.stack.seen(kind)
        assert replace(hidden.stack, solo=node.id).seen(kind)
    other = next(one for one in stack.nodes() if one.id != node.id)
    assert not replace(stack, solo=other.id).seen(kind)


@KINDS
def test_what_the_model_can_t_take_is_left_out(editor: Editor, kind: str):
    from tests.fake_engine import CAN

    draw(editor, kind)
    none = replace(CAN, controls=())
    assert request_of(editor.document, none).controls == ()


@KINDS
def test_it_is_brought_back_by_what_it_asked(editor: Editor, kind: str):
    draw(editor, kind)
    if CONTENTS[kind].controls:
        editor.set_acting(kind, {"strength": 1.25, "start": 0.25, "end": 0.75})
    made = request_of(editor.document)
    people = people_drawn(editor.document) or None
    editor.clear_all()
    assert said(editor.document) != made.digest
    again = GenerationRequest.from_dict(made.to_dict())
    assert not_brought_back(again, people) == []
    editor.restore(again, people)
    assert said(editor.document) == made.digest


@KINDS
def test_two_of_a_kind_are_one_drawing_and_each_is_its_own(editor: Editor, kind: str):
    """The upper lies over the lower; one that is removed was never there."""
    draw(editor, kind, 40)
    one = request_of(editor.document)
    above = editor.add_layer(kind, above=editor.document.held(kind).id)
    assert editor.document.held(kind).id == above
    assert said(editor.document) == one.digest  # a blank one says nothing
    draw(editor, above, 160)
    both = request_of(editor.document)
    assert both != one
    assert [c.kind for c in both.controls] == [c.kind for c in one.controls]
    editor.remove_layers([above])
    assert request_of(editor.document) == one
    editor.stack.undo()
    assert request_of(editor.document) == both
    editor.move_layers([above])
    assert editor.document.stack.items[0].id == above
    lower = next(n.id for n in editor.document.stack.nodes() if n.kind == kind and n.id != above)
    editor.set_layer(lower, {"visible": False})
    assert request_of(editor.document) != both
    editor.set_solo(lower)
    editor.set_layer(lower, {"visible": True})
    assert not [n for n in editor.document.stack.seen(kind) if n.id == above]


@KINDS
def test_a_see_through_one_and_a_masked_one_say_less(editor: Editor, kind: str):
    """Opacity and a mask of its own are part of the picture; how the canvas shows it is not."""
    draw(editor, kind)
    one = said(editor.document)
    editor.set_layer(kind, {"shown": 0.1})
    assert said(editor.document) == one
    if not editor.document.held(kind).planes():
        pytest.skip("has no pixels to see through")
    editor.set_layer(kind, {"opacity": 0.5})
    half = said(editor.document)
    assert half != one
    editor.stack.undo()
    node = editor.document.held(kind)
    mask = np.zeros(SIZE[::-1], np.uint8)
    cover = CONTENTS["mask"].plane_kinds["pixels"]
    masked = editor.document.stack.changed(node.id, mask=Plane.of(cover, mask))
    hidden = editor.document.stack.changed(node.id, visible=False)
    assert said(replace(editor.document, stack=masked)) == said(
        replace(editor.document, stack=hidden)
    )
    full = Plane.of(cover, np.full_like(mask, 255))
    all_of_it = editor.document.stack.changed(node.id, mask=full)
    again = request_of(replace(editor.document, stack=all_of_it))
    for control, known in zip(again.controls, request_of(editor.document).controls, strict=True):
        assert np.abs(control.pixels.astype(float) - known.pixels).max() < 1e-5


@KINDS
def test_what_a_model_doesn_t_read_is_not_even_made(
    editor: Editor, kind: str, monkeypatch: pytest.MonkeyPatch
):
    from tests.fake_engine import CAN

    made = CONTENTS[kind].controls
    draw(editor, kind)
    asked: list[str] = []
    old = CONTENTS[kind].contribution.__func__  # type: ignore[attr-defined]

    def contribution(cls: Any, items: Any, view: Any) -> Any:
        asked.append(kind)
        return old(cls, items, view)

    monkeypatch.setattr(CONTENTS[kind], "contribution", classmethod(contribution))
    can = replace(CAN, controls=())
    request_of(editor.document, can)
    assert bool(asked) == (not made)
    assert can.takes(made) is False
    request_of(editor.document, replace(can, controls=made))
    assert asked
    assert replace(can, controls=made).takes(made) == bool(made)
