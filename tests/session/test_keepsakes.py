"""A finished picture is in the journal before it is shown, and back after a kill."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio_app.document.results import RunRecord
from studio_app.document.store import journal
from studio_app.document.store.folder_reading import read_folder, read_results
from studio_app.document.store.slots import claim
from studio_app.session.mailbox import Delivery
from studio_app.session.storing import Storing
from studio_app.session.studio import Studio
from tests.full_disk import fill_the_disk

Make = Callable[..., Studio]
Work = Callable[[Studio], RunRecord]


def kept(folder: Path) -> list[str]:
    with journal.reading(folder) as pages:
        return [] if pages is None else [run for run, _, _ in pages.finished()]


def session_of(studio: Studio) -> Path:
    folder = studio._autosaver.folder
    assert folder is not None
    return folder


def test_a_picture_is_in_the_journal_before_the_window_gets_it(
    make_studio: Make, work: Work, tmp_path: Path, monkeypatch: Any, qtbot: Any
):
    monkeypatch.setattr(Storing, "store", lambda *_: None)  # no files: the journal alone
    studio = make_studio(tmp_path / "home", live=False)
    there: list[list[str]] = []
    put = studio.mailbox.put

    def look(delivery: Delivery) -> None:
        if delivery.final:
            there.append(kept(session_of(studio)))
        put(delivery)

    monkeypatch.setattr(studio.mailbox, "put", look)
    record = work(studio)
    assert there == [[record.id]]
    # The studio is killed at that moment: what lies on the disk is all there is.
    left = tmp_path / "left" / "sessions" / "1"
    shutil.copytree(session_of(studio), left)
    again = make_studio(tmp_path / "left", live=False)
    qtbot.waitUntil(lambda: len(again.gallery) == 1)
    picture = again.gallery[0]
    assert picture.request.digest == record.request.digest and record.final is not None
    assert (picture.pixels == record.final).all()
    qtbot.waitUntil(lambda: kept(session_of(again)) == [])  # it has a file of its own now


def test_what_has_a_file_of_its_own_leaves_the_journal(
    make_studio: Make, work: Work, close: Callable[[Studio], None], tmp_path: Path, qtbot: Any
):
    studio = make_studio(tmp_path, live=False)
    work(studio)
    folder = session_of(studio)
    qtbot.waitUntil(lambda: kept(folder) == [] and len(list((folder / "pictures").iterdir())) == 1)
    close(studio)
    assert len(read_results(read_folder(folder).unread).pictures) == 1


def test_a_picture_that_has_both_is_there_once(
    make_studio: Make, work: Work, tmp_path: Path, qtbot: Any
):
    studio = make_studio(tmp_path / "home", live=False)
    record = work(studio)
    folder = session_of(studio)
    qtbot.waitUntil(lambda: kept(folder) == [] and len(list((folder / "pictures").iterdir())) == 1)
    left = tmp_path / "left" / "1"
    shutil.copytree(folder, left)
    writer = journal.Journal(left)
    writer.keep((record.id, "{}", b""))
    writer.keep(("nonsense", "not json", b"x"))
    writer.close()
    slot = claim(left)
    try:
        assert len(slot.contents.unread.pictures) == 1
    finally:
        slot.release()


def test_a_full_disk_keeps_no_picture_from_being_shown(
    make_studio: Make, work: Work, tmp_path: Path, monkeypatch: Any, qtbot: Any
):
    studio = make_studio(tmp_path, live=False)
    with monkeypatch.context() as patch:
        fill_the_disk(patch)
        work(studio)
        assert len(studio.gallery) == 1
    qtbot.waitUntil(lambda: studio.saving.problem is None)
