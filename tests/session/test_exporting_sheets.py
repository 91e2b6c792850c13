"""Sheets of the session: of chosen and starred pictures, of seeds and of poses, drawn where they are missing."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio_app.document.newcomers import pose_names
from studio_app.document.pose_files import Pose, format_pose
from studio_app.document.strokes import Brush, Sample
from studio_app.export.settings import read_remembered, settings_from, write_remembered
from tests.export_bench import Bench, tree
from tests.fake_engine import FakeEngine
from tests.fake_pictures import disc, maps_of

POSES = pose_names()[1:9]


class Gate:
    """Holds the engine before the second frame of a run until it is opened."""

    def __init__(self, engine: FakeEngine, run: int) -> None:
        self.reached, self.open = threading.Event(), threading.Event()

        def wait(count: int) -> None:
            if len(engine.requests) == run and count == 1 and not self.open.is_set():
                self.reached.set()
                assert self.open.wait(30)

        engine.at_frame = wait


def poses(*names: str, **more: Any) -> dict[str, Any]:
    return {"of": "poses", "poses": list(names), **more}


def words(bench: Bench, text: str = "a knight") -> None:
    bench.studio.set_settings(
        {"prompt": text, "kind": "isolated", "width": 64, "height": 64, "steps": 2}
    )


def atlas(root: Path, name: str) -> list[str]:
    return list(json.loads((root / name).read_text())["frames"])


def test_chosen_pictures_are_a_sheet_in_the_order_of_the_choice(bench: Bench):
    for seed in (1, 2, 3):
        bench.draw(seed=seed)
    root = bench.open("unreal")
    one, two, three = bench.studio.gallery
    frames = bench.exporting.frames
    bench.exporting.choose(kind="sheet", frame_names="s{seed}")
    bench.ready()
    error = bench.exporting.error
    assert error is not None and "No pictures are chosen" in error.title
    frames.choose([three, one])
    bench.ready()
    assert bench.exporting.error is None and bench.exporting.cut == (2, 2)
    bench.export()
    assert atlas(root, "SourceArt/Sprites/ARedPotion.paper2dsprites") == ["s3", "s1"]
    was = tree(root)
    with bench.qtbot.waitSignal(bench.exporting.finished):
        bench.exporting.export_again(two)
    assert tree(root) == was
    # A picture that was taken out of the history is out of the sheet.
    bench.studio.remove_from_history(three.id, three.run)
    bench.ready()
    assert [take.picture for take in bench.exporting.frames.takes] == [one]


def test_starred_pictures_follow_their_stars(bench: Bench):
    for seed in (1, 2, 3):
        bench.draw(seed=seed)
    bench.open()
    bench.exporting.choose(kind="sheet", source={"of": "starred"})
    bench.ready()
    error = bench.exporting.error
    assert error is not None and "starred" in error.title
    pictures = list(bench.studio.gallery)
    for picture in (pictures[2], pictures[0]):
        bench.studio.star(picture.id, True)
    bench.ready()
    assert [t.picture.id for t in bench.exporting.frames.takes] == [pictures[0].id, pictures[2].id]
    assert bench.exporting.plan is not None


def test_eight_poses_are_drawn_for_a_sheet_and_not_again_for_the_same(bench: Bench):
    words(bench)
    root = bench.open("unreal")
    exporting = bench.exporting
    exporting.choose(kind="sheet", source=poses(*POSES))
    bench.ready()
    assert len(exporting.frames.missing) == 8 and exporting.ready and exporting.plan is None
    bench.export()
    drawn = list(bench.engine.requests)
    assert len({request.digest for request in drawn}) == len(drawn) == 8
    assert all([c.kind for c in r.controls] == ["pose"] for r in drawn)
    names = atlas(root, "SourceArt/Sprites/AKnight.paper2dsprites")
    assert names == [f"{pose}_0" for pose in POSES]
    assert [p.request.digest for p in bench.studio.gallery] == [r.digest for r in drawn]
    assert all(picture.people for picture in bench.studio.gallery)
    was = tree(root)
    with bench.qtbot.waitSignal(exporting.finished):
        exporting.export_again(None)
    bench.ready()
    assert tree(root) == was and len(bench.engine.requests) == 8
    # Of other words all are others, and so is the name.
    words(bench, "a wizard")
    with bench.qtbot.waitSignal(exporting.finished):
        exporting.export_again(None)
    assert len(bench.engine.requests) == 16
    assert (root / "SourceArt/Sprites/AWizard.paper2dsprites").exists()


def test_seeds_are_a_range_and_poses_have_rows_of_them(bench: Bench):
    words(bench)
    bench.studio.set_setting("seed", 40)
    root = bench.open("godot")
    exporting = bench.exporting
    exporting.choose(kind="sheet", animation="idle", source={"of": "seeds", "count": 3})
    bench.ready()
    bench.export()
    assert [request.seed for request in bench.engine.requests] == [40, 41, 42]
    assert '&"idle"' in (root / "art/sprites/a_knight_frames.tres").read_text()
    bench.engine.requests.clear()
    source = poses("standing", "heroic", count=2, first=7)
    exporting.choose(name="rows", source=source)
    bench.ready()
    bench.export()
    assert [request.seed for request in bench.engine.requests] == [7, 8, 7, 8]
    text = (root / "art/sprites/rows_frames.tres").read_text()
    assert text.count('"texture": SubResource') == 4 and text.count('"name": &') == 2
    exporting.choose(source={**source, "rows": False})
    bench.ready()
    assert len(bench.engine.requests) == 4 and exporting.plan is not None


def test_a_pose_file_is_a_row_and_a_broken_one_is_named(bench: Bench, tmp_path: Path):
    words(bench)
    bench.open()
    joints = np.ones((1, 18, 3), np.float32) * np.linspace(8, 56, 18, dtype=np.float32)[:, None]
    joints[..., 2] = 1
    good, bad = tmp_path / "leap.json", tmp_path / "bad.json"
    good.write_text(format_pose(Pose(joints, (64, 64))))
    bad.write_text("{}")
    exporting = bench.exporting
    exporting.choose(kind="sheet", source=poses(str(good), "standing"))
    bench.ready()
    assert [slot.row for slot in exporting.frames.slots] == ["leap", "standing"]
    found = exporting.frames.missing[0].people[0].joints
    np.testing.assert_allclose(found, joints[0], atol=0.001)
    exporting.choose(source=poses(str(bad)))
    bench.ready()
    assert exporting.error is not None and "bad.json" in str(exporting.error)
    assert not exporting.ready
    exporting.export()
    bench.ready()
    assert bench.refused and not bench.engine.requests


def test_what_cannot_be_cut_out_is_refused_before_anything_is_drawn(bench: Bench):
    words(bench)
    bench.studio.set_setting("kind", "scene")
    bench.open()
    exporting = bench.exporting
    for source in (poses(*POSES), {"of": "seeds", "count": 3}):
        exporting.choose(kind="sheet", source=source)
        bench.ready()
        error = exporting.error
        assert error is not None and "kind scene" in error.title and "isolated" in error.hint
        assert not exporting.ready and not exporting.frames.missing
        exporting.export()
        bench.ready()
    assert bench.refused and not bench.engine.requests
    bench.studio.set_setting("kind", "isolated")
    exporting.follow_desk()
    bench.ready()
    assert exporting.error is None and len(exporting.frames.missing) == 3


def test_a_drawn_depth_that_stays_in_every_pose_is_said(bench: Bench):
    words(bench)
    bench.open()
    exporting = bench.exporting
    exporting.choose(kind="sheet", source=poses(*POSES))
    bench.ready()
    assert not exporting.notes
    bench.studio.begin_stroke("depth", Brush(size=12), Sample(10, 10))
    bench.studio.end_stroke()
    exporting.follow_desk()
    bench.ready()
    assert [note for note in exporting.notes if "depth is in every pose" in note]
    exporting.choose(source={"of": "seeds", "count": 2})
    bench.ready()
    assert not exporting.notes  # they are all of the one drawing
    exporting.choose(source=poses(*POSES))
    bench.studio.set_layer("depth", visible=False)
    exporting.follow_desk()
    bench.ready()
    assert not exporting.notes


def test_a_stroke_goes_before_the_series_which_goes_on_afterwards(bench: Bench):
    words(bench)
    bench.draw(seed=99)
    shown = bench.studio.gallery.newest
    bench.open()
    exporting = bench.exporting
    exporting.choose(kind="sheet", source=poses(*POSES))
    bench.ready()
    gate = Gate(bench.engine, run=3)
    exporting.frames.draw()
    bench.qtbot.waitUntil(gate.reached.is_set)
    with bench.qtbot.waitSignal(bench.studio.run_finished):
        bench.studio.generate_once()
        gate.open.set()
    bench.qtbot.waitUntil(lambda: not exporting.frames.series.busy)
    bench.ready()
    assert not exporting.frames.missing
    digests = [request.digest for request in bench.engine.requests]
    assert len(digests) == 10 and digests[2] == digests[4] != digests[3]
    # What is drawn by hand is the newest, as is shown; the series lies behind it.
    newest = bench.studio.gallery.newest
    assert newest is not None and newest is not shown
    assert newest.request.digest == digests[3]
    assert bench.studio.runs[-1].request.digest == digests[3]


def test_a_series_is_cancelled_and_what_it_drew_stays(bench: Bench):
    words(bench)
    root = bench.open()
    was = tree(root)
    exporting = bench.exporting
    exporting.choose(kind="sheet", source=poses(*POSES))
    bench.ready()
    gate = Gate(bench.engine, run=3)
    exporting.export()
    bench.qtbot.waitUntil(gate.reached.is_set)
    bench.qtbot.waitUntil(lambda: exporting.frames.series.done == 2)
    assert exporting.stage == "drawing" and exporting.under_way
    exporting.cancel()
    assert exporting.stage != "drawing" and not exporting.under_way
    with bench.qtbot.waitSignal(bench.studio.engine_idle):
        gate.open.set()
    bench.ready()
    assert len(exporting.frames.missing) == 6 and len(bench.studio.gallery) == 2
    assert tree(root) == was and len(bench.engine.requests) == 3
    bench.export()
    assert not exporting.frames.missing


def test_a_drawing_that_fails_ends_the_series_and_is_said(bench: Bench):
    words(bench)
    root = bench.open()
    was = tree(root)
    bench.exporting.choose(kind="sheet", source=poses(*POSES))
    bench.ready()
    bench.engine.faults["run"] = MemoryError("out of memory")
    with bench.qtbot.waitSignal(bench.exporting.refused):
        bench.exporting.export()
    assert "memory is full" in bench.said[-1].title
    assert bench.exporting.error is bench.said[-1] and bench.exporting.stage == ""
    assert tree(root) == was
    assert len([call for call in bench.engine.calls if call == "run"]) == 1


def test_a_frame_with_nothing_in_it_is_counted_out(bench: Bench):
    mattes = iter([np.zeros((64, 64), bool)])
    bench.engine.faults["decode_maps"] = lambda: maps_of(next(mattes, disc()))
    words(bench)
    bench.open()
    bench.exporting.choose(kind="sheet", source={"of": "seeds", "count": 2})
    bench.ready()
    bench.exporting.frames.draw()
    bench.qtbot.waitUntil(lambda: not bench.exporting.frames.missing)
    bench.ready()
    error = bench.exporting.error
    assert error is not None and not bench.exporting.ready


def test_presets_are_saved_chosen_and_removed_and_nobody_elses_is_lost(bench: Bench):
    bench.draw()
    root = bench.open()
    exporting = bench.exporting
    exporting.choose(kind="sprite", padding=5, name="Elixir")
    bench.ready()
    presets = exporting.presets
    with bench.qtbot.waitSignal(presets.changed):
        presets.save("Small things")
    assert presets.names == ("Small things",) and presets.current == "Small things"
    assert read_remembered(root).presets["Small things"].name == ""
    # Somebody else saves one meanwhile.
    theirs = settings_from({"kind": "texture"}, "it")
    write_remembered(root, read_remembered(root).with_preset("Walls", theirs))
    exporting.choose(padding=9)
    bench.ready()
    assert presets.current == ""
    bench.export()
    assert set(read_remembered(root).presets) == {"Small things", "Walls"}
    with bench.qtbot.waitSignal(presets.changed):
        presets.save("Other")
    assert presets.names == ("Other", "Small things", "Walls")
    presets.use("Small things")
    bench.ready()
    assert exporting.settings.padding == 5 and exporting.settings.name == "Elixir"
    with bench.qtbot.waitSignal(presets.changed):
        presets.remove("Small things")
    assert presets.names == ("Other", "Walls") and presets.current == ""
    presets.save("   ")
    bench.qtbot.waitUntil(lambda: "needs a name" in str(bench.said[-1]))


def test_a_preset_that_went_can_be_put_back_into_the_project_it_was_of(bench: Bench):
    bench.draw()
    root = bench.open()
    exporting, presets = bench.exporting, bench.exporting.presets
    gone: list[tuple[str, Callable[[], None]]] = []
    presets.gone.connect(lambda said, back: gone.append((said, back)))
    for padding in (5, 9):
        exporting.choose(kind="sprite", padding=padding, name="Elixir")
        bench.ready()
        with bench.qtbot.waitSignal(presets.changed):
            presets.save("Small things")
    assert [said for said, _ in gone] == ["Replaced the export preset Small things"]
    with bench.qtbot.waitSignal(presets.changed):
        gone[0][1]()
    assert read_remembered(root).presets["Small things"].padding == 5
    with bench.qtbot.waitSignal(presets.changed):
        presets.save("Small things")
    with bench.qtbot.waitSignal(presets.changed):
        presets.remove("Small things")
    assert gone[-1][0] == "Removed the export preset Small things" and len(gone) == 3
    other = bench.open("unreal")
    gone[-1][1]()
    bench.qtbot.waitUntil(lambda: "Small things" in read_remembered(root).presets)
    assert read_remembered(root).presets["Small things"].padding == 9
    assert not read_remembered(other).presets and not presets.names


def test_a_sheet_is_of_the_fps_that_was_chosen_and_reads_back(bench: Bench):
    words(bench)
    root = bench.open("godot")
    bench.exporting.choose(
        kind="sheet", fps=12.0, loop=False, columns=2, texts=["aseprite", "texturepacker"],
        source={"of": "seeds", "count": 4},
    )  # fmt: skip
    bench.ready()
    bench.export()
    with Image.open(root / "art/sprites/a_knight.png") as picture:
        assert picture.mode == "RGBA"
    text = (root / "art/sprites/a_knight_frames.tres").read_text()
    assert '"speed": 12.0' in text and '"loop": 0' in text
    assert (root / "art/sprites/a_knight_aseprite.json").exists()


@pytest.mark.parametrize("signer", [("", ""), ("/nowhere/cert.pem", "/nowhere/key.pem")])
def test_a_signature_without_a_certificate_is_one_sentence(bench: Bench, signer: tuple[str, str]):
    bench.draw()
    root = bench.open()
    was = tree(root)
    bench.exporting.sign_with(*signer)
    bench.exporting.choose(sign=True)
    bench.ready()
    assert bench.exporting.error is not None and not bench.exporting.ready
    assert ("certificate" in str(bench.exporting.error)) or "No file" in str(bench.exporting.error)
    assert tree(root) == was


def test_the_document_may_go_on_while_a_sheet_is_drawn(bench: Bench):
    """The frames are those of the words they were asked with, until the desk is looked at again."""
    words(bench)
    bench.open()
    exporting = bench.exporting
    exporting.choose(kind="sheet", source={"of": "seeds", "count": 2})
    bench.ready()
    before = [ask.request.digest for ask in exporting.frames.missing]
    bench.studio.begin_stroke("depth", Brush(), Sample(20, 20, 1.0))
    bench.studio.end_stroke()
    exporting.follow_desk()
    bench.ready()
    after = [ask.request.digest for ask in exporting.frames.missing]
    assert before != after and len(after) == 2
