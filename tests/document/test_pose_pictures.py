"""OpenPose pictures are read back into people."""

from __future__ import annotations

import numpy as np
import pytest

from studio_app.document import newcomers
from studio_app.document.pose_pictures import people_in
from studio_app.scene.openpose import draw_pose
from studio_app.ui.canvas import figures


@pytest.mark.parametrize("side", [256, 512])
@pytest.mark.parametrize("pose", ["standing", "t_pose", "running", "cheering", "sword_raised"])
def test_there_and_back(pose: str, side: int):
    joints = newcomers.new_person(pose, side, side).joints
    (found,) = people_in(draw_pose(joints, side, side))
    there = found.joints[:, 2] > 0
    assert there.sum() >= 14
    off = np.hypot(*(found.joints - joints)[there, :2].T)
    assert np.median(off) < 1.5
    assert off.max() < 6


def test_two_people_stay_two():
    first = newcomers.new_person("standing", 512, 512)
    second = newcomers.new_person("t_pose", 512, 512)
    left = figures.dragged((first,), figures.Grip(0, None), -150, 0)[0]
    right = figures.scaled(figures.dragged((second,), figures.Grip(0, None), 130, 0), 0, 0.5)[0]
    picture = draw_pose(np.stack([left.joints, right.joints]), 512, 512)
    found = people_in(picture)
    assert len(found) == 2
    middles = sorted(float(p.joints[p.joints[:, 2] > 0, 0].mean()) for p in found)
    assert middles[0] == pytest.approx(left.joints[:, 0].mean(), abs=8)
    assert middles[1] == pytest.approx(right.joints[:, 0].mean(), abs=8)


def test_nobody_is_found_where_nobody_is():
    chance = np.random.default_rng(1)
    assert people_in(np.zeros((64, 64, 3), np.uint8)) == ()
    assert people_in(np.full((64, 64, 3), 255, np.uint8)) == ()
    assert people_in(chance.integers(0, 256, (96, 96, 3), np.uint8)) == ()
    dots = np.zeros((64, 64, 3), np.uint8)
    dots[10:14, 10:14] = (255, 0, 0)
    assert people_in(dots) == ()
