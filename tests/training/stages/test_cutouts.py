"""What a drawn thing's matte leaves out becomes grey, and what it holds does not care."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from studio_app.training.corpus import open_vae
from studio_app.training.data import open_pictures
from studio_app.training.latents import encoder_digest
from studio_app.training.loop import Draw
from studio_app.training.networks import make_maps
from studio_app.training.stages import student
from studio_app.training.stages.cutouts import Cutouts, haze, open_cutouts, outside
from studio_app.training.stages.sharpen import Lesson

CPU = torch.device("cpu")
SIDE = 64


def disc(radius: float) -> torch.Tensor:
    ys, xs = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    return ((xs - 31.5) ** 2 + (ys - 31.5) ** 2 < radius * radius)[None, None].float()


def test_a_band_around_the_matte_and_all_beyond_are_outside_and_nothing_of_the_matte():
    matte = disc(14)
    around = outside(matte)
    assert set(around.unique().tolist()) == {0.0, 1.0}
    torch.testing.assert_close(around.sum(1, keepdim=True), 1 - matte)
    near = around[:, :1]
    assert (near >= disc(20) - matte).all()
    assert (near <= disc(27)).all()


def test_only_colour_outside_of_the_matte_is_haze():
    matte = disc(14)
    around = outside(matte)
    red = torch.tensor([0.8, -0.8, -0.8]).view(1, 3, 1, 1)
    clean = red * matte
    assert haze(clean, around) == 0
    soft = torch.nn.functional.avg_pool2d(clean, 5, 1, 2)
    assert haze(soft, around) > 0.02
    assert haze(soft * (1 - matte), around) == haze(soft, around)
    assert haze(clean, torch.zeros_like(around)) == 0


def test_a_scribble_far_from_the_matte_counts_as_much_as_haze_at_its_rim():
    around = outside(disc(14))
    near, far = around[:, :1], around[:, 1:]
    at_the_rim, far_off = (haze(0.2 * where.expand(1, 3, -1, -1), around) for where in (near, far))
    assert at_the_rim > 0.19
    torch.testing.assert_close(at_the_rim, far_off)


def test_crops_have_a_rim_and_the_matte_that_belongs_to_them():
    """The latents say, cell by cell, where the thing is."""
    cells = torch.nn.functional.avg_pool2d(disc(14), 8)
    cut = Cutouts(cells.expand(1, 4, -1, -1).half(), disc(14)[0] > 0.5)
    with torch.autocast("cpu", torch.bfloat16):  # as a run draws them
        latents, around = cut.draw(12, 4, np.random.default_rng(0))
    assert latents.dtype == torch.float32
    assert latents.shape == (12, 4, 4, 4) and around.shape == (12, 2, 32, 32)
    assert (around.flatten(1).sum(1) > 0).all()
    full = (latents[:, :1] == 1).float().repeat_interleave(8, 2).repeat_interleave(8, 3)
    assert (full * around).sum() == 0, "no crop has another's band"


@pytest.fixture(scope="module")
def model(tiny_run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny checkpoint with an untaught decoder of maps."""
    folder = tmp_path_factory.mktemp("with maps") / "tiny-64"
    shutil.copytree(tiny_run.model, folder)
    vae = open_vae(tiny_run.recipe, tiny_run.out, None, CPU)
    torch.manual_seed(0)
    network = make_maps(tiny_run.recipe.maps)
    network.register_to_config(latents_of=encoder_digest(vae))
    network.save_pretrained(folder / "maps")
    return folder


def wishing(recipe, **wishes):
    return recipe.model_copy(update={"sharpen": recipe.sharpen.model_copy(update=wishes)})


def test_the_student_draws_them_once(
    tiny_run, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    out = tmp_path / "run"
    shutil.copytree(tiny_run.out, out, ignore=shutil.ignore_patterns("models"))
    vae = open_vae(tiny_run.recipe, out, None, CPU)
    recipe = wishing(tiny_run.recipe, cutouts=32)
    first = open_cutouts(recipe, tiny_run.data, out, model, vae)
    assert first is not None
    assert first.latents.shape == (32, 4, 8, 8) and first.mattes.shape == (32, SIDE, SIDE)
    assert len(torch.unique(first.latents, dim=0)) == 32
    calls: list[int] = []
    monkeypatch.setattr(student, "drawn", lambda *given: calls.append(1))
    again = open_cutouts(recipe, tiny_run.data, out, model, vae)
    assert again is not None and not calls
    assert torch.equal(again.mattes, first.mattes)


def test_without_a_wish_or_a_maps_decoder_there_are_none(tiny_run, tmp_path: Path):
    vae = open_vae(tiny_run.recipe, tiny_run.out, None, CPU)
    given = tiny_run.data, tmp_path, tiny_run.model, vae
    assert open_cutouts(wishing(tiny_run.recipe, cutouts=0), *given) is None
    assert open_cutouts(wishing(tiny_run.recipe, cutouts=8), *given) is None
    assert not (tmp_path / student.FOLDER).exists()


def test_a_decoder_that_learns_from_them_leaves_less_haze(tiny_run):
    latents = torch.randn(8, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    cut = Cutouts(latents.half(), disc(14)[0].expand(8, -1, -1) > 0.5)
    around = outside(disc(14)).expand(8, -1, -1, -1)

    def left(weight: float) -> float:
        vae = open_vae(tiny_run.recipe, tiny_run.out, None, CPU)
        recipe = wishing(tiny_run.recipe, haze=weight, cut_share=0.5, adversarial=0.0)
        torch.manual_seed(0)
        lesson = Lesson(recipe, vae, open_pictures(tiny_run.data), None, cut)
        vae.decoder.requires_grad_(True)
        optimizer = torch.optim.AdamW(vae.decoder.parameters(), lr=2e-3)
        for step in range(30):
            chances = torch.Generator().manual_seed(step), np.random.default_rng(step)
            lesson.loss(Draw(step, 0.9, 16, *chances))["loss"].backward()
            optimizer.step()
            optimizer.zero_grad()
        with torch.no_grad():
            return float(haze(vae.decoder(latents), around))

    assert left(20.0) < 0.8 * left(0.0)


def test_crops_at_full_size_are_whole_cutouts():
    cut = Cutouts(torch.zeros(2, 4, 8, 8).half(), disc(14)[0].expand(2, -1, -1) > 0.5)
    latents, around = cut.draw(3, 8, np.random.default_rng(1))
    assert latents.shape == (3, 4, 8, 8)
    torch.testing.assert_close(around, outside(disc(14)).expand(3, -1, -1, -1))
    assert outside(torch.ones(1, 1, 8, 8)).sum() == 0
