"""A batch that fills a game project."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio_app.cli import main
from studio_app.export.ledger import read_ledger, verify
from studio_app.export.settings import ExportSettings, Remembered, write_remembered
from tests.farm.conftest import Batch, logged, made, write_jobs

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture
def game(batch: Batch) -> Path:
    """A Godot project in the current folder."""
    shutil.copytree(DATA / "godot_project", "game")
    return Path("game").resolve()


def test_a_batch_fills_a_project(batch: Batch, game: Path, capsys: pytest.CaptureFixture[str]):
    write_jobs(
        {"prompt": "a gem", "export": {"name": "red gem", "folder": "items"}},
        {"prompt": "a key", "seed": 2, "output": "key.png", "export": {"lit": True}},
        {"prompt": "bricks", "tile": "xy", "export": {"kind": "texture", "name": "bricks"}},
        {"prompt": "a view", "export": {"kind": "picture", "format": "jpeg", "name": "view"}},
        {"prompt": "not for the game", "output": "mine.png", "export": False},
    )
    assert batch("--export", "project=game", "kind=sprite", "padding=4") == 0
    entries = read_ledger(game).entries
    named = [entry.text("asset", "name") for entry in entries]
    assert named == ["red gem", "key", "bricks", "view"]
    files = {path for entry in entries for path in entry.files()}
    assert any(path.startswith("items/") for path in files)
    assert any(path.endswith(("_normal.png", "_n.png")) for path in files)
    assert not verify(game).changed and not verify(game).missing and not verify(game).problems
    for path in files:  # each with what Godot wants beside it
        assert (game / f"{path}.import").is_file()
    gem = next(path for path in files if path.startswith("items/"))
    with Image.open(game / gem) as image:
        alpha = np.asarray(image)[..., 3]
    assert (alpha[:4] == 0).all() and alpha.any()  # trimmed, with a padding of 4
    outside = {name for name in made() if not name.startswith("game/")}
    assert outside == {"key.png", "mine.png"}
    assert [entry["status"] for entry in logged()] == ["done"] * 5
    capsys.readouterr()
    before = {path: path.read_bytes() for path in game.rglob("*") if path.is_file()}
    assert batch("--export", "project=game", "kind=sprite", "padding=4") == 0
    assert {path: path.read_bytes() for path in before} == before
    assert capsys.readouterr().out == ""


def test_other_settings_are_another_job(batch: Batch, game: Path):
    write_jobs({"prompt": "a gem", "export": {"name": "gem", "kind": "sprite", "project": "game"}})
    assert batch() == 0
    assert batch() == 0
    assert len(read_ledger(game).entries) == 1
    assert batch("--export", "padding=9") == 0
    assert len(read_ledger(game).entries) == 2


def test_what_was_deleted_comes_back_and_what_was_painted_over_stays(
    batch: Batch, game: Path, capsys: pytest.CaptureFixture[str]
):
    for name in ("gem", "key"):
        write_jobs(
            *(
                {"prompt": name, "export": {"name": name, "kind": "sprite", "project": "game"}}
                for name in ("gem", "key")
            )
        )
    assert batch() == 0
    gem, key = (next(game / path for path in entry.files()) for entry in read_ledger(game).entries)
    was = gem.read_bytes()
    gem.unlink()
    Image.new("RGBA", (8, 8), "red").save(key)  # an artist's
    by_hand = key.read_bytes()
    capsys.readouterr()
    assert batch() == 1
    assert gem.read_bytes() == was
    assert key.read_bytes() == by_hand
    assert "line 2 of jobs.jsonl" in (err := capsys.readouterr().err) and "would be lost" in err


def test_two_assets_of_one_name(batch: Batch, game: Path, capsys: pytest.CaptureFixture[str]):
    """By the words that name them, by a name that was given, and by what the project makes of two names."""
    table = {"kind": "sprite", "project": "game"}
    write_jobs(
        {"prompt": "a gem", "seed": 1, "export": table},
        {"prompt": "a gem", "seed": 2, "export": table},
        {"prompt": "a key", "export": {**table, "name": "big key"}},
        {"prompt": "a key", "export": {**table, "name": "big_key"}},
    )
    for _ in range(2):
        assert batch() == 1
        err = capsys.readouterr().err
        assert "line 2 of jobs.jsonl: Two pictures have the same name: a gem is of line 1" in err
        assert "line 4 of jobs.jsonl: Two pictures have the same name" in err
        assert [entry.text("request", "seed") for entry in read_ledger(game).entries] == ["1", "0"]
        assert len(read_ledger(game).entries) == 2


def test_a_pose_goes_into_a_project_as_it_came(batch: Batch, game: Path):
    points = [n for i in range(18) for n in (100.0 + 20 * i, 50.0 + 20 * i, 1.0)]
    pose = {"people": [{"pose_keypoints_2d": points}], "canvas_width": 512, "canvas_height": 512}
    Path("pose.json").write_text(json.dumps(pose))
    table = {"kind": "control", "name": "stance", "project": "game"}
    write_jobs({"prompt": "a knight", "pose": "pose.json", "export": table})
    assert batch() == 0
    (entry,) = read_ledger(game).entries
    exported = next(game / path for path in entry.files() if path.endswith(".json"))
    joints = json.loads(exported.read_text())["people"][0]["pose_keypoints_2d"]
    np.testing.assert_allclose(joints[:2], [100 / 8, 50 / 8], atol=1e-3)


def test_presets_of_the_project(batch: Batch, game: Path):
    presets = {"icons": ExportSettings(kind="sprite", folder="icons", padding=0)}
    write_remembered(game, Remembered(presets))
    write_jobs(
        {"prompt": "a gem", "export": {"name": "gem"}},
        {"prompt": "a key", "export": {"name": "key", "folder": "keys"}},
    )
    assert batch("--export", "project=game", "preset=icons") == 0
    folders = [Path(path).parts[0] for e in read_ledger(game).entries for path in e.files()]
    assert folders == ["icons", "keys"]
    assert not (game / ".underpaint/last.json").exists()  # an artist's last choice is not a batch's


def test_a_project_elsewhere_has_to_be_named_on_the_command_line(
    batch: Batch, game: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    away = shutil.copytree(DATA / "unity_project", tmp_path.parent / f"{tmp_path.name}_away")
    write_jobs({"prompt": "a gem", "export": {"project": str(away), "kind": "sprite"}})
    assert batch() == 1
    assert "project lies outside" in capsys.readouterr().err
    write_jobs({"prompt": "a gem", "export": {"kind": "sprite"}})
    assert batch("--export", f"project={away}") == 0
    assert len(read_ledger(away).entries) == 1
    assert (away / "Assets").is_dir() and list(away.rglob("*.png.meta"))


def test_what_the_engine_does_not_import_is_refused_before_it_is_drawn(
    batch: Batch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    unity = shutil.copytree(DATA / "unity_project", tmp_path / "unity")
    table = {"kind": "sprite", "format": "webp", "project": "unity"}
    write_jobs({"prompt": "a gem", "output": "gem.png", "export": table})
    assert batch() == 1
    err = capsys.readouterr().err
    assert "Unity imports no .webp" in err and "Choose PNG." in err
    assert not list(tmp_path.rglob("gem.png")) and not (unity / ".underpaint").exists()


def test_a_licence_that_asks(
    batch: Batch,
    game: Path,
    build_model: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
):
    model = build_model("unfree", maps=True)
    (model / "README.md").write_text("---\nlicense: cc-by-nc-4.0\n---\n")
    write_jobs({"prompt": "a gem", "export": {"kind": "sprite", "project": "game"}})
    assert batch(model=model) == 1
    err = capsys.readouterr().err
    assert "forbids commercial use" in err and '"answer"' in err and "not commercial" in err
    assert not (game / ".underpaint").exists()
    assert batch("--export", "answer=not commercial", model=model) == 0
    assert read_ledger(game).entries[0].fields["answers"][0]["answer"] == "not commercial"


def test_without_maps_a_sprite_is_cut_by_its_colours_and_a_texture_is_none(
    batch: Batch, game: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
):
    write_jobs({"prompt": "bricks", "export": {"kind": "texture", "project": "game"}})
    assert batch(model=tiny_model) == 1
    assert "has no maps decoder" in capsys.readouterr().err
    write_jobs(
        {"prompt": "a view", "kind": "scene", "export": {"kind": "sprite", "project": "game"}}
    )
    assert batch(model=tiny_model) == 1
    assert "A scene can't be cut out" in capsys.readouterr().err
    write_jobs({"prompt": "a gem", "export": {"kind": "sheet", "project": "game"}})
    assert batch() == 1
    assert "A line makes no sheet" in capsys.readouterr().err


def test_bad_tables_of_the_command_line(batch: Batch, capsys: pytest.CaptureFixture[str]):
    write_jobs({"prompt": "a gem"})
    assert batch("--export", "sprite") == 2
    assert "KEY=VALUE" in capsys.readouterr().err
    assert batch("--export", "project=game", "kind=film") == 1
    assert "line 1 of jobs.jsonl: Can't use its export: kind" in capsys.readouterr().err
    assert main(["batch", "jobs.jsonl", "--workers", "2"]) == 2
    assert "--ray" in capsys.readouterr().err
    assert json.loads(Path("jobs.log.jsonl").read_text().splitlines()[0])["status"] == "bad"
