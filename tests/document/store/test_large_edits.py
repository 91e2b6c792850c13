"""While an edit of much of a canvas is stored, or another canvas, what else is drawn does not wait."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from studio_app.document.canvases import with_canvas
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.document import Document
from studio_app.document.planes import Rect
from studio_app.document.settings import Settings
from studio_app.document.stack import Node, Stack
from studio_app.document.store import journal, large_edits
from studio_app.document.store.journal import Journal
from tests.document.store.reading_back import document_in, same

SIDE = 768
"""Of a canvas on which an edit may be large."""


def large(document: Document, seed: int, kind: str = "colour") -> Document:
    """With another picture all over a layer, in some tiles more than a commit stores itself."""
    chance = np.random.default_rng(seed)
    pixels = chance.integers(0, 8, (SIDE, SIDE, 4)).astype(np.uint8)
    stack = document.stack.changed(f"{kind}-1", content=CONTENTS[kind].of_rgba(pixels, SIDE, SIDE))
    return replace(document, stack=stack)


def dabbed(document: Document, kind: str, x: int, y: int = 0, id: str = "") -> Document:
    node = document.stack.node(id or f"{kind}-1")
    assert node is not None
    ones = np.ones((8, 8, 3 if kind == "colour" else 1), np.float32)
    content = node.content.with_sheet(x, y, ones, np.ones((8, 8), np.float32))
    return replace(document, stack=document.stack.changed(node.id, content=content))


@pytest.fixture
def canvas(monkeypatch: pytest.MonkeyPatch) -> Document:
    monkeypatch.setattr(journal, "FEW", 2)
    monkeypatch.setattr(large_edits, "FEW", 2)
    nodes = (Node(f"{kind}-1", CONTENTS[kind].blank(SIDE, SIDE)) for kind in ("mask", "colour"))
    return Document(Settings(), Stack(tuple(nodes)), (SIDE, SIDE), (0, 0, 256, 256))


def test_while_a_large_edit_is_stored_what_is_drawn_on_other_layers_is_committed(
    canvas: Document, tmp_path: Path
):
    made = Journal(tmp_path)
    made.commit(canvas, {})
    now = large(canvas, 1)
    for stroke in range(3):
        now = dabbed(now, "mask", 10 * stroke)
        assert not made.store_ahead(now, 0.0)
        made.commit_beside(now, {})
        found = document_in(tmp_path)
        assert found is not None
        assert found.held("mask").planes()["pixels"].whole[0, 10 * stroke]
        assert found.held("colour").untouched  # all of an edit, or nothing
    while not made.store_ahead(now, 0.001):
        pass
    made.commit(now, {})
    assert same(document_in(tmp_path), now) and not made._ahead
    made.close()


@pytest.mark.parametrize("kind", ["colour", "depth", "mask"])
def test_strokes_on_the_very_layer_of_a_large_edit_do_not_wait_for_it(
    canvas: Document, tmp_path: Path, kind: str
):
    """They lie on what lay there before, and what is undone of them is gone."""
    if kind == "depth":
        depth = Node("depth-1", CONTENTS["depth"].blank(SIDE, SIDE))
        canvas = replace(canvas, stack=canvas.stack.added(depth))
    made, first = Journal(tmp_path), dabbed(canvas, kind, 100)
    made.commit(first, {})

    def there(document: Document) -> list[bool]:
        assert not made.store_ahead(document, 0.0)
        made.commit_beside(document, {"of": "it"})
        found = document_in(tmp_path)
        assert found is not None
        drawn = found.held(kind).content.there((0, 0, SIDE, SIDE))
        assert drawn[8:].sum() == 0  # nothing of the large edit
        return [bool(drawn[4, 4 + x]) for x in (10, 30, 100)]

    edited = large(first, 1, kind)
    assert there(edited) == [False, False, True]
    one = dabbed(edited, kind, 10)
    two = dabbed(one, kind, 30)
    assert there(one) == [True, False, True]
    assert there(two) == [True, True, True]
    assert there(one) == [True, False, True]
    assert there(edited) == [False, False, True]
    assert there(two) == [True, True, True]
    again = large(two, 2, kind)
    assert there(again) == [True, True, True]
    while not made.store_ahead(again, 0.001):
        pass
    made.commit(again, {})
    assert same(document_in(tmp_path), again)
    with journal.reading(tmp_path) as pages:
        assert pages is not None and pages.state("of") == "it"
    made.close()


def test_a_large_edit_that_is_undone_meanwhile_leaves_nothing(canvas: Document, tmp_path: Path):
    made = Journal(tmp_path)
    made.commit(canvas, {})
    assert not made.store_ahead(large(canvas, 1), 0.001)
    assert made._ahead
    assert made.store_ahead(canvas, 0.001)
    made.commit(canvas, {})
    made.close(compact=True)
    rows = sqlite3.connect(tmp_path / journal.NAME).execute("SELECT count(*) FROM tiles")
    assert rows.fetchone() == (0,)


def test_layers_that_come_and_go_meanwhile_do_not_wait_for_a_large_edit_and_no_paint_is_lost(
    canvas: Document, tmp_path: Path
):
    """What was merged into a layer that is not there yet is where it was."""
    made = Journal(tmp_path)
    canvas = dabbed(canvas, "mask", 30)
    made.commit(canvas, {})
    now = dabbed(large(canvas, 1), "mask", 0)
    fresh = Node("colour-2", CONTENTS["colour"].blank(SIDE, SIDE))
    pasted = replace(large(canvas, 2).stack.find("colour-1"), id="colour-3")  # type: ignore[type-var]
    now = replace(now, stack=now.stack.added(pasted, above="mask-1").added(fresh))

    def there(document: Document) -> Document:
        assert not made.store_ahead(document, 0.0)
        made.commit_beside(document, {})
        found = document_in(tmp_path)
        assert found is not None and found.held("colour").untouched
        return found

    assert [node.id for node in there(now).stack.nodes()] == ["colour-2", "mask-1", "colour-1"]
    found = there(replace(now, stack=now.stack.without("mask-1")))
    assert [node.id for node in found.stack.nodes()] == ["colour-2", "mask-1", "colour-1"]
    drawn = found.held("mask").planes()["pixels"].whole[0]
    assert drawn[0] and drawn[30]
    now = replace(now, stack=now.stack.without("mask-1"))
    while not made.store_ahead(now, 0.001):
        pass
    made.commit(now, {})
    assert same(document_in(tmp_path), now)
    made.close()


@pytest.mark.parametrize("rect", [(100, 40, 600, 700), (-60, -20, 1000, 900)])
def test_what_is_drawn_on_a_canvas_that_was_cropped_or_extended_does_not_wait_for_it(
    canvas: Document, tmp_path: Path, rect: Rect
):
    """It lies on the canvas of before, where it was drawn."""
    made, first = Journal(tmp_path), dabbed(large(canvas, 1), "mask", 130)
    made.commit(first, {})

    def there(document: Document) -> list[bool]:
        assert not made.store_ahead(document, 0.0)
        made.commit_beside(document, {})
        found = document_in(tmp_path)
        assert found is not None and (found.canvas, found.frame) == (first.canvas, first.frame)
        assert found.settings.prompt == document.settings.prompt
        here, before = (
            one.held("colour-1").content.sheet((0, 300, SIDE, 300))[0] for one in (found, first)
        )
        assert np.array_equal(here, before)
        drawn = found.held("mask-1").content.there((0, 0, SIDE, SIDE))
        return [bool(drawn[max(rect[1], 0) + 2, x]) for x in (134, 234, 294)]

    cut = with_canvas(first, rect)
    under = max(rect[1], 0) - rect[1]
    assert there(replace(cut, settings=replace(cut.settings, prompt="an owl")))[1:] == [False] * 2
    one = dabbed(cut, "mask", 230 - rect[0], under)
    two = dabbed(one, "mask", 290 - rect[0], under)
    assert there(one)[1:] == [True, False]
    assert there(two)[1:] == [True, True]
    assert there(one)[1:] == [True, False]
    new = Node("mask-2", CONTENTS["mask"].blank(*cut.canvas))
    added = dabbed(replace(two, stack=two.stack.added(new)), "mask", 300, under, "mask-2")
    assert there(dabbed(added, "colour", 230 - rect[0], under))[1:] == [True, True]
    found = document_in(tmp_path)
    assert found is not None
    x, y, ones = 231, max(rect[1], 0) + 1, np.ones((4, 4, 3), np.float32)
    assert np.allclose(found.held("colour").content.sheet((x, y, 4, 4))[0], ones)
    assert found.held("mask-2").content.there((0, 0, SIDE, SIDE)).any()
    while not made.store_ahead(added, 0.001):
        pass
    made.commit(added, {})
    assert same(document_in(tmp_path), added)
    made.close()
