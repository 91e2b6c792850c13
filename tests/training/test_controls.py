"""Drawings: what the two channels mean, whatever was drawn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from studio_app.scene.openpose import draw_pose
from studio_app.training import controls
from studio_app.training.controls import (
    banded,
    blurred,
    draw_depths,
    draw_figures,
    draw_poses,
    mirrored_joints,
    silhouettes,
    sketched,
)

CPU = torch.device("cpu")


def disc(count: int = 64, size: int = 64) -> tuple[Tensor, Tensor]:
    """Depth 200 in a disc on a ground of 60, sky 0; and the disc as subject."""
    ys, xs = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    inside = (xs - 32) ** 2 + (ys - 30) ** 2 < 16**2
    depth = torch.where(inside, 200, torch.where(ys > 40, 60, 0)).to(torch.uint8)
    return depth.repeat(count, 1, 1), (inside * 255).to(torch.uint8).repeat(count, 1, 1)


def drawn(seed: int = 0, count: int = 64) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return draw_depths(*disc(count), generator, np.random.default_rng(seed))


def pen(count: int, seed: int = 0) -> controls.Pen:
    generator = torch.Generator().manual_seed(seed)
    return controls.Pen(count, CPU, generator, np.random.default_rng(seed))


def test_shape_range_and_what_is_unknown_says_nothing():
    picture = drawn()
    assert picture.shape == (64, 2, 64, 64)
    assert picture.dtype == torch.float32
    value, known = picture.unbind(1)
    assert set(known.unique().tolist()) == {0.0, 1.0}
    assert value.min() >= 0 and value.max() <= 1
    assert bool((value[known == 0] == 0).all())


def test_the_same_draw_is_the_same_drawing():
    torch.testing.assert_close(drawn(3), drawn(3), rtol=0, atol=0)
    assert not torch.equal(drawn(3), drawn(4))


def test_a_good_share_is_exact_and_a_good_share_is_partly_unknown():
    picture = drawn(count=400)
    exact = (picture[:, 0] - disc(400)[0].float() / 255).abs().amax((1, 2)) < 1e-6
    whole = picture[:, 1].mean((1, 2)) == 1
    assert 0.15 < (exact & whole).double().mean() < 0.45
    assert 0.3 < (~whole).double().mean() < 0.8


def test_the_depth_drawn_is_near_the_depth_meant():
    value, known = drawn(count=200).unbind(1)
    subject = disc(200)[1] > 0
    inside = value[(known > 0) & subject]
    assert 0.5 < inside.median() < 0.9
    outside = value[(known > 0) & ~subject]
    assert outside.median() < 0.3


def test_bands_keep_the_background():
    value = torch.linspace(0, 1, 101).view(1, 1, -1)
    bands = banded(value, torch.tensor([4.0]))
    assert bands[0, 0, 0] == 0
    assert len(bands.unique()) == 5
    assert (bands[value > 0] - value[value > 0]).abs().max() <= 0.126


def test_silhouettes_are_flat():
    mask = (disc(2)[1] > 0).float()
    flat = silhouettes(mask, torch.tensor([0.4, 0.9]))
    assert flat[0].unique().tolist() == pytest.approx([0, 0.4])
    assert flat[1].unique().tolist() == pytest.approx([0, 0.9])


def test_dabs_know_only_what_they_painted():
    depth, subject = disc(16)
    value, known = controls.dabs(depth.float() / 255, (subject > 0).float(), pen(16))
    assert bool((value[known == 0] == 0).all())
    assert bool((known.mean((1, 2)) > 0).all())
    assert known.mean() < 0.8
    assert (value[known > 0] - 200 / 255).abs().median() < 0.1


def test_holes_take_a_part():
    known = controls.holes(64, pen(50))
    share = 1 - known.mean((1, 2))
    assert share.min() > 0.05 and share.max() < 0.6


def test_blur_is_smooth_and_keeps_the_mean():
    value = disc(1)[0].float() / 255
    soft = blurred(value, 4)
    assert soft.diff(dim=2).abs().max() < 0.3 * value.diff(dim=2).abs().max()
    assert soft.mean() == pytest.approx(value.mean().item(), abs=0.02)


def figure() -> np.ndarray:
    rng = np.random.default_rng(0)
    joints = np.ones((18, 3), np.float32)
    joints[:, :2] = rng.uniform(10, 54, (18, 2))
    joints[16, 2] = 0
    return joints


def test_the_picture_of_a_pose_is_openposes():
    joints = np.stack([figure(), figure() * [1, 0.7, 1]]).astype(np.float32)
    theirs = np.stack([draw_pose(f[None], 64, 64) for f in joints])
    mine = draw_figures(torch.from_numpy(joints), 64)
    other = torch.from_numpy(theirs).permute(0, 3, 1, 2).float() / 255
    assert ((mine - other).abs().amax(1) > 1e-3).double().mean() < 1e-3


def test_poses_are_drawn_exactly_or_by_hand():
    joints = np.stack([figure()] * 40)
    pictures = draw_poses(joints, 64, np.random.default_rng(0), CPU)
    assert pictures.shape == (40, 3, 64, 64)
    exact = torch.from_numpy(draw_pose(figure()[None], 64, 64)).permute(2, 0, 1).float() / 255
    same = (pictures == exact).flatten(1).all(1).double().mean()
    assert 0.2 < same < 0.6


def test_nobody_is_black():
    nobody = np.zeros((2, 18, 3), np.float32)
    assert draw_poses(nobody, 64, np.random.default_rng(0), CPU).max() == 0
    assert draw_poses(nobody[:0], 64, np.random.default_rng(0), CPU).shape == (0, 3, 64, 64)


def test_a_sketch_invents_no_joint():
    for seed in range(30):
        rough = sketched(figure(), np.random.default_rng(seed))
        assert rough[16, 2] == 0
        assert np.isfinite(rough).all()


def test_a_mirror_swaps_left_and_right():
    joints = np.stack([figure()])
    mirrored = mirrored_joints(joints, 64)
    assert mirrored[0, 2, 0] == pytest.approx(64 - joints[0, 5, 0])
    np.testing.assert_allclose(mirrored_joints(mirrored, 64), joints, atol=1e-4)
