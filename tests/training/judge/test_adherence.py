"""`underpaint eval --obedience`: outlines are read off the picture, and the command prints every figure."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from studio_app.cli import main
from studio_app.training import outlines
from studio_app.training.outlines import by_hand, exact, overlap, paint, placed, standing

SIZE = 128
SHOWN = {
    "obey_up", "obey_rot", "obey_small", "obey_thin", "obey_up_ceiling", "obey_rot_ceiling",
    "obey_small_ceiling", "obey_thin_ceiling", "obey_hand_rot", "obey_hand_small",
    "obey_hand_unknown", "obey_dabs", "obey_hand_rot_drawn", "obey_hand_small_drawn",
    "obey_hand_unknown_drawn", "obey_dabs_drawn", "obey_scene", "obey_scene_ceiling", "obey_blockout",
    "strength_monotonic", "obey_strength_0", "obey_strength_0.5", "obey_strength_1",
    "obey_strength_1.5", "obey_strength_2",
}  # fmt: skip


def ovals(count: int = 6) -> tuple[torch.Tensor, torch.Tensor]:
    ys, xs = np.mgrid[0:SIZE, 0:SIZE] / 2
    masks = [((xs - 32) / (8 + i)) ** 2 + ((ys - 30) / 24) ** 2 < 1 for i in range(count)]
    subject = torch.from_numpy(np.stack(masks)).to(torch.uint8) * 255
    return torch.where(subject > 0, 170, 0).to(torch.uint8), subject


def test_what_is_obeyed_wholly_overlaps_wholly():
    depth, subject = ovals()
    for placing in (outlines.upright, outlines.rolled, outlines.shrunk, outlines.thinned):
        values, mask, _ = placed(depth, subject, placing)
        assert overlap(mask.numpy() / 255, mask).min() == 1
        drawn = exact(values, mask)
        assert (drawn[:, 1] == 1).all() and overlap(drawn[:, 0].numpy() > 0, mask).min() > 0.85
    # The upright thing is no answer to a drawing that is not.
    assert overlap(subject.numpy(), placed(depth, subject, outlines.rolled)[1]).mean() < 0.6
    assert overlap(subject.numpy(), placed(depth, subject, outlines.shrunk)[1]).mean() < 0.6


def test_a_drawing_is_the_same_whoever_else_is_drawn():
    depth, subject = ovals()
    whole = by_hand(depth, subject, background=True)
    assert torch.equal(by_hand(depth[:2], subject[:2], background=True), whole[:2])
    assert (whole[:, 1] == 1).all()
    assert (by_hand(depth, subject, background=False)[:, 1].mean((1, 2)) < 0.9).all()
    dabs = by_hand(depth, subject, background=False, dabs=True)
    assert overlap(dabs[:, 1].numpy(), subject).mean() > 0.6


def test_what_is_painted_is_neither_background_nor_unknown():
    depth, subject = ovals()
    unknown, background = (by_hand(depth, subject, background=b) for b in (False, True))
    assert torch.equal(paint(unknown), unknown[:, 1])
    assert torch.equal(paint(background), paint(unknown))
    assert 0.7 < overlap(paint(background).numpy(), subject).mean() < 1


def test_what_stands_on_a_ground_is_told_from_it():
    ys, xs = np.mgrid[0:64, 0:64]
    ground = np.clip((ys - 20) / 60, 0, 1)
    subject = (abs(xs - 32) < 10) & (ys > 12) & (ys < 50)
    depth = np.where(subject, 0.6, ground)[None]
    assert overlap(standing(depth), torch.from_numpy(subject[None] * 255)).min() > 0.95


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_command_prints_every_figure(
    maps_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    words = ["eval", str(maps_model), "--obedience", "--count", "2", "--cache", str(tmp_path)]
    assert main([*words, "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)["figures"]
    assert {key for key in figures if not key.endswith("_mean")} == SHOWN
    assert all(np.isfinite(value) for value in figures.values())


def test_a_model_without_maps_is_told(tiny_model: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["eval", str(tiny_model), "--obedience", "--json"]) != 0
    assert "can't be measured" in capsys.readouterr().err
