"""Undo, redo and escape while the pen is still down."""

from __future__ import annotations

import numpy as np

from studio_app.document.brushes import Brush
from studio_app.document.strokes import Sample
from studio_app.session.studio import Studio
from tests.nodes import depth_of
from tests.session.conftest import stroke


def painted(studio: Studio) -> int:
    return int((depth_of(studio.document).known.whole > 0).sum())


def begin(studio: Studio) -> None:
    studio.begin_stroke("depth", Brush(size=20), Sample(20, 50))
    studio.stroke_to(Sample(40, 50))


def test_one_undo_takes_the_stroke_that_is_being_drawn(studio: Studio):
    stroke(studio)
    first = painted(studio)
    begin(studio)
    both = painted(studio)
    studio.undo_stack.undo()
    assert painted(studio) == first
    studio.stroke_to(Sample(60, 50))  # the rest of the gesture
    studio.end_stroke()
    assert painted(studio) == first
    studio.undo_stack.redo()
    assert painted(studio) == both
    studio.undo_stack.undo()
    studio.undo_stack.undo()
    assert depth_of(studio.document).untouched


def test_the_very_first_stroke_can_be_undone_while_it_is_drawn(studio: Studio):
    heard: list[int] = []
    studio.undo_stack.indexChanged.connect(heard.append)
    begin(studio)
    assert studio.undo_stack.canUndo()
    assert heard == [0]
    assert "depth" in studio.undo_stack.undoText()
    studio.undo_stack.undo()
    assert depth_of(studio.document).untouched
    assert not studio.undo_stack.canUndo()


def test_redo_in_mid_stroke_keeps_the_stroke(studio: Studio):
    stroke(studio)
    studio.undo_stack.undo()
    begin(studio)
    drawn = depth_of(studio.document).known.whole
    studio.undo_stack.redo()
    assert np.array_equal(depth_of(studio.document).known.whole, drawn)
    assert studio.undo_stack.count() == 1


def test_a_stroke_given_up_leaves_what_could_be_redone(studio: Studio):
    stroke(studio)
    studio.undo_stack.undo()
    begin(studio)
    studio.cancel_stroke()
    assert depth_of(studio.document).untouched
    assert studio.undo_stack.canRedo()
    assert not studio.undo_stack.canUndo()


def test_a_knob_moved_in_mid_stroke_ends_it(studio: Studio):
    begin(studio)
    studio.set_setting("steps", 2)
    studio.undo_stack.undo()
    assert painted(studio) > 0
    studio.undo_stack.undo()
    assert depth_of(studio.document).untouched
