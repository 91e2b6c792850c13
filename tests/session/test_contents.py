"""What every kind of content keeps to: painted, undone, redone, transformed, saved, opened, asked with, hidden.

A new kind is one more row of the table; a test that needs to know which kind it has is in the wrong file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.document.brushes import Brush
from studio_app.document.canvases import resized
from studio_app.document.contents.content import Content
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.document import Document, new_document, people_drawn, request_of
from studio_app.document.layer_files import not_brought_back, read_content, write_content
from studio_app.document.people import standing_person
from studio_app.document.planes import Plane
from studio_app.document.settings import Settings
from studio_app.document.stack import Group, Node
from studio_app.document.store.documents import (
    document_dict,
    load_document,
    save_document,
)
from studio_app.document.store.folder_reading import read_folder
from studio_app.document.store.journal import Journal
from studio_app.document.store.sessions import STATE
from studio_app.document.strokes import Sample
from studio_app.scene.stage import edits
from studio_app.scene.stage.things import Mannequin
from studio_app.session.editor import Editor
from studio_app.ui.faces.registry import FACES

SIZE = 320, 288
"""Two tiles by two, the last ones cut."""
KINDS = pytest.mark.parametrize("kind", CONTENTS)


@pytest.fixture
def editor(qtbot: Any) -> Iterator[Editor]:
    """Colours are painted everywhere: a mask alone asks for nothing."""
    made = Editor(new_document(Settings(prompt="a gate", width=SIZE[0], height=SIZE[1])))
    ground = np.full((SIZE[1], SIZE[0], 4), 200, np.uint8)
    made.change_content("colour", CONTENTS["colour"].of_rgba(ground, *SIZE), "Ground")
    yield made
    made.stack.clear()  # its commands and the editor hold each other


def draw(editor: Editor, target: str, at: float = 120.0) -> None:
    """Something of a hand, across the edges of tiles; for what is not painted, a person, drawn or in space."""
    node = editor.document.held(target)
    if node.content.paintable:
        brush = Brush(size=60, hardness=0.4, value=0.6, colour=(200, 30, 20))
        editor.begin_stroke(target, brush, Sample(at, 40))
        editor.stroke_to(Sample(at + 80, 200), Sample(at + 150, 270))
        editor.end_stroke()
    elif hasattr(node.content, "stage"):
        scene: Any = node.content
        stage, _ = edits.placed(scene.stage, Mannequin(), ((at - 120) / 200, 0.0, 0.0))
        editor.change_content(target, replace(scene, stage=stage), "Add a figure")
    else:
        person: Any = standing_person(*SIZE, at)
        content: Any = node.content
        text = "Add a person"
        editor.change_content(target, replace(content, people=(*content.people, person)), text)


def said(document: Document) -> str:
    return request_of(document).digest


def drawing(content: Content) -> tuple[object, ...]:
    """All that a content is, to be compared; joints to a thousandth of a pixel."""
    rounded = re.sub(r"\d+\.\d+", lambda n: f"{float(n[0]):.3f}", json.dumps(content.stored()))
    return tuple(plane.digest for plane in content.planes.values()), rounded


def test_every_kind_has_a_face_and_every_face_a_kind():
    assert set(FACES) == set(CONTENTS)
    for kind, face in FACES.items():
        words = face.words()
        assert all((words.title, words.purpose, words.advice))
        assert bool(words.choice) == bool(words.told)
        assert bool(words.acting) == bool(CONTENTS[kind].controls)


@KINDS
def test_a_blank_one_says_nothing_and_costs_nothing(kind: str):
    content = CONTENTS[kind].blank(4096, 4096)
    assert content.untouched
    assert all(plane.blank for plane in content.planes.values())
    assert content.kind == kind
    assert set(content.planes) == set(CONTENTS[kind].plane_kinds)


@KINDS
def test_it_is_drawn_undone_and_redone_to_the_bit(editor: Editor, kind: str):
    before = drawing(editor.document.held(kind).content), said(editor.document)
    draw(editor, kind)
    after = drawing(editor.document.held(kind).content), said(editor.document)
    assert before[0] != after[0] and before[1] != after[1]
    editor.stack.undo()
    assert (drawing(editor.document.held(kind).content), said(editor.document)) == before
    editor.stack.redo()
    assert (drawing(editor.document.held(kind).content), said(editor.document)) == after


@KINDS
def test_drawing_leaves_the_document_of_before_and_all_others_alone(editor: Editor, kind: str):
    before = editor.document
    known = {node.id: drawing(node.content) for node in before.stack.nodes()}
    draw(editor, kind)
    assert {node.id: drawing(node.content) for node in before.stack.nodes()} == known
    for node in before.stack.nodes():
        if node.kind != kind:
            assert editor.document.stack.node(node.id) is node


@KINDS
def test_a_stroke_makes_new_only_the_tiles_it_touched(editor: Editor, kind: str):
    node = editor.document.held(kind)
    if not node.content.paintable:
        pytest.skip("has no tiles")
    for name, plane in node.planes().items():
        full = Plane.of(plane.kind, np.ones(plane.kind.shape(*SIZE), plane.kind.dtype))
        content = editor.document.held(kind).content.with_planes({name: full})
        editor.change_content(kind, content, "Fill")
    before = editor.document.held(kind).planes()
    editor.begin_stroke(kind, Brush(size=10, value=0.3), Sample(20, 20))
    editor.end_stroke()
    for name, plane in editor.document.held(kind).planes().items():
        assert plane.changed(before[name]) == [(0, 0)]


@KINDS
def test_a_hidden_one_says_nothing(editor: Editor, kind: str):
    draw(editor, kind)
    blank = said(replace_node(editor.document, kind, CONTENTS[kind].blank(*SIZE)))
    seen = said(editor.document)
    editor.set_layer(kind, {"visible": False})
    assert said(editor.document) == blank != seen
    editor.stack.undo()
    assert said(editor.document) == seen


def replace_node(document: Document, kind: str, content: Content) -> Document:
    return replace(document, stack=document.stack.changed(document.held(kind).id, content=content))


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
def test_it_survives_its_files(editor: Editor, kind: str, tmp_path: Path):
    draw(editor, kind)
    editor.set_layer(kind, {"opacity": 0.5, "shown": 0.25, "name": "Wäll", "locked": True})
    document = editor.document
    save_document(document, tmp_path / "alone.json")
    made = Journal(tmp_path / "folder")
    made.commit(document, {STATE: "{}"})
    made.close()
    found = read_folder(tmp_path / "folder").document
    assert found is not None
    for again in (load_document(tmp_path / "alone.json"), found):
        assert document_dict(again) == document_dict(document)
        node, old = again.held(kind), document.held(kind)
        assert drawing(node.content) == drawing(old.content)
        assert (node.name, node.opacity, node.shown, node.locked) == ("Wäll", 0.5, 0.25, True)
        assert said(again) == said(document)


@KINDS
def test_it_survives_a_file_of_its_own(editor: Editor, kind: str, tmp_path: Path):
    draw(editor, kind)
    content = editor.document.held(kind).content
    path = write_content(content, tmp_path / "mine", *SIZE)
    assert path.suffix == content.suffix
    again, note = read_content(kind, path, *SIZE)
    assert note == "" and type(again) is type(content)
    one, other = (request_of(replace_node(editor.document, kind, c)) for c in (content, again))
    for control, back in zip(one.controls, other.controls, strict=True):
        assert np.abs(control.pixels.astype(float) - back.pixels).max() <= 1 / 65535
    assert one.init is None or np.array_equal(one.init, other.init)  # type: ignore[arg-type]
    assert one.mask is None or np.array_equal(one.mask, other.mask)  # type: ignore[arg-type]


@KINDS
def test_another_size_and_back(editor: Editor, kind: str):
    draw(editor, kind)
    larger = resized(editor.document, 512, 64)
    assert all(plane.size == (512, 64) for plane in larger.held(kind).planes().values())
    assert not larger.held(kind).untouched
    assert said(larger) != said(editor.document)
    assert resized(editor.document, *SIZE) is editor.document
    blank = CONTENTS[kind].blank(*SIZE)
    assert drawing(blank.resized(SIZE, 64, 64)) == drawing(CONTENTS[kind].blank(64, 64))


@KINDS
def test_a_mirror_twice_and_a_cut_put_back_are_the_same(editor: Editor, kind: str):
    draw(editor, kind)
    content = editor.document.held(kind).content
    for across in (True, False):
        once = content.flipped(SIZE, across=across)
        assert drawing(once) != drawing(content)
        assert drawing(once.flipped(SIZE, across=across)) == drawing(content)
    larger = content.cut(-256, -300, 1024, 1024)
    assert drawing(larger.cut(256, 300, *SIZE)) == drawing(content)
    shown, whole = content.picture(*SIZE), larger.picture(1024, 1024)
    if content.planes:  # figures are drawn thicker on a larger canvas
        assert np.array_equal(whole[300:588, 256:576], shown)


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
def test_a_locked_one_is_not_changed(editor: Editor, kind: str):
    draw(editor, kind)
    node = editor.document.held(kind)
    editor.set_layer(kind, {"locked": True})
    before = drawing(editor.document.held(kind).content)
    for change in (
        lambda: draw(editor, kind, 30),
        lambda: editor.clear_layer(kind),
        lambda: editor.change_content(kind, CONTENTS[kind].blank(*SIZE), "Load"),
    ):
        with pytest.raises(StudioError, match="locked"):
            change()
    editor.clear_all()
    assert drawing(editor.document.held(kind).content) == before
    stack = editor.document.stack.without(node.id).added(Group("g", (node,), locked=True))
    assert stack.locked(node.id)


@KINDS
def test_where_there_is_none_the_first_stroke_makes_one(editor: Editor, kind: str):
    for node in [n for n in editor.document.stack.nodes() if n.kind == kind]:
        editor.remove_layers([node.id])
    count = editor.stack.count()
    empty = editor.document.stack
    draw(editor, kind)
    assert editor.stack.count() == count + 1
    assert not editor.document.held(kind).untouched
    editor.stack.undo()
    assert editor.document.stack is empty
    if CONTENTS[kind].paintable:
        editor.begin_stroke(kind, Brush(), Sample(-900, -900))
        editor.end_stroke()
        assert editor.document.stack is empty
        editor.begin_stroke(kind, Brush(), Sample(9, 9))
        editor.cancel_stroke()
        assert editor.document.stack is empty


@KINDS
def test_clearing_is_one_step(editor: Editor, kind: str):
    draw(editor, kind)
    before = drawing(editor.document.held(kind).content)
    count = editor.stack.count()
    editor.clear_layer(kind)
    editor.clear_layer(kind)
    assert editor.document.held(kind).untouched
    assert editor.stack.count() == count + 1
    editor.stack.undo()
    assert drawing(editor.document.held(kind).content) == before


@KINDS
def test_a_node_of_it_is_worth_what_its_undo_costs(editor: Editor, kind: str):
    """Undo of a node that was removed brings back the same objects."""
    draw(editor, kind)
    node = editor.document.held(kind)
    assert isinstance(node, Node)
    editor.remove_layers([node.id])
    editor.stack.undo()
    assert editor.document.stack.node(node.id) is node


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
