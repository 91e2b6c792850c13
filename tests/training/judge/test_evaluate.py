"""Figures of a model, and sheets of what it draws."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio_app.core.errors import StudioError
from studio_app.engine.device import best_device
from studio_app.engine.families.registry import load_model
from studio_app.training.judge.drawing import Artist
from studio_app.training.judge.evaluate import autoencoder_figures, step_gaps
from studio_app.training.judge.questions import question
from studio_app.training.layout import Plan, save_image
from studio_app.training.sheet import committed_prompts, parse_prompts, sheet


def test_a_student_is_compared_with_its_teacher(tiny_run):
    artist = Artist(load_model(str(tiny_run.model), best_device()))
    figures = step_gaps(artist, [question(0), question(1)])
    assert figures.keys() == {"steps1_gap", "steps2_gap", "steps4_gap", "steps8_gap"}
    assert all(np.isfinite(found.value) and good == "low" for found, good in figures.values())


def test_what_an_autoencoder_keeps(tiny_run):
    figures = autoencoder_figures(tiny_run.model, tiny_run.data, 2)
    assert figures.keys() == {"ae_psnr", "ae_psnr_subject"}


def test_sixteen_prompts_are_committed():
    prompts = committed_prompts()
    assert len(prompts) == 16
    assert {kind for kind, _ in prompts} == {"scene", "character", "isolated", "texture"}


@pytest.mark.parametrize("line", ["a red potion", "portrait | a king", "scene |"])
def test_a_broken_prompt_line_is_named(line: str):
    with pytest.raises(StudioError, match="prompt cannot be read"):
        parse_prompts(line)


def test_a_sheet_has_every_prompt_and_seed(tiny_run, tmp_path: Path):
    prompts = parse_prompts("# two\nscene | a red disc\n\ntexture | red discs\n")
    path = tmp_path / "sheet.png"
    sheet(tiny_run.model, prompts, (1, 2, 3), path, steps=1, scale=0.25, columns=1)
    with Image.open(path) as picture:
        assert picture.size == Plan(1, (16, 16), 3, 2).size


def test_pictures_are_saved_as_they_are(tmp_path: Path):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3)).astype(np.uint8)
    save_image(tmp_path / "a.png", pixels)
    with Image.open(tmp_path / "a.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), pixels)
