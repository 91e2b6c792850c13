"""`underpaint train`: recipes found, budgets changed, mistakes in one line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from studio_app.cli import main
from studio_app.commands.train import default_folder, find_recipe, with_budget
from studio_app.core.resources import resources_dir
from studio_app.training.recipe import load_recipe


@pytest.mark.parametrize("name", ["smoke", "smoke.toml"])
def test_a_shipped_recipe_is_found_by_name(name: str):
    assert find_recipe(name) == resources_dir() / "recipes" / "smoke.toml"


def test_a_path_is_taken_as_it_is(tmp_path: Path):
    path = tmp_path / "mine.toml"
    path.write_text("")
    assert find_recipe(str(path)) == path


def test_runs_are_kept_with_the_users_files(own_home: Path):
    recipe = load_recipe(find_recipe("smoke"))
    assert default_folder(recipe) == own_home / "training" / "smoke"


def test_minutes_replace_steps_and_keep_the_ratio():
    recipe = load_recipe(find_recipe("smoke"))
    settings = with_budget(recipe, "autoencoder", 10.0, 0).autoencoder
    assert settings.plan.steps == settings.finish.steps == 0
    assert settings.plan.minutes + settings.finish.minutes == pytest.approx(10)
    recipe = load_recipe(find_recipe("cpu"))
    before, after = recipe.autoencoder, with_budget(recipe, "autoencoder", 20.0, 0).autoencoder
    ratio = before.plan.minutes / before.finish.minutes
    assert after.plan.minutes / after.finish.minutes == pytest.approx(ratio)
    assert with_budget(recipe, "teacher", 0.0, 12).teacher.plan.steps == 12
    assert with_budget(recipe, "maps", 3.0, 0).maps.plan.minutes == pytest.approx(3)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train"], "STAGE"),
        (["train", "teacher", "--recipe", "none.toml"], "recipe cannot be read"),
        (["train", "autoencoder", "--recipe", "smoke", "--data", "nowhere"], "train data"),
        (["train", "autoencoder", "--recipe", "smoke", "--minutes", "-1"], "--minutes"),
        (["train", "distill", "--recipe", "smoke", "--from", "nowhere"], "nowhere"),
        (["train", "publish", "--recipe", "smoke"], "Nothing to publish"),
        (["train", "teacher", "--recipe", "smoke", "--data", "x"], "autoencoder"),
        (["train", "maps", "--recipe", "smoke", "--data", "x"], "autoencoder"),
    ],
)
def test_a_mistake_is_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]):
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert error.startswith("underpaint: ")


def test_help_loads_no_torch(capsys: pytest.CaptureFixture[str]):
    loaded = "torch" in sys.modules
    assert main(["train", "--help"]) == 0
    assert "autoencoder" in capsys.readouterr().out
    assert ("torch" in sys.modules) == loaded


def test_pictures_are_made_where_the_next_stage_looks_for_them(tmp_path: Path):
    command = ["train", "data", "--recipe", "smoke", "--split", "val", "--out", str(tmp_path)]
    assert main(command) == 0
    assert list((tmp_path / "data" / "val").glob("shard-*.safetensors"))
    assert main([*command, "--data", str(tmp_path / "mine")]) == 0
    assert list((tmp_path / "mine" / "val").glob("shard-*.safetensors"))
    assert {path.name for path in tmp_path.iterdir()} == {"data", "mine"}


def test_smoke_goes_through_every_stage(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The recipe for fresh clones: data, autoencoder, teacher, distill, maps, publish, then a picture."""
    model = tmp_path / "models" / "smoke-64"
    command = ["train", "all", "--recipe", "smoke", "--out", str(tmp_path), "--model", str(model)]
    assert main(command) == 0
    assert capsys.readouterr().out.strip() == str(model)
    picture = tmp_path / "red.png"
    drawing = [
        "render",
        "a red potion",
        "--size",
        "64x64",
        "--model",
        str(model),
        "-o",
        str(picture),
    ]
    assert main(drawing) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert main([*drawing, "--alpha", "--maps", str(tmp_path / "maps")]) == 0
    assert (tmp_path / "maps" / "red_normal.png").exists()
    assert main(command) == 0  # all of it is done already
