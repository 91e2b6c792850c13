"""A warped picture is one picture: what is drawn of it lies where it lies."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from studio_app.training.warps import (
    Warp,
    random_warp,
    warped_joints,
    warped_plane,
    warped_rgb,
)

SIZE = 64


def blob() -> tuple[torch.Tensor, torch.Tensor, np.ndarray]:
    """A bright bar left of the middle on grey: picture, mask, and joints at two of its corners and outside."""
    mask = torch.zeros(1, SIZE, SIZE, dtype=torch.uint8)
    mask[:, 20:44, 12:28] = 255
    rgb = torch.where(mask[..., None] > 0, 250, 128).to(torch.uint8).expand(1, SIZE, SIZE, 3)
    joints = np.zeros((1, 18, 3), np.float32)
    joints[0, :, :2] = 20, 32
    joints[0, :, 2] = 1
    joints[0, 2] = 14, 22, 1  # the right shoulder
    return rgb, mask, joints


@pytest.mark.parametrize(
    "warp",
    [
        Warp(roll=70),
        Warp(wide=0.5),
        Warp(high=1.4, y=0.2),
        Warp(-30, 0.6, 0.8, 0.3, -0.2),
        Warp(20, 0.9, 0.9, mirrored=True),
    ],
)
def test_depth_mask_and_joints_move_with_the_picture(warp: Warp):
    rgb, mask, joints = blob()
    picture = warped_rgb(rgb, [warp])[0].numpy()
    moved = warped_plane(mask, [warp])[0].numpy()
    bright = picture[..., 0] > 189  # half-way from the grey around it to the bar
    assert (bright != (moved > 127)).mean() < 0.01
    assert 0 < (moved > 127).sum() < SIZE * SIZE
    for x, y, seen in warped_joints(joints, [warp], SIZE, SIZE)[0]:
        assert seen == 1
        around = bright[max(0, int(y) - 2) : int(y) + 3, max(0, int(x) - 2) : int(x) + 3]
        assert around.any()  # every joint was inside the bar
    centre = joints[0, 0, :2]
    there = warped_joints(joints, [warp], SIZE, SIZE)[0, 0, :2]
    ys, xs = np.nonzero(bright)
    np.testing.assert_allclose(there, (xs.mean() + 0.5, ys.mean() + 0.5), atol=1)
    assert warp == Warp() or not np.allclose(centre, there)


def test_what_lies_around_is_grey_and_unpainted():
    rgb, mask, _ = blob()
    corner = (0, 0)
    assert (warped_rgb(rgb, [Warp(wide=0.3, high=0.3)])[0][corner] == 128).all()
    assert warped_plane(mask, [Warp(wide=0.3, high=0.3)])[0][corner] == 0


def test_a_roll_turns_clockwise():
    _, mask, _ = blob()
    ys, xs = np.nonzero(warped_plane(mask, [Warp(roll=90)])[0].numpy() > 127)
    assert ys.mean() < SIZE / 2 - 8 and abs(xs.mean() - SIZE / 2) < 2  # left of the middle goes up


def test_in_a_mirror_left_is_right_and_what_leaves_the_picture_is_unseen():
    _, _, joints = blob()
    moved = warped_joints(joints, [Warp(mirrored=True)], SIZE, SIZE)[0]
    np.testing.assert_allclose(moved[5], (SIZE - 14, 22, 1))  # the left shoulder now
    gone = warped_joints(joints, [Warp(x=-1.5)], SIZE, SIZE)[0]
    assert (gone[:, 2] == 0).all()


def test_what_has_surroundings_never_shows_what_is_outside():
    white = torch.full((32, 16, 16, 3), 255, dtype=torch.uint8)
    warps = [random_warp(np.random.default_rng(i), isolated=False) for i in range(32)]
    assert (warped_rgb(white, warps)[:, 1:-1, 1:-1] == 255).all()
    turns = [abs(random_warp(np.random.default_rng(i), isolated=True).roll) for i in range(40)]
    assert max(turns) > 120 and min(turns) < 20
