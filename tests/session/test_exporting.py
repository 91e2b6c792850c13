"""A picture of the session into a game project, through the threads as the window uses them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio_app.core.errors import StudioError
from studio_app.document.document import request_of
from studio_app.export.ledger import NAME, read_ledger, verify
from studio_app.scene.stage.edits import placed
from studio_app.scene.stage.stage import Stage
from studio_app.scene.stage.things import Solid
from studio_app.session.exporting import Exporting
from studio_app.session.notices import Notice
from tests.export_bench import Bench, tree
from tests.fake_pictures import SIDE, maps_of, record_of
from tests.nodes import scene_of


def test_a_sprite_lies_cut_out_in_the_project_and_again_changes_no_byte(bench: Bench):
    bench.draw()
    root = bench.open()
    bench.exporting.choose(kind="sprite", pivot="bottom")
    bench.ready()
    plan = bench.exporting.plan
    assert plan is not None
    assert [c.path.name for c in plan.writes] == [
        "a_red_potion.png.import",
        "a_red_potion.png",
        ".gitattributes",
    ]
    assert not (root / "art").exists()
    bench.export()
    with Image.open(root / "art/sprites/a_red_potion.png") as picture:
        assert picture.mode == "RGBA"
        low, high = picture.getchannel("A").getextrema()
    assert (low, high) == (0, 255)
    assert not verify(root).problems and not verify(root).changed
    assert bench.said[-1].key == "exported" and bench.said[-1].detail.endswith("a_red_potion.png")
    was = tree(root)
    with bench.qtbot.waitSignal(bench.exporting.finished):
        bench.exporting.export_again(bench.studio.gallery[-1])
    assert tree(root) == was
    assert "already" in bench.said[-1].title


def test_the_last_choice_is_there_at_the_next_start_and_a_name_holds_for_its_words(bench: Bench):
    bench.draw()
    root = bench.open()
    bench.exporting.choose(kind="sprite", name="Elixir", padding=5)
    bench.ready()
    bench.export()
    later = Exporting(
        bench.studio.runs,
        bench.studio._parts.maps,
        bench.studio._saver,
        bench.studio._reader,
        bench.frames(),
        bench.studio,
    )
    later.show(bench.studio.gallery.newest)
    later.open_project(str(root / "art"))
    bench.qtbot.waitUntil(lambda: later.plan is not None)
    assert later.settings.name == "Elixir" and later.settings.padding == 5
    assert later.plan is not None and later.plan.nothing_new
    bench.draw("a blue crystal")
    later.show(bench.studio.gallery.newest)
    bench.qtbot.waitUntil(lambda: later.plan is not None and later.stage == "")
    assert later.settings.name == "" and later.settings.padding == 5
    assert later.plan is not None and later.plan.asset == "a_blue_crystal"
    with bench.qtbot.waitSignal(later.finished):
        later.export_again(bench.studio.gallery[-1])
    assert (root / "art/sprites/elixir.png").exists()
    assert (root / "art/sprites/a_blue_crystal.png").exists()


def test_the_ids_of_a_scene_go_with_its_picture_until_the_scene_is_another(bench: Bench):
    studio = bench.studio
    stage, _ = placed(scene_of(studio.document).stage, Solid.of("box"), name="Chest")
    studio.change_content("scene", replace(scene_of(studio.document), stage=stage), "Add a box")
    settings = replace(studio.document.settings, prompt="a chest")
    request = request_of(replace(studio.document, settings=settings), model="fake")
    studio._shelf.add(replace(record_of(), request=request))
    bench.exporting.show(studio.gallery.newest)
    root = bench.open()
    bench.exporting.choose(kind="control")
    bench.ready()
    bench.export()
    (names,) = (path for path in root.rglob("*.json") if "ids" in path.name)
    assert "Chest" in json.loads(names.read_text()).values()
    with Image.open(names.with_suffix(".png")) as picture:
        assert picture.mode == "P"
    bench.exporting.choose(kind="picture")
    bench.ready()
    studio.change_content("scene", replace(scene_of(studio.document), stage=Stage()), "Clear")
    bench.exporting.choose(kind="control", name="later")
    bench.ready()
    plan = bench.exporting.plan
    assert plan is not None and plan.writes
    assert not any("ids" in change.path.name for change in plan.writes)


def test_a_texture_set_lies_in_unity_with_its_maps(bench: Bench):
    bench.draw("old bricks", kind="texture")
    root = bench.open("unity")
    bench.exporting.choose(kind="texture")
    bench.ready()
    made = bench.exporting.made
    assert made is not None and made.asset.seams
    bench.export()
    names = sorted(p.name for p in (root / "Assets").rglob("*.png"))
    assert len(names) >= 5 and any("Normal" in name for name in names)
    assert len(read_ledger(root).entries) == 1


def test_a_matte_that_is_full_is_refused_with_its_reason(bench: Bench):
    bench.engine.faults["decode_maps"] = lambda: maps_of(np.ones((SIDE, SIDE)))
    record = record_of()
    flat = np.full((SIDE, SIDE, 4), 128, np.uint8)
    flat.flags.writeable = False
    object.__setattr__(record, "final", flat)
    bench.studio._shelf.add(record)
    bench.exporting.show(bench.studio.gallery.newest)
    root = bench.open()
    was = tree(root)
    bench.exporting.choose(kind="sprite")
    bench.ready()
    error = bench.exporting.error
    assert error is not None and "alpha is full everywhere" in error.detail
    bench.exporting.export()
    bench.ready()
    assert bench.refused and tree(root) == was


def test_a_write_that_fails_leaves_the_project_as_it_was_and_says_so(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    bench.draw()
    root = bench.open()
    was = tree(root)

    def full(*args: Any) -> None:
        raise OSError(28, "No space left on device", "a_red_potion.png")

    monkeypatch.setattr("studio_app.export.transaction.replace_file", full)
    bench.exporting.export()
    bench.qtbot.waitUntil(lambda: any(isinstance(said, StudioError) for said in bench.said))
    bench.ready()
    assert tree(root) == was
    said = bench.said[-1]
    assert "No space left" in said.detail and said.hint == "Nothing was changed."
    assert bench.refused and bench.exporting.error is said
    monkeypatch.undo()
    settled: list[str] = []
    bench.studio.settled.connect(settled.append)
    bench.exporting.look_again()
    bench.export()
    assert "export" in settled and (root / NAME).exists()


def test_an_export_that_is_cancelled_changes_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    from studio_app.export import transaction

    bench.draw()
    root = bench.open()
    was = tree(root)
    stage: Callable[..., None] = transaction._stage

    def staged(step: Any, data: bytes) -> None:
        stage(step, data)
        bench.exporting._writing._turn.over = (
            True  # as `cancel` of the window's thread does it meanwhile
        )

    monkeypatch.setattr(transaction, "_stage", staged)
    bench.exporting.export()
    bench.qtbot.waitUntil(lambda: any(getattr(s, "key", "") == "cancelled" for s in bench.said))
    bench.ready()
    assert tree(root) == was
    assert isinstance(bench.said[-1], Notice)


def test_without_its_steps_a_sprite_is_cut_out_by_colours_and_a_texture_says_why_not(bench: Bench):
    bench.draw()
    bench.studio._shelf.runs.clear()
    bench.exporting.show(None)
    bench.exporting.show(bench.studio.gallery.newest)
    bench.open()
    bench.exporting.choose(kind="sprite")
    bench.ready()
    assert bench.exporting.plan is not None
    assert any("by its colours alone" in note for note in bench.exporting.notes)
    bench.exporting.choose(kind="texture")
    bench.ready()
    assert bench.exporting.plan is None
    assert bench.exporting.error is not None and "forgotten" in bench.exporting.error.title


def test_a_path_that_is_no_folder_leaves_no_project_to_export_into(bench: Bench):
    bench.draw()
    root = bench.open()
    was = tree(root)
    bench.exporting.open_project(str(root / "project.godot"))
    bench.ready()
    assert bench.exporting.project is None and bench.exporting.error is not None
    bench.exporting.export()
    assert tree(root) == was


def test_a_project_that_is_not_there_ends_the_look_that_was_under_way(bench: Bench):
    bench.draw()
    bench.open()
    bench.exporting.look_again()
    bench.exporting.open_project(str(bench.project() / "nothing"))
    bench.exporting.look_again()  # it is on its way while the answer comes
    bench.ready()
    assert bench.exporting.project is None and "no such folder" in str(bench.exporting.error)


def test_maps_that_another_model_can_t_read_come_once_their_own_is_open_again(bench: Bench):
    """As the message says; the same of the pictures of a sheet, which are cut out by their colours meanwhile."""
    bench.draw("old bricks", kind="texture")
    bench.open("unity")
    studio = bench.studio
    with bench.qtbot.waitSignal(studio.model_changed):
        studio.open_model("another")
    bench.qtbot.waitUntil(lambda: studio.model == "another" and studio.model_ready)
    bench.exporting.choose(kind="texture")
    bench.ready()
    error = bench.exporting.error
    assert error is not None and "Open that model" in error.hint
    studio.open_model("fake")
    bench.qtbot.waitUntil(lambda: bench.exporting.stage == "" and bench.exporting.plan is not None)
    assert bench.exporting.error is None
    bench.export()


def test_cuts_without_a_matte_are_made_anew_once_the_model_of_their_pictures_is_open(bench: Bench):
    for seed in (1, 2):
        bench.draw(seed=seed)
    bench.open()
    studio = bench.studio
    studio.open_model("another")
    bench.qtbot.waitUntil(lambda: studio.model == "another" and studio.model_ready)
    bench.exporting.frames.choose([studio.gallery[0], studio.gallery[1]])
    bench.exporting.choose(kind="sheet")
    cutting = bench.exporting._looking.cutting
    bench.qtbot.waitUntil(lambda: len(cutting.blind) == 2 and bench.exporting.stage == "")
    studio.open_model("fake")
    bench.qtbot.waitUntil(lambda: not cutting.blind and not cutting.missing)
    bench.ready()
    assert bench.exporting.error is None and bench.exporting.plan is not None
