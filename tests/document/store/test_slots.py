"""Whose work lies where, when studios were killed, run beside each other, or left what can't be read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from studio_app.core.errors import StudioError
from studio_app.core.locks import FileLock
from studio_app.document.store import documents, journal
from studio_app.document.store.folder_reading import read_results
from studio_app.document.store.session_folder import SessionWriter
from studio_app.document.store.sessions import NAME, SavedSession
from studio_app.document.store.slots import Slot, claim, claim_empty, claim_first, waiting
from tests.old_folder import change_document, in_journal, write_old_folder

ROOT = Path(__file__).resolve().parents[3]
Make = Callable[..., SavedSession]


@pytest.fixture
def slots() -> Iterator[list[Slot]]:
    """Whatever is put in here is let go of at the end."""
    made: list[Slot] = []
    yield made
    for slot in made:
        slot.release()


def fill(home: Path, number: int, saved: SavedSession, *, clean: bool) -> Path:
    folder = home / "sessions" / str(number)
    writer = SessionWriter(folder)
    writer.write(saved, clean=clean)
    writer.close()
    return folder


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_each_studio_has_a_folder_of_its_own_and_there_is_a_ninth(
    tmp_path: Path, slots: list[Slot]
):
    for number in range(1, 13):
        slots.append(claim_first(tmp_path))
        assert slots[-1].folder == tmp_path / "sessions" / str(number)
    slots[4].release()
    slots.append(claim_first(tmp_path))
    assert slots[-1].folder.name == "5"


def test_a_start_waits_for_whoever_only_looks_at_the_work_that_was_left_last(
    session: Make, tmp_path: Path, slots: list[Slot], monkeypatch: pytest.MonkeyPatch
):
    """A studio that is being killed, or that lists the earlier work, has its lock for a moment."""
    fill(tmp_path, 1, session(), clean=False)
    looking = FileLock(tmp_path / "sessions" / "1.lock")
    assert looking.acquire()
    monkeypatch.setattr("studio_app.core.locks.time.sleep", lambda _: looking.release())
    slots.append(claim_first(tmp_path))
    assert slots[-1].folder.name == "1" and slots[-1].contents.document is not None


def test_a_studio_goes_on_with_the_work_that_was_left_last(
    tmp_path: Path, session: Make, slots: list[Slot]
):
    for number, age in ((1, 300), (2, 100), (3, 200)):
        folder = fill(tmp_path, number, session(), clean=True)
        then = folder.stat().st_mtime - age
        for path in folder.iterdir():
            os.utime(path, (then, then))
    for expected in ("2", "3", "1", "4"):
        slots.append(claim_first(tmp_path))
        assert slots[-1].folder.name == expected and slots[-1].problems == ()


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
@pytest.mark.parametrize("lock", ["as it was", "empty", "of somebody who lives"])
def test_a_lock_dies_with_its_process(tmp_path: Path, session: Make, slots: list[Slot], lock: str):
    """Whatever is written in the file: the number of a dead process is taken again, in a container at once."""
    code = (
        "import sys, time; from pathlib import Path; from studio_app.document.store.slots import claim_first\n"
        "slot = claim_first(Path(sys.argv[1])); print(slot.folder.name, flush=True); time.sleep(600)"
    )
    fill(tmp_path, 1, session(), clean=False)
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert holder.stdout is not None
    assert holder.stdout.readline().strip() == "1"
    other = claim_first(tmp_path)
    assert other.folder.name == "2"
    other.release()
    assert waiting(tmp_path) == ()  # it lives: its work is not for anybody
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    path = tmp_path / "sessions" / "1.lock"
    if lock == "empty":
        path.write_bytes(b"")
    elif lock == "of somebody who lives":
        path.write_text(f"{os.getpid()}\npython3\nhere\n")
        (tmp_path / "sessions" / "1" / "lock").write_text(f"{os.getpid()}\npython3\nhere\n")
    assert [work.folder.name for work in waiting(tmp_path)] == ["1"]
    slots.append(claim_first(tmp_path))
    assert slots[-1].folder.name == "1"
    assert slots[-1].contents.document is not None


def test_every_studio_that_was_killed_is_offered(tmp_path: Path, session: Make, slots: list[Slot]):
    for number in (1, 2, 4):
        fill(tmp_path, number, session(pictures=number), clean=number == 2)
    slots.append(claim(tmp_path / "sessions" / "1"))
    assert slots[0].contents.unclean
    found = {work.folder.name: work for work in waiting(tmp_path)}
    assert set(found) == {"2", "4"}
    assert (found["4"].unclean, found["2"].unclean) == (True, False)
    assert (found["4"].pictures, found["4"].prompt) == (4, "a red owl")
    slots.append(claim(found["4"].folder))
    assert len(read_results(slots[-1].contents.unread).pictures) == 4
    assert {work.folder.name for work in waiting(tmp_path)} == {"2"}
    with pytest.raises(StudioError, match="another window"):
        claim(found["4"].folder)


def test_a_folder_where_nothing_was_made_is_not_offered(tmp_path: Path, session: Make):
    import dataclasses

    from studio_app.document.document import new_document

    empty = dataclasses.replace(session(0, 0), document=new_document())
    fill(tmp_path, 3, empty, clean=False)
    (tmp_path / "sessions" / "4").mkdir()
    (tmp_path / "sessions" / "notes.txt").write_text("a stranger's")
    assert waiting(tmp_path) == ()
    assert waiting(tmp_path / "nowhere") == ()


BROKEN: dict[str, Callable[[Path], object]] = {
    "journal cut": lambda f: _edit(f / journal.NAME, lambda data: data[: len(data) // 2]),
    "another journal": lambda f: _edit(f / journal.NAME, lambda data: b"no journal" + data[10:]),
    "journal overwritten": lambda f: _edit(
        f / journal.NAME, lambda data: data[:4096] + bytes(len(data) - 4096)
    ),
    "journal gone": lambda f: (f / journal.NAME).unlink(),
    "journal a pipe": lambda f: ((f / journal.NAME).unlink(), os.mkfifo(f / journal.NAME)),
    "document cut": lambda f: in_journal(f, "UPDATE document SET text = substr(text, 1, 99)"),
    "document no text": lambda f: in_journal(f, "UPDATE document SET text = x'ff00'"),
    "people of 10**400": lambda f: change_document(f, lambda value: _people(value, 10**400)),
    "session cut": lambda f: in_journal(f, "UPDATE state SET value = '{' WHERE name = 'session'"),
    "tile gone": lambda f: in_journal(f, "DELETE FROM tiles WHERE rowid = 1"),
    "tile of another": lambda f: in_journal(
        f, "UPDATE tiles SET packed = (SELECT packed FROM tiles WHERE rowid = 2) WHERE rowid = 1"
    ),
    "tile a number": lambda f: in_journal(f, "UPDATE tiles SET packed = 7"),
    "tile a bomb": lambda f: in_journal(
        f, "UPDATE tiles SET packed = ?", zlib.compress(bytes(1 << 26))
    ),
    "tables gone": lambda f: in_journal(f, "DROP TABLE tiles"),
}


def _edit(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.write_bytes(change(path.read_bytes()))


def _people(value: dict[str, Any], number: int) -> None:
    pose = next(item for item in value["stack"] if item["kind"] == "pose")
    pose["content"]["people"] = [[[number] * 3] * 18]


OLD_BROKEN: dict[str, Callable[[Path], object]] = {
    "document cut": lambda f: (f / documents.NAME).write_text('{"format": 2, "settings":'),
    "session cut": lambda f: (f / NAME).write_text('{"format": 1, "pict'),
    "tile gone": lambda f: next((f / "tiles").iterdir()).unlink(),
    "a pipe": lambda f: ((f / documents.NAME).unlink(), os.mkfifo(f / documents.NAME)),
}


@pytest.mark.parametrize("damage", OLD_BROKEN)
def test_broken_work_of_an_earlier_release_is_kept_too(
    tmp_path: Path, session: Make, slots: list[Slot], damage: str
):
    if damage == "a pipe" and os.name == "nt":
        pytest.skip("no pipes in folders there")
    folder = tmp_path / "sessions" / "1"
    write_old_folder(session(pictures=3), folder, clean=True)
    OLD_BROKEN[damage](folder)
    check_kept(tmp_path, session, slots, folder)


@pytest.mark.parametrize("damage", BROKEN)
def test_what_can_t_be_read_is_kept_whole_and_said_and_the_pictures_are_back(
    tmp_path: Path, session: Make, slots: list[Slot], damage: str
):
    if "pipe" in damage and os.name == "nt":
        pytest.skip("no pipes in folders there")
    folder = fill(tmp_path, 1, session(pictures=3), clean=True)
    BROKEN[damage](folder)
    check_kept(tmp_path, session, slots, folder)


def check_kept(tmp_path: Path, session: Make, slots: list[Slot], folder: Path) -> None:
    before = snapshot(folder)
    slot = claim_first(tmp_path)
    slots.append(slot)
    assert slot.folder == folder
    problem = slot.problems[0]
    aside = Path(problem.hint.split(" in ")[-1])
    assert snapshot(aside) == before
    results = read_results(slot.contents.unread)
    assert len(results.pictures) == 3 and len(results.runs) == 2
    # Saving goes on in a folder of its own, and what is aside stays, whole, for ever.
    saved = session(1, 1)
    for clean in (False, True):
        slot.writer.write(saved, clean=clean)
    assert snapshot(aside) == before
    slot.release()
    slots.append(claim_first(tmp_path))
    assert slots[-1].problems == ()
    assert slots[-1].contents.document is not None


def test_newer_work_is_left_for_the_newer_program(tmp_path: Path, session: Make, slots: list[Slot]):
    folder = fill(tmp_path, 1, session(), clean=False)
    change_document(folder, lambda value: value.update(format=99))
    before = snapshot(folder)
    slot = claim_first(tmp_path)
    slots.append(slot)
    assert slot.folder.name == "2"
    assert str(folder) in slot.problems[0].hint
    slot.writer.write(session(), clean=True)
    assert snapshot(folder) == before


def test_work_that_began_elsewhere_takes_an_empty_folder(
    tmp_path: Path, session: Make, slots: list[Slot]
):
    before = snapshot(fill(tmp_path, 1, session(), clean=True))
    slots.append(claim_empty(tmp_path))
    assert slots[0].folder.name == "2"
    slots[0].writer.write(session(1), clean=False)
    assert snapshot(tmp_path / "sessions" / "1") == before


def test_leftovers_of_a_killed_save_go_when_nobody_has_the_folder(
    tmp_path: Path, session: Make, slots: list[Slot]
):
    folder = fill(tmp_path, 1, session(), clean=False)
    ours = [
        folder / ".document.json.0123456789ab.tmp",
        folder / "pictures" / ".a.png.0123456789ab.tmp",
        folder / "runs" / ".a.json.0123456789ab.tmp",
    ]
    theirs = [folder / ".swp.tmp", folder / "notes.tmp", folder / "pictures" / ".x.tmp"]
    for path in [*ours, *theirs]:
        path.write_bytes(b"half")
    other = folder.parent / "2"
    other.mkdir()
    slots.append(claim(other))
    living = other / ".document.json.0123456789ab.tmp"
    living.write_bytes(b"half")
    slots.append(claim_first(tmp_path))
    assert not any(path.exists() for path in ours)
    assert all(path.exists() for path in theirs)
    assert living.exists()


@pytest.mark.parametrize("obstacle", ["file", "sessions", "slot"])
def test_a_home_that_can_t_be_used_is_said(tmp_path: Path, obstacle: str):
    home = tmp_path / "home"
    place = {"file": home, "sessions": home / "sessions", "slot": home / "sessions" / "1"}[obstacle]
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("in the way")
    for take in (claim_first, claim_empty):
        with pytest.raises(StudioError) as caught:
            take(home)
        assert str(tmp_path) in caught.value.detail
    assert place.read_text() == "in the way"
