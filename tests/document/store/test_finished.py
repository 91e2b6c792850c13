"""Finished pictures in the journal: they go when they have files, and when nobody wants them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from studio_app.document.store import journal
from studio_app.document.store.session_folder import SessionWriter
from studio_app.document.store.sessions import SavedSession

Make = Callable[..., SavedSession]


def kept(folder: Path) -> list[str]:
    with journal.reading(folder) as pages:
        assert pages is not None
        return [run for run, _, _ in pages.finished()]


def test_one_that_nobody_has_seen_yet_stays(session: Make, tmp_path: Path):
    writer, saved = SessionWriter(tmp_path), session()
    writer.keep(("f" * 18, "{}", b""))  # names of runs are their times: this is the newest
    writer.write(saved, clean=False)
    assert kept(tmp_path) == ["f" * 18]


@pytest.mark.parametrize("how", ["a younger one", "a clean end"])
def test_one_that_was_removed_before_anything_was_saved_does_not_come_back(
    session: Make, tmp_path: Path, how: str
):
    writer, saved = SessionWriter(tmp_path), session()
    name = "0" * 18 if how == "a younger one" else "f" * 18
    writer.keep((name, "{}", b""))
    writer.write(saved, clean=how == "a clean end")
    assert kept(tmp_path) == []
