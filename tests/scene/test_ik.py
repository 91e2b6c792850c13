from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from studio_app.scene.body import Body
from studio_app.scene.ik import Limb, reach, two_bone
from studio_app.scene.mannequin import POSES, pose, solve
from studio_app.scene.skeleton import LIMITS

LIMBS = get_args(Limb)
ENDS = {
    limb: f"{limb.partition('_')[0]}_{'hand' if limb.endswith('arm') else 'foot'}" for limb in LIMBS
}


def random_limb(limb: str, rng: np.random.Generator) -> dict[str, float]:
    side, _, kind = limb.partition("_")
    ranges = (
        {
            "arm_forward": (-30, 150),
            "arm_out": (0, 80),
            "arm_twist": (-60, 60),
            "elbow_bend": (5, 140),
        }
        if kind == "arm"
        else {"leg_forward": (-20, 110), "leg_out": (-10, 50), "knee_bend": (5, 140)}
    )
    return {f"{side}_{k}": float(rng.uniform(*v)) for k, v in ranges.items()}


def test_two_bones_reach_what_they_can() -> None:
    rng = np.random.default_rng(0)
    for _ in range(100):
        start, target, pole = rng.normal(size=(3, 3))
        middle, end = two_bone(start, target, pole, 0.9, 0.7)
        assert np.linalg.norm(middle - start) == pytest.approx(0.9)
        assert np.linalg.norm(end - middle) == pytest.approx(0.7, abs=1e-4)
        distance = np.linalg.norm(target - start)
        if 0.2 < distance < 1.6:
            assert np.allclose(end, target)
            across = pole - (target - start) * (pole @ (target - start)) / distance**2
            assert across @ (middle - start) > 0
        else:
            assert np.linalg.norm(end - start) == pytest.approx(np.clip(distance, 0.2, 1.6))


def test_two_bones_stand_degenerate_targets() -> None:
    zero, down = np.zeros(3), np.array([0, -1.0, 0])
    for target, pole in ((zero, down), (down, down), (down * 1e-12, zero), (down * 50, zero)):
        middle, end = two_bone(zero, target, pole, 0.5, 0.4)
        assert np.isfinite(middle).all()
        assert np.isfinite(end).all()
        assert np.linalg.norm(middle) == pytest.approx(0.5)


@pytest.mark.parametrize("limb", LIMBS)
def test_where_forward_kinematics_went_inverse_finds_back(limb: Limb) -> None:
    rng = np.random.default_rng(11)
    at = (0.0, 0.6, 0.0)
    trunk = {"hips_twist": 30.0, "spine_bend": 20.0, "chest_side": 10.0}
    for _ in range(25):
        there = solve(Body(), pose(**trunk, **random_limb(limb, rng)), at)
        here = solve(Body(), pose(**trunk, **random_limb(limb, rng)), at)
        joint = there.bones[joint_name(limb)]
        upper = there.bones[f"{limb.partition('_')[0]}_upper_{limb.partition('_')[2]}"]
        target = there.bones[ENDS[limb]].origin
        middle = (np.array(upper.origin) + np.array(target)) / 2
        x, y, z = (float(v) for v in np.array(joint.origin) - middle)
        found = solve(Body(), reach(here, limb, target, (x, y, z)), at)
        assert found.bones[ENDS[limb]].origin == pytest.approx(target, abs=1e-4)
        assert found.bones[joint_name(limb)].origin == pytest.approx(joint.origin, abs=1e-4)


def joint_name(limb: str) -> str:
    side, _, kind = limb.partition("_")
    return f"{side}_lower_{kind}"


@pytest.mark.parametrize("limb", LIMBS)
def test_far_targets_stretch_the_limb_and_never_break_it(limb: Limb) -> None:
    rig = solve(Body(), POSES["standing"], (0.0, 0.6, 0.0))
    for target in ((0.0, 0.0, 9.0), (5.0, -3.0, 1.0), (-4.0, 5.0, 0.0), (0.0, 0.6, -9.0)):
        result = reach(rig, limb, target)
        assert all(LIMITS[k][0] <= v <= LIMITS[k][1] for k, v in result.named().items())
        end = np.array(solve(Body(), result, (0.0, 0.6, 0.0)).bones[ENDS[limb]].origin)
        assert np.isfinite(end).all()
    ahead = reach(rig, limb, (rig.bones[ENDS[limb]].origin[0], 0.1, 9.0))
    bend = f"{limb.partition('_')[0]}_{'elbow' if limb.endswith('arm') else 'knee'}_bend"
    assert ahead[bend] == pytest.approx(0, abs=0.1)


def test_small_drags_do_not_flip_the_elbow() -> None:
    rig = solve(Body(), POSES["standing"])
    hips, hand = rig.bones["hips"].origin, np.array(rig.bones["left_hand"].origin)
    drag = np.array([0.1, 0.2, 0.15])
    last = rig
    for step in np.linspace(0, 1, 25):
        target = hand + step * drag
        current = solve(Body(), reach(last, "left_arm", tuple(target)), hips)
        moved = np.subtract(
            current.bones["left_lower_arm"].origin, last.bones["left_lower_arm"].origin
        )
        assert np.linalg.norm(moved) < 0.05
        last = current
    assert last.bones["left_hand"].origin == pytest.approx(tuple(hand + drag), abs=1e-3)


def test_a_held_foot_stays_flat_while_the_leg_lifts() -> None:
    rig = solve(Body(), POSES["standing"])
    x, y, z = rig.bones["right_foot"].origin
    lifted = reach(rig, "right_leg", (x, y + 0.08, z + 0.06), hold=True)
    up = solve(Body(), lifted, rig.bones["hips"].origin).bones["right_foot"].matrix[:3, 1]
    assert up == pytest.approx(rig.bones["right_foot"].matrix[:3, 1], abs=0.03)
