"""A save that is under way is of the work that it was asked for, whatever comes meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from studio_app.core.errors import StudioError
from studio_app.document.store.documents import document_dict
from studio_app.document.store.ora_reading import read_ora
from studio_app.document.store.ties import Tie
from studio_app.session import files as files_module
from studio_app.session.studio import Studio
from tests.session.filing import drawn, messages, open_file, save, save_and_draw_on, save_as

Dab = Callable[[Studio, float], None]
Make = Callable[..., Studio]


@pytest.fixture
def studio(make_studio: Make, tmp_path: Path) -> Studio:
    return make_studio(tmp_path / "home", live=False)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[threading.Event]]:
    """`slow(2)`: gates before the next saves, one each; later ones have none."""

    def make(count: int) -> list[threading.Event]:
        gates = [threading.Event() for _ in range(count)]
        left, real = list(gates), files_module.save_file

        def held(*args: Any, **more: Any) -> Tie:
            if left:
                assert left.pop(0).wait(20)
            return real(*args, **more)

        monkeypatch.setattr(files_module, "save_file", held)
        return gates

    return make


Slow = Callable[[int], list[threading.Event]]


def inside(path: Path) -> dict[str, Any]:
    return document_dict(read_ora(path).document)


def new(qtbot: Any, studio: Studio) -> None:
    with qtbot.waitSignal(studio.work_changed):
        studio.files.new()
    assert studio.files.path is None


def at_rest(qtbot: Any, studio: Studio) -> None:
    """No save, and no other work on its way."""
    qtbot.waitUntil(lambda: not studio.files.saving and not studio._parts.changer.busy)


def test_a_new_drawing_waits_for_the_save_and_does_not_get_its_file(
    qtbot: Any, studio: Studio, dab: Dab, tmp_path: Path, slow: Slow
):
    path = tmp_path / "knight.ora"
    save_and_draw_on(qtbot, studio, dab, path)
    knight, said = drawn(studio), list[str]()
    studio.changing.connect(said.append)
    (gate,) = slow(1)
    studio.files.save()
    studio.files.new()
    assert said == ["New drawing"]  # from here on nobody draws
    with qtbot.waitSignal(studio.work_changed):
        gate.set()
    at_rest(qtbot, studio)
    assert studio.files.path is None and said == ["New drawing", ""]
    dab(studio, 60)
    errors = messages(studio)
    studio.files.save()
    assert [error.title for error in errors if isinstance(error, StudioError)] == [
        "The drawing has no file yet"
    ]
    assert inside(path) == knight
    open_file(qtbot, studio, path)
    assert drawn(studio) == knight and not studio.files.modified


def test_what_waits_for_a_save_can_be_given_up(
    qtbot: Any, studio: Studio, dab: Dab, tmp_path: Path, slow: Slow
):
    path = tmp_path / "knight.ora"
    save_and_draw_on(qtbot, studio, dab, path)
    knight, came = drawn(studio), list[int]()
    studio.work_changed.connect(lambda: came.append(1))
    (gate,) = slow(1)
    studio.files.save()
    studio.files.new()
    studio.files.give_up()
    gate.set()
    at_rest(qtbot, studio)
    assert drawn(studio) == knight and studio.files.path == path and not came
    new(qtbot, studio)


def test_all_saves_that_were_asked_for_are_of_the_drawing_that_was_there(
    qtbot: Any, studio: Studio, dab: Dab, tmp_path: Path, slow: Slow
):
    a, b = tmp_path / "a.ora", tmp_path / "b.ora"
    dab(studio, 10)
    save_as(qtbot, studio, b)
    in_b = drawn(studio)
    new(qtbot, studio)
    dab(studio, 30)
    save_as(qtbot, studio, a)
    dab(studio, 50)
    in_a, there = drawn(studio), list[int]()
    (gate,) = slow(1)
    studio.files.save()
    studio.files.save()
    studio.files.open(b, lambda: there.append(1))
    gate.set()
    qtbot.waitUntil(lambda: bool(there))
    at_rest(qtbot, studio)
    assert inside(a) == in_a and inside(b) == in_b
    assert studio.files.path == b and drawn(studio) == in_b


def test_a_copy_that_waits_for_a_save_is_of_the_drawing_that_was_there(
    qtbot: Any, studio: Studio, dab: Dab, tmp_path: Path, slow: Slow
):
    a, c = tmp_path / "a.ora", tmp_path / "c.ora"
    dab(studio, 30)
    save_as(qtbot, studio, a)
    dab(studio, 50)
    in_a = drawn(studio)
    (gate,) = slow(1)
    studio.files.save()
    studio.files.save_as(c)
    studio.files.new()
    with qtbot.waitSignal(studio.work_changed):
        gate.set()
    at_rest(qtbot, studio)
    assert inside(c) == inside(a) == in_a and studio.files.path is None


def test_a_save_that_begins_while_other_work_is_read_is_not_of_that(
    qtbot: Any, studio: Studio, dab: Dab, tmp_path: Path, slow: Slow
):
    a, b = tmp_path / "a.ora", tmp_path / "b.ora"
    dab(studio, 10)
    save_as(qtbot, studio, b)
    new(qtbot, studio)
    dab(studio, 30)
    save_as(qtbot, studio, a)
    dab(studio, 50)
    in_a, there = drawn(studio), list[int]()
    (gate,) = slow(1)
    studio.files.open(b, lambda: there.append(1))
    studio.files.save()
    gate.set()
    qtbot.waitUntil(lambda: bool(there))
    at_rest(qtbot, studio)
    assert studio.files.path == b and inside(a) == in_a
    open_file(qtbot, studio, a)
    assert drawn(studio) == in_a and not studio.files.modified


def test_a_save_that_ends_when_other_work_is_there_leaves_that_alone(
    qtbot: Any, studio: Studio, dab: Dab, tmp_path: Path, slow: Slow
):
    a, b = tmp_path / "a.ora", tmp_path / "b.ora"
    dab(studio, 10)
    save_as(qtbot, studio, b)
    found = files_module.opening.read_contents(b, live=False)
    new(qtbot, studio)
    dab(studio, 30)
    in_a = drawn(studio)
    (gate,) = slow(1)
    studio.files.save_as(a)
    studio._parts.show(found)  # as at a start that has waited for the window before
    studio.files.adopt(found)
    gate.set()
    at_rest(qtbot, studio)
    assert studio.files.path == b and not studio.files.modified and inside(a) == in_a
    save_as(qtbot, studio, a)  # nobody has its lock


def test_every_save_is_done_before_the_studio_says_its_last_word(
    qtbot: Any,
    studio: Studio,
    dab: Dab,
    tmp_path: Path,
    slow: Slow,
    monkeypatch: pytest.MonkeyPatch,
):
    path, saving, real = tmp_path / "a.ora", list[bool](), studio._autosaver.finish
    dab(studio, 30)
    save_as(qtbot, studio, path)

    def finish(*args: Any) -> None:
        saving.append(studio.files.saving)
        real(*args)

    monkeypatch.setattr(studio._autosaver, "finish", finish)
    (gate,) = slow(1)
    dab(studio, 50)
    studio.files.save()
    dab(studio, 60)
    studio.files.save()
    newest = drawn(studio)
    studio.close()
    with qtbot.waitSignal(studio.closed):
        gate.set()
    assert saving == [False] and inside(path) == newest


def test_a_save_after_one_under_another_name_is_into_that(
    qtbot: Any, studio: Studio, dab: Dab, tmp_path: Path, slow: Slow
):
    a, c = tmp_path / "a.ora", tmp_path / "c.ora"
    dab(studio, 10)
    save_as(qtbot, studio, a)
    said, asked, in_a = messages(studio), list[Any](), drawn(studio)
    studio.files.overwriting.connect(asked.append)
    (gate,) = slow(1)
    studio.files.save_as(c)
    dab(studio, 30)
    studio.files.save()
    studio.files.save_as(c)
    gate.set()
    at_rest(qtbot, studio)
    assert not asked and not [one for one in said if isinstance(one, StudioError)]
    assert inside(c) == drawn(studio) and inside(a) == in_a and studio.files.path == c


def test_back_to_its_old_name_the_file_is_locked_as_before(
    qtbot: Any, studio: Studio, make_studio: Make, dab: Dab, tmp_path: Path, slow: Slow
):
    a, c = tmp_path / "a.ora", tmp_path / "c.ora"
    dab(studio, 10)
    save_as(qtbot, studio, a)
    (gate,) = slow(1)
    studio.files.save_as(c)
    studio.files.save_as(a)
    gate.set()
    at_rest(qtbot, studio)
    other = make_studio(tmp_path / "other", live=False)
    open_file(qtbot, other, a)
    assert studio.files.path == a and other.files.read_only


def changed_elsewhere(path: Path) -> bytes:
    theirs = path.read_bytes() + b"of another program"
    path.write_bytes(theirs)
    return theirs


def test_what_is_answered_when_other_work_is_there_replaces_nothing(
    qtbot: Any, studio: Studio, dab: Dab, tmp_path: Path
):
    a, b = tmp_path / "a.ora", tmp_path / "b.ora"
    dab(studio, 10)
    save_as(qtbot, studio, b)
    new(qtbot, studio)
    dab(studio, 30)
    save_as(qtbot, studio, a)
    in_a = changed_elsewhere(a)
    dab(studio, 50)
    with qtbot.waitSignal(studio.files.overwriting):
        studio.files.save()
    open_file(qtbot, studio, b)
    in_b, said = changed_elsewhere(b), messages(studio)
    studio.files.save_anyway()
    at_rest(qtbot, studio)
    assert a.read_bytes() == in_a and b.read_bytes() == in_b
    assert [one.title for one in said if isinstance(one, StudioError)] == ["a.ora was not replaced"]


def test_what_is_answered_when_it_has_another_file_replaces_nothing(
    qtbot: Any, studio: Studio, dab: Dab, tmp_path: Path
):
    a, c = tmp_path / "a.ora", tmp_path / "c.ora"
    dab(studio, 30)
    save_as(qtbot, studio, a)
    in_a = changed_elsewhere(a)
    with qtbot.waitSignal(studio.files.overwriting):
        studio.files.save()
    save_as(qtbot, studio, c)
    in_c = changed_elsewhere(c)
    studio.files.save_anyway()
    at_rest(qtbot, studio)
    assert a.read_bytes() == in_a and c.read_bytes() == in_c


def test_no_other_work_comes_in_the_middle_of_the_question(
    qtbot: Any, studio: Studio, dab: Dab, tmp_path: Path, slow: Slow
):
    path = tmp_path / "a.ora"
    dab(studio, 30)
    save_as(qtbot, studio, path)
    changed_elsewhere(path)
    dab(studio, 50)
    (gate,) = slow(1)
    studio.files.save()
    studio.files.new()
    with qtbot.waitSignal(studio.files.overwriting):
        gate.set()
    at_rest(qtbot, studio)
    studio.files.save_anyway()
    at_rest(qtbot, studio)
    assert studio.files.path == path and inside(path) == drawn(studio)


def test_what_is_drawn_while_the_file_is_compared_is_not_taken_for_saved(
    qtbot: Any, studio: Studio, dab: Dab, tmp_path: Path
):
    path = tmp_path / "a.ora"
    dab(studio, 10)
    save_as(qtbot, studio, path)
    stale = studio.files.tie
    dab(studio, 30)
    save(qtbot, studio)
    found = files_module.opening.read_contents(path, live=False)
    assert stale is not None
    state = {**(found.state or {}), "file": stale.to_dict()}
    found = replace(found, state=state)  # a kill came before the word of the save
    gate = threading.Event()
    studio._reader.submit(gate.wait)
    studio.files.adopt(found)
    dab(studio, 50)
    with qtbot.waitSignal(studio.files.changed):
        gate.set()
    assert studio.files.tie != stale and studio.files.modified
