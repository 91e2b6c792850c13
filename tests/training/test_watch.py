"""A teacher is watched while it learns: by its error on held-out pictures and by whether drawings are followed."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from studio_app.training.checkpoints import KEPT, averaged_weights, load_state
from studio_app.training.corpus import open_corpus, open_vae
from studio_app.training.loop import Draw, Run
from studio_app.training.networks import frozen, make_maps
from studio_app.training.recipe import Plan
from studio_app.training.stages import teacher
from studio_app.training.tokenizer import load_tokenizer
from studio_app.training.watch import OBEY, TIMES, Kept, Watch, open_decoder

CPU = torch.device("cpu")


def test_the_newest_weights_that_have_not_lost_it_are_kept(tmp_path: Path):
    kept = Kept(tmp_path, slack=0.02)
    said = [kept.wants({OBEY: score}) for score in (0.5, 0.7, 0.69, 0.6, 0.675, 0.71)]
    assert said == [True, True, True, False, False, True]
    assert kept.wants({"v_500": 0.2})  # nothing to tell by


def run_of(folder: Path, scores: list[float], steps: int) -> Run:
    torch.manual_seed(0)
    network = nn.Linear(2, 1)

    def loss(draw: Draw) -> dict[str, Tensor]:
        x = torch.randn(draw.size, 2, generator=draw.generator)
        return {"loss": (network(x)[:, 0] - x.sum(1)).square().mean()}

    plan = Plan(steps=steps, batch=8, lr=0.1, decay="none", save_minutes=0, watch_minutes=0)
    return Run(
        folder,
        plan,
        {"net": network},
        loss,
        CPU,
        autocast=False,
        watch=lambda: {OBEY: scores.pop(0)},
        keeps=Kept(folder).wants,
    )


def test_what_was_kept_is_what_later_stages_and_the_checkpoint_get(tmp_path: Path):
    run_of(tmp_path, [0.9, 0.1, 0.1, 0.1], 3).run()
    newest, kept = load_state(tmp_path), load_state(tmp_path / KEPT)
    assert newest is not None and kept is not None
    assert (newest.scalars["step"], kept.scalars["step"]) == (3, 1)
    found = averaged_weights(tmp_path, "net")
    assert found is not None
    assert torch.equal(found["weight"], kept.part("ema.net")["weight"])
    assert not torch.equal(found["weight"], newest.part("ema.net")["weight"])
    # It goes on from the newest, and knows what it has lost.
    again = run_of(tmp_path, [0.5, 0.89, 0.5, 0.5], 6)
    again.run()
    kept = load_state(tmp_path / KEPT)
    assert again.step == 6 and kept is not None and kept.scalars["step"] == 5
    with (tmp_path / "curve.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row.get(OBEY)]
    assert [float(row[OBEY]) for row in rows][:2] == [0.9, 0.1]


def test_the_teachers_log_gets_its_figures(tiny_run, tmp_path: Path):
    out = tmp_path / "run"
    shutil.copytree(tiny_run.out, out, ignore=shutil.ignore_patterns("models", "teacher"))
    said: list[str] = []
    plan = tiny_run.recipe.teacher.plan.model_copy(update={"watch_minutes": 0.0})
    settings = tiny_run.recipe.teacher.model_copy(update={"plan": plan})
    recipe = tiny_run.recipe.model_copy(update={"teacher": settings})
    teacher.train(recipe, tiny_run.data, out, progress=said.append)
    lines = [line for line in said if "held out" in line]
    assert len(lines) >= 4 and all(f"v_{t}" in lines[0] for t in TIMES)
    assert OBEY not in lines[0]  # the run has no decoder of maps
    assert load_state(out / "teacher" / KEPT) is not None


def test_an_outline_is_read_off_what_was_drawn(tiny_run, monkeypatch: pytest.MonkeyPatch):
    vae = open_vae(tiny_run.recipe, tiny_run.out, None, CPU)
    tokenizer = load_tokenizer(tiny_run.out / "tokenizer")
    held = open_corpus(tiny_run.recipe, tiny_run.data, tiny_run.out, vae, tokenizer, split="val")
    networks = teacher.load_networks(tiny_run.recipe, tiny_run.out, tokenizer, CPU)
    assert open_decoder(tiny_run.recipe, tiny_run.out, None, vae, CPU) is None
    figures = Watch(networks, held, frozen(make_maps(tiny_run.recipe.maps))).figures()
    assert set(figures) == {OBEY, *(f"v_{t}" for t in TIMES)}
    assert 0 <= figures[OBEY] <= 1 and all(np.isfinite(v) for v in figures.values())
    again = Watch(networks, held, frozen(make_maps(tiny_run.recipe.maps))).figures()
    assert again["v_500"] == figures["v_500"]  # the same noise every time
