"""The flat OpenPose figure: missing joints, bones that keep their length, mirroring."""

from __future__ import annotations

import numpy as np
import pytest

from studio_app.scene.figure import (
    ENDS,
    LEFT_HIP,
    LEFT_RIGHT,
    NECK,
    RIGHT_HIP,
    STANDING,
    Joints,
    mirrored,
    placed,
    pulled,
)
from studio_app.scene.openpose import LIMBS

RNG = np.random.default_rng(5)


def figure(turn: float = 0.0, scale: float = 200.0) -> Joints:
    c, s = np.cos(turn), np.sin(turn)
    joints = np.ones((18, 3), np.float32)
    joints[:, :2] = STANDING @ (scale * np.array([[c, -s], [s, c]])).T + (130, 20)
    return joints


def lengths(joints: Joints) -> np.ndarray:
    return np.array([np.hypot(*(joints[a, :2] - joints[b, :2])) for a, b in LIMBS])


@pytest.mark.parametrize("turn", [0.0, 0.6, -2.0, 3.1])
@pytest.mark.parametrize("missing", [[4], [0, 14, 15, 16, 17], [1, 2, 5], list(range(2, 14))])
def test_missing_joints_are_placed_as_the_others_stand(turn: float, missing: list[int]):
    whole = figure(turn)
    torn = whole.copy()
    torn[missing] = 0.0
    found = placed(torn)
    assert np.abs(found[:, :2] - whole[:, :2]).max() < 1.0
    assert not found[missing, 2].any()
    assert np.array_equal(placed(whole), whole)


def test_a_hidden_joint_keeps_its_own_place():
    hidden = figure()
    hidden[4] = (3.0, 4.0, 0.0)
    assert placed(hidden)[4].tolist() == [3.0, 4.0, 0.0]


def test_one_joint_alone_gets_a_body_and_none_gets_none():
    alone = np.zeros((18, 3), np.float32)
    assert placed(alone) is alone
    alone[1] = (50, 60, 1)
    found = placed(alone)
    assert np.isfinite(found).all()
    assert found[10, 1] > found[1, 1] > found[0, 1]


@pytest.mark.parametrize("joint", range(18))
def test_every_joint_drags_without_stretching_a_bone(joint: int):
    joints = figure(0.3)
    before = lengths(joints)
    for x, y in RNG.uniform(-300, 500, (12, 2)):
        joints = pulled(joints, joint, float(x), float(y))
        assert np.isfinite(joints).all()
        assert lengths(joints) == pytest.approx(before, rel=2e-3)


@pytest.mark.parametrize("end", ENDS)
def test_a_hand_or_foot_within_reach_is_where_it_was_put(end: int):
    joints = figure()
    x, y = joints[end, :2] + (6, -25)
    after = pulled(joints, end, float(x), float(y))
    assert after[end, :2] == pytest.approx([x, y], abs=1e-2)


def bend(joints: Joints) -> float:
    """The side to which the right elbow bends, as a sign."""
    (ax, ay), (bx, by) = joints[3, :2] - joints[2, :2], joints[4, :2] - joints[2, :2]
    return float(np.sign(ax * by - ay * bx))


def test_an_elbow_goes_on_bending_to_its_side():
    joints = figure()
    bent = pulled(joints, 4, float(joints[4, 0]) - 5, float(joints[4, 1]) - 40)
    side = bend(bent)
    for _ in range(9):
        bent = pulled(bent, 4, float(bent[4, 0]) - 1, float(bent[4, 1]) - 6)
        assert bend(bent) == side


@pytest.mark.parametrize("turn", [0.0, 0.5, 1.4])
def test_a_mirror_image_stands_on_its_own_axis(turn: float):
    joints = figure(turn)
    joints = pulled(joints, 4, float(joints[4, 0]) - 40, float(joints[4, 1]) - 60)
    image = mirrored(joints)
    assert image[NECK] == pytest.approx(joints[NECK])
    hips = [RIGHT_HIP, LEFT_HIP]
    assert image[hips].mean(0) == pytest.approx(joints[hips].mean(0), abs=1e-2)
    assert lengths(image) == pytest.approx(lengths(joints)[_other_limbs()], rel=1e-3)
    assert mirrored(image) == pytest.approx(joints, abs=1e-2)


def test_a_hidden_joint_is_hidden_on_the_other_side():
    joints = figure()
    joints[4, 2] = 0.0
    image = mirrored(joints)
    assert image[4, 2] == 1.0
    assert image[7, 2] == 0.0


def _other_limbs() -> list[int]:
    """Of each limb the one on the other side."""
    other = dict(LEFT_RIGHT) | {b: a for a, b in LEFT_RIGHT}
    swapped = [(other.get(a, a), other.get(b, b)) for a, b in LIMBS]
    return [LIMBS.index(limb) for limb in swapped]
