"""Bodies on the bones of flat figures."""

from __future__ import annotations

import numpy as np
import pytest

from studio_app.document.newcomers import new_person, pose_names
from studio_app.scene.fleshing import fleshed

SHOULDER, ELBOW, WRIST = 2, 3, 4


def standing(side: int = 256) -> np.ndarray:
    return new_person("standing", side, side).joints.copy()


def test_every_joint_lies_in_the_body_and_the_corners_do_not():
    joints = standing()
    depth, known = fleshed(joints[None], 256, 256)
    assert depth.dtype == np.float32
    assert ((known == 255) == (depth > 0)).all()
    for x, y, _ in joints:
        assert known[int(y), int(x)]
    assert not known[[0, 0, -1, -1], [0, -1, 0, -1]].any()
    assert 0.6 < depth[known > 0].min() < depth.max() < 0.9


@pytest.mark.parametrize("pose", pose_names()[::6])
def test_it_grows_with_the_figure(pose: str):
    small, large = (
        fleshed(new_person(pose, side, side).joints[None], side, side)[1] for side in (128, 512)
    )
    assert (small > 0).mean() == pytest.approx((large > 0).mean(), rel=0.1)


def test_a_hidden_limb_has_no_flesh():
    joints = standing()
    _, whole = fleshed(joints[None], 256, 256)
    x, y = joints[WRIST, :2].astype(int)
    joints[[ELBOW, WRIST], 2] = 0
    _, known = fleshed(joints[None], 256, 256)
    assert whole[y, x]
    assert not known[y, x]
    assert (known <= whole).all()


def test_a_limb_is_round_and_nearer_in_its_middle():
    joints = np.zeros((18, 3), np.float32)
    joints[SHOULDER], joints[ELBOW] = (40, 100, 1), (200, 100, 1)
    depth, known = fleshed(joints[None], 256, 256)
    column = depth[:, 120][known[:, 120] > 0]
    assert column.argmax() == pytest.approx(len(column) / 2, abs=1.5)
    assert (np.diff(column[: len(column) // 2 - 1]) >= 0).all()
    assert (known[:, 60] > 0).sum() > (known[:, 180] > 0).sum()  # it tapers


def test_two_people_and_one_who_stands_outside():
    left, right = standing(), standing()
    left[:, 0] -= 60
    right[:, 0] += 400
    _, known = fleshed(np.stack([left, right]), 256, 256)
    _, alone = fleshed(left[None], 256, 256)
    assert (known == alone).all()


def test_of_nothing_nothing_is_made():
    for people in (np.zeros((0, 18, 3)), np.zeros((1, 18, 3)), np.ones((1, 18, 3))):
        depth, known = fleshed(people, 64, 48)
        assert depth.shape == known.shape == (48, 64)
        assert not known.any()
