"""A student that is moved by what its teacher learnt, and held to what it drew before."""

from __future__ import annotations

import copy
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from studio_app.core.errors import StudioError
from studio_app.engine.diffusion.schedule import predict_x0_eps
from studio_app.training.corpus import open_corpus, open_vae
from studio_app.training.loop import Draw
from studio_app.training.recipe import Distill, Plan
from studio_app.training.stages import distill
from studio_app.training.stages.keeping import Keeper, move
from studio_app.training.stages.teacher import Networks, load_networks, predict
from studio_app.training.stages.trajectories import FOLDER
from studio_app.training.tokenizer import load_tokenizer

CPU = torch.device("cpu")


def draw(seed: int, size: int = 16) -> Draw:
    return Draw(seed, 0.5, size, torch.Generator().manual_seed(seed), np.random.default_rng(seed))


@pytest.fixture(scope="module")
def keeper(tiny_run) -> Keeper:
    """A student and one that was moved far from it, both with the text encoder they had."""
    vae = open_vae(tiny_run.recipe, tiny_run.out, None, CPU)
    tokenizer = load_tokenizer(tiny_run.out / "tokenizer")
    corpus = open_corpus(tiny_run.recipe, tiny_run.data, tiny_run.out, vae, tokenizer)
    networks = load_networks(tiny_run.recipe, tiny_run.out, tokenizer, CPU)
    for module in networks.modules().values():
        module.requires_grad_(False)
    moved = copy.deepcopy(networks.unet)
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in moved.parameters():
            parameter += 0.05 * torch.randn_like(parameter)
    return Keeper(networks, replace(networks, unet=moved), corpus, 8.0)


def test_the_student_is_moved_by_what_the_teacher_learnt(keeper: Keeper):
    old, new = keeper.before.unet, keeper.moved.unet
    student = copy.deepcopy(old)
    with torch.no_grad():
        for parameter in student.parameters():
            parameter += 1.0
    move(student, new, old)
    for name, parameter in student.named_parameters():
        wanted = dict(new.named_parameters())[name] + 1.0
        torch.testing.assert_close(parameter, wanted, rtol=1e-5, atol=1e-5)


def test_without_a_drawing_the_old_student_answers_and_with_one_the_moved(keeper: Keeper):
    jumps = lambda d, place: distill.draw_jumps(  # noqa: E731
        Distill(plan=Plan()), d, place
    )
    alone = together = 0
    for seed in range(6):
        lesson = keeper.lesson(draw(seed), jumps)
        batch = keeper.corpus.draw(draw(seed))
        drawn = set()
        if not batch.wraps:
            drawn = {*batch.depth.rows.tolist(), *batch.pose.rows.tolist()}
        else:
            assert lesson.wraps and lesson.controls is None
            continue
        answers = {
            name: answer(networks, lesson, None if name == "before" else lesson.controls)
            for name, networks in (("before", keeper.before), ("moved", keeper.moved))
        }
        for row in range(16):
            name = "moved" if row in drawn else "before"
            torch.testing.assert_close(lesson.wanted[row], answers[name][row], rtol=1e-3, atol=1e-3)
            alone += row not in drawn
            together += row in drawn
    assert alone > 5 and together > 5


def answer(networks: Networks, lesson, controls) -> torch.Tensor:
    with torch.no_grad():
        v = predict(
            networks.unet, lesson.x_t, lesson.t, lesson.words, controls, lesson.condition
        ).float()
    return predict_x0_eps(v, lesson.x_t, lesson.t)[0]


def test_what_was_lost_comes_back_without_a_way(tiny_run, keeper: Keeper):
    plan = Plan(steps=40, batch=16, lr=2e-3)
    settings = tiny_run.recipe.distill.model_copy(update={"plan": plan, "moved": True, "kept": 1.0})
    recipe = tiny_run.recipe.model_copy(update={"distill": settings})
    student = copy.deepcopy(keeper.moved.unet).requires_grad_(True)
    stage = distill.Stage(recipe, keeper.moved, student, keeper.corpus, [], keeper)
    optimizer = torch.optim.AdamW(student.parameters(), lr=2e-3)
    losses: list[float] = []
    for step in range(40):
        loss = stage.loss(draw(step))["loss"]
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert np.mean(losses[-8:]) < 0.7 * np.mean(losses[:4])


def test_a_move_needs_a_student_to_begin_from(tiny_run, tmp_path):
    settings = tiny_run.recipe.distill.model_copy(update={"moved": True, "kept": 1.0})
    recipe = tiny_run.recipe.model_copy(update={"distill": settings})
    with pytest.raises(StudioError, match="no student to move"):
        distill.train(recipe, tiny_run.data, tiny_run.out)
    with pytest.raises(ValidationError, match="moved = true"):
        Distill(plan=Plan(), kept=0.5)


def test_the_stage_moves_keeps_and_draws_no_way(tiny_run, tmp_path):
    out = tmp_path / "run"
    ignored = shutil.ignore_patterns("models", "distill")
    shutil.copytree(tiny_run.out, out, ignore=ignored)
    settings = tiny_run.recipe.distill.model_copy(update={"moved": True, "kept": 1.0})
    recipe = tiny_run.recipe.model_copy(update={"distill": settings})
    distill.train(recipe, tiny_run.data, out, tiny_run.model)
    assert (out / "distill" / "state.safetensors").exists()
    assert not (out / "distill" / FOLDER).exists()
