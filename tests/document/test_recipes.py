"""Recipes inside pictures."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from studio_app.core.controls import Control
from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.document.pictures import write_png
from studio_app.document.recipes import parameters_text, read_recipe, recipe_texts

PIXELS = np.zeros((64, 64, 3), np.uint8)


def test_a_picture_gives_its_request_back(tmp_path: Path):
    depth = np.random.default_rng(0).random((64, 64), np.float32)
    request = GenerationRequest(
        "a “potion”", width=64, height=64, controls=(Control("depth", depth),)
    )
    write_png(tmp_path / "a.png", PIXELS, recipe_texts(request))
    assert read_recipe(tmp_path / "a.png") == request


def test_parameters_follow_the_grammar_of_their_readers():
    request = GenerationRequest(
        "a potion,\ntwo lines", negative_prompt="blue", model="/x/my: model"
    )
    lines = parameters_text(request).split("\n")
    assert lines[0] == "a potion,"
    assert lines[2] == "Negative prompt: blue"
    assert lines[-1].startswith("Steps: 4, ")
    pattern = re.compile(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')
    found = dict(pattern.findall(lines[-1]))
    assert found["Seed"] == "0"
    assert found["Size"] == "256x256"
    assert found["Model"] == '"my: model"'


def test_pictures_without_a_recipe_are_refused(tmp_path: Path):
    write_png(tmp_path / "a.png", PIXELS)
    with pytest.raises(StudioError, match="no recipe"):
        read_recipe(tmp_path / "a.png")
    write_png(tmp_path / "a.png", PIXELS, {"underpaint": "{"})
    with pytest.raises(StudioError, match="JSON"):
        read_recipe(tmp_path / "a.png")
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8")
    with pytest.raises(StudioError, match="not a PNG"):
        read_recipe(tmp_path / "a.jpg")
