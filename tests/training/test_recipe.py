"""Recipes: the shipped ones, and broken ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio_app.core.errors import StudioError
from studio_app.core.resources import resources_dir
from studio_app.training.recipe import load_recipe

SHIPPED = sorted((resources_dir() / "recipes").glob("*.toml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_recipe_is_named_after_its_file(path: Path):
    recipe = load_recipe(path)
    assert recipe.name == path.stem
    assert recipe.size % 64 == 0


def test_all_are_shipped():
    assert {path.stem for path in SHIPPED} >= {"smoke", "cpu", "gpu"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ('seed = "many"', "seed"),
        ("colour = 3", "colour"),
        ('[teacher.plan]\nlr = "fast"', "teacher.plan.lr"),
        ("[teacher.plan", "TOML"),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, change: str, said: str):
    text = "[autoencoder.plan]\n[autoencoder.finish]\n[distill.plan]\n"
    base = 'name = "x"\n' + (change + "\n" if not change.startswith("[") else "")
    end = change if change.startswith("[") else "[teacher.plan]"
    path = tmp_path / "x.toml"
    path.write_text(base + text + end + "\n")
    with pytest.raises(StudioError) as caught:
        load_recipe(path)
    assert said in str(caught.value)


def test_a_missing_recipe_is_said(tmp_path: Path):
    with pytest.raises(StudioError, match="cannot be read"):
        load_recipe(tmp_path / "none.toml")


def test_the_recipe_says_which_world(tmp_path: Path) -> None:
    recipes = resources_dir() / "recipes"
    assert load_recipe(recipes / "cpu.toml").world.vocabulary == "core"
    assert load_recipe(recipes / "gpu.toml").world.vocabulary == "full"
    text = (
        (recipes / "cpu.toml").read_text().replace("[world]", '[world]\nformats = ["1:1", "3:2"]')
    )
    (tmp_path / "wide.toml").write_text(text)
    with pytest.raises(StudioError) as caught:
        load_recipe(tmp_path / "wide.toml")
    assert "1:1" in caught.value.detail
