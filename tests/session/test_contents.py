"""What every kind of content keeps to: painted, undone, redone, transformed, saved, opened, asked with, hidden.

A new kind is one more row of the table; a test that needs to know which kind it has is in the wrong file.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio_app.core.errors import StudioError
from studio_app.document.brushes import Brush
from studio_app.document.canvases import resized
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.document import request_of
from studio_app.document.layer_files import read_content, write_content
from studio_app.document.planes import Plane
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
from studio_app.session.editor import Editor
from studio_app.ui.faces.registry import FACES
from tests.session.contents import KINDS, SIZE, draw, drawing, replace_node, said


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
