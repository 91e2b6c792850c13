"""A studio that starts while another closes has that one's work, and not an older one or none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studio_app.document.store.slots import holder_of
from studio_app.session.studio import Studio

Make = Callable[..., Studio]
IsSaved = Callable[[Studio], bool]


@pytest.fixture
def first(qtbot: Any, make_studio: Make, tmp_path: Path, is_saved: IsSaved) -> Studio:
    """One that stays, with words in it."""
    studio = make_studio(tmp_path, live=False)
    studio.set_setting("prompt", "a red owl")
    qtbot.waitUntil(lambda: is_saved(studio))
    return studio


def started(make_studio: Make, home: Path) -> tuple[Studio, list[str]]:
    studio, said = make_studio(home, start=False), list[str]()
    studio.set_live(False)
    studio.changing.connect(said.append)
    studio.start()
    return studio, said


def test_one_that_closes_is_waited_for(
    qtbot: Any, make_studio: Make, tmp_path: Path, first: Studio, close: Callable[[Studio], None]
):
    folder = tmp_path / "sessions" / "1"
    assert holder_of(folder) == "open"
    first._autosaver.begin_to_leave()
    assert holder_of(folder) == "leaving"
    second, said = started(make_studio, tmp_path)
    assert said == ["The window before this one is saving your work"]
    assert second._autosaver.folder is None  # and no other work is begun with
    shown: list[str] = []
    second.work_changed.connect(lambda: shown.append(second.settings.prompt))
    close(first)
    qtbot.waitUntil(lambda: len(said) == 2)
    assert shown == [""]  # before it is there: what is said of it from now on is about it
    assert said[-1] == "" and second.settings.prompt == "a red owl"
    assert second._autosaver.folder == folder


def test_whoever_does_not_want_to_wait_begins_with_what_is_free(
    qtbot: Any, make_studio: Make, tmp_path: Path, first: Studio
):
    first._autosaver.begin_to_leave()
    second, said = started(make_studio, tmp_path)
    second.files.give_up()
    assert said[-1] == ""
    assert second._autosaver.folder == tmp_path / "sessions" / "2"
    assert (first.settings.prompt, second.settings.prompt) == ("a red owl", "")


def test_beside_one_that_stays_another_begins_soon(
    qtbot: Any, make_studio: Make, tmp_path: Path, first: Studio
):
    second, said = started(make_studio, tmp_path)
    qtbot.waitUntil(lambda: second._autosaver.folder == tmp_path / "sessions" / "2")
    qtbot.waitUntil(lambda: said[-1:] in ([], [""]))  # nothing holds the window up any more


def test_a_close_that_is_refused_lets_nobody_wait(
    qtbot: Any, first: Studio, tmp_path: Path, monkeypatch: Any
):
    folder = tmp_path / "sessions" / "1"

    def refuse(*_: Any) -> Any:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("studio_app.document.store.journal.commit", refuse)
        with qtbot.waitSignal(first.close_refused):
            first.set_setting("prompt", "a blue owl")
            first.close()
        assert holder_of(folder) == "open"
    first.stay()
