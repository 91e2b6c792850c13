"""Long work on pixels says how far it is, waits its turn, and can be given up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from studio_app.core.errors import StudioError
from studio_app.document import marks
from studio_app.document.brushes import Brush
from studio_app.document.deferring import unmade
from studio_app.document.edits import MarkEdit
from studio_app.document.marks import Gradient
from studio_app.session.studio import Studio
from studio_app.session.works import Works

SIDE = 640


@pytest.fixture
def studio(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    """Its canvas counts as large; its reader runs once it is asked to; no engine does."""
    monkeypatch.setattr(marks, "AT_ONCE", 1)
    made = Studio(None)
    made.set_canvas((0, 0, SIDE, SIDE))
    made.undo_stack.clear()
    yield made
    made._reader.finish(drop=True)
    assert not made._reader.isRunning() or made._reader.wait(20_000)
    made.deleteLater()


def ramp(studio: Studio) -> None:
    mark = Gradient((0, 0), (SIDE, 0), (0.1,), (0.9,))
    assert studio.begin_edit("depth", lambda d, id: MarkEdit(d, id, Brush()), "Gradient")
    studio.stroke_to(mark)
    studio.end_stroke()


def left(studio: Studio) -> int:
    return len(unmade(studio.document.held("depth").content))


def test_what_is_made_later_is_made_in_the_background_as_one_step(qtbot: Any, studio: Studio):
    told: list[tuple[str, float]] = []
    works = studio.works
    works.changed.connect(lambda: told.append((works.text, works.share)))
    ramp(studio)
    assert studio.undo_stack.count() == 1
    assert left(studio) == 2 * 9 and works.busy  # there at once, and nobody has waited
    studio._reader.start()
    qtbot.waitUntil(lambda: not works.busy)
    assert left(studio) == 0
    shares = [share for text, share in told if text]
    assert {text for text, _ in told} == {"Gradient", ""} and shares == sorted(shares)
    assert max(shares) > 0.5
    studio.undo_stack.undo()
    assert studio.document.held("depth").content.untouched


def test_given_up_it_was_never_done(studio: Studio):
    studio.set_setting("seed", 5)
    studio.set_setting("steps", 3)
    for _ in range(2):
        studio.undo_stack.undo()
    before = studio.settings
    ramp(studio)
    made = studio.document.held("depth").content
    studio.works.cancel()
    assert studio.document.held("depth").content.untouched and len(unmade(made)) == 18
    assert not studio.undo_stack.canUndo() and studio.settings == before
    studio.undo_stack.redo()  # what was undone before it
    assert studio.settings.seed == 5 and studio.settings.steps == before.steps
    studio.undo_stack.redo()
    assert studio.settings.steps == 3 and not studio.undo_stack.canRedo()
    studio.undo_stack.undo()
    assert studio.settings.seed == 5 and studio.settings.steps == before.steps


def test_what_came_after_it_is_not_taken_back_with_it(studio: Studio):
    ramp(studio)
    studio.set_setting("seed", 5)
    studio.works.cancel()
    assert studio.settings.seed == 5
    assert not studio.document.held("depth").content.untouched


def test_what_is_undone_meanwhile_is_not_made_and_what_is_redone_is(qtbot: Any, studio: Studio):
    ramp(studio)
    made = studio.document.held("depth").content
    studio.undo_stack.undo()
    studio._reader.start()
    qtbot.waitUntil(lambda: not studio.works.busy, timeout=20_000)
    assert len(unmade(made)) == 18
    studio.undo_stack.redo()
    assert studio.works.text == "Gradient"
    qtbot.waitUntil(lambda: not studio.works.busy, timeout=20_000)
    assert left(studio) == 0
    studio.works.cancel()
    assert not studio.document.held("depth").content.untouched  # nothing is under way any more


def test_works_take_turns_and_a_fault_of_one_is_said(qtbot: Any, studio: Studio):
    works, done = studio.works, list[str]()
    assert isinstance(works, Works)

    def broken(tell: Any, stopped: Any) -> None:
        raise StudioError("No", "", "")

    said: list[object] = []
    works.message.connect(said.append)
    works.begin("one", lambda tell, stopped: "1", lambda result: done.append(result))
    works.begin("two", broken, lambda result: done.append("never"))
    works.begin("three", lambda tell, stopped: stopped(), lambda result: done.append(str(result)))
    assert works.text == "one"
    studio._reader.start()
    qtbot.waitUntil(lambda: not works.busy)
    assert done == ["1", "False"] and len(said) == 1


def test_what_was_given_up_before_its_turn_is_not_begun(qtbot: Any, studio: Studio):
    works, done = studio.works, list[str]()
    for name in ("one", "two"):
        works.begin(name, lambda tell, stopped: done.append("run"), lambda _: done.append("then"))
    works.cancel()
    studio._reader.start()
    qtbot.waitUntil(lambda: not works.busy)
    assert done == []
