"""Edits that take long are worked out beside the window, of what there is when they are put."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QTimer

from studio_app.core.errors import StudioError
from studio_app.document import deferring, marks
from studio_app.document.brushes import Brush
from studio_app.document.deferring import unmade
from studio_app.document.document import Document, new_document
from studio_app.document.edits import MarkEdit
from studio_app.document.marks import Gradient
from studio_app.document.planes import COVER, Plane
from studio_app.document.selections import everything, grown
from studio_app.document.store.sessions import Contents, Unread
from studio_app.document.strokes import Sample
from studio_app.session import making, works
from studio_app.session.studio import Studio

SIDE = 300


@pytest.fixture
def studio(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    """Its canvas counts as large; its reader runs once it is asked to; no engine does."""
    monkeypatch.setattr(deferring, "AT_ONCE", 1)
    made = Studio(None)
    made.set_canvas((0, 0, SIDE, SIDE))
    made.set_selection(square(100), "Select")
    made.undo_stack.clear()
    yield made
    made._reader.finish(drop=True)
    assert not made._reader.isRunning() or made._reader.wait(20_000)
    made.deleteLater()


def square(side: int) -> Plane:
    plane = Plane(COVER, SIDE, SIDE)
    return plane.write(0, 0, everything((side, side)).whole)


def grow(studio: Studio) -> None:
    def made_of(document: Document) -> tuple[object, ...] | None:
        return None if document.selection is None else (document.selection,)

    def make(document: Document, tell: Any) -> Plane:
        assert document.selection is not None
        return grown(document.selection, 4, tell)

    studio.make("Grow", made_of, make, lambda made: studio.set_selection(made, "Grow"))


def width(studio: Studio) -> int:
    selection = studio.document.selection
    return 0 if selection is None else int((selection.whole[0] > 127).sum())


def go_on(qtbot: Any, studio: Studio) -> None:
    studio._reader.start()
    qtbot.waitUntil(lambda: not studio.works.busy)


def test_it_is_one_step_when_it_is_worked_out(qtbot: Any, studio: Studio):
    grow(studio)
    assert width(studio) == 100 and studio.works.text == "Grow"
    go_on(qtbot, studio)
    assert width(studio) == 104 and studio.undo_stack.count() == 1
    studio.undo_stack.undo()
    assert width(studio) == 100


def test_of_what_changes_meanwhile_it_is_worked_out_once_more(qtbot: Any, studio: Studio):
    grow(studio)
    studio.set_selection(square(200), "Select")
    go_on(qtbot, studio)
    assert width(studio) == 204


def test_where_that_is_gone_or_it_is_given_up_nothing_comes_of_it(qtbot: Any, studio: Studio):
    grow(studio)
    studio.set_selection(None, "Select nothing")
    go_on(qtbot, studio)
    assert width(studio) == 0 and studio.undo_stack.count() == 1
    studio.undo_stack.undo()
    grow(studio)
    studio.works.cancel()
    qtbot.waitUntil(lambda: not studio.works.busy)
    assert width(studio) == 100


def test_a_stroke_is_not_torn_by_it(qtbot: Any, studio: Studio):
    grow(studio)
    studio.begin_stroke("colour", Brush(size=10), Sample(20, 20))
    go_on(qtbot, studio)
    studio.stroke_to(Sample(40, 40))
    assert studio.stroking and width(studio) == 100
    studio.end_stroke()
    qtbot.waitUntil(lambda: width(studio) == 104)
    assert studio.undo_stack.count() == 2


def test_what_waits_for_the_end_of_a_stroke_is_not_made_of_other_work(
    qtbot: Any, studio: Studio, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(making, "_PAUSE_MS", 0)
    made: list[str] = []
    done: list[object] = []
    studio.make("Add", lambda document: (document.frame,), lambda *_: "added", made.append)
    studio.begin_stroke("colour", Brush(size=10), Sample(20, 20))
    go_on(qtbot, studio)
    studio._parts.show(Contents(new_document(), {"live": False}, Unread(Path())))
    QTimer.singleShot(0, lambda: studio.work_out(lambda: None, done.append))
    qtbot.waitUntil(lambda: bool(done) and not studio.works.busy)
    assert made == []


def test_a_fault_of_it_is_said(qtbot: Any, studio: Studio):
    said: list[object] = []
    studio.message.connect(said.append)

    def broken(document: Document, tell: Any) -> None:
        raise StudioError("No", "", "")

    studio.make("Break", lambda document: (), broken, said.append)
    go_on(qtbot, studio)
    assert [str(one) for one in said] == ["No"]


def test_others_have_their_turn_while_much_is_made(
    qtbot: Any, studio: Studio, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(marks, "AT_ONCE", 1)
    monkeypatch.setattr(works, "_TURN_S", 0.0)
    studio.set_selection(None, "Select nothing")
    assert studio.begin_edit("depth", lambda d, id: MarkEdit(d, id, Brush()), "Gradient")
    studio.stroke_to(Gradient((0, 0), (SIDE, 0), (0.1,), (0.9,)))
    studio.end_stroke()
    left: list[int] = []
    content = studio.document.held("depth").content
    studio.work_out(lambda: len(unmade(content)), left.append)
    go_on(qtbot, studio)
    assert left and left[0] > 0 and not unmade(content)
