"""`underpaint export` from a recipe in many poses, and from the window's history."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio_app.cli import main
from studio_app.core.request import GenerationRequest
from studio_app.document.document import Document, new_document, request_of
from studio_app.document.newcomers import new_person, pose_names
from studio_app.document.pose_files import Pose, format_pose
from studio_app.document.results import Picture, thumbnail
from studio_app.document.settings import Settings
from studio_app.document.store.session_folder import SessionWriter
from studio_app.document.store.sessions import SavedSession
from studio_app.export.ledger import read_ledger
from studio_app.scene.stage.edits import placed
from studio_app.scene.stage.things import Solid
from tests.nodes import scene_of, with_contents

ROOT = Path("out")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UNDERPAINT_HOME", str(tmp_path / "home"))


def rendered(model: Path, kind: str = "isolated") -> Path:
    path = Path("knight.png")
    words = ["a knight", "--kind", kind, "--seed", "3", "--steps", "2", "--model", str(model)]
    assert main(["render", *words, "-o", str(path)]) == 0
    return path


def export(*words: object) -> int:
    return main(["export", *map(str, words), "--to", str(ROOT)])


def test_a_recipe_is_a_sheet_with_a_row_for_each_pose(maps_model: Path):
    person = new_person(pose_names()[1], 64, 64)
    Path("lunge.json").write_text(format_pose(Pose(person.joints[None], (64, 64))))
    first, second = pose_names()[1:3]
    path = rendered(maps_model)
    art = ("--pixel-art", "16", "--name", "knight")
    assert export(path, "--poses", first, second, "lunge.json", "--seeds", "3-4", *art) == 0
    frames = json.loads((ROOT / "knight.json").read_text())
    rows = [first, second, "lunge"]
    assert list(frames["animations"]) == rows
    names = [name.split(".")[0] for name in frames["frames"]]
    assert names == [f"{row}_{number}" for row in rows for number in (0, 1)]
    (entry,) = read_ledger(ROOT).entries
    assert [entry.fields["request"]["seed"], *(m["seed"] for m in entry.fields["more"])] == [
        3,
        4,
    ] * 3
    was = (ROOT / "knight.png").read_bytes()
    (ROOT / "knight.png").unlink()
    assert export(path, "--again") == 0  # in the same poses, with the same seeds
    assert (ROOT / "knight.png").read_bytes() == was
    assert export(path, "--poses", first, second, "lunge.json", "--seeds", "3-4", *art) == 0
    assert (ROOT / "knight.png").read_bytes() == was


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--poses", "flying backwards"], "There is no pose 'flying backwards'"),
        (["--poses", "nowhere.json"], "nowhere.json"),
        (["knight.png", "--poses", "standing"], "Poses are those of one picture"),
        (["--poses", "standing", "--kind", "sprite", "--seeds", "1-2"], "A sprite is one picture"),
        (["--poses", "standing", "--seeds", "4-2"], "The seeds can't be '4-2'"),
        (["--session", "there"], "--session goes with --history"),
    ],
)
def test_poses_that_there_are_not(
    maps_model: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
):
    path = rendered(maps_model)
    assert export(path, *words) == 2
    error = capsys.readouterr().err
    assert said in error and "made again" not in error and not ROOT.exists()


def test_a_kind_that_cannot_be_cut_out_is_refused_before_it_is_drawn(
    maps_model: Path, capsys: pytest.CaptureFixture[str]
):
    path = rendered(maps_model, kind="scene")
    assert export(path, "--poses", "standing") == 2
    error = capsys.readouterr().err
    assert "Nothing can be cut out of a picture of the kind scene" in error
    assert "made again" not in error and not ROOT.exists()


def saved(folder: Path, *seeds: int, document: Document | None = None) -> None:
    """A folder of work whose history has a picture of each seed, each of a grey of its own; of a document, what that
    asks for now."""
    pictures: list[Picture] = []
    for number, seed in enumerate(seeds):
        pixels = np.full((64, 64, 4), 255, np.uint8)
        pixels[..., :3] = 10 * seed
        request = GenerationRequest("a grey wall", seed=seed, width=64, height=64)
        if document is not None:
            request = replace(request_of(document), seed=seed)
        id = f"2026010{number}-000000-000000"
        pictures.append(Picture(pixels, thumbnail(pixels, 96), request, id=id))
    folder.mkdir(parents=True, exist_ok=True)
    drawn = document or new_document(Settings(prompt="a grey wall"))
    work = SavedSession(drawn, True, "fake", tuple(pictures))
    writer = SessionWriter(folder)
    writer.write(work, clean=True)
    writer.close()


def test_a_picture_of_the_history_is_exported_by_its_number(tmp_path: Path):
    saved(tmp_path / "home/sessions/1", 1, 2, 3)
    saved(tmp_path / "elsewhere", 7)
    for words, name, grey in (
        (("--history", "1"), "newest", 30),
        (("--history", "3"), "oldest", 10),
        (("--history", "1", "--session", tmp_path / "elsewhere"), "other", 70),
    ):
        assert export(*words, "--name", name) == 0
        with Image.open(ROOT / f"{name}.png") as picture:
            assert picture.convert("RGB").getpixel((5, 5)) == (grey, grey, grey)
    assert export("--history", "2") == 0  # by itself it is called by its words
    assert (ROOT / "a_grey_wall.png").exists()
    assert [entry.fields["request"]["seed"] for entry in read_ledger(ROOT).entries] == [3, 1, 7, 2]


def test_the_ids_of_a_scene_come_with_the_picture_that_was_made_of_it(tmp_path: Path):
    document = new_document(Settings(prompt="a grey wall", width=64, height=64))
    stage, _ = placed(scene_of(document).stage, Solid.of("box"), name="Chest")
    document = with_contents(document, replace(scene_of(document), stage=stage))
    saved(tmp_path / "home/sessions/1", 1, document=document)
    assert export("--history", "1", "--kind", "control", "--name", "chest") == 0
    said = next(ROOT.rglob("*ids*.json"))
    assert "Chest" in json.loads(said.read_text()).values()
    with Image.open(said.with_suffix(".png")) as picture:
        assert picture.mode == "P" and picture.size == (64, 64)
    assert list(ROOT.rglob("*normal*.png"))


def test_a_history_that_has_no_such_picture_says_how_many_it_has(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert export("--history", "1") == 2
    assert "There is no history yet" in capsys.readouterr().err
    saved(tmp_path / "home/sessions/1", 1, 2)
    for number in ("3", "0", "-1"):
        assert export("--history", number) == 2
        error = capsys.readouterr().err
        assert f"The history has no picture {number}" in error and "it has 2" in error
    assert export("--history", "1", "--session", "nowhere") == 2
    assert "nowhere" in capsys.readouterr().err
    assert not ROOT.exists()
