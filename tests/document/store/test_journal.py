"""The journal: what was committed is there after a kill, it does not grow for ever, and it mends itself."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio_app.core.errors import StudioError
from studio_app.document.contents.colour import Colour
from studio_app.document.document import Document
from studio_app.document.planes import RGBA, Plane
from studio_app.document.store import journal
from studio_app.document.store.folder_reading import read_folder
from studio_app.document.store.journal import Journal
from studio_app.document.store.sessions import STATE, SavedSession
from tests.document.store.reading_back import document_in, same
from tests.nodes import with_contents

ROOT = Path(__file__).resolve().parents[3]
Make = Callable[..., SavedSession]


def noisy(document: Document, seed: int) -> Document:
    """With a colour that can't be packed."""
    pixels = np.random.default_rng(seed).integers(1, 256, (64, 64, 4), np.uint8)
    return with_contents(document, Colour(Plane.of(RGBA, pixels)))


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
@pytest.mark.parametrize("durable", [False, True])
def test_what_is_committed_is_there_after_a_kill_and_half_of_it_never(
    tmp_path: Path, durable: bool
):
    code = f"""
import os, signal, sqlite3, sys
from pathlib import Path
from studio_app.document.document import new_document
from studio_app.document.settings import Settings
from studio_app.document.store import journal
made = journal.Journal(Path(sys.argv[1]))
document = lambda seed: new_document(Settings(prompt="owl", width=64, height=64, seed=seed))
made.commit(document(1), {{"session": "1"}}, durable={durable})
def die(connection):
    os.kill(os.getpid(), signal.SIGKILL)
journal.commit = die
made.commit(document(2), {{"session": "2"}}, durable={durable})
"""
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT)
    assert killed.returncode == -signal.SIGKILL
    with journal.reading(tmp_path) as pages:
        assert pages is not None
        found = pages.document()
        assert found is not None and found.settings.seed == 1
        assert pages.state("session") == "1"


def test_a_durable_commit_waits_for_the_disk_and_others_do_not(
    session: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """By what SQLite was told when it committed."""
    told: list[int] = []
    commit = journal.commit

    def ask(connection: sqlite3.Connection) -> None:
        told.append(connection.execute("PRAGMA synchronous").fetchone()[0])
        commit(connection)

    monkeypatch.setattr(journal, "commit", ask)
    made, document = Journal(tmp_path), session().document
    for durable in (True, False, True):
        made.commit(document, {}, durable=durable)
    assert told == [2, 1, 2]
    made.close()


def test_a_flush_brings_the_log_into_the_file_beside_whoever_writes(session: Make, tmp_path: Path):
    made, document = Journal(tmp_path), session().document
    assert not made.flush()
    assert list(tmp_path.iterdir()) == []  # nothing was committed
    made.commit(noisy(document, 1), {})
    connection = made._connection
    assert connection is not None
    connection.execute("BEGIN IMMEDIATE")  # somebody is in the middle of the next commit
    assert made.flush()
    connection.execute("COMMIT")
    made.commit(noisy(document, 2), {})
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(
        made.path, alone
    )  # as a power cut would leave it, had the log never reached the disk
    assert same(document_in(alone), noisy(document, 1))
    assert same(document_in(tmp_path), noisy(document, 2))
    made.close()
    made.flush()
    assert [path.name for path in tmp_path.glob("journal*")] == [journal.NAME]
    made.close()


def test_it_keeps_what_is_there_and_not_all_that_ever_was(
    session: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(journal, "MOST_DEAD", 100_000)
    made, document = Journal(tmp_path), session().document
    for seed in range(60):
        document = noisy(document, seed)
        made.commit(document, {})
    assert same(document_in(tmp_path), document)
    assert (tmp_path / journal.NAME).stat().st_size < 400_000  # 16 kB each
    made.close(compact=True)
    assert (tmp_path / journal.NAME).stat().st_size < 80_000
    assert [path.name for path in tmp_path.iterdir()] == [journal.NAME]
    made.commit(noisy(document, 0), {})  # undone: what went is there again
    assert same(document_in(tmp_path), noisy(document, 0))
    made.close()


@pytest.mark.parametrize("what", ["all of the folder", "the file", "a part of the file"])
def test_what_somebody_takes_away_meanwhile_is_written_again(
    session: Make, tmp_path: Path, what: str
):
    folder = tmp_path / "1"
    made, document = Journal(folder), noisy(session().document, 1)
    made.commit(document, {STATE: "{}"}, durable=True)
    broken = b""
    if what == "all of the folder":
        shutil.rmtree(folder)
    elif what == "the file":
        for path in folder.iterdir():
            path.unlink()
    else:
        made.close()
        path = folder / journal.NAME
        path.write_bytes(b"nothing of the kind" + path.read_bytes()[19:])
        broken = path.read_bytes()
    made.commit(document, {STATE: "{}"})
    assert same(document_in(folder), document)
    made.commit(noisy(document, 2), {STATE: "{}"})
    assert same(document_in(folder), noisy(document, 2))
    if what == "a part of the file":
        (aside,) = folder.glob("journal.broken-*.sqlite")
        assert aside.read_bytes() == broken
    made.close()


@pytest.mark.parametrize("at", range(1, 40, 3))
def test_wherever_it_breaks_off_the_old_is_there_and_the_next_one_comes_whole(
    session: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
):
    """SQLite itself gives up after so many of its steps."""
    made, old = Journal(tmp_path), session(at=10).document
    made.commit(old, {"session": "old"})
    new = noisy(session(at=30).document, 3)
    connection = made._connection
    assert connection is not None
    left = at

    def step() -> int:
        nonlocal left
        left -= 1
        return int(left <= 0)

    connection.set_progress_handler(step, 1)
    failed = False
    try:
        made.commit(new, {"session": "new"})
    except StudioError:
        failed = True
    connection_now = made._connection
    if connection_now is not None:
        connection_now.set_progress_handler(None, 0)
    with journal.reading(tmp_path) as pages:
        assert pages is not None
        assert same(pages.document(), old if failed else new)
        assert pages.state("session") == ("old" if failed else "new")
    made.commit(new, {"session": "new"})
    assert same(document_in(tmp_path), new)
    made.close()


@pytest.mark.skipif(os.name == "nt", reason="no limits of file sizes there")
def test_a_disk_that_is_really_full_is_said_and_what_was_there_stays(session: Make, tmp_path: Path):
    code = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from studio_app.core.errors import StudioError
from studio_app.document.document import new_document
from studio_app.document.settings import Settings
from studio_app.document.store.journal import Journal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
made = Journal(Path(sys.argv[1]))
said = 0
def document(seed):
    return new_document(Settings(prompt="owl " * 900, width=64, height=64, seed=seed))
made.commit(document(0), {})
seed = 0
for most in range(40_000, 200_000, 8_000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
    for _ in range(4):
        seed += 1
        try:
            made.commit(document(seed), {"text": "x" * 9000 + str(seed)})
            print(seed)
        except StudioError:
            said += 1
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert said > 0, "it never was full"
"""
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    found = document_in(tmp_path)
    assert found is not None
    assert found.settings.seed == int(ran.stdout.split()[-1])


def test_it_is_read_while_it_is_written_and_by_who_may_not_write(session: Make, tmp_path: Path):
    made, document = Journal(tmp_path), session().document
    made.commit(document, {STATE: "{}"})
    with journal.reading(tmp_path) as pages:
        assert pages is not None
        made.commit(replace(noisy(document, 5), revision=9), {STATE: "{}"})
        assert same(pages.document(), document)  # of one moment
    made.close(compact=True)
    before: dict[str, Any] = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    tmp_path.chmod(0o500)
    try:
        assert same(read_folder(tmp_path).document, noisy(document, 5))
    finally:
        tmp_path.chmod(0o700)
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_a_new_journal_waits_for_the_disk_by_its_first_durable_commit(
    session: Make, tmp_path: Path
):
    """Then its file has its pages too, without which the log would be nobody's."""
    made, document = Journal(tmp_path), session().document
    made.commit(document, {})
    assert (tmp_path / journal.NAME).stat().st_size <= 4096
    made.commit(noisy(document, 1), {}, durable=True)
    assert (tmp_path / journal.NAME).stat().st_size > 4096
    made.close()
