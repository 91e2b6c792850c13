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
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.document import Document
from studio_app.document.planes import RGBA, Plane
from studio_app.document.settings import Settings
from studio_app.document.stack import Node, Stack
from studio_app.document.store import journal, large_edits
from studio_app.document.store.documents import document_dict
from studio_app.document.store.folder_reading import read_folder
from studio_app.document.store.journal import Journal
from studio_app.document.store.sessions import STATE, SavedSession
from tests.nodes import with_contents

ROOT = Path(__file__).resolve().parents[3]
Make = Callable[..., SavedSession]
SIDE = 768
"""Of a canvas on which an edit may be large."""


def noisy(document: Document, seed: int) -> Document:
    """With a colour that can't be packed."""
    pixels = np.random.default_rng(seed).integers(1, 256, (64, 64, 4), np.uint8)
    return with_contents(document, Colour(Plane.of(RGBA, pixels)))


def same(found: Document | None, document: Document) -> bool:
    return found is not None and document_dict(found) == document_dict(document)


def document_in(folder: Path) -> Document | None:
    with journal.reading(folder) as pages:
        return None if pages is None else pages.document()


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


def large(document: Document, seed: int, kind: str = "colour") -> Document:
    """With another picture all over a layer, in some tiles more than a commit stores itself."""
    chance = np.random.default_rng(seed)
    pixels = chance.integers(0, 8, (SIDE, SIDE, 4)).astype(np.uint8)
    stack = document.stack.changed(f"{kind}-1", content=CONTENTS[kind].of_rgba(pixels, SIDE, SIDE))
    return replace(document, stack=stack)


def dabbed(document: Document, kind: str, x: int) -> Document:
    node = document.stack.node(f"{kind}-1")
    assert node is not None
    ones = np.ones((8, 8, 3 if kind == "colour" else 1), np.float32)
    content = node.content.with_sheet(x, 0, ones, np.ones((8, 8), np.float32))
    return replace(document, stack=document.stack.changed(node.id, content=content))


@pytest.fixture
def canvas(monkeypatch: pytest.MonkeyPatch) -> Document:
    monkeypatch.setattr(journal, "FEW", 2)
    monkeypatch.setattr(large_edits, "FEW", 2)
    nodes = (Node(f"{kind}-1", CONTENTS[kind].blank(SIDE, SIDE)) for kind in ("mask", "colour"))
    return Document(Settings(), Stack(tuple(nodes)), (SIDE, SIDE), (0, 0, 256, 256))


def test_while_a_large_edit_is_stored_what_is_drawn_on_other_layers_is_committed(
    canvas: Document, tmp_path: Path
):
    made = Journal(tmp_path)
    made.commit(canvas, {})
    now = large(canvas, 1)
    for stroke in range(3):
        now = dabbed(now, "mask", 10 * stroke)
        assert not made.store_ahead(now, 0.0)
        made.commit_beside(now, {})
        found = document_in(tmp_path)
        assert found is not None
        assert found.held("mask").planes()["pixels"].whole[0, 10 * stroke]
        assert found.held("colour").untouched  # all of an edit, or nothing
    while not made.store_ahead(now, 0.001):
        pass
    made.commit(now, {})
    assert same(document_in(tmp_path), now) and not made._ahead
    made.close()


@pytest.mark.parametrize("kind", ["colour", "depth", "mask"])
def test_strokes_on_the_very_layer_of_a_large_edit_do_not_wait_for_it(
    canvas: Document, tmp_path: Path, kind: str
):
    """They lie on what lay there before, and what is undone of them is gone."""
    if kind == "depth":
        depth = Node("depth-1", CONTENTS["depth"].blank(SIDE, SIDE))
        canvas = replace(canvas, stack=canvas.stack.added(depth))
    made, first = Journal(tmp_path), dabbed(canvas, kind, 100)
    made.commit(first, {})

    def there(document: Document) -> list[bool]:
        assert not made.store_ahead(document, 0.0)
        made.commit_beside(document, {"of": "it"})
        found = document_in(tmp_path)
        assert found is not None
        drawn = found.held(kind).content.there((0, 0, SIDE, SIDE))
        assert drawn[8:].sum() == 0  # nothing of the large edit
        return [bool(drawn[4, 4 + x]) for x in (10, 30, 100)]

    edited = large(first, 1, kind)
    assert there(edited) == [False, False, True]
    one = dabbed(edited, kind, 10)
    two = dabbed(one, kind, 30)
    assert there(one) == [True, False, True]
    assert there(two) == [True, True, True]
    assert there(one) == [True, False, True]
    assert there(edited) == [False, False, True]
    assert there(two) == [True, True, True]
    again = large(two, 2, kind)
    assert there(again) == [True, True, True]
    while not made.store_ahead(again, 0.001):
        pass
    made.commit(again, {})
    assert same(document_in(tmp_path), again)
    with journal.reading(tmp_path) as pages:
        assert pages is not None and pages.state("of") == "it"
    made.close()


def test_a_large_edit_that_is_undone_meanwhile_leaves_nothing(canvas: Document, tmp_path: Path):
    made = Journal(tmp_path)
    made.commit(canvas, {})
    assert not made.store_ahead(large(canvas, 1), 0.001)
    assert made._ahead
    assert made.store_ahead(canvas, 0.001)
    made.commit(canvas, {})
    made.close(compact=True)
    rows = sqlite3.connect(tmp_path / journal.NAME).execute("SELECT count(*) FROM tiles")
    assert rows.fetchone() == (0,)


def test_layers_that_come_and_go_meanwhile_do_not_wait_for_a_large_edit_and_no_paint_is_lost(
    canvas: Document, tmp_path: Path
):
    """What was merged into a layer that is not there yet is where it was."""
    made = Journal(tmp_path)
    canvas = dabbed(canvas, "mask", 30)
    made.commit(canvas, {})
    now = dabbed(large(canvas, 1), "mask", 0)
    fresh = Node("colour-2", CONTENTS["colour"].blank(SIDE, SIDE))
    pasted = replace(large(canvas, 2).stack.find("colour-1"), id="colour-3")  # type: ignore[type-var]
    now = replace(now, stack=now.stack.added(pasted, above="mask-1").added(fresh))

    def there(document: Document) -> Document:
        assert not made.store_ahead(document, 0.0)
        made.commit_beside(document, {})
        found = document_in(tmp_path)
        assert found is not None and found.held("colour").untouched
        return found

    assert [node.id for node in there(now).stack.nodes()] == ["colour-2", "mask-1", "colour-1"]
    found = there(replace(now, stack=now.stack.without("mask-1")))
    assert [node.id for node in found.stack.nodes()] == ["colour-2", "mask-1", "colour-1"]
    drawn = found.held("mask").planes()["pixels"].whole[0]
    assert drawn[0] and drawn[30]
    now = replace(now, stack=now.stack.without("mask-1"))
    while not made.store_ahead(now, 0.001):
        pass
    made.commit(now, {})
    assert same(document_in(tmp_path), now)
    made.close()


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
