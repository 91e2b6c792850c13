"""What can go wrong between an export and its project: it goes away, it changes, others write into it too."""

from __future__ import annotations

import contextlib
import random
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from studio_app.core.errors import StudioError
from studio_app.export.ledger import NAME, read_ledger, verify
from studio_app.export.origin import Licence
from studio_app.export.pieces import AssetKind
from studio_app.export.settings import Remembered, settings_from, write_remembered
from studio_app.session.studio import Studio
from tests.export_bench import Bench, tree
from tests.fake_engine import FakeEngine
from tests.fake_pictures import record_of


def test_of_two_projects_in_a_row_the_last_holds_whatever_became_of_the_first(
    bench: Bench, tmp_path: Path
):
    bench.draw()
    bench.exporting.open_project(str(tmp_path / "gone"))
    root = bench.open()
    assert bench.exporting.error is None and bench.exporting.ready
    assert bench.exporting.project is not None and bench.exporting.project.root == root


@pytest.mark.parametrize("kind", ["godot", "unity", "unreal", "folder"])
def test_a_project_that_is_gone_is_not_brought_back(bench: Bench, tmp_path: Path, kind: str):
    bench.draw()
    root = bench.project(kind) if kind != "folder" else tmp_path / "folder"
    root.mkdir(exist_ok=True)
    bench.exporting.open_project(str(root))
    bench.ready()
    assert bench.exporting.plan is not None
    shutil.rmtree(root)
    bench.exporting.export()  # by the plan of before
    bench.ready()
    assert bench.refused and bench.exporting.error is not None
    assert bench.exporting.error.title == "The project is gone"
    bench.exporting.choose(padding=7)  # and looked at anew
    bench.ready()
    assert bench.exporting.plan is None and "is gone" in str(bench.exporting.error)
    assert not root.exists()


def test_an_engine_that_was_updated_while_the_project_was_open_is_seen(bench: Bench):
    bench.draw()
    root = bench.open()
    file = root / "project.godot"
    assert '"4.' in file.read_text()
    file.write_text(re.sub(r'"4\.\d+"', '"4.9"', file.read_text()))
    bench.exporting.look_again()
    bench.ready()
    assert bench.exporting.plan is not None
    assert bench.exporting.plan.project.engine.shown_version == "4.9"


def test_a_folder_that_is_a_file_by_now_stops_it(bench: Bench):
    bench.draw()
    root = bench.open()
    was = tree(root)
    (root / "art").write_text("somebody's")
    bench.exporting.export()
    bench.qtbot.waitUntil(lambda: bool(bench.refused))
    bench.ready()
    assert bench.exporting.error is not None and "art" in str(bench.exporting.error)
    assert tree(root) == {**was, "art": b"somebody's"}
    (root / "art").unlink()
    bench.exporting.look_again()
    bench.ready()
    bench.export()


@pytest.mark.skipif(
    not Path("/proc/self").is_dir(), reason="there is no folder that nobody may write to"
)
def test_a_place_where_nobody_may_write_is_said_before_or_instead(bench: Bench):
    bench.draw()
    bench.exporting.open_project("/proc")
    bench.ready()
    bench.exporting.choose(folder="", sidecars=False)
    bench.ready()
    bench.exporting.export()
    bench.qtbot.waitUntil(lambda: bool(bench.refused))
    assert bench.exporting.error is not None and "/proc" in str(bench.exporting.error)
    assert not Path("/proc/.underpaint").exists()


def test_two_windows_that_export_into_one_project_at_once_leave_one_whole_ledger(bench: Bench):
    other = Studio(None, "fake", make_engine=FakeEngine)
    other.set_live(False)
    other._saver.start()
    other._reader.start()
    root = bench.project("godot")
    count = 6
    done: list[str] = []
    studios = (bench.studio, other)
    for number, studio in enumerate(studios):
        studio._shelf.add(record_of(f"thing {number}"))
        studio.exporting.show(studio.gallery.newest)
        studio.exporting.open_project(str(root))
        studio.exporting.finished.connect(lambda _, n=number: done.append(f"{n}"))
        studio.message.connect(lambda said, n=number: refused.append((n, said)))
    refused: list[Any] = []
    for turn in range(count):
        for number, studio in enumerate(studios):
            bench.qtbot.waitUntil(lambda studio=studio: studio.exporting.stage == "")
            studio.exporting.choose(name=f"thing {number} {turn}")
        for studio in studios:
            bench.qtbot.waitUntil(lambda studio=studio: studio.exporting.stage == "")
        for studio in studios:
            studio.exporting.export()  # both at once
    for studio in studios:
        bench.qtbot.waitUntil(lambda studio=studio: not studio.exporting.under_way)
        bench.qtbot.waitUntil(lambda studio=studio: studio.exporting.stage == "")
    found = verify(root)
    assert not found.problems and not found.changed and not found.missing
    assert len(read_ledger(root).entries) == len(done)
    errors = [said for _, said in refused if isinstance(said, StudioError)]
    assert len(done) + len(errors) == 2 * count  # each came to its end, or was told why not
    assert not errors
    with bench.qtbot.waitSignal(other.closed):
        other.close()
    bench.qtbot.waitUntil(lambda: not other.stuck)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_is_asked_in_whatever_order_the_projects_stay_whole(bench: Bench, seed: int):
    chance = random.Random(seed)
    studio, exporting = bench.studio, bench.exporting
    roots = [bench.project(kind) for kind in ("godot", "unity")]
    bench.draw()
    exporting.open_project(str(roots[0]))
    drawn = iter(range(1000))

    def draw() -> None:
        studio._parts._on_run(record_of(chance.choice(["a potion", "an axe"]), seed=next(drawn)))
        exporting.show(studio.gallery.newest)

    def choose() -> None:
        exporting.choose(
            kind=chance.choice(["picture", "sprite", "texture", "control", "sheet"]),
            format=chance.choice(["png", "webp", "psd"]),
            scale=chance.choice([1, 2]),
            collision=chance.choice(["replace", "version", "overwrite"]),
        )

    def look_back() -> None:
        exporting.show(chance.choice(list(studio.gallery)))

    def drag() -> None:
        kind: AssetKind = "picture" if chance.random() < 0.5 else "sprite"
        studio.drags.ask(exporting.wanted_as(chance.choice(list(studio.gallery)), kind))

    def lose_a_file() -> None:
        files: list[Path] = []
        with contextlib.suppress(FileNotFoundError):  # a folder that an export swaps meanwhile
            files += (path for path in roots[0].rglob("*.png") if "a_potion" in path.name)
        if files:
            chance.choice(files).unlink(missing_ok=True)

    newest = studio.gallery[-1]
    moves: list[Callable[[], object]] = [
        draw,
        choose,
        look_back,
        drag,
        lose_a_file,
        exporting.export,
        exporting.export,
        exporting.cancel,
        exporting.look_again,
        lambda: exporting.open_project(str(chance.choice(roots))),
        lambda: exporting.export_again(chance.choice(list(studio.gallery))),
        lambda: studio.watching.keep(newest),
        lambda: studio.watching.stop_all(),
        lambda: bench.qtbot.wait(chance.choice([0, 1, 30])),
    ]
    for _ in range(150):
        chance.choice(moves)()
        QApplication.processEvents()
    studio.watching.stop_all()
    exporting.cancel()
    bench.qtbot.waitUntil(lambda: not exporting.under_way and exporting.stage == "")
    exporting.choose(kind="picture", format="png", collision="overwrite")
    bench.draw("the last")
    bench.open()
    exporting.choose(kind="picture", format="png", collision="overwrite")
    bench.ready()
    assert exporting.error is None, exporting.error
    bench.export()
    for root in roots:
        if (root / NAME).exists():
            assert not verify(root).problems
        left = [path.name for path in root.rglob(".*") if path.suffix in (".new", ".old")]
        assert not left and not (root / ".underpaint/export.journal").exists()
    broken = [said for said in bench.said if "Something went wrong" in str(said)]
    assert not broken


def test_an_answer_about_one_models_licence_is_none_about_anothers(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    named = {"fake": Licence("x-noncommercial", False), "other": Licence("cc-by-nc-4.0", False)}
    monkeypatch.setattr("studio_app.session.export_jobs.licence_for", named.__getitem__)
    exporting = bench.exporting
    bench.draw()
    root = bench.open()
    exporting.answer(exporting.questions[0], "own agreement")
    bench.export()
    record = record_of("a green door")
    bench.studio._shelf.add(replace(record, request=replace(record.request, model="other")))
    exporting.show(bench.studio.gallery.newest)
    bench.ready()
    assert [question.about for question in exporting.questions] == ["other: cc-by-nc-4.0"]
    exporting.export()
    bench.qtbot.waitUntil(lambda: bool(bench.refused))
    ledger = read_ledger(root)
    assert ledger.answer("licence", "fake: x-noncommercial") == "own agreement"
    assert ledger.answer("licence", "other: cc-by-nc-4.0") is None


def test_what_an_engine_does_not_import_gives_way_and_that_is_said(bench: Bench):
    exporting = bench.exporting
    bench.draw()
    bench.open("godot")
    exporting.choose(kind="sprite", format="webp", padding=5)
    bench.ready()
    assert exporting.plan is not None and exporting.plan.main_file().suffix == ".webp"
    root = bench.open("unity")
    assert (exporting.settings.format, exporting.settings.padding) == ("png", 5)
    assert "Unity imports no WebP: PNG is chosen" in exporting.notes
    assert exporting.plan is not None and exporting.plan.main_file().suffix == ".png"
    exporting.choose(format="webp")
    bench.ready()
    error = exporting.error
    assert error is not None and "imports no .webp" in error.title and not exporting.ready
    exporting.choose(format="tga")
    bench.ready()
    assert exporting.error is None and not any("WebP" in note for note in exporting.notes)
    # A preset, of somebody who has another version of this program, and what was exported last.
    webp = settings_from({"kind": "sprite", "format": "webp", "padding": 9}, "it")
    write_remembered(root, Remembered({"small": webp}, webp))
    exporting.open_project(str(root))
    bench.ready()
    assert exporting.settings.format == "png"
    exporting.choose(padding=1, format="tga")
    exporting.presets.use("small")
    bench.ready()
    assert (exporting.settings.format, exporting.settings.padding) == ("png", 9)
    assert "Unity imports no WebP: PNG is chosen" in exporting.notes
    with bench.qtbot.waitSignal(exporting.finished):
        exporting.export_again(bench.studio.gallery.newest)
    assert sorted(p.name for p in (root / "Assets/Art/Sprites").iterdir()) == [
        "ARedPotion.png",
        "ARedPotion.png.meta",
    ]
