"""Figures of a model, and sheets of what it draws."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio_app.core.errors import StudioError
from studio_app.training.evaluate import evaluate, sharpness
from studio_app.training.sheet import committed_prompts, parse_prompts, save_image, sheet


def test_the_figures_of_a_model(tiny_run):
    figures = evaluate(tiny_run.model, tiny_run.data, 2)
    expected = {"steps1_gap", "steps2_gap", "steps4_gap", "steps8_gap", "sharpness"}
    assert figures.keys() == expected | {"ae_psnr", "ae_psnr_subject"}
    assert all(np.isfinite(value) for value in figures.values())


def test_what_is_not_measured_is_absent(tiny_run):
    assert "ae_psnr" not in evaluate(tiny_run.model, None, 2)


def test_blur_is_less_sharp():
    rng = np.random.default_rng(0)
    noise = rng.uniform(0, 255, (2, 32, 32, 3)).astype(np.float32)
    assert sharpness(noise) > 2 * sharpness(
        (noise + np.roll(noise, 1, 1) + np.roll(noise, 1, 2)) / 3
    )
    assert sharpness(np.full((1, 16, 16, 3), 9, np.float32)[:, 1:-1]) < 20


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
        assert picture.size == (3 * 16, 2 * (16 + 22))


def test_pictures_are_saved_as_they_are(tmp_path: Path):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3)).astype(np.uint8)
    save_image(tmp_path / "a.png", pixels)
    with Image.open(tmp_path / "a.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), pixels)
