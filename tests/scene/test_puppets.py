"""A flat figure becomes a rig that stands as it is drawn."""

from __future__ import annotations

import numpy as np
import pytest

from studio_app.scene.dressed import WORN, dressed_as_drawn
from studio_app.scene.mannequin import BODIES, POSES, solve
from studio_app.scene.puppets import NEEDED, puppet

BODY = BODIES["stylised"]
SIDE = 160


def drawn(pose: str, turn: float = 0.0, size: float = 0.7) -> np.ndarray:
    """A pose of the library as a figure [18, 3] in pixels of a square picture."""
    joints = solve(BODY, POSES[pose]).joints
    angle = np.radians(turn)
    x = joints[:, 0] * np.cos(angle) + joints[:, 2] * np.sin(angle)
    flat = np.column_stack([x, -joints[:, 1]])
    flat = (flat - (flat.min(0) + flat.max(0)) / 2) * (size * SIDE / np.ptp(flat, axis=0).max())
    return np.column_stack([flat + SIDE / 2, np.ones(18)])


@pytest.mark.parametrize("turn", [0, 70, 180])
@pytest.mark.parametrize("pose", POSES)
def test_every_pose_keeps_its_limbs_where_they_are_drawn(pose: str, turn: float):
    joints = drawn(pose, turn)
    made = puppet(joints, BODY)
    assert made is not None
    back = made.rig.joints[NEEDED, :2] * made.pixels * (1, -1)
    assert np.abs(back - joints[NEEDED, :2]).max() < 1e-6
    for bone in made.rig.bones.values():
        assert np.isfinite(bone.matrix).all() and np.linalg.det(bone.matrix[:3, :3]) > 0


def test_a_figure_from_the_front_is_that_of_the_library():
    rig = solve(BODY, POSES["t_pose"])
    made = puppet(drawn("t_pose"), BODY)
    assert made is not None
    assert made.pixels == pytest.approx(0.7 * SIDE / np.ptp(rig.joints[:, 0]), rel=0.05)
    for name in ("chest", "left_upper_arm", "right_lower_leg"):
        turned = made.rig.bones[name].matrix[:3, :3] @ rig.bones[name].matrix[:3, :3].T
        assert np.trace(turned) > 2.7, name  # by less than 32 degrees


def test_who_is_seen_from_behind_faces_away():
    front, behind = (puppet(drawn("t_pose", turn), BODY) for turn in (0, 180))
    assert front is not None and behind is not None
    assert (
        front.rig.bones["chest"].matrix[2, 2] > 0.9 > -0.9 > behind.rig.bones["chest"].matrix[2, 2]
    )


@pytest.mark.parametrize("outfit", WORN)
def test_clothes_are_where_the_figure_is(outfit: str):
    joints = drawn("hands_on_hips", size=0.6)
    depth = dressed_as_drawn(joints, outfit, 1, SIDE, SIDE)
    assert depth is not None and depth.shape == (SIDE, SIDE) and depth.max() <= 1
    worn = [depth[int(y), int(x)] > 0 for x, y, _ in joints[NEEDED]]
    assert np.mean(worn) > 0.8
    assert 0.05 < (depth > 0).mean() < 0.5


def test_a_figure_of_which_a_limb_is_hidden_is_no_puppet():
    joints = drawn("standing")
    joints[4, 2] = 0
    assert puppet(joints, BODY) is None
    assert dressed_as_drawn(joints, "knight", 1, SIDE, SIDE) is None
    one = np.column_stack([np.full((18, 2), 40.0), np.ones(18)])
    assert puppet(one, BODY) is None
    faceless = drawn("standing")
    faceless[[0, 1, 14, 15, 16, 17], 2] = 0
    assert dressed_as_drawn(faceless, "wizard", 1, SIDE, SIDE) is not None
