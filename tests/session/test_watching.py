"""Keeping the document's picture exported: only what is finished, never beside another write, and never by asking."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from studio_app.core.errors import StudioError
from studio_app.document.recipes import read_recipe
from studio_app.export.ledger import NAME, read_ledger
from studio_app.export.origin import Licence
from studio_app.session import watching as module
from studio_app.session.notices import Notice
from studio_app.session.studio import Studio
from studio_app.session.watching import Watching
from tests.fake_engine import FakeEngine
from tests.fake_pictures import disc, maps_of, record_of

DATA = Path(__file__).parents[1] / "data"


class Room:
    """A studio with an open project and a picture; what was said and written by itself."""

    def __init__(self, qtbot: Any, studio: Studio, root: Path) -> None:
        self.qtbot, self.studio, self.root = qtbot, studio, root
        self.said: list[Any] = []
        self.written: list[Path] = []
        self.rests = True
        studio.message.connect(self.said.append)
        studio.watching.exported.connect(self.written.append)

    @property
    def watching(self) -> Watching:
        return self.studio.watching

    def draw(self, *args: Any, **more: Any) -> None:
        self.studio._parts._on_run(record_of(*args, **more))

    def keep(self) -> Path:
        newest = self.studio.gallery.newest
        assert newest is not None
        with self.qtbot.waitSignal(self.watching.exported):
            self.watching.keep(newest)
        [kept] = self.watching.kept
        assert kept.file is not None
        return kept.file

    def trouble(self) -> StudioError:
        self.qtbot.waitUntil(lambda: any(kept.trouble for kept in self.watching.kept))
        [trouble] = [kept.trouble for kept in self.watching.kept if kept.trouble]
        return trouble

    def errors(self) -> list[StudioError]:
        return [said for said in self.said if isinstance(said, StudioError)]

    def nothing_due(self) -> bool:
        watching = self.watching
        return watching._now is None and not watching._line and not watching._pause.isActive()


@pytest.fixture
def room(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    root = tmp_path / "unity"
    shutil.copytree(DATA / "unity_project", root)
    engine = FakeEngine()
    engine.faults["decode_maps"] = lambda: maps_of(disc())
    studio = Studio(None, "fake", make_engine=lambda: engine)
    studio.set_live(False)
    with qtbot.waitSignal(studio.model_changed):
        studio.start()
    made = Room(qtbot, studio, root)
    monkeypatch.setattr(studio.watching, "_at_rest", lambda: made.rests)
    made.draw()
    studio.exporting.show(studio.gallery.newest)
    studio.exporting.open_project(str(root))
    qtbot.waitUntil(lambda: studio.exporting.stage == "" and studio.exporting.plan is not None)
    yield made
    with qtbot.waitSignal(studio.closed):
        studio.close()
    qtbot.waitUntil(lambda: not studio.stuck)


def guid(file: Path) -> str:
    meta = file.with_name(f"{file.name}.meta").read_text()
    return next(line for line in meta.splitlines() if line.startswith("guid:"))


def test_a_newer_picture_takes_the_place_of_the_older_with_the_same_guid(room: Room):
    room.studio.exporting.choose(kind="sprite")
    file = room.keep()
    known = guid(file)
    for seed in (5, 6):
        with room.qtbot.waitSignal(room.watching.exported):
            room.draw("another thing altogether", seed=seed)
        assert read_recipe(file).seed == seed and guid(file) == known
    assert len(read_ledger(room.root).entries) == 3
    assert not room.errors()
    assert not (
        room.root / ".underpaint/last.json"
    ).exists()  # what a hand chose last is not its own


def test_of_starred_pictures_the_newest_goes_into_the_same_files_and_nothing_else_does(room: Room):
    studio, watching = room.studio, room.watching
    first = studio.gallery[-1]
    watching.keep(first, which="starred")
    [kept] = watching.kept
    assert kept.which == "starred" and kept.file is None
    room.draw("another thing altogether", seed=5)
    room.qtbot.waitUntil(room.nothing_due)
    assert not room.written
    with room.qtbot.waitSignal(watching.exported):
        studio.star(first.id, True)
    [file] = room.written
    known = guid(file)
    assert read_recipe(file).seed == first.request.seed
    room.draw(seed=6)
    room.draw(seed=7)
    with room.qtbot.waitSignal(watching.exported):
        studio.star_all([picture.id for picture in studio.gallery], True)
    assert read_recipe(file).seed == 7 and guid(file) == known
    # Neither what loses its star, nor what gets one because it is worked with.
    studio.star_all([picture.id for picture in studio.gallery], False)
    studio.hold(first.id)
    assert room.nothing_due() and len(room.written) == 2 and not room.errors()


def test_what_was_kept_by_stars_is_kept_by_every_finish_in_the_same_files(room: Room):
    room.studio.star(room.studio.gallery[-1].id, True)
    file = room.keep()
    room.draw("another thing altogether", seed=8)
    with room.qtbot.waitSignal(room.watching.exported):
        pass
    newest = room.studio.gallery[-1]
    room.watching.keep(newest, which="starred")  # it has no star: the file stays as it is
    room.qtbot.waitUntil(room.nothing_due)
    [kept] = room.watching.kept
    assert kept.which == "starred" and len(room.written) == 2
    with room.qtbot.waitSignal(room.watching.exported):
        room.draw(seed=9)
        room.studio.star(room.studio.gallery[-1].id, True)
    assert room.written == [file] * 3 and read_recipe(file).seed == 9


def test_only_the_last_is_written_once_nothing_more_is_asked_for(room: Room):
    file = room.keep()
    room.rests = False
    for seed in range(10, 15):
        room.draw(seed=seed)
    asked: list[bool] = []

    def rests() -> bool:
        asked.append(room.rests)
        return room.rests

    room.watching._at_rest = rests
    room.qtbot.waitUntil(lambda: len(asked) > 2)
    assert len(room.written) == 1
    with room.qtbot.waitSignal(room.watching.exported):
        room.rests = True
    assert read_recipe(file).seed == 14
    assert len(room.written) == 2 and len(read_ledger(room.root).entries) == 2


def test_the_loop_is_not_at_rest_before_the_finish(room: Room):
    live = room.studio._live
    assert live.at_rest
    for timer in (live._idle, live._typing):
        timer.start(60_000)
        assert not live.at_rest
        timer.stop()
    room.studio.set_pen_down(True)
    assert not live.at_rest
    room.studio.set_pen_down(False)
    live._set_busy(True)
    assert not live.at_rest
    live._set_busy(False)


def test_the_same_picture_again_writes_nothing(room: Room):
    room.keep()
    was = {path: path.stat().st_mtime_ns for path in room.root.rglob("*")}
    newest = room.studio.gallery.newest
    assert newest is not None
    room.watching.offer(newest)
    room.qtbot.waitUntil(room.nothing_due)
    assert {path: path.stat().st_mtime_ns for path in room.root.rglob("*")} == was
    assert len(room.written) == 1


def test_it_waits_for_an_export_by_hand_and_goes_on_after_it(
    room: Room, monkeypatch: pytest.MonkeyPatch
):
    file = room.keep()
    exporting = room.studio.exporting
    at_once: list[int] = []
    inside: list[int] = []
    real: Callable[..., Any] = module.carry_out
    held = threading.Event()

    def carried(*args: Any, **more: Any) -> Any:
        inside.append(1)
        at_once.append(len(inside))
        held.wait(60)
        try:
            return real(*args, **more)
        finally:
            inside.pop()

    monkeypatch.setattr(module, "carry_out", carried)
    monkeypatch.setattr("studio_app.session.export_jobs.carry_out", carried)
    exporting.choose(name="Other", folder="Assets/Elsewhere")
    exporting.export()
    room.qtbot.waitUntil(lambda: exporting.stage == "writing")
    room.draw(seed=21)
    room.qtbot.waitUntil(lambda: not room.watching._pause.isActive())
    with room.qtbot.waitSignals([exporting.finished, room.watching.exported]):
        held.set()
    assert at_once == [1, 1] and read_recipe(file).seed == 21 and not room.errors()


def test_a_question_pauses_it_until_it_was_answered_by_hand(
    room: Room, monkeypatch: pytest.MonkeyPatch
):
    file = room.keep()
    was = file.read_bytes()
    licence = Licence("x-noncommercial", False)
    monkeypatch.setattr("studio_app.session.export_jobs.licence_for", lambda model: licence)
    room.draw(seed=31)
    assert "forbids commercial use" in room.trouble().title
    assert file.read_bytes() == was and len(room.errors()) == 1
    exporting = room.studio.exporting
    exporting.choose(name="By hand")
    exporting.show(room.studio.gallery.newest)
    room.qtbot.waitUntil(lambda: bool(exporting.questions))
    exporting.answer(exporting.questions[0], "not commercial")
    with room.qtbot.waitSignals([exporting.finished, room.watching.exported]):
        exporting.export()
    assert read_recipe(file).seed == 31 and room.watching.kept[0].trouble is None


def test_what_somebody_has_painted_over_is_not_lost(room: Room):
    file = room.keep()
    file.write_bytes(file.read_bytes() + b"by hand")
    mine = file.read_bytes()
    room.draw(seed=41)
    assert "would be lost" in room.trouble().title
    assert file.read_bytes() == mine and len(room.errors()) == 1


def test_a_full_disk_is_said_once_and_it_goes_on_by_itself_when_there_is_room(
    room: Room, monkeypatch: pytest.MonkeyPatch
):
    file = room.keep()
    was = {path: path.read_bytes() for path in room.root.rglob("*") if path.is_file()}

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device", file.name)

    monkeypatch.setattr("studio_app.export.transaction._stage", full)
    room.watching._retry.setInterval(50)
    tries: list[int] = []
    room.watching.changed.connect(lambda: tries.append(1))
    room.draw(seed=51)
    assert "Could not export" in room.trouble().title
    room.qtbot.waitUntil(lambda: len(tries) > 3)
    assert {path: path.read_bytes() for path in room.root.rglob("*") if path.is_file()} == was
    assert len(room.errors()) == 1
    settled: list[str] = []
    room.studio.settled.connect(settled.append)
    with room.qtbot.waitSignal(room.watching.exported):
        monkeypatch.undo()
    assert read_recipe(file).seed == 51 and "watch" in settled
    assert room.watching.kept[0].trouble is None


def test_a_plan_that_was_overtaken_is_made_again(room: Room, monkeypatch: pytest.MonkeyPatch):
    file = room.keep()
    real: Callable[..., Any] = module.carry_out
    tries: list[int] = []

    def overtaken(plan: Any, **more: Any) -> Any:
        tries.append(1)
        if len(tries) == 1:  # another window was quicker
            raise StudioError("icon.png has changed meanwhile")
        return real(plan, **more)

    monkeypatch.setattr(module, "carry_out", overtaken)
    with room.qtbot.waitSignal(room.watching.exported):
        room.draw(seed=61)
    assert len(tries) == 2 and read_recipe(file).seed == 61 and not room.errors()


@pytest.mark.parametrize("how", ["deleted", "renamed", "no project any more"])
def test_it_ends_with_its_project_and_brings_nothing_back(room: Room, how: str):
    room.keep()
    if how == "deleted":
        shutil.rmtree(room.root)
    elif how == "renamed":
        room.root.rename(room.root.with_name("renamed"))
    else:
        shutil.rmtree(room.root / "ProjectSettings")
    before = sorted(room.root.parent.rglob("*"))
    room.draw(seed=71)
    room.qtbot.waitUntil(lambda: not room.watching.kept)
    notice = room.said[-1]
    assert isinstance(notice, Notice) and "no longer kept" in notice.title
    assert sorted(room.root.parent.rglob("*")) == before and not room.errors()


def test_stopping_takes_back_what_is_being_written(room: Room, monkeypatch: pytest.MonkeyPatch):
    from studio_app.export import transaction

    room.keep()
    was = {path: path.read_bytes() for path in room.root.rglob("*") if path.is_file()}
    stage: Callable[..., None] = transaction._stage
    going, go_on = threading.Event(), threading.Event()

    def staged(step: Any, data: bytes) -> None:
        stage(step, data)
        going.set()
        go_on.wait(60)

    monkeypatch.setattr(transaction, "_stage", staged)
    room.draw(seed=81)
    room.qtbot.waitUntil(going.is_set)
    room.watching.stop(room.watching.kept[0])
    go_on.set()
    room.qtbot.waitUntil(lambda: room.studio._saver._jobs.empty())
    done: list[int] = []
    room.studio._saver.submit(lambda: None, done.append)
    room.qtbot.waitUntil(lambda: bool(done))
    assert {path: path.read_bytes() for path in room.root.rglob("*") if path.is_file()} == was
    assert (room.root / NAME).exists() and not room.watching.kept


def test_other_work_is_not_written_over_what_was_kept_of_this(room: Room, tmp_path: Path):
    from studio_app.document.store.folder_reading import read_folder

    room.keep()
    room.studio._parts.show(read_folder(tmp_path))
    assert not room.watching.kept
    room.draw(seed=91)
    room.qtbot.waitUntil(room.nothing_due)
    assert len(room.written) == 1
