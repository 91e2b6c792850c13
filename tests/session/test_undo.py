"""What undo holds is counted, all of it, and bounded."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from studio_app.document.brushes import Brush
from studio_app.document.contents.colour import Colour
from studio_app.document.contents.mask import Mask
from studio_app.document.document import Document, new_document
from studio_app.document.people import standing_person
from studio_app.document.settings import Settings
from studio_app.document.strokes import Sample
from studio_app.document.tiles import TILE
from studio_app.session import bench_undo
from studio_app.session.editor import Editor
from studio_app.session.undo import MAX_COMMANDS
from tests.nodes import colour_of, depth_of, set_people

SIDE = 128
RGBA = SIDE * SIDE * 4


@pytest.fixture
def editor(qtbot: Any) -> Iterator[Editor]:
    made = Editor(new_document(Settings(width=SIDE, height=SIDE)))
    yield made
    made.stack.clear()  # its commands and the editor hold each other


def noise(seed: int) -> Colour:
    rng = np.random.default_rng(seed)
    return Colour.of(rng.integers(0, 255, (SIDE, SIDE, 4), np.uint8))


def paint(editor: Editor, at: float = 20) -> None:
    editor.begin_stroke("depth", Brush(size=30), Sample(at, 20))
    editor.stroke_to(Sample(at + 40, 60))
    editor.end_stroke()


def load(editor: Editor, seed: int) -> None:
    editor.change_content("colour", noise(seed), "Load")


def drawn(document: Document) -> bytes:
    return b"".join(
        a.tobytes()
        for a in (
            depth_of(document).value.whole,
            depth_of(document).known.whole,
            colour_of(document).rgba.whole,
        )
    )


def test_strokes_are_still_counted_after_a_long_drag(editor: Editor):
    """A drag is one step of undo, of thousands of moves: they push nothing out of sight."""
    for _ in range(5):
        paint(editor)
    strokes = editor.ledger.bytes
    assert strokes > 0
    person = standing_person(SIDE, SIDE)
    for move in range(1200):
        set_people(editor, (person.moved(0, move, 5),), "Move", "drag")
    assert editor.stack.count() == 6
    assert len(editor.ledger) == 6
    assert editor.ledger.bytes >= strokes


def test_the_bound_holds_whatever_was_dragged_in_between(editor: Editor):
    editor.ledger.max_bytes = 3 * RGBA
    person = standing_person(SIDE, SIDE)
    for seed in range(6):
        load(editor, seed)
        for move in range(300):
            set_people(editor, (person.moved(0, move, 5),), "Move", f"drag {seed}")
    assert editor.ledger.bytes <= editor.ledger.max_bytes


def test_only_tiles_that_an_edit_replaced_count_and_one_that_several_share_once(editor: Editor):
    load(editor, 1)
    first = editor.ledger.bytes
    assert first == pytest.approx(RGBA, abs=2000)  # nothing before, the loaded ones after
    load(editor, 2)
    second = editor.ledger.bytes - first
    assert second == pytest.approx(RGBA, abs=2000)  # what is before it was counted as after
    editor.set_layer("colour", {"visible": False})
    assert editor.ledger.bytes - first - second < 2000  # it has no tile of its own


def test_a_stroke_on_a_large_canvas_costs_the_tiles_it_touched(qtbot: Any):
    editor = Editor(new_document(Settings(width=512, height=512)))
    editor.pack_later = lambda pack: None
    rng = np.random.default_rng(0)
    editor.change_content("mask", Mask.of(rng.integers(1, 255, (512, 512), np.uint8)), "Load")
    before = editor.ledger.bytes
    editor.begin_stroke("mask", Brush(size=20), Sample(300, 40))
    editor.stroke_to(Sample(340, 80))
    editor.end_stroke()
    assert editor.ledger.bytes - before <= TILE * TILE + 2000


def test_tiles_that_the_document_has_no_more_lie_deflated(editor: Editor):
    paint(editor)
    one = drawn(editor.document)
    for at in (30, 40, 50):
        paint(editor, at)
    values = SIDE * SIDE * 5
    assert editor.ledger.bytes < values + 4 * values / 10 + 4000
    many = drawn(editor.document)
    for _ in range(3):
        editor.stack.undo()
    assert drawn(editor.document) == one
    for _ in range(3):
        editor.stack.redo()
    assert drawn(editor.document) == many


def test_what_was_undone_and_painted_over_is_forgotten(editor: Editor):
    load(editor, 1)
    load(editor, 2)
    for _ in range(2):
        editor.stack.undo()
    paint(editor)
    gc.collect()
    assert len(editor.ledger) == editor.stack.count() == 1
    assert (
        editor.ledger.bytes < SIDE * SIDE * 5 + 2000
    )  # the stroke's tiles, nothing of what was loaded


def test_only_so_many_steps_and_all_of_them_counted(qtbot: Any, monkeypatch: pytest.MonkeyPatch):
    assert MAX_COMMANDS >= 10_000
    monkeypatch.setattr("studio_app.session.undo.MAX_COMMANDS", 300)
    editor = Editor(new_document(Settings(width=SIDE, height=SIDE)))
    for step in range(350):
        editor.set_settings({"seed": step + 1})
    gc.collect()
    assert editor.stack.count() == len(editor.ledger) == 300
    editor.stack.clear()


def test_the_longer_the_history_the_rarer_it_is_looked_through(
    editor: Editor, monkeypatch: pytest.MonkeyPatch
):
    """Counted: what a look costs grows with the history, and so does the time between two."""
    looks: list[int] = []
    known = editor.ledger._bound

    def bound() -> None:
        looks.append(len(editor.ledger))
        known()

    monkeypatch.setattr(editor.ledger, "_bound", bound)
    monkeypatch.setattr("studio_app.session.undo.LOOK_EVERY", 8)
    for step in range(600):
        editor.set_settings({"seed": step + 1})
    assert sum(looks) < 12 * 600  # of 600 steps; by every eighth it would be 22,500


def test_random_edits_undone_and_redone_are_the_same_documents(qtbot: Any):
    """The short version of what `bench canvas` does ten thousand times."""
    assert bench_undo.measure(120, 384)["undo_identical"] == 1


def test_what_undo_doesn_t_bring_back_would_be_seen(qtbot: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("studio_app.session.undo.MAX_COMMANDS", 20)
    assert bench_undo.measure(40, 256)["undo_identical"] == 0


def test_the_oldest_goes_first_and_the_newest_always_can_be_undone(editor: Editor):
    editor.ledger.max_bytes = 1
    load(editor, 1)
    loaded = drawn(editor.document)
    load(editor, 2)
    editor.stack.undo()
    assert drawn(editor.document) == loaded
    editor.stack.undo()  # let go of: nothing changes, and nothing breaks
    assert drawn(editor.document) == loaded


def test_back_and_forth_is_exact(editor: Editor):
    states = [drawn(editor.document)]
    for step in range(6):
        if step % 2:
            load(editor, step)
        else:
            paint(editor, 10.0 + step)
        states.append(drawn(editor.document))
    for state in reversed(states[:-1]):
        editor.stack.undo()
        assert drawn(editor.document) == state
    for state in states[1:]:
        editor.stack.redo()
        assert drawn(editor.document) == state


def test_another_document_begins_with_nothing(editor: Editor):
    load(editor, 1)
    editor.reset(replace(editor.document))
    gc.collect()
    assert editor.ledger.bytes == 0
    assert not editor.stack.canUndo()
